//! `streamstats`: adds to each row the aggregations over the rows up to it.
//!
//! Search Reference, "streamstats": `window` is a number of rows (0: all), over all rows together unless
//! `global=false`; `current=false` leaves the row itself out; resets clear everything. A row that lacks a group field
//! is passed over. `time_window` takes rows less than so long apart from the row (the manual leaves the edge open).

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::aggregation::{AggregateSpec, Running};
use super::arguments::Arguments;
use super::buckets::TimeSpan;
use super::doc::{Doc, Example};
use super::eventstats::first_groups;
use super::{Command, Expression, Lower};
use crate::aggregates::Accumulator;
use crate::column::{Column, value_bytes};
use crate::env::Cx;
use crate::group::Groups;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Streamstats;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob"},{"user":"amy"},{"user":"bob"}]"#,
    "streamstats count AS nth by user",
    r#"[{"user":"bob","nth":"1"},{"user":"amy","nth":"1"},{"user":"bob","nth":"2"}]"#,
)]);

impl Command for Streamstats {
    fn name(&self) -> &'static str {
        "streamstats"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Stats(stats) = &syntax.body else {
            return Err(arguments.missing("an aggregation"));
        };
        arguments.refuse_switch("allnum");
        let time_window = syntax.option("time_window").and_then(|word| {
            let span = TimeSpan::parse(&word.text);
            if span.is_none() {
                arguments.wrong(word, "`time_window` takes a span of time such as `5m`");
            }
            span.map(TimeSpan::seconds)
        });
        let op = Stream {
            specs: AggregateSpec::all(&stats.aggregates, &mut arguments),
            by: stats
                .by
                .iter()
                .map(|by| by.field.text.as_str().into())
                .collect(),
            window: arguments.count("window").filter(|window| *window > 0),
            time_window,
            current: arguments.flag("current", true),
            global: arguments.flag("global", true),
            reset_on_change: arguments.flag("reset_on_change", false),
            reset_before: arguments.condition("reset_before"),
            reset_after: arguments.condition("reset_after"),
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

struct Stream {
    specs: Vec<AggregateSpec>,
    by: Vec<Arc<str>>,
    window: Option<usize>,
    time_window: Option<f64>,
    current: bool,
    global: bool,
    reset_on_change: bool,
    reset_before: Option<Expression>,
    reset_after: Option<Expression>,
}

impl TableOp for Stream {
    fn apply(&self, mut table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let names: Vec<Arc<str>>;
        let mut cells: Vec<Vec<Value>>;
        {
            let by: Vec<&str> = self.by.iter().map(|field| &**field).collect();
            let running = Running::new(&self.specs, &by, &table, cx)?;
            names = running.names().cloned().collect();
            let before: Vec<Column> = names
                .iter()
                .map(|name| table.column_or_null(name))
                .collect();
            cells = vec![Vec::with_capacity(table.len()); names.len()];
            let mut window = Window::new(self, &running, &table, cx)?;
            // Each row may hold all values of the rows before it.
            let mut bytes = 0;
            for row in 0..table.len() {
                cx.charge(row, bytes)?;
                let values = window.next(row, &names, cx);
                let kept = before.iter().map(|column| column.get(row).clone());
                let values = values.unwrap_or_else(|| kept.collect());
                bytes += values.iter().map(value_bytes).sum::<usize>();
                cells
                    .iter_mut()
                    .zip(values)
                    .for_each(|(cells, value)| cells.push(value));
            }
        }
        for (name, cells) in names.into_iter().zip(cells) {
            table.set(name, cells.into_iter().collect());
        }
        cx.charge(table.len(), table.bytes())?;
        Ok(table)
    }
}

/// The rows that count for the next one.
struct Window<'a> {
    op: &'a Stream,
    running: &'a Running<'a>,
    table: &'a Table,
    groups: usize,
    group_of: Vec<Option<u32>>,
    times: Vec<Option<f64>>,
    /// The states so far, where the window has no end.
    states: Vec<Box<dyn Accumulator>>,
    /// Rows from the last reset on, and those of each group.
    rows: Vec<u32>,
    rows_of: Vec<Vec<u32>>,
    last: Option<u32>,
}

impl<'a> Window<'a> {
    fn new(
        op: &'a Stream,
        running: &'a Running<'a>,
        table: &'a Table,
        cx: &Cx<'_>,
    ) -> Result<Self, Stop> {
        let keys: Vec<Column> = op
            .by
            .iter()
            .map(|field| table.column_or_null(field))
            .collect();
        let mut groups = Groups::default();
        let pairs = groups.assign(&keys, table.len(), cx)?;
        let group_of = first_groups(&pairs, table.len());
        let times = match op.time_window {
            Some(_) => table
                .column_or_null("_time")
                .iter()
                .map(Value::as_number)
                .collect(),
            None => Vec::new(),
        };
        let groups = groups.len();
        let states = running.start(cx);
        Ok(Self {
            op,
            running,
            table,
            groups,
            group_of,
            times,
            states,
            rows: Vec::new(),
            rows_of: vec![Vec::new(); groups],
            last: None,
        })
    }

