//! `first`, `last`, by the order of rows, and `earliest`, `latest`, `earliest_time`, `latest_time`, by `_time`.
//!
//! Splunk, "Event order functions" and "Time functions". Events come newest first, so that `first` sees the newest.

use std::any::Any;

use super::simple::Simple;
use super::{Accumulator, Input, Rank, same, slot};
use crate::env::Cx;
use crate::functions::spec;
use crate::time;
use crate::value::Value;

pub(super) static FIRST: Simple = Simple {
    spec: spec!(
        "Event order",
        "first",
        1..=1,
        "first(<field>)",
        "The value of the first row that has the field.",
        "of a row with several values the first counts",
        ["first(n)" => "5"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| Picks::boxed(Pick::First),
};

pub(super) static LAST: Simple = Simple {
    spec: spec!(
        "Event order",
        "last",
        1..=1,
        "last(<field>)",
        "The value of the last row that has the field.",
        "of a row with several values the last counts",
        ["last(user)" => "eve"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| Picks::boxed(Pick::Last),
};

pub(super) static EARLIEST: Simple = Simple {
    spec: spec!(
        "Time",
        "earliest",
        1..=1,
        "earliest(<field>)",
        "The value of the row with the smallest _time.",
        "of rows with the same time the one that arrived first counts, of several values the first",
        ["earliest(user)" => "eve"]
    ),
    aliases: &[],
    needs_time: true,
    start: |_| Picks::boxed(Pick::Earliest),
};

pub(super) static LATEST: Simple = Simple {
    spec: spec!(
        "Time",
        "latest",
        1..=1,
        "latest(<field>)",
        "The value of the row with the greatest _time.",
        "of rows with the same time the one that arrived last counts, of several values the first",
        ["latest(user)" => "bob"]
    ),
    aliases: &[],
    needs_time: true,
    start: |_| Picks::boxed(Pick::Latest),
};

pub(super) static EARLIEST_TIME: Simple = Simple {
    spec: spec!(
        "Time",
        "earliest_time",
        1..=1,
        "earliest_time(<field>)",
        "The smallest _time of the rows that have the field.",
        ["earliest_time(user)" => "0"]
    ),
    aliases: &[],
    needs_time: true,
    start: |_| Picks::boxed(Pick::EarliestTime),
};

pub(super) static LATEST_TIME: Simple = Simple {
    spec: spec!(
        "Time",
        "latest_time",
        1..=1,
        "latest_time(<field>)",
        "The greatest _time of the rows that have the field.",
        ["latest_time(user)" => "40"]
    ),
    aliases: &[],
    needs_time: true,
    start: |_| Picks::boxed(Pick::LatestTime),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pick {
    First,
    Last,
    Earliest,
    Latest,
    EarliestTime,
    LatestTime,
}

impl Pick {
    fn needs_time(self) -> bool {
        !matches!(self, Pick::First | Pick::Last)
    }

    /// Whether `_time` decides which value is the result.
    fn is_value_by_time(self) -> bool {
        matches!(self, Pick::Earliest | Pick::Latest)
    }

    /// Whether a row at `new` takes the place of one at `old`.
    fn prefers(self, new: Place, old: Place) -> bool {
        match self {
            Pick::First => new.rank < old.rank,
            Pick::Last => new.rank > old.rank,
            // A greater rank arrived earlier.
            Pick::Earliest | Pick::EarliestTime => (new.micros, old.rank) < (old.micros, new.rank),
            Pick::Latest | Pick::LatestTime => (new.micros, old.rank) > (old.micros, new.rank),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Place {
    micros: i64,
    rank: Rank,
}

struct Picks {
    pick: Pick,
    picked: Vec<Option<Picked>>,
}

/// The row that is picked.
struct Picked {
    place: Place,
    value: Value,
    /// Whether another value of the row could be meant.
    of_several: bool,
    /// Whether another row with the same time has another value.
    is_tied: bool,
}

impl Picks {
    fn boxed(pick: Pick) -> Box<dyn Accumulator> {
        Box::new(Self {
            pick,
            picked: Vec::new(),
        })
    }

    fn offer(&mut self, group: u32, mut new: Picked) {
        let pick = self.pick;
        let picked = slot(&mut self.picked, group);
        match picked {
            None => *picked = Some(new),
            Some(old) => {
                let is_tied = pick.is_value_by_time()
                    && old.place.micros == new.place.micros
                    && (old.is_tied || new.is_tied || old.value != new.value);
                if pick.prefers(new.place, old.place) {
                    new.is_tied |= is_tied;
                    *old = new;
                } else {
                    old.is_tied |= is_tied;
                }
            }
        }
    }
}

impl Accumulator for Picks {
    fn push(&mut self, input: &Input<'_>, pairs: &[(u32, u32)], _: usize, _: &Cx<'_>) {
        let Some(values) = input.values else { return };
        for (row, group) in pairs {
            let row = *row as usize;
            let each = values.get(row).each();
            let value = if self.pick == Pick::Last {
                each.last()
            } else {
                each.first()
            };
            let micros = if self.pick.needs_time() {
                input.micros(row)
            } else {
                Some(0)
            };
            // A row without a time has no place in time.
            if let (Some(value), Some(micros)) = (value, micros) {
                let place = Place {
                    micros,
                    rank: input.rank(row),
                };
                let known = self.picked.get(*group as usize).and_then(Option::as_ref);
                // Most rows are neither better nor tied: nothing is to be copied of them.
                let ties =
                    |known: &Picked| self.pick.is_value_by_time() && known.place.micros == micros;
                if known.is_some_and(|known| !ties(known) && !self.pick.prefers(place, known.place))
                {
                    continue;
                }
                let picked = Picked {
                    place,
                    value: value.clone(),
                    of_several: each.iter().any(|other| other != value),
                    is_tied: false,
                };
                self.offer(*group, picked);
            }
        }
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, map: &[u32], _: usize) {
        let other = same::<Self>(other).map_or_else(Vec::new, |other| other.picked);
        for (picked, group) in other.into_iter().zip(map) {
            if let Some(picked) = picked {
                self.offer(*group, picked);
            }
        }
    }

    fn finish(&mut self, group: usize, cx: &Cx<'_>) -> Value {
        let Some(Some(picked)) = self.picked.get(group) else {
            return Value::Null;
        };
        if matches!(self.pick, Pick::EarliestTime | Pick::LatestTime) {
            return Value::number(time::to_seconds(picked.place.micros));
        }
        if picked.is_tied {
            cx.uncertain(
                "of rows with the same _time, earliest() takes the value that arrived first and latest() the one that arrived last; Splunk's manual does not say which",
            );
        }
        if picked.of_several {
            cx.uncertain(
                "of a row with several values, first(), earliest() and latest() take the first and last() the last; Splunk's manual does not say which",
            );
        }
        picked.value.clone()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
