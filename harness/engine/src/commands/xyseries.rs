//! `xyseries`: makes a table out of a list: rows by one field, a column for each value of a second, cells from the rest.
//!
//! With several cell fields, a column is called `field: series`. Rows and columns ascend; of several rows for a cell the
//! last counts (the manual says neither).

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};
use hashbrown::HashMap;

use super::arguments::{Arguments, names};
use super::doc::{Doc, Example};
use super::series::{filled, format};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Xyseries;

const LAST_CELL: &str =
    "xyseries takes the last of several rows for a cell; Splunk's manual does not say";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"host":"ws1","action":"ok","n":"3"},{"host":"ws1","action":"fail","n":"1"}]"#,
    "xyseries host action n",
    r#"[{"host":"ws1","fail":"1","ok":"3"}]"#,
)])
.uncertain(&[LAST_CELL]);

impl Command for Xyseries {
    fn name(&self) -> &'static str {
        "xyseries"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let fields = match &syntax.body {
            Body::Fields(fields) if fields.names.len() >= 3 => names(&fields.names),
            _ => return Err(arguments.missing("three fields: rows, series, values")),
        };
        let format = format(&arguments);
        arguments.finish(Stage::Table(Arc::new(Spread { fields, format })))
    }
}

struct Spread {
    fields: Vec<Arc<str>>,
    format: Arc<str>,
}

impl TableOp for Spread {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let [x, series, cells @ ..] = &self.fields[..] else {
            return Ok(table);
        };
        let mut rows: Vec<Value> = Vec::new();
        let mut columns: Vec<Value> = Vec::new();
        let mut values: HashMap<(Value, Value), u32> = HashMap::new();
        for row in 0..table.len() {
            let (x, series) = (table.value(row, x), table.value(row, series));
            if x.is_null() || series.is_null() {
                continue;
            }
            rows.push(x.clone());
            columns.push(series.clone());
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            if values.insert((x.clone(), series.clone()), row).is_some() {
                cx.uncertain(LAST_CELL);
            }
        }
        for list in [&mut rows, &mut columns] {
            list.sort_by(Value::compare);
            list.dedup();
        }
        cx.charge(rows.len().saturating_mul(columns.len().max(1)), 0)?;
        let mut spread = Table::new(rows.len());
        spread.set(x.clone(), rows.iter().cloned().collect());
        for cell in cells {
            for series in &columns {
                let name: Arc<str> = match cells.len() {
                    1 => series.to_text(),
                    _ => filled(&self.format, cell, &series.to_text()),
                };
                let column = rows.iter().map(|x| {
                    let row = values.get(&(x.clone(), series.clone()));
                    row.map_or(Value::Null, |row| table.value(*row as usize, cell).clone())
                });
                spread.set(name, column.collect());
            }
        }
        Ok(spread)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_columns};

    const INPUT: &str = r#"[{"h":"b","s":"x","n":"1","m":"7"},{"h":"a","s":"y","n":"2"},{"h":"b","s":"y","n":"3"}]"#;

    #[test]
    fn a_list_becomes_a_table_and_back() {
        check(
            INPUT,
            "xyseries h s n",
            r#"[{"h":"a","y":"2"},{"h":"b","x":"1","y":"3"}]"#,
        );
        check(
            INPUT,
            "xyseries h s n | untable h s n",
            r#"[{"h":"a","s":"y","n":"2"},{"h":"b","s":"x","n":"1"},{"h":"b","s":"y","n":"3"}]"#,
        );
        check_columns(
            INPUT,
            "xyseries h s n m",
            &["h", "n: x", "n: y", "m: x", "m: y"],
        );
    }
}
