//! Lookups by name: finding them, and their rows as a table.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_knowledge::{Lookup, LookupSource, LookupTable};
use dryfire_spl::ast::Word;

use super::Lower;
use super::arguments::similar;
use crate::column::{Column, DictBuilder};
use crate::table::Table;
use crate::value::Value;

/// The lookup of that name, with its rows. What depends on a lookup that has none here can't be judged.
pub(super) fn lookup(name: &Word, cx: &Lower<'_>) -> Result<Arc<Lookup>, Vec<Diagnostic>> {
    let knowledge = &cx.library.knowledge;
    let unknown = |message: String| {
        vec![Diagnostic::error(&codes::meaning::UNKNOWN_LOOKUP, message).at(name.at.0, "")]
    };
    let Some(lookup) = knowledge.lookup(&name.text) else {
        let names = knowledge
            .lookups()
            .map(|lookup| lookup.definition.name.as_str());
        let similar = similar(&name.text, names);
        let unknown = unknown(format!("there is no lookup `{}`", name.text));
        return Err(unknown
            .into_iter()
            .map(|error| {
                error
                    .help("give the app that has it with `--app`, or the content repository that does")
                    .opt_help(similar.clone())
            })
            .collect());
    };
    let definition = &lookup.definition;
    if definition.time_field.is_some() {
        return Err(unknown(format!(
            "`{}` is bounded by time, which the engine does not follow",
            name.text
        )));
    }
    if definition.filter.is_some() {
        return Err(unknown(format!(
            "`{}` has a filter, which the engine does not follow",
            name.text
        )));
    }
    if lookup.table().is_none() {
        return Err(unknown(match &definition.source {
            LookupSource::File(file) => format!(
                "the file `{file}` of the lookup `{}` is not there",
                name.text
            ),
            LookupSource::KvStore { collection, .. } => {
                format!(
                    "the lookup `{}` is the KV store collection `{collection}`, which has no rows here",
                    name.text
                )
            }
            LookupSource::External { .. } => {
                format!(
                    "the lookup `{}` is a script, which can't be run here",
                    name.text
                )
            }
        }));
    }
    Ok(Arc::new(lookup.clone()))
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
