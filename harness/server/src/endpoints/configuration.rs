//! Configuration files: what apps say, and what clients set over it. What they set is kept in memory and shown again; nothing
//! else comes of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::new_name;
use crate::entry::{Entry, Refusal};
use crate::http::Reply;
use crate::routes::{Answer, Ask};

const COLLECTION: &str = "configs";

/// Most stanzas that clients may set.
const MOST: usize = 10_000;

/// `conf-FILE` and `FILE` are the same.
fn file_of(name: &str) -> &str {
    name.strip_prefix("conf-").unwrap_or(name)
}

/// The settings of a stanza; nothing where neither apps nor clients have it.
fn settings(ask: &Ask<'_>, file: &str, stanza: &str) -> Option<BTreeMap<String, String>> {
    let conf = ask.state.session.library.knowledge.conf(file);
    let of_apps = conf.and_then(|conf| conf.stanzas.get(stanza));
    let given = ask
        .state
        .configured()
        .get(&(file.to_owned(), stanza.to_owned()))
        .cloned();
    if of_apps.is_none() && given.is_none() {
        return None;
    }
    let mut settings: BTreeMap<String, String> = of_apps
        .into_iter()
        .flat_map(|stanza| stanza.settings.iter())
        .map(|(key, setting)| (key.to_string(), setting.value.to_string()))
        .collect();
    settings.extend(given.unwrap_or_default());
    Some(settings)
}

fn entry(ask: &Ask<'_>, stanza: &str, settings: BTreeMap<String, String>) -> Entry {
    let settings = settings.into_iter();
    let content: Map<String, Json> = settings
        .map(|(key, value)| (key, Json::String(value)))
        .collect();
    Entry {
        app: ask.app.unwrap_or("system").to_owned(),
        ..Entry::system(stanza, COLLECTION, content)
    }
}

fn path(file: &str) -> String {
    format!("/services/configs/conf-{file}")
}

/// `GET configs/conf-FILE`, `GET properties/FILE`
pub(crate) fn stanzas(ask: &Ask<'_>) -> Answer {
    let file = file_of(ask.names[0]);
    let conf = ask.state.session.library.knowledge.conf(file);
    let of_apps = conf.into_iter().flat_map(|conf| conf.stanzas.keys());
    let mut names: BTreeSet<String> = of_apps.map(ToString::to_string).collect();
    let configured = ask.state.configured().clone();
    let given = configured.keys().filter(|(known, _)| known == file);
    names.extend(given.map(|(_, stanza)| stanza.clone()));
    let entries: Vec<Entry> = names
        .iter()
        .filter_map(|name| Some(entry(ask, name, settings(ask, file, name)?)))
        .collect();
    Ok(ask
        .shape()
        .feed(&format!("conf-{file}"), &path(file), &entries))
}

/// `GET configs/conf-FILE/STANZA`, `GET properties/FILE/STANZA`
pub(crate) fn stanza(ask: &Ask<'_>) -> Answer {
    let (file, stanza) = (file_of(ask.names[0]), ask.names[1]);
    let settings = settings(ask, file, stanza);
    let settings = settings.ok_or_else(|| Refusal::not_found(stanza))?;
    let entry = entry(ask, stanza, settings);
    Ok(ask
        .shape()
        .feed(&format!("conf-{file}"), &path(file), &[entry]))
}

fn set(ask: &Ask<'_>, stanza: &str, pairs: &[(&str, &str)]) -> Result<(), Refusal> {
    ask.needs("rest_properties_set")?;
    let file = new_name("file", file_of(ask.names[0]))?;
    let mut configured = ask.state.configured();
    let key = (file.to_owned(), stanza.to_owned());
    if configured.len() >= MOST && !configured.contains_key(&key) {
        return Err(Refusal::new(503, "Too many stanzas were set."));
    }
    let settings = configured.entry(key).or_default();
    for (key, value) in pairs {
        settings.insert((*key).to_owned(), (*value).to_owned());
    }
    Ok(())
}

/// `POST configs/conf-FILE/STANZA`, `POST properties/FILE/STANZA`
pub(crate) fn change(ask: &Ask<'_>) -> Answer {
    let pairs = ask.params.iter();
    let pairs: Vec<(&str, &str)> = pairs.filter(|(key, _)| *key != "output_mode").collect();
    set(ask, ask.names[1], &pairs)?;
    stanza(ask)
}

/// `GET properties/FILE/STANZA/KEY`: the bare value.
pub(crate) fn value(ask: &Ask<'_>) -> Answer {
    let (file, stanza, key) = (file_of(ask.names[0]), ask.names[1], ask.names[2]);
    let found = settings(ask, file, stanza).and_then(|mut settings| settings.remove(key));
    let value = found.ok_or_else(|| Refusal::not_found(key))?;
    Ok(Reply::text(200, value))
}

/// `POST properties/FILE/STANZA/KEY`
pub(crate) fn set_value(ask: &Ask<'_>) -> Answer {
    let value = ask.params.get("value").unwrap_or_default();
    set(ask, ask.names[1], &[(ask.names[2], value)])?;
    let text = format!("Successfully updated property: {}", ask.names[2]);
    let info = Refusal {
        status: 200,
        kind: "INFO",
        text,
    };
    Ok(info.reply(ask.shape().json))
}
