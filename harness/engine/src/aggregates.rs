//! The statistics functions of `stats` and its relatives: the trait, and the registry that lists them all.
//!
//! An accumulator holds the state of *all* groups of one aggregation, so that a push costs one call a batch. Partial
//! states of chunks are merged; nothing may depend on how events were cut into chunks, down to the last digit.

use std::any::Any;

use crate::column::Column;
use crate::env::{Cx, Limits};
use crate::functions::Spec;
use crate::table::EventKey;
use crate::value::Value;

mod average;
mod cached;
mod count;
mod distinct;
mod extreme;
mod list;
mod mode;
mod numeric;
mod order;
mod percentile;
mod rate;
mod simple;
mod sparkline;
mod spread;
mod sum;

/// The place of a row in the order of results: events newest first, other rows as they arrive. Smaller comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank(i64, u32, u32, u32);

impl Rank {
    /// The rank of an event.
    pub fn of_event(key: EventKey) -> Self {
        Rank(
            -key.time,
            u32::MAX - key.part,
            u32::MAX - key.unit,
            u32::MAX - key.row,
        )
    }

    /// The rank of the n-th row of a table.
    pub fn of_row(row: usize) -> Self {
        Rank(i64::try_from(row).unwrap_or(i64::MAX), 0, 0, 0)
    }
}

/// A batch of rows for one aggregation.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The values; none for a bare `count`.
    pub values: Option<&'a Column>,
    /// `_time`, for `earliest`, `latest` and rates.
    pub time: Option<&'a Column>,
    /// The events behind the rows, while they are events.
    pub keys: Option<&'a [EventKey]>,
    /// How many rows were pushed before this batch.
    pub before: usize,
}

impl Input<'_> {
    /// The rank of a row of the batch.
    pub fn rank(&self, row: usize) -> Rank {
        match self.keys {
            Some(keys) => Rank::of_event(keys[row]),
            None => Rank::of_row(self.before + row),
        }
    }

    /// The time of a row of the batch in microseconds; none where it has none.
    pub fn micros(&self, row: usize) -> Option<i64> {
        match self.time {
            Some(time) => time
                .get(row)
                .as_number()
                .and_then(crate::time::from_seconds),
            None => self.keys.map(|keys| keys[row].time),
        }
    }
}

/// The state of one aggregation over all groups.
pub trait Accumulator: Send {
    /// Adds rows: the i-th pair says that row `pairs[i].0` belongs to group `pairs[i].1`. There are `groups` groups so
    /// far; a row can belong to several (a multivalue group field).
    fn push(&mut self, input: &Input<'_>, pairs: &[(u32, u32)], groups: usize, cx: &Cx<'_>);

    /// Takes in another accumulator of the same aggregation, whose group `g` is `map[g]` here.
    fn merge(&mut self, other: Box<dyn Accumulator>, map: &[u32], groups: usize);

    /// The result for a group.
    fn finish(&mut self, group: usize, cx: &Cx<'_>) -> Value;

    /// For [`Accumulator::merge`].
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

/// A statistics function.
pub trait Aggregate: Sync {
    /// Names, arity and documentation. `spec().name` is the canonical name.
    fn spec(&self) -> &'static Spec;

    /// Whether the function answers to that name (lower case): aliases, and families such as `perc95`.
    fn answers_to(&self, name: &str) -> bool {
        self.spec().name == name
    }

    /// A fresh state. `name` is the name used (`perc95`).
    fn start(&self, name: &str, limits: &Limits) -> Box<dyn Accumulator>;

    /// Whether `_time` is needed.
    fn needs_time(&self) -> bool {
        false
    }
}

/// The rows that the examples of all statistics functions are over, as a JSON array: newest first.
pub const SAMPLE: &str = r#"[{"_time":"40","user":"bob","n":"5"},{"_time":"30","user":"amy","n":"3"},{"_time":"20","user":"bob","n":"1"},{"_time":"0","user":"eve","n":"3"}]"#;

const ALL: &[&dyn Aggregate] = &[
    &average::AVG,
    &count::Count,
    &distinct::DC,
    &order::EARLIEST,
    &order::EARLIEST_TIME,
    &distinct::ESTDC,
    &distinct::ESTDC_ERROR,
    &percentile::EXACTPERC,
    &order::FIRST,
    &order::LAST,
    &order::LATEST,
    &order::LATEST_TIME,
    &list::LIST,
    &extreme::MAX,
    &percentile::MEDIAN,
    &extreme::MIN,
    &mode::MODE,
    &percentile::PERC,
    &extreme::RANGE,
    &rate::RATE,
    &sparkline::SPARKLINE,
    &spread::STDEV,
    &spread::STDEVP,
    &sum::SUM,
    &sum::SUMSQ,
    &percentile::UPPERPERC,
    &distinct::VALUES,
    &spread::VAR,
    &spread::VARP,
];

/// Every statistics function, ascending by name.
pub fn all() -> impl Iterator<Item = &'static dyn Aggregate> {
    ALL.iter().copied()
}

/// The function of that name (lower case).
pub fn find(name: &str) -> Option<&'static dyn Aggregate> {
    all().find(|aggregate| aggregate.answers_to(name))
}

/// Grows a per-group state and gives the group's place.
fn slot<T: Default>(states: &mut Vec<T>, group: u32) -> &mut T {
    let group = group as usize;
    if states.len() <= group {
        states.resize_with(group + 1, T::default);
    }
    &mut states[group]
}

/// The other accumulator, which is of the same type by construction.
fn same<T: 'static>(other: Box<dyn Accumulator>) -> Option<T> {
    other.into_any().downcast::<T>().ok().map(|other| *other)
}

#[cfg(test)]
mod tests;
