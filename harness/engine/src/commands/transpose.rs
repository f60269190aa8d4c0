//! `transpose`: turns the first rows (5 by default) into columns.
//!
//! The names come in `column`; the columns are called `row 1`, …, or by the values of `header_field`.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Transpose;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob","n":"1"},{"user":"amy","n":"2"}]"#,
    "transpose header_field=user",
    r#"[{"column":"n","bob":"1","amy":"2"}]"#,
)]);

impl Command for Transpose {
    fn name(&self) -> &'static str {
        "transpose"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let count = match &syntax.body {
            Body::Count(Some((count, _))) => usize::try_from(*count).ok(),
            _ => arguments.count("int"),
        };
        let op = Turn {
            rows: count.map_or(5, |count| if count == 0 { usize::MAX } else { count }),
            names: arguments
                .text("column_name")
                .unwrap_or_else(|| "column".into()),
            header: arguments.text("header_field"),
            empty: arguments.flag("include_empty", true),
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

struct Turn {
    rows: usize,
    names: Arc<str>,
    header: Option<Arc<str>>,
    empty: bool,
}

impl TableOp for Turn {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let count = table.len().min(self.rows);
        cx.charge(count, table.bytes())?;
        let fields: Vec<&Arc<str>> = table
            .columns()
            .filter(|(name, column)| {
                Some(*name) != self.header.as_ref() && (self.empty || !column.is_all_null())
            })
            .map(|(name, _)| name)
            .collect();
        let mut turned = Table::new(fields.len());
        turned.set(
            self.names.clone(),
            fields
                .iter()
                .map(|name| Value::Text((*name).clone()))
                .collect(),
        );
        for row in 0..count {
            let header = self
                .header
                .as_ref()
                .map(|field| table.value(row, field))
                .filter(|value| !value.is_null());
            let name = header.map_or_else(|| format!("row {}", row + 1).into(), Value::to_text);
            turned.set(
                name,
                fields
                    .iter()
                    .map(|field| table.value(row, field).clone())
                    .collect(),
            );
        }
        Ok(turned)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn rows_become_columns() {
        let input = r#"[{"a":"1","b":"2"},{"a":"3"}]"#;
        check(
            input,
            "transpose",
            r#"[{"column":"a","row 1":"1","row 2":"3"},{"column":"b","row 1":"2"}]"#,
        );
        check(
            input,
            "transpose 1 header_field=a column_name=n",
            r#"[{"n":"b","1":"2"}]"#,
        );
    }
}
