//! The way back from a scalar's decoded text to the file: which bytes of the YAML stand for which bytes of the SPL.
//!
//! Decoded text and written text are walked in parallel. Where they differ (a folded line, an escape, an indentation)
//! the piece of the file stands for the piece of the text as a whole; everywhere else they agree byte by byte.

use std::ops::Range;

use dryfire_diagnostic::{Segment, SourceId, Span};

use crate::yaml::Style;

/// The segments of `decoded`, the text of the scalar at `range` of `written`.
pub(crate) fn segments(
    written: &str,
    file: SourceId,
    range: &Range<u32>,
    style: Style,
    decoded: &str,
) -> Vec<Segment> {
    let end = (range.end as usize).min(written.len());
    let start = (range.start as usize).min(end);
    let mut walk = Walk {
        written,
        end,
        at: start,
        decoded,
        done: 0,
        file,
        segments: Vec::new(),
    };
    let complete = match style {
        Style::Plain => walk.flow(None),
        Style::Single => walk.flow(Some('\'')),
        Style::Double => walk.flow(Some('"')),
        Style::Literal | Style::Folded => walk.block(),
    };
    if complete.is_none() && walk.done < decoded.len() {
        // The two texts went apart: the rest leads to the whole scalar, which is coarse and never wrong.
        walk.at = start;
        walk.piece(decoded.len() - walk.done, end - start, false);
    }
    walk.segments
}

struct Walk<'t> {
    written: &'t str,
    end: usize,
    at: usize,
    decoded: &'t str,
    done: usize,
    file: SourceId,
    segments: Vec<Segment>,
}

impl Walk<'_> {
    /// Plain and quoted scalars. None means that the texts went apart.
    fn flow(&mut self, quote: Option<char>) -> Option<()> {
        if let Some(quote) = quote {
            self.at += self.rest().strip_prefix(quote).map(|_| quote.len_utf8())?;
        }
        while self.done < self.decoded.len() {
            if let Some((length, breaks)) = line_gap(self.rest()) {
                // One break is a space; of more breaks the first is dropped.
                let text = if breaks == 1 { 1 } else { breaks - 1 };
                self.piece(text, length, false);
                continue;
            }
            let next = self.rest().chars().next()?;
            match (quote, next) {
                (Some('\''), '\'') => self
                    .rest()
                    .starts_with("''")
                    .then(|| self.piece(1, 2, false))?,
                (Some('"'), '\\') => self.escape()?,
                _ => self.verbatim(next)?,
            }
        }
        Some(())
    }

    /// A backslash and what belongs to it in a double-quoted scalar.
    fn escape(&mut self) -> Option<()> {
        let rest = self.rest();
        let after = rest.get(1..)?;
        if after.starts_with('\n') || after.starts_with("\r\n") {
            // The line goes on: neither the break nor the next line's indentation is text, but blank lines are.
            let (length, breaks) = line_gap(after)?;
            if breaks > 1 {
                self.piece(breaks - 1, 1 + length, false);
            } else {
                self.at += 1 + length;
            }
            return Some(());
        }
        let length = 1 + match after.chars().next()? {
            'x' => 3,
            'u' => 5,
            'U' => 9,
            other => other.len_utf8(),
        };
        rest.get(..length)?;
        let text = self.decoded.get(self.done..)?.chars().next()?.len_utf8();
        self.piece(text, length, false);
        Some(())
    }

    /// `|` and `>` scalars. The parser's range begins at the text of the first line that has some; blank lines stand
    /// above it. What stands in front of it on its line is the indentation of the whole scalar.
    fn block(&mut self) -> Option<()> {
        let first = self.at;
        let line = self
            .written
            .get(..first)?
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let indent = first - line;
        let blank = self
            .decoded
            .bytes()
            .take_while(|byte| *byte == b'\n')
            .count();
        let above: Vec<usize> = self
            .written
            .get(..line)?
            .rmatch_indices('\n')
            .take(blank)
            .map(|(at, _)| at)
            .collect();
        for at in above.into_iter().rev() {
            self.at = at;
            self.piece(1, 1, true);
        }
        self.at = first;
        self.end = self.written.len();
        while self.done < self.decoded.len() {
            let next = self.decoded.get(self.done..)?.chars().next()?;
            match line_break(self.rest()) {
                Some(length) if next == '\n' => self.breaks(length, indent),
                Some(length) if next == ' ' => {
                    self.piece(1, length, false);
                    self.at += spaces(self.rest(), indent);
                }
                // The last line may lack its line break.
                None if self.rest().is_empty() && next == '\n' => self.piece(1, 0, false),
                _ => self.verbatim(next)?,
            }
        }
        Some(())
    }

    /// A run of line breaks. A folded scalar drops the first of several.
    fn breaks(&mut self, first: usize, indent: usize) {
        let rest = self.decoded.get(self.done..).unwrap_or("");
        let wanted = rest.bytes().take_while(|byte| *byte == b'\n').count();
        let mut found = Vec::new();
        let (mut at, mut length) = (self.at, first);
        loop {
            let skipped = spaces(
                self.written.get(at + length..self.end).unwrap_or(""),
                indent,
            );
            found.push(at..at + length);
            at += length + skipped;
            match line_break(self.written.get(at..self.end).unwrap_or("")) {
                Some(next) if found.len() <= wanted => length = next,
                _ => break,
            }
        }
        let dropped = found.len().saturating_sub(wanted);
        for one in found.iter().skip(dropped).take(wanted) {
            self.at = one.start;
            self.piece(1, one.len(), self.written.get(one.clone()) == Some("\n"));
        }
        self.at += spaces(self.rest(), indent);
    }

    fn rest(&self) -> &str {
        self.written.get(self.at..self.end).unwrap_or("")
    }

    /// One character that is the same on both sides.
    fn verbatim(&mut self, next: char) -> Option<()> {
        let same =
            self.rest().starts_with(next) && self.decoded.get(self.done..)?.starts_with(next);
        same.then(|| self.piece(next.len_utf8(), next.len_utf8(), true))
    }

    /// `text` decoded bytes come from `length` bytes of the file.
    fn piece(&mut self, text: usize, length: usize, verbatim: bool) {
        let from = Span::new(self.file, self.at, (self.at + length).min(self.end));
        match self.segments.last_mut() {
            Some(last) if verbatim && last.verbatim && last.from.end == from.start => {
                last.from.end = from.end
            }
            _ => self.segments.push(Segment {
                start: u32::try_from(self.done).unwrap_or(u32::MAX),
                from,
                verbatim,
                call: None,
            }),
        }
        self.at += length;
        self.done = (self.done + text).min(self.decoded.len());
    }
}

