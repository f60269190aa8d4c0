//! The quoted search of `map`: a text within a text, whose macros are expanded before a row fills it in.
//!
//! Splunk expands it after the row's values are in. The difference shows only where the values hold backticks or make up
//! a macro's name: such calls stay as they are, and the engine concludes nothing from them.

use dryfire_diagnostic::{Segment, SourceId, Span};

use super::call::read;
use super::{Expansion, Output};

impl Expansion<'_> {
    /// The quoted text from `open` to `close` with its calls expanded; none where it has none that can be expanded now.
    pub(super) fn template(
        &mut self,
        source: SourceId,
        text: &str,
        open: usize,
        close: usize,
    ) -> Option<Output> {
        let inner = unquoted(source, text, open + 1, close);
        if !inner.text.contains('`') || row_decides(&inner.text) {
            return None;
        }
        let name = self.sources.get(source).name.clone();
        let derived = self
            .sources
            .derive(name, inner.text.clone(), inner.segments);
        let walked = self.walk(derived, &inner.text);
        let mut output = Output::default();
        output.copy("\"", Span::new(source, open, open + 1));
        quoted(&mut output, &walked);
        output.copy("\"", Span::new(source, close, close + 1));
        Some(output)
    }
}

/// Whether some call is known only when a row has filled in its name.
fn row_decides(text: &str) -> bool {
    let calls = text.match_indices('`').filter_map(|(at, _)| read(text, at));
    calls.into_iter().any(|call| call.name.contains('$'))
}

/// The text between the quotes as it is meant.
fn unquoted(source: SourceId, text: &str, from: usize, to: usize) -> Output {
    let bytes = text.as_bytes();
    let mut output = Output::default();
    let (mut from, mut at) = (from, from);
    while at + 1 < to {
        if bytes[at] == b'\\' && matches!(bytes[at + 1], b'"' | b'\\') {
            let plain = text.get(from..at).unwrap_or("");
            output.copy(plain, Span::new(source, from, at));
            let meant = text.get(at + 1..at + 2).unwrap_or("");
            output.stand_in(meant, Span::new(source, at, at + 2));
            at += 2;
            from = at;
        } else {
            at += 1;
        }
    }
    let rest = text.get(from..to).unwrap_or("");
    output.copy(rest, Span::new(source, from, to));
    output
}

/// Adds a text as it stands between quotes.
fn quoted(output: &mut Output, inner: &Output) {
    for (index, segment) in inner.segments.iter().enumerate() {
        let start = segment.start as usize;
        let next = inner.segments.get(index + 1);
        let end = next.map_or(inner.text.len(), |next| next.start as usize);
        let piece = inner.text.get(start..end).unwrap_or("");
        let mut at = 0;
        for part in piece.split_inclusive(['"', '\\']) {
            let plain = part.trim_end_matches(['"', '\\']);
            output.push(plain, narrowed(segment, at, plain.len()));
            at += plain.len();
            if part.len() > plain.len() {
                let escaped = format!("\\{}", &part[plain.len()..]);
                let whole = Segment {
                    verbatim: false,
                    ..narrowed(segment, at, 1)
                };
                output.push(&escaped, whole);
                at += 1;
            }
        }
    }
}

/// The segment of `length` bytes at `at` of a segment's text.
fn narrowed(segment: &Segment, at: usize, length: usize) -> Segment {
    let mut part = segment.clone();
    if segment.verbatim {
        let start = segment.from.start as usize + at;
        part.from = Span::new(segment.from.source, start, start + length);
    }
    part
}
