//! Attack data that is named by a path is there.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Rule};
use crate::dataset_description::Location;

pub(super) const RULE: Rule = Rule::new(&content::TEST_FILE, "test-file", Severity::Error)
    .detections(check)
    .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let data = context
        .detection
        .tests
        .iter()
        .flat_map(|test| &test.attack_data);
    for one in data {
        if let Location::Path(path) = &one.location
            && !path.exists()
        {
            out.push(
                RULE.finding(format!("the attack data `{}` is not there", path.display()))
                    .at(one.span, "no such file"),
            );
        }
    }
}
