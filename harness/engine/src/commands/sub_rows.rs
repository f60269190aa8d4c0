//! The rows of a subsearch, as far as a limit lets them through.

use dryfire_diagnostic::{Diagnostic, Span, codes};

use crate::env::Cx;
use crate::table::Table;

/// Rows of a subsearch; a limit that cuts them is told when they are used.
pub(super) struct SubRows {
    rows: Table,
    cut: Option<Diagnostic>,
}

impl SubRows {
    /// The first rows of a subsearch of the command at `at`.
    pub(super) fn first(rows: &Table, limit: usize, at: Span) -> Self {
        let cut = (rows.len() > limit).then(|| {
            let message = format!(
                "the subsearch gave {} rows; Splunk takes the first {limit}",
                rows.len()
            );
            Diagnostic::warning(&codes::meaning::LIMIT, message).at(at, "cut")
        });
        Self {
            rows: rows.filter(|row| row < limit),
            cut,
        }
    }

    /// The rows without the identity of their events, which belong to another search.
    pub(super) fn without_keys(mut self) -> Self {
        self.rows.keys = None;
        self
    }

    /// The rows.
    pub(super) fn rows(&self, cx: &Cx<'_>) -> &Table {
        self.cut.iter().for_each(|cut| cx.note(cut.clone()));
        &self.rows
    }
}
