//! `trendline`: moving averages over the rows: simple (`sma5(n)`), weighted (`wma5(n)`), exponential (`ema5(n)`).
//!
//! Search Reference, "trendline". A simple average is that of the last so many rows, a weighted one gives the newest the
//! greatest weight; rows before the first whole period get none. The exponential one is
//! `alpha * EMA(t-1) + (1 - alpha) * field(t)` with `alpha = 2 / (period + 1)`, as printed. The manual does not say where it
//! begins, nor what a row without a number does: where that decides, the result is uncertain.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::words::words;
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

const START: &str = "`ema` of `trendline` begins with the first number and is shown from the end of the first period on; the manual does not say";
const WEIGHTS: &str =
    "`wma` of `trendline` weighs the rows of a period 1, 2, 3, …; the manual gives no weights";
const GAPS: &str = "rows without a number do not count in the period of `trendline` and get no average; the manual does not say";

pub(super) struct Trendline;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"n":"1"},{"n":"3"},{"n":"6"}]"#,
    "trendline sma2(n) AS average",
    r#"[{"n":"1"},{"n":"3","average":"2"},{"n":"6","average":"4.5"}]"#,
)])
.uncertain(&[GAPS, START, WEIGHTS]);

impl Command for Trendline {
    fn name(&self) -> &'static str {
        "trendline"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        const WANTED: &str = "averages such as `sma5(field)`, with a period from 2 to 10000";
        let arguments = Arguments::new(syntax);
        let Body::Raw(raw) = &syntax.body else {
            return Err(arguments.missing(WANTED));
        };
        let words = words(&raw.text);
        let mut trends: Vec<Trend> = Vec::new();
        let mut rest = words.iter().map(|word| word.text.as_str());
        while let Some(word) = rest.next() {
            if word.eq_ignore_ascii_case("as") {
                match (trends.last_mut(), rest.next()) {
                    (Some(trend), Some(name)) => trend.output = name.into(),
                    _ => return Err(arguments.missing("a name after `AS`")),
                }
                continue;
            }
            match Trend::parse(word) {
                Some(trend) => trends.push(trend),
                None => return Err(arguments.missing(WANTED)),
            }
        }
        arguments.finish(Stage::Table(Arc::new(Trends(trends))))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Simple,
    Weighted,
    Exponential,
}

struct Trend {
    kind: Kind,
    period: usize,
    field: Arc<str>,
    output: Arc<str>,
}

impl Trend {
    /// `sma5(field)`.
    fn parse(text: &str) -> Option<Self> {
        let (head, field) = text.strip_suffix(')')?.split_once('(')?;
        let (kind, period) = head.split_at_checked(3)?;
        let kind = match kind.to_ascii_lowercase().as_str() {
            "sma" => Kind::Simple,
            "wma" => Kind::Weighted,
            "ema" => Kind::Exponential,
            _ => return None,
        };
        let period = period.parse().ok()?;
        ((2..=10_000).contains(&period) && !field.is_empty()).then(|| Self {
            kind,
            period,
            field: field.trim().into(),
            output: text.into(),
        })
    }

    fn averages(&self, column: &Column, cx: &Cx<'_>) -> Result<Column, Stop> {
        match self.kind {
            Kind::Simple => {}
            Kind::Weighted => cx.uncertain(WEIGHTS),
            Kind::Exponential => cx.uncertain(START),
        }
        let mut seen: Vec<f64> = Vec::with_capacity(column.len());
        let mut smooth = None;
        let mut averages = Vec::with_capacity(column.len());
        #[expect(clippy::cast_precision_loss, reason = "a period is short")]
        let period = self.period as f64;
        let alpha = 2.0 / (period + 1.0);
        for value in column.iter() {
            cx.check()?;
            let Some(number) = value.as_number() else {
                cx.uncertain(GAPS);
                averages.push(Value::Null);
                continue;
            };
            seen.push(number);
            let before: f64 = smooth.unwrap_or(number);
            smooth = Some(alpha * before + (1.0 - alpha) * number);
            let window = seen
                .len()
                .checked_sub(self.period)
                .and_then(|start| seen.get(start..));
            averages.push(window.map_or(Value::Null, |window| {
                Value::number(match self.kind {
                    Kind::Simple => window.iter().sum::<f64>() / period,
                    Kind::Weighted => {
                        let weighted = (1_u32..).zip(window);
                        let sum: f64 = weighted.map(|(weight, n)| f64::from(weight) * n).sum();
                        sum / (period * (period + 1.0) / 2.0)
                    }
                    Kind::Exponential => smooth.unwrap_or(number),
                })
            }));
        }
        Ok(averages.into_iter().collect())
    }
}

struct Trends(Vec<Trend>);

impl TableOp for Trends {
    fn apply(&self, mut table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        for trend in &self.0 {
            let averages = trend.averages(&table.column_or_null(&trend.field), cx)?;
            table.set(trend.output.clone(), averages);
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes, open_points};

    const INPUT: &str = r#"[{"n":"1"},{"n":"2"},{"n":"6"}]"#;

    #[test]
    fn averages_begin_with_the_first_whole_period() {
        check(
            INPUT,
            "trendline sma2(n) AS s wma2(n), ema3(n) as e | fields - n",
            r#"[{},{"s":1.5,"wma2(n)":1.6666666666666667},{"s":4,"wma2(n)":4.666666666666667,"e":3.75}]"#,
        );
        assert_eq!(open_points(INPUT, "trendline sma2(n)", &[]), 0);
        assert_eq!(open_points(INPUT, "trendline ema2(n)", &[]), 1);
        assert_eq!(open_points(r#"[{"n":"x"}]"#, "trendline sma2(n)", &[]), 1);
        assert_eq!(mistakes("trendline sma1(n)"), ["DF307"]);
        assert_eq!(mistakes("trendline n"), ["DF307"]);
    }
}
