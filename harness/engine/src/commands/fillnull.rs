//! `fillnull`: gives absent fields a value; `0` by default.
//!
//! Without a list it fills the fields that some row has, and only those (Search Reference, "fillnull", example 1); with
//! a list it also makes fields that no row has. An empty text is a value and stays.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::{Arguments, names};
use super::columns::{expand, has_pattern};
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{Effect, MapOp, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Fillnull;

const EMPTY_TEXT: &str = "fillnull leaves an empty text as it is; Splunk's manual does not say whether it counts as null";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob"},{"pid":"4"}]"#,
    r#"fillnull value="-""#,
    r#"[{"user":"bob","pid":"-"},{"user":"-","pid":"4"}]"#,
)])
.uncertain(&[EMPTY_TEXT]);

impl Command for Fillnull {
    fn name(&self) -> &'static str {
        "fillnull"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let fields = match &syntax.body {
            Body::None => Vec::new(),
            Body::Fields(fields) => names(&fields.names),
            _ => return Err(arguments.missing("fields")),
        };
        let value = Value::Text(arguments.text("value").unwrap_or_else(|| "0".into()));
        let by_name = !fields.is_empty() && !has_pattern(&fields);
        let op = Arc::new(Fill { fields, value });
        arguments.finish(if by_name {
            Stage::Map(op)
        } else {
            Stage::Table(op)
        })
    }
}

struct Fill {
    fields: Vec<Arc<str>>,
    value: Value,
}

impl Fill {
    fn fill(&self, column: &Column, cx: &Cx<'_>) -> Column {
        column.map(|value| {
            if matches!(value, Value::Text(text) if text.is_empty()) {
                cx.uncertain(EMPTY_TEXT);
            }
            if value.is_null() {
                self.value.clone()
            } else {
                value.clone()
            }
        })
    }
}

impl MapOp for Fill {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        for field in expand(&self.fields, &table) {
            let filled = self.fill(&table.column_or_null(&field), cx);
            table.set(field, filled);
        }
        Ok(table)
    }
}

impl TableOp for Fill {
    fn apply(&self, mut table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        if !self.fields.is_empty() {
            return MapOp::apply(self, table, cx);
        }
        let there: Vec<(Arc<str>, Column)> = table
            .columns()
            .filter(|(name, column)| !name.starts_with('_') && !column.is_all_null())
            .map(|(name, column)| (name.clone(), self.fill(column, cx)))
            .collect();
        for (name, filled) in there {
            table.set(name, filled);
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn only_fields_that_some_row_has_are_filled() {
        let input = r#"[{"a":"1","b":""},{"c":"2"}]"#;
        check(
            input,
            "eval d=null() | fillnull",
            r#"[{"a":"1","b":"","c":"0"},{"a":"0","b":"0","c":"2"}]"#,
        );
    }

    #[test]
    fn a_list_makes_fields() {
        let input = r#"[{"a":"1"},{"b":"2"}]"#;
        check(
            input,
            r#"fillnull value="n/a" a, new"#,
            r#"[{"a":"1","new":"n/a"},{"a":"n/a","b":"2","new":"n/a"}]"#,
        );
    }
}
