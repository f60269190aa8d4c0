//! `anomalydetection`: finds rows whose values are rare (`method=histogram`), or numbers beyond the fences
//! (`method=iqr`, which is `outlier`).
//!
//! Search Reference, "anomalydetection": the probability of a row is the product of the frequencies of its values; a
//! value's frequency is its share of the rows, for numbers the share of the bin it lies in. A row is anomalous where the
//! logarithm of its probability lies below the first quartile less one and a half times the range between the quartiles,
//! or below that of `pthresh`. `action=filter` keeps the anomalous rows, `annotate` all, `summary` gives one row about
//! the distribution.
//!
//! The manual does not say how `cutoff=true`, the default, lowers the threshold, nor how wide bins are: what depends on
//! either is uncertain. `method=zscore` is `anomalousvalue`, whose score is not published.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};
use hashbrown::HashMap;

use super::arguments::{Arguments, names};
use super::columns::expand;
use super::doc::{Doc, Example};
use super::outlier::{self, quantile};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

const CUTOFF: &str = "`cutoff=true` of `anomalydetection` is taken as the plain threshold, first quartile − 1.5 · range; Splunk lowers it by a formula that is not published";
const BINS: &str = "numbers of `anomalydetection` are counted in bins of equal width, ⌈log₂ n⌉ + 1 of them; Splunk does not say how it makes them";
const ANNOTATE: &str = "`anomalydetection action=annotate` adds its fields to the anomalous rows only; the manual can be read as adding them to all";
const MISSING: &str = "a field that a row lacks does not count in its probability for `anomalydetection`; the manual does not say so";

pub(super) struct Anomalydetection;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Filter,
    Annotate,
    Summary,
}

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"ann"},{"user":"ann"},{"user":"ann"},{"user":"bob"}]"#,
    "anomalydetection pthresh=0.3 user | table user probable_cause",
    r#"[{"user":"bob","probable_cause":"user"}]"#,
)])
.uncertain(&[ANNOTATE, BINS, CUTOFF, MISSING])
.differences(&["Only `method=histogram` is run."]);

impl Command for Anomalydetection {
    fn name(&self) -> &'static str {
        "anomalydetection"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let method = arguments.text("method").unwrap_or_default();
        match &*method.to_ascii_lowercase() {
            "iqr" => return outlier::stage(syntax),
            "zscore" => {
                arguments.unsupported(
                    syntax.name_at.0,
                    "the score of `anomalydetection method=zscore` is not published, so that the engine can't run it",
                );
            }
            _ => {}
        }
        // They belong to `method=iqr`.
        arguments.refuse(&["param", "uselower", "mark"]);
        let action = match syntax.option("action") {
            None => Action::Filter,
            Some(word) => match word.text.to_ascii_lowercase().as_str() {
                "filter" => Action::Filter,
                "annotate" => Action::Annotate,
                "summary" => Action::Summary,
                _ => {
                    arguments.wrong(word, "`action` takes `filter`, `annotate` or `summary`");
                    Action::Filter
                }
            },
        };
        let op = Histogram {
            fields: match &syntax.body {
                Body::Fields(fields) => names(&fields.names),
                _ => vec!["*".into()],
            },
            action,
            probability: arguments.number("pthresh"),
            cutoff: arguments.flag("cutoff", true),
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

struct Histogram {
    fields: Vec<Arc<str>>,
    action: Action,
    probability: Option<f64>,
    cutoff: bool,
}

/// A field and how frequent its value is in each row; none where the row lacks it.
struct Frequencies {
    field: Arc<str>,
    rows: Vec<Option<f64>>,
    greatest: f64,
}

/// What is known of a row.
struct Judged {
    log_probability: f64,
    /// The field with the rarest value.
    cause: Option<usize>,
}

impl Histogram {
    fn frequencies(&self, table: &Table, cx: &Cx<'_>) -> Result<Vec<Frequencies>, Stop> {
        let mut all = Vec::new();
        for field in expand(&self.fields, table) {
            cx.check()?;
            let Some(column) = table.column(&field) else {
                continue;
            };
            if column.is_all_null() {
                continue;
            }
            if column.iter().any(Value::is_null) {
                cx.uncertain(MISSING);
            }
            let rows = shares(&bins(column, cx));
            let greatest = rows.iter().flatten().copied().fold(0.0, f64::max);
            all.push(Frequencies {
                field,
                rows,
                greatest,
            });
        }
        Ok(all)
    }
}

/// The text of each value, or for a column of numbers the number of its bin.
fn bins(column: &Column, cx: &Cx<'_>) -> Vec<Option<Arc<str>>> {
    let numbers: Option<Vec<Option<f64>>> = column
        .iter()
        .map(|value| match value {
            Value::Null => Some(None),
            value => value.as_number().map(Some),
        })
        .collect();
    let present = numbers.iter().flatten().flatten();
    let (least, greatest) = present.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), n| {
        (low.min(*n), high.max(*n))
    });
    match numbers {
        Some(numbers) if least < greatest => {
            cx.uncertain(BINS);
            #[expect(clippy::cast_precision_loss, reason = "no data has 2^53 rows")]
            let count = (numbers.iter().flatten().count() as f64).log2().ceil() + 1.0;
            let bin = |number: f64| {
                let place = (number - least) / (greatest - least) * count;
                // The greatest number lies in the last bin, not behind it.
                Value::Number(place.floor().min(count - 1.0)).to_text()
            };
            numbers.into_iter().map(|number| number.map(bin)).collect()
        }
        _ => column
            .iter()
            .map(|value| (!value.is_null()).then(|| value.to_text()))
            .collect(),
    }
}

