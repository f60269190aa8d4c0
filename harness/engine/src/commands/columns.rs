//! Work on columns that several commands share.

use std::sync::Arc;

use dryfire_plan::capture;

use crate::column::Column;
use crate::table::Table;
use crate::value::Value;

/// The first column where it has a value, else the second.
pub(super) fn first_of(first: &Column, second: &Column) -> Column {
    if second.is_all_null() {
        return first.clone();
    }
    if first.is_all_null() {
        return second.clone();
    }
    (0..first.len())
        .map(|row| match first.get(row) {
            Value::Null => second.get(row).clone(),
            value => value.clone(),
        })
        .collect()
}

/// Several results for each value: computed once per dictionary entry, then given out column by column.
pub(super) fn map_many(
    column: &Column,
    count: usize,
    mut read: impl FnMut(&Value) -> Vec<Value>,
) -> Vec<Column> {
    let mut found: Vec<Vec<Value>> = Vec::new();
    // `Column::map` visits the same values in the same order each time.
    let _ = column.map(|value| {
        found.push(read(value));
        Value::Null
    });
    (0..count)
        .map(|place| {
            let mut results = found.iter_mut();
            column.map(|_| {
                let result = results.next().and_then(|results| results.get_mut(place));
                result.map(std::mem::take).unwrap_or_default()
            })
        })
        .collect()
}

/// Applies a function to each single value of each row.
pub(super) fn map_singles(column: &Column, mut function: impl FnMut(&Value) -> Value) -> Column {
    column.map(|value| match value {
        Value::Multi(values) => Value::multi(values.iter().map(&mut function)),
        Value::Null => Value::Null,
        single => function(single),
    })
}

/// Whether a field pattern fits a name. `*` does not stand for the `_` of an internal field, unless the pattern says
/// so: `fields - *` keeps `_time`.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    if pattern.contains('*') && name.starts_with('_') && !pattern.starts_with('_') {
        return false;
    }
    capture(pattern, name).is_some()
}

/// The names of a table that fit some patterns: names without `*` as they stand, whether there or not; the others
/// ascending.
pub(super) fn expand(patterns: &[Arc<str>], table: &Table) -> Vec<Arc<str>> {
    let mut expanded: Vec<Arc<str>> = Vec::new();
    for pattern in patterns {
        if pattern.contains('*') {
            let mut found: Vec<Arc<str>> = table
                .names()
                .filter(|name| fits(pattern, name))
                .cloned()
                .collect();
            found.sort();
            found.retain(|name| !expanded.contains(name));
            expanded.extend(found);
        } else if !expanded.contains(pattern) {
            expanded.push(pattern.clone());
        }
    }
    expanded
}

/// Whether a pattern is among the names, so that the columns at hand decide the outcome.
pub(super) fn has_pattern(names: &[Arc<str>]) -> bool {
    names.iter().any(|name| name.contains('*'))
}

/// The table with other names; a name that becomes another's is overwritten, and the place is that of the old name.
pub(super) fn rename(table: &Table, name_of: impl Fn(&str) -> Option<Arc<str>>) -> Table {
    let mut renamed = Table::new(table.len());
    renamed.keys.clone_from(&table.keys);
    renamed.origins.clone_from(&table.origins);
    let taken: Vec<Arc<str>> = table.names().filter_map(|name| name_of(name)).collect();
    for (name, column) in table.columns() {
        match name_of(name) {
            Some(new) => renamed.set(new, column.clone()),
            None if taken.contains(name) => {}
            None => renamed.set(name.clone(), column.clone()),
        }
    }
    renamed
}
