//! A comparison as text.

use std::fmt::Write as _;

use dryfire_event::Row;

use super::{Change, Comparison, RowChange, What};
use crate::text::{count, cut, one_line};

/// Rows shown of each list.
pub(super) const ROWS: usize = 5;
/// Columns of a line that holds data.
const WIDTH: usize = 200;

/// The whole comparison.
pub(super) fn render(comparison: &Comparison) -> String {
    let mut out = format!(
        "{} → {}\n{}\n",
        one_line(&comparison.before),
        one_line(&comparison.after),
        comparison.counts().join(" · ")
    );
    for caution in &comparison.cautions {
        let _ = writeln!(out, "caution: {}", one_line(caution));
    }
    for what in What::ALL {
        let changes: Vec<&Change> = comparison.of_kind(what).collect();
        if changes.is_empty() {
            continue;
        }
        let _ = write!(
            out,
            "\n{} ({})\n",
            what.label().to_uppercase(),
            changes.len()
        );
        for change in changes {
            let case = &change.case;
            let _ = writeln!(
                out,
                "  {} · {} ({})",
                one_line(&case.detection),
                one_line(&case.test),
                case.kind
            );
            if let Some(place) = &case.place {
                let _ = writeln!(out, "    {}", one_line(&place.to_string()));
            }
            for line in detail(change) {
                let _ = writeln!(out, "    {line}");
            }
        }
    }
    out
}

/// What there is to say of a change, line by line, without marks of a format.
pub(super) fn detail(change: &Change) -> Vec<String> {
    let mut lines = vec![format!(
        "{} → {}",
        one_line(&Change::told(change.before.as_ref())),
        one_line(&Change::told(change.after.as_ref()))
    )];
    lines.extend(
        change
            .causes
            .iter()
            .map(|cause| format!("because {}", shown(cause))),
    );
    for change in &change.rows {
        lines.push(head(change));
        for (sign, rows) in [('-', &change.gone), ('+', &change.new)] {
            lines.extend(
                rows.iter()
                    .take(ROWS)
                    .map(|row| format!("{sign} {}", fields(row))),
            );
            if rows.len() > ROWS {
                let more = count((rows.len() - ROWS) as u64, "more row");
                lines.push(format!("{sign} and {more}"));
            }
        }
    }
    for (sign, text) in change.assumptions() {
        lines.push(format!("{sign} assumption: {}", shown(text)));
    }
    lines
}

/// Numbers before and after.
pub(super) fn head(change: &RowChange) -> String {
    let partly = if change.partial {
        ", compared as far as the runs hold them"
    } else {
        ""
    };
    format!(
        "{}: {} → {}{partly}",
        change.what, change.before, change.after
    )
}

fn fields(row: &Row) -> String {
    let fields: Vec<String> = row
        .fields
        .iter()
        .filter(|field| !field.values.is_empty())
        .map(|field| format!("{}={}", field.name, field.values.join("|")))
        .collect();
    shown(&fields.join(" "))
}

fn shown(text: &str) -> String {
    cut(&one_line(text), WIDTH).into_owned()
}
