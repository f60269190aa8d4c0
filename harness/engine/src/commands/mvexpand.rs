//! `mvexpand`: one row for each value of a field.
//!
//! A row without the field is dropped (tested by others on Splunk; the manual does not say). `limit` values a row at
//! most; 0 means all. Splunk gives up part of the rows where they take more memory than limits.conf allows (`[mvexpand]
//! max_mem_usage_mb`); which rows are left can't be told, so that nothing is concluded then.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::limits::reached;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Mvexpand;

const DROPPED: &str = "mvexpand drops a row that lacks the field; users have seen Splunk do so, its manual does not say";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"host":"ws1","port":["22","443"]}]"#,
    "mvexpand port",
    r#"[{"host":"ws1","port":"22"},{"host":"ws1","port":"443"}]"#,
)])
.uncertain(&[DROPPED]);

impl Command for Mvexpand {
    fn name(&self) -> &'static str {
        "mvexpand"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Fields(fields) = &syntax.body else {
            return Err(arguments.missing("a field"));
        };
        if let Some(other) = fields.names.get(1) {
            arguments.wrong(other, "`mvexpand` takes one field");
        }
        let limit = arguments
            .count("limit")
            .filter(|limit| *limit > 0)
            .unwrap_or(usize::MAX);
        let field = fields
            .names
            .first()
            .map(|name| Arc::from(name.text.as_str()));
        let at = syntax.name_at.0;
        arguments.finish_some(field.map(|field| Stage::Map(Arc::new(Expand { field, limit, at }))))
    }
}

struct Expand {
    field: Arc<str>,
    limit: usize,
    at: Span,
}

impl MapOp for Expand {
    fn apply(&self, table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let column = table.column_or_null(&self.field);
        let mut rows: Vec<u32> = Vec::with_capacity(table.len());
        let mut values: Vec<Value> = Vec::with_capacity(table.len());
        for (row, value) in column.iter().enumerate() {
            for single in value.each().iter().take(self.limit) {
                if rows.len().is_multiple_of(1024) {
                    cx.charge(rows.len(), 0)?;
                }
                rows.push(u32::try_from(row).unwrap_or(u32::MAX));
                values.push(single.clone());
            }
        }
        if rows.len() == table.len() && column.iter().all(|value| value.each().len() == 1) {
            return Ok(table);
        }
        if column.iter().any(Value::is_null) {
            cx.uncertain(DROPPED);
        }
        if cx.expand(bytes(&table, &rows, &self.field, &values)) {
            let message = format!(
                "`mvexpand` makes rows of more than {} MB, and Splunk would drop some of them",
                cx.env.limits.mvexpand_megabytes
            );
            let found = reached(message, "[mvexpand] max_mem_usage_mb", self.at);
            return Err(found
                .help("drop fields that are not needed before, with `fields`")
                .into());
        }
        let mut expanded = table.select(&rows);
        plain(&mut expanded);
        expanded.set(self.field.clone(), values.into_iter().collect());
        cx.charge(expanded.len(), expanded.bytes())?;
        Ok(expanded)
    }
}

/// The bytes of all cells of the rows to be made: the same however the data is cut into chunks.
fn bytes(table: &Table, rows: &[u32], field: &str, values: &[Value]) -> u64 {
    let size = |value: &Value| {
        let texts = value.each().iter().map(|one| one.with_text(str::len));
        texts.sum::<usize>() as u64
    };
    let mut of_row = vec![0_u64; table.len()];
    for (_, column) in table.columns().filter(|(name, _)| ***name != *field) {
        for (sum, value) in of_row.iter_mut().zip(column.iter()) {
            *sum += size(value);
        }
    }
    let kept: u64 = rows.iter().map(|row| of_row[*row as usize]).sum();
    kept + values.iter().map(size).sum::<u64>()
}

/// Dictionary columns are made for the rows of a chunk: where rows became more, the columns are plain.
pub(super) fn plain(table: &mut Table) {
    if table.len() <= usize::from(u16::MAX) {
        return;
    }
    let coded: Vec<(Arc<str>, Column)> = table
        .columns()
        .filter(|(_, column)| matches!(column, Column::Dict(..)))
        .map(|(name, column)| (name.clone(), column.iter().cloned().collect()))
        .collect();
    for (name, column) in coded {
        table.set(name, column);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn each_value_has_its_row() {
        let input = r#"[{"m":["a","b","c"],"k":"1"},{"k":"2"},{"m":"d","k":"3"}]"#;
        check(
            input,
            "mvexpand m",
            r#"[{"m":"a","k":"1"},{"m":"b","k":"1"},{"m":"c","k":"1"},{"m":"d","k":"3"}]"#,
        );
        check(
            input,
            "mvexpand m limit=1",
            r#"[{"m":"a","k":"1"},{"m":"d","k":"3"}]"#,
        );
        assert_eq!(mistakes("mvexpand a b"), ["DF307"]);
    }
}
