//! Fields of threat objects are fields that the search can give.

use dryfire_diagnostic::{Severity, codes::content};

use super::{Context, Findings, Rule, field};

pub(super) const RULE: Rule =
    Rule::new(&content::THREAT_FIELD, "threat-field", Severity::Error).detections(check);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    for threat in &context.detection.risk.threats {
        let name = &threat.field;
        if let Some(finding) = field::missing(
            &RULE,
            context,
            name,
            name.span,
            "the threat object is the field",
        ) {
            out.push(field::for_risk(finding, context, name, out.sources));
        }
    }
}
