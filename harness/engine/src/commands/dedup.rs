//! `dedup`: keeps the first rows of each combination of values.
//!
//! A row that lacks one of the fields is dropped, unless `keepempty=true`. A list equals another only as a whole
//! (Search Reference, "dedup"). With `sortby` the rows are ordered first. `consecutive=true` drops only rows that
//! follow one like them.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};
use hashbrown::HashMap;

use super::arguments::{Arguments, names};
use super::doc::{Doc, Example};
use super::order::{Key, arrange, order, same};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Dedup;

const DOC: Doc = Doc::new(&[
    Example::over(
        r#"[{"user":"bob","n":"1"},{"user":"bob","n":"2"},{"n":"3"}]"#,
        "dedup user",
        r#"[{"user":"bob","n":"1"}]"#,
    ),
    Example::over(
        r#"[{"user":"bob","n":"1"},{"user":"bob","n":"2"}]"#,
        "dedup user sortby -n",
        r#"[{"user":"bob","n":"2"}]"#,
    ),
]);

impl Command for Dedup {
    fn name(&self) -> &'static str {
        "dedup"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Fields(fields) = &syntax.body else {
            return Err(arguments.missing("a field"));
        };
        let op = Firsts {
            fields: names(&fields.names),
            count: fields
                .count
                .map_or(1, |count| usize::try_from(count).unwrap_or(usize::MAX)),
            keep_empty: arguments.flag("keepempty", false),
            keep_events: arguments.flag("keepevents", false),
            consecutive: arguments.flag("consecutive", false),
            order: fields
                .sortby
                .iter()
                .map(|key| Key::new(key, false))
                .collect(),
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

struct Firsts {
    fields: Vec<Arc<str>>,
    count: usize,
    keep_empty: bool,
    /// Keep the rows, without the fields.
    keep_events: bool,
    consecutive: bool,
    order: Vec<Key>,
}

impl TableOp for Firsts {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let table = if self.order.is_empty() {
            table
        } else {
            arrange(&table, &order(&table, &self.order, cx)?)
        };
        let columns: Vec<Column> = self
            .fields
            .iter()
            .map(|field| table.column_or_null(field))
            .collect();
        let mut seen: HashMap<Vec<Value>, usize> = HashMap::new();
        let mut last: Vec<Value> = Vec::new();
        let mut run = 0;
        let mut keep = Vec::with_capacity(table.len());
        for row in 0..table.len() {
            if row % 4096 == 0 {
                cx.check()?;
            }
            let key: Vec<Value> = columns
                .iter()
                .map(|column| column.get(row).clone())
                .collect();
            if key.iter().any(Value::is_null) {
                keep.push(self.keep_empty);
                continue;
            }
            let before = if self.consecutive {
                let continues =
                    last.len() == key.len() && last.iter().zip(&key).all(|(a, b)| same(a, b));
                run = if continues { run + 1 } else { 0 };
                last = key;
                run
            } else {
                let count = seen.entry(key).or_default();
                *count += 1;
                *count - 1
            };
            keep.push(before < self.count);
        }
        if !self.keep_events {
            return Ok(table.filter(|row| keep[row]));
        }
        let mut table = table;
        for (field, column) in self.fields.iter().zip(columns) {
            let values = keep.iter().enumerate().map(|(row, keep)| {
                if *keep {
                    column.get(row).clone()
                } else {
                    Value::Null
                }
            });
            table.set(field.clone(), values.collect());
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    const INPUT: &str = r#"[{"i":1,"a":"x"},{"i":2,"a":"x"},{"i":3,"a":"y"},{"i":4},{"i":5,"a":"x"},{"i":6,"a":["x","y"]}]"#;

    #[test]
    fn the_first_of_each_stays() {
        check(INPUT, "dedup a | fields i", r#"[{"i":1},{"i":3},{"i":6}]"#);
        check(
            INPUT,
            "dedup 2 a | fields i",
            r#"[{"i":1},{"i":2},{"i":3},{"i":6}]"#,
        );
        check(
            INPUT,
            "dedup a keepempty=true | fields i",
            r#"[{"i":1},{"i":3},{"i":4},{"i":6}]"#,
        );
        check(
            INPUT,
            "dedup a consecutive=true | fields i",
            r#"[{"i":1},{"i":3},{"i":5},{"i":6}]"#,
        );
        check(
            INPUT,
            "dedup a sortby -i | fields i",
            r#"[{"i":6},{"i":5},{"i":3}]"#,
        );
        check(INPUT, "dedup a i | stats count", r#"[{"count":5}]"#);
    }

    #[test]
    fn rows_may_stay_without_their_field() {
        check(
            r#"[{"a":"x"},{"a":"x","b":"1"}]"#,
            "dedup a keepevents=true",
            r#"[{"a":"x"},{"b":"1"}]"#,
        );
    }
}
