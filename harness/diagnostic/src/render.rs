//! Diagnostics as text: the full form with source lines, and one line each.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::{Diagnostic, Label, Severity, SourceMap, Span};

/// The full form, as compilers print it: the source lines with marks, the calls it came through, notes and help.
pub fn full(diagnostic: &Diagnostic, sources: &SourceMap, color: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(
        level
            .primary_title(diagnostic.message.as_str())
            .id(diagnostic.code.id),
    );
    for (label, kind) in marks(diagnostic, sources) {
        let source = sources.get(label.span.source);
        let annotation = kind
            .span(label.span.start as usize..label.span.end as usize)
            .label(label.text);
        group = group.element(
            Snippet::source(source.text.as_ref())
                .path(source.name.as_ref())
                .annotation(annotation),
        );
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.render(&[group]).to_string()
}

/// One line: `path:line:column: error[DF201]: message`, then the help where there is one.
pub fn concise(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let place = diagnostic
        .primary
        .as_ref()
        .map(|label| sources.place(label.span));
    let place = place
        .map(|place| format!("{}:{}:{}: ", place.name, place.line, place.column))
        .unwrap_or_default();
    let help = diagnostic
        .help
        .as_ref()
        .map(|help| format!(" ({help})"))
        .unwrap_or_default();
    format!(
        "{place}{severity}[{}]: {}{help}",
        diagnostic.code.id, diagnostic.message
    )
}

/// All places in texts that users edit: the primary one, its calls, the others.
fn marks(diagnostic: &Diagnostic, sources: &SourceMap) -> Vec<(Label, AnnotationKind)> {
    let mut marks = Vec::new();
    let mut add = |span: Span, text: &str, kind: AnnotationKind| {
        let trace = sources.trace(span);
        marks.push((
            Label {
                span: trace.origin,
                text: text.to_owned(),
            },
            kind,
        ));
        for (call, words) in trace.calls {
            let text = format!("in {words}");
            marks.push((
                Label {
                    span: sources.trace(call).origin,
                    text,
                },
                AnnotationKind::Context,
            ));
        }
    };
    if let Some(label) = &diagnostic.primary {
        add(label.span, &label.text, AnnotationKind::Primary);
    }
    for label in &diagnostic.secondary {
        add(label.span, &label.text, AnnotationKind::Context);
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;

    #[test]
    fn both_forms_name_place_reason_and_remedy() {
        let mut sources = SourceMap::new();
        let file = sources.add("d.yml", "search: | tstat count\n");
        let finding = Diagnostic::error(
            &codes::syntax::UNKNOWN_COMMAND,
            "there is no command `tstat`",
        )
        .at(Span::new(file, 10, 15), "not a command")
        .help("did you mean `tstats`?");
        let line = concise(&finding, &sources);
        assert_eq!(
            line,
            "d.yml:1:11: error[DF203]: there is no command `tstat` (did you mean `tstats`?)"
        );
        let text = full(&finding, &sources, false);
        assert!(
            text.contains("d.yml:1:11") && text.contains("^^^^^ not a command"),
            "{text}"
        );
        assert!(text.contains("help: did you mean `tstats`?"), "{text}");
    }
}
