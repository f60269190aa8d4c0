//! `makecontinuous`: puts times into buckets and adds a row for each bucket that has none.
//!
//! Search Reference, "makecontinuous". Fields other than `_time` are not run: how it then names buckets is not said.

use std::collections::HashSet;
use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::buckets::{TimeSpan, time_span_for};
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::time::{from_seconds, to_seconds};
use crate::value::Value;

pub(super) struct Makecontinuous;

const OLDEST_FIRST: &str = "makecontinuous gives its rows oldest first; Splunk's manual does not say in which order they come";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"_time":"7201","n":"2"},{"_time":"10","n":"1"}]"#,
    "makecontinuous _time span=1h",
    r#"[{"_time":"0","n":"1"},{"_time":"3600"},{"_time":"7200","n":"2"}]"#,
)])
.uncertain(&[OLDEST_FIRST])
.differences(&["Other fields than `_time` are not supported."]);

impl Command for Makecontinuous {
    fn name(&self) -> &'static str {
        "makecontinuous"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        if let Body::Field(field) = &syntax.body
            && (field.field.text != "_time" || field.name.is_some())
        {
            arguments.unsupported(
                field.field.at.0,
                "the engine runs `makecontinuous` for `_time` only",
            );
        }
        arguments.refuse(&["start", "end", "aligntime"]);
        let span = syntax.option("span").and_then(|word| {
            let span = TimeSpan::parse(&word.text);
            if span.is_none() {
                arguments.wrong(word, "`span` takes a span of time such as `5m`");
            }
            span
        });
        let bins = arguments.count("bins").unwrap_or(100);
        arguments.finish(Stage::Table(Arc::new(Fill { span, bins })))
    }
}

/// What an added row takes.
const ROW_BYTES: usize = 100;

struct Fill {
    span: Option<TimeSpan>,
    bins: usize,
}

impl TableOp for Fill {
    fn apply(&self, mut table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let times = table.column_or_null("_time");
        let numbers = || times.iter().filter_map(Value::as_number);
        let (Some(low), Some(high)) = (numbers().reduce(f64::min), numbers().reduce(f64::max))
        else {
            return Ok(table);
        };
        let span = self
            .span
            .unwrap_or_else(|| time_span_for(high - low, self.bins, None));
        let zone = &cx.env.zone;
        let floored = span.floor_column(&times, zone);
        let micros =
            |column: &Column, row: usize| column.get(row).as_number().and_then(from_seconds);
        let there: HashSet<i64> = (0..table.len())
            .filter_map(|row| micros(&floored, row))
            .collect();
        let mut added = Vec::new();
        let mut next = from_seconds(low).and_then(|low| span.floor(low, zone));
        let last = from_seconds(high).unwrap_or(i64::MIN);
        while let Some(start) = next.filter(|start| *start <= last) {
            if !there.contains(&start) {
                added.push(vec![("_time", Value::Number(to_seconds(start)))]);
                let rows = table.len() + added.len();
                cx.charge(rows, rows * ROW_BYTES)?;
            }
            next = span.next(start, zone).filter(|next| *next > start);
        }
        table.keys = None;
        table.set("_time", floored);
        let all = Table::concat(vec![table, Table::from_rows(added)]);
        let times = all.column_or_null("_time");
        let mut order: Vec<u32> = (0..all.len())
            .filter_map(|row| u32::try_from(row).ok())
            .collect();
        // Rows without a time come last.
        order.sort_by_key(|row| micros(&times, *row as usize).unwrap_or(i64::MAX));
        cx.uncertain(OLDEST_FIRST);
        Ok(all.select(&order))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn buckets_without_rows_get_one() {
        check(
            r#"[{"_time":7201,"n":"2"},{"_time":10,"n":"1"},{"n":"3"}]"#,
            "makecontinuous span=1h _time",
            r#"[{"_time":0,"n":"1"},{"_time":3600},{"_time":7200,"n":"2"},{"n":"3"}]"#,
        );
        check("[]", "makecontinuous _time", "[]");
        assert_eq!(mistakes("makecontinuous n span=10"), ["DF301", "DF307"]);
    }
}
