//! Data sources exist.

use dryfire_diagnostic::{Severity, codes::content, nearest};

use super::profile::SINCE_5;
use super::{Context, Findings, Rule};
use crate::detection::Generation;

pub(super) const RULE: Rule = Rule::new(&content::DATA_SOURCE, "data-source", Severity::Error)
    .detections(check)
    .refused_by(SINCE_5);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let known = &context.repository.data_sources;
    if !context.is_complete() || known.is_empty() {
        return;
    }
    for entry in &context.detection.data_sources {
        for name in names(entry).filter(|name| !known.iter().any(|one| one.name.value == *name)) {
            let near = nearest(name, known.iter().map(|one| one.name.value.as_str()));
            let mut finding = RULE
                .finding(format!("there is no data source `{name}`"))
                .at(entry.span, "not in `data_sources`")
                .opt_help(near.map(|near| format!("did you mean `{near}`?")));
            // contentctl 4 did not look.
            if context.detection.generation == Generation::V4 {
                finding.severity = Severity::Warning;
                out.beyond(finding);
            } else {
                out.push(finding);
            }
        }
    }
}

/// `A AND B`: the names.
pub(super) fn names(entry: &str) -> impl Iterator<Item = &str> {
    entry
        .split(" AND ")
        .map(str::trim)
        .filter(|name| !name.is_empty())
}
