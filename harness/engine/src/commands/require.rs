//! `require`: fails the search when it has no rows so far.
//!
//! Search Reference, "require".

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_spl::ast::Command as Syntax;

use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Require;

const DOC: Doc = Doc::new(&[Example::over(r#"[{"a":"1"}]"#, "require", r#"[{"a":"1"}]"#)]);

impl Command for Require {
    fn name(&self) -> &'static str {
        "require"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        Ok(Stage::Table(Arc::new(Rows(syntax.name_at.0))))
    }
}

/// Some rows must be there; the place is that of the command.
struct Rows(Span);

impl TableOp for Rows {
    fn apply(&self, table: Table, _: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        if !table.is_empty() {
            return Ok(table);
        }
        let message = "`require` fails the search: no rows came before it";
        Err(Stop::Fault(Box::new(
            Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(self.0, ""),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn rows_that_are_there_pass() {
        check(r#"[{"a":"1"}]"#, "require", r#"[{"a":"1"}]"#);
    }
}
