//! YAML text into a tree in which every key and value knows its bytes. The only module that knows serde-saphyr.
//!
//! The tree is built from the events of serde-saphyr's parser rather than through serde: a typed reading stops at the
//! first slip, while a file should show all of them at once, with the place of the key or of the value.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};

/// No file needs more nodes; aliases that multiply (a "billion laughs" file) stop here.
const MAX_NODES: usize = 1_000_000;

/// How a scalar is written; the way back from its decoded text to the file depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes, maybe folded over lines.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A node and its bytes in the file.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it holds.
    pub value: Value,
    /// Its bytes.
    pub range: Range<u32>,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub enum Value {
    /// A text, number, truth value or null: which of them is for the reader to say.
    Scalar {
        /// The decoded text.
        text: String,
        /// How it is written.
        style: Style,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in the order of the file.
    Mapping(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// The key's bytes.
    pub key_range: Range<u32>,
    /// The value.
    pub value: Node,
}

/// Something that makes the file invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether it is a second key of one name; otherwise the parser stopped here.
    pub duplicate_key: bool,
    /// What is wrong, one line.
    pub message: String,
    /// Where.
    pub range: Range<u32>,
    /// The first key, for a second one.
    pub first: Option<Range<u32>>,
}

/// A file's tree and what is wrong with it. Of a broken file there is no tree.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The first document of the file; none when it is empty or broken.
    pub root: Option<Node>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Node {
    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The decoded text of a scalar that is not null.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// Whether it is YAML's null (nothing, `~` or `null`, without quotes).
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, style: Style::Plain } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What it is, in words, for messages.
    pub fn describe(&self) -> String {
        match &self.value {
            _ if self.is_null() => "nothing".to_owned(),
            Value::Scalar { text, .. } if text.chars().count() <= 40 => {
                format!("`{}`", text.escape_debug())
            }
            Value::Scalar { .. } => "a text".to_owned(),
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(entries) if entries.is_empty() => "an empty mapping".to_owned(),
            Value::Mapping(entries) => {
                let keys: Vec<_> = entries
                    .iter()
                    .take(4)
                    .map(|entry| format!("`{}`", entry.key))
                    .collect();
                format!(
                    "a mapping of {}{}",
                    keys.join(", "),
                    if entries.len() > 4 { ", …" } else { "" }
                )
            }
        }
    }
}

/// Reads a file's text.
pub fn parse(text: &str) -> Document {
    let mut builder = Builder {
        text,
        stack: Vec::new(),
        anchors: BTreeMap::new(),
        nodes: 0,
        document: Document::default(),
    };
    for event in Parser::new_from_str(text) {
        let result = match event {
            Ok((event, span)) => builder.event(event, span.byte_range().unwrap_or(0..0)),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                Err(builder.problem(error.info().to_owned(), at..at))
            }
        };
        match result {
            Ok(true) => {}
            Ok(false) => break,
            Err(problem) => {
                builder.document.root = None;
                builder.document.problems.push(problem);
                break;
            }
        }
    }
    builder.document
}

/// A collection that is being read.
struct Open {
    node: Node,
    anchor: usize,
    /// The key that waits for its value.
    key: Option<(String, Range<u32>)>,
    /// Keys so far, to find duplicates without a quadratic search.
    seen: BTreeMap<String, Range<u32>>,
    /// Entries that a merge key (`<<`) brings in; they come after the written ones and lose to them.
    merged: Vec<Entry>,
}

struct Builder<'t> {
    text: &'t str,
    stack: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    document: Document,
}

