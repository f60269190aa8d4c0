//! The aggregations of a chart, `eval(…)` over aggregations and rates a unit of time among them.
//!
//! Search Reference, "chart": `eval(avg(bytes) * count)` is an expression over aggregations. "Time functions": `per_hour`
//! and its kin are the sum over a bucket of `timechart`, scaled to the unit of time.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{Aggregate as Syntax, Argument, Expr, ExprKind, Word};

use super::Expression;
use super::aggregation::{Accumulators, AggregateSpec};
use super::arguments::Arguments;
use crate::aggregates;
use crate::column::Column;
use crate::env::Cx;
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

/// The aggregations of a chart.
pub(super) struct Aggregations {
    specs: Vec<AggregateSpec>,
    /// What is shown, in order; nothing where all results are.
    shown: Vec<Shown>,
}

struct Shown {
    name: Arc<str>,
    of: Of,
}

enum Of {
    /// Results of the aggregation at that place; a pattern has several.
    Result(usize),
    /// A sum, for so many seconds.
    Rate(usize, f64),
    Expression(Expression),
}

/// Seconds of the units of `per_hour` and its kin.
fn unit(function: &str) -> Option<f64> {
    match function {
        "per_second" => Some(1.0),
        "per_minute" => Some(60.0),
        "per_hour" => Some(3_600.0),
        "per_day" => Some(86_400.0),
        _ => None,
    }
}

/// The name of a result that is not shown.
fn hidden(place: usize) -> String {
    format!("\u{0}{place}")
}

impl Aggregations {
    /// `over_time`: whether rows are buckets of time, so that there are rates.
    pub(super) fn new(list: &[Syntax], over_time: bool, arguments: &mut Arguments<'_>) -> Self {
        let mut made = Self {
            specs: Vec::new(),
            shown: Vec::new(),
        };
        for syntax in list {
            let name: Arc<str> = syntax
                .name
                .as_ref()
                .map_or(syntax.text.as_str(), |name| &name.text)
                .into();
            let of = match (&syntax.argument, unit(&syntax.function)) {
                (Argument::Eval(expr), _) if syntax.function == "eval" => {
                    let mut found = Vec::new();
                    let expr = without_aggregations(expr, made.specs.len(), &mut found);
                    let before = made.specs.len();
                    made.specs.extend(AggregateSpec::all(&found, arguments));
                    if made.specs.len() < before + found.len() {
                        continue;
                    }
                    arguments.expression(&expr).map(Of::Expression)
                }
                (argument, Some(seconds)) if over_time => {
                    if matches!(argument, Argument::Field(field) if field.text.contains('*')) {
                        arguments.unsupported(
                            syntax.at.0,
                            format!("the engine takes no pattern in `{}`", syntax.function),
                        );
                        continue;
                    }
                    let sum = Syntax {
                        function: "sum".to_owned(),
                        ..renamed(syntax, hidden(made.specs.len()))
                    };
                    made.add(&sum, arguments)
                        .map(|place| Of::Rate(place, seconds))
                }
                _ => made.add(syntax, arguments).map(Of::Result),
            };
            made.shown.extend(of.map(|of| Shown { name, of }));
        }
        made
    }

    fn add(&mut self, syntax: &Syntax, arguments: &mut Arguments<'_>) -> Option<usize> {
        match AggregateSpec::new(syntax) {
            Ok(spec) => {
                self.specs.push(spec);
                Some(self.specs.len() - 1)
            }
            Err(errors) => {
                arguments.extend(errors);
                None
            }
        }
    }

    /// Whether only one aggregation was asked for.
    pub(super) fn is_single(&self) -> bool {
        self.shown.len() == 1
    }

    /// Whether a result counts rows, so that nothing counts as zero.
    pub(super) fn is_count(&self, name: &str) -> bool {
        self.shown.iter().any(|shown| match shown.of {
            Of::Result(place) => self
                .specs
                .get(place)
                .is_some_and(|spec| spec.is_count() && **spec.output() == *name),
            _ => false,
        })
    }

    /// The aggregations over groups of rows: pairs of row and group. `seconds` is the width of a group's bucket.
    pub(super) fn results(
        &self,
        by: &[&str],
        table: &Table,
        pairs: &[(u32, u32)],
        seconds: &[Option<f64>],
        cx: &Cx<'_>,
    ) -> Result<Vec<(Arc<str>, Column)>, Stop> {
        let mut accumulators = Accumulators::default();
        accumulators.push(&self.specs, by, table, pairs, seconds.len(), cx)?;
        let order: Vec<u32> = (0..seconds.len())
            .filter_map(|group| u32::try_from(group).ok())
            .collect();
        let found = accumulators.finish_by_place(&self.specs, &order, cx)?;
        let mut hidden = Table::new(seconds.len());
        for (_, name, column) in &found {
            hidden.set(name.clone(), column.clone());
        }
        let mut results = Vec::new();
        for shown in &self.shown {
            match &shown.of {
                Of::Result(place) => results.extend(
                    found
                        .iter()
                        .filter(|(of, ..)| of == place)
                        .map(|(_, name, column)| (name.clone(), column.clone())),
                ),
                Of::Rate(place, unit) => {
                    let sums = found.iter().find(|(of, ..)| of == place);
                    let rate =
                        |(value, width): (&Value, &Option<f64>)| match (value.as_number(), width) {
                            (Some(sum), Some(width)) => Value::number(sum / width * unit),
                            _ => Value::Null,
                        };
                    results.extend(sums.map(|(.., column)| {
                        (
                            shown.name.clone(),
                            column.iter().zip(seconds).map(rate).collect(),
                        )
                    }));
                }
                Of::Expression(expression) => {
                    results.push((shown.name.clone(), expression.values(&hidden, cx)?));
                }
            }
        }
        Ok(results)
    }
}

