//! `count`, `count(field)`, `count(eval(condition))`.

use std::any::Any;

use super::{Accumulator, Aggregate, Input, same, slot};
use crate::env::{Cx, Limits};
use crate::functions::{Certainty, Example, Spec};
use crate::value::Value;

pub(super) struct Count;

impl Aggregate for Count {
    fn spec(&self) -> &'static Spec {
        &Spec {
            name: "count",
            min: 0,
            max: Some(1),
            syntax: "count(<field>)",
            summary: "How many rows; with a field, how many values of it (each value of a list counts); with eval(), how many rows satisfy the condition.",
            group: "Aggregate",
            certainty: Certainty::Uncertain(
                "of a field, each of several values counts, and an empty text does",
            ),
            examples: &[
                Example {
                    expression: "count",
                    result: "4",
                },
                Example {
                    expression: "count(eval(n>2))",
                    result: "3",
                },
            ],
        }
    }

    fn answers_to(&self, name: &str) -> bool {
        matches!(name, "count" | "c")
    }

    fn start(&self, _: &str, _: &Limits) -> Box<dyn Accumulator> {
        Box::new(Counts(Vec::new()))
    }
}

struct Counts(Vec<u64>);

impl Accumulator for Counts {
    fn push(&mut self, input: &Input<'_>, pairs: &[(u32, u32)], groups: usize, cx: &Cx<'_>) {
        let (mut empty, mut several) = (false, false);
        self.0.resize(groups, 0);
        for (row, group) in pairs {
            self.0[*group as usize] += match input.values {
                None => 1,
                Some(values) => match values.get(*row as usize) {
                    Value::Bool(truth) => u64::from(*truth),
                    value => {
                        let each = value.each();
                        empty |= each
                            .iter()
                            .any(|value| matches!(value, Value::Text(text) if text.is_empty()));
                        several |= each.len() > 1;
                        each.len() as u64
                    }
                },
            };
        }
        if several {
            cx.uncertain(
                "count() of a field counts each of several values; Splunk's manual does not say",
            );
        }
        if empty {
            cx.uncertain("count() of a field counts an empty text as a value; Splunk's manual leaves that open");
        }
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, map: &[u32], groups: usize) {
        self.0.resize(groups, 0);
        let other = same::<Counts>(other).map_or_else(Vec::new, |other| other.0);
        for (count, group) in other.into_iter().zip(map) {
            *slot(&mut self.0, *group) += count;
        }
    }

    fn finish(&mut self, group: usize, _: &Cx<'_>) -> Value {
        // Counts stay below 2^53.
        #[expect(clippy::cast_precision_loss, reason = "no data has 2^53 rows")]
        Value::Number(self.0.get(group).copied().unwrap_or(0) as f64)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