impl Builder<'_> {
    /// Takes one event; false ends the reading (after the first document).
    fn event(&mut self, event: Event<'_>, range: Range<usize>) -> Result<bool, Problem> {
        let range = clamp(range.start)..clamp(range.end);
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                };
                // The parser counts the line break and the next line's indentation to a block scalar.
                let kept = self
                    .text
                    .get(range.start as usize..range.end as usize)
                    .map_or(0, |all| all.trim_end().len());
                let range = if kept > 0 {
                    range.start..range.start + clamp(kept)
                } else {
                    range
                };
                let node = Node {
                    value: Value::Scalar {
                        text: text.into_owned(),
                        style,
                    },
                    range,
                };
                self.finish(node, anchor)?;
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open(Value::Sequence(Vec::new()), range, anchor)
            }
            Event::MappingStart(_, anchor, _) => {
                self.open(Value::Mapping(Vec::new()), range, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(mut open) = self.stack.pop() {
                    if let Value::Mapping(entries) = &mut open.node.value {
                        entries.extend(
                            open.merged
                                .into_iter()
                                .filter(|entry| !open.seen.contains_key(&entry.key)),
                        );
                    }
                    // A block collection's end event stands after the blank lines that follow it.
                    let last = last_end(&open.node).unwrap_or(0);
                    let flow = range.end > range.start;
                    open.node.range.end = if flow {
                        range.end
                    } else {
                        last.max(open.node.range.start)
                    };
                    self.finish(open.node, open.anchor)?;
                }
            }
            Event::Alias(id) => {
                let Some(node) = self.anchors.get(&id).cloned() else {
                    return Err(self.problem(
                        "the alias refers to an anchor that is not complete".to_owned(),
                        range.start as usize..range.end as usize,
                    ));
                };
                self.nodes += count(&node);
                self.finish(
                    Node {
                        value: node.value,
                        range,
                    },
                    0,
                )?;
            }
            Event::DocumentEnd => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    fn open(&mut self, value: Value, range: Range<u32>, anchor: usize) {
        self.stack.push(Open {
            node: Node { value, range },
            anchor,
            key: None,
            seen: BTreeMap::new(),
            merged: Vec::new(),
        });
    }

    /// Puts a complete node where it belongs.
    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(self.problem(
                "the file is too large".to_owned(),
                node.range.start as usize..node.range.end as usize,
            ));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.stack.last_mut() else {
            self.document.root = Some(node);
            return Ok(());
        };
        match &mut open.node.value {
            Value::Sequence(items) => items.push(node),
            Value::Mapping(entries) => match open.key.take() {
                None => match node.value {
                    Value::Scalar { text, .. } => open.key = Some((text, node.range)),
                    _ => {
                        return Err(self.problem(
                            "a key must be a plain word or text".to_owned(),
                            node.range.start as usize..node.range.end as usize,
                        ));
                    }
                },
                Some((key, _)) if key == "<<" => match node.value {
                    Value::Mapping(more) => open.merged.extend(more),
                    Value::Sequence(many) => {
                        open.merged
                            .extend(many.into_iter().flat_map(|one| match one.value {
                                Value::Mapping(more) => more,
                                _ => Vec::new(),
                            }))
                    }
                    Value::Scalar { .. } => {}
                },
                Some((key, key_range)) => {
                    if let Some(first) = open.seen.get(&key) {
                        let message = format!("the key `{key}` is written twice");
                        let first = Some(first.clone());
                        self.document.problems.push(Problem {
                            duplicate_key: true,
                            message,
                            range: key_range,
                            first,
                        });
                    } else {
                        open.seen.insert(key.clone(), key_range.clone());
                        entries.push(Entry {
                            key,
                            key_range,
                            value: node,
                        });
                    }
                }
            },
            Value::Scalar { .. } => {}
        }
        Ok(())
    }

    /// A problem whose range fits the text, so that it can be shown.
    fn problem(&self, message: String, range: Range<usize>) -> Problem {
        let mut start = range.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let end = range.end.clamp(start, self.text.len());
        Problem {
            duplicate_key: false,
            message,
            range: clamp(start)..clamp(end),
            first: None,
        }
    }
}

fn last_end(node: &Node) -> Option<u32> {
    match &node.value {
        Value::Scalar { .. } => None,
        Value::Sequence(items) => items.last().map(|item| item.range.end),
        Value::Mapping(entries) => entries
            .last()
            .map(|entry| entry.value.range.end.max(entry.key_range.end)),
    }
}

fn count(node: &Node) -> usize {
    1 + match &node.value {
        Value::Scalar { .. } => 0,
        Value::Sequence(items) => items.iter().map(count).sum(),
        Value::Mapping(entries) => entries.iter().map(|entry| 1 + count(&entry.value)).sum(),
    }
}

fn clamp(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice<'t>(text: &'t str, range: &Range<u32>) -> &'t str {
        &text[range.start as usize..range.end as usize]
    }

    #[test]
    fn keys_and_values_know_their_bytes() {
        let text = "é: 'x y'\nlist:\n  - a\n  - {k: \"v\"}\nblock: |\n  one\n  two\n\nend: ~\n";
        let root = parse(text).root.unwrap();
        let entry = &root.entries()[0];
        assert_eq!(
            (
                slice(text, &entry.key_range),
                slice(text, &entry.value.range)
            ),
            ("é", "'x y'")
        );
        let list = root.get("list").unwrap();
        assert_eq!(slice(text, &list.range), "- a\n  - {k: \"v\"}");
        let Value::Sequence(items) = &list.value else {
            panic!()
        };
        assert_eq!(slice(text, &items[1].range), "{k: \"v\"}");
        assert_eq!(root.get("block").unwrap().text(), Some("one\ntwo\n"));
        assert!(root.get("end").unwrap().is_null());
    }

    #[test]
    fn all_duplicate_keys_are_found_and_the_first_one_counts() {
        let document = parse("a: 1\nb: {c: 1, c: 2}\na: 3\n");
        assert_eq!(
            document
                .problems
                .iter()
                .map(|p| p.message.as_str())
                .collect::<Vec<_>>(),
            [
                "the key `c` is written twice",
                "the key `a` is written twice"
            ]
        );
        assert_eq!(document.root.unwrap().get("a").unwrap().text(), Some("1"));
    }

    #[test]
    fn aliases_and_merge_keys_are_followed() {
        let root = parse("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nlist: [*b]\n")
            .root
            .unwrap();
        let used = root.get("use").unwrap();
        assert_eq!(
            (used.get("x").unwrap().text(), used.get("y").unwrap().text()),
            (Some("1"), Some("3"))
        );
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let refs = vec![format!("*a{}", level - 1); 10].join(", ");
            text += &format!("a{level}: &a{level} [{refs}]\n");
        }
        assert!(parse(&text).root.is_none());
    }

    #[test]
    fn broken_files_give_one_problem_with_a_place() {
        for text in [
            "a: [1, 2\nb: 3\n",
            "a: 'x\n",
            "a: b: c\n",
            "? [x]\n: y\n",
            "x: *none\n",
        ] {
            let document = parse(text);
            assert!(
                document.root.is_none() && document.problems.len() == 1,
                "{text:?} {document:?}"
            );
        }
        assert!(parse("").root.is_none() && parse("").problems.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(text in "[-a-c:'\"|>\\[\\]{}#&*!%@,? \t\r\né~<]{0,60}") {
            parse(&text);
        }
    }
}
