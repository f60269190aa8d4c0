//! `dc`, `estdc`, `values`: different values by their spelling (`1` and `1.0` are two); each value of a list counts.

use std::any::Any;

use hashbrown::HashSet;

use super::cached::distinct_pairs;
use super::simple::Simple;
use super::{Accumulator, Input, same, slot};
use crate::env::Cx;
use crate::functions::spec;
use crate::value::Value;

pub(super) static DC: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "dc",
        1..=1,
        "dc(<field>)",
        "How many different values.",
        ["dc(user)" => "3"]
    ),
    aliases: &["distinct_count"],
    needs_time: false,
    start: |_| Distinct::boxed(count, None),
};

pub(super) static ESTDC: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "estdc",
        1..=1,
        "estdc(<field>)",
        "How many different values, estimated.",
        "the exact count, where Splunk estimates",
        ["estdc(user)" => "3"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| {
        Distinct::boxed(
            count,
            Some("estdc() counts exactly here, where Splunk estimates"),
        )
    },
};

pub(super) static ESTDC_ERROR: Simple = Simple {
    spec: spec!(
        "Aggregate",
        "estdc_error",
        1..=1,
        "estdc_error(<field>)",
        "How far the estimate of estdc() may be off, as a share of it.",
        "always 0, since the count is exact, where Splunk estimates",
        ["estdc_error(user)" => "0"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| {
        Distinct::boxed(
            |_| Value::Number(0.0),
            Some(
                "estdc_error() is 0, since values are counted exactly here, where Splunk estimates",
            ),
        )
    },
};

pub(super) static VALUES: Simple = Simple {
    spec: spec!(
        "Multivalue",
        "values",
        1..=1,
        "values(<field>)",
        "The different values in lexicographic order.",
        ["values(user)" => "amy\nbob\neve"]
    ),
    aliases: &[],
    needs_time: false,
    start: |_| Distinct::boxed(sorted, None),
};

struct Distinct {
    sets: Vec<HashSet<Value>>,
    held: usize,
    read: fn(&HashSet<Value>) -> Value,
    /// What is not certain of a result.
    open: Option<&'static str>,
}

impl Distinct {
    fn boxed(
        read: fn(&HashSet<Value>) -> Value,
        open: Option<&'static str>,
    ) -> Box<dyn Accumulator> {
        Box::new(Self {
            sets: Vec::new(),
            held: 0,
            read,
            open,
        })
    }
}

impl Accumulator for Distinct {
    fn push(&mut self, input: &Input<'_>, pairs: &[(u32, u32)], _: usize, cx: &Cx<'_>) {
        let Some(values) = input.values else { return };
        distinct_pairs(values, pairs, |group, value| {
            let set = slot(&mut self.sets, group);
            if !set.contains(value) {
                set.insert(value.clone());
                self.held += 1;
            }
        });
        if let Err(stop) = cx.charge(self.held, self.held * size_of::<Value>()) {
            cx.fail(stop);
        }
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, map: &[u32], _: usize) {
        let other = same::<Self>(other).map_or_else(Vec::new, |other| other.sets);
        for (set, group) in other.into_iter().zip(map) {
            let into = slot(&mut self.sets, *group);
            let before = into.len();
            into.extend(set);
            self.held += into.len() - before;
        }
    }

    fn finish(&mut self, group: usize, cx: &Cx<'_>) -> Value {
        if let Some(rule) = self.open
            && self.sets.get(group).is_some_and(|set| !set.is_empty())
        {
            cx.uncertain(rule);
        }
        // A group without any value has none different.
        self.sets
            .get(group)
            .map_or_else(|| (self.read)(&HashSet::new()), self.read)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

fn count(set: &HashSet<Value>) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "no data has 2^53 values")]
    Value::Number(set.len() as f64)
}

fn sorted(set: &HashSet<Value>) -> Value {
    // A number and the text that spells it are one entry; which of them is kept must not depend on chance.
    let mut texts: Vec<_> = set.iter().map(Value::to_text).collect();
    texts.sort_unstable();
    Value::multi(texts.into_iter().map(Value::Text))
}
