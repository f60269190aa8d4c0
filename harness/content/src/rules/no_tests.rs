//! Production detections have tests.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Profile, Rule};
use crate::detection::Kind;
use crate::manifest::Manifest;

pub(super) const RULE: Rule = Rule::new(&content::NO_TESTS, "no-tests", Severity::Error)
    .detections(check)
    .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    let exempt = detection.kind.value == Kind::Correlation || detection.manual_test.is_some();
    if detection.tests.is_empty()
        && context.is_production()
        && !exempt
        && !is_tested_elsewhere(context)
    {
        out.push(
            RULE.finding("a production detection needs tests, this has none")
                .at(detection.name.span, "without `tests`")
                .help("add `tests` with attack data, or say under `manual_test` why that can't be done"),
        );
    }
}

/// Whether a manifest tests the detection. contentctl knows no manifests.
fn is_tested_elsewhere(context: &Context<'_>) -> bool {
    let manifests = &context.repository.manifests;
    context.policy.profile == Profile::Dryfire && manifests.iter().any(|one| tests(one, context))
}

/// Whether a manifest tests the detection.
fn tests(manifest: &Manifest, context: &Context<'_>) -> bool {
    let is_it = |found: &usize| {
        context
            .repository
            .detections
            .get(*found)
            .is_some_and(|one| std::ptr::eq(&**one, context.detection))
    };
    manifest
        .detections
        .iter()
        .flat_map(|detection| &detection.found)
        .any(is_it)
}
