//! The rows of a result: as a table where it fits, field by field where it doesn't.

use dryfire_event::{CaseFinished, Row};

use super::{Detail, joined, push_line};
use crate::style::Role;
use crate::text::{count, cut, one_line, padding, width};

/// Result rows shown.
const ROWS: usize = 5;
/// The widest a column of a table gets before the rows are shown field by field.
const COLUMN: usize = 48;

impl Detail {
    pub(super) fn rows(self, out: &mut String, finished: &CaseFinished) {
        let shown = &finished.rows.first[..finished.rows.first.len().min(ROWS)];
        if shown.is_empty() {
            return;
        }
        let total = finished.rows.total.max(shown.len() as u64);
        if total > shown.len() as u64 {
            self.heading(
                out,
                &format!("result (first {} of {})", shown.len(), count(total, "row")),
            );
        } else {
            self.heading(out, &format!("result ({})", count(total, "row")));
        }
        if !self.table(out, shown) {
            self.fields(out, shown);
        }
    }

    /// The rows as a table, if it fits.
    fn table(self, out: &mut String, rows: &[Row]) -> bool {
        let mut names: Vec<&str> = Vec::new();
        for field in rows.iter().flat_map(|row| &row.fields) {
            if !names.contains(&field.name.as_str()) {
                names.push(&field.name);
            }
        }
        let mut grid = vec![
            names
                .iter()
                .map(|name| one_line(name).into_owned())
                .collect::<Vec<_>>(),
        ];
        grid.extend(rows.iter().map(|row| {
            names
                .iter()
                .map(|name| row.get(name).map_or_else(String::new, joined))
                .collect()
        }));
        let widths: Vec<usize> = (0..names.len())
            .map(|column| {
                grid.iter()
                    .map(|cells| width(&cells[column]))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let all = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1) + 4;
        if all > self.width || widths.iter().any(|&column| column > COLUMN) {
            return false;
        }
        for (at, cells) in grid.iter().enumerate() {
            let line: Vec<_> = cells
                .iter()
                .zip(&widths)
                .map(|(cell, &columns)| format!("{cell}{}", padding(cell, columns)))
                .collect();
            let line = line.join("  ");
            let line = line.trim_end();
            push_line(
                out,
                4,
                &if at == 0 {
                    self.paint.paint(Role::Aside, line)
                } else {
                    line.to_owned()
                },
            );
        }
        true
    }

    /// The rows field by field, values cut at the width.
    fn fields(self, out: &mut String, rows: &[Row]) {
        let name_width = rows
            .iter()
            .flat_map(|row| &row.fields)
            .map(|field| width(&one_line(&field.name)))
            .max()
            .unwrap_or(0);
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                out.push('\n');
            }
            let row_number = (at + 1).to_string();
            for (first, field) in row
                .fields
                .iter()
                .enumerate()
                .map(|(at, field)| (at == 0, field))
            {
                let lead = if first { row_number.as_str() } else { " " };
                let name = one_line(&field.name);
                let value = joined(&field.values);
                let value = cut(
                    &value,
                    self.width.saturating_sub(4 + 3 + name_width + 2).max(16),
                );
                let name = format!("{name}{}", padding(&name, name_width));
                push_line(
                    out,
                    4,
                    &format!("{lead:<2} {}  {value}", self.paint.paint(Role::Aside, name)),
                );
            }
        }
    }
}
