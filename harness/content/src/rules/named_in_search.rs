//! What risk, message and throttling name stands in the text of the search, which is all that contentctl looks at.

use dryfire_diagnostic::{Severity, Span, codes::content};

use super::profile::ALL_VERSIONS;
use super::token::{place, tokens};
use super::{Context, Findings, Profile, Rule};
use crate::reader::Spanned;

pub(super) const RULE: Rule = Rule::new(
    &content::NAMED_IN_SEARCH,
    "named-in-search",
    Severity::Warning,
)
.detections(check)
.refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    if !context.is_production() {
        return;
    }
    let detection = context.detection;
    let text = out.sources.get(detection.search.value).text.to_lowercase();
    let is_there = |name: &str| text.contains(&name.to_lowercase());
    // What the search can't give has been said by another rule, in better words.
    let is_said = |name: &str| {
        context.policy.profile == Profile::Dryfire
            && context
                .search
                .is_none_or(|search| search.produced.lost(name).is_some())
    };
    let mut say = |name: &str, at: Span| {
        if !is_there(name) && !is_said(name) {
            out.push(
                RULE.finding(format!("the text of the search does not hold `{name}`"))
                    .at(at, "contentctl looks for it there"),
            );
        }
    };
    let risk = &detection.risk;
    risk.objects
        .iter()
        .for_each(|one| say(&one.field, one.field.span));
    risk.threats
        .iter()
        .for_each(|one| say(&one.field, one.field.span));
    for field in detection.throttling.iter().flat_map(|one| &one.fields) {
        say(field, field.span);
    }
    let objects = risk.objects.iter().filter_map(|one| one.message.as_ref());
    let texts: Vec<&Spanned<String>> = risk
        .message
        .iter()
        .chain(&risk.finding_title)
        .chain(objects)
        .collect();
    for message in texts {
        for token in tokens(message) {
            let at = place(message, &token, message.span, out.sources);
            let name = &token.field;
            if !is_there(name) && !is_said(name) {
                out.push(
                    RULE.finding(format!("the text of the search does not hold `{name}`"))
                        .at(at, "contentctl looks for it there"),
                );
            }
        }
    }
}
