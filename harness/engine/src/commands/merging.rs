//! The row that a transaction becomes.

use std::sync::Arc;

use crate::env::Cx;
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

/// A transaction to put out.
pub(super) struct Kept {
    /// Its rows, newest first.
    pub(super) rows: Vec<u32>,
    /// `closed_txn`
    pub(super) complete: bool,
}

/// How the values of a field are kept.
pub(super) enum Lists {
    /// Each once, ascending.
    Unique,
    /// All, in the order of time.
    All,
    /// All for these fields.
    These(Vec<Arc<str>>),
}

/// How transactions become rows.
pub(super) struct Merged<'a> {
    /// The key fields.
    pub(super) fields: &'a [Arc<str>],
    pub(super) lists: &'a Lists,
    /// Whether `_raw` holds one value an event.
    pub(super) raw_lists: bool,
    /// Stands for an absent value where all are kept.
    pub(super) null: &'a str,
}

impl Merged<'_> {
    /// The rows, those that began last first.
    pub(super) fn table(
        &self,
        table: &Table,
        times: &[f64],
        mut kept: Vec<Kept>,
        cx: &Cx<'_>,
    ) -> Result<Table, Stop> {
        for one in &mut kept {
            // In the order of time: rows come newest first.
            one.rows.reverse();
        }
        let first = |one: &Kept| one.rows.first().map_or(0.0, |row| times[*row as usize]);
        kept.sort_by(|a, b| first(b).total_cmp(&first(a)));
        let mut merged = Table::new(kept.len());
        for (name, column) in table.columns() {
            cx.check()?;
            let cells = kept.iter().map(|one| {
                let mut values = one.rows.iter().map(|row| column.get(*row as usize));
                match &**name {
                    "_time" => values.next().cloned().unwrap_or_default(),
                    "_raw" if !self.raw_lists => {
                        let lines: Vec<Arc<str>> = values
                            .filter(|value| !value.is_null())
                            .map(Value::to_text)
                            .collect();
                        if lines.is_empty() {
                            Value::Null
                        } else {
                            Value::text(lines.join("\n"))
                        }
                    }
                    name => self.values(name, values),
                }
            });
            merged.set(name.clone(), cells.collect());
        }
        let number = |count: usize| {
            #[expect(clippy::cast_precision_loss, reason = "a small count")]
            let number = count as f64;
            Value::Number(number)
        };
        let span = |one: &Kept| {
            let of = |row: Option<&u32>| row.map_or(0.0, |row| times[*row as usize]);
            // Differences of times in microseconds, without the noise of the last digits.
            Value::number(((of(one.rows.last()) - of(one.rows.first())) * 1e6).round() / 1e6)
        };
        let matches = |one: &Kept| {
            let has = |row: &u32, field: &Arc<str>| !table.value(*row as usize, field).is_null();
            one.rows
                .iter()
                .map(|row| self.fields.iter().filter(|field| has(row, field)).count())
                .sum()
        };
        let lines = |one: &Kept| {
            let count = |row: &u32| {
                table
                    .value(*row as usize, "_raw")
                    .with_text(|raw| raw.lines().count().max(1))
            };
            one.rows.iter().map(count).sum()
        };
        merged.set(
            "closed_txn",
            kept.iter()
                .map(|one| number(usize::from(one.complete)))
                .collect(),
        );
        merged.set("duration", kept.iter().map(span).collect());
        merged.set(
            "eventcount",
            kept.iter().map(|one| number(one.rows.len())).collect(),
        );
        merged.set(
            "field_match_sum",
            kept.iter().map(|one| number(matches(one))).collect(),
        );
        merged.set(
            "linecount",
            kept.iter().map(|one| number(lines(one))).collect(),
        );
        Ok(merged)
    }

    fn values<'v>(&self, name: &str, values: impl Iterator<Item = &'v Value>) -> Value {
        let all = match self.lists {
            Lists::Unique => false,
            Lists::All => true,
            Lists::These(names) => names.iter().any(|listed| &**listed == name),
        };
        if all {
            return Value::multi(values.flat_map(|value| match value {
                Value::Null => vec![Value::text(self.null)],
                value => value.each().to_vec(),
            }));
        }
        let mut unique: Vec<Value> = values.flat_map(Value::each).cloned().collect();
        unique.sort_by(|a, b| a.with_text(|a| b.with_text(|b| a.cmp(b))));
        unique.dedup();
        Value::multi(unique)
    }
}
