//! The events behind the groups of a reduction, for the trace.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::table::{EventKey, Origin, Table};

/// So many events are remembered of a group: enough to point to, and a bound on memory.
const MOST: usize = 1_000;

/// The events of each group, once a batch carried any.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    groups: Option<Vec<BTreeSet<EventKey>>>,
}

impl Origins {
    /// Adds the events behind the rows of a batch; the pairs are rows and groups.
    pub(crate) fn push(&mut self, table: &Table, pairs: &[(u32, u32)]) {
        let Some(origins) = &table.origins else {
            return;
        };
        for (row, group) in pairs {
            self.add(*group, origins[*row as usize].iter().copied());
        }
    }

    /// Takes in the events of other groups; group `g` is `map[g]` here.
    pub(crate) fn merge(&mut self, other: Origins, map: &[u32]) {
        for (events, group) in other.groups.into_iter().flatten().zip(map) {
            self.add(*group, events);
        }
    }

    /// The events of the groups in this order; nothing where no batch carried any.
    pub(crate) fn finish(&self, order: &[u32]) -> Option<Arc<[Origin]>> {
        let groups = self.groups.as_ref()?;
        let of = |group: &u32| {
            groups
                .get(*group as usize)
                .into_iter()
                .flatten()
                .copied()
                .collect()
        };
        Some(order.iter().map(of).collect())
    }

    fn add(&mut self, group: u32, events: impl IntoIterator<Item = EventKey>) {
        let groups = self.groups.get_or_insert_default();
        let group = group as usize;
        if groups.len() <= group {
            groups.resize_with(group + 1, BTreeSet::new);
        }
        for event in events {
            groups[group].insert(event);
            // The earliest stay, whatever the order of arrival.
            if groups[group].len() > MOST {
                groups[group].pop_last();
            }
        }
    }
}
