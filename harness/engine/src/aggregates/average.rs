//! `avg`, `mean`.

use super::numeric::{Numeric, State};
use super::simple::Simple;
use super::sum::ExactSum;
use crate::functions::spec;
use crate::value::Value;

pub(super) static AVG: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "avg",
        1..=1,
        "avg(<field>)",
        "The mean of the numbers; what is no number is left out.",
        ["avg(n)" => "3"]
    ),
    aliases: &["mean"],
    needs_time: false,
    start: |_| Numeric::boxed(|mean: &mut Mean| mean.result()),
};

#[derive(Default)]
struct Mean {
    count: u64,
    sum: ExactSum,
}

impl State for Mean {
    fn add(&mut self, number: f64) {
        self.count += 1;
        self.sum.add(number);
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.sum.merge(&other.sum);
    }
}

impl Mean {
    /// The sum is rounded once, then the quotient: Splunk adds in doubles, and its last digits depend on the order.
    fn result(&self) -> Value {
        #[expect(clippy::cast_precision_loss, reason = "no data has 2^53 rows")]
        let count = self.count as f64;
        if self.count == 0 {
            Value::Null
        } else {
            Value::number(self.sum.value() / count)
        }
    }
}
