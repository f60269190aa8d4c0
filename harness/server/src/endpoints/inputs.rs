//! Inputs: tokens of the event collector. Files of the server are never read.

use serde_json::{Value as Json, json};

use super::{new_name, refused};
use crate::collector::{Settings, default_settings};
use crate::entry::{Entry, Refusal, content};
use crate::http::{decoded, is_on};
use crate::journal::Record;
use crate::routes::{Answer, Ask};

const COLLECTION: &str = "data/inputs/http";
const PATH: &str = "/services/data/inputs/http";
const APP: &str = "splunk_httpinput";

fn entry(name: &str, settings: &Settings) -> Entry {
    let mut content = content(json!({}));
    for (key, value) in settings {
        let value = match key.as_str() {
            "disabled" | "useACK" => Json::Bool(is_on(value)),
            "indexes" => value
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .collect(),
            _ => Json::String(value.clone()),
        };
        content.insert(key.clone(), value);
    }
    Entry {
        app: APP.to_owned(),
        sharing: "global",
        ..Entry::system(format!("http://{name}"), COLLECTION, content)
    }
}

/// The name in a path. Clients encode `http://NAME` twice, and some leave the `http://` out.
fn name_of(given: &str) -> String {
    let name = decoded(given);
    match name.strip_prefix("http://") {
        Some(rest) => rest.to_owned(),
        None => name,
    }
}

fn known(ask: &Ask<'_>) -> Result<(String, Settings), Refusal> {
    let name = name_of(ask.names[0]);
    let settings = ask.state.collector.inputs().remove(&name);
    match settings {
        Some(settings) => Ok((name, settings)),
        None => Err(Refusal::not_found(&name)),
    }
}

fn shown(ask: &Ask<'_>, status: u16, name: &str, settings: &Settings) -> Answer {
    let entry = entry(name, settings);
    Ok(ask.shape().feed_with(status, "http", PATH, &[entry]))
}

/// `GET data/inputs/http`
pub(crate) fn list(ask: &Ask<'_>) -> Answer {
    ask.needs("list_inputs")?;
    let inputs = ask.state.collector.inputs();
    let entries: Vec<Entry> = inputs
        .iter()
        .map(|(name, settings)| entry(name, settings))
        .collect();
    Ok(ask.shape().feed("http", PATH, &entries))
}

/// `GET data/inputs/http/NAME`
pub(crate) fn show(ask: &Ask<'_>) -> Answer {
    ask.needs("list_inputs")?;
    let (name, settings) = known(ask)?;
    shown(ask, 200, &name, &settings)
}

/// What the client sets, over what was there.
fn given(ask: &Ask<'_>, mut settings: Settings) -> Result<Settings, Refusal> {
    for key in [
        "disabled",
        "host",
        "index",
        "indexes",
        "source",
        "sourcetype",
        "token",
        "useACK",
    ] {
        let values: Vec<&str> = ask.params.all(key).collect();
        if !values.is_empty() {
            settings.insert(key.to_owned(), values.join(","));
        }
    }
    let named = |key: &str| settings.get(key).cloned().unwrap_or_default();
    for index in [named("index"), named("indexes")].join(",").split(',') {
        let index = index.trim();
        if !index.is_empty() && !ask.state.store.has_index(index) {
            return Err(Refusal::bad(format!("The index '{index}' does not exist.")));
        }
    }
    Ok(settings)
}

fn keep(ask: &Ask<'_>, name: &str, settings: Settings) -> Result<(), Refusal> {
    let record = Record::Token {
        name: name.to_owned(),
        settings: settings.clone(),
    };
    let kept = ask.state.store.keep(&record);
    kept.map_err(|error| refused(&error))?;
    ask.state.collector.set_input(name, settings);
    Ok(())
}

/// `POST data/inputs/http`
pub(crate) fn create(ask: &Ask<'_>) -> Answer {
    ask.needs("edit_token_http")?;
    let name = name_of(ask.required("name")?);
    let name = new_name("input", &name)?;
    if ask.state.collector.inputs().contains_key(name) {
        let text = format!("An object with name=http://{name} already exists.");
        return Err(Refusal::new(409, text));
    }
    let settings = given(ask, default_settings())?;
    keep(ask, name, settings.clone())?;
    shown(ask, 201, name, &settings)
}

/// `POST data/inputs/http/NAME`
pub(crate) fn change(ask: &Ask<'_>) -> Answer {
    ask.needs("edit_token_http")?;
    let (name, settings) = known(ask)?;
    let settings = given(ask, settings)?;
    keep(ask, &name, settings.clone())?;
    shown(ask, 200, &name, &settings)
}

fn switch(ask: &Ask<'_>, disabled: &str) -> Answer {
    ask.needs("edit_token_http")?;
    let (name, mut settings) = known(ask)?;
    settings.insert("disabled".to_owned(), disabled.to_owned());
    keep(ask, &name, settings.clone())?;
    shown(ask, 200, &name, &settings)
}

/// `POST data/inputs/http/NAME/enable`
pub(crate) fn enable(ask: &Ask<'_>) -> Answer {
    // The settings of the collector itself: it is always on.
    if ask.names[0] == "http" {
        return Ok(ask.shape().feed("http", PATH, &[]));
    }
    switch(ask, "0")
}

/// `POST data/inputs/http/NAME/disable`
pub(crate) fn disable(ask: &Ask<'_>) -> Answer {
    switch(ask, "1")
}

/// `DELETE data/inputs/http/NAME`
pub(crate) fn remove(ask: &Ask<'_>) -> Answer {
    ask.needs("edit_token_http")?;
    let (name, _) = known(ask)?;
    let record = Record::TokenGone { name: name.clone() };
    let kept = ask.state.store.keep(&record);
    kept.map_err(|error| refused(&error))?;
    ask.state.collector.remove_input(&name);
    Ok(ask.shape().feed("http", PATH, &[]))
}

/// `POST data/inputs/oneshot`, `…/monitor`
pub(crate) fn file(_: &Ask<'_>) -> Answer {
    let text = "This server reads no files: send the events to the HTTP event collector.";
    Err(Refusal::new(403, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_three_forms() {
        for given in ["X", "http://X", "http:%2F%2FX"] {
            assert_eq!(name_of(given), "X", "{given}");
        }
    }
}
