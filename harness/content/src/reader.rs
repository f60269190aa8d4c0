//! A small typed reader over the YAML tree: takes what is right and reports everything that is not, each at its place.

use std::ops::{Deref, Range};
use std::sync::Arc;

use dryfire_diagnostic::{
    Diagnostic, Severity, SourceId, SourceMap, Span, codes::content, nearest,
};

use crate::align;
use crate::yaml::{Entry, Node, Style, Value};

/// A value with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Spanned<T> {
    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned {
            value: change(self.value),
            span: self.span,
        }
    }
}

/// The keys that one kind of mapping has. Reader and JSON Schema are held against the same tables.
#[derive(Debug)]
pub struct Shape {
    /// What the mapping is, for messages: "a test".
    pub what: &'static str,
    /// The keys.
    pub keys: &'static [&'static str],
    /// Those that must be there.
    pub required: &'static [&'static str],
}

/// What the reading of one file needs at every step.
pub(crate) struct Cx<'a> {
    /// The file.
    pub(crate) file: SourceId,
    /// The file's text.
    pub(crate) text: Arc<str>,
    /// For sources derived from scalars.
    pub(crate) sources: &'a mut SourceMap,
    /// Where findings go.
    pub(crate) out: &'a mut Vec<Diagnostic>,
    /// How bad an unknown key is; none when it is nothing to speak of.
    pub(crate) unknown_keys: Option<Severity>,
}

impl<'a> Cx<'a> {
    /// For a file that is in the source map already.
    pub(crate) fn new(
        file: SourceId,
        sources: &'a mut SourceMap,
        out: &'a mut Vec<Diagnostic>,
        unknown_keys: Option<Severity>,
    ) -> Self {
        let text = sources.get(file).text.clone();
        Self {
            file,
            text,
            sources,
            out,
            unknown_keys,
        }
    }

    /// A range of the file as a span.
    pub(crate) fn span(&self, range: &Range<u32>) -> Span {
        Span {
            source: self.file,
            start: range.start,
            end: range.end,
        }
    }

    /// Reports a value that is not what its key takes.
    pub(crate) fn invalid(&mut self, node: &Node, expected: &str) {
        let message = format!("expected {expected}, found {}", node.describe());
        self.out.push(
            Diagnostic::error(&content::INVALID_VALUE, message)
                .at(self.span(&node.range), format!("expected {expected}")),
        );
    }

    /// The scalar's text.
    pub(crate) fn text(&mut self, node: &Node) -> Option<Spanned<String>> {
        match node.text() {
            Some(text) => Some(Spanned {
                value: text.to_owned(),
                span: self.span(&node.range),
            }),
            None => {
                self.invalid(node, "a text");
                None
            }
        }
    }

    /// A whole number without a sign.
    pub(crate) fn number(&mut self, node: &Node) -> Option<Spanned<u64>> {
        let number = plain(node).and_then(|text| text.parse().ok());
        if number.is_none() {
            self.invalid(node, "a whole number");
        }
        Some(Spanned {
            value: number?,
            span: self.span(&node.range),
        })
    }

    /// A truth value. Splunk's files write it quoted, too, and in YAML 1.1's words.
    pub(crate) fn truth(&mut self, node: &Node) -> Option<bool> {
        let truth = node
            .text()
            .and_then(|text| match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Some(true),
                "false" | "no" | "off" | "0" => Some(false),
                _ => None,
            });
        if truth.is_none() {
            self.invalid(node, "true or false");
        }
        truth
    }

    /// The items of a list.
    pub(crate) fn items<'n>(&mut self, node: &'n Node) -> &'n [Node] {
        match &node.value {
            Value::Sequence(items) => items,
            _ => {
                self.invalid(node, "a list");
                &[]
            }
        }
    }

    /// A scalar that holds SPL, as a derived source whose every byte leads to this file.
    pub(crate) fn spl(&mut self, node: &Node, name: &str) -> Option<Spanned<SourceId>> {
        let Value::Scalar { text, style } = &node.value else {
            self.invalid(node, "a search");
            return None;
        };
        if text.trim().is_empty() {
            self.invalid(node, "a search");
            return None;
        }
        let segments = align::segments(&self.text, self.file, &node.range, *style, text);
        let source = self.sources.derive(name, text.as_str(), segments);
        Some(Spanned {
            value: source,
            span: self.span(&node.range),
        })
    }
}

