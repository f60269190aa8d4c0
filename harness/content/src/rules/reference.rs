//! References are addresses.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Findings, Rule, Whole, objects};
use crate::object::Object;

pub(super) const RULE: Rule = Rule::new(&content::REFERENCE, "reference", Severity::Warning)
    .detections(|context, out| objects::detection(context, out, check))
    .whole(|whole, out| objects::others(whole, out, check))
    .refused_by(ALL_VERSIONS);

fn check(object: &Object, _: &Whole<'_>, out: &mut Findings<'_>) {
    for reference in &object.references {
        let rest = reference
            .strip_prefix("https://")
            .or_else(|| reference.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
        if host.is_none_or(|host| host.is_empty() || host.contains(char::is_whitespace)) {
            out.push(
                RULE.finding(format!(
                    "the reference `{}` is no web address",
                    reference.value
                ))
                .at(
                    reference.span,
                    "begins with neither `https://` nor `http://`, or names no host",
                ),
            );
        }
    }
}
