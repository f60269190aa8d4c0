//! The search gives what its data sources promise.

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::SINCE_5;
use super::{Context, Findings, Rule, data_source};
use crate::detection::{Generation, Kind};

pub(super) const RULE: Rule = Rule::new(&content::OUTPUT_FIELD, "output-field", Severity::Error)
    .detections(check)
    .refused_by(SINCE_5);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    let concerned =
        matches!(detection.kind.value, Kind::Ttp | Kind::Anomaly) && context.is_production();
    let Some(search) = context
        .search
        .filter(|_| concerned && detection.generation != Generation::V4)
    else {
        return;
    };
    let text = out.sources.get(detection.search.value).text.to_lowercase();
    for entry in &detection.data_sources {
        let sources = data_source::names(entry).filter_map(|name| {
            context
                .repository
                .data_sources
                .iter()
                .find(|one| one.name.value == name)
        });
        for source in sources {
            for field in source
                .output_fields
                .iter()
                .filter(|field| !search.produced.contains(field))
            {
                let mut finding = RULE
                    .finding(format!(
                        "the data source `{}` promises `{}`, which the search does not give",
                        source.name.value, field.value
                    ))
                    .at(entry.span, "used here")
                    .also_at(field.span, "promised here");
                // contentctl is content with the name anywhere in the text.
                if text.contains(&field.to_lowercase()) {
                    finding.severity = Severity::Warning;
                    out.beyond(finding);
                } else {
                    out.push(finding);
                }
            }
        }
    }
}
