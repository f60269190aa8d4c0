//! Which series a chart shows, and what their columns are called.
//!
//! Search Reference, "chart", "timechart": ten series by default, those with the greatest sum of the first aggregation;
//! `limit=bottom N` takes those with the least. `where AGG (in|notin) (top|bottom)N` and `where AGG (<|>) N` choose by
//! another aggregation of a series' cells, in place of the limit. The others become `OTHER`, rows without the split
//! field `NULL`. `format` with `$AGG$` and `$VAL$` names the columns of several aggregations, or else `sep`.

use std::sync::Arc;

use dryfire_spl::ast::{Body, Command as Syntax, Word};

use super::arguments::Arguments;
use crate::value::Value;

/// How series are chosen and named.
pub(super) struct Series {
    /// None: all of them.
    choice: Option<Choice>,
    pub(super) other: Option<Arc<str>>,
    pub(super) null: Option<Arc<str>>,
    format: Arc<str>,
}

/// By what the series are judged, and how.
struct Choice {
    score: fn(&[f64]) -> f64,
    test: Test,
}

enum Test {
    /// Whether it is among the first when they are ordered.
    Ranked {
        bottom: bool,
        count: usize,
        inside: bool,
    },
    Above(f64),
    Below(f64),
}

impl Series {
    pub(super) fn new(syntax: &Syntax, arguments: &mut Arguments<'_>) -> Self {
        arguments.refuse(&["agg"]);
        let tail = match &syntax.body {
            Body::Stats(stats) => stats.tail.as_ref(),
            _ => None,
        };
        let choice = match tail {
            Some(tail) => condition(tail, arguments),
            None => limit(syntax, arguments),
        };
        let named = |arguments: &mut Arguments<'_>, used: &str, name: &str, default: &str| {
            let name = arguments.text(name).unwrap_or_else(|| default.into());
            arguments.flag(used, true).then_some(name)
        };
        Self {
            choice,
            other: named(arguments, "useother", "otherstr", "OTHER"),
            null: named(arguments, "usenull", "nullstr", "NULL"),
            format: format(arguments),
        }
    }

    /// The series to show, out of all with the numbers in their cells.
    pub(super) fn choose(&self, all: Vec<(Value, Vec<f64>)>) -> Vec<Value> {
        let Some(choice) = &self.choice else {
            return all.into_iter().map(|(name, _)| name).collect();
        };
        let mut scored: Vec<(Value, f64)> = all
            .into_iter()
            .map(|(name, cells)| (name, (choice.score)(&cells)))
            .collect();
        match choice.test {
            Test::Above(bound) => scored.retain(|(_, score)| *score > bound),
            Test::Below(bound) => scored.retain(|(_, score)| *score < bound),
            Test::Ranked {
                bottom,
                count,
                inside,
            } => {
                scored.sort_by(|a, b| {
                    let order = b.1.total_cmp(&a.1);
                    if bottom { order.reverse() } else { order }
                });
                if inside {
                    scored.truncate(count);
                } else {
                    scored.drain(..count.min(scored.len()));
                }
            }
        }
        scored.into_iter().map(|(name, _)| name).collect()
    }

    /// The column of an aggregation and a series, where there are several aggregations.
    pub(super) fn name(&self, aggregation: &str, series: &str) -> Arc<str> {
        filled(&self.format, aggregation, series)
    }
}

/// The option `format`, or what stands for it with `sep`.
pub(super) fn format(arguments: &Arguments<'_>) -> Arc<str> {
    arguments.text("format").unwrap_or_else(|| {
        let separator = arguments.text("sep").unwrap_or_else(|| ": ".into());
        format!("$AGG${separator}$VAL$").into()
    })
}

/// A format with its two names.
pub(super) fn filled(format: &str, aggregation: &str, series: &str) -> Arc<str> {
    let pieces = format
        .split("$AGG$")
        .map(|piece| piece.replace("$VAL$", series));
    pieces.collect::<Vec<_>>().join(aggregation).into()
}

fn sum(cells: &[f64]) -> f64 {
    cells.iter().sum()
}

