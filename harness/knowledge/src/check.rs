//! What in apps is broken beyond what merging reports: patterns and expressions that are not valid, names that lead
//! nowhere. For people who ask; a run reports what it needs.

use std::collections::BTreeSet;

use dryfire_diagnostic::{Diagnostic, SourceMap, Span, codes};
use pcre2::bytes::RegexBuilder;

use crate::knowledge::Knowledge;
use crate::search_time::split_in;

/// Settings of `props.conf` that are patterns.
const PATTERNS: &[&str] = &[
    "BREAK_ONLY_BEFORE",
    "EVENT_BREAKER",
    "LINE_BREAKER",
    "MUST_BREAK_AFTER",
    "MUST_NOT_BREAK_AFTER",
    "MUST_NOT_BREAK_BEFORE",
    "PREAMBLE_REGEX",
    "TIME_PREFIX",
];

impl Knowledge {
    /// Everything that is broken in the apps and that [`Knowledge::merge`] did not report.
    pub fn faults(&self, sources: &SourceMap) -> Vec<Diagnostic> {
        let mut found = self.check();
        let stanzas = self.props_conf().stanzas.values();
        for (key, setting) in stanzas.flat_map(|stanza| &stanza.settings) {
            if setting.value.is_empty() {
                continue;
            }
            if key.starts_with("EXTRACT-") {
                let (pattern, _) = split_in(&setting.value);
                found.extend(invalid(pattern, setting.at, true));
            } else if PATTERNS.contains(&key.as_ref()) {
                found.extend(invalid(&setting.value, setting.at, false));
            } else if key.starts_with("EVAL-")
                && let Some(expression) = setting.source
            {
                let (_, wrong) = dryfire_spl::parse_expression(expression, sources);
                found.extend(wrong);
            }
        }
        for transform in self.search_transforms() {
            // A module, which others embed, may leave a group's name to them.
            let regex = transform
                .regex
                .as_ref()
                .filter(|regex| !regex.contains("(?<>"));
            if let (Some(regex), Some(at)) = (regex, transform.regex_at) {
                // With FORMAT, DEST_KEY or FIELDS groups need no names.
                found.extend(invalid(regex, at, false));
            }
        }
        found.extend(self.tags_of_nothing());
        found
    }

    /// Tags of event types that no app defines.
    fn tags_of_nothing(&self) -> Vec<Diagnostic> {
        let typed = self.tags().iter().filter(|tag| tag.field == "eventtype");
        let lost =
            typed.filter(|tag| !tag.value.contains('*') && self.eventtype(&tag.value).is_none());
        let mut told = BTreeSet::new();
        lost.filter(|tag| told.insert(tag.value.clone()))
            .map(|tag| {
                let message = format!("there is no event type `{}`", tag.value);
                Diagnostic::warning(&codes::dataset::CONF_REFERENCE, message)
                    .at(tag.at, "its tags have no effect")
            })
            .collect()
    }
}

/// The warning that a pattern is not valid, or has no named group where it needs one.
fn invalid(pattern: &str, at: Span, named: bool) -> Option<Diagnostic> {
    let warn = |message: String| {
        Some(Diagnostic::warning(&codes::dataset::CONF_VALUE, message).at(at, "ignored"))
    };
    match RegexBuilder::new().utf(true).build(pattern) {
        Err(error) => warn(format!("the pattern is not valid: {error}")),
        Ok(regex) => {
            let nameless = regex.capture_names().iter().all(Option::is_none);
            if named && nameless {
                return warn("the pattern has no named group, so it gives no field".to_owned());
            }
            None
        }
    }
}
