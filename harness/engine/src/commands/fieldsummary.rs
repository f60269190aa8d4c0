//! `fieldsummary`: a row of facts for each field: how many values, how many distinct ones, their statistics.
//!
//! `values` is a JSON list of the most common ones (`maxvals`, 100 by default), most common first.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};
use hashbrown::HashMap;

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

pub(super) struct Fieldsummary;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"n":"1"},{"n":"3"},{"n":"3"}]"#,
    "fieldsummary | table field count distinct_count max min",
    r#"[{"field":"n","count":"3","distinct_count":"2","max":"3","min":"1"}]"#,
)]);

impl Command for Fieldsummary {
    fn name(&self) -> &'static str {
        "fieldsummary"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let fields = match &syntax.body {
            Body::Fields(fields) => names(&fields.names),
            _ => vec!["*".into()],
        };
        let most = arguments.count("maxvals").unwrap_or(100);
        arguments.finish(Stage::Table(Arc::new(Summary { fields, most })))
    }
}

struct Summary {
    fields: Vec<Arc<str>>,
    most: usize,
}

impl TableOp for Summary {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let mut rows = Vec::new();
        for field in expand(&self.fields, &table) {
            cx.check()?;
            if let Some(column) = table.column(&field) {
                rows.push(self.row(&field, column));
            }
        }
        Ok(Table::from_rows(rows))
    }
}

impl Summary {
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    fn row(&self, field: &Arc<str>, column: &Column) -> Vec<(&'static str, Value)> {
        let mut counts: HashMap<&Value, usize> = HashMap::new();
        for value in column.iter().flat_map(Value::each) {
            *counts.entry(value).or_default() += 1;
        }
        let total: usize = counts.values().sum();
        let numbers: Vec<f64> = column
            .iter()
            .flat_map(Value::each)
            .filter_map(Value::as_number)
            .collect();
        let number = |number: usize| Value::Number(number as f64);
        let mut row = vec![
            ("field", Value::Text(field.clone())),
            ("count", number(total)),
            ("distinct_count", number(counts.len())),
            ("is_exact", number(1)),
            ("numeric_count", number(numbers.len())),
        ];
        if !numbers.is_empty() {
            let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
            let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
            let deviation = if numbers.len() > 1 {
                (squares / (numbers.len() - 1) as f64).sqrt()
            } else {
                0.0
            };
            row.push((
                "max",
                numbers
                    .iter()
                    .copied()
                    .reduce(f64::max)
                    .map_or(Value::Null, Value::number),
            ));
            row.push(("mean", Value::number(mean)));
            row.push((
                "min",
                numbers
                    .iter()
                    .copied()
                    .reduce(f64::min)
                    .map_or(Value::Null, Value::number),
            ));
            row.push(("stdev", Value::number(deviation)));
        }
        let mut common: Vec<(&Value, usize)> = counts.into_iter().collect();
        common.sort_by(|a, b| {
            b.1.cmp(&a.1)
                .then_with(|| a.0.compare(b.0))
                .then_with(|| a.0.to_text().cmp(&b.0.to_text()))
        });
        let listed: Vec<serde_json::Value> = common
            .iter()
            .take(if self.most == 0 {
                usize::MAX
            } else {
                self.most
            })
            .map(|(value, count)| serde_json::json!({ "value": &*value.to_text(), "count": count }))
            .collect();
        row.push((
            "values",
            Value::text(serde_json::Value::Array(listed).to_string()),
        ));
        row
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn a_row_for_each_field() {
        check(
            r#"[{"a":"1"},{"a":"3"},{"a":"x"},{"a":"x"}]"#,
            "fieldsummary maxvals=1",
            r#"[{"field":"a","count":4,"distinct_count":3,"is_exact":1,"numeric_count":2,"max":3,"mean":2,"min":1,
                "stdev":1.4142135623730951,"values":"[{\"value\":\"x\",\"count\":2}]"}]"#,
        );
    }
}
