//! `require`: ends the search when there are no rows (Search Reference, "require").

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_spl::ast::Command as Syntax;

use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Require;

impl Command for Require {
    fn name(&self) -> &'static str {
        "require"
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        Ok(Stage::Table(Arc::new(Present(syntax.name_at.0))))
    }
}

/// At least one row.
struct Present(Span);

impl TableOp for Present {
    fn apply(&self, table: Table, _: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        if !table.is_empty() {
            return Ok(table);
        }
        let message = "`require` ends the search, because no row comes to it";
        let found = Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(self.0, "");
        Err(Stop::Fault(Box::new(found)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn rows_pass() {
        check(r#"[{"a":"1"}]"#, "require", r#"[{"a":"1"}]"#);
    }
}
