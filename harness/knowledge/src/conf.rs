//! The parser of Splunk's `.conf` files: stanzas and settings, each with its place.
//!
//! It never fails: what can't be used becomes a warning, as Splunk would skip it too.

use std::collections::HashMap;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Segment, SourceId, SourceMap, Span, codes};

/// One `.conf` file.
#[derive(Debug, Clone, Default)]
pub struct Conf {
    /// Its stanzas in order of first appearance; a stanza that appears twice is one.
    pub stanzas: Vec<ConfStanza>,
}

/// One stanza of a file.
#[derive(Debug, Clone)]
pub struct ConfStanza {
    /// The text between the brackets; `default` for settings above the first stanza.
    pub name: Arc<str>,
    /// The header, brackets included.
    pub at: Span,
    /// The settings in order of first appearance; a later duplicate key has replaced the earlier.
    pub settings: Vec<ConfSetting>,
}

/// One `key = value`.
#[derive(Debug, Clone)]
pub struct ConfSetting {
    /// The key as Splunk compares it.
    pub key: Arc<str>,
    /// The key's place.
    pub key_at: Span,
    /// The value, its continuation lines joined by newlines.
    pub value: Arc<str>,
    /// The value's place.
    pub at: Span,
    /// Where the lines of the value start in it, and where they come from.
    pub(crate) pieces: Arc<[(u32, Span)]>,
}

impl ConfSetting {
    /// Registers the value as a text of its own, whose spans lead to this file.
    pub(crate) fn derive(&self, name: &str, sources: &mut SourceMap) -> SourceId {
        let segments = self.pieces.iter().map(|(start, from)| Segment {
            start: *start,
            from: *from,
            verbatim: true,
            call: None,
        });
        let segments = segments.collect();
        sources.derive(name, self.value.clone(), segments)
    }
}

/// More warnings than that of one file help nobody.
const MOST_WARNINGS: usize = 200;

