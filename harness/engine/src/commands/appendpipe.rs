//! `appendpipe`: runs commands on the rows and adds what comes out below them.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower, find};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Appendpipe;

const MAP_INSIDE: &str = "map inside of appendpipe searches the events as it does elsewhere; Splunk's manual shows no example of both together";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob","n":"1"},{"user":"amy","n":"2"}]"#,
    r#"appendpipe [stats sum(n) AS n | eval user="all"]"#,
    r#"[{"user":"bob","n":"1"},{"user":"amy","n":"2"},{"user":"all","n":"3"}]"#,
)])
.uncertain(&[MAP_INSIDE]);

impl Command for Appendpipe {
    fn name(&self) -> &'static str {
        "appendpipe"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Sub(sub) = &syntax.body else {
            return Err(arguments.missing("a pipeline in brackets"));
        };
        let mut stages = Vec::new();
        let mut before = cx.before.to_vec();
        for command in sub.pipelines.iter().flat_map(|pipeline| &pipeline.commands) {
            let unsupported = || {
                let message = format!(
                    "the engine does not run `{}` inside `appendpipe`",
                    command.name
                );
                vec![
                    Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message)
                        .at(command.name_at.0, ""),
                ]
            };
            let nested = Lower {
                library: cx.library,
                subsearches: &[],
                limits: cx.limits,
                is_first: false,
                before: &before,
            };
            let lowered = find(&command.name)
                .ok_or_else(unsupported)
                .and_then(|found| found.lower(command, &nested));
            match lowered {
                Ok(Stage::Source(_)) => arguments.extend(unsupported()),
                Ok(stage) => stages.push(stage),
                Err(errors) => arguments.extend(errors),
            }
            before.push(command.clone());
        }
        let mut commands = sub.pipelines.iter().flat_map(|pipeline| &pipeline.commands);
        let searches = commands.any(|command| command.name == "map");
        arguments.finish(Stage::Table(Arc::new(Pipe { stages, searches })))
    }
}

struct Pipe {
    stages: Vec<Stage>,
    /// Whether `map` is among them.
    searches: bool,
}

impl TableOp for Pipe {
    fn apply(&self, table: Table, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> Result<Table, Stop> {
        let mut made = table.clone();
        if self.searches {
            cx.uncertain(MAP_INSIDE);
        }
        for stage in &self.stages {
            cx.check()?;
            made = match stage {
                Stage::Map(op) => op.apply(made, cx)?,
                Stage::Table(op) => op.apply(made, cx, effects)?,
                Stage::Reduce(op) => {
                    let mut partial = op.begin(cx);
                    partial.push(&made, cx)?;
                    partial.finish(cx)?
                }
                Stage::Source(op) => op.rows(cx)?,
            };
        }
        made.keys = None;
        cx.charge(table.len() + made.len(), table.bytes() + made.bytes())?;
        Ok(Table::concat(vec![table, made]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn what_comes_out_is_added() {
        check(
            r#"[{"a":"1"},{"a":"2"}]"#,
            r#"appendpipe [stats sum(a) AS a | eval t="total"]"#,
            r#"[{"a":"1"},{"a":"2"},{"a":3,"t":"total"}]"#,
        );
        assert_eq!(mistakes("appendpipe [makeresults]"), ["DF301"]);
    }
}