/// Blanks, a line break, blank lines and the next line's indentation: length and number of breaks.
fn line_gap(text: &str) -> Option<(usize, usize)> {
    let (mut at, mut breaks) = (0, 0);
    loop {
        let rest = text.get(at..)?;
        let blanks = rest
            .bytes()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        match line_break(rest.get(blanks..)?) {
            Some(length) => {
                at += blanks + length;
                breaks += 1;
            }
            None if breaks > 0 => return Some((at + blanks, breaks)),
            None => return None,
        }
    }
}

fn line_break(text: &str) -> Option<usize> {
    if text.starts_with("\r\n") {
        Some(2)
    } else {
        text.starts_with(['\n', '\r']).then_some(1)
    }
}

fn spaces(text: &str, most: usize) -> usize {
    text.bytes()
        .take(most)
        .take_while(|byte| *byte == b' ')
        .count()
}

#[cfg(test)]
mod tests {
    use dryfire_diagnostic::SourceMap;

    use super::*;
    use crate::yaml::{self, Value};

    /// Decodes the value of `k` and checks that verbatim pieces agree; returns what each word of it leads to.
    #[track_caller]
    fn words(file: &str) -> (String, Vec<String>) {
        let root = yaml::parse(file).root.unwrap();
        let node = root.get("k").unwrap();
        let Value::Scalar { text, style } = &node.value else {
            panic!()
        };
        let mut map = SourceMap::new();
        let id = map.add("f.yml", file);
        let pieces = segments(file, id, &node.range, *style, text);
        assert_eq!(
            pieces.first().map(|piece| piece.start),
            Some(0),
            "{pieces:?}"
        );
        for (at, piece) in pieces.iter().enumerate() {
            let end = pieces
                .get(at + 1)
                .map_or(text.len(), |next| next.start as usize);
            if piece.verbatim {
                assert_eq!(
                    &text[piece.start as usize..end],
                    map.text(piece.from),
                    "{pieces:?}"
                );
            }
        }
        let derived = map.derive("k", text.as_str(), pieces);
        let found = text
            .split_whitespace()
            .map(|word| {
                let start = word.as_ptr() as usize - text.as_ptr() as usize;
                let origin = map
                    .trace(Span::new(derived, start, start + word.len()))
                    .origin;
                map.text(origin).to_owned()
            })
            .collect();
        (text.clone(), found)
    }

