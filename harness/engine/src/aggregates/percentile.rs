//! `median`, `perc<N>` and its relatives.
//!
//! The examples of Splunk's "Aggregate functions" interpolate linearly at (N/100)·(n−1) over the sorted numbers, as
//! the default method of limits.conf does (`perc_digest_type = tdigest`); the prose of the page says otherwise.

use super::numeric::{Numeric, State};
use super::simple::Simple;
use super::{Accumulator, Aggregate};
use crate::env::Limits;
use crate::functions::{Spec, spec};
use crate::value::Value;

pub(super) static MEDIAN: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "median",
        1..=1,
        "median(<field>)",
        "The number in the middle.",
        "of an even count it is half-way between the two in the middle, as perc50 in the manual's examples; the manual's text says the higher",
        ["median(n)" => "3"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| start(50.0, false),
};

pub(super) static PERC: Percentile = Percentile {
    spec: spec!(
        "Aggregate",
        "perc",
        1..=1,
        "perc<percentile>(<field>)",
        "The number below which that many percent lie; perc95 or p95.",
        "exact and interpolated, as in the manual's examples, also where Splunk estimates (more than 1000 different numbers)",
        ["perc75(n)" => "3.5"]
    ),
    prefixes: &["perc", "p"],
    estimated: true,
};

pub(super) static EXACTPERC: Percentile = Percentile {
    spec: spec!(
        "Aggregate",
        "exactperc",
        1..=1,
        "exactperc<percentile>(<field>)",
        "As perc<N>, never estimated.",
        "interpolated as perc<N>; the manual shows no example",
        ["exactperc25(n)" => "2.5"]
    ),
    prefixes: &["exactperc"],
    estimated: false,
};

pub(super) static UPPERPERC: Percentile = Percentile {
    spec: spec!(
        "Aggregate",
        "upperperc",
        1..=1,
        "upperperc<percentile>(<field>)",
        "As perc<N>, estimated from above where it is estimated.",
        "exact, where Splunk estimates from above (more than 1000 different numbers)",
        ["upperperc50(n)" => "3"]
    ),
    prefixes: &["upperperc"],
    estimated: true,
};

/// A family of functions whose names end in a percentage.
pub(super) struct Percentile {
    spec: &'static Spec,
    prefixes: &'static [&'static str],
    /// Whether Splunk estimates it for many different numbers.
    estimated: bool,
}

impl Percentile {
    fn percent(&self, name: &str) -> Option<f64> {
        let number = self.prefixes.iter().find_map(|prefix| {
            name.strip_prefix(prefix)
                .filter(|number| number.starts_with(|digit: char| digit.is_ascii_digit()))
        })?;
        number
            .parse()
            .ok()
            .filter(|percent| (0.0..=100.0).contains(percent))
    }
}

impl Aggregate for Percentile {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn answers_to(&self, name: &str) -> bool {
        self.percent(name).is_some()
    }

    fn start(&self, name: &str, _: &Limits) -> Box<dyn Accumulator> {
        start(self.percent(name).unwrap_or(50.0), self.estimated)
    }
}

/// From so many different numbers on, Splunk estimates ("Aggregate functions", `perc`).
const ESTIMATED_FROM: usize = 1000;

fn start(percent: f64, estimated: bool) -> Box<dyn Accumulator> {
    Numeric::noting(move |numbers: &mut All, cx| {
        let found = numbers.percentile(percent);
        if found.is_between {
            cx.uncertain(
                "a percentile or median that falls between two numbers is interpolated, as in the examples of Splunk's manual; its text says the nearest or higher number",
            );
        }
        if estimated && numbers.different() > ESTIMATED_FROM {
            cx.uncertain("a percentile of more than 1000 different numbers is exact here, where Splunk estimates");
        }
        found.value
    })
}

/// A percentile, and whether it is none of the numbers.
struct Found {
    value: Value,
    is_between: bool,
}

#[derive(Default)]
struct All(Vec<f64>);

impl State for All {
    fn add(&mut self, number: f64) {
        self.0.push(number);
    }

    fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn held(&self) -> usize {
        self.0.len()
    }
}

impl All {
    /// How many different numbers there are, once they are sorted.
    fn different(&self) -> usize {
        self.0.chunk_by(|a, b| a == b).count()
    }

    fn percentile(&mut self, percent: f64) -> Found {
        let Some(last) = self.0.len().checked_sub(1) else {
            return Found {
                value: Value::Null,
                is_between: false,
            };
        };
        self.0.sort_unstable_by(f64::total_cmp);
        #[expect(clippy::cast_precision_loss, reason = "no data has 2^53 rows")]
        let place = percent * last as f64 / 100.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the last place"
        )]
        let low = (place as usize).min(last);
        let high = (low + 1).min(last);
        let (below, above) = (self.0[low], self.0[high]);
        let between = below + place.fract() * (above - below);
        Found {
            value: Value::number(between),
            is_between: between != below && between != above,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_interpolate() {
        let mut numbers = All((1..=10).rev().map(f64::from).collect());
        assert_eq!(numbers.percentile(50.0).value, Value::Number(5.5));
        assert!((numbers.percentile(95.0).value.as_number().unwrap() - 9.55).abs() < 1e-12);
        assert_eq!(numbers.percentile(100.0).value, Value::Number(10.0));
        assert_eq!(All::default().percentile(50.0).value, Value::Null);
    }

    #[test]
    fn names_end_in_a_percentage() {
        assert!(
            PERC.answers_to("p95")
                && PERC.answers_to("perc99.9")
                && UPPERPERC.answers_to("upperperc5")
        );
        for name in ["perc", "p", "pow", "perc101", "p-5", "exactperc50"] {
            assert!(!PERC.answers_to(name), "{name}");
        }
    }
}
