//! The name fits into that of a saved search.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Profile, Rule, Whole};
use crate::detection::Generation;
use crate::object::ObjectKind;
use crate::reader::Spanned;

pub(super) const RULE: Rule = Rule::new(&content::NAME_LENGTH, "name-length", Severity::Error)
    .detections(check)
    .whole(check_others)
    .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let limit = if context.detection.generation == Generation::V4 {
        99
    } else {
        67
    };
    one(&context.detection.name, limit, out);
}

fn check_others(whole: &Whole<'_>, out: &mut Findings<'_>) {
    for object in whole.repository.objects() {
        let limit = match object.kind {
            ObjectKind::Baseline if whole.policy.profile != Profile::Contentctl44 => 67,
            _ => 99,
        };
        one(&object.name, limit, out);
    }
}

fn one(name: &Spanned<String>, limit: usize, out: &mut Findings<'_>) {
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
