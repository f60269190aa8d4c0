//! `fields.conf`: how fields are indexed, and which take several values.

use std::collections::BTreeMap;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};

use crate::layers::Layered;
use crate::stanza::Reader;
use crate::text;

/// What is said of a field.
#[derive(Debug, Clone)]
pub struct FieldRule {
    /// The field; `*` is any text, where the rule is for one sourcetype.
    pub name: Arc<str>,
    /// The sourcetype it is for; none for all.
    pub sourcetype: Option<Arc<str>>,
    /// `INDEXED`: whether the field comes from index time.
    pub indexed: bool,
    /// `INDEXED_VALUE`: whether Splunk looks the value up among the words of the raw text first. Its default is true for
    /// fields of search time.
    pub indexed_value: bool,
    /// `TOKENIZER`: the first group of each match is a value.
    pub tokenizer: Option<String>,
    /// The stanza's place.
    pub at: Span,
    /// The app of the strongest file that has it.
    pub app: Arc<str>,
}

/// Reads all rules of a merged `fields.conf`.
pub(crate) fn read(
    conf: &Layered,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<Arc<str>, FieldRule> {
    let rules = conf.stanzas.iter().map(|(stanza, content)| {
        let mut reader = Reader::new(&content.settings, diagnostics);
        let split = stanza
            .strip_prefix("sourcetype::")
            .and_then(|rest| rest.rsplit_once("::"));
        let (sourcetype, name) = match split {
            Some((sourcetype, name)) => (Some(sourcetype.into()), name.into()),
            None => (None, stanza.clone()),
        };
        let indexed = reader.flag("INDEXED", false);
        // A substitution, such as `source::*<VALUE>*`, asks the index for something else than the value's words.
        let indexed_value = reader
            .get("INDEXED_VALUE")
            .map(|setting| text::parse_bool(&setting.value).unwrap_or(false));
        let rule = FieldRule {
            name,
            sourcetype,
            indexed,
            indexed_value: indexed_value.unwrap_or(!indexed),
            tokenizer: reader.text("TOKENIZER"),
            at: content.at,
            app: content.app.clone(),
        };
        (stanza.clone(), rule)
    });
    rules.collect()
}

#[cfg(test)]
mod tests {
    use crate::knowledge::tests::merge;

    #[test]
    fn rules_by_field_and_sourcetype() {
        let conf = "[to]\nTOKENIZER = ([^,]+)\n[kind]\nINDEXED_VALUE = false\n[site]\nINDEXED = true\n\
                    [part]\nINDEXED_VALUE = source::*<VALUE>*\n\
                    [sourcetype::a:b::site]\nINDEXED = false\n[bad]\nINDEXED = perhaps\n";
        let (knowledge, _, found) = merge(&[("user", "A", "default/fields.conf", conf)]);
        assert_eq!(found.len(), 1, "{found:?}");
        let rule = |name: &str, sourcetype: &str| knowledge.field_rule(name, sourcetype).unwrap();
        assert_eq!(rule("to", "x").tokenizer.as_deref(), Some("([^,]+)"));
        assert!(rule("to", "x").indexed_value && !rule("kind", "x").indexed_value);
        assert!(!rule("part", "x").indexed_value);
        assert!(rule("site", "x").indexed && !rule("site", "a:b").indexed);
        assert!(knowledge.field_rule("other", "x").is_none());
    }
}
