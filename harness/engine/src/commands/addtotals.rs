//! `addtotals`: the sum of the numbers of each row, or of each column (`col=true`) in a row of its own.
//!
//! Without a list, all fields but internal ones count; what is no number is left out.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::{Arguments, names};
use super::columns::expand;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Addtotals;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"sent":"2","received":"5"}]"#,
    "addtotals fieldname=bytes sent received",
    r#"[{"sent":"2","received":"5","bytes":"7"}]"#,
)]);

impl Command for Addtotals {
    fn name(&self) -> &'static str {
        "addtotals"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let fieldname = arguments
            .text("fieldname")
            .unwrap_or_else(|| "Total".into());
        let op = Sums {
            fields: fields(syntax),
            row: arguments.flag("row", true).then_some(fieldname),
            col: arguments.flag("col", false),
            label: label(&arguments),
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

/// The fields to add up; a pattern for all.
pub(super) fn fields(syntax: &Syntax) -> Vec<Arc<str>> {
    match &syntax.body {
        Body::Fields(fields) => names(&fields.names),
        _ => vec!["*".into()],
    }
}

/// Field and text of the label of the row of totals.
pub(super) fn label(arguments: &Arguments<'_>) -> Option<(Arc<str>, Arc<str>)> {
    let field = arguments.text("labelfield")?;
    Some((
        field,
        arguments.text("label").unwrap_or_else(|| "Total".into()),
    ))
}

/// Sums by row and by column.
pub(super) struct Sums {
    pub(super) fields: Vec<Arc<str>>,
    /// Where the sum of a row goes.
    pub(super) row: Option<Arc<str>>,
    pub(super) col: bool,
    pub(super) label: Option<(Arc<str>, Arc<str>)>,
}

impl TableOp for Sums {
    fn apply(&self, mut table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let fields = expand(&self.fields, &table);
        let columns: Vec<Column> = fields
            .iter()
            .map(|field| table.column_or_null(field))
            .collect();
        if let Some(name) = &self.row {
            let sum = |row: usize| {
                sum(columns
                    .iter()
                    .filter_map(|column| column.get(row).as_number()))
            };
            let sums = (0..table.len())
                .map(|row| sum(row).unwrap_or(Value::Number(0.0)))
                .collect();
            table.set(name.clone(), sums);
        }
        cx.check()?;
        if !self.col {
            return Ok(table);
        }
        let row_sums = self
            .row
            .as_ref()
            .map(|name| (name.clone(), table.column_or_null(name)));
        let mut totals: Vec<(Arc<str>, Value)> = Vec::new();
        for (field, column) in fields.into_iter().zip(columns).chain(row_sums) {
            if let Some(total) = sum(column.iter().filter_map(Value::as_number)) {
                totals.push((field, total));
            }
        }
        if let Some((field, label)) = &self.label {
            totals.retain(|(name, _)| name != field);
            totals.push((field.clone(), Value::Text(label.clone())));
        }
        table.keys = None;
        Ok(Table::concat(vec![table, Table::from_rows([totals])]))
    }
}

fn sum(numbers: impl Iterator<Item = f64>) -> Option<Value> {
    numbers.reduce(|a, b| a + b).map(Value::number)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    const INPUT: &str =
        r#"[{"h":"x","a":"1","b":"2","_time":9},{"h":"y","a":"3","b":"z","_time":9}]"#;

    #[test]
    fn rows_are_added_up() {
        check(
            INPUT,
            "addtotals | fields Total | fields - _time",
            r#"[{"Total":3},{"Total":3}]"#,
        );
        check(
            INPUT,
            "addtotals fieldname=S a | fields S | fields - _time",
            r#"[{"S":1},{"S":3}]"#,
        );
    }

    #[test]
    fn columns_are_added_up() {
        check(
            INPUT,
            "fields - _time | addtotals row=f col=t labelfield=h label=all",
            r#"[{"h":"x","a":"1","b":"2"},{"h":"y","a":"3","b":"z"},{"h":"all","a":4,"b":2}]"#,
        );
        check(
            INPUT,
            "fields a b | fields - _time | addcoltotals a",
            r#"[{"a":"1","b":"2"},{"a":"3","b":"z"},{"a":4}]"#,
        );
    }
}
