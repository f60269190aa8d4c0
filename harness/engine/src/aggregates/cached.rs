//! What a batch needs of its values, worked out once for each dictionary entry.

use hashbrown::HashSet;

use crate::column::Column;
use crate::value::Value;

/// A function of a column's values whose results are kept while a batch is pushed.
pub(super) struct Cached<'a, T> {
    column: &'a Column,
    /// One place for a constant, one for each dictionary entry, one that is overwritten for plain values.
    kept: Vec<Option<T>>,
    make: fn(&Value) -> T,
}

impl<'a, T> Cached<'a, T> {
    pub(super) fn new(column: &'a Column, make: fn(&Value) -> T) -> Self {
        let places = match column {
            Column::Dict(_, dict) => dict.len(),
            _ => 1,
        };
        Self {
            column,
            kept: std::iter::repeat_with(|| None).take(places).collect(),
            make,
        }
    }

    /// What was made of the value in a row.
    pub(super) fn get(&mut self, row: u32) -> &T {
        let row = row as usize;
        let place = match self.column {
            Column::Dict(codes, _) => codes[row] as usize,
            Column::Const(..) => 0,
            Column::Plain(_) => {
                self.kept[0] = None;
                0
            }
        };
        let (column, make) = (self.column, self.make);
        self.kept[place].get_or_insert_with(|| make(column.get(row)))
    }
}

/// Runs `found` on every group and value that occur together; repeated values of coded columns only once.
pub(super) fn distinct_pairs(
    column: &Column,
    pairs: &[(u32, u32)],
    mut found: impl FnMut(u32, &Value),
) {
    let mut seen: HashSet<(u32, u16)> = HashSet::new();
    for (row, group) in pairs {
        let code = match column {
            Column::Const(..) => Some(0),
            Column::Dict(codes, _) => Some(codes[*row as usize]),
            Column::Plain(_) => None,
        };
        if code.is_none_or(|code| seen.insert((*group, code))) {
            column
                .get(*row as usize)
                .each()
                .iter()
                .for_each(|value| found(*group, value));
        }
    }
}
