//! `filldown`: gives absent fields the last value before them.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::names;
use super::columns::expand;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Filldown;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"host":"ws1"},{"user":"bob"}]"#,
    "filldown host",
    r#"[{"host":"ws1"},{"host":"ws1","user":"bob"}]"#,
)]);

impl Command for Filldown {
    fn name(&self) -> &'static str {
        "filldown"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let fields = match &syntax.body {
            Body::Fields(fields) => names(&fields.names),
            _ => vec!["*".into()],
        };
        Ok(Stage::Table(Arc::new(Down(fields))))
    }
}

struct Down(Vec<Arc<str>>);

impl TableOp for Down {
    fn apply(&self, mut table: Table, _: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        for field in expand(&self.0, &table) {
            let Some(column) = table.column(&field) else {
                continue;
            };
            let mut last = Value::Null;
            let filled = column.iter().map(|value| {
                if !value.is_null() {
                    last = value.clone();
                }
                last.clone()
            });
            let filled = filled.collect();
            table.set(field, filled);
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn values_go_down() {
        check(
            r#"[{"b":"1"},{"a":"x"},{"b":"2"}]"#,
            "filldown a",
            r#"[{"b":"1"},{"a":"x"},{"a":"x","b":"2"}]"#,
        );
    }
}
