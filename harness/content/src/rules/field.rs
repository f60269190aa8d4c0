//! What is said of a field that the search can't give: where it got lost, and what is meant instead.

use dryfire_diagnostic::{Diagnostic, Severity, SourceMap, Span};

use super::{Context, Rule};

/// A finding when no result of the search can have the field.
pub(super) fn missing(
    rule: &Rule,
    context: &Context<'_>,
    field: &str,
    at: Span,
    what: &str,
) -> Option<Diagnostic> {
    let produced = context.search?.produced;
    let loss = produced.lost(field)?;
    let why = match (loss.was_there, loss.command.as_str()) {
        (true, "rename") => format!("renames `{field}`"),
        (true, "fields" | "table" | "eval") => format!("drops `{field}`"),
        (_, command) => format!("`{command}` does not give `{field}`"),
    };
    let near = produced.nearest(field);
    let help = match (&loss.renamed, near) {
        (Some(new), _) => Some(format!("its values go on as `{new}`")),
        (None, Some(near)) => Some(format!("did you mean `{near}`?")),
        (None, None) => None,
    };
    let mut finding = rule
        .finding(format!("{what} `{field}`, which the search can't give"))
        .at(at, "no result can have it")
        .also_at(loss.at, why)
        .opt_help(help);
    let names: Vec<&str> = produced.fields().names().collect();
    if !names.is_empty() && !produced.fields().is_open() {
        finding = finding.because(format!("the results have {}", list(&names)));
    }
    Some(finding)
}

/// A finding that only a risk event would suffer from is a warning where none is made, unless contentctl refuses the file.
pub(super) fn for_risk(
    mut finding: Diagnostic,
    context: &Context<'_>,
    field: &str,
    sources: &SourceMap,
) -> Diagnostic {
    if context.makes_risk() || is_refused(context, field, sources) {
        return finding;
    }
    finding.severity = Severity::Warning;
    finding.because("a detection of this type makes no risk event, so nothing reads the field")
}

/// Whether contentctl refuses the detection: it looks for the name anywhere in the text of the search.
fn is_refused(context: &Context<'_>, field: &str, sources: &SourceMap) -> bool {
    let text = &sources.get(context.detection.search.value).text;
    context.is_production() && !text.to_lowercase().contains(&field.to_lowercase())
}

/// Names for people, not too many.
pub(super) fn list(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = names.len().saturating_sub(SHOWN);
    if more == 0 {
        shown.join(", ")
    } else {
        format!("{} and {more} more", shown.join(", "))
    }
}
