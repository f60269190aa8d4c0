//! Indexes.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{new_name, refused};
use crate::entry::{Entry, Refusal, content};
use crate::routes::{Answer, Ask};
use crate::store::Index;

const COLLECTION: &str = "data/indexes";
const PATH: &str = "/services/data/indexes";

fn entry(ask: &Ask<'_>, name: &str, index: &Index) -> Entry {
    let mut content = content(json!({
        "totalEventCount": ask.state.store.count(name),
        "currentDBSizeMB": 1,
        "maxTotalDataSizeMB": 500_000,
        "datatype": "event",
        "disabled": false,
        "isInternal": name.starts_with('_'),
    }));
    for (key, value) in &index.settings {
        content.insert(key.clone(), Json::String(value.clone()));
    }
    Entry::system(name, COLLECTION, content)
}

/// `GET data/indexes`
pub(crate) fn list(ask: &Ask<'_>) -> Answer {
    let indexes = ask.state.store.indexes();
    let entries: Vec<Entry> = indexes
        .iter()
        .map(|(name, index)| entry(ask, name, index))
        .collect();
    Ok(ask.shape().feed("indexes", PATH, &entries))
}

fn one(ask: &Ask<'_>, status: u16, name: &str) -> Answer {
    let indexes = ask.state.store.indexes();
    let index = indexes.get(name);
    let index = index.ok_or_else(|| Refusal::not_found(name))?;
    let entry = entry(ask, name, index);
    Ok(ask.shape().feed_with(status, "indexes", PATH, &[entry]))
}

/// `GET data/indexes/NAME`
pub(crate) fn show(ask: &Ask<'_>) -> Answer {
    one(ask, 200, ask.names[0])
}

/// `POST data/indexes`
pub(crate) fn create(ask: &Ask<'_>) -> Answer {
    ask.needs("indexes_edit")?;
    let name = new_name("index", ask.required("name")?)?;
    let allowed = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || "_-".contains(character)
    };
    if !name.chars().all(allowed) || name.starts_with(['_', '-']) || name.contains("kvstore") {
        let text = format!(
            "The index name '{name}' is invalid: it must hold lower-case letters, digits, '_' and '-' alone, and begin with a letter or digit."
        );
        return Err(Refusal::bad(text));
    }
    let made = ask.state.store.create_index(name, settings(ask));
    if !made.map_err(|error| refused(&error))? {
        let text = format!("Index name '{name}' already exists.");
        return Err(Refusal::new(409, text));
    }
    one(ask, 201, name)
}

fn settings(ask: &Ask<'_>) -> BTreeMap<String, String> {
    let given = ask.params.iter();
    let given = given.filter(|(key, _)| !["name", "output_mode"].contains(key));
    // Paths are the server's affair: there are no files behind an index.
    given
        .filter(|(key, _)| !key.to_ascii_lowercase().contains("path"))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// `POST data/indexes/NAME`: settings have no effect, and are not kept.
pub(crate) fn change(ask: &Ask<'_>) -> Answer {
    ask.needs("indexes_edit")?;
    one(ask, 200, ask.names[0])
}

/// `DELETE data/indexes/NAME`
pub(crate) fn remove(ask: &Ask<'_>) -> Answer {
    ask.needs("indexes_edit")?;
    let name = ask.names[0];
    let indexes = ask.state.store.indexes();
    let index = indexes.get(name);
    let index = index.ok_or_else(|| Refusal::not_found(name))?;
    if index.built_in {
        return Err(Refusal::bad(format!(
            "The index '{name}' can't be removed."
        )));
    }
    let removed = ask.state.store.remove_index(name);
    removed.map_err(|error| refused(&error))?;
    list(ask)
}
