//! `mode`: the most frequent value, by its spelling.

use std::any::Any;
use std::cmp::Reverse;

use hashbrown::HashMap;

use super::simple::Simple;
use super::{Accumulator, Input, Rank, same, slot};
use crate::env::Cx;
use crate::functions::spec;
use crate::value::Value;

pub(super) static MODE: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "mode",
        1..=1,
        "mode(<field>)",
        "The most frequent value.",
        "of equally frequent values the one that comes first is taken",
        ["mode(user)" => "bob"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| Box::new(Modes(Vec::new())),
};

/// How often a value occurs, and its first place: the row, and the place within it.
#[derive(Debug, Clone, Copy)]
struct Tally {
    count: u64,
    first: (Rank, usize),
}

struct Modes(Vec<HashMap<Value, Tally>>);

impl Modes {
    fn add(&mut self, group: u32, value: &Value, tally: Tally) {
        let tallies = slot(&mut self.0, group);
        match tallies.get_mut(value) {
            Some(known) => {
                known.count += tally.count;
                known.first = known.first.min(tally.first);
            }
            None => {
                tallies.insert(value.clone(), tally);
            }
        }
    }
}

impl Accumulator for Modes {
    fn push(&mut self, input: &Input<'_>, pairs: &[(u32, u32)], _: usize, _: &Cx<'_>) {
        let Some(values) = input.values else { return };
        for (row, group) in pairs {
            let row = *row as usize;
            for (place, value) in values.get(row).each().iter().enumerate() {
                self.add(
                    *group,
                    value,
                    Tally {
                        count: 1,
                        first: (input.rank(row), place),
                    },
                );
            }
        }
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, map: &[u32], _: usize) {
        let other = same::<Self>(other).map_or_else(Vec::new, |other| other.0);
        for (tallies, group) in other.into_iter().zip(map) {
            tallies
                .into_iter()
                .for_each(|(value, tally)| self.add(*group, &value, tally));
        }
    }

    fn finish(&mut self, group: usize, cx: &Cx<'_>) -> Value {
        let Some(tallies) = self.0.get(group) else {
            return Value::Null;
        };
        let most = tallies
            .iter()
            .max_by_key(|(_, tally)| (tally.count, Reverse(tally.first)));
        let Some((value, most)) = most else {
            return Value::Null;
        };
        if tallies
            .values()
            .filter(|tally| tally.count == most.count)
            .count()
            > 1
        {
            cx.uncertain("mode() takes the value that comes first of those that are equally frequent; Splunk's manual does not say which");
        }
        value.clone()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
