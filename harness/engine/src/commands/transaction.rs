//! `transaction`: groups events that belong together.
//!
//! Search Reference, "transaction". Events come newest first, so that an event with `endswith` opens a transaction and
//! one with `startswith` completes it. Unfinished ones are kept only with `keepevicted=true` when a start or an end is
//! asked for; without either, all are kept, and `closed_txn` is 1 for those that a limit closed. `maxspan` is strict.
//! Values are unique and ascend as text, or come in the order of time with `mvlist`.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};
use dryfire_spl::ast::{Body, Command as Syntax, Filter};

use super::arguments::{Arguments, names, truth};
use super::buckets::TimeSpan;
use super::condition::Condition;
use super::doc::{Doc, Example};
use super::merging::{Kept, Lists, Merged};
use super::{Command, Expression, Lower};
use crate::bits::Bits;
use crate::column::Column;
use crate::env::Cx;
use crate::limits::reached;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Transaction;

const UNBOUNDED: &str = "transaction without startswith, endswith, maxspan and maxpause puts all events of the same values together; how Splunk then ends a transaction is only shown by example";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"_time":"30","user":"bob","act":"out"},{"_time":"10","user":"bob","act":"in"}]"#,
    "transaction user startswith=(act=in) endswith=(act=out) | table user act duration eventcount",
    r#"[{"user":"bob","act":["in","out"],"duration":"20","eventcount":"2"}]"#,
)])
.uncertain(&[UNBOUNDED]);

