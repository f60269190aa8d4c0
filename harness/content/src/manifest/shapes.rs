//! The keys of a manifest. The JSON Schema in `schema/manifest.schema.json` is held against these tables by a test.

use crate::reader::Shape;

pub(super) const MANIFEST: Shape = Shape {
    what: "a manifest",
    keys: &[
        "manifest",
        "name",
        "description",
        "detections",
        "datasets",
        "lookups",
        "tests",
    ],
    required: &["manifest", "name", "detections", "tests"],
};
pub(super) const DETECTION: Shape = Shape {
    what: "a detection's entry",
    keys: &["path", "name", "id"],
    required: &[],
};
pub(super) const DATASET: Shape = Shape {
    what: "a data set",
    keys: &[
        "description",
        "name",
        "path",
        "source",
        "sourcetype",
        "host",
        "index",
        "synthetic",
    ],
    required: &[],
};
pub(super) const TEST: Shape = Shape {
    what: "a test",
    keys: &[
        "name",
        "description",
        "detection",
        "datasets",
        "silent_on",
        "type",
        "expect",
        "lookups",
        "targets",
        "skip",
        "before",
    ],
    required: &["name"],
};
pub(super) const STEP: Shape = Shape {
    what: "a step",
    keys: &["baseline", "detection", "datasets"],
    required: &["datasets"],
};
pub(super) const EXPECT: Shape = Shape {
    what: "an expectation",
    keys: &["results", "rows", "no_rows", "fires_on", "risk", "findings"],
    required: &[],
};
pub(super) const TABLE: Shape = Shape {
    what: "an expectation of events",
    keys: &["results", "rows", "no_rows"],
    required: &[],
};
pub(super) const COUNT: Shape = Shape {
    what: "a number of results",
    keys: &["exactly", "at_least", "at_most", "between"],
    required: &[],
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// Names in the schema's `$defs`, and the tables that the reader goes by.
    const TABLES: &[(&str, &Shape)] = &[
        ("", &MANIFEST),
        ("detection", &DETECTION),
        ("dataset", &DATASET),
        ("test", &TEST),
        ("step", &STEP),
        ("expect", &EXPECT),
        ("table", &TABLE),
        ("count", &COUNT),
        ("pattern", &crate::pattern::PATTERN),
    ];

    fn words<'v>(values: impl IntoIterator<Item = &'v str>) -> BTreeSet<&'v str> {
        values.into_iter().collect()
    }

    #[test]
    fn the_schema_has_the_readers_keys_and_no_others() {
        let schema: Value =
            serde_json::from_str(include_str!("../../schema/manifest.schema.json")).unwrap();
        for (name, shape) in TABLES {
            let object = if name.is_empty() {
                &schema
            } else {
                &schema["$defs"][name]
            };
            let keys = object["properties"]
                .as_object()
                .unwrap_or_else(|| panic!("{name} has no properties"));
            assert_eq!(
                words(keys.keys().map(String::as_str)),
                words(shape.keys.iter().copied()),
                "keys of {name:?}"
            );
            let required = object["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            assert_eq!(
                words(required),
                words(shape.required.iter().copied()),
                "required keys of {name:?}"
            );
            assert_eq!(
                object["additionalProperties"],
                Value::Bool(false),
                "{name:?} must be closed"
            );
            for (key, value) in keys {
                assert!(
                    value["description"].is_string() || value["$ref"].is_string(),
                    "`{key}` of {name:?} says nothing of itself"
                );
            }
        }
        let defined = words(
            schema["$defs"]
                .as_object()
                .unwrap()
                .iter()
                .filter(|(_, object)| object["properties"].is_object())
                .map(|(name, _)| name.as_str()),
        );
        assert_eq!(
            defined,
            words(
                TABLES
                    .iter()
                    .map(|(name, _)| *name)
                    .filter(|name| !name.is_empty())
            )
        );
    }
}
