//! Tests of v6 are not an empty list, and an experimental one says why.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ONLY_NG;
use super::{Context, Findings, Rule};
use crate::detection::Generation;

pub(super) const RULE: Rule = Rule::new(&content::TEST_FORM, "test-form", Severity::Warning)
    .detections(check)
    .refused_by(ONLY_NG);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    if detection.generation != Generation::V6 {
        return;
    }
    if let (Some(at), true) = (detection.extra.tests_at, detection.tests.is_empty()) {
        out.push(
            RULE.finding("`tests` is an empty list")
                .at(at, "no test")
                .help("add a test, or leave the key out"),
        );
    }
    for test in &detection.tests {
        if test.experimental.is_some() && !test.says_why {
            out.push(
                RULE.finding(format!(
                    "the experimental test `{}` has no `description`",
                    test.name.value
                ))
                .at(test.name.span, "why is it experimental?"),
            );
        }
        if test.experimental.is_none() && test.attack_data.is_empty() {
            out.push(
                RULE.finding(format!(
                    "the test `{}` has no `attack_data`",
                    test.name.value
                ))
                .at(test.name.span, "nothing to run on"),
            );
        }
    }
}
