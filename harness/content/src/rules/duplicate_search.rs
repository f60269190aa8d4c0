//! No two detections run the same search.

use std::collections::BTreeMap;

use dryfire_diagnostic::{Severity, codes::content};

use super::{Findings, Rule, Whole};
use crate::detection::{Detection, Status};

pub(super) const RULE: Rule = Rule::new(
    &content::DUPLICATE_SEARCH,
    "duplicate-search",
    Severity::Warning,
)
.whole(check);

fn check(whole: &Whole<'_>, out: &mut Findings<'_>) {
    let mut first: BTreeMap<String, &Detection> = BTreeMap::new();
    for detection in &whole.repository.detections {
        if !matches!(
            detection.status.value,
            Status::Production | Status::Experimental
        ) {
            continue;
        }
        let key = plain(&out.sources.get(detection.search.value).text, detection);
        match first.get(&key) {
            // The same detection in two files is told as that.
            Some(earlier) if earlier.id.eq_ignore_ascii_case(&detection.id) => {}
            Some(earlier) => out.push(
                RULE.finding(format!(
                    "the search is that of `{}`",
                    earlier.name.value
                ))
                .at(detection.search.span, "the same but for blanks and the filter macro")
                .also_at(earlier.search.span, "first here")
                .help("analysts get two findings for one thing: merge the detections, or make them differ"),
            ),
            None => {
                first.insert(key, detection);
            }
        }
    }
}

/// The search without its filter macro, each run of blanks made one.
fn plain(text: &str, detection: &Detection) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for name in [detection.filter_macro(), detection.filter_macro_by_name()] {
        text = text.replace(&format!("`{name}`"), "");
    }
    text.trim_end_matches([' ', '|']).to_owned()
}
