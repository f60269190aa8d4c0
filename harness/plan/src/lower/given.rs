//! Which rules give a field its value: for people who ask where it comes from.

use std::sync::Arc;

use dryfire_diagnostic::Span;

use super::EventFields;
use super::fields::has_group;
use crate::node::{Format, Meta};
use crate::rule::{Gives, Rule};

/// A rule that can give a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The setting, as configuration names it: `EVAL-process_name`, `LOOKUP-action`, `KV_MODE = json`.
    pub rule: String,
    /// The app.
    pub app: Option<Arc<str>>,
    /// The setting's place.
    pub at: Option<Span>,
    /// Whether the mapping is inferred, not known.
    pub inferred: bool,
}

impl EventFields<'_> {
    /// The rules that can give a field, in the order in which they apply. Of extractions the first one with a value
    /// counts; a lookup stands over them, except that one with OUTPUTNEW only fills a gap. What an alias or a calculated
    /// field always replaces is left out.
    pub fn given(&self, name: &str) -> Vec<Given> {
        if Meta::named(name).is_some() {
            return vec![Given {
                rule: "the event itself".to_owned(),
                app: None,
                at: None,
                inferred: false,
            }];
        }
        let made = match name {
            "eventtype" => Some("the event types of the apps"),
            "tag" => Some("the tags of the apps"),
            _ => name.strip_prefix("tag::").map(|_| "the tags of the apps"),
        };
        if let Some(made) = made {
            return vec![Given {
                rule: made.to_owned(),
                app: None,
                at: None,
                inferred: false,
            }];
        }
        let rules = &self.props.search_time;
        let inferred = rules.inferred.contains(name);
        let mut found = Vec::new();
        if self.props.indexed.contains(name) {
            found.push(Given {
                rule: "a field of the index".to_owned(),
                app: None,
                at: None,
                inferred,
            });
        }
        let given = |rule: String, app: &Arc<str>, at: Span| Given {
            rule,
            app: Some(app.clone()),
            at: Some(at),
            inferred,
        };
        for extract in rules
            .extracts
            .iter()
            .filter(|extract| has_group(&extract.pattern, name))
        {
            found.push(given(
                format!("EXTRACT-{}", extract.class),
                &extract.app,
                extract.at,
            ));
        }
        for report in &rules.reports {
            let transform = &report.transform;
            let gives = Rule::report(transform).map(|rule| rule.gives(name));
            if matches!(gives, Some(Gives::Named | Gives::Perhaps)) {
                found.push(given(
                    format!("REPORT-{} = {}", report.class, transform.name),
                    &report.app,
                    report.at,
                ));
            }
        }
        for alias in rules.aliases.iter().filter(|alias| alias.to == name) {
            let kind = if alias.new_only { "ASNEW" } else { "AS" };
            if !alias.new_only {
                found.clear();
            }
            found.push(given(
                format!("FIELDALIAS-{}: {} {kind} {name}", alias.class, alias.from),
                &alias.app,
                alias.at,
            ));
        }
        for rule in rules.evals.iter().filter(|rule| rule.field == name) {
            found.clear();
            found.push(given(format!("EVAL-{name}"), &rule.app, rule.at));
        }
        for rule in &rules.lookups {
            let gives = rule
                .outputs
                .as_ref()
                .is_none_or(|outputs| outputs.iter().any(|(_, field)| field == name));
            if gives {
                found.push(given(
                    format!("LOOKUP-{} = {}", rule.class, rule.table),
                    &rule.app,
                    rule.at,
                ));
            }
        }
        if found.is_empty() {
            for format in self.formats() {
                let rule = match format {
                    Format::WindowsEventXml => "the event's XML",
                    Format::WindowsEventText => "the event's text",
                    Format::Json => "the event's JSON",
                    Format::Xml => "the event's XML paths",
                    Format::KeyValue | Format::KeyValueEscaped => "key=value pairs of the event",
                    Format::Stash => "the fields that the writing search left in the event",
                };
                // What switches it on; by default Splunk looks for pairs.
                let key = match format {
                    Format::WindowsEventXml | Format::WindowsEventText | Format::Stash => {
                        "DRYFIRE_FORMAT"
                    }
                    _ => "KV_MODE",
                };
                let setting = self.props.search_settings.get(key);
                found.push(Given {
                    rule: rule.to_owned(),
                    app: setting.map(|setting| setting.app.clone()),
                    at: setting.map(|setting| setting.at),
                    inferred: false,
                });
            }
        }
        found
    }
}
