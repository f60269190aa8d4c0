//! `max`, `min` and `range`.
//!
//! Splunk, "Statistical and charting functions": numbers come before text, and 1, 1.0 and 01 are one number, of which
//! the spelling that comes first is shown.

use std::any::Any;
use std::cmp::Ordering;

use super::cached::Cached;
use super::numeric::{Numeric, State};
use super::simple::Simple;
use super::{Accumulator, Input, Rank, same, slot};
use crate::env::Cx;
use crate::functions::spec;
use crate::value::Value;

pub(super) static MAX: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "max",
        1..=1,
        "max(<field>)",
        "The greatest value; text is greater than numbers.",
        ["max(n)" => "5", "max(user)" => "eve"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| {
        Box::new(Extremes {
            wanted: Ordering::Greater,
            best: Vec::new(),
        })
    },
};

pub(super) static MIN: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "min",
        1..=1,
        "min(<field>)",
        "The least value; numbers are less than text.",
        ["min(n)" => "1"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| {
        Box::new(Extremes {
            wanted: Ordering::Less,
            best: Vec::new(),
        })
    },
};

pub(super) static RANGE: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "range",
        1..=1,
        "range(<field>)",
        "The difference between the greatest and the least number.",
        ["range(n)" => "4"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| {
        Numeric::boxed(|range: &mut Range| {
            range.0.map_or(Value::Null, |(least, greatest)| {
                Value::number(greatest - least)
            })
        })
    },
};

/// A value with the number it spells, if any.
#[derive(Clone)]
struct Candidate {
    value: Value,
    number: Option<f64>,
}

impl Candidate {
    fn of(value: &Value) -> Self {
        Self {
            value: value.clone(),
            number: value.as_number(),
        }
    }

    fn compare(&self, other: &Candidate) -> Ordering {
        match (self.number, other.number) {
            // No number is NaN.
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self
                .value
                .with_text(|a| other.value.with_text(|b| a.cmp(b))),
        }
    }
}

struct Extremes {
    wanted: Ordering,
    best: Vec<Option<(Candidate, Rank)>>,
}

impl Extremes {
    fn offer(&mut self, group: u32, candidate: &Candidate, rank: Rank) {
        let wanted = self.wanted;
        let best = slot(&mut self.best, group);
        let better = best
            .as_ref()
            .is_none_or(|(best, first)| match candidate.compare(best) {
                Ordering::Equal => rank < *first,
                order => order == wanted,
            });
        if better {
            *best = Some((candidate.clone(), rank));
        }
    }
}

/// The best of a row's values; of equal ones the first.
fn best_of(value: &Value, wanted: Ordering) -> Option<Candidate> {
    value.each().iter().map(Candidate::of).reduce(|best, next| {
        if next.compare(&best) == wanted {
            next
        } else {
            best
        }
    })
}

impl Accumulator for Extremes {
    fn push(&mut self, input: &Input<'_>, pairs: &[(u32, u32)], _: usize, _: &Cx<'_>) {
        let Some(values) = input.values else { return };
        let mut rows = match self.wanted {
            Ordering::Greater => Cached::new(values, |value| best_of(value, Ordering::Greater)),
            _ => Cached::new(values, |value| best_of(value, Ordering::Less)),
        };
        for (row, group) in pairs {
            if let Some(candidate) = rows.get(*row) {
                self.offer(*group, candidate, input.rank(*row as usize));
            }
        }
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, map: &[u32], _: usize) {
        let other = same::<Self>(other).map_or_else(Vec::new, |other| other.best);
        for (best, group) in other.into_iter().zip(map) {
            if let Some((candidate, rank)) = best {
                self.offer(*group, &candidate, rank);
            }
        }
    }

    fn finish(&mut self, group: usize, _: &Cx<'_>) -> Value {
        self.best
            .get(group)
            .and_then(Option::as_ref)
            .map_or(Value::Null, |(best, _)| best.value.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// The least and the greatest number.
#[derive(Default)]
struct Range(Option<(f64, f64)>);

impl State for Range {
    fn add(&mut self, number: f64) {
        self.merge(Range(Some((number, number))));
    }

    fn merge(&mut self, other: Self) {
        self.0 = match (self.0, other.0) {
            (Some((least, greatest)), Some((less, greater))) => {
                Some((least.min(less), greatest.max(greater)))
            }
            (one, other) => one.or(other),
        };
    }
}
