//! Only searches that are ready for it are switched on by default.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::SINCE_5;
use super::{Context, Findings, Rule};
use crate::detection::Kind;

pub(super) const RULE: Rule = Rule::new(
    &content::ENABLED_BY_DEFAULT,
    "enabled-by-default",
    Severity::Error,
)
.detections(check)
.refused_by(SINCE_5);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    let Some(enabled) = detection
        .object
        .enabled_by_default
        .as_ref()
        .filter(|one| one.value)
    else {
        return;
    };
    if !context.is_production() {
        let message = format!(
            "a detection with the status `{}` is enabled by default",
            detection.status.value.as_str()
        );
        out.push(RULE.finding(message).at(enabled.span, "only in production"));
    } else if detection.kind.value == Kind::Hunting {
        out.push(
            RULE.finding("a hunting search is enabled by default")
                .at(enabled.span, "only TTP, Anomaly and Correlation"),
        );
    }
}
