//! `inputlookup`: the rows of a lookup; with `append=true` below the rows there are.
//!
//! Empty cells are absent fields. `start` counts from 0 over the rows that match `where`; `max` limits them (the manual
//! does not say which comes first).

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::condition::Condition;
use super::doc::{Doc, Example, Given};
use super::{Command, Lower, tables};
use crate::env::Cx;
use crate::stage::{Effect, Generate, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Inputlookup;

const WHERE_FIRST: &str = "inputlookup takes `start` and `max` after `where`; Splunk's manual does not say which comes first";

const DOC: Doc = Doc::new(&[Example::given(
    Given::Lookup("[]", "admins.csv", "user,team\nbob,red\namy,blue\n"),
    "inputlookup append=true admins.csv where team=red",
    r#"[{"user":"bob","team":"red"}]"#,
)])
.uncertain(&[WHERE_FIRST]);

impl Command for Inputlookup {
    fn name(&self) -> &'static str {
        "inputlookup"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Table(body) = &syntax.body else {
            return Err(arguments.missing("a lookup"));
        };
        let condition = match body.filter.as_ref().map(Condition::new).transpose() {
            Ok(condition) => condition,
            Err(errors) => {
                arguments.extend(errors);
                None
            }
        };
        let append = arguments.flag("append", false);
        let (start, max) = (
            arguments.count("start").unwrap_or(0),
            arguments.count("max").unwrap_or(usize::MAX),
        );
        let rows = match tables::lookup(&body.table, cx) {
            Ok(lookup) => match lookup.table() {
                Some(table) => tables::rows(table),
                None => return Err(arguments.missing("a lookup with rows")),
            },
            Err(errors) => {
                arguments.extend(errors);
                Table::default()
            }
        };
        let op = Arc::new(Rows {
            rows,
            condition,
            start,
            max,
        });
        arguments.finish(if append {
            Stage::Table(op)
        } else {
            Stage::Source(op)
        })
    }
}

struct Rows {
    rows: Table,
    condition: Option<Condition>,
    start: usize,
    max: usize,
}

impl Generate for Rows {
    fn rows(&self, cx: &Cx<'_>) -> Result<Table, Stop> {
        let mut rows = self.rows.clone();
        if let Some(condition) = &self.condition {
            let keep = condition.truths(&rows, cx)?;
            rows = rows.filter(|row| keep.get(row));
            if self.start > 0 || rows.len() > self.max {
                cx.uncertain(WHERE_FIRST);
            }
        }
        let end = self.start.saturating_add(self.max);
        cx.charge(rows.len(), rows.bytes())?;
        Ok(rows.filter(|row| (self.start..end).contains(&row)))
    }
}

impl TableOp for Rows {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let rows = self.rows(cx)?;
        cx.charge(table.len() + rows.len(), table.bytes() + rows.bytes())?;
        Ok(Table::concat(vec![table, rows]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn rows_of_a_table() {
        check(
            "[]",
            "inputlookup hosts where zone=*",
            r#"[{"ip":"10.0.0.1","name":"alpha","zone":"dmz"},{"ip":"10.0.0.2","name":"gamma","zone":"lan"}]"#,
        );
        check(
            "[]",
            "inputlookup start=1 max=1 hosts.csv",
            r#"[{"ip":"10.0.0.2","name":"beta"}]"#,
        );
        check(
            r#"[{"a":"1"}]"#,
            "inputlookup append=t agents",
            r#"[{"a":"1"},{"agent":"arkei/*","tool":"Arkei"}]"#,
        );
        assert_eq!(mistakes("inputlookup nosuch"), ["DF305"]);
    }
}
