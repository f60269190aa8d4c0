//! `timechart`: aggregations for buckets of time, with a column for each value of a split field.
//!
//! Buckets without rows are filled in over the time range of the search, or that of the rows when the search covers all
//! time; counts are then 0 (Search Reference, "timechart": `cont`, `fixedrange`). Without `span`, the width is the
//! least of Splunk's that gives at most 100 buckets.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::bin::Align;
use super::buckets::{TimeSpan, time_span_for};
use super::charting::{Rows, chart, with_split_options};
use super::computed::Aggregations;
use super::doc::{Doc, Example};
use super::series::Series;
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::time::{from_seconds, to_seconds};
use crate::value::Value;

pub(super) struct Timechart;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"_time":"1700000000"},{"_time":"1700000500"}]"#,
    "timechart span=5m count",
    r#"[{"_time":"1699999800","count":"1"},{"_time":"1700000100","count":"0"},{"_time":"1700000400","count":"1"}]"#,
)]);

impl Command for Timechart {
    fn name(&self) -> &'static str {
        "timechart"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let whole = with_split_options(syntax, |_| true);
        let syntax = &whole;
        let mut arguments = Arguments::new(syntax);
        let Body::Stats(stats) = &syntax.body else {
            return Err(arguments.missing("an aggregation"));
        };
        if let Some(second) = stats.by.get(1) {
            arguments.wrong(&second.field, "`timechart` splits by one field");
        }
        let align = Align::of(syntax, &mut arguments);
        let mut span_of = |name: &str| {
            let word = syntax.option(name).filter(|word| word.text != "auto")?;
            let seconds = word
                .text
                .parse()
                .ok()
                .map(|count| TimeSpan::of(count, crate::time::Unit::Second));
            let span = seconds.or_else(|| TimeSpan::parse(&word.text));
            if span.is_none() {
                arguments.wrong(word, &format!("`{name}` takes a span of time such as `5m`"));
            }
            span
        };
        let (span, least) = (span_of("span"), span_of("minspan"));
        let op = Charted {
            span,
            least,
            bins: arguments.count("bins").unwrap_or(100),
            split: stats.by.first().map(|by| by.field.text.as_str().into()),
            specs: Aggregations::new(&stats.aggregates, true, &mut arguments),
            series: Series::new(syntax, &mut arguments),
            fill: arguments.flag("cont", true),
            whole_range: arguments.flag("fixedrange", true),
            partial: arguments.flag("partial", true),
            align,
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

struct Charted {
    specs: Aggregations,
    split: Option<Arc<str>>,
    series: Series,
    span: Option<TimeSpan>,
    least: Option<TimeSpan>,
    bins: usize,
    fill: bool,
    whole_range: bool,
    /// Whether buckets stay that the range of the search cuts.
    partial: bool,
    align: Option<Align>,
}

impl TableOp for Charted {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let times = table.column_or_null("_time");
        let seen = || {
            times
                .iter()
                .filter_map(Value::as_number)
                .filter_map(from_seconds)
        };
        let (from, to) = match (cx.env.earliest, cx.env.latest) {
            (Some(from), Some(to)) if self.whole_range => (Some(from), Some(to - 1)),
            (from, to) => (
                from.filter(|_| self.whole_range).or(seen().min()),
                to.map(|to| to - 1)
                    .filter(|_| self.whole_range)
                    .or(seen().max()),
            ),
        };
        let (Some(from), Some(to)) = (from, to) else {
            return Ok(Table::new(0));
        };
        let span = self
            .span
            .unwrap_or_else(|| time_span_for(to_seconds(to - from), self.bins, self.least));
        let zone = &cx.env.zone;
        let align = self.align.as_ref().and_then(|align| align.micros(cx.env));
        let span = align.map_or(span, |align| span.aligned(align));
        let x = span.floor_column(&times, zone);
        let next = |start: &Value| span.next(from_seconds(start.as_number()?)?, zone);
        let seconds = |start: &Value| {
            let end = next(start)?;
            Some(to_seconds(end - from_seconds(start.as_number()?)?))
        };
        let name: Arc<str> = "_time".into();
        let split = self
            .split
            .as_ref()
            .map(|field| (field, table.column_or_null(field)));
        let split = split.as_ref().map(|(field, column)| (*field, column));
        let mut stop = Ok(());
        // Without bounds, the range is that of the rows, and cuts nothing.
        let is_whole = |start: &Value| {
            let begins = start.as_number().and_then(from_seconds);
            let early = cx
                .env
                .earliest
                .zip(begins)
                .is_some_and(|(from, at)| at < from);
            let late = cx
                .env
                .latest
                .zip(next(start))
                .is_some_and(|(to, end)| end > to);
            self.partial || !(early || late)
        };
        let order = |rows: Vec<Value>| {
            let mut rows = match self.fill {
                true => fill(span, from, to, cx).unwrap_or_else(|error| {
                    stop = Err(error);
                    rows
                }),
                false => rows,
            };
            rows.retain(is_whole);
            rows
        };
        let charted = chart(
            &table,
            &self.specs,
            Rows {
                name: &name,
                column: &x,
                seconds: &seconds,
            },
            split,
            &self.series,
            order,
            cx,
        )?;
        stop?;
        Ok(charted)
    }
}

/// The beginnings of all buckets of a range.
fn fill(span: TimeSpan, from: i64, to: i64, cx: &Cx<'_>) -> Result<Vec<Value>, Stop> {
    let mut rows = Vec::new();
    let mut at = span.floor(from, &cx.env.zone);
    while let Some(start) = at.filter(|start| *start <= to) {
        if rows.len() % 1024 == 0 {
            cx.charge(rows.len(), 0)?;
        }
        rows.push(Value::Number(to_seconds(start)));
        at = span.next(start, &cx.env.zone).filter(|next| *next > start);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, check, rows, try_run};
    use crate::env::Env;

    const INPUT: &str = r#"[{"_time":1700000400,"s":"x"},{"_time":1699999810,"s":"y"},{"_time":1699999800,"s":"x"}]"#;

    #[test]
    fn empty_buckets_are_filled() {
        check(
            INPUT,
            "timechart span=5m count",
            r#"[{"_time":1699999800,"count":2},{"_time":1700000100,"count":0},{"_time":1700000400,"count":1}]"#,
        );
        check(
            INPUT,
            "timechart span=5m cont=f count by s",
            r#"[{"_time":1699999800,"x":1,"y":1},{"_time":1700000400,"x":1,"y":0}]"#,
        );
    }

    #[test]
    fn the_range_of_the_search_is_covered() {
        let mut env = Env::all_time(NOW);
        (env.earliest, env.latest) = (Some(1_699_999_200_000_000), Some(1_700_000_400_000_000));
        let outcome = try_run(rows("[]"), "timechart span=5m count", &[], &env).unwrap();
        assert_eq!(outcome.table.len(), 4);
        (env.earliest, env.latest) = (Some(1_699_999_300_000_000), Some(1_700_000_400_000_000));
        let count = |spl| try_run(rows("[]"), spl, &[], &env).unwrap().table.len();
        assert_eq!(count("timechart span=5m count"), 4);
        assert_eq!(count("timechart span=5m partial=f count"), 3);
        assert_eq!(
            count("timechart span=5m aligntime=earliest partial=f count"),
            3
        );
    }
}
