//! Deployments say when searches run and for which type.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Findings, Rule, Whole};
use crate::reader::list;

pub(super) const RULE: Rule = Rule::new(
    &content::DEPLOYMENT_FORM,
    "deployment-form",
    Severity::Warning,
)
.whole(check)
.refused_by(ALL_VERSIONS);

const KINDS: &[&str] = &[
    "TTP",
    "Anomaly",
    "Hunting",
    "Correlation",
    "Baseline",
    "Embedded",
];

fn check(whole: &Whole<'_>, out: &mut Findings<'_>) {
    for one in &whole.repository.deployments {
        let keys = [
            ("cron_schedule", &one.cron),
            ("earliest_time", &one.earliest),
            ("latest_time", &one.latest),
            ("schedule_window", &one.schedule_window),
        ];
        for (key, _) in keys.iter().filter(|(_, value)| value.is_none()) {
            out.push(
                RULE.finding(format!("the scheduling of the deployment lacks `{key}`"))
                    .at(one.name.span, "this deployment"),
            );
        }
        let kind = one.kind.as_deref().unwrap_or_default();
        if !KINDS.contains(&kind) {
            out.push(
                RULE.finding(format!(
                    "the deployment is for the type `{kind}`, which is none of {}",
                    list(KINDS)
                ))
                .at(one.name.span, "this deployment"),
            );
        }
    }
}
