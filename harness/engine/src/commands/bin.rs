//! `bin` (`bucket`): puts times and numbers into buckets.
//!
//! Times become the beginning of their bucket, numbers the text of their range (`10-20`). A span with a unit of time on
//! another field than `_time` rounds its number down to a multiple of so many seconds. Without `span`, the width
//! follows from the values there are; how Splunk then picks the width of numbers is not documented.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};
use dryfire_spl::ast::{Body, Command as Syntax, Word};

use super::arguments::Arguments;
use super::buckets::{TimeSpan, number_range, number_width_for, time_span_for};
use super::columns::map_singles;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::{Cx, Env};
use crate::limits::reached;
use crate::stage::{Effect, MapOp, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::time::{Relative, from_seconds};
use crate::value::Value;

pub(super) struct Bin;

const WIDTH: &str = "bin without `span` takes the least round width that gives no more than `bins` buckets; how Splunk chooses is not documented";

const DOC: Doc = Doc::new(&[
    Example::over(
        r#"[{"_time":"1700000003"},{"_time":"1700000399"}]"#,
        "bin _time span=5m",
        r#"[{"_time":"1699999800"},{"_time":"1700000100"}]"#,
    ),
    Example::over(
        r#"[{"size":"17"},{"size":"3"}]"#,
        "bin size span=10",
        r#"[{"size":"10-20"},{"size":"0-10"}]"#,
    ),
])
.uncertain(&[WIDTH]);

impl Command for Bin {
    fn name(&self) -> &'static str {
        "bin"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Field(field) = &syntax.body else {
            return Err(arguments.missing("a field"));
        };
        let source: Arc<str> = field.field.text.as_str().into();
        let target = field
            .name
            .as_ref()
            .map_or_else(|| source.clone(), |name| name.text.as_str().into());
        let align = Align::of(syntax, &mut arguments);
        if let Some(word) = syntax.option("span") {
            let Some(width) = Width::of(word, &mut arguments) else {
                return arguments.finish_some(None);
            };
            return arguments.finish(Stage::Map(Arc::new(Fixed {
                source,
                target,
                width,
                align,
            })));
        }
        let least = syntax.option("minspan").and_then(|word| {
            let least = Width::parse(&word.text);
            if least.is_none() {
                arguments.wrong(
                    word,
                    "`minspan` takes a number or a span of time such as `5m`",
                );
            }
            least
        });
        let op = Fitted {
            source,
            target,
            bins: arguments.count("bins").unwrap_or(100),
            at: syntax.name_at.0,
            least,
            range: (arguments.number("start"), arguments.number("end")),
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

#[derive(Clone, Copy)]
pub(super) enum Width {
    Time(TimeSpan),
    Number(f64),
    /// Each bucket is `base` times as wide as the one before; one begins at `coefficient`.
    Log {
        coefficient: f64,
        base: f64,
    },
}

impl Width {
    /// The width that an option names; a mistake is reported.
    pub(super) fn of(word: &Word, arguments: &mut Arguments<'_>) -> Option<Self> {
        let width = Self::parse(&word.text);
        if width.is_none() {
            arguments.wrong(word, "`span` takes a number or a span of time such as `5m`");
        }
        width
    }

    fn parse(text: &str) -> Option<Self> {
        match dryfire_plan::parse_number(text) {
            Some(number) => (number > 0.0).then_some(Width::Number(number)),
            None => logarithmic(text).or_else(|| TimeSpan::parse(text).map(Width::Time)),
        }
    }

    /// The width that gives no more than so many buckets; `range` stands for the least and the greatest number.
    pub(super) fn fitting(
        field: &str,
        column: &Column,
        range: (Option<f64>, Option<f64>),
        bins: usize,
        least: Option<Width>,
        cx: &Cx<'_>,
    ) -> Option<Self> {
        let numbers = || {
            column
                .iter()
                .flat_map(Value::each)
                .filter_map(Value::as_number)
        };
        let low = range.0.or_else(|| numbers().reduce(f64::min))?;
        let high = range.1.or_else(|| numbers().reduce(f64::max))?;
        if field == "_time" {
            let least = match least {
                Some(Width::Time(span)) => Some(span),
                _ => None,
            };
            return Some(Width::Time(time_span_for(high - low, bins, least)));
        }
        cx.uncertain(WIDTH);
        let least = match least {
            Some(Width::Number(least)) => least,
            _ => 0.0,
        };
        Some(Width::Number(number_width_for(high - low, bins).max(least)))
    }

    /// The values of a field in their buckets.
    pub(super) fn bucket(
        self,
        field: &str,
        column: &Column,
        align: Option<i64>,
        cx: &Cx<'_>,
    ) -> Column {
        match self {
            Width::Time(span) if field == "_time" => align
                .map_or(span, |align| span.aligned(align))
                .floor_column(column, &cx.env.zone),
            Width::Log { coefficient, base } => {
                map_singles(column, |value| match value.as_number() {
                    Some(number) if number > 0.0 => log_range(number, coefficient, base),
                    Some(_) => {
                        cx.uncertain("a number that is not positive lies in no logarithmic bucket and stays as it is; the manual does not say");
                        value.clone()
                    }
                    None => value.clone(),
                })
            }
            Width::Number(seconds) if field == "_time" => floors(column, seconds),
            Width::Time(span) => floors(column, span.seconds()),
            Width::Number(width) => ranges(column, width),
        }
    }
}

/// `[<coefficient>]log[<base>]`, as in `2log5`: the coefficient is at least 1 and less than the base.
fn logarithmic(text: &str) -> Option<Width> {
    let (coefficient, base) = text.split_once("log")?;
    let number = |text: &str, default: f64| match text {
        "" => Some(default),
        text => dryfire_plan::parse_number(text),
    };
    let (coefficient, base) = (number(coefficient, 1.0)?, number(base, 10.0)?);
    (1.0 <= coefficient && coefficient < base).then_some(Width::Log { coefficient, base })
}

/// The logarithmic bucket of a positive number.
fn log_range(number: f64, coefficient: f64, base: f64) -> Value {
    let mut power = ((number / coefficient).ln() / base.ln()).floor();
    // The logarithm of a power of the base may come out a little less than whole.
    while coefficient * base.powf(power + 1.0) <= number {
        power += 1.0;
    }
    let bound = |power: f64| Value::number(coefficient * base.powf(power)).to_text();
    Value::text(format!("{}-{}", bound(power), bound(power + 1.0)))
}

/// Where buckets of time begin.
pub(super) enum Align {
    Earliest,
    Latest,
    At(f64),
    Relative(Relative),
}

impl Align {
    /// The option; a mistake is reported.
    pub(super) fn of(syntax: &Syntax, arguments: &mut Arguments<'_>) -> Option<Self> {
        let word = syntax.option("aligntime")?;
        let align = Self::parse(&word.text);
        if align.is_none() {
            arguments.wrong(word, "`aligntime` takes `earliest`, `latest` or a time");
        }
        align
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "earliest" => Some(Align::Earliest),
            "latest" => Some(Align::Latest),
            _ => dryfire_plan::parse_number(text)
                .map(Align::At)
                .or_else(|| Relative::parse(text).map(Align::Relative)),
        }
    }

    pub(super) fn micros(&self, env: &Env) -> Option<i64> {
        match self {
            Align::Earliest => env.earliest,
            Align::Latest => env.latest,
            Align::At(seconds) => from_seconds(*seconds),
            Align::Relative(relative) => relative.apply(env.now, &env.zone),
        }
    }
}

struct Fixed {
    source: Arc<str>,
    target: Arc<str>,
    width: Width,
    align: Option<Align>,
}

impl MapOp for Fixed {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let column = table.column_or_null(&self.source);
        let align = self.align.as_ref().and_then(|align| align.micros(cx.env));
        table.set(
            self.target.clone(),
            self.width.bucket(&self.source, &column, align, cx),
        );
        Ok(table)
    }
}

fn floors(column: &Column, width: f64) -> Column {
    map_singles(column, |value| match value.as_number() {
        Some(number) => Value::number((number / width).floor() * width),
        None => value.clone(),
    })
}

fn ranges(column: &Column, width: f64) -> Column {
    map_singles(column, |value| {
        value
            .as_number()
            .map_or_else(|| value.clone(), |number| number_range(number, width))
    })
}

/// The width follows from the values.
struct Fitted {
    source: Arc<str>,
    target: Arc<str>,
    bins: usize,
    at: Span,
    least: Option<Width>,
    range: (Option<f64>, Option<f64>),
}

impl TableOp for Fitted {
    fn apply(&self, mut table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let column = table.column_or_null(&self.source);
        let most = match cx.env.limits.bins {
            0 => usize::MAX,
            most => most,
        };
        if self.bins > most {
            let message = format!("`bin` made at most {most} buckets, not {}", self.bins);
            cx.note(reached(message, "[discretize] maxbins", self.at));
        }
        let bins = self.bins.min(most);
        let width = Width::fitting(&self.source, &column, self.range, bins, self.least, cx);
        let Some(width) = width else {
            return Ok(table);
        };
        table.set(
            self.target.clone(),
            width.bucket(&self.source, &column, None, cx),
        );
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn times_go_to_the_beginning_of_their_bucket() {
        let input = r#"[{"_time":1700000003,"t":"1700000003"},{"t":"x"}]"#;
        check(
            input,
            "bin span=5m _time",
            r#"[{"_time":1699999800,"t":"1700000003"},{"t":"x"}]"#,
        );
        check(
            input,
            "bucket t span=1h | fields t | fields - _time",
            r#"[{"t":1699999200},{"t":"x"}]"#,
        );
        check(
            input,
            "bin _time as b span=10 | fields b | fields - _time",
            r#"[{"b":1700000000},{}]"#,
        );
        check(
            input,
            "bin _time span=1h aligntime=1700000000 | fields - t",
            r#"[{"_time":1700000000},{}]"#,
        );
    }

    #[test]
    fn numbers_become_ranges() {
        check(
            r#"[{"n":"17"},{"n":"3.5"}]"#,
            "bin n span=10",
            r#"[{"n":"10-20"},{"n":"0-10"}]"#,
        );
        check(
            r#"[{"n":"0"},{"n":"100"}]"#,
            "bin n bins=10",
            r#"[{"n":"0-10"},{"n":"100-110"}]"#,
        );
        assert_eq!(mistakes("bin n span=soon"), ["DF307"]);
        check(
            r#"[{"n":"0"},{"n":"100"}]"#,
            "bin n minspan=50",
            r#"[{"n":"0-50"},{"n":"100-150"}]"#,
        );
        check(
            r#"[{"n":"1000"},{"n":"2"},{"n":"0.5"},{"n":"0"},{"n":"x"}]"#,
            "bin n span=log10",
            r#"[{"n":"1000-10000"},{"n":"1-10"},{"n":"0.1-1"},{"n":"0"},{"n":"x"}]"#,
        );
        check(r#"[{"n":"11"}]"#, "bin n span=2log5", r#"[{"n":"10-50"}]"#);
        assert_eq!(mistakes("bin n span=5log2"), ["DF307"]);
    }
}