/// `limit=N`, `limit=top N`, `limit=bottomN`; 0 means all.
fn limit(syntax: &Syntax, arguments: &mut Arguments<'_>) -> Option<Choice> {
    let text = arguments.text("limit").unwrap_or_else(|| "10".into());
    let ranked = ranked(&text).or_else(|| Some((false, text.trim().parse().ok()?)));
    let (bottom, count) = ranked.unwrap_or_else(|| {
        if let Some(word) = syntax.option("limit") {
            arguments.wrong(word, "`limit` takes a count, `top N` or `bottom N`");
        }
        (false, 10)
    });
    (count > 0).then_some(Choice {
        score: sum,
        test: Test::Ranked {
            bottom,
            count,
            inside: true,
        },
    })
}

/// `top5`, `bottom 3`.
fn ranked(text: &str) -> Option<(bool, usize)> {
    let text = text.trim();
    let (bottom, count) = match text.strip_prefix("top") {
        Some(count) => (false, count),
        None => (true, text.strip_prefix("bottom")?),
    };
    Some((bottom, count.trim().parse().ok()?))
}

/// The `where` clause.
fn condition(tail: &Word, arguments: &mut Arguments<'_>) -> Option<Choice> {
    let text = tail.text.trim().to_ascii_lowercase();
    let end = text
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .unwrap_or(text.len());
    let (function, test) = text.split_at(end);
    let test = test.trim();
    let number = |text: &str| dryfire_plan::parse_number(text.trim());
    let test = if let Some(bound) = test.strip_prefix('>') {
        number(bound).map(Test::Above)
    } else if let Some(bound) = test.strip_prefix('<') {
        number(bound).map(Test::Below)
    } else {
        let (word, rest) = test.split_once(char::is_whitespace).unwrap_or((test, ""));
        let inside = match word {
            "in" => Some(true),
            "notin" => Some(false),
            _ => None,
        };
        inside.and_then(|inside| {
            let (bottom, count) = ranked(rest)?;
            Some(Test::Ranked {
                bottom,
                count,
                inside,
            })
        })
    };
    #[expect(clippy::cast_precision_loss, reason = "no chart has 2^53 cells")]
    let score: Option<fn(&[f64]) -> f64> = match function {
        "sum" => Some(sum),
        "avg" | "mean" => Some(|cells| sum(cells) / cells.len() as f64),
        "max" => Some(|cells| cells.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        "min" => Some(|cells| cells.iter().copied().fold(f64::INFINITY, f64::min)),
        _ => None,
    };
    match (score, test) {
        (Some(score), Some(test)) => Some(Choice { score, test }),
        _ => {
            arguments.unsupported(
                tail.at.0,
                "the engine chooses series by `sum`, `avg`, `max` or `min` with `in topN`, `notin topN`, `> N` or `< N` only",
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_columns, mistakes};

    const INPUT: &str = r#"[{"h":"a","s":"x","n":"1"},{"h":"b","s":"x","n":"1"},
        {"h":"a","s":"y","n":"5"},{"h":"a","s":"z","n":"3"},{"h":"b","s":"z","n":"3"}]"#;

    #[test]
    fn a_condition_takes_the_place_of_the_limit() {
        for (clause, names) in [
            ("where max in top1", &["h", "y", "OTHER"][..]),
            ("where sum in top 1", &["h", "z", "OTHER"]),
            ("where avg notin bottom1", &["h", "y", "z", "OTHER"]),
            ("where min > 1", &["h", "y", "z", "OTHER"]),
            ("where max < 0", &["h", "OTHER"]),
        ] {
            check_columns(INPUT, &format!("chart sum(n) over h by s {clause}"), names);
        }
        assert_eq!(
            mistakes("chart count over a by b where count > 5"),
            ["DF301"]
        );
        assert_eq!(
            mistakes("chart count over a by b where max in five"),
            ["DF301"]
        );
    }

    #[test]
    fn columns_are_named_by_a_format() {
        check_columns(
            INPUT,
            r#"chart limit=1 useother=f format="$VAL$<$AGG$>" sum(n) AS s count over h by s"#,
            &["h", "z<s>", "z<count>"],
        );
        check(
            INPUT,
            "chart sep=- limit=1 useother=f sum(n) AS s count over h by s",
            r#"[{"h":"a","s-z":3,"count-z":1},{"h":"b","s-z":3,"count-z":1}]"#,
        );
    }
}