impl Command for Transaction {
    fn name(&self) -> &'static str {
        "transaction"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Transaction(body) = &syntax.body else {
            return Err(arguments.missing("fields or limits"));
        };
        arguments.refuse(&["name"]);
        arguments.refuse_switch("keeporphans");
        let (mut start, mut end) = (None, None);
        for (which, filter) in &body.filters {
            let mark = match filter {
                Filter::Search(search) => Condition::new(search).map(Mark::Search),
                Filter::Eval(expr) => Expression::new(expr).map(Mark::Eval),
            };
            match mark {
                Ok(mark) if which == "startswith" => start = Some(mark),
                Ok(mark) => end = Some(mark),
                Err(errors) => arguments.extend(errors),
            }
        }
        let mut span_of = |name: &str| {
            let word = syntax.option(name).filter(|word| word.text != "-1")?;
            let seconds = dryfire_plan::parse_number(&word.text);
            let seconds = seconds.or_else(|| TimeSpan::parse(&word.text).map(TimeSpan::seconds));
            if seconds.is_none() {
                arguments.wrong(word, &format!("`{name}` takes a span of time such as `5m`"));
            }
            seconds
        };
        let (max_span, max_pause) = (span_of("maxspan"), span_of("maxpause"));
        let lists = match arguments.text("mvlist") {
            None => Lists::Unique,
            Some(text) => match truth(&text) {
                Some(true) => Lists::All,
                Some(false) => Lists::Unique,
                None => Lists::These(
                    text.split([',', ' '])
                        .filter(|name| !name.is_empty())
                        .map(Arc::from)
                        .collect(),
                ),
            },
        };
        let mut fields = names(&body.fields);
        let listed = arguments.text("fields").unwrap_or_default();
        let listed = listed.split([',', ' ']).filter(|name| !name.is_empty());
        fields.extend(listed.map(Arc::from));
        let op = Group {
            fields,
            start,
            end,
            max_span,
            max_pause,
            max_events: arguments.count("maxevents").unwrap_or(1_000),
            max_open: arguments.count("maxopentxn").filter(|count| *count > 0),
            max_open_events: arguments.count("maxopenevents").filter(|count| *count > 0),
            at: syntax.name_at.0,
            connected: arguments.flag("connected", true),
            keep_evicted: arguments.flag("keepevicted", false),
            lists,
            raw_lists: arguments.flag("mvraw", false),
            null: arguments.text("nullstr").unwrap_or_else(|| "NULL".into()),
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

/// What marks a start or an end.
enum Mark {
    Search(Condition),
    Eval(Expression),
}

impl Mark {
    fn truths(mark: Option<&Mark>, table: &Table, cx: &Cx<'_>) -> Result<Bits, Stop> {
        match mark {
            None => Ok(Bits::all(table.len(), false)),
            Some(Mark::Search(condition)) => condition.truths(table, cx),
            Some(Mark::Eval(expression)) => expression.truths(table, cx),
        }
    }
}

struct Group {
    fields: Vec<Arc<str>>,
    start: Option<Mark>,
    end: Option<Mark>,
    max_span: Option<f64>,
    max_pause: Option<f64>,
    max_events: usize,
    max_open: Option<usize>,
    max_open_events: Option<usize>,
    at: Span,
    connected: bool,
    keep_evicted: bool,
    lists: Lists,
    raw_lists: bool,
    null: Arc<str>,
}

/// A transaction that can still grow.
struct Open {
    rows: Vec<u32>,
    newest: f64,
    oldest: f64,
    /// The values of the key fields so far.
    values: Vec<Vec<Value>>,
}

impl TableOp for Group {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let starts = Mark::truths(self.start.as_ref(), &table, cx)?;
        let ends = Mark::truths(self.end.as_ref(), &table, cx)?;
        let times: Vec<f64> = table
            .column_or_null("_time")
            .iter()
            .map(|time| time.as_number().unwrap_or(0.0))
            .collect();
        let keys: Vec<Column> = self
            .fields
            .iter()
            .map(|field| table.column_or_null(field))
            .collect();
        let unbounded = self.start.is_none() && self.end.is_none();
        if unbounded && self.max_span.is_none() && self.max_pause.is_none() && !table.is_empty() {
            cx.uncertain(UNBOUNDED);
        }
        let mut open: Vec<Open> = Vec::new();
        let mut closed: Vec<Kept> = Vec::new();
        for (row, time) in times.iter().copied().enumerate() {
            cx.check()?;
            self.close_outgrown(&mut open, time, &mut closed);
            let values: Vec<Value> = keys.iter().map(|column| column.get(row).clone()).collect();
            let fit = open.iter().rposition(|one| self.fits(one, &values));
            let (is_start, is_end) = (starts.get(row), ends.get(row));
            let place = match fit {
                // A new end before the start was found: the older attempt stays unfinished.
                Some(place) if is_end && self.end.is_some() && !is_start => {
                    self.keep(
                        open.remove(place),
                        self.start.is_none(),
                        self.start.is_some(),
                        &mut closed,
                    );
                    None
                }
                fit => fit,
            };
            let place = match place {
                Some(place) => place,
                None if self.end.is_some() && !is_end => {
                    // Nothing that ended is open: the event belongs to no transaction, or starts one without an end.
                    if is_start || self.start.is_none() {
                        self.keep(Open::new(row, time, &values), false, true, &mut closed);
                    }
                    continue;
                }
                None if !self.fields.is_empty() && values.iter().all(Value::is_null) => continue,
                None => {
                    open.push(Open::empty(time, self.fields.len()));
                    open.len() - 1
                }
            };
            open[place].add(row, time, &values);
            let is_full = open[place].rows.len() >= self.max_events && self.max_events > 0;
            if is_start || is_full {
                self.keep(open.remove(place), true, false, &mut closed);
            }
            self.evict(&mut open, &mut closed, cx);
        }
        for one in open {
            self.keep(one, false, self.start.is_some(), &mut closed);
        }
        let merged = Merged {
            fields: &self.fields,
            lists: &self.lists,
            raw_lists: self.raw_lists,
            null: &self.null,
        };
        merged.table(&table, &times, closed, cx)
    }
}

impl Group {
    /// Closes what the next event, at that time, is too far away from.
    fn close_outgrown(&self, open: &mut Vec<Open>, time: f64, closed: &mut Vec<Kept>) {
        let mut place = 0;
        while place < open.len() {
            let one = &open[place];
            let too_long = self.max_span.is_some_and(|most| one.newest - time >= most);
            let too_late = self.max_pause.is_some_and(|most| one.oldest - time > most);
            if too_long || too_late {
                let one = open.remove(place);
                self.keep(one, self.start.is_none(), self.start.is_some(), closed);
            } else {
                place += 1;
            }
        }
    }

