//! `union`: the rows so far and those of searches, as one.
//!
//! Search Reference, "union": searches of streaming commands are merged as by `multisearch`, others are appended one
//! after the other. Which of the two applies is told by whether a search has commands that need all rows.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};
use dryfire_spl::ast::{Body, Command as Syntax, Pipeline};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::multisearch::newest_first;
use super::{Command, Lower};
use crate::env::Cx;
use crate::limits::cut;
use crate::stage::{Effect, Generate, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Union;

const BELOW: &str =
    "union puts the rows of its searches below those before it; Splunk may merge them by time";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"n":"1"}]"#,
    "union [| makeresults | eval n=2 | stats count by n | table n]",
    r#"[{"n":"1"},{"n":"2"}]"#,
)])
.uncertain(&[BELOW]);

impl Command for Union {
    fn name(&self) -> &'static str {
        "union"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Sub(sub) = &syntax.body else {
            return Err(arguments.missing("searches in brackets"));
        };
        for name in &sub.fields {
            arguments.unsupported(
                name.at.0,
                "the engine takes searches in brackets for `union`, no names of datasets",
            );
        }
        let most = arguments.maxout();
        let op = Arc::new(Joined {
            tables: cx.subsearches.to_vec(),
            most,
            at: syntax.name_at.0,
            streams: sub.pipelines.iter().all(streams),
        });
        // The planner refuses a source in the middle, and any other stage at the beginning.
        arguments.finish(if cx.is_first {
            Stage::Source(op)
        } else {
            Stage::Table(op)
        })
    }
}

/// Whether a search gives its events one by one.
fn streams(pipeline: &Pipeline) -> bool {
    let by_row = [
        "search", "eval", "where", "rex", "regex", "fields", "rename", "fillnull", "makemv",
        "spath", "extract", "lookup",
    ];
    pipeline
        .commands
        .iter()
        .all(|command| by_row.contains(&command.name.as_str()))
}

struct Joined {
    tables: Vec<Table>,
    most: Option<usize>,
    at: Span,
    streams: bool,
}

impl Joined {
    fn with(&self, before: Vec<Table>, cx: &Cx<'_>) -> Result<Table, Stop> {
        // Whether the rows before are a stream can't be told from them.
        let order_is_open = !before.is_empty();
        let limit = (cx.env.limits.result_rows, "[searchresults] maxresultrows");
        let tables = self.tables.iter();
        let tables = tables.map(|table| cut(table, self.most, limit, self.at, cx));
        let tables: Vec<Table> = before.into_iter().chain(tables).collect();
        if self.streams && !order_is_open {
            return newest_first(tables, cx);
        }
        if order_is_open {
            cx.uncertain(BELOW);
        }
        let mut all = Table::concat(tables);
        all.keys = None;
        cx.charge(all.len(), all.bytes())?;
        Ok(all)
    }
}

impl Generate for Joined {
    fn rows(&self, cx: &Cx<'_>) -> Result<Table, Stop> {
        self.with(Vec::new(), cx)
    }
}

impl TableOp for Joined {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        self.with(vec![table], cx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_sub, mistakes, open_points};

    #[test]
    fn rows_come_below_those_before() {
        check_sub(
            r#"[{"_time":1,"a":"1"}]"#,
            "union [search b] [stats count]",
            &[r#"[{"_time":2,"b":"1"}]"#, r#"[{"count":1}]"#],
            r#"[{"_time":1,"a":"1"},{"_time":2,"b":"1"},{"count":1}]"#,
        );
        assert_eq!(
            open_points("[{\"_time\":1}]", "union [search b]", &[r#"[{"_time":2}]"#]),
            1
        );
        assert_eq!(mistakes("union datamodel:x"), ["DF301"]);
    }
}
