//! `tstats prestats=true append=true` behind another one: its rows below those before. At the start of a search, `tstats`
//! is the planner's.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::Command as Syntax;

use super::arguments::Arguments;
use super::doc::{Doc, Example, SYSMON};
use super::{Command, Lower};
use crate::env::Cx;
use crate::plan::NO_SPAN;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Tstats;

const DOC: Doc = Doc::new(&[Example::given(
    SYSMON,
    "| tstats count from datamodel=Endpoint.Processes where Processes.process_name=whoami.exe by Processes.dest",
    r#"[{"Processes.dest":"ws1","count":"1"}]"#,
)])
.uncertain(&[NO_SPAN])
.differences(&[
    "Every event is read: there are no acceleration summaries, so `summariesonly` and `allow_old_summaries` change nothing.",
]);

impl Command for Tstats {
    fn name(&self) -> &'static str {
        "tstats"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        if !arguments.flag("append", false) {
            let message = "`tstats` makes rows and can only stand first";
            let code = &dryfire_diagnostic::codes::meaning::BAD_ARGUMENT;
            arguments.error(code, syntax.name_at.0, message);
        } else if !arguments.flag("prestats", false) {
            arguments.unsupported(
                syntax.name_at.0,
                "`tstats append=true` is for `prestats=true` only",
            );
        }
        let rows = cx.subsearches.first().cloned().unwrap_or_default();
        arguments.finish(Stage::Table(Arc::new(Below(rows))))
    }
}

struct Below(Table);

impl TableOp for Below {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        cx.charge(table.len() + self.0.len(), table.bytes() + self.0.bytes())?;
        Ok(Table::concat(vec![table, self.0.clone()]))
    }
}
