//! How a manifest describes a value and a row: literal, glob, regular expression, absent; matched by subset.

use std::fmt;

use dryfire_diagnostic::{Diagnostic, Span, codes::content};
use indexmap::IndexMap;
use regex::Regex;

use crate::reader::{Cx, Fields, Shape};
use crate::yaml::{Node, Value};

/// What a field's value must be. A multivalue field fits when any of its values does.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// This text, letter for letter: `1` is not `1.0`.
    Equals(String),
    /// A text in which each `*` stands for any characters; the pieces between the stars.
    Glob(Vec<String>),
    /// A regular expression that is found somewhere in the value.
    Regex(Regex),
    /// The field is not there.
    Absent,
    /// Each of them fits some value.
    All(Vec<Pattern>),
}

/// The long form of a pattern, for texts that the short form would take for a glob or an expression.
pub(crate) const PATTERN: Shape = Shape {
    what: "a pattern",
    keys: &["equals", "glob", "regex"],
    required: &[],
};

impl Pattern {
    /// The short form: `/…/` is a regular expression, a text with `*` a glob, anything else itself.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'))
        {
            Some(pattern) if !pattern.is_empty() => Self::regex(pattern),
            _ if text.contains('*') => Ok(Self::glob(text)),
            _ => Ok(Self::Equals(text.to_owned())),
        }
    }

    fn regex(pattern: &str) -> Result<Self, String> {
        let one_line = |error: regex::Error| {
            error
                .to_string()
                .lines()
                .last()
                .unwrap_or_default()
                .trim()
                .trim_start_matches("error: ")
                .to_owned()
        };
        Regex::new(pattern).map(Self::Regex).map_err(one_line)
    }

    fn glob(text: &str) -> Self {
        Self::Glob(text.split('*').map(str::to_owned).collect())
    }

    /// Reads the short form, the long form, or a list of either.
    pub(crate) fn read(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let result = match &node.value {
            _ if node.is_null() => Ok(Self::Absent),
            Value::Scalar { text, .. } => Self::parse(text),
            Value::Sequence(items) => {
                return Some(Self::All(
                    items
                        .iter()
                        .filter_map(|item| Self::read(item, cx))
                        .collect(),
                ));
            }
            Value::Mapping(_) => {
                let fields = Fields::new(node, &PATTERN, cx)?;
                let (equals, glob, regex) = (
                    fields.text("equals", cx),
                    fields.text("glob", cx),
                    fields.text("regex", cx),
                );
                match (equals, glob, regex) {
                    (Some(text), None, None) => Ok(Self::Equals(text.value)),
                    (None, Some(text), None) => Ok(Self::glob(&text)),
                    (None, None, Some(text)) => Self::regex(&text),
                    _ => {
                        cx.invalid(node, "one of `equals`, `glob` and `regex`");
                        return None;
                    }
                }
            }
        };
        match result {
            Ok(pattern) => Some(pattern),
            Err(reason) => {
                let found = Diagnostic::error(
                    &content::INVALID_VALUE,
                    "the regular expression can't be used",
                )
                .because(reason);
                cx.out.push(
                    found
                        .at(cx.span(&node.range), "not a valid expression")
                        .help("to match a text that begins and ends with `/`, write {equals: …}"),
                );
                None
            }
        }
    }

    /// Whether a field with these values fits; no values means that the field is not there.
    pub fn matches(&self, values: &[String]) -> bool {
        match self {
            Self::Equals(text) => values.contains(text),
            Self::Glob(pieces) => values.iter().any(|value| glob(pieces, value)),
            Self::Regex(regex) => values.iter().any(|value| regex.is_match(value)),
            Self::Absent => values.is_empty(),
            Self::All(patterns) => patterns.iter().all(|pattern| pattern.matches(values)),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equals(text) => write!(f, "`{text}`"),
            Self::Glob(pieces) => write!(f, "`{}`", pieces.join("*")),
            Self::Regex(regex) => write!(f, "`/{regex}/`"),
            Self::Absent => write!(f, "no value"),
            Self::All(patterns) => {
                for (at, pattern) in patterns.iter().enumerate() {
                    write!(f, "{}{pattern}", if at > 0 { " and " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

/// The first piece is in front, the last at the end, the others between them in order.
fn glob(pieces: &[String], value: &str) -> bool {
    let [first, middle @ .., last] = pieces else {
        return pieces.first().is_some_and(|only| only == value);
    };
    let Some(rest) = value
        .strip_prefix(first.as_str())
        .and_then(|rest| rest.strip_suffix(last.as_str()))
    else {
        return false;
    };
    let mut rest = rest;
    for piece in middle {
        let Some(at) = rest.find(piece.as_str()) else {
            return false;
        };
        rest = rest.get(at + piece.len()..).unwrap_or("");
    }
    true
}

/// One result: field names with their values. A field without a value is not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// The fields in the order of the table.
    pub fields: IndexMap<String, Vec<String>>,
}

impl Row {
    /// The values of a field; none when it is not there.
    pub fn values(&self, field: &str) -> &[String] {
        self.fields.get(field).map_or(&[], Vec::as_slice)
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Row {
    /// A row from pairs; a name that comes again adds a value.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut row = Self::default();
        for (name, value) in pairs {
            row.fields
                .entry(name.into())
                .or_default()
                .push(value.into());
        }
        row
    }
}

/// Some fields of a row; fields that it does not name don't count.
#[derive(Debug, Clone)]
pub struct RowPattern {
    /// The fields in the order of the file.
    pub fields: IndexMap<String, Pattern>,
    /// Where each field's value is written; in the order of `fields`, or empty.
    pub places: Vec<Span>,
    /// Its place in the manifest.
    pub span: Span,
}

impl RowPattern {
    /// Reads a mapping of field names to patterns.
    pub(crate) fn read(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        if node.entries().is_empty() {
            // An empty pattern would fit every row and so prove nothing.
            cx.invalid(node, "a mapping of field names to values");
            return None;
        }
        let mut fields = IndexMap::new();
        let mut places = Vec::new();
        for entry in node.entries() {
            fields.insert(entry.key.clone(), Pattern::read(&entry.value, cx)?);
            places.push(cx.span(&entry.value.range));
        }
        Some(Self {
            fields,
            places,
            span: cx.span(&node.range),
        })
    }

    /// Whether the row has all the fields with fitting values.
    pub fn matches(&self, row: &Row) -> bool {
        self.misses(row).next().is_none()
    }

    /// Where the value of a field is written.
    pub fn place_of(&self, field: &str) -> Option<Span> {
        let at = self.fields.get_index_of(field)?;
        self.places.get(at).copied()
    }

    /// The fields that don't fit.
    pub fn misses<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (&'a str, &'a Pattern)> {
        self.fields
            .iter()
            .filter(|(name, pattern)| !pattern.matches(row.values(name)))
            .map(|(name, pattern)| (name.as_str(), pattern))
    }
}

impl fmt::Display for RowPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, pattern)) in self.fields.iter().enumerate() {
            write!(f, "{}{name} = {pattern}", if at > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_is_literal_glob_or_expression() {
        #[rustfmt::skip]
        let table: &[(&str, &[&str], bool)] = &[
            ("cmd.exe", &["cmd.exe"], true),
            ("cmd.exe", &["CMD.EXE"], false),
            ("1", &["1.0"], false),
            ("b", &["a", "b"], true),
            ("x", &[], false),
            ("*\\cmd.exe", &["C:\\Windows\\cmd.exe"], true),
            ("*set*", &["cmd /c set"], true),
            ("a*b*c", &["a-b-b-c"], true),
            ("a*b*c", &["a-c-b"], false),
            ("ab*ba", &["aba"], false),
            ("*", &[""], true),
            ("*", &[], false),
            ("/^SVC_\\d+$/", &["SVC_7"], true),
            ("/svc/", &["SVC_7"], false),
            ("/", &["/"], true),
        ];
        for (pattern, values, expected) in table {
            let values: Vec<_> = values.iter().map(|value| (*value).to_owned()).collect();
            assert_eq!(
                Pattern::parse(pattern).unwrap().matches(&values),
                *expected,
                "{pattern} on {values:?}"
            );
        }
        assert!(Pattern::parse("/(/").is_err());
    }
}
