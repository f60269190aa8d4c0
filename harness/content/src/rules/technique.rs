//! Technique ids are well-formed, and no technique stands beside its own sub-technique.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Rule};
use crate::detection::Generation;

pub(super) const RULE: Rule = Rule::new(&content::TECHNIQUE, "technique", Severity::Error)
    .detections(check)
    .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let ids = &context.detection.mitre;
    for id in ids {
        if !is_technique(id) {
            out.push(
                RULE.finding(format!("`{}` is not a technique id", id.value))
                    .at(id.span, "not a technique id")
                    .help("write `T1059`, or `T1059.001` for a sub-technique"),
            );
            continue;
        }
        let below = ids.iter().find(|other| {
            other
                .strip_prefix(id.as_str())
                .is_some_and(|rest| rest.starts_with('.'))
        });
        if let Some(below) = below {
            let mut finding = RULE
                .finding(format!(
                    "the technique `{}` stands beside its own sub-technique `{}`",
                    id.value, below.value
                ))
                .at(id.span, "implied by the sub-technique")
                .also_at(below.span, "the sub-technique")
                .help(format!("remove `{}`", id.value));
            // contentctl 4 let it pass.
            if context.detection.generation == Generation::V4 {
                finding.severity = Severity::Warning;
                out.beyond(finding);
            } else {
                out.push(finding);
            }
        }
    }
}

fn is_technique(id: &str) -> bool {
    let digits = |text: &str, count: usize| {
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let Some(number) = id.strip_prefix('T') else {
        return false;
    };
    match number.split_once('.') {
        Some((number, sub)) => digits(number, 4) && digits(sub, 3),
        None => digits(number, 4),
    }
}
