//! What a detection raises fits its type.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Rule};
use crate::detection::{Generation, Kind};

pub(super) const RULE: Rule = Rule::new(&content::RISK_MATRIX, "risk-matrix", Severity::Error)
    .detections(check)
    .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    let kind = detection.kind.value;
    let risk = &detection.risk;
    let mut say =
        |message: String| out.push(RULE.finding(message).at(detection.kind.span, "the type"));
    let name = kind.as_str();
    match detection.generation {
        Generation::V4 => {
            let wanted = matches!(kind, Kind::Ttp | Kind::Anomaly) && context.is_production();
            if wanted && risk.objects.is_empty() {
                say(format!(
                    "a {name} in production needs an observable with the role `Victim`"
                ));
            }
        }
        Generation::V5 => {
            // The deployment's word counts; without one, that of Splunk's own.
            let deployment = context
                .repository
                .deployments
                .iter()
                .find(|one| one.kind.as_deref() == Some(name));
            let wanted =
                deployment.map_or(matches!(kind, Kind::Ttp | Kind::Anomaly), |one| one.risk);
            let has =
                risk.message.is_some() || !risk.objects.is_empty() || !risk.threats.is_empty();
            if wanted && !has {
                say(format!(
                    "a {name} needs an `rba` block, for its deployment makes risk events"
                ));
            } else if !wanted && has {
                say(format!(
                    "a {name} must not have an `rba` block, for its deployment makes no risk events"
                ));
            } else if has && risk.objects.is_empty() {
                say("the `rba` block names no risk object".to_owned());
            }
        }
        Generation::V6 => {
            let finding =
                risk.finding_title.is_some() || risk.objects.iter().any(|object| object.finding);
            let intermediate = risk.objects.iter().any(|object| !object.finding);
            let (needs_finding, needs_intermediate) = (
                matches!(kind, Kind::Ttp | Kind::Correlation),
                kind == Kind::Anomaly,
            );
            if needs_finding != finding {
                let must = if needs_finding {
                    "needs"
                } else {
                    "must not have"
                };
                say(format!("a detection of type {name} {must} a `finding`"));
            }
            let allowed = matches!(kind, Kind::Ttp | Kind::Anomaly);
            if needs_intermediate && !intermediate {
                say(format!(
                    "a detection of type {name} needs `intermediate_findings`"
                ));
            } else if intermediate && !allowed {
                say(format!(
                    "a detection of type {name} must not have `intermediate_findings`"
                ));
            }
            if kind == Kind::Hunting && !risk.threats.is_empty() {
                say(format!(
                    "a detection of type {name} must not have `threat_objects`"
                ));
            }
        }
    }
}
