//! `table`: keeps these fields, in this order; a field that is absent becomes an empty column.
//!
//! A pattern stands for the fields that fit, ascending; that `*` leaves internal fields out is not stated in the
//! manual.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::{Arguments, names};
use super::columns::{expand, has_pattern};
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, MapOp, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table as Rows;

pub(super) struct Table;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob","host":"ws1","pid":"4"}]"#,
    "table host user",
    r#"[{"host":"ws1","user":"bob"}]"#,
)]);

impl Command for Table {
    fn name(&self) -> &'static str {
        "table"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let Body::Fields(fields) = &syntax.body else {
            return Err(Arguments::new(syntax).missing("a field"));
        };
        let names = names(&fields.names);
        // A pattern depends on the fields that any row has.
        Ok(if has_pattern(&names) {
            Stage::Table(Arc::new(Project(names)))
        } else {
            Stage::Map(Arc::new(Project(names)))
        })
    }
}

struct Project(Vec<Arc<str>>);

impl MapOp for Project {
    fn apply(&self, table: Rows, _: &Cx<'_>) -> Result<Rows, Stop> {
        Ok(table.project(&expand(&self.0, &table)))
    }
}

impl TableOp for Project {
    fn apply(&self, table: Rows, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Rows, Stop> {
        MapOp::apply(self, table, cx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_columns, rows, run};

    #[test]
    fn order_is_that_of_the_list() {
        let input = r#"[{"_time":1,"b":"1","a.x":"2","a.b":"3"}]"#;
        check_columns(input, "table none, a.* b", &["none", "a.b", "a.x", "b"]);
        assert!(
            run(rows(input), "table none")
                .table
                .value(0, "none")
                .is_null()
        );
    }
}
