//! The format is one that the version of contentctl reads.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Profile, Rule};
use crate::detection::Generation;

pub(super) const RULE: Rule = Rule::new(&content::FORMAT, "format", Severity::Error)
    .detections(check)
    .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let read = match context.policy.profile {
        Profile::Dryfire => return,
        Profile::Contentctl44 => Generation::V4,
        Profile::Contentctl56 => Generation::V5,
        Profile::ContentctlNg => Generation::V6,
    };
    let detection = context.detection;
    if detection.generation != read {
        let message = format!(
            "the file is in format {}, and `{}` reads {}",
            words(detection.generation),
            context.policy.profile.name(),
            words(read)
        );
        out.push(
            RULE.finding(message)
                .at(detection.name.span, "this detection"),
        );
    }
}

fn words(generation: Generation) -> &'static str {
    match generation {
        Generation::V4 => "v4",
        Generation::V5 => "v5",
        Generation::V6 => "v6",
    }
}
