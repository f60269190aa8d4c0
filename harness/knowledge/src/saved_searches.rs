//! `savedsearches.conf`: searches that others run by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use dryfire_diagnostic::SourceId;

use crate::layers::Layered;
use crate::text::parse_bool;

/// A search with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    /// Its name.
    pub name: Arc<str>,
    /// The search; it may call macros and hold `$name$` for what its caller fills in.
    pub search: SourceId,
    /// Whether it has a time range of its own (`dispatch.earliest_time`, `dispatch.latest_time`).
    pub has_window: bool,
    /// Whether it is switched off (`disabled`), so that it can't be run.
    pub disabled: bool,
}

/// Reads all searches of a merged `savedsearches.conf`.
pub(crate) fn read(conf: &Layered) -> BTreeMap<Arc<str>, SavedSearch> {
    let named = conf.stanzas.iter().filter_map(|(name, stanza)| {
        let search = stanza.get("search")?.source?;
        let is_bound = |key| stanza.get(key).is_some_and(|bound| &*bound.value != "0");
        let disabled = stanza
            .get("disabled")
            .and_then(|disabled| parse_bool(&disabled.value));
        let found = SavedSearch {
            name: name.clone(),
            search,
            has_window: is_bound("dispatch.earliest_time") || is_bound("dispatch.latest_time"),
            disabled: disabled.unwrap_or(false),
        };
        Some((name.clone(), found))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use crate::knowledge::tests::merge;

    #[test]
    fn searches_by_name() {
        let (knowledge, sources, _) = merge(&[(
            "user",
            "A",
            "default/savedsearches.conf",
            "[A - Rule]\nsearch = a=1 \\\n| head 1\ndispatch.earliest_time = -1h\n\
[off]\nsearch = a=2\ndisabled = 1\n[none]\ncron_schedule = 0 * * * *\n",
        )]);
        let found = knowledge.saved_search("A - Rule").unwrap();
        assert_eq!(sources.get(found.search).text.as_ref(), "a=1 \n| head 1");
        assert!(found.has_window && !found.disabled);
        assert!(knowledge.saved_search("off").unwrap().disabled);
        assert!(knowledge.saved_search("none").is_none());
    }
}
