//! `stdev`, `stdevp`, `var`, `varp`.
//!
//! With n numbers, their sum S and the sum Q of their squares, the variance is (n·Q − S²) / (n·(n−1)), over a
//! population (n·Q − S²) / n². S and Q are exact, and so is the difference, which is rounded once: numbers that lie
//! close together far from zero lose no digit, and equal numbers give 0. Splunk computes in doubles; its last digits
//! can differ.

use super::numeric::{Numeric, State};
use super::simple::Simple;
use super::sum::{ExactSum, Squares, product};
use crate::functions::spec;
use crate::value::Value;

pub(super) static STDEV: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "stdev",
        1..=1,
        "stdev(<field>)",
        "The standard deviation of the numbers as a sample; 0 for one number.",
        ["stdev(n)" => "1.632993161855452"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| {
        Numeric::boxed(|spread: &mut Spread| {
            spread
                .variance(true)
                .map_or(Value::Null, |variance| Value::number(variance.sqrt()))
        })
    },
};

pub(super) static STDEVP: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "stdevp",
        1..=1,
        "stdevp(<field>)",
        "The standard deviation of the numbers as a population.",
        ["stdevp(n)" => "1.4142135623730951"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| {
        Numeric::boxed(|spread: &mut Spread| {
            spread
                .variance(false)
                .map_or(Value::Null, |variance| Value::number(variance.sqrt()))
        })
    },
};

pub(super) static VAR: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "var",
        1..=1,
        "var(<field>)",
        "The variance of the numbers as a sample; 0 for one number.",
        ["var(n)" => "2.6666666666666665"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| {
        Numeric::boxed(|spread: &mut Spread| {
            spread.variance(true).map_or(Value::Null, Value::number)
        })
    },
};

pub(super) static VARP: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "varp",
        1..=1,
        "varp(<field>)",
        "The variance of the numbers as a population.",
        ["varp(n)" => "2"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| {
        Numeric::boxed(|spread: &mut Spread| {
            spread.variance(false).map_or(Value::Null, Value::number)
        })
    },
};

#[derive(Default)]
struct Spread {
    count: u64,
    sum: ExactSum,
    squares: Squares,
}

impl State for Spread {
    fn add(&mut self, number: f64) {
        self.count += 1;
        self.sum.add(number);
        self.squares.add(number);
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.sum.merge(&other.sum);
        self.squares.merge(other.squares);
    }
}

impl Spread {
    fn variance(&self, sample: bool) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "no data has 2^53 rows")]
        let count = self.count as f64;
        match self.count {
            0 => return None,
            1 => return Some(0.0),
            _ => {}
        }
        let mut difference = ExactSum::default();
        let mut add = |(high, low): (f64, f64), sign: f64| {
            difference.add(sign * high);
            difference.add(sign * low);
        };
        for part in self.squares.0.parts() {
            add(product(count, *part), 1.0);
        }
        for a in self.sum.parts() {
            for b in self.sum.parts() {
                add(product(*a, *b), -1.0);
            }
        }
        let freedom = if sample { count - 1.0 } else { count };
        Some(difference.value() / count / freedom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(numbers: &[f64]) -> Spread {
        let mut spread = Spread::default();
        numbers.iter().for_each(|number| spread.add(*number));
        spread
    }

    #[test]
    fn the_manuals_example() {
        let variance = spread(&[65.0, 42.0, 40.0, 31.0, 47.0, 53.0, 64.0])
            .variance(true)
            .unwrap();
        // The manual prints …289349, the rounding errors of doubles included; the root itself is …289334625….
        assert_eq!(variance.sqrt(), 12.615_183_595_289_334);
    }

    #[test]
    fn nothing_cancels() {
        assert_eq!(spread(&[3.99; 100]).variance(true), Some(0.0));
        assert_eq!(
            spread(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0]).variance(true),
            Some(1.0)
        );
        assert_eq!(
            spread(&[1e15 + 0.25, 1e15 + 0.5, 1e15 + 0.75]).variance(true),
            Some(0.0625)
        );
        assert_eq!(spread(&[7.0]).variance(true), Some(0.0));
        assert_eq!(spread(&[1.0, 3.0]).variance(false), Some(1.0));
    }
}
