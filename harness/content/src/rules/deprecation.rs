//! What is deprecated says so, and what takes its place exists.

use dryfire_diagnostic::{Severity, codes::content, nearest};

use super::profile::ONLY_NG;
use super::{Context, Findings, Rule};
use crate::detection::{Generation, Status};

pub(super) const RULE: Rule = Rule::new(&content::DEPRECATION, "deprecation", Severity::Warning)
    .detections(check)
    .refused_by(ONLY_NG);

/// The shortest reason.
const SHORTEST: usize = 6;

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    let is_deprecated = matches!(detection.status.value, Status::Deprecated | Status::Removed);
    let Some(info) = &detection.extra.deprecation else {
        if is_deprecated && detection.generation == Generation::V6 {
            out.push(
                RULE.finding(
                    "the detection is deprecated, and `deprecation_info` does not say why",
                )
                .at(detection.status.span, "the status"),
            );
        }
        return;
    };
    if !is_deprecated {
        let message = format!(
            "there is a `deprecation_info`, but the status is `{}`",
            detection.status.value.as_str()
        );
        out.push(
            RULE.finding(message)
                .at(detection.status.span, "the status")
                .also_at(info.at, "says it is deprecated"),
        );
    }
    if info
        .reason
        .as_ref()
        .is_none_or(|one| one.chars().count() < SHORTEST)
    {
        out.push(
            RULE.finding("the deprecation gives no `reason`")
                .at(info.at, "why?"),
        );
    }
    if info.removed_in_version.is_none() {
        out.push(
            RULE.finding("the deprecation has no `removed_in_version`")
                .at(info.at, "when will it be gone?"),
        );
    }
    if !context.is_complete() {
        return;
    }
    let stories = context
        .repository
        .stories
        .iter()
        .map(|one| one.name.value.as_str());
    let detections = context
        .repository
        .detections
        .iter()
        .map(|one| one.name.value.as_str());
    let known: Vec<&str> = stories.chain(detections).collect();
    for name in info
        .replacements
        .iter()
        .filter(|name| !known.contains(&name.as_str()))
    {
        let near = nearest(name, known.iter().copied());
        out.push(
            RULE.finding(format!(
                "there is no detection or story `{}` to take its place",
                name.value
            ))
            .at(name.span, "not in the repository")
            .opt_help(near.map(|near| format!("did you mean `{near}`?"))),
        );
    }
}