/// Parses one file. Warnings go to `diagnostics`.
pub fn parse(file: SourceId, sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Conf {
    let before = diagnostics.len();
    let conf = parse_all(file, sources, diagnostics);
    let more = (diagnostics.len() - before).saturating_sub(MOST_WARNINGS);
    if more > 0 {
        diagnostics.truncate(before + MOST_WARNINGS);
        let message = format!(
            "{} has {more} more lines that can't be used",
            sources.get(file).name
        );
        diagnostics.push(Diagnostic::warning(&codes::dataset::CONF_LINE, message));
    }
    conf
}

fn parse_all(file: SourceId, sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Conf {
    let text = sources.get(file).text.clone();
    let mut reader = Reader {
        file,
        text: &text,
        at: 0,
    };
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    let mut builder = Builder::default();
    while let Some((start, line)) = reader.line() {
        let indent = line.len() - line.trim_start().len();
        let start = start + indent;
        let line = &line[indent..];
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with('[') {
            let (name, end) = match line.rfind(']') {
                Some(end) => (&line[1..end], end + 1),
                None => {
                    let span = Span::new(file, start, start + line.trim_end().len());
                    diagnostics.push(
                        Diagnostic::warning(
                            &codes::dataset::CONF_LINE,
                            "the stanza header has no `]`",
                        )
                        .at(span, ""),
                    );
                    (
                        line.trim_end().trim_start_matches('['),
                        line.trim_end().len(),
                    )
                }
            };
            builder.open(name, Span::new(file, start, start + end));
            continue;
        }
        let span = Span::new(file, start, start + line.trim_end().len());
        let Some(equals) = line.find('=') else {
            diagnostics.push(
                Diagnostic::warning(
                    &codes::dataset::CONF_LINE,
                    "the line is neither a stanza nor `key = value`",
                )
                .at(span, "ignored"),
            );
            // A continued line that is no setting takes its continuation with it.
            reader.value(start, line);
            continue;
        };
        let key = line[..equals].trim_end();
        let (value, pieces) = reader.value(start + equals + 1, &line[equals + 1..]);
        if key.is_empty() {
            diagnostics.push(
                Diagnostic::warning(&codes::dataset::CONF_LINE, "there is no key before `=`")
                    .at(span, "ignored"),
            );
            continue;
        }
        let at = match (pieces.first(), pieces.last()) {
            (Some((_, first)), Some((_, last))) => first.to(*last),
            _ => Span::new(file, start + equals + 1, start + equals + 1),
        };
        let key_at = Span::new(file, start, start + key.len());
        builder.set(ConfSetting {
            key: canonical_key(key),
            key_at,
            value: value.into(),
            at,
            pieces: pieces.into(),
        });
    }
    builder.conf
}

/// The key as Splunk compares it: letter case counts, but `lookup_x` is `LOOKUP-x`.
fn canonical_key(key: &str) -> Arc<str> {
    match (key.get(..7), key.get(7..)) {
        (Some(prefix), Some(class))
            if prefix.eq_ignore_ascii_case("lookup-") || prefix.eq_ignore_ascii_case("lookup_") =>
        {
            format!("LOOKUP-{class}").into()
        }
        _ => key.into(),
    }
}

/// Reads lines with their offsets.
struct Reader<'a> {
    file: SourceId,
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// The next line without its end.
    fn line(&mut self) -> Option<(usize, &'a str)> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return None;
        }
        let start = self.at;
        let line = match rest.find('\n') {
            Some(end) => {
                self.at += end + 1;
                &rest[..end]
            }
            None => {
                self.at = self.text.len();
                rest
            }
        };
        Some((start, line.strip_suffix('\r').unwrap_or(line)))
    }

    /// The value whose first line is `part`, which begins at `start`, with the lines that continue it.
    fn value(&mut self, mut start: usize, mut part: &'a str) -> (String, Vec<(u32, Span)>) {
        let mut value = String::new();
        let mut pieces = Vec::new();
        loop {
            let continues = part.ends_with('\\');
            let mut body = part.strip_suffix('\\').unwrap_or(part);
            if value.is_empty() {
                let trimmed = body.trim_start();
                start += body.len() - trimmed.len();
                body = trimmed;
            }
            let next = if continues { self.line() } else { None };
            if continues && next.is_none() {
                // The backslash of the last line continues nothing: it belongs to the value.
                body = part.trim_start();
            }
            if !body.is_empty() {
                let shown = if next.is_some() {
                    body.len()
                } else {
                    body.trim_end().len()
                };
                let offset = u32::try_from(value.len()).unwrap_or(u32::MAX);
                pieces.push((offset, Span::new(self.file, start, start + shown)));
                value.push_str(body);
            }
            let Some((next_start, next_part)) = next else {
                break;
            };
            // An empty first line (`key = \`) adds nothing.
            if !value.is_empty() {
                value.push('\n');
            }
            (start, part) = (next_start, next_part);
        }
        value.truncate(value.trim_end().len());
        pieces.retain(|(offset, _)| (*offset as usize) < value.len());
        (value, pieces)
    }
}

/// Collects stanzas, merging what appears twice.
#[derive(Default)]
struct Builder {
    conf: Conf,
    stanzas: HashMap<Arc<str>, usize>,
    keys: HashMap<(usize, Arc<str>), usize>,
    current: Option<usize>,
}

impl Builder {
    fn open(&mut self, name: &str, at: Span) {
        let name: Arc<str> = name.into();
        let next = self.conf.stanzas.len();
        let index = *self.stanzas.entry(name.clone()).or_insert(next);
        if index == next {
            self.conf.stanzas.push(ConfStanza {
                name,
                at,
                settings: Vec::new(),
            });
        }
        self.current = Some(index);
    }

