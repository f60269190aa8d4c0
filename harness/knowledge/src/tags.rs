//! `tags.conf`: names for field values.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};

use crate::layers::Layered;
use crate::stanza::unusable;
use crate::text;

/// One enabled tag of one field value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The tag.
    pub tag: Arc<str>,
    /// The field.
    pub field: String,
    /// Its value, decoded.
    pub value: String,
    /// Place of the setting.
    pub at: Span,
    /// The app that gave it.
    pub app: Arc<str>,
}

/// Reads all enabled tags of a merged `tags.conf`, in ASCII order of the stanzas, then of the tags.
pub(crate) fn read(conf: &Layered, diagnostics: &mut Vec<Diagnostic>) -> Vec<Tag> {
    let mut all = Vec::new();
    for (name, stanza) in &conf.stanzas {
        let Some((field, value)) = name.split_once('=') else {
            let first = stanza.settings.values().next();
            diagnostics
                .extend(first.map(|setting| {
                    unusable(setting, format!("`[{name}]` is not `[field=value]`"))
                }));
            continue;
        };
        for (tag, setting) in &stanza.settings {
            match text::parse_bool(&setting.value) {
                Some(true) => all.push(Tag {
                    tag: tag.clone(),
                    field: text::url_decode(field.trim()).into_owned(),
                    value: text::url_decode(value.trim()).into_owned(),
                    at: setting.key_at,
                    app: setting.app.clone(),
                }),
                Some(false) => {}
                None => diagnostics.push(unusable(setting, "a tag is `enabled` or `disabled`")),
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use crate::knowledge::tests::merge;

    #[test]
    fn values_are_decoded_and_a_user_can_switch_a_tag_off() {
        let (knowledge, _, diagnostics) = merge(&[
            (
                "pack",
                "A",
                "default/tags.conf",
                "[app=win%3Alocal]\nlocal = enabled\n[eventtype=e]\nprocess = enabled\nreport = enabled\n",
            ),
            (
                "user",
                "B",
                "default/tags.conf",
                "[eventtype=e]\nreport = disabled\n[bad]\nx = enabled\n[a=b]\nx = perhaps\n",
            ),
        ]);
        assert_eq!(diagnostics.len(), 2, "{diagnostics:?}");
        assert_eq!(
            knowledge.tagged("local").collect::<Vec<_>>(),
            [("app", "win:local")]
        );
        assert_eq!(
            knowledge.tagged("process").collect::<Vec<_>>(),
            [("eventtype", "e")]
        );
        assert_eq!(knowledge.tagged("report").count(), 0);
        assert_eq!(knowledge.tags().len(), 2);
    }
}
