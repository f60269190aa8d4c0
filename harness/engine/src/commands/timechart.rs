//! `timechart`: aggregations for buckets of time, with a column for each value of a split field.
//!
//! Buckets without rows are filled in over the time range of the search, or that of the rows when the search covers all
//! time; counts are then 0 (Search Reference, "timechart": `cont`, `fixedrange`). Without `span`, the width is the
//! least of Splunk's that gives at most 100 buckets.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::aggregation::AggregateSpec;
use super::arguments::Arguments;
use super::buckets::{TimeSpan, time_span_for};
use super::charting::{Series, chart, with_split_options};
use super::doc::{Doc, Example};
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
        if let Some(tail) = &stats.tail {
            arguments.unsupported(
                tail.at.0,
                "the engine does not follow the `where` of `timechart`",
            );
        }
        if let Some(second) = stats.by.get(1) {
            arguments.wrong(&second.field, "`timechart` splits by one field");
        }
        arguments.refuse(&["aligntime"]);
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
            specs: AggregateSpec::all(&stats.aggregates, &mut arguments),
            series: Series::new(syntax, &mut arguments),
            fill: arguments.flag("cont", true),
            whole_range: arguments.flag("fixedrange", true),
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

struct Charted {
    specs: Vec<AggregateSpec>,
    split: Option<Arc<str>>,
    series: Series,
    span: Option<TimeSpan>,
    least: Option<TimeSpan>,
    bins: usize,
    fill: bool,
    whole_range: bool,
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
        let x = span.floor_column(&times, &cx.env.zone);
        let name: Arc<str> = "_time".into();
        let split = self
            .split
            .as_ref()
            .map(|field| (field, table.column_or_null(field)));
        let split = split.as_ref().map(|(field, column)| (*field, column));
        let mut stop = Ok(());
        let order = |rows: Vec<Value>| {
            if !self.fill {
                return rows;
            }
            let filled = fill(span, from, to, cx);
            filled.unwrap_or_else(|error| {
                stop = Err(error);
                rows
            })
        };
        let charted = chart(
            &table,
            &self.specs,
            (&name, &x),
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
    }
}
