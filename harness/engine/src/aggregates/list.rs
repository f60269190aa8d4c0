//! `list`: the values in the order of rows, as many as limits.conf allows.

use std::any::Any;

use dryfire_diagnostic::{Diagnostic, codes};

use super::simple::Simple;
use super::{Accumulator, Input, Rank, same, slot};
use crate::env::Cx;
use crate::functions::spec;
use crate::value::Value;

pub(super) static LIST: Simple = Simple {
    spec: spec!(
        "Multivalue",
        "list",
        1..=1,
        "list(<field>)",
        "The values in the order of rows, the first 100 of them.",
        ["list(user)" => "bob\namy\nbob\neve"]
    ),
    aliases: &[],
    needs_time: false,
    start: |limits| {
        Box::new(Lists {
            limit: limits.list_values,
            lists: Vec::new(),
        })
    },
};

/// The entries of one group: a place in the order, and within the row.
#[derive(Default)]
struct List {
    entries: Vec<(Rank, usize, Value)>,
    /// How many there were in all.
    seen: usize,
}

impl List {
    /// Keeps the first entries; the rest can never come back.
    fn cut(&mut self, limit: usize) {
        self.entries.sort_by_key(|(rank, place, _)| (*rank, *place));
        self.entries.truncate(limit);
    }

    fn add(&mut self, entry: (Rank, usize, Value), limit: usize) {
        self.entries.push(entry);
        if self.entries.len() >= limit.saturating_mul(2).max(64) {
            self.cut(limit);
        }
    }
}

struct Lists {
    limit: usize,
    lists: Vec<List>,
}

impl Accumulator for Lists {
    fn push(&mut self, input: &Input<'_>, pairs: &[(u32, u32)], _: usize, _: &Cx<'_>) {
        let Some(values) = input.values else { return };
        for (row, group) in pairs {
            let row = *row as usize;
            for (place, value) in values.get(row).each().iter().enumerate() {
                let list = slot(&mut self.lists, *group);
                list.seen += 1;
                list.add((input.rank(row), place, value.clone()), self.limit);
            }
        }
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, map: &[u32], _: usize) {
        let other = same::<Self>(other).map_or_else(Vec::new, |other| other.lists);
        for (from, group) in other.into_iter().zip(map) {
            let list = slot(&mut self.lists, *group);
            list.seen += from.seen;
            from.entries
                .into_iter()
                .for_each(|entry| list.add(entry, self.limit));
        }
    }

    fn finish(&mut self, group: usize, cx: &Cx<'_>) -> Value {
        let limit = self.limit;
        let Some(list) = self.lists.get_mut(group) else {
            return Value::Null;
        };
        list.cut(limit);
        if list.seen > limit {
            cx.note(
                Diagnostic::warning(
                    &codes::meaning::LIMIT,
                    format!("list() kept the first {limit} values"),
                )
                .because("limits.conf, [stats] list_maxsize"),
            );
        }
        Value::multi(list.entries.iter().map(|(.., value)| value.clone()))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
