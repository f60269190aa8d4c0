//! One pass over a text: what is copied, what is a comment, a string or a call.

use dryfire_diagnostic::codes::meaning::UNSUPPORTED_FUNCTION;
use dryfire_diagnostic::codes::syntax::UNBALANCED;
use dryfire_diagnostic::{Diagnostic, Segment, SourceId, Span};

use super::call::{Call, read, trimmed};
use super::{Expansion, Macro, MacroUse, Output};
use crate::lexer::close_of_quote;

impl Expansion<'_> {
    /// The text with its calls expanded and its comments removed.
    pub(super) fn walk(&mut self, source: SourceId, text: &str) -> Output {
        let bytes = text.as_bytes();
        let mut output = Output::default();
        // What was read but not yet copied starts at `from`.
        let (mut from, mut at) = (0, 0);
        let mut in_map = is_map(text, 0);
        while let Some(byte) = bytes.get(at) {
            let copied = |output: &mut Output, to: usize| {
                output.copy(
                    text.get(from..to).unwrap_or(""),
                    Span::new(source, from, to),
                )
            };
            match byte {
                b'\\' if matches!(bytes.get(at + 1), Some(b'"' | b'\\')) => at += 2,
                b'|' | b'[' => {
                    at += 1;
                    in_map = is_map(text, at);
                }
                b'"' => {
                    let Some(close) = close_of_quote(text, at, b'"') else {
                        break;
                    };
                    let is_template = in_map && ends_with_search(text.get(..at).unwrap_or(""));
                    let piece = if is_template {
                        self.template(source, text, at, close)
                    } else {
                        self.quoted_call(source, text, at, close)
                    };
                    if let Some(piece) = piece {
                        copied(&mut output, at);
                        append(&mut output, piece);
                        from = close + 1;
                    }
                    at = close + 1;
                }
                b'`' if text.get(at..at + 3) == Some("```") => {
                    copied(&mut output, at);
                    let close = text
                        .get(at + 3..)
                        .and_then(|rest| rest.find("```"))
                        .map(|length| at + length + 6);
                    if close.is_none() {
                        self.not_closed(source, at, 3, "this comment is not closed");
                    }
                    let end = close.unwrap_or(text.len());
                    output.stand_in(" ", Span::new(source, at, end));
                    (from, at) = (end, end);
                }
                b'`' => {
                    copied(&mut output, at);
                    let end = match read(text, at) {
                        Some(call) => {
                            let piece = self.call(source, at, &call);
                            append(&mut output, piece);
                            call.end
                        }
                        None => {
                            self.not_closed(source, at, 1, "this macro call is not closed");
                            output.stand_in(" ", Span::new(source, at, at + 1));
                            at + 1
                        }
                    };
                    (from, at) = (end, end);
                }
                _ => at += 1,
            }
        }
        output.copy(
            text.get(from..).unwrap_or(""),
            Span::new(source, from, text.len()),
        );
        output
    }

    fn not_closed(&mut self, source: SourceId, at: usize, length: usize, message: &str) {
        self.diagnostics.push(
            Diagnostic::error(&UNBALANCED, message)
                .at(Span::new(source, at, at + length), "opened here"),
        );
    }

    /// The text that a call brings in; a space where it can't be expanded.
    fn call(&mut self, source: SourceId, open: usize, call: &Call) -> Output {
        let span = Span::new(source, open, call.end);
        let usage = MacroUse {
            name: call.name.clone(),
            arguments: call.arguments.len(),
            call: span,
        };
        let mut output = Output::default();
        match self.macros.find(&call.name, call.arguments.len()) {
            None => self.report_missing(usage),
            Some(definition) if !self.is_endless(&usage) => {
                let words = format!("macro `{}`", call.name);
                self.used.push(usage);
                if let Some((expanded, start, end)) = self.body_of(definition, source, call, span) {
                    let text = self.sources.get(expanded).text.clone();
                    let segment = Segment {
                        start: 0,
                        from: Span::new(expanded, start, end),
                        verbatim: true,
                        call: Some((span, words.into())),
                    };
                    output.push(text.get(start..end).unwrap_or(""), segment);
                    return output;
                }
            }
            Some(_) => {}
        }
        output.stand_in(" ", span);
        output
    }

    /// The expanded definition and the part of it that counts.
    fn body_of(
        &mut self,
        definition: &Macro,
        source: SourceId,
        call: &Call,
        span: Span,
    ) -> Option<(SourceId, usize, usize)> {
        let filled = self.substitute(definition, source, call);
        let text = self.sources.get(filled).text.clone();
        if !self.may_go_on(span, text.len()) {
            return None;
        }
        if definition.is_eval {
            let (start, end) = trimmed(&text, 0, text.len());
            let is_text = start > 0 && text.get(start - 1..start) == Some("\"");
            if is_text && !text.get(start..end).unwrap_or("").contains('\\') {
                return Some((filled, start, end));
            }
            let message = format!(
                "the macro `{}` is an eval expression, which is not computed yet",
                call.name
            );
            self.diagnostics
                .push(Diagnostic::error(&UNSUPPORTED_FUNCTION, message).at(span, ""));
            return None;
        }
        self.stack.push((call.name.clone(), call.arguments.len()));
        let expanded = if text.contains('`') {
            self.expand(filled)
        } else {
            filled
        };
        self.stack.pop();
        let length = self.sources.get(expanded).text.len();
        Some((expanded, 0, length))
    }

    /// A string that is exactly one call of a known macro is expanded, though it is quoted.
    fn quoted_call(
        &mut self,
        source: SourceId,
        text: &str,
        open: usize,
        close: usize,
    ) -> Option<Output> {
        let content = text.get(open + 1..close)?;
        let backtick = open + 1 + (content.len() - content.trim_start().len());
        if !content.trim_start().starts_with('`') {
            return None;
        }
        let call = read(text, backtick).filter(|call| {
            text.get(call.end..close)
                .is_some_and(|rest| rest.trim().is_empty())
        })?;
        self.macros.find(&call.name, call.arguments.len())?;
        let inner = self.call(source, backtick, &call);
        let trimmed = inner.text.trim();
        if trimmed.len() >= 2 && trimmed.starts_with('"') && trimmed.ends_with('"') {
            return Some(inner);
        }
        let mut output = Output::default();
        output.copy("\"", Span::new(source, open, open + 1));
        append(&mut output, inner);
        output.copy("\"", Span::new(source, close, close + 1));
        Some(output)
    }
}

/// Adds a piece with its segments.
fn append(output: &mut Output, piece: Output) {
    let starts: Vec<usize> = piece
        .segments
        .iter()
        .map(|segment| segment.start as usize)
        .collect();
    for (index, segment) in piece.segments.into_iter().enumerate() {
        let start = segment.start as usize;
        let end = starts.get(index + 1).copied().unwrap_or(piece.text.len());
        output.push(piece.text.get(start..end).unwrap_or(""), segment);
    }
}

/// Whether the command that starts at `at` is `map`.
fn is_map(text: &str, at: usize) -> bool {
    let mut cursor = crate::lexer::Cursor::new(text, at, text.len());
    cursor.eat("|");
    cursor.sees_keyword("map")
}

/// Whether `search=` comes right before.
fn ends_with_search(before: &str) -> bool {
    let name = before.trim_end().strip_suffix('=').map(str::trim_end);
    name.is_some_and(|name| name.to_ascii_lowercase().ends_with("search"))
}
