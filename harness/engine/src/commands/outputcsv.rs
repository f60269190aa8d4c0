//! `outputcsv`: the rows go on as they are.
//!
//! Search Reference, "outputcsv". What it writes on the search head is seen by `inputcsv` only, and that can't be judged.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Outputcsv;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"a":"1"}]"#,
    "outputcsv seen.csv",
    r#"[{"a":"1"}]"#,
)])
.differences(&["No file is written."]);

impl Command for Outputcsv {
    fn name(&self) -> &'static str {
        "outputcsv"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        Arguments::new(syntax).finish(Stage::Map(Arc::new(Pass)))
    }
}

struct Pass;

impl MapOp for Pass {
    fn apply(&self, table: Table, _: &Cx<'_>) -> Result<Table, Stop> {
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn rows_go_on() {
        check(r#"[{"a":"1"}]"#, "outputcsv x", r#"[{"a":"1"}]"#);
    }
}
