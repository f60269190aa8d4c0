//! Observables of v4: types, roles, confidence and impact.

use dryfire_diagnostic::{Severity, codes::content, nearest};

use super::profile::ONLY_4;
use super::{Context, Findings, Rule};
use crate::detection::Generation;
use crate::reader::list;

pub(super) const RULE: Rule = Rule::new(&content::OBSERVABLE, "observable", Severity::Warning)
    .detections(check)
    .refused_by(ONLY_4);

const KINDS: &[&str] = &[
    "Unknown",
    "Hostname",
    "IP Address",
    "MAC Address",
    "User Name",
    "Email Address",
    "URL String",
    "File Name",
    "File Hash",
    "Process Name",
    "Resource UID",
    "Endpoint",
    "User",
    "Email",
    "Uniform Resource Locator",
    "File",
    "Process",
    "Geo Location",
    "Container",
    "Registry Key",
    "Registry Value",
    "Other",
];
const ROLES: &[&str] = &["Attacker", "Victim"];

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    if detection.generation != Generation::V4 {
        return;
    }
    let extra = &detection.extra;
    for (key, number) in [("confidence", &extra.confidence), ("impact", &extra.impact)] {
        match number {
            None => out.push(
                RULE.finding(format!("the tags lack `{key}`, of which the score is made"))
                    .at(detection.name.span, "this detection"),
            ),
            Some(number) if number.value > 100 => out.push(
                RULE.finding(format!("`{key}` is {}, more than 100", number.value))
                    .at(number.span, "0 to 100"),
            ),
            Some(_) => {}
        }
    }
    if detection.risk.message.is_none() {
        out.push(
            RULE.finding("the tags lack the `message` of risk events")
                .at(detection.name.span, "this detection"),
        );
    }
    if extra.required_fields.is_empty() {
        out.push(
            RULE.finding("the tags lack `required_fields`")
                .at(detection.name.span, "this detection"),
        );
    }
    for one in &extra.observables {
        if !KINDS.contains(&one.kind.as_str()) {
            let near = nearest(&one.kind, KINDS.iter().copied());
            out.push(
                RULE.finding(format!(
                    "there is no type of observable `{}`",
                    one.kind.value
                ))
                .at(one.kind.span, "not known")
                .opt_help(near.map(|near| format!("did you mean `{near}`?"))),
            );
        }
        match one.roles.as_slice() {
            [role] if ROLES.contains(&role.as_str()) => {}
            [role] => out.push(
                RULE.finding(format!(
                    "an observable has no role `{}`, only {}",
                    role.value,
                    list(ROLES)
                ))
                .at(role.span, "not known"),
            ),
            _ => out.push(
                RULE.finding(format!(
                    "an observable has one role, this has {}",
                    one.roles.len()
                ))
                .at(one.name.span, "of this observable"),
            ),
        }
    }
}
