//! Data sources say which source and sourcetype they write.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Findings, Rule, Whole};

pub(super) const RULE: Rule = Rule::new(
    &content::DATA_SOURCE_FORM,
    "data-source-form",
    Severity::Warning,
)
.whole(check)
.refused_by(ALL_VERSIONS);

fn check(whole: &Whole<'_>, out: &mut Findings<'_>) {
    for one in &whole.repository.data_sources {
        for (key, value) in [("source", &one.source), ("sourcetype", &one.sourcetype)] {
            if value.is_none() {
                out.push(
                    RULE.finding(format!("the data source lacks the key `{key}`"))
                        .at(one.name.span, "this data source"),
                );
            }
        }
    }
}