    fn set(&mut self, setting: ConfSetting) {
        if self.current.is_none() {
            self.open("default", setting.key_at);
        }
        let Some(index) = self.current else { return };
        let Some(stanza) = self.conf.stanzas.get_mut(index) else {
            return;
        };
        match self
            .keys
            .get(&(index, setting.key.clone()))
            .and_then(|at| stanza.settings.get_mut(*at))
        {
            Some(earlier) => *earlier = setting,
            None => {
                self.keys
                    .insert((index, setting.key.clone()), stanza.settings.len());
                stanza.settings.push(setting);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (SourceMap, Conf, Vec<Diagnostic>) {
        let mut sources = SourceMap::new();
        let file = sources.add("props.conf", text);
        let mut diagnostics = Vec::new();
        let conf = parse(file, &sources, &mut diagnostics);
        (sources, conf, diagnostics)
    }

    fn flat(conf: &Conf) -> Vec<(String, String, String)> {
        let pairs = conf.stanzas.iter().flat_map(|stanza| {
            stanza.settings.iter().map(|s| {
                (
                    stanza.name.to_string(),
                    s.key.to_string(),
                    s.value.to_string(),
                )
            })
        });
        pairs.collect()
    }

    #[test]
    fn syntax() {
        type Case<'a> = (&'a str, &'a [(&'a str, &'a str, &'a str)]);
        let cases: &[Case<'_>] = &[
            ("[a]\nk = v\n", &[("a", "k", "v")]),
            ("\u{feff}[a]\r\nk=v\r\n", &[("a", "k", "v")]),
            (
                "k = v # not a comment\n# k2 = 1\n; k3 = 1\n",
                &[("default", "k", "v # not a comment")],
            ),
            (
                "[a]\nk = 1\nK = 2\nk = 3",
                &[("a", "k", "3"), ("a", "K", "2")],
            ),
            (
                "[a]\nx = 1\n[b]\n[a]\nx = 2\ny = 3",
                &[("a", "x", "2"), ("a", "y", "3")],
            ),
            (
                "[a]\nk = one \\\n  two\\\r\nthree  \nl = 1",
                &[("a", "k", "one \n  two\nthree"), ("a", "l", "1")],
            ),
            ("[a]\nk = \\\n  two", &[("a", "k", "two")]),
            ("[a]\nk = end\\", &[("a", "k", "end\\")]),
            ("[a]\nk =\n", &[("a", "k", "")]),
            ("[a]\nk = a=b=c", &[("a", "k", "a=b=c")]),
            ("[source::x[ab]y]\nk = 1", &[("source::x[ab]y", "k", "1")]),
            (
                "[a]\nlookup_x = t f\nLookup-y = t f",
                &[("a", "LOOKUP-x", "t f"), ("a", "LOOKUP-y", "t f")],
            ),
            ("[field=a]b]\nk = 1", &[("field=a]b", "k", "1")]),
        ];
        for (text, expected) in cases {
            let (_, conf, diagnostics) = read(text);
            let expected: Vec<_> = expected
                .iter()
                .map(|(a, b, c)| (a.to_string(), b.to_string(), c.to_string()))
                .collect();
            assert_eq!(flat(&conf), expected, "{text:?}");
            assert!(diagnostics.is_empty(), "{text:?}: {diagnostics:?}");
        }
    }

    #[test]
    fn bad_lines_are_warnings() {
        for (text, kept) in [
            ("[a]\nnonsense\nk=1", 1),
            ("[a\nk=1", 1),
            ("[a]\n= 1\nk=1", 1),
            ("[a]\nno \\\nk=1", 0),
        ] {
            let (_, conf, diagnostics) = read(text);
            assert_eq!(diagnostics.len(), 1, "{text:?}");
            assert_eq!(diagnostics[0].code, &codes::dataset::CONF_LINE);
            assert_eq!(flat(&conf).len(), kept, "{text:?}");
        }
    }

    #[test]
    fn a_derived_value_leads_to_its_line() {
        let (mut sources, conf, _) = read("[m]\ndefinition = index=a \\\n  | stats count\n");
        let setting = &conf.stanzas[0].settings[0];
        assert_eq!(sources.text(setting.key_at), "definition");
        let id = setting.derive("m", &mut sources);
        let text = sources.get(id).text.clone();
        let at = text.find("stats").unwrap();
        let place = sources.place(Span::new(id, at, at + 5));
        assert_eq!(
            (place.name.as_ref(), place.line, place.column),
            ("props.conf", 3, 5)
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in "[\\[\\]=#;\\\\\r\n \ta-c\u{feff}é-]{0,80}") {
            let (mut sources, conf, _) = read(&text);
            for setting in conf.stanzas.iter().flat_map(|stanza| &stanza.settings) {
                let id = setting.derive("x", &mut sources);
                let len = sources.get(id).text.len();
                sources.place(Span::new(id, 0, len));
            }
        }
    }
}
