//! Orders rows by keys: `sort`, `dedup … sortby`.
//!
//! Search Reference, "sort": how two values compare is decided pair by pair (both numbers, both addresses, else text),
//! so that `10.1` stands after `9.1` and `10.1.a` before `9.1.a`. Rows without the field come last, ascending or not.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use dryfire_spl::ast::SortKey;

use crate::column::Column;
use crate::env::Cx;
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

/// A sort key.
pub(super) struct Key {
    field: Arc<str>,
    descending: bool,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Auto,
    Number,
    Address,
    Text,
}

impl Key {
    /// The key as written; `reverse` turns it round.
    pub(super) fn new(key: &SortKey, reverse: bool) -> Self {
        let kind = match key.cast.as_deref() {
            Some("num") => Kind::Number,
            Some("ip") => Kind::Address,
            Some("str") => Kind::Text,
            _ => Kind::Auto,
        };
        Self {
            field: key.field.text.as_str().into(),
            descending: key.descending != reverse,
            kind,
        }
    }
}

/// The rows in order. The sort is stable.
pub(super) fn order(table: &Table, keys: &[Key], cx: &Cx<'_>) -> Result<Vec<u32>, Stop> {
    let columns: Vec<(Vec<Sortable>, &Key)> = keys
        .iter()
        .map(|key| (sortable(&table.column_or_null(&key.field), key.kind), key))
        .collect();
    let compare = |a: u32, b: u32| {
        for (cells, key) in &columns {
            let (a, b) = (&cells[a as usize], &cells[b as usize]);
            let order = match (a, b) {
                (Sortable::Missing, Sortable::Missing) => Ordering::Equal,
                (Sortable::Missing, _) => Ordering::Greater,
                (_, Sortable::Missing) => Ordering::Less,
                (a, b) => {
                    let order = a.compare(b);
                    if key.descending {
                        order.reverse()
                    } else {
                        order
                    }
                }
            };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    };
    let mut rows: Vec<u32> = (0..table.len())
        .filter_map(|row| u32::try_from(row).ok())
        .collect();
    merge_sort(&mut rows, &compare, cx)?;
    Ok(rows)
}

enum Sortable {
    Missing,
    Number(f64, Arc<str>),
    Address(IpAddr, Arc<str>),
    Text(Arc<str>),
}

fn sortable(column: &Column, kind: Kind) -> Vec<Sortable> {
    column
        .iter()
        .map(|value| {
            let Some(first) = value.each().first() else {
                return Sortable::Missing;
            };
            let text = first.to_text();
            if matches!(kind, Kind::Auto | Kind::Number)
                && let Some(number) = first.as_number()
            {
                return Sortable::Number(number, text);
            }
            if matches!(kind, Kind::Auto | Kind::Address)
                && let Ok(address) = text.parse()
            {
                return Sortable::Address(address, text);
            }
            Sortable::Text(text)
        })
        .collect()
}

impl Sortable {
    fn compare(&self, other: &Sortable) -> Ordering {
        match (self, other) {
            (Sortable::Number(a, _), Sortable::Number(b, _)) => a.total_cmp(b),
            (Sortable::Address(a, _), Sortable::Address(b, _)) => a.cmp(b),
            _ => self.text().cmp(other.text()),
        }
    }

    fn text(&self) -> &str {
        match self {
            Sortable::Missing => "",
            Sortable::Number(_, text) | Sortable::Address(_, text) | Sortable::Text(text) => text,
        }
    }
}

/// Comparing pair by pair is not transitive (`9 < 10 < 1x < 9`), which the sort of the standard library does not
/// allow. Merging gives an order for any comparison, the same each time.
fn merge_sort(
    rows: &mut Vec<u32>,
    compare: &impl Fn(u32, u32) -> Ordering,
    cx: &Cx<'_>,
) -> Result<(), Stop> {
    let mut width = 1;
    let mut merged = Vec::with_capacity(rows.len());
    while width < rows.len() {
        merged.clear();
        for pair in rows.chunks(width * 2) {
            cx.check()?;
            let (left, right) = pair.split_at(width.min(pair.len()));
            let (mut i, mut j) = (0, 0);
            while i < left.len() && j < right.len() {
                if compare(left[i], right[j]).is_le() {
                    merged.push(left[i]);
                    i += 1;
                } else {
                    merged.push(right[j]);
                    j += 1;
                }
            }
            merged.extend_from_slice(&left[i..]);
            merged.extend_from_slice(&right[j..]);
        }
        std::mem::swap(rows, &mut merged);
        width *= 2;
    }
    Ok(())
}

/// The rows in another order: they are no longer in that of the events.
pub(super) fn arrange(table: &Table, rows: &[u32]) -> Table {
    let mut arranged = table.select(rows);
    arranged.keys = None;
    arranged
}

/// Whether two values are the same, as `dedup` and its like see it.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    a.is_null() && b.is_null() || a == b
}
