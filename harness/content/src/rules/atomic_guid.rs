//! Ids of Atomic Red Team tests are UUIDs.

use dryfire_diagnostic::{Severity, codes::content};

use super::id::is_uuid;
use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Rule};

pub(super) const RULE: Rule = Rule::new(&content::ATOMIC_GUID, "atomic-guid", Severity::Warning)
    .detections(check)
    .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let guids = &context.detection.object.atomic_guids;
    for guid in guids.iter().filter(|one| !is_uuid(one)) {
        out.push(
            RULE.finding(format!("the Atomic test `{}` is not a UUID", guid.value))
                .at(guid.span, "not a UUID"),
        );
    }
}
