//! The status is one that the kind of object can have.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Findings, Profile, Rule, Whole, objects};
use crate::object::{Object, ObjectKind};
use crate::reader::list;

pub(super) const RULE: Rule = Rule::new(&content::STATUS, "status", Severity::Error)
    .detections(|context, out| objects::detection(context, out, check))
    .whole(|whole, out| objects::others(whole, out, check))
    .refused_by(ALL_VERSIONS);

fn check(object: &Object, whole: &Whole<'_>, out: &mut Findings<'_>) {
    let Some(status) = &object.status else { return };
    let allowed: &[&str] = match object.kind {
        ObjectKind::Detection if whole.policy.profile == Profile::Contentctl44 => {
            &["production", "experimental", "deprecated", "validation"]
        }
        ObjectKind::Detection => &["production", "experimental", "deprecated"],
        ObjectKind::Story | ObjectKind::Baseline => &["production", "deprecated"],
        _ => &["production"],
    };
    // v4 knew one status more, and no other version reads its files.
    let old = status.value == "validation" && whole.policy.profile == Profile::Dryfire;
    if !allowed.contains(&status.as_str()) && !old {
        let near = allowed.iter().find(|one| one.eq_ignore_ascii_case(status));
        let mut finding = RULE
            .finding(format!(
                "{} can't have the status `{}`, only {}",
                object.kind.words(),
                status.value,
                list(allowed)
            ))
            .at(status.span, "the status");
        if let Some(word) = near {
            finding = finding.help(format!("write `{word}`"));
        }
        out.push(finding);
    }
}
