//! `nomv`: joins the values of a field, one a line.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::{Arguments, names};
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Nomv;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"port":["22","443"]}]"#,
    "nomv port | eval kind=typeof(port) | table kind",
    r#"[{"kind":"String"}]"#,
)]);

impl Command for Nomv {
    fn name(&self) -> &'static str {
        "nomv"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let Body::Fields(fields) = &syntax.body else {
            return Err(Arguments::new(syntax).missing("a field"));
        };
        Ok(Stage::Map(Arc::new(Lines(names(&fields.names)))))
    }
}

struct Lines(Vec<Arc<str>>);

impl MapOp for Lines {
    fn apply(&self, mut table: Table, _: &Cx<'_>) -> Result<Table, Stop> {
        for field in &self.0 {
            if let Some(column) = table.column(field) {
                let joined = column.map(|value| match value {
                    Value::Multi(_) => Value::Text(value.to_text()),
                    single => single.clone(),
                });
                table.set(field.clone(), joined);
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn values_become_lines() {
        check(
            r#"[{"m":["a","b"]},{"m":"c"}]"#,
            "nomv m",
            r#"[{"m":"a\nb"},{"m":"c"}]"#,
        );
    }
}
