//! No run of four backticks stands in the search.

use dryfire_diagnostic::{Severity, Span, codes::content};

use super::profile::SINCE_5;
use super::{Context, Findings, Rule};

pub(super) const RULE: Rule = Rule::new(&content::BACKTICKS, "backticks", Severity::Warning)
    .detections(check)
    .refused_by(SINCE_5);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let search = context.detection.search.value;
    if let Some(at) = out.sources.get(search).text.find("````") {
        out.push(
            RULE.finding("four backticks in a row: a comment and a macro run into each other")
                .at(
                    Span::new(search, at, at + 4),
                    "no telling where the comment ends",
                )
                .help("put a blank between the comment's ``` and the macro's `"),
        );
    }
}
