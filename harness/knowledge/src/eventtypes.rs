//! `eventtypes.conf`: searches with a name.

use std::collections::BTreeMap;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, SourceId, Span};

use crate::layers::Layered;
use crate::stanza::Reader;
use crate::text;

/// One event type.
#[derive(Debug, Clone)]
pub struct EventType {
    /// Its name.
    pub name: Arc<str>,
    /// The search; it may name other event types and call macros.
    pub search: SourceId,
    /// `tags`, an old way to give tags.
    pub tags: Vec<String>,
    /// Whether it is switched off.
    pub disabled: bool,
    /// The stanza's place.
    pub at: Span,
    /// The app of its search.
    pub app: Arc<str>,
}

/// Reads all event types of a merged `eventtypes.conf`.
pub(crate) fn read(
    conf: &Layered,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<Arc<str>, EventType> {
    let mut all = BTreeMap::new();
    for (name, stanza) in &conf.stanzas {
        let mut reader = Reader::new(&stanza.settings, diagnostics);
        let Some((setting, search)) = reader
            .get("search")
            .and_then(|setting| Some((setting, setting.source?)))
        else {
            continue;
        };
        let tags = reader
            .get("tags")
            .map(|setting| text::words(&setting.value))
            .unwrap_or_default();
        let event_type = EventType {
            name: name.clone(),
            search,
            tags: tags.into_iter().map(|word| word.text).collect(),
            disabled: reader.flag("disabled", false),
            at: stanza.at,
            app: setting.app.clone(),
        };
        all.insert(name.clone(), event_type);
    }
    all
}

#[cfg(test)]
mod tests {
    use crate::knowledge::tests::merge;

    #[test]
    fn a_local_file_changes_one_key() {
        let (knowledge, sources, diagnostics) = merge(&[
            (
                "pack",
                "A",
                "default/eventtypes.conf",
                "[e]\nsearch = a=1\ntags = x y\n[no_search]\ncolor = red\n",
            ),
            (
                "pack",
                "A",
                "local/eventtypes.conf",
                "[e]\nsearch = a=2\ndisabled = 1\n",
            ),
        ]);
        assert!(diagnostics.is_empty());
        let event_type = knowledge.eventtype("e").unwrap();
        assert_eq!(sources.get(event_type.search).text.as_ref(), "a=2");
        assert!(event_type.disabled);
        assert_eq!(event_type.tags, ["x", "y"]);
        assert!(knowledge.eventtype("no_search").is_none());
    }
}
