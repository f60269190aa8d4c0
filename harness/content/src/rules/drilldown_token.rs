//! Tokens of drilldowns are fields that the search can give, or facts that Splunk adds to a finding.

use dryfire_diagnostic::{Severity, Span, codes::content};

use super::token::{Token, place, tokens};
use super::{Context, Findings, Rule, field};

pub(super) const RULE: Rule = Rule::new(
    &content::DRILLDOWN_TOKEN,
    "drilldown-token",
    Severity::Error,
)
.detections(check);

/// What Enterprise Security adds to each finding, and what a drilldown gets from its surroundings.
const ADDED: &[&str] = &[
    "info_min_time",
    "info_max_time",
    "info_search_time",
    "info_sid",
    "_time",
    "orig_time",
    "event_id",
    "event_hash",
    "search_name",
    "source",
    "sourcetype",
    "index",
    "rule_name",
    "rule_title",
    "rule_description",
    "security_domain",
    "severity",
    "urgency",
    "owner",
    "status",
    "risk_score",
    "earliest",
    "latest",
    "drilldown_earliest",
    "drilldown_latest",
];
const ADDED_PREFIXES: &[&str] = &["job.", "env:", "form.", "annotations.", "orig_", "trigger_"];

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    for drilldown in &context.detection.drilldowns {
        let search = drilldown.search.value;
        let text = out.sources.get(search).text.clone();
        let mut said: Vec<String> = Vec::new();
        for token in tokens(&text) {
            one(
                &token,
                Span::new(search, token.start, token.end),
                &mut said,
                context,
                out,
            );
        }
        let others = [
            Some(&drilldown.name),
            drilldown.earliest.as_ref(),
            drilldown.latest.as_ref(),
        ];
        for text in others.into_iter().flatten() {
            for token in tokens(text) {
                let at = place(text, &token, text.span, out.sources);
                one(&token, at, &mut said, context, out);
            }
        }
    }
}

fn one(
    token: &Token,
    at: Span,
    said: &mut Vec<String>,
    context: &Context<'_>,
    out: &mut Findings<'_>,
) {
    let name = &token.field;
    let added = ADDED.contains(&name.as_str())
        || ADDED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    if added || said.contains(name) {
        return;
    }
    said.push(name.clone());
    if let Some(finding) = field::missing(&RULE, context, name, at, "the drilldown names") {
        out.push(finding);
    }
}
