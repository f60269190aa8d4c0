//! Tokens of messages and titles are fields that the search can give.

use dryfire_diagnostic::{Severity, Span, codes::content};

use super::token::{place, tokens, unclosed};
use super::{Context, Findings, Rule, field};
use crate::detection::Generation;
use crate::reader::Spanned;

pub(super) const RULE: Rule =
    Rule::new(&content::MESSAGE_TOKEN, "message-token", Severity::Error).detections(check);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let risk = &context.detection.risk;
    let messages = risk
        .objects
        .iter()
        .filter_map(|object| object.message.as_ref());
    for text in risk
        .message
        .iter()
        .map(|text| (text, "the message"))
        .chain(messages.map(|text| (text, "the message")))
    {
        one(text.0, text.1, context, out);
    }
    risk.finding_title
        .iter()
        .for_each(|title| one(title, "the finding's title", context, out));
}

fn one(text: &Spanned<String>, what: &str, context: &Context<'_>, out: &mut Findings<'_>) {
    let found = tokens(text);
    let mut said: Vec<&str> = Vec::new();
    for token in &found {
        if said.contains(&token.field.as_str()) {
            continue;
        }
        said.push(&token.field);
        let at = place(text, token, text.span, out.sources);
        if let Some(finding) =
            field::missing(&RULE, context, &token.field, at, &format!("{what} names"))
        {
            out.push(field::for_risk(finding, context, &token.field, out.sources));
        }
    }
    if let Some((at, has_blank)) = unclosed(text) {
        let rest = text.get(at..).unwrap_or_default();
        let word = rest.split_whitespace().next().unwrap_or(rest);
        let shown = out.sources.text(text.span).find(word);
        let span = shown.map_or(text.span, |offset| {
            let start = text.span.start as usize + offset;
            Span::new(text.span.source, start, start + word.len())
        });
        let wrong = if has_blank {
            "has a blank in its name"
        } else {
            "is not closed by a `$`"
        };
        let mut finding = RULE
            .finding(format!("a token of {what} {wrong}"))
            .at(span, "this token")
            .help(
                "write `$field$`; a field with a blank in its name must be renamed in the search",
            );
        if context.detection.generation != Generation::V6 {
            finding.severity = Severity::Warning;
        }
        out.push(finding);
    }
    if context.detection.generation == Generation::V6 && found.is_empty() {
        let finding = RULE
            .finding(format!("{what} has no token"))
            .at(text.span, "says the same of every result");
        out.push(finding.help("name the fields that tell one finding from another, as `$dest$`"));
    }
}
