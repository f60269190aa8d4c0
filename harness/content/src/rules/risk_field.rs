//! Fields of risk objects are fields that the search can give.

use dryfire_diagnostic::{Severity, codes::content};

use super::{Context, Findings, Rule, field};

pub(super) const RULE: Rule =
    Rule::new(&content::RISK_FIELD, "risk-field", Severity::Error).detections(check);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    for object in &context.detection.risk.objects {
        let name = &object.field;
        if let Some(finding) = field::missing(
            &RULE,
            context,
            name,
            name.span,
            "the risk object is the field",
        ) {
            out.push(field::for_risk(finding, context, name, out.sources));
        }
    }
}