fn renamed(syntax: &Syntax, name: String) -> Syntax {
    Syntax {
        name: Some(Word {
            text: name,
            quoted: true,
            at: syntax.at,
        }),
        ..syntax.clone()
    }
}

/// The expression with fields in place of its aggregations, which are added to `found`; their results are named from
/// `before` on.
fn without_aggregations(expr: &Expr, before: usize, found: &mut Vec<Syntax>) -> Expr {
    let kind = match (aggregation(expr), &expr.kind) {
        (Some(syntax), _) => {
            let name = hidden(before + found.len());
            found.push(renamed(&syntax, name.clone()));
            ExprKind::Field(name)
        }
        (None, kind) => {
            let mut inner = |part: &Expr| without_aggregations(part, before, found);
            match kind {
                ExprKind::Call {
                    function,
                    function_at,
                    arguments,
                } => ExprKind::Call {
                    function: function.clone(),
                    function_at: *function_at,
                    arguments: arguments.iter().map(inner).collect(),
                },
                ExprKind::Unary(op, part) => ExprKind::Unary(*op, Box::new(inner(part))),
                ExprKind::Binary(op, a, b) => {
                    let a = inner(a);
                    ExprKind::Binary(*op, Box::new(a), Box::new(inner(b)))
                }
                ExprKind::In(item, list) => {
                    let item = inner(item);
                    ExprKind::In(Box::new(item), list.iter().map(inner).collect())
                }
                other => other.clone(),
            }
        }
    };
    Expr { kind, at: expr.at }
}

/// The aggregation that an expression is as a whole: `count`, `avg(field)`, `sum(eval(…))`.
fn aggregation(expr: &Expr) -> Option<Syntax> {
    let (function, argument) = match &expr.kind {
        ExprKind::Field(name) if matches!(name.as_str(), "count" | "c") => ("count", None),
        ExprKind::Call {
            function,
            arguments,
            ..
        } if aggregates::find(function).is_some() && arguments.len() <= 1 => {
            (function.as_str(), arguments.first())
        }
        _ => return None,
    };
    let argument = match argument {
        None => Argument::None,
        Some(argument) => match &argument.kind {
            ExprKind::Field(name) => Argument::Field(Word {
                text: name.clone(),
                quoted: false,
                at: argument.at,
            }),
            ExprKind::Call {
                function,
                arguments,
                ..
            } if function == "eval" && arguments.len() == 1 => Argument::Eval(arguments[0].clone()),
            _ => Argument::Eval(argument.clone()),
        },
    };
    Some(Syntax {
        function: function.to_owned(),
        function_at: expr.at,
        argument,
        text: function.to_owned(),
        at: expr.at,
        name: None,
    })
}

/// What is wrong with a rate outside of `timechart`.
pub(super) fn rate_without_time(syntax: &Syntax) -> Option<Diagnostic> {
    unit(&syntax.function)?;
    let message = format!("`{}` is for `timechart` only", syntax.function);
    Some(
        Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message)
            .at(syntax.function_at.0, "there are no buckets of time here"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    const INPUT: &str = r#"[{"_time":1700000400,"n":"6"},{"_time":1699999810,"n":"2"},{"_time":1699999800,"n":"4"}]"#;

    #[test]
    fn expressions_over_aggregations() {
        check(
            INPUT,
            "timechart span=10m eval(round(avg(n) * count, 1)) AS x, max(n)",
            r#"[{"_time":1699999800,"x":6,"max(n)":"4"},{"_time":1700000400,"x":6,"max(n)":"6"}]"#,
        );
        check(
            INPUT,
            "chart eval(sum(eval(n * 2)) - max(n)) AS x over n",
            r#"[{"n":"2","x":2},{"n":"4","x":4},{"n":"6","x":6}]"#,
        );
    }

    #[test]
    fn rates_are_sums_for_a_unit_of_time() {
        check(
            INPUT,
            "timechart span=10m per_minute(n), per_hour(n) AS h",
            r#"[{"_time":1699999800,"per_minute(n)":0.6,"h":36},{"_time":1700000400,"per_minute(n)":0.6,"h":36}]"#,
        );
        assert_eq!(mistakes("stats per_hour(n)"), ["DF307"]);
        assert_eq!(mistakes("chart per_hour(n) over a"), ["DF307"]);
        assert_eq!(mistakes("timechart per_hour(n*)"), ["DF301"]);
    }
}
