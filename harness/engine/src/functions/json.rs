//! JSON functions: `json_object`, `json_extract`, `json_set`, …
//!
//! Splunk, Search Reference, "JSON functions". There is no JSON type here: JSON is text, and text that is an object or
//! an array is taken as one where it becomes part of another.

use dryfire_plan::Transfer::Unknown;
use serde_json::{Map, Value as Json};

use super::json_path::{self, Step};
use super::plain::{each, plain_functions};
use crate::env::Cx;
use crate::value::Value;

plain_functions! { "JSON":
    Unknown, |a, _| each(a.first(), |value| if parsed(value).is_some() { value.clone() } else { Value::Null }),
    ("json", 1..=1, "json(<value>)", "The value when it is valid JSON, else null.",
     [r#"json("[1, 2]")"# => "[1, 2]", r#"json("{oops")"# => ""]);

    Unknown, |a, _| appended(a, false),
    ("json_append", 3.., "json_append(<json>, <path_value_pairs>)", "The JSON with values added at the end of the arrays at the paths.",
     "null is returned when a path leads to no array",
     [r#"json_append("{\"a\":[1]}", "a", "x")"# => r#"{"a":[1,"x"]}"#]);

    Unknown, |a, _| text(&Json::Array(a.iter().map(json_path::json).collect())),
    ("json_array", 0.., "json_array(<values>)", "A JSON array of the values.",
     "text that is a JSON object or array is taken as one",
     [r#"json_array("dubois", 5, true(), null())"# => r#"["dubois",5,true,null]"#, "json_array()" => "[]"]);

    Unknown, array_to_mv,
    ("json_array_to_mv", 1..=2, "json_array_to_mv(<json_array>, <Boolean>)",
     "The elements of a JSON array as several values; strings keep their quotes when the second argument is true.",
     [r#"json_array_to_mv("[\"a\",1]")"# => "a\n1", r#"json_array_to_mv("[\"a\",1]", true())"# => "\"a\"\n1", r#"json_array_to_mv("{}")"# => ""]);

    Unknown, |a, _| with_object(a, |object, keys| {
        for key in keys {
            object.shift_remove(&*key.to_text());
        }
    }),
    ("json_delete", 2.., "json_delete(<object>, <keys>)", "The object without these keys of its top level.",
     [r#"json_delete("{\"a\":1,\"b\":2}", "a")"# => r#"{"b":2}"#]);

    Unknown, entries,
    ("json_entries", 1..=1, "json_entries(<json>)", "The members of an object, or the elements of an array, as an array of objects with key and value.",
     "the entries of an array have its indexes as keys",
     [r#"json_entries("{\"a\":1}")"# => r#"[{"key":"a","value":1}]"#]);

    Unknown, |a, _| appended(a, true),
    ("json_extend", 3.., "json_extend(<json>, <path_value_pairs>)", "As json_append, but the elements of an array are added one by one.",
     "null is returned when a path leads to no array",
     [r#"json_extend("{\"a\":[1]}", "a", json_array(2, 3))"# => r#"{"a":[1,2,3]}"#]);

    Unknown, extract,
    ("json_extract", 1.., "json_extract(<json>, <paths>)",
     "The value at a path; an array of them when the path has {} or there are several paths; the whole JSON without a path.",
     [r#"json_extract("{\"a\":{\"b\":5}}", "a.b")"# => "5", r#"json_extract("[{\"b\":1},{\"b\":2}]", "{}.b")"# => "[1,2]", r#"json_extract("{}", "a")"# => ""]);

    Unknown, extract_exact,
    ("json_extract_exact", 1.., "json_extract_exact(<json>, <string>...)", "The value of a key, which is taken as it is; an array of values for several keys.",
     [r#"json_extract_exact("{\"a.b\":5}", "a.b")"# => "5"]);

    Unknown, |a, _| object(a.first()).map_or(Value::Null, |object| match a.get(1) {
        None | Some(Value::Null) => Value::Null,
        Some(key) => Value::Bool(object.contains_key(&*key.to_text())),
    }),
    ("json_has_key_exact", 2..=2, "json_has_key_exact(<json>, <key>)", "True when the object has the key.",
     [r#"if(json_has_key_exact("{\"a\":1}", "a"), "yes", "no")"# => "yes"]);

    Unknown, |a, _| object(a.first()).map_or(Value::Null, |object| text(&Json::Array(object.into_iter().map(|(key, _)| Json::String(key)).collect()))),
    ("json_keys", 1..=1, "json_keys(<json>)", "The keys of an object as a JSON array; null for an array.",
     [r#"json_keys("{\"b\":1,\"a\":2}")"# => r#"["b","a"]"#, r#"json_keys("[1]")"# => ""]);

    Unknown, |a, _| made(a),
    ("json_object", 0.., "json_object(<members>)", "A JSON object of keys and values.",
     "text that is a JSON object or array is taken as one",
     [r#"json_object("name", "maria", "tags", json_array(1, 2))"# => r#"{"name":"maria","tags":[1,2]}"#, "json_object()" => "{}"]);

    Unknown, set,
    ("json_set", 3.., "json_set(<json>, <path_value_pairs>)", "The JSON with the values at the paths overwritten, or added to the object that should have them.",
     "a path whose last object does not exist changes nothing",
     [r#"json_set("{\"a\":{\"b\":1}}", "a.b", 2, "a.c", "x")"# => r#"{"a":{"b":2,"c":"x"}}"#]);

    Unknown, |a, _| with_object(a, |object, rest| {
        for pair in rest.chunks_exact(2) {
            object.insert(pair[0].to_text().to_string(), json_path::json(&pair[1]));
        }
    }),
    ("json_set_exact", 3.., "json_set_exact(<json>, <key_value_pairs>)", "The object with the values of the keys, which are taken as they are.",
     [r#"json_set_exact("{}", "a.b", 1)"# => r#"{"a.b":1}"#]);

    Unknown, |a, _| a.first().filter(|value| !value.is_null()).map_or(Value::Null, |value| Value::Bool(parsed(value).is_some())),
    ("json_valid", 1..=1, "json_valid(<json>)", "True for valid JSON.",
     [r#"if(json_valid("[1]"), "yes", "no")"# => "yes", r#"if(json_valid("{oops"), "yes", "no")"# => "no"]);
}

fn parsed(value: &Value) -> Option<Json> {
    match value {
        Value::Null | Value::Multi(_) => None,
        single => single.with_text(|text| serde_json::from_str(text).ok()),
    }
}

fn object(value: Option<&Value>) -> Option<Map<String, Json>> {
    match value.and_then(parsed)? {
        Json::Object(object) => Some(object),
        _ => None,
    }
}

fn text(json: &Json) -> Value {
    Value::text(json.to_string())
}

fn with_object(arguments: &[Value], edit: impl FnOnce(&mut Map<String, Json>, &[Value])) -> Value {
    let (Some(mut object), Some(rest)) = (object(arguments.first()), arguments.get(1..)) else {
        return Value::Null;
    };
    edit(&mut object, rest);
    text(&Json::Object(object))
}

fn made(arguments: &[Value]) -> Value {
    // A key without a value makes no object.
    if arguments.len() % 2 == 1 {
        return Value::Null;
    }
    let member = |pair: &[Value]| (pair[0].to_text().to_string(), json_path::json(&pair[1]));
    text(&Json::Object(
        arguments.chunks_exact(2).map(member).collect(),
    ))
}

fn array_to_mv(arguments: &[Value], _: &Cx<'_>) -> Value {
    let Some(Json::Array(elements)) = arguments.first().and_then(parsed) else {
        return Value::Null;
    };
    let quoted = matches!(arguments.get(1), Some(Value::Bool(true)));
    Value::multi(elements.iter().map(|element| match element {
        Json::String(_) if quoted => text(element),
        // Splunk's fields hold JSON's null as these four letters.
        Json::Null => Value::from("null"),
        element => json_path::value(element),
    }))
}

fn entries(arguments: &[Value], _: &Cx<'_>) -> Value {
    let entry = |key: Json, value: Json| {
        Json::Object(
            [("key".to_owned(), key), ("value".to_owned(), value)]
                .into_iter()
                .collect(),
        )
    };
    let entries: Vec<Json> = match arguments.first().and_then(parsed) {
        Some(Json::Object(object)) => object
            .into_iter()
            .map(|(key, value)| entry(Json::String(key), value))
            .collect(),
        Some(Json::Array(array)) => array
            .into_iter()
            .enumerate()
            .map(|(index, value)| entry(Json::from(index), value))
            .collect(),
        _ => return Value::Null,
    };
    text(&Json::Array(entries))
}

/// `json_append` and `json_extend`.
fn appended(arguments: &[Value], flat: bool) -> Value {
    let Some(mut json) = arguments.first().and_then(parsed) else {
        return Value::Null;
    };
    let Some(rest) = arguments.get(1..).filter(|rest| rest.len() % 2 == 0) else {
        return Value::Null;
    };
    for pair in rest.chunks_exact(2) {
        let Some(path) = pair[0].with_text(json_path::parse) else {
            return Value::Null;
        };
        let addition = json_path::json(&pair[1]);
        let mut fits = true;
        let found = json_path::edit(&mut json, &path, &mut |target| match (
            target.as_array_mut(),
            &addition,
        ) {
            (Some(array), Json::Array(elements)) if flat => array.extend(elements.iter().cloned()),
            (Some(array), addition) => array.push(addition.clone()),
            (None, _) => fits = false,
        });
        if found == 0 || !fits {
            return Value::Null;
        }
    }
    text(&json)
}

fn extract(arguments: &[Value], _: &Cx<'_>) -> Value {
    let Some((json, paths)) = arguments
        .split_first()
        .and_then(|(json, paths)| Some((parsed(json)?, paths)))
    else {
        return Value::Null;
    };
    let at = |path: &Value| -> Option<Json> {
        let path = path.with_text(json_path::parse)?;
        let found = json_path::find(&json, &path);
        if path.contains(&Step::Each) {
            return Some(Json::Array(found.into_iter().cloned().collect()));
        }
        found.first().copied().cloned()
    };
    match paths {
        [] => json_path::value(&json),
        [path] => at(path).as_ref().map_or(Value::Null, json_path::value),
        paths => text(&Json::Array(
            paths
                .iter()
                .map(|path| at(path).unwrap_or(Json::Null))
                .collect(),
        )),
    }
}

fn extract_exact(arguments: &[Value], _: &Cx<'_>) -> Value {
    let Some((json, keys)) = arguments
        .split_first()
        .and_then(|(json, keys)| Some((parsed(json)?, keys)))
    else {
        return Value::Null;
    };
    let of = |key: &Value| key.with_text(|key| json.get(key).cloned());
    match keys {
        [] => json_path::value(&json),
        [key] => of(key).as_ref().map_or(Value::Null, json_path::value),
        keys => text(&Json::Array(
            keys.iter()
                .map(|key| of(key).unwrap_or(Json::Null))
                .collect(),
        )),
    }
}

fn set(arguments: &[Value], _: &Cx<'_>) -> Value {
    let Some(mut json) = arguments.first().and_then(parsed) else {
        return Value::Null;
    };
    let Some(rest) = arguments.get(1..).filter(|rest| rest.len() % 2 == 0) else {
        return Value::Null;
    };
    for pair in rest.chunks_exact(2) {
        let Some(path) = pair[0].with_text(json_path::parse) else {
            return Value::Null;
        };
        let new = json_path::json(&pair[1]);
        let Some((last, parents)) = path.split_last() else {
            return Value::Null;
        };
        json_path::edit(&mut json, parents, &mut |parent| match (last, parent) {
            (Step::Key(key), Json::Object(object)) => {
                object.insert(key.clone(), new.clone());
            }
            (Step::Index(index), Json::Array(array)) => {
                if let Some(place) = array.get_mut(*index) {
                    *place = new.clone();
                }
            }
            (Step::Each, Json::Array(array)) => array.fill(new.clone()),
            _ => {}
        });
    }
    text(&json)
}
