//! What searches write: into lookups, into indexes, and over events that they delete. All of it stays inside the server: no
//! name in a search leads to a file.

use std::fmt::Write;

use dryfire_engine::{Effect, Table};
use dryfire_knowledge::{Filling, LookupTable};

use crate::identity::Who;
use crate::state::State;
use crate::store::{Key, Snapshot, StoreError};

/// The sourcetype of collected events.
const STASH: &str = "stash";
/// Most cells of a lookup that searches fill.
const LOOKUP_CELLS: usize = 5_000_000;

/// Does what a search wants done.
pub(crate) fn apply(
    state: &State,
    who: &Who,
    snapshot: &Snapshot,
    effects: &[Effect],
    now: i64,
) -> Result<(), String> {
    for effect in effects {
        match effect {
            Effect::WriteLookup {
                lookup,
                rows,
                append,
            } => write_lookup(state, lookup, rows, *append)?,
            Effect::WriteEvents { index, rows } => collect(state, who, index, rows, now)?,
            Effect::DeleteEvents { keys } => state
                .store
                .delete(snapshot, keys)
                .map_err(|error| why(&error))?,
        }
    }
    Ok(())
}

/// Whether a name can't be taken for a way to a file.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 1024
        && !name.contains(['/', '\\', '\0'])
        && !name.contains("..")
        && !name.chars().any(char::is_control)
}

fn write_lookup(state: &State, name: &str, rows: &Table, append: bool) -> Result<(), String> {
    if !is_plain(name) {
        return Err(format!("Invalid lookup name: '{name}'."));
    }
    let mut result = Ok(());
    state.change_library(|library| {
        let before = library.lookup(name).filter(|_| append);
        let before = before.and_then(|lookup| lookup.table().cloned());
        let mut columns: Vec<String> = before
            .iter()
            .flat_map(|table| table.columns().iter().cloned())
            .collect();
        for name in rows.names() {
            if !columns.iter().any(|known| **known == **name) {
                columns.push(name.to_string());
            }
        }
        let mut cells: Vec<Vec<String>> = Vec::new();
        if let Some(table) = &before {
            for row in 0..table.len() {
                let mut row: Vec<String> = table.row(row).map(str::to_owned).collect();
                row.resize(columns.len(), String::new());
                cells.push(row);
            }
        }
        for row in 0..rows.len() {
            let value = |name: &String| rows.value(row, name).to_text().to_string();
            cells.push(columns.iter().map(value).collect());
        }
        if cells.len().saturating_mul(columns.len()) > LOOKUP_CELLS {
            result = Err(format!(
                "The lookup '{name}' would have more than {LOOKUP_CELLS} cells."
            ));
            return;
        }
        library.fill(name, &Filling::Rows(LookupTable::new(columns, cells)));
    });
    result
}

/// Writes rows as events, as `collect` does: the text of events as it is, other rows as pairs.
fn collect(state: &State, who: &Who, index: &str, rows: &Table, now: i64) -> Result<(), String> {
    if !who.sees(index) {
        return Err(format!("You may not write into the index '{index}'."));
    }
    let key = Key {
        index: index.into(),
        host: "dryfire".into(),
        source: "collect".into(),
        sourcetype: STASH.into(),
    };
    let intake = state.store.intake(&key).map_err(|error| why(&error))?;
    let mut taken = Vec::new();
    for row in 0..rows.len() {
        let seconds = rows.value(row, "_time").as_number();
        let time = seconds.and_then(dryfire_engine::time::from_seconds);
        let raw = rows.value(row, "_raw");
        let text = match raw.is_null() {
            false => raw.to_text().to_string(),
            true => pairs(rows, row),
        };
        let event = intake.event(text, Some(time.unwrap_or(now)), Vec::new());
        taken.extend(event.map_err(|stop| crate::search::stopped(&stop).text)?);
    }
    let written = state.store.put(vec![(key, taken)]);
    written.map_err(|error| why(&error))
}

fn pairs(rows: &Table, row: usize) -> String {
    let mut text = String::new();
    for (name, value) in rows.row(row) {
        for value in value.each() {
            if !text.is_empty() {
                text.push_str(", ");
            }
            let value = value.to_text().replace('\\', "\\\\").replace('"', "\\\"");
            let _ = write!(text, "{name}=\"{value}\"");
        }
    }
    text
}

/// Why events were not taken, in words.
pub(crate) fn why(error: &StoreError) -> String {
    match error {
        StoreError::NoIndex(name) => format!("There is no index '{name}'."),
        StoreError::Full => "The limit of stored bytes is reached.".to_owned(),
        StoreError::Journal(why) => why.clone(),
        StoreError::Engine(stop) => crate::search::stopped(stop).text,
    }
}

#[cfg(test)]
mod tests {
    use dryfire_engine::Value;

    use super::*;

    #[test]
    fn names_with_a_way_in_them_are_refused() {
        for name in ["assets", "assets.csv", "a b", "ESCU - X"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", "../etc/passwd", "a/b", "a\\b", "..", "a\0b", "a\nb"] {
            assert!(!is_plain(name), "{name:?}");
        }
    }

    #[test]
    fn pairs_keep_quotes_and_several_values() {
        let both = Value::multi([Value::from("x"), Value::from("y\"z")]);
        let table = Table::from_rows([vec![("a", Value::from("1")), ("b", both)]]);
        assert_eq!(pairs(&table, 0), r#"a="1", b="x", b="y\"z""#);
    }
}
