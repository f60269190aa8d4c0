//! Paths of JSON values, as `spath` and the JSON functions write them: `a.b{}.c{0}`.

use serde_json::Value as Json;

use crate::value::Value;

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A member of an object.
    Key(String),
    /// An element of an array, from 0.
    Index(usize),
    /// `{}`: every element.
    Each,
}

/// Reads a path.
pub(super) fn parse(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in text.split('.') {
        let (key, mut indexes) = part.split_at(part.find('{').unwrap_or(part.len()));
        if !key.is_empty() {
            steps.push(Step::Key(key.to_owned()));
        } else if indexes.is_empty() {
            return None;
        }
        while let Some(rest) = indexes.strip_prefix('{') {
            let (index, after) = rest.split_once('}')?;
            steps.push(if index.is_empty() {
                Step::Each
            } else {
                Step::Index(index.parse().ok()?)
            });
            indexes = after;
        }
        if !indexes.is_empty() {
            return None;
        }
    }
    Some(steps)
}

/// The values at a path, in order.
pub(super) fn find<'j>(json: &'j Json, steps: &[Step]) -> Vec<&'j Json> {
    let mut found = vec![json];
    for step in steps {
        found = found
            .into_iter()
            .flat_map(|json| -> Vec<&Json> {
                match step {
                    Step::Key(key) => json.get(key).into_iter().collect(),
                    Step::Index(index) => json.get(index).into_iter().collect(),
                    Step::Each => json.as_array().into_iter().flatten().collect(),
                }
            })
            .collect();
    }
    found
}

/// Runs `edit` on the values at a path, and says how many there were.
pub(super) fn edit(json: &mut Json, steps: &[Step], edit: &mut dyn FnMut(&mut Json)) -> usize {
    let [step, rest @ ..] = steps else {
        edit(json);
        return 1;
    };
    match step {
        Step::Key(key) => json
            .get_mut(key)
            .map_or(0, |inner| self::edit(inner, rest, edit)),
        Step::Index(index) => json
            .get_mut(index)
            .map_or(0, |inner| self::edit(inner, rest, edit)),
        Step::Each => json.as_array_mut().map_or(0, |all| {
            all.iter_mut()
                .map(|inner| self::edit(inner, rest, edit))
                .sum()
        }),
    }
}

/// A JSON value as a field's: objects and arrays as their text, null as null.
pub(super) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::String(text) => Value::text(text.as_str()),
        other => Value::text(other.to_string()),
    }
}

/// A field's value as JSON. Text that is an object or an array stands for that.
pub(super) fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Number(number) => json_number(*number),
        Value::Multi(values) => Json::Array(values.iter().map(json).collect()),
        Value::Text(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_string()))
        }
        Value::Text(text) => Json::String(text.to_string()),
    }
}

fn json_number(number: f64) -> Json {
    // Through its text: whole numbers stay without a point.
    let mut text = String::new();
    crate::value::write_number(number, &mut text);
    text.parse::<i64>()
        .map_or_else(|_| Json::from(number), Json::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_reach_members_and_elements() {
        let json: Json =
            serde_json::from_str(r#"{"a":[{"b":1},{"b":2},{}],"c":{"d":"x"},"e":[[1,2],[3]]}"#)
                .unwrap();
        let texts = |path: &str| {
            find(&json, &parse(path).unwrap())
                .into_iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        for (path, found) in [
            ("a{}.b", "1 2"),
            ("a{1}.b", "2"),
            ("c.d", "\"x\""),
            ("a.b", ""),
            ("e{}{}", "1 2 3"),
            ("a{9}", ""),
        ] {
            assert_eq!(texts(path), found, "{path}");
        }
        assert_eq!(parse("a{x}"), None);
        assert_eq!(parse("a..b"), None);
    }
}