/// The text of a scalar without quotes.
fn plain(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar {
            text,
            style: Style::Plain,
        } => Some(text),
        _ => None,
    }
}

/// A mapping of a known shape.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'n> {
    shape: &'static Shape,
    node: &'n Node,
}

impl<'n> Fields<'n> {
    /// Checks that the node is a mapping, that its keys are known and that none is missing. Missing keys are reported
    /// and leave the reading of the others possible; only something that is no mapping gives nothing.
    pub(crate) fn new(node: &'n Node, shape: &'static Shape, cx: &mut Cx<'_>) -> Option<Self> {
        if !matches!(node.value, Value::Mapping(_)) {
            cx.invalid(
                node,
                &format!("{}: a mapping of {}", shape.what, list(shape.keys)),
            );
            return None;
        }
        let fields = Self { shape, node };
        if let Some(severity) = cx.unknown_keys {
            for entry in node.entries() {
                fields.check_known(entry, severity, cx);
            }
        }
        for key in shape.required {
            if fields.get(key).is_none() {
                // Pointing at a whole mapping would mark half the file: its first key says which mapping it is.
                let place = node
                    .entries()
                    .first()
                    .map_or(&node.range, |entry| &entry.key_range);
                let message = format!("{} lacks the key `{key}`", shape.what);
                cx.out.push(
                    Diagnostic::error(&content::MISSING_KEY, message)
                        .at(cx.span(place), format!("`{key}` is missing here")),
                );
            }
        }
        Some(fields)
    }

    fn check_known(&self, entry: &Entry, severity: Severity, cx: &mut Cx<'_>) {
        if self.shape.keys.contains(&entry.key.as_str()) {
            return;
        }
        let message = format!("{} has no key `{}`", self.shape.what, entry.key);
        let help = nearest(&entry.key, self.shape.keys.iter().copied())
            .map(|near| format!("did you mean `{near}`?"))
            .unwrap_or_else(|| format!("known keys: {}", list(self.shape.keys)));
        cx.out.push(
            Diagnostic::new(&content::UNKNOWN_KEY, severity, message)
                .at(cx.span(&entry.key_range), "not known here")
                .help(help),
        );
    }

    /// The value of a key; a key without a value counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        debug_assert!(
            self.shape.keys.contains(&key),
            "`{key}` is not in the shape of {}",
            self.shape.what
        );
        self.node.get(key).filter(|node| !node.is_null())
    }

    /// The value of a key with the key's range.
    pub(crate) fn entry(&self, key: &str) -> Option<&'n Entry> {
        debug_assert!(
            self.shape.keys.contains(&key),
            "`{key}` is not in the shape of {}",
            self.shape.what
        );
        self.node.entries().iter().find(|entry| entry.key == key)
    }

    /// A text.
    pub(crate) fn text(&self, key: &str, cx: &mut Cx<'_>) -> Option<Spanned<String>> {
        self.get(key).and_then(|node| cx.text(node))
    }

    /// A whole number.
    pub(crate) fn number(&self, key: &str, cx: &mut Cx<'_>) -> Option<Spanned<u64>> {
        self.get(key).and_then(|node| cx.number(node))
    }

    /// A whole number that may stand in quotes, as files for Splunk have it.
    pub(crate) fn number_or_text(&self, key: &str, cx: &mut Cx<'_>) -> Option<u64> {
        let node = self.get(key)?;
        let number = node.text().and_then(|text| text.trim().parse().ok());
        if number.is_none() {
            cx.invalid(node, "a whole number");
        }
        number
    }

    /// A truth value.
    pub(crate) fn truth(&self, key: &str, cx: &mut Cx<'_>) -> Option<bool> {
        self.get(key).and_then(|node| cx.truth(node))
    }

    /// The items of a list; none when the key is absent.
    pub(crate) fn items(&self, key: &str, cx: &mut Cx<'_>) -> &'n [Node] {
        self.get(key).map_or(&[], |node| cx.items(node))
    }

    /// A list of texts; a single text counts as a list of one.
    pub(crate) fn texts(&self, key: &str, cx: &mut Cx<'_>) -> Vec<Spanned<String>> {
        match self.get(key) {
            None => Vec::new(),
            Some(node) if node.text().is_some() => cx.text(node).into_iter().collect(),
            Some(node) => cx
                .items(node)
                .iter()
                .filter_map(|item| cx.text(item))
                .collect(),
        }
    }
}

/// `a`, `b`, `c`.
pub(crate) fn list(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