    /// Gives up what was used least lately while too much is open.
    fn evict(&self, open: &mut Vec<Open>, closed: &mut Vec<Kept>, cx: &Cx<'_>) {
        let limits = &cx.env.limits;
        let transactions = self.max_open.unwrap_or(limits.open_transactions);
        let events = self.max_open_events.unwrap_or(limits.open_events);
        let mut held: usize = open.iter().map(|one| one.rows.len()).sum();
        while open.len() > transactions || held > events && open.len() > 1 {
            let (setting, asked) = if open.len() > transactions {
                ("[transactions] maxopentxn", self.max_open)
            } else {
                ("[transactions] maxopenevents", self.max_open_events)
            };
            if asked.is_none() {
                let message = "transactions were given up because too much was open at once";
                cx.note(reached(message.to_owned(), setting, self.at));
            }
            let oldest = (0..open.len()).min_by_key(|place| open[*place].rows.last().copied());
            let one = open.remove(oldest.unwrap_or(0));
            held -= one.rows.len();
            self.keep(one, false, true, closed);
        }
    }

    /// Whether an event can join: no key field may differ, and unless `connected=false` one must be shared.
    fn fits(&self, one: &Open, values: &[Value]) -> bool {
        let mut shared = self.fields.is_empty();
        for (known, value) in one.values.iter().zip(values) {
            if known.is_empty() || value.is_null() {
                continue;
            }
            if !value.each().iter().any(|value| known.contains(value)) {
                return false;
            }
            shared = true;
        }
        shared || !self.connected && !values.iter().all(Value::is_null)
    }

    /// Puts a transaction out. An evicted one lacks the start that was asked for, or its end.
    fn keep(&self, one: Open, complete: bool, evicted: bool, closed: &mut Vec<Kept>) {
        if !evicted || self.keep_evicted {
            closed.push(Kept {
                rows: one.rows,
                complete,
            });
        }
    }
}

impl Open {
    fn empty(time: f64, fields: usize) -> Self {
        Self {
            rows: Vec::new(),
            newest: time,
            oldest: time,
            values: vec![Vec::new(); fields],
        }
    }

    fn new(row: usize, time: f64, values: &[Value]) -> Self {
        let mut one = Self::empty(time, values.len());
        one.add(row, time, values);
        one
    }

    fn add(&mut self, row: usize, time: f64, values: &[Value]) {
        self.rows.extend(u32::try_from(row));
        self.newest = self.newest.max(time);
        self.oldest = self.oldest.min(time);
        for (known, value) in self.values.iter_mut().zip(values) {
            for single in value.each() {
                if !known.contains(single) {
                    known.push(single.clone());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn limits_close_transactions() {
        // The manual's example: ten events, ten seconds apart, make five transactions.
        let events: Vec<String> = (0..10)
            .rev()
            .map(|n| format!(r#"{{"_time":{},"user":"u"}}"#, 1000 + n * 10))
            .collect();
        check(
            &format!("[{}]", events.join(",")),
            "transaction user maxspan=11s | table _time eventcount closed_txn duration",
            r#"[{"_time":1080,"eventcount":2,"closed_txn":1,"duration":10},{"_time":1060,"eventcount":2,"closed_txn":1,"duration":10},
                {"_time":1040,"eventcount":2,"closed_txn":1,"duration":10},{"_time":1020,"eventcount":2,"closed_txn":1,"duration":10},
                {"_time":1000,"eventcount":2,"closed_txn":0,"duration":10}]"#,
        );
    }

    const INPUT: &str = r#"[{"_time":50,"u":"a","e":"out","_raw":"5"},{"_time":40,"u":"b","e":"out","_raw":"4"},
        {"_time":30,"u":"a","e":"x","_raw":"3"},{"_time":20,"u":"a","e":"in","_raw":"2"},{"_time":10,"u":"c","e":"in","_raw":"1"}]"#;

    #[test]
    fn starts_and_ends_make_pairs() {
        check(
            INPUT,
            "transaction u startsWith=(e=in) endswith=(e=out) | fields u e duration | fields - _time",
            r#"[{"u":"a","e":["in","out","x"],"duration":30,"_raw":"2\n3\n5"}]"#,
        );
        check(
            INPUT,
            "transaction u startswith=(e=in) endswith=(e=out) keepevicted=true | stats count",
            r#"[{"count":3}]"#,
        );
        check(
            INPUT,
            "transaction u startswith=(e=in) endswith=(e=out) maxspan=20s | stats count",
            r#"[{"count":0}]"#,
        );
    }

    #[test]
    fn values_can_keep_their_order() {
        check(
            INPUT,
            r#"transaction u mvlist=e endswith=eval(e="out") startswith="2" | table e"#,
            r#"[{"e":["in","x","out"]}]"#,
        );
    }
}
