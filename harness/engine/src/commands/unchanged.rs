//! Commands that change how rows are shown or where they are worked on, and not what they hold.
//!
//! Search Reference: `highlight` and `iconify` mark rows in Splunk Web, `fieldformat` gives a field another look there and
//! leaves its value, `localop` and `redistribute` say on which machine the next commands run.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;

/// A command that hands on its rows as they are.
pub(super) struct Unchanged(&'static str, &'static Doc);

const fn shown(spl: &'static str) -> Example {
    Example::over(r#"[{"n":"1234"}]"#, spl, r#"[{"n":"1234"}]"#)
}

pub(super) static FIELDFORMAT: Unchanged = Unchanged(
    "fieldformat",
    &Doc::new(&[shown("fieldformat n=tostring(n, \"commas\")")]),
);
pub(super) static HIGHLIGHT: Unchanged = Unchanged("highlight", &Doc::new(&[shown("highlight n")]));
pub(super) static ICONIFY: Unchanged = Unchanged("iconify", &Doc::new(&[shown("iconify n")]));
pub(super) static LOCALOP: Unchanged = Unchanged("localop", &Doc::new(&[shown("localop")]));
pub(super) static REDISTRIBUTE: Unchanged =
    Unchanged("redistribute", &Doc::new(&[shown("redistribute")]));

impl Command for Unchanged {
    fn name(&self) -> &'static str {
        self.0
    }

    fn doc(&self) -> &'static Doc {
        self.1
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        // An expression that is wrong is wrong in Splunk, too.
        if let Body::Assignments(assignments) = &syntax.body {
            for assignment in assignments {
                arguments.expression(&assignment.value);
            }
        }
        arguments.finish(Stage::Map(Arc::new(Rows)))
    }
}

struct Rows;

impl MapOp for Rows {
    fn apply(&self, table: Table, _: &Cx<'_>) -> Result<Table, Stop> {
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn values_stay() {
        let input = r#"[{"n":"1234"}]"#;
        for spl in [
            r#"fieldformat n=tostring(n, "commas")"#,
            "highlight n, 1234",
            "iconify n",
            "localop",
            "redistribute",
        ] {
            check(input, spl, input);
        }
        assert_eq!(mistakes("fieldformat n=nosuch(n)"), ["DF302"]);
    }
}
