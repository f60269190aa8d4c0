//! The detection's type has one deployment.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::BEFORE_NG;
use super::{Context, Findings, Rule};
use crate::detection::Generation;

pub(super) const RULE: Rule = Rule::new(&content::DEPLOYMENT, "deployment", Severity::Error)
    .detections(check)
    .refused_by(BEFORE_NG);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    let all = &context.repository.deployments;
    // v6 has schedules instead; a repository without any deployment is somebody's first step.
    if !context.is_complete()
        || all.is_empty()
        || detection.generation == Generation::V6
        || detection.schedule.is_some()
    {
        return;
    }
    let name = detection.kind.value.as_str();
    let fitting: Vec<_> = all
        .iter()
        .filter(|one| one.kind.as_deref() == Some(name))
        .collect();
    match fitting.as_slice() {
        [] => out.push(
            RULE.finding(format!(
                "there is no deployment for detections of type {name}"
            ))
            .at(detection.kind.span, "the type"),
        ),
        [_] => {}
        [first, second, ..] => out.push(
            RULE.finding(format!(
                "there are {} deployments for detections of type {name}",
                fitting.len()
            ))
            .at(detection.kind.span, "the type")
            .also_at(first.name.span, "one")
            .also_at(second.name.span, "another"),
        ),
    }
}
