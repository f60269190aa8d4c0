//! The reduction of a search without one: its events, newest first.

use std::any::Any;
use std::sync::Arc;

use crate::env::Cx;
use crate::stage::Partial;
use crate::stop::Stop;
use crate::table::Table;

/// Rows as they come from the chunks.
#[derive(Default)]
pub(super) struct Collect {
    /// Whether the search wants all fields there are: then the data decides which columns there are, and each chunk
    /// has its own.
    open: bool,
    parts: Vec<Table>,
    rows: usize,
    bytes: usize,
}

impl Collect {
    pub(super) fn new(open: bool) -> Self {
        Self {
            open,
            ..Self::default()
        }
    }
}

impl Partial for Collect {
    fn push(&mut self, table: &Table, cx: &Cx<'_>) -> Result<(), Stop> {
        self.rows += table.len();
        self.bytes += table.bytes();
        self.parts.push(table.clone());
        cx.charge(self.rows, self.bytes)
    }

    fn merge(&mut self, next: Box<dyn Partial>, cx: &Cx<'_>) -> Result<(), Stop> {
        if let Ok(next) = next.into_any().downcast::<Collect>() {
            self.rows += next.rows;
            self.bytes += next.bytes;
            self.parts.extend(next.parts);
        }
        cx.charge(self.rows, self.bytes)
    }

    fn finish(self: Box<Self>, _: &Cx<'_>) -> Result<Table, Stop> {
        let mut table = Table::concat(self.parts);
        if self.open {
            // By name: the order in which chunks showed their fields must not show.
            let mut names: Vec<Arc<str>> = table
                .columns()
                .filter(|(_, column)| !column.is_all_null())
                .map(|(name, _)| name.clone())
                .collect();
            names.sort();
            table = table.project(&names);
        }
        let Some(keys) = table.keys.clone() else {
            return Ok(table);
        };
        let mut order: Vec<u32> = (0..table.len())
            .filter_map(|row| u32::try_from(row).ok())
            .collect();
        // Splunk shows the newest event first; of one time, the one that arrived last. Rows made of one event keep
        // their order.
        order.sort_by(|a, b| keys[*b as usize].cmp(&keys[*a as usize]));
        Ok(table.select(&order))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
