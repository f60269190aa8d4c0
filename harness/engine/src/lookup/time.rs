//! Lookups bounded by time: a row holds from its own time on.
//!
//! transforms.conf.spec: `time_field` names the column, `time_format` its form (seconds since 1970 by default);
//! `min_offset_secs` (0) and `max_offset_secs` (2,000,000,000) say how much later than the row the event may be. The rows
//! come newest first, one of them unless `max_matches` says otherwise.

use dryfire_knowledge::{LookupDefinition, LookupTable};

use crate::env::Env;
use crate::time::{Format, SECOND, from_seconds};
use crate::value::Value;

/// The times of a table's rows, as written.
pub(super) struct Times {
    cells: Vec<Box<str>>,
    format: Option<Format>,
    /// Microseconds.
    least: i64,
    most: i64,
}

impl Times {
    /// The times of a lookup that is bounded by them. The error is for the user.
    pub(super) fn new(
        definition: &LookupDefinition,
        table: &LookupTable,
    ) -> Result<Option<Self>, String> {
        let Some(field) = &definition.time_field else {
            return Ok(None);
        };
        let column = table.column(field).ok_or_else(|| {
            format!(
                "the lookup `{}` has no column `{field}`, its time_field",
                definition.name
            )
        })?;
        let micros = |seconds: u64| {
            i64::try_from(seconds)
                .unwrap_or(i64::MAX)
                .saturating_mul(SECOND)
        };
        Ok(Some(Self {
            cells: (0..table.len())
                .map(|row| table.cell(row, column).into())
                .collect(),
            format: definition
                .time_format
                .as_deref()
                .filter(|format| *format != "%s.%Q")
                .map(Format::new),
            least: micros(definition.min_offset_secs.unwrap_or(0)),
            most: micros(definition.max_offset_secs.unwrap_or(2_000_000_000)),
        }))
    }

    /// The rows that hold at a time, newest first; those of one time in file order. A row without a time never holds.
    pub(super) fn within(&self, rows: Vec<u32>, at: &Value, env: &Env) -> Vec<u32> {
        let Some(at) = at.as_number().and_then(from_seconds) else {
            return Vec::new();
        };
        let mut timed: Vec<(i64, u32)> = rows
            .into_iter()
            .filter_map(|row| Some((self.time(row, env)?, row)))
            .filter(|(time, _)| (self.least..=self.most).contains(&at.saturating_sub(*time)))
            .collect();
        timed.sort_by_key(|(time, row)| (std::cmp::Reverse(*time), *row));
        timed.into_iter().map(|(_, row)| row).collect()
    }

    fn time(&self, row: u32, env: &Env) -> Option<i64> {
        let cell = self.cells.get(row as usize)?.trim();
        match &self.format {
            None => from_seconds(cell.parse().ok()?),
            Some(format) => format.read(cell, &env.zone, env.now),
        }
    }
}
