//! Outcomes as text, so that two ways of running the same wave can be compared to the byte.

use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

use dryfire_engine::{Bound, Effect, Outcome, Scheduler, Stop, Table};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::session::{Manner, Session};

/// How much of a line that differs is shown.
const SHOWN: usize = 1_500;

pub(crate) fn run(
    session: &Session,
    wave: &[Bound],
    scheduler: &dyn Scheduler,
    prefilter: bool,
) -> Vec<String> {
    let cancel = AtomicBool::new(false);
    let outcomes = session.run(
        wave,
        &Manner {
            scheduler,
            cancel: &cancel,
            prefilter,
        },
    );
    outcomes
        .iter()
        .map(|outcome| written(outcome, false))
        .collect()
}

/// All that an outcome says. Where the columns are not compared, they are sorted and the empty ones left out.
pub(crate) fn written(outcome: &Result<Outcome, Stop>, any_columns: bool) -> String {
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(stop) => return format!("{stop:?}"),
    };
    let mut text = rows_of(&outcome.table, any_columns);
    let rows: Vec<u64> = outcome.trace.steps.iter().map(|step| step.rows).collect();
    let _ = write!(
        text,
        "{:?}\n{:?}\n{rows:?}\n",
        outcome.notes, outcome.assumptions
    );
    for effect in &outcome.effects {
        let (what, rows) = match effect {
            Effect::WriteLookup { lookup, rows, .. } => (lookup, rows),
            Effect::WriteEvents { index, rows, .. } => (index, rows),
            // Where an event stands depends on the size of units; when it was does not.
            Effect::DeleteEvents { keys } => {
                let times: Vec<i64> = keys.iter().map(|key| key.time).collect();
                let _ = writeln!(text, "deleted: {times:?}");
                continue;
            }
        };
        let _ = write!(text, "{what}:\n{}", rows_of(rows, any_columns));
    }
    text
}

pub(crate) fn same(
    searches: &[String],
    how: &str,
    expected: &[String],
    found: &[String],
) -> Result<(), TestCaseError> {
    for (spl, (expected, found)) in searches.iter().zip(expected.iter().zip(found)) {
        if expected != found {
            let (left, right): (Vec<&str>, Vec<&str>) =
                (expected.lines().collect(), found.lines().collect());
            let place = left
                .iter()
                .zip(&right)
                .take_while(|(left, right)| left == right)
                .count();
            let line = |lines: &[&str]| {
                lines.get(place).map_or("nothing".to_owned(), |line| {
                    line.chars().take(SHOWN).collect()
                })
            };
            let (left_line, right_line, count) =
                (line(&left), line(&right), (left.len(), right.len()));
            prop_assert!(
                false,
                "{how}: {spl}\nlines: {count:?}; line {place}:\n- {left_line}\n+ {right_line}\n"
            );
        }
    }
    Ok(())
}

fn rows_of(table: &Table, any_columns: bool) -> String {
    let mut columns: Vec<_> = table.columns().collect();
    if any_columns {
        columns.retain(|(_, column)| column.iter().any(|value| !value.is_null()));
        columns.sort_by_key(|(name, _)| *name);
    }
    let mut text = format!(
        "{:?}\n",
        columns.iter().map(|(name, _)| name).collect::<Vec<_>>()
    );
    for row in 0..table.len() {
        for (_, column) in &columns {
            let texts: Vec<_> = column
                .get(row)
                .each()
                .iter()
                .map(|value| value.to_text())
                .collect();
            let _ = write!(text, "{texts:?} ");
        }
        text.push('\n');
    }
    text
}
