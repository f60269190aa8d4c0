//! `uniq`: drops a row that is the same as the one before it in all fields.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::doc::{Doc, Example};
use super::order::same;
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Uniq;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"n":"1"},{"n":"1"},{"n":"2"}]"#,
    "uniq",
    r#"[{"n":"1"},{"n":"2"}]"#,
)]);

impl Command for Uniq {
    fn name(&self) -> &'static str {
        "uniq"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, _: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        Ok(Stage::Table(Arc::new(Neighbours)))
    }
}

struct Neighbours;

impl TableOp for Neighbours {
    fn apply(&self, table: Table, _: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let repeats = |row: usize| {
            row > 0
                && table
                    .columns()
                    .all(|(_, column)| same(column.get(row - 1), column.get(row)))
        };
        Ok(table.filter(|row| !repeats(row)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn repetitions_go() {
        check(
            r#"[{"a":"1"},{"a":"1"},{"b":"1"},{"a":"1"}]"#,
            "uniq",
            r#"[{"a":"1"},{"b":"1"},{"a":"1"}]"#,
        );
    }
}