/// Each value's share of all rows.
#[expect(clippy::cast_precision_loss, reason = "no data has 2^53 rows")]
fn shares(values: &[Option<Arc<str>>]) -> Vec<Option<f64>> {
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for value in values.iter().flatten() {
        *counts.entry(value).or_default() += 1;
    }
    let share = |value: &Arc<str>| f64::from(counts[&**value]) / values.len() as f64;
    values
        .iter()
        .map(|value| value.as_ref().map(share))
        .collect()
}

/// The probability of a row, and its rarest value; of equally rare ones the first.
fn judge(fields: &[Frequencies], row: usize) -> Judged {
    let mut judged = Judged {
        log_probability: 0.0,
        cause: None,
    };
    let mut rarest = f64::INFINITY;
    for (place, field) in fields.iter().enumerate() {
        let Some(share) = field.rows[row] else {
            continue;
        };
        judged.log_probability += share.ln();
        if share < rarest {
            rarest = share;
            judged.cause = Some(place);
        }
    }
    judged
}

impl TableOp for Histogram {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let fields = self.frequencies(&table, cx)?;
        let rows: Vec<Judged> = (0..table.len()).map(|row| judge(&fields, row)).collect();
        let mut sorted: Vec<f64> = rows.iter().map(|row| row.log_probability).collect();
        sorted.sort_by(f64::total_cmp);
        let (Some(first), Some(third)) = (quantile(&sorted, 0.25), quantile(&sorted, 0.75)) else {
            return Ok(table);
        };
        let range = third - first;
        let threshold = match self.probability {
            Some(probability) => probability.ln(),
            None => first - 1.5 * range,
        };
        let is_anomalous = |row: usize| rows[row].log_probability < threshold;
        let count = (0..table.len()).filter(|row| is_anomalous(*row)).count();
        // A lower threshold finds fewer: where the plain one finds none, neither does it.
        if self.cutoff && self.probability.is_none() && count > 0 {
            cx.uncertain(CUTOFF);
        }
        if self.action == Action::Summary {
            let number = |name: &'static str, number: f64| (name, Value::number(number));
            #[expect(clippy::cast_precision_loss, reason = "no data has 2^53 rows")]
            return Ok(Table::from_rows([vec![
                number("num_anomalies", count as f64),
                number("thresh", threshold),
                number("max_logprob", sorted.last().copied().unwrap_or_default()),
                number("min_logprob", sorted.first().copied().unwrap_or_default()),
                number("1st_quartile", first),
                number("3rd_quartile", third),
                number("iqr", range),
            ]]));
        }
        if self.action == Action::Annotate && count < table.len() {
            cx.uncertain(ANNOTATE);
        }
        let mut table = table;
        for (name, of) in [
            (
                "log_event_prob",
                &(|row: &Judged, _: usize| Value::number(row.log_probability))
                    as &dyn Fn(&Judged, usize) -> Value,
            ),
            ("probable_cause", &|row, _| {
                row.cause.map_or(Value::Null, |cause| {
                    Value::Text(fields[cause].field.clone())
                })
            }),
            ("probable_cause_freq", &|row, place| {
                let share = row.cause.and_then(|cause| fields[cause].rows[place]);
                share.map_or(Value::Null, Value::number)
            }),
            ("max_freq", &|row, _| {
                row.cause
                    .map_or(Value::Null, |cause| Value::number(fields[cause].greatest))
            }),
        ] {
            let column = rows.iter().enumerate().map(|(place, row)| {
                if is_anomalous(place) {
                    of(row, place)
                } else {
                    Value::Null
                }
            });
            table.set(name, column.collect());
        }
        Ok(match self.action {
            Action::Annotate => table,
            _ => table.filter(is_anomalous),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes, open_points, rows, run};
    use super::*;

    /// Nineteen rows of `a`, and one of `b`.
    fn common_and_rare() -> String {
        let row = |value: &str| format!(r#"{{"user":"{value}","host":"h"}}"#);
        let mut all = vec![row("a"); 19];
        all.push(row("b"));
        format!("[{}]", all.join(","))
    }

    #[test]
    fn a_rare_value_is_found_with_its_cause() {
        let input = common_and_rare();
        let found = run(rows(&input), "anomalydetection cutoff=false").table;
        assert_eq!(found.len(), 1);
        assert_eq!(found.value(0, "user"), &Value::from("b"));
        assert_eq!(found.value(0, "probable_cause"), &Value::from("user"));
        assert_eq!(found.value(0, "probable_cause_freq"), &Value::Number(0.05));
        assert_eq!(found.value(0, "max_freq"), &Value::Number(0.95));
        assert_eq!(
            found.value(0, "log_event_prob"),
            &Value::Number(0.05_f64.ln())
        );
        check(
            &input,
            "anomalydetection action=annotate user | search probable_cause=* | fields user",
            r#"[{"user":"b"}]"#,
        );
        check(
            &input,
            "anomalydetection action=summary cutoff=f | fields num_anomalies, iqr",
            r#"[{"num_anomalies":1,"iqr":0}]"#,
        );
        let kept = |spl: &str| run(rows(&input), spl).table.len();
        assert_eq!(kept("anomalydetection action=annotate user"), 20);
        assert_eq!(kept("anomalydetection pthresh=0.01 user"), 0);
        assert_eq!(kept("anomalydetection pthresh=0.06 user"), 1);
    }

    #[test]
    fn what_the_manual_leaves_open_is_told_where_it_decides() {
        let input = common_and_rare();
        for (input, spl, count) in [
            (&*input, "anomalydetection user", 1),
            (&*input, "anomalydetection cutoff=f user", 0),
            (&*input, "anomalydetection host", 0),
            (&*input, "anomalydetection cutoff=f action=annotate user", 1),
            (r#"[{"n":1},{"n":2}]"#, "anomalydetection cutoff=f n", 1),
            (r#"[{"n":1},{"n":1}]"#, "anomalydetection cutoff=f n", 0),
            (r#"[{"a":"1"},{"b":"x"}]"#, "anomalydetection cutoff=f b", 1),
        ] {
            assert_eq!(open_points(input, spl, &[]), count, "{spl}");
        }
    }

    #[test]
    fn other_methods() {
        let input = r#"[{"n":"1"},{"n":"2"},{"n":"3"},{"n":"4"},{"n":"100"}]"#;
        check(
            input,
            "anomalydetection method=iqr action=remove n",
            r#"[{"n":"1"},{"n":"2"},{"n":"3"},{"n":"4"}]"#,
        );
        assert_eq!(mistakes("anomalydetection method=zscore"), ["DF301"]);
        assert_eq!(mistakes("anomalydetection action=remove"), ["DF307"]);
        assert_eq!(mistakes("anomalydetection param=2"), ["DF301"]);
    }
}
