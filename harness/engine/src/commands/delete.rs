//! `delete`: hides events from all later searches.
//!
//! Nothing is deleted here: the caller applies the effect. Where the caller can't, the command is refused, because rows that
//! tell of deleted events would be untrue.

use std::collections::BTreeMap;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_spl::ast::Command as Syntax;

use super::doc::Doc;
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Delete;

/// What the row over all indexes is called.
const ALL: &str = "__ALL__";
/// `splunk_server` of the rows.
const SERVER: &str = "dryfire";

const DOC: Doc = Doc::new(&[]).differences(&[
    "Only `dryfire serve` has events that can be deleted; everywhere else the command is refused.",
    "`splunk_server` is always `dryfire`.",
]);

impl Command for Delete {
    fn name(&self) -> &'static str {
        "delete"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        Ok(Stage::Table(Arc::new(Hide {
            at: syntax.name_at.0,
        })))
    }
}

struct Hide {
    at: Span,
}

impl TableOp for Hide {
    fn apply(&self, table: Table, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> Result<Table, Stop> {
        if !cx.env.can_delete {
            let refused = Diagnostic::error(
                &codes::meaning::UNSUPPORTED_COMMAND,
                "there are no events here that `delete` could delete",
            );
            return Err(Stop::from(refused.at(self.at, "not supported")));
        }
        let keys = match &table.keys {
            Some(keys) => Arc::clone(keys),
            None if table.is_empty() => Arc::default(),
            None => {
                let wrong = Diagnostic::error(
                    &codes::meaning::BAD_ARGUMENT,
                    "`delete` can only follow commands that pass events on",
                );
                return Err(Stop::Fault(Box::new(
                    wrong.at(self.at, "the rows before it are no events"),
                )));
            }
        };
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let index = table.column_or_null("index");
        for value in index.iter() {
            *counts.entry(value.to_text().to_string()).or_default() += 1;
        }
        let row = |index: &str, deleted: usize| {
            vec![
                ("splunk_server", Value::from(SERVER)),
                ("index", Value::from(index)),
                ("deleted", Value::from(deleted.to_string().as_str())),
                ("errors", Value::from("0")),
            ]
        };
        let total = row(ALL, keys.len());
        let rows = counts.iter().map(|(index, deleted)| row(index, *deleted));
        effects.push(Effect::DeleteEvents { keys });
        Ok(Table::from_rows(std::iter::once(total).chain(rows)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, rows, try_run};
    use super::*;
    use crate::table::EventKey;

    fn env(can_delete: bool) -> crate::env::Env {
        crate::env::Env {
            can_delete,
            ..crate::env::Env::all_time(NOW)
        }
    }

    fn events() -> Table {
        let mut table = rows(r#"[{"index":"a"},{"index":"b"},{"index":"a"}]"#);
        let key = |row| EventKey {
            time: 0,
            part: 0,
            unit: 0,
            row,
        };
        table.keys = Some((0..3).map(key).collect());
        table
    }

    #[test]
    fn the_events_are_named_to_the_caller_and_counted_by_index() {
        let outcome = try_run(events(), "delete", &[], &env(true)).unwrap();
        let told: Vec<(String, String)> = (0..outcome.table.len())
            .map(|row| {
                let text = |name| outcome.table.value(row, name).to_text().to_string();
                (text("index"), text("deleted"))
            })
            .collect();
        let pair = |index: &str, deleted: &str| (index.to_owned(), deleted.to_owned());
        assert_eq!(told, [pair("__ALL__", "3"), pair("a", "2"), pair("b", "1")]);
        let [Effect::DeleteEvents { keys }] = outcome.effects.as_slice() else {
            panic!("{:?}", outcome.effects)
        };
        assert_eq!(keys.len(), 3);
    }

    #[test]
    fn it_is_refused_where_nothing_would_come_of_it() {
        let apply = |table: Table, can_delete| {
            let env = env(can_delete);
            let flag = std::sync::atomic::AtomicBool::new(false);
            let cx = Cx::new(&env, &flag);
            let mut sources = dryfire_diagnostic::SourceMap::new();
            let source = sources.add("test", "delete");
            let at = Span::new(source, 0, 6);
            Hide { at }.apply(table, &cx, &mut Vec::new())
        };
        assert!(matches!(apply(events(), false), Err(Stop::Unsupported(_))));
        let made = rows(r#"[{"index":"a"}]"#);
        assert!(matches!(apply(made, true), Err(Stop::Fault(_))));
    }
}
