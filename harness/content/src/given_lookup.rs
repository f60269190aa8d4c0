//! Rows that a manifest or `dryfire.toml` gives a lookup: none, a CSV file, or rows as written.
//!
//! A collection of the KV store has no rows outside of a Splunk, and a search that reads one can't be judged, until
//! somebody says what it holds.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes::content};

use crate::paths::join;
use crate::reader::{Cx, Spanned};
use crate::yaml::{Node, Value};

/// The word for no rows.
const EMPTY: &str = "empty";

/// A lookup and the rows it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenLookup {
    /// The lookup's name, or its file's.
    pub name: Spanned<String>,
    /// The rows.
    pub rows: GivenRows,
    /// The file they come from, if they do.
    pub file: Option<PathBuf>,
}

/// Rows for a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenRows {
    /// None.
    Empty,
    /// Those of a CSV file, of which this is the text.
    Csv(Arc<str>),
    /// Rows as written: the columns, and a cell for each.
    Rows {
        /// The columns, in order of first appearance.
        columns: Vec<String>,
        /// The cells; an empty one is no value.
        rows: Vec<Vec<String>>,
    },
}

/// Reads a mapping of names to rows. Paths are relative to `folder`.
pub(crate) fn read(node: &Node, folder: &Path, cx: &mut Cx<'_>) -> Vec<GivenLookup> {
    if !matches!(node.value, Value::Mapping(_)) {
        cx.invalid(node, "a mapping of lookups to their rows");
    }
    node.entries()
        .iter()
        .filter_map(|entry| {
            Some(GivenLookup {
                name: Spanned {
                    value: entry.key.clone(),
                    span: cx.span(&entry.key_range),
                },
                rows: rows(&entry.value, folder, cx)?,
                file: match (&entry.value.value, entry.value.text()) {
                    (Value::Scalar { .. }, Some(path)) if path != EMPTY => Some(join(folder, path)),
                    _ => None,
                },
            })
        })
        .collect()
}

/// Those of `base` that `over` does not name, and `over`.
pub(crate) fn merge(base: &[GivenLookup], over: &[GivenLookup]) -> Vec<GivenLookup> {
    let kept = base
        .iter()
        .filter(|one| over.iter().all(|other| other.name.value != one.name.value));
    kept.chain(over).cloned().collect()
}

fn rows(node: &Node, folder: &Path, cx: &mut Cx<'_>) -> Option<GivenRows> {
    const EXPECTED: &str = "`empty`, the path of a CSV file, or a list of rows";
    match &node.value {
        Value::Sequence(items) => table(items, cx),
        Value::Scalar { .. } => match node.text() {
            Some(EMPTY) => Some(GivenRows::Empty),
            Some(path) => csv(node, &join(folder, path), cx),
            None => {
                cx.invalid(node, EXPECTED);
                None
            }
        },
        Value::Mapping(_) => {
            cx.invalid(node, EXPECTED);
            None
        }
    }
}

fn csv(node: &Node, path: &Path, cx: &mut Cx<'_>) -> Option<GivenRows> {
    match std::fs::read(path) {
        Ok(bytes) => Some(GivenRows::Csv(String::from_utf8_lossy(&bytes).into())),
        Err(error) => {
            let message = format!("the table `{}` can't be read: {error}", path.display());
            cx.out.push(
                Diagnostic::error(&content::UNREADABLE, message)
                    .at(cx.span(&node.range), "named here")
                    .help("write `empty` for a lookup without rows"),
            );
            None
        }
    }
}

fn table(items: &[Node], cx: &mut Cx<'_>) -> Option<GivenRows> {
    let before = cx.out.len();
    let mut columns: Vec<String> = Vec::new();
    for item in items {
        if item.entries().is_empty() {
            cx.invalid(item, "a row: a mapping of columns to values");
        }
        for entry in item.entries() {
            if !matches!(entry.value.value, Value::Scalar { .. }) {
                cx.invalid(&entry.value, "a text, a number or nothing");
            }
            if !columns.contains(&entry.key) {
                columns.push(entry.key.clone());
            }
        }
    }
    let cell = |item: &Node, column: &String| {
        let text = item.get(column).and_then(Node::text);
        text.unwrap_or_default().to_owned()
    };
    let rows = items
        .iter()
        .map(|item| columns.iter().map(|column| cell(item, column)).collect())
        .collect();
    match () {
        () if cx.out.len() > before => None,
        () if items.is_empty() => Some(GivenRows::Empty),
        () => Some(GivenRows::Rows { columns, rows }),
    }
}
