//! `sum` and `sumsq`, and the exact sum that every function which adds numbers uses.

use super::numeric::{Numeric, State};
use super::simple::Simple;
use crate::functions::spec;
use crate::value::Value;

/// A sum without rounding until it is read: the parts never overlap (Shewchuk's expansion), so that neither the order
/// of additions nor the cut into chunks can change a digit.
#[derive(Debug, Clone, Default)]
pub(super) struct ExactSum {
    parts: Vec<f64>,
}

impl ExactSum {
    /// Adds a number.
    pub(super) fn add(&mut self, number: f64) {
        let mut carry = number;
        let mut kept = 0;
        for index in 0..self.parts.len() {
            let part = self.parts[index];
            let (large, small) = if carry.abs() < part.abs() {
                (part, carry)
            } else {
                (carry, part)
            };
            let high = large + small;
            let low = small - (high - large);
            if low != 0.0 {
                self.parts[kept] = low;
                kept += 1;
            }
            carry = high;
        }
        self.parts.truncate(kept);
        self.parts.push(carry);
    }

    /// Adds another sum.
    pub(super) fn merge(&mut self, other: &ExactSum) {
        for part in &other.parts {
            self.add(*part);
        }
    }

    /// The numbers that make up the sum.
    pub(super) fn parts(&self) -> &[f64] {
        &self.parts
    }

    /// The sum as a result: null when nothing was added.
    pub(super) fn result(&self) -> Value {
        if self.parts.is_empty() {
            Value::Null
        } else {
            Value::number(self.value())
        }
    }

    /// The sum, rounded once.
    pub(super) fn value(&self) -> f64 {
        // The parts ascend in size without overlap: rounding is right when they are added from the largest down,
        // with the half-way case settled by the sign of the next part.
        let mut parts = self.parts.iter().rev().copied();
        let Some(mut high) = parts.next() else {
            return 0.0;
        };
        let mut low = 0.0;
        for part in parts.by_ref() {
            let before = high;
            high = before + part;
            low = part - (high - before);
            if low != 0.0 {
                break;
            }
        }
        if let Some(next) = parts.next()
            && ((low < 0.0 && next < 0.0) || (low > 0.0 && next > 0.0))
        {
            let doubled = low * 2.0;
            let rounded = high + doubled;
            if doubled == rounded - high {
                high = rounded;
            }
        }
        high
    }
}

/// A product as two numbers whose sum is exact, as long as neither is too small to be written.
pub(super) fn product(a: f64, b: f64) -> (f64, f64) {
    let high = a * b;
    // Whole numbers below 2^53 lose nothing.
    let exact = high.abs() < 9_007_199_254_740_992.0 && a.fract() == 0.0 && b.fract() == 0.0;
    (high, if exact { 0.0 } else { a.mul_add(b, -high) })
}

impl State for ExactSum {
    fn add(&mut self, number: f64) {
        ExactSum::add(self, number);
    }

    fn merge(&mut self, other: Self) {
        ExactSum::merge(self, &other);
    }
}

pub(super) static SUM: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "sum",
        1..=1,
        "sum(<field>)",
        "The sum of the numbers; what is no number is left out.",
        ["sum(n)" => "12"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| Numeric::boxed(|sum: &mut ExactSum| sum.result()),
};

pub(super) static SUMSQ: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "sumsq",
        1..=1,
        "sumsq(<field>)",
        "The sum of the squares of the numbers.",
        ["sumsq(n)" => "44"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| Numeric::boxed(|sum: &mut Squares| sum.0.result()),
};

/// The sum of squares.
#[derive(Default)]
pub(super) struct Squares(pub(super) ExactSum);

impl State for Squares {
    fn add(&mut self, number: f64) {
        let (high, low) = product(number, number);
        self.0.add(high);
        if low != 0.0 {
            self.0.add(low);
        }
    }

    fn merge(&mut self, other: Self) {
        self.0.merge(&other.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_order_nor_grouping_changes_a_digit() {
        let numbers = [1e16, 1.0, -1e16, 0.1, 3.99, 1e-9, 7e15, -7e15];
        let mut forward = ExactSum::default();
        numbers.iter().for_each(|number| forward.add(*number));
        let (mut left, mut right) = (ExactSum::default(), ExactSum::default());
        numbers[..3]
            .iter()
            .rev()
            .for_each(|number| right.add(*number));
        numbers[3..].iter().for_each(|number| left.add(*number));
        left.merge(&right);
        assert_eq!(forward.value().to_bits(), left.value().to_bits());
        assert_eq!(forward.value(), 5.090000001);
    }
}
