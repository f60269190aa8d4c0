//! Lookups by name: finding them, and their rows as a table.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_knowledge::{Lookup, LookupTable};
use dryfire_spl::ast::Word;

use super::Lower;
use super::arguments::similar;
use crate::column::{Column, DictBuilder};
use crate::lookup::missing;
use crate::table::Table;
use crate::value::Value;

/// The lookup of that name, with its rows. What depends on a lookup that has none here can't be judged.
pub(super) fn lookup(name: &Word, cx: &Lower<'_>) -> Result<Arc<Lookup>, Vec<Diagnostic>> {
    let unknown = |message: String| {
        Diagnostic::error(&codes::meaning::UNKNOWN_LOOKUP, message).at(name.at.0, "")
    };
    let Some(lookup) = cx.library.lookup(&name.text) else {
        let known = cx.library.knowledge.lookups();
        let names = known.map(|lookup| lookup.definition.name.as_str());
        let similar = similar(&name.text, names);
        return Err(vec![
            unknown(format!("there is no lookup `{}`", name.text))
                .opt_help(similar.or_else(|| Some(declare(&name.text)))),
        ]);
    };
    if lookup.definition.filter.is_some() {
        return Err(vec![unknown(format!(
            "`{}` has a filter, which the engine does not follow",
            name.text
        ))]);
    }
    if lookup.table().is_none() && lookup.native().is_none() {
        return Err(vec![unknown(missing(lookup)).help(declare(&name.text))]);
    }
    Ok(Arc::new(lookup.clone()))
}

fn declare(name: &str) -> String {
    format!(
        "give the app that has it with `--app`, or say in the manifest or dryfire.toml what it holds: `lookups: {{ {name}: empty }}`, a CSV file, or rows"
    )
}

/// The rows as a table; an empty cell is an absent field.
pub(super) fn rows(table: &LookupTable) -> Table {
    let mut rows = Table::new(table.len());
    for (place, name) in table.columns().iter().enumerate() {
        rows.set(name.as_str(), column(table, place));
    }
    rows
}

fn column(table: &LookupTable, place: usize) -> Column {
    let cells = (0..table.len()).map(|row| table.cell(row, place));
    if table.len() > usize::from(u16::MAX) {
        return cells
            .map(|cell| {
                if cell.is_empty() {
                    Value::Null
                } else {
                    Value::text(cell)
                }
            })
            .collect();
    }
    let mut builder = DictBuilder::new(table.len());
    for cell in cells {
        if cell.is_empty() {
            builder.push_null();
        } else {
            builder.push(cell);
        }
    }
    builder.finish()
}
