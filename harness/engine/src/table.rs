//! Rows with named columns: what flows from command to command.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::column::Column;
use crate::value::Value;

/// The place of an event in its data: by time, then by arrival. It orders results and names the event behind a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// Microseconds since 1970, the stamp's shift included.
    pub time: i64,
    /// Which part of the view.
    pub part: u32,
    /// Which unit of the part (a chunk as read).
    pub unit: u32,
    /// Which event of the unit.
    pub row: u32,
}

/// Rows and columns. A field that is absent from a row is null; one that is absent from all rows may have no column.
#[derive(Debug, Clone, Default)]
pub struct Table {
    len: usize,
    columns: IndexMap<Arc<str>, Column>,
    /// The event each row came from, while rows are still events.
    pub keys: Option<Arc<[EventKey]>>,
    /// The events behind each row, also after they were brought together; only where a trace was asked for, and only as
    /// far as the commands carry them.
    pub origins: Option<Arc<[Origin]>>,
}

/// The events behind a row.
pub type Origin = Arc<[EventKey]>;

impl Table {
    /// `len` rows without fields.
    pub fn new(len: usize) -> Self {
        Self {
            len,
            ..Self::default()
        }
    }

    /// A table out of rows given as (field, value) lists; columns in order of first appearance.
    pub fn from_rows<N: Into<Arc<str>>>(rows: impl IntoIterator<Item = Vec<(N, Value)>>) -> Self {
        let mut cells: IndexMap<Arc<str>, Vec<Value>> = IndexMap::new();
        let mut len = 0;
        for row in rows {
            for (name, value) in row {
                let cell = cells.entry(name.into()).or_default();
                // Of a name that a row has twice, the last value counts.
                cell.truncate(len);
                cell.resize(len, Value::Null);
                cell.push(value);
            }
            len += 1;
        }
        let mut table = Table::new(len);
        for (name, mut values) in cells {
            values.resize(len, Value::Null);
            table.set(name, values.into_iter().collect());
        }
        table
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A column, if the table has it.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.get(name)
    }

    /// A column; null everywhere if the table does not have it.
    pub fn column_or_null(&self, name: &str) -> Column {
        self.columns
            .get(name)
            .cloned()
            .unwrap_or_else(|| Column::null(self.len))
    }

    /// The value in a row.
    pub fn value(&self, row: usize, name: &str) -> &Value {
        self.columns
            .get(name)
            .map_or(&Value::Null, |column| column.get(row))
    }

    /// Adds a column, or replaces it at its place.
    pub fn set(&mut self, name: impl Into<Arc<str>>, column: Column) {
        debug_assert_eq!(column.len(), self.len, "columns have one length");
        self.columns.insert(name.into(), column);
    }

    /// Takes a column out.
    pub fn remove(&mut self, name: &str) -> Option<Column> {
        self.columns.shift_remove(name)
    }

    /// Names in order.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.columns.keys()
    }

    /// Names and columns in order.
    pub fn columns(&self) -> impl Iterator<Item = (&Arc<str>, &Column)> {
        self.columns.iter()
    }

    /// Keeps the columns that `keep` accepts.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.columns.retain(|name, _| keep(name));
    }

    /// The table with these columns only, in this order; absent ones are null.
    #[must_use]
    pub fn project(&self, names: &[Arc<str>]) -> Table {
        let mut table = Table {
            len: self.len,
            columns: IndexMap::with_capacity(names.len()),
            keys: self.keys.clone(),
            origins: self.origins.clone(),
        };
        for name in names {
            table
                .columns
                .insert(name.clone(), self.column_or_null(name));
        }
        table
    }

    /// The rows at these positions, in this order; positions may repeat.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Table {
        Table {
            len: rows.len(),
            columns: self
                .columns
                .iter()
                .map(|(name, column)| (name.clone(), column.select(rows)))
                .collect(),
            keys: self
                .keys
                .as_ref()
                .map(|keys| rows.iter().map(|row| keys[*row as usize]).collect()),
            origins: self.origins.as_ref().map(|origins| {
                rows.iter()
                    .map(|row| origins[*row as usize].clone())
                    .collect()
            }),
        }
    }

    /// The rows for which `keep` holds.
    #[must_use]
    pub fn filter(&self, mut keep: impl FnMut(usize) -> bool) -> Table {
        let rows: Vec<u32> = (0..self.len)
            .filter(|row| keep(*row))
            .filter_map(|row| u32::try_from(row).ok())
            .collect();
        if rows.len() == self.len {
            self.clone()
        } else {
            self.select(&rows)
        }
    }

    /// The tables one below the other; columns in order of first appearance.
    pub fn concat(parts: Vec<Table>) -> Table {
        let mut parts: Vec<Table> = parts
            .into_iter()
            .filter(|part| part.len > 0 || !part.columns.is_empty())
            .collect();
        if parts.len() == 1 {
            return parts.swap_remove(0);
        }
        let mut names: IndexMap<Arc<str>, ()> = IndexMap::new();
        for part in &parts {
            names.extend(part.columns.keys().map(|name| (name.clone(), ())));
        }
        let keys = parts
            .iter()
            .map(|part| part.keys.as_deref())
            .collect::<Option<Vec<_>>>();
        let keys = keys.map(|keys| keys.concat().into());
        let origins = parts
            .iter()
            .map(|part| part.origins.as_deref())
            .collect::<Option<Vec<_>>>();
        let origins = origins.map(|origins| origins.concat().into());
        let len = parts.iter().map(|part| part.len).sum();
        let columns = names
            .into_keys()
            .map(|name| {
                let pieces: Vec<Column> = parts
                    .iter()
                    .map(|part| part.column_or_null(&name))
                    .collect();
                (name, Column::concat(&pieces))
            })
            .collect();
        Table {
            len,
            columns,
            keys,
            origins,
        }
    }

    /// Bytes held, roughly.
    pub fn bytes(&self) -> usize {
        self.columns.values().map(Column::bytes).sum::<usize>()
            + self.keys.as_ref().map_or(0, |keys| keys.len() * 24)
    }

    /// The fields present in a row, in column order.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (&str, &Value)> {
        self.columns
            .iter()
            .map(move |(name, column)| (&**name, column.get(row)))
            .filter(|(_, value)| !value.is_null())
    }
}
