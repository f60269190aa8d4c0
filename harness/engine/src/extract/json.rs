//! JSON paths: `KV_MODE = json`, and JSON objects under `KV_MODE = auto`.
//!
//! Splunk's names: `a.b` for members, `a{}` for the elements of an array, `a{}.b` for their members. A literal key
//! with dots counts as a path of its own. `null` arrives as the text "null"; objects and arrays give no field. A key
//! that would be a field of the event itself (`source`, `host`, …) is `extracted_source`, and so on.

use std::sync::Arc;

use hashbrown::HashMap;
use indexmap::IndexSet;
use serde_json::Value as Json;

use crate::column::DictBuilder;

/// The wanted paths and where their values go.
pub(super) struct Paths<'a> {
    places: HashMap<&'a str, usize>,
}

impl<'a> Paths<'a> {
    pub(super) fn new(names: &'a [Arc<str>]) -> Self {
        Self {
            places: names
                .iter()
                .enumerate()
                .map(|(place, name)| (&**name, place))
                .collect(),
        }
    }
}

/// Reads the wanted fields of one event.
pub(super) fn read(event: &str, paths: &Paths<'_>, builders: &mut [DictBuilder]) {
    let mut found: Vec<Vec<String>> = vec![Vec::new(); builders.len()];
    if let Some(json) = parse(event) {
        walk(&json, &mut String::new(), &mut |path, value| {
            if let Some(place) = paths.places.get(path) {
                found[*place].push(value);
            }
        });
    }
    for (builder, values) in builders.iter_mut().zip(found) {
        builder.push_all(&values);
    }
}

/// The names that one event has.
pub(super) fn names(event: &str, names: &mut IndexSet<String>) {
    if let Some(json) = parse(event) {
        walk(&json, &mut String::new(), &mut |path, _| {
            if !names.contains(path) {
                names.insert(path.to_owned());
            }
        });
    }
}

/// The object that the event is; text before it (a syslog header) is passed over.
fn parse(event: &str) -> Option<Json> {
    let start = event.find('{')?;
    let json: Json = serde_json::Deserializer::from_str(&event[start..])
        .into_iter()
        .next()?
        .ok()?;
    json.is_object().then_some(json)
}

/// All paths of an object and their values.
pub(crate) fn fields(json: &Json, give: &mut dyn FnMut(&str, String)) {
    walk(json, &mut String::new(), give);
}

fn walk(json: &Json, path: &mut String, give: &mut dyn FnMut(&str, String)) {
    match json {
        Json::Object(members) => {
            for (key, value) in members {
                let length = path.len();
                if length > 0 {
                    path.push('.');
                }
                path.push_str(key);
                walk(value, path, give);
                path.truncate(length);
            }
        }
        Json::Array(elements) => {
            path.push_str("{}");
            for element in elements {
                walk(element, path, give);
            }
            path.truncate(path.len() - 2);
        }
        Json::String(text) => give(own(path), text.clone()),
        Json::Null => give(own(path), "null".to_owned()),
        Json::Bool(truth) => give(own(path), truth.to_string()),
        Json::Number(number) => give(own(path), number.to_string()),
    }
}

/// The name of a path that must not hide a field of the event itself.
fn own(path: &str) -> &str {
    match path {
        "host" => "extracted_host",
        "index" => "extracted_index",
        "source" => "extracted_source",
        "sourcetype" => "extracted_sourcetype",
        "eventtype" => "extracted_eventtype",
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_named_as_splunk_names_them() {
        let mut found = Vec::new();
        let json =
            parse(r#"{"a":{"b":"x"},"c":[1,{"d":null}],"e.f":true,"g":[],"h":{},"host":"y"}"#)
                .unwrap();
        walk(&json, &mut String::new(), &mut |path, value| {
            found.push(format!("{path}={value}"))
        });
        assert_eq!(
            found,
            [
                "a.b=x",
                "c{}=1",
                "c{}.d=null",
                "e.f=true",
                "extracted_host=y"
            ]
        );
    }
}