    /// The results for a row; none where it lacks a group field.
    fn next(&mut self, row: usize, names: &[Arc<str>], cx: &Cx<'_>) -> Option<Vec<Value>> {
        let group = self.group_of[row]?;
        let place = u32::try_from(row).ok()?;
        let changed = self.op.reset_on_change && self.last.is_some_and(|last| last != group);
        let before = &self.op.reset_before;
        if changed
            || before
                .as_ref()
                .is_some_and(|reset| reset.holds(|field| self.table.value(row, field), cx))
        {
            self.reset(cx);
        }
        self.last = Some(group);
        let is_open = self.op.window.is_none() && self.op.time_window.is_none();
        if self.op.current {
            self.take(place, group, is_open, cx);
        }
        let values: Vec<Value> = if is_open {
            self.states
                .iter_mut()
                .map(|state| state.finish(group as usize, cx))
                .collect()
        } else {
            self.within(row, group, cx)
        };
        if !self.op.current {
            self.take(place, group, is_open, cx);
        }
        if let Some(reset) = &self.op.reset_after {
            let value = |field: &str| match names.iter().position(|name| &**name == field) {
                Some(place) => &values[place],
                None => self.table.value(row, field),
            };
            if reset.holds(value, cx) {
                self.reset(cx);
            }
        }
        Some(values)
    }

    fn take(&mut self, row: u32, group: u32, is_open: bool, cx: &Cx<'_>) {
        if is_open {
            self.running
                .push(&mut self.states, &[(row, group)], self.groups, cx);
        } else {
            self.rows.push(row);
            self.rows_of[group as usize].push(row);
        }
    }

    /// The results over a window that ends.
    fn within(&self, row: usize, group: u32, cx: &Cx<'_>) -> Vec<Value> {
        let rows = if self.op.global {
            &self.rows
        } else {
            &self.rows_of[group as usize]
        };
        let start = rows
            .len()
            .saturating_sub(self.op.window.unwrap_or(rows.len()));
        let near = |other: &u32| match self.op.time_window {
            Some(width) => match (self.times[row], self.times[*other as usize]) {
                (Some(a), Some(b)) => (a - b).abs() < width,
                _ => false,
            },
            None => true,
        };
        let own = |other: &u32| self.group_of[*other as usize] == Some(group);
        let pairs: Vec<(u32, u32)> = rows[start..]
            .iter()
            .filter(|other| own(other) && near(other))
            .map(|other| (*other, 0))
            .collect();
        let mut states = self.running.start(cx);
        self.running.push(&mut states, &pairs, 1, cx);
        states.iter_mut().map(|state| state.finish(0, cx)).collect()
    }

    fn reset(&mut self, cx: &Cx<'_>) {
        self.states = self.running.start(cx);
        self.rows.clear();
        self.rows_of.iter_mut().for_each(Vec::clear);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    const INPUT: &str =
        r#"[{"u":"a","n":"1"},{"u":"b","n":"2"},{"u":"a","n":"3"},{"n":"9"},{"u":"a","n":"4"}]"#;

    fn sums(spl: &str, expected: &str) {
        check(INPUT, &format!("streamstats {spl} | fields s"), expected);
    }

    #[test]
    fn results_run_along() {
        sums(
            "sum(n) AS s",
            r#"[{"s":1},{"s":3},{"s":6},{"s":15},{"s":19}]"#,
        );
        sums(
            "sum(n) AS s by u",
            r#"[{"s":1},{"s":2},{"s":4},{},{"s":8}]"#,
        );
        sums(
            "current=f sum(n) AS s",
            r#"[{},{"s":1},{"s":3},{"s":6},{"s":15}]"#,
        );
    }

    #[test]
    fn windows_end() {
        sums(
            "window=2 sum(n) AS s",
            r#"[{"s":1},{"s":3},{"s":5},{"s":12},{"s":13}]"#,
        );
        sums(
            "window=2 sum(n) AS s by u",
            r#"[{"s":1},{"s":2},{"s":3},{},{"s":7}]"#,
        );
        sums(
            "window=2 global=f sum(n) AS s by u",
            r#"[{"s":1},{"s":2},{"s":4},{},{"s":7}]"#,
        );
    }

    #[test]
    fn resets_clear_everything() {
        let input = r#"[{"s":"D"},{"s":"D"},{"s":"N"},{"s":"D"}]"#;
        check(
            input,
            "streamstats count reset_on_change=true by s | fields count",
            r#"[{"count":1},{"count":2},{"count":1},{"count":1}]"#,
        );
        check(
            input,
            r#"streamstats reset_after="(count>=2)" count | fields count"#,
            r#"[{"count":1},{"count":2},{"count":1},{"count":2}]"#,
        );
        check(
            input,
            r#"streamstats reset_before="(s=\"N\")" count | fields count"#,
            r#"[{"count":1},{"count":2},{"count":1},{"count":2}]"#,
        );
    }
}