    #[test]
    fn every_style_leads_back_to_the_file() {
        #[rustfmt::skip]
        let table: &[(&str, &str, &[&str])] = &[
            ("k: a b\n", "a b", &["a", "b"]),
            ("k: a b\n  c  \n\n  d\nj: x\n", "a b c\nd", &["a", "b", "c", "d"]),
            ("k: 'it''s a\n  b'\n", "it's a b", &["it''s", "a", "b"]),
            ("k: '\n  a'\n", " a", &["a"]),
            ("k: \"a \\\"b\\\" \\x41 \\u00e9x\"\n", "a \"b\" A éx", &["a", "\\\"b\\\"", "\\x41", "\\u00e9x"]),
            ("k: \"a \\\n   b\\\n   c\n   d\"\n", "a bc d", &["a", "b\\\n   c", "d"]),
            ("k: |\n  a\n    b\n\n  c\n", "a\n  b\n\nc\n", &["a", "b", "c"]),
            ("k: |-\n  é x\n  y\nj: 1\n", "é x\ny", &["é", "x", "y"]),
            ("k: |+\n  a\n\n\nj: 1\n", "a\n\n\n", &["a"]),
            ("k: |2\n    a\n  b\n", "  a\nb\n", &["a", "b"]),
            ("k: |\n\n  | a\n", "\n| a\n", &["|", "a"]),
            ("k: >\n  a\n  b\n\n  c\n    d\n    e\n  f\n", "a b\nc\n  d\n  e\nf\n", &["a", "b", "c", "d", "e", "f"]),
            ("k: >-\n  a\n\n\n  b", "a\n\nb", &["a", "b"]),
            ("k: |\r\n  a\r\n  b\r\n", "a\nb\n", &["a", "b"]),
            ("k: 'a\r\n  b'\r\n", "a b", &["a", "b"]),
            ("k: | # comment\n  a\n  b", "a\nb\n", &["a", "b"]),
            ("k: &anchor !!str 'a b'\n", "a b", &["a", "b"]),
        ];
        for (file, decoded, expected) in table {
            assert_eq!(
                words(file),
                (
                    (*decoded).to_owned(),
                    expected.iter().map(|word| (*word).to_owned()).collect()
                ),
                "{file:?}"
            );
        }
    }

    /// All scalars of a tree.
    fn scalars<'n>(node: &'n yaml::Node, found: &mut Vec<&'n yaml::Node>) {
        match &node.value {
            Value::Scalar { .. } => found.push(node),
            Value::Sequence(items) => items.iter().for_each(|item| scalars(item, found)),
            Value::Mapping(entries) => entries
                .iter()
                .for_each(|entry| scalars(&entry.value, found)),
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2000))]
        #[test]
        fn whatever_the_scalar_verbatim_pieces_agree(
            head in "(\\||>|\\|-|>\\+|'|\"|)",
            lines in proptest::collection::vec("[a-b|'\"\\\\ é\t]{0,5}", 1..6),
            crlf in proptest::bool::ANY,
        ) {
            let newline = if crlf { "\r\n" } else { "\n" };
            let block = head.starts_with(['|', '>']);
            let tail = if block { "" } else { head.as_str() };
            let body = lines.join(&format!("{newline}  "));
            let file = format!("k: {head}{}{body}{tail}{newline}z: 1{newline}", if block { format!("{newline}  ") } else { String::new() });
            let document = yaml::parse(&file);
            let mut found = Vec::new();
            if let Some(root) = &document.root {
                scalars(root, &mut found);
            }
            let mut map = SourceMap::new();
            let id = map.add("f.yml", file.as_str());
            for node in found {
                let Value::Scalar { text, style } = &node.value else { continue };
                let pieces = segments(&file, id, &node.range, *style, text);
                proptest::prop_assert!(text.is_empty() || pieces.first().map(|piece| piece.start) == Some(0), "{file:?}");
                for (at, piece) in pieces.iter().enumerate() {
                    let end = pieces.get(at + 1).map_or(text.len(), |next| next.start as usize);
                    if piece.verbatim {
                        proptest::prop_assert_eq!(text.get(piece.start as usize..end), Some(map.text(piece.from)), "{:?}", &file);
                    }
                    // The way back over the whole scalar is for texts that went apart; none of these may.
                    proptest::prop_assert!(piece.verbatim || end - (piece.start as usize) <= 6 , "{:?} {:?}", &file, &pieces);
                }
            }
        }
    }
}
