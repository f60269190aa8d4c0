//! Attack data says what it is: source and sourcetype.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Rule};

pub(super) const RULE: Rule = Rule::new(&content::TEST_DATA, "test-data", Severity::Error)
    .detections(check)
    .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    for data in context
        .detection
        .tests
        .iter()
        .flat_map(|test| &test.attack_data)
    {
        for (key, _) in [("source", &data.source), ("sourcetype", &data.sourcetype)]
            .into_iter()
            .filter(|(_, value)| value.is_none())
        {
            out.push(
                RULE.finding(format!("the attack data has no `{key}`"))
                    .at(data.span, format!("`{key}` is missing")),
            );
        }
    }
}
