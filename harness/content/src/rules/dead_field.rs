//! No command depends on a field that an earlier one has dropped.

use dryfire_diagnostic::{Severity, codes::content};
use dryfire_plan::lost;

use super::{Context, Findings, Rule};

pub(super) const RULE: Rule =
    Rule::new(&content::DEAD_FIELD, "dead-field", Severity::Error).detections(check);

/// A command that lets no row through is an error, one that only makes an empty field of it a warning.
fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let Some(search) = context.search else { return };
    for lost in lost(search.pipeline, search.produced) {
        let severity = match lost.drops_all {
            true => RULE.severity,
            false => Severity::Warning,
        };
        out.push(lost.diagnostic(severity));
    }
}
