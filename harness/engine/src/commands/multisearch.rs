//! `multisearch`: the events of several searches as one, newest first.
//!
//! Search Reference, "multisearch": it stands first, takes at least two searches, and these hold streaming commands only.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Generate, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

/// Commands that the manual calls transforming, orchestrating or dataset processing ("Command types"), or that make rows
/// by aggregation.
const NOT_STREAMING: [&str; 22] = [
    "addcoltotals",
    "append",
    "appendcols",
    "appendpipe",
    "chart",
    "contingency",
    "eventstats",
    "fieldsummary",
    "join",
    "mstats",
    "outlier",
    "rare",
    "sort",
    "stats",
    "table",
    "tail",
    "timechart",
    "top",
    "transaction",
    "transpose",
    "tstats",
    "untable",
];

pub(super) struct Multisearch;

const DOC: Doc = Doc::new(&[Example::alone(
    r#"| multisearch [makeresults | eval _time=1, n="older"] [makeresults | eval _time=2, n="newer"] | table n"#,
    r#"[{"n":"newer"},{"n":"older"}]"#,
)]);

impl Command for Multisearch {
    fn name(&self) -> &'static str {
        "multisearch"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Sub(sub) = &syntax.body else {
            return Err(arguments.missing("searches in brackets"));
        };
        if sub.pipelines.len() < 2 || !sub.fields.is_empty() {
            return Err(arguments.missing("at least two searches in brackets, and nothing else"));
        }
        let commands = sub.pipelines.iter().flat_map(|search| &search.commands);
        for command in commands.filter(|command| NOT_STREAMING.contains(&command.name.as_str())) {
            let message = format!(
                "the searches of `multisearch` hold streaming commands only, and `{}` is none",
                command.name
            );
            let code = &dryfire_diagnostic::codes::meaning::BAD_ARGUMENT;
            arguments.error(code, command.name_at.0, message);
        }
        arguments.finish(Stage::Source(Arc::new(Together(cx.subsearches.to_vec()))))
    }
}

/// Rows of several searches.
pub(super) struct Together(pub(super) Vec<Table>);

impl Generate for Together {
    fn rows(&self, cx: &Cx<'_>) -> Result<Table, Stop> {
        newest_first(self.0.clone(), cx)
    }
}

/// The rows of all tables by their time, where all have one; as they come otherwise.
pub(super) fn newest_first(tables: Vec<Table>, cx: &Cx<'_>) -> Result<Table, Stop> {
    let (rows, bytes) = tables.iter().fold((0, 0), |(rows, bytes), table| {
        (rows + table.len(), bytes + table.bytes())
    });
    cx.charge(rows, bytes)?;
    let mut all = Table::concat(tables);
    all.keys = None;
    let times: Option<Vec<f64>> = all
        .column_or_null("_time")
        .iter()
        .map(Value::as_number)
        .collect();
    let Some(times) = times else { return Ok(all) };
    let mut order: Vec<u32> = (0..all.len())
        .filter_map(|row| u32::try_from(row).ok())
        .collect();
    order.sort_by(|a, b| times[*b as usize].total_cmp(&times[*a as usize]));
    Ok(all.select(&order))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_sub, mistakes};

    #[test]
    fn events_come_newest_first() {
        check_sub(
            "[]",
            "multisearch [search a] [search b]",
            &[
                r#"[{"_time":3,"a":"1"},{"_time":1,"a":"2"}]"#,
                r#"[{"_time":2,"b":"1"}]"#,
            ],
            r#"[{"_time":3,"a":"1"},{"_time":2,"b":"1"},{"_time":1,"a":"2"}]"#,
        );
        assert_eq!(mistakes("multisearch [search a]"), ["DF307"]);
        assert_eq!(
            mistakes("multisearch [search a] [search b | stats count]"),
            ["DF307"]
        );
    }
}
