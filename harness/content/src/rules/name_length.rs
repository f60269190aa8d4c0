//! The name fits into that of a saved search.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Rule};
use crate::detection::Generation;

pub(super) const RULE: Rule =
    Rule::new(&content::NAME_LENGTH, "name-length", Severity::Error).detections(check)
        .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let name = &context.detection.name;
    let limit = if context.detection.generation == Generation::V4 {
        99
    } else {
        67
    };
    let length = name.chars().count();
    if length > limit {
        out.push(
            RULE.finding(format!(
                "the name has {length} characters, {limit} are allowed"
            ))
            .at(name.span, format!("{} too many", length - limit)),
        );
    }
}
