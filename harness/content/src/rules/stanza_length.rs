//! The name of the saved search, made of the app and the detection, is not too long.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::SINCE_5;
use super::{Context, Findings, Rule};

pub(super) const RULE: Rule =
    Rule::new(&content::STANZA_LENGTH, "stanza-length", Severity::Warning)
        .detections(check)
        .refused_by(SINCE_5);

/// What Splunk allows, and what is left when Enterprise Security puts the domain before it and `Rule` after it.
const STANZA: usize = 81;
const CLONED: usize = 99;

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    let root = context.repository.roots.get(detection.root);
    let Some(label) = root.and_then(|root| root.label.as_deref()) else {
        return;
    };
    let stanza = format!("{label} - {} - Rule", detection.name.value);
    let domain = detection
        .security_domain
        .as_ref()
        .map_or("", |domain| domain);
    let cloned = format!("{domain} - {stanza} - Rule");
    for (name, limit) in [(&stanza, STANZA), (&cloned, CLONED)] {
        let length = name.chars().count();
        if length > limit {
            let message = format!(
                "the saved search is named `{name}`: {length} characters, {limit} are allowed"
            );
            out.push(
                RULE.finding(message)
                    .at(detection.name.span, "shorten this name"),
            );
            return;
        }
    }
}
