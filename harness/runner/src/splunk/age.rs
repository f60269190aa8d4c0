//! Old events: where an index or the server's timestamp rules would spoil them.

use dryfire_splunk::Index;

use super::send::Form;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400;
/// Events older than so many days lose their time where the server times them (`MAX_DAYS_AGO` of props.conf).
const MAX_DAYS_AGO: i64 = 2000;

/// What is worth knowing before events are sent of which the first is of that time. An index that is not there yet keeps them.
pub(super) fn warnings(
    data: &str,
    first: i64,
    form: Form,
    index: Option<&Index>,
    now: i64,
) -> Vec<String> {
    let age = now.saturating_sub(first) / SECOND;
    let mut found = Vec::new();
    let kept = index.and_then(|index| Some((index, i64::try_from(index.retention?).ok()?)));
    if let Some((index, kept)) = kept.filter(|(_, kept)| age > *kept) {
        found.push(format!(
            "the first event of `{data}` is {} days old, and the index `{}` keeps events for {} days: it may drop them at once",
            age / DAY,
            index.name,
            kept / DAY
        ));
    }
    if form == Form::Raw && age > MAX_DAYS_AGO * DAY {
        found.push(format!(
            "the first event of `{data}` is {} days old, and goes as raw text: beyond MAX_DAYS_AGO ({MAX_DAYS_AGO} by default) the server gives such events another time",
            age / DAY
        ));
    }
    found
}
