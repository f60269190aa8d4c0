//! The filter macro: there, of the right name, and last.

use dryfire_diagnostic::{Severity, Span, codes::content};

use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Rule};

pub(super) const RULE: Rule = Rule::new(&content::FILTER_MACRO, "filter-macro", Severity::Error)
    .detections(check)
    .refused_by(ALL_VERSIONS);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let search = context.detection.search.value;
    let text = without_comments(&out.sources.get(search).text);
    let wanted = context.detection.filter_macro();
    let calls = calls(&text);
    let own = calls.iter().rfind(|call| call.name == wanted);
    let Some(own) = own else {
        let other = calls.iter().rfind(|call| call.name.ends_with("_filter"));
        let finding = match other {
            Some(other) => RULE
                .finding(format!(
                    "the filter macro is `{}`, but the file's name asks for `{wanted}`",
                    other.name
                ))
                .at(
                    Span::new(search, other.start, other.end),
                    "another name than the file's",
                )
                .help(format!("write `{wanted}`, or rename the file")),
            None => RULE
                .finding(format!(
                    "the search does not end with its filter macro `{wanted}`"
                ))
                .at(
                    Span::new(
                        search,
                        text.trim_end().len().saturating_sub(1),
                        text.trim_end().len(),
                    ),
                    "missing here",
                )
                .help(format!("add | `{wanted}`")),
        };
        out.push(finding);
        return;
    };
    let after = text.get(own.end..).unwrap_or_default();
    if !after.trim().is_empty() {
        let start = own.end
            + after
                .find(|letter: char| !letter.is_whitespace() && letter != '|')
                .unwrap_or(0);
        let mut finding = RULE
            .finding(format!("the filter macro `{wanted}` is not last"))
            .at(Span::new(search, own.start, own.end), "should be last")
            .also_at(
                Span::new(search, start, text.trim_end().len()),
                "comes after it",
            )
            .help("move the filter macro to the end");
        finding.severity = Severity::Warning;
        out.beyond(finding);
    }
}

/// A call of a macro in the text.
struct Call<'t> {
    name: &'t str,
    start: usize,
    end: usize,
}

fn calls(text: &str) -> Vec<Call<'_>> {
    let mut calls = Vec::new();
    let mut marks = text.match_indices('`').map(|(at, _)| at);
    while let (Some(start), Some(end)) = (marks.next(), marks.next()) {
        let inside = text.get(start + 1..end).unwrap_or_default();
        let name = inside.split('(').next().unwrap_or(inside).trim();
        calls.push(Call {
            name,
            start,
            end: end + 1,
        });
    }
    calls
}

/// The text with comments blanked out, so that places stay.
fn without_comments(text: &str) -> String {
    let mut pieces = text.split("```");
    let mut clean = pieces.next().unwrap_or_default().to_owned();
    let mut is_comment = true;
    for piece in pieces {
        clean.push_str("   ");
        if is_comment {
            clean.push_str(&" ".repeat(piece.len()));
        } else {
            clean.push_str(piece);
        }
        is_comment = !is_comment;
    }
    clean
}
