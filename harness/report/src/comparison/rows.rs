//! Rows that one of two runs has and the other has not. Their order does not count.

use dryfire_event::{CaseFinished, Row};

/// Rows, risk events or findings of a case that are not as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// Which: `rows`, `risk events`, `findings`.
    pub what: &'static str,
    /// How many there were.
    pub before: u64,
    /// How many there are.
    pub after: u64,
    /// Rows that were there and are not.
    pub gone: Vec<Row>,
    /// Rows that were not there and are.
    pub new: Vec<Row>,
    /// Whether the runs hold only the first rows of one of the two, so that a row can be missed.
    pub partial: bool,
}

/// What changed between two runs of a case; nothing where all is as it was.
pub(super) fn changes(before: &CaseFinished, after: &CaseFinished) -> Vec<RowChange> {
    let made = |rows: &[Row]| rows.len() as u64;
    [
        change(
            "rows",
            (&before.rows.first, before.rows.total),
            (&after.rows.first, after.rows.total),
        ),
        change(
            "risk events",
            (&before.risk_events, made(&before.risk_events)),
            (&after.risk_events, made(&after.risk_events)),
        ),
        change(
            "findings",
            (&before.findings_made, made(&before.findings_made)),
            (&after.findings_made, made(&after.findings_made)),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn change(what: &'static str, before: (&[Row], u64), after: (&[Row], u64)) -> Option<RowChange> {
    let gone = missing(before.0, after.0);
    let new = missing(after.0, before.0);
    if before.1 == after.1 && gone.is_empty() && new.is_empty() {
        return None;
    }
    Some(RowChange {
        what,
        before: before.1,
        after: after.1,
        gone,
        new,
        partial: before.1 > before.0.len() as u64 || after.1 > after.0.len() as u64,
    })
}

/// The rows of one list that the other lacks; a row that is there twice must be there twice.
fn missing(of: &[Row], other: &[Row]) -> Vec<Row> {
    let mut left: Vec<&Row> = other.iter().collect();
    let mut missing = Vec::new();
    for row in of {
        match left.iter().position(|candidate| *candidate == row) {
            Some(at) => {
                left.swap_remove(at);
            }
            None => missing.push(row.clone()),
        }
    }
    missing
}
