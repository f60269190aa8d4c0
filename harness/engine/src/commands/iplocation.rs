//! `iplocation`: would add the place of an address; without a database it adds nothing, and says so.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_spl::ast::Command as Syntax;

use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Iplocation;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"src":"192.0.2.7"}]"#,
    "iplocation src",
    r#"[{"src":"192.0.2.7"}]"#,
)])
.differences(&[
    "Without a location database nothing is added, and every search that uses the command says so.",
]);

impl Command for Iplocation {
    fn name(&self) -> &'static str {
        "iplocation"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        Ok(Stage::Map(Arc::new(Nowhere(syntax.name_at.0))))
    }
}

struct Nowhere(Span);

impl MapOp for Nowhere {
    fn apply(&self, table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        if !table.is_empty() {
            let message = "there is no database of places here: `iplocation` adds no fields";
            cx.note(Diagnostic::note(&codes::meaning::UNCERTAIN_RULE, message).at(self.0, ""));
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{rows, run};

    #[test]
    fn rows_pass_with_a_note() {
        let outcome = run(rows(r#"[{"ip":"8.8.8.8"}]"#), "iplocation prefix=p_ ip");
        assert_eq!((outcome.table.len(), outcome.notes.len()), (1, 1));
    }
}
