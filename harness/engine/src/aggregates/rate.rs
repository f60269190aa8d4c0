//! `rate`: the change of a number a second.
//!
//! Splunk, "Time functions": the latest value less the earliest, over the difference of their times.

use std::any::Any;

use super::simple::Simple;
use super::{Accumulator, Input, Rank, same, slot};
use crate::env::Cx;
use crate::functions::spec;
use crate::time;
use crate::value::Value;

pub(super) static RATE: Simple = Simple {
    spec: spec!(
        "Time",
        "rate",
        1..=1,
        "rate(<field>)",
        "The change of the number a second, from the earliest to the latest.",
        "how Splunk treats counters that were reset is not known: the difference is taken as it is",
        ["rate(n)" => "0.05"]
    ),
    aliases: &[],
    needs_time: true,
    start: |_| Box::new(Rates(Vec::new())),
};

/// A number with its place in time; a greater rank arrived earlier.
#[derive(Debug, Clone, Copy)]
struct Point {
    micros: i64,
    rank: Rank,
    number: f64,
}

impl Point {
    fn before(&self, other: &Point) -> bool {
        (self.micros, other.rank) < (other.micros, self.rank)
    }
}

struct Rates(Vec<Option<(Point, Point)>>);

impl Rates {
    fn add(&mut self, group: u32, earliest: Point, latest: Point) {
        let points = slot(&mut self.0, group);
        *points = Some(points.map_or((earliest, latest), |(first, last)| {
            (
                if earliest.before(&first) {
                    earliest
                } else {
                    first
                },
                if last.before(&latest) { latest } else { last },
            )
        }));
    }
}

impl Accumulator for Rates {
    fn push(&mut self, input: &Input<'_>, pairs: &[(u32, u32)], _: usize, _: &Cx<'_>) {
        let Some(values) = input.values else { return };
        for (row, group) in pairs {
            let row = *row as usize;
            if let (Some(number), Some(micros)) = (values.get(row).as_number(), input.micros(row)) {
                let point = Point {
                    micros,
                    rank: input.rank(row),
                    number,
                };
                self.add(*group, point, point);
            }
        }
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, map: &[u32], _: usize) {
        let other = same::<Self>(other).map_or_else(Vec::new, |other| other.0);
        for (points, group) in other.into_iter().zip(map) {
            if let Some((earliest, latest)) = points {
                self.add(*group, earliest, latest);
            }
        }
    }

    fn finish(&mut self, group: usize, cx: &Cx<'_>) -> Value {
        let Some(Some((earliest, latest))) = self.0.get(group) else {
            return Value::Null;
        };
        let seconds = time::to_seconds(latest.micros - earliest.micros);
        if latest.number < earliest.number {
            cx.uncertain("rate() of a number that went down is negative; Splunk may take it for a counter that was reset");
        }
        if seconds > 0.0 {
            Value::number((latest.number - earliest.number) / seconds)
        } else {
            Value::Null
        }
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
