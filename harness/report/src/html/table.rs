//! Result rows as a table that scrolls in its own box.

use dryfire_event::Row;
use maud::{Markup, html};

use crate::text::{count, lines, one_line};

/// How much of a result a page shows: a report of a whole repository must stay one that a browser opens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Rows.
    pub(super) rows: usize,
    /// Characters of a value.
    pub(super) value: usize,
}

/// On a page of its own, or one of a few.
pub(crate) const FULL: Limits = Limits {
    rows: 20,
    value: 2_000,
};
/// On a page among many.
pub(super) const SHORT: Limits = Limits {
    rows: 5,
    value: 200,
};

/// Rows under their field names.
pub(crate) fn rows(what: &str, rows: &[Row], total: u64, limits: Limits) -> Markup {
    let shown = &rows[..rows.len().min(limits.rows)];
    let total = total.max(rows.len() as u64);
    let mut names: Vec<&str> = Vec::new();
    for field in shown.iter().flat_map(|row| &row.fields) {
        if !names.contains(&field.name.as_str()) {
            names.push(&field.name);
        }
    }
    let caption = if (shown.len() as u64) < total {
        format!(
            "{what}: the first {} of {}",
            shown.len(),
            count(total, "row")
        )
    } else {
        format!("{what}: {}", count(total, "row"))
    };
    html! {
        div class="scroll" role="region" tabindex="0" aria-label=(caption) {
            table class="rows" {
                caption { (caption) }
                thead { tr { th scope="col" { "#" } @for name in &names { th scope="col" { (one_line(name)) } } } }
                tbody {
                    @for (at, row) in shown.iter().enumerate() {
                        tr {
                            th scope="row" { (at + 1) }
                            @for name in &names { td { @if let Some(values) = row.get(name) { (value(values, limits)) } } }
                        }
                    }
                }
            }
        }
    }
}

/// The values of a field, each on a line.
pub(super) fn value(values: &[String], limits: Limits) -> Markup {
    if values.is_empty() {
        return html! { span class="soft" { "null" } };
    }
    let mut left = limits.value;
    let mut shown: Vec<String> = Vec::new();
    let mut cut = 0;
    for value in values {
        let length = value.chars().count();
        let kept: String = value.chars().take(left).collect();
        cut += length.saturating_sub(left);
        if left > 0 || length == 0 {
            shown.push(lines(&kept).into_owned());
        }
        left = left.saturating_sub(length);
    }
    html! {
        (shown.join("\n"))
        @if cut > 0 { span class="soft" { " … " (count(cut as u64, "more character")) } }
    }
}
