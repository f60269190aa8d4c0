//! Texts that users wrote, texts derived from them, and the way back.

use std::sync::Arc;

/// A text in a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A range of bytes of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span over `start..end` of `source`.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            source,
            start: clamp(start),
            end: clamp(end.max(start)),
        }
    }

    /// The smallest span that holds both; `self` when they lie in different sources.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.source != other.source {
            return self;
        }
        Span {
            source: self.source,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// A piece of a derived text and where it came from.
#[derive(Debug, Clone)]
pub struct Segment {
    /// First byte of the piece in the derived text. It ends where the next segment starts.
    pub start: u32,
    /// Where it came from.
    pub from: Span,
    /// Whether the piece is the text of `from`, byte by byte; otherwise the whole of `from` stands for it.
    pub verbatim: bool,
    /// The call that brought it in (`` `macro(args)` ``, a `map` search, …) with the words to show.
    pub call: Option<(Span, Arc<str>)>,
}

/// One text.
#[derive(Debug)]
pub struct Source {
    /// What a user knows it by: a path, or `<command line>`.
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<str>,
    /// For a derived text, its pieces in ascending order of `start`; empty for a text of its own.
    pub segments: Vec<Segment>,
    /// Byte offsets at which lines start.
    lines: Vec<u32>,
}

/// A place as people count it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The source's name.
    pub name: Arc<str>,
    /// First line, from 1.
    pub line: u32,
    /// First column in characters, from 1.
    pub column: u32,
    /// Last line, from 1.
    pub end_line: u32,
    /// Column after the last character, from 1.
    pub end_column: u32,
}

/// A span followed back to a text of its own.
#[derive(Debug, Clone)]
pub struct Trace {
    /// The place in the text the user edits.
    pub origin: Span,
    /// The calls it came through, outermost first.
    pub calls: Vec<(Span, Arc<str>)>,
}

/// All texts of a run. Append-only: a [`SourceId`] stays valid. A copy shares the texts.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    sources: Vec<Arc<Source>>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text of its own.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        self.insert(name.into(), text.into(), Vec::new())
    }

    /// Adds a text made out of others. `segments` ascend by `start`; the first starts at 0.
    pub fn derive(
        &mut self,
        name: impl Into<Arc<str>>,
        text: impl Into<Arc<str>>,
        segments: Vec<Segment>,
    ) -> SourceId {
        debug_assert!(
            segments.is_sorted_by_key(|segment| segment.start),
            "segments ascend"
        );
        self.insert(name.into(), text.into(), segments)
    }

    fn insert(&mut self, name: Arc<str>, text: Arc<str>, segments: Vec<Segment>) -> SourceId {
        let id = SourceId(u32::try_from(self.sources.len()).unwrap_or(u32::MAX));
        let starts = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        let lines = std::iter::once(0)
            .chain(starts)
            .map(|at| u32::try_from(at).unwrap_or(u32::MAX))
            .collect();
        self.sources.push(Arc::new(Source {
            name,
            text,
            segments,
            lines,
        }));
        id
    }

    /// The text of that id.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.sources[id.0 as usize]
    }

    /// The text under a span, or nothing where the span does not fit it.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source)
            .text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// Follows a span back to the text that the user edits.
    pub fn trace(&self, span: Span) -> Trace {
        let mut trace = Trace {
            origin: span,
            calls: Vec::new(),
        };
        loop {
            let source = self.get(trace.origin.source);
            let Some(first) = segment_at(&source.segments, trace.origin.start) else {
                return trace;
            };
            if let Some(call) = &first.call {
                trace.calls.push(call.clone());
            }
            let last_byte = trace.origin.end.max(trace.origin.start + 1) - 1;
            let last = segment_at(&source.segments, last_byte)
                .filter(|last| last.from.source == first.from.source)
                .unwrap_or(first);
            let start = project(first, trace.origin.start).start;
            let end = if trace.origin.end == trace.origin.start {
                start
            } else {
                project(last, last_byte).end
            };
            trace.origin = Span {
                source: first.from.source,
                start,
                end: end.max(start),
            };
        }
    }

    /// The place of a span in the text that the user edits.
    pub fn place(&self, span: Span) -> Place {
        let origin = self.trace(span).origin;
        let source = self.get(origin.source);
        let (line, column) = source.position(origin.start);
        let (end_line, end_column) = source.position(origin.end);
        Place {
            name: source.name.clone(),
            line,
            column,
            end_line,
            end_column,
        }
    }
}

impl Source {
    /// Line and column in characters, both from 1.
    fn position(&self, at: u32) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines[line - 1] as usize;
        let column = self
            .text
            .get(start..at as usize)
            .map_or(0, |before| before.chars().count());
        (
            u32::try_from(line).unwrap_or(u32::MAX),
            u32::try_from(column + 1).unwrap_or(u32::MAX),
        )
    }
}

fn segment_at(segments: &[Segment], at: u32) -> Option<&Segment> {
    segments
        .partition_point(|segment| segment.start <= at)
        .checked_sub(1)
        .map(|index| &segments[index])
}

/// Where the byte `at` of the derived text lies in the text it came from.
fn project(segment: &Segment, at: u32) -> Span {
    if !segment.verbatim {
        return segment.from;
    }
    let start = (segment.from.start + (at - segment.start)).min(segment.from.end);
    Span {
        source: segment.from.source,
        start,
        end: (start + 1).min(segment.from.end).max(start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_in_an_expansion_leads_to_the_file_and_names_the_call() {
        let mut map = SourceMap::new();
        let file = map.add("a.yml", "search: foo `m` bar\n");
        let macros = map.add("m.yml", "index=main");
        let call = Span::new(file, 12, 15);
        let expanded = map.derive(
            "search",
            "foo index=main bar",
            vec![
                Segment {
                    start: 0,
                    from: Span::new(file, 8, 12),
                    verbatim: true,
                    call: None,
                },
                Segment {
                    start: 4,
                    from: Span::new(macros, 0, 10),
                    verbatim: true,
                    call: Some((call, "macro m".into())),
                },
                Segment {
                    start: 14,
                    from: Span::new(file, 15, 19),
                    verbatim: true,
                    call: None,
                },
            ],
        );
        let trace = map.trace(Span::new(expanded, 10, 14));
        assert_eq!(map.text(trace.origin), "main");
        assert_eq!(trace.calls, [(call, "macro m".into())]);
        let place = map.place(Span::new(expanded, 15, 18));
        assert_eq!((place.line, place.column, place.end_column), (1, 17, 20));
        assert_eq!(
            map.text(map.trace(Span::new(expanded, 15, 18)).origin),
            "bar"
        );
    }

    #[test]
    fn columns_count_characters() {
        let mut map = SourceMap::new();
        let file = map.add("a", "é=1\nüx");
        let place = map.place(Span::new(file, 7, 8));
        assert_eq!((place.line, place.column), (2, 2));
    }
}
