//! A validator for the part of JSON Schema that the schema of events uses.

use std::collections::BTreeSet;

use serde_json::Value;

/// The schema of events.
pub(crate) const SCHEMA: &str = include_str!("../../schema/event.schema.json");

/// A validator for the part of JSON Schema our schema uses. It is stricter in one thing: a property that is not declared is an
/// error, since the writer must not know more than the schema.
pub(crate) struct Validator {
    /// The schema.
    pub(crate) root: Value,
    /// Pointers into the schema of everything a sample has reached.
    pub(crate) reached: BTreeSet<String>,
}

const KEYWORDS: [&str; 16] = [
    "$schema",
    "$id",
    "title",
    "description",
    "$defs",
    "$ref",
    "oneOf",
    "anyOf",
    "type",
    "required",
    "properties",
    "maxProperties",
    "items",
    "enum",
    "const",
    "minimum",
];

impl Validator {
    pub(crate) fn new() -> Self {
        Self {
            root: serde_json::from_str(SCHEMA).unwrap(),
            reached: BTreeSet::new(),
        }
    }

    pub(crate) fn check(&mut self, at: &str, value: &Value) -> Result<(), String> {
        let schema = self
            .root
            .pointer(at)
            .unwrap_or_else(|| panic!("no schema at {at}"))
            .clone();
        let schema = schema.as_object().expect("a schema is an object");
        for keyword in schema.keys() {
            assert!(
                KEYWORDS.contains(&keyword.as_str()),
                "{at}: this test doesn't know `{keyword}`"
            );
        }
        if let Some(target) = schema.get("$ref") {
            self.check(target.as_str().unwrap().strip_prefix('#').unwrap(), value)?;
        }
        for keyword in ["oneOf", "anyOf"] {
            let Some(branches) = schema.get(keyword) else {
                continue;
            };
            let outcomes: Vec<_> = (0..branches.as_array().unwrap().len())
                .map(|branch| {
                    let mut inner = Self {
                        root: self.root.clone(),
                        reached: BTreeSet::new(),
                    };
                    inner
                        .check(&format!("{at}/{keyword}/{branch}"), value)
                        .map(|()| inner.reached)
                })
                .collect();
            let errors: Vec<_> = outcomes
                .iter()
                .filter_map(|outcome| outcome.as_ref().err())
                .cloned()
                .collect();
            let matched: Vec<_> = outcomes.into_iter().flatten().collect();
            if matched.len() != 1 {
                return Err(format!(
                    "{at}: {} branches match; {}",
                    matched.len(),
                    errors.join("; ")
                ));
            }
            self.reached.extend(matched.into_iter().flatten());
        }
        if let Some(kind) = schema.get("type") {
            let kinds: Vec<_> = kind
                .as_array()
                .map_or_else(|| vec![kind.clone()], Clone::clone);
            if !kinds.iter().any(|kind| is(kind.as_str().unwrap(), value)) {
                return Err(format!("{at}: {value} is no {kind}"));
            }
        }
        if schema.get("const").is_some_and(|only| only != value) {
            return Err(format!("{at}: {value} is not the constant"));
        }
        if let Some(allowed) = schema.get("enum") {
            let position = allowed
                .as_array()
                .unwrap()
                .iter()
                .position(|one| one == value);
            let position = position.ok_or_else(|| format!("{at}: {value} is not in the enum"))?;
            self.reached.insert(format!("{at}/enum/{position}"));
        }
        if let Some(object) = value.as_object() {
            for name in schema
                .get("required")
                .into_iter()
                .flat_map(|names| names.as_array().unwrap())
            {
                if !object.contains_key(name.as_str().unwrap()) {
                    return Err(format!("{at}: {name} is missing"));
                }
            }
            for (name, inner) in object.iter().filter(|_| schema.contains_key("properties")) {
                let place = format!("{at}/properties/{name}");
                if self.root.pointer(&place).is_none() {
                    return Err(format!("{at}: {name} is not declared"));
                }
                self.check(&place, inner)?;
            }
        }
        if let (Some(items), Some(inner)) = (schema.get("items"), value.as_array()) {
            assert!(items.is_object());
            for item in inner {
                self.check(&format!("{at}/items"), item)?;
            }
        }
        self.reached.insert(at.to_owned());
        Ok(())
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "null" => value.is_null(),
        other => panic!("unknown type {other}"),
    }
}

/// Pointers of all properties, branches and enum values of the schema: what the samples must reach.
pub(crate) fn declared(at: &str, schema: &Value, found: &mut BTreeSet<String>) {
    for (keyword, inner) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "properties" | "$defs" => {
                for (name, inner) in inner.as_object().unwrap() {
                    found.insert(format!("{at}/{keyword}/{name}"));
                    declared(&format!("{at}/{keyword}/{name}"), inner, found);
                }
            }
            "oneOf" | "anyOf" => {
                for (branch, inner) in inner.as_array().unwrap().iter().enumerate() {
                    found.insert(format!("{at}/{keyword}/{branch}"));
                    declared(&format!("{at}/{keyword}/{branch}"), inner, found);
                }
            }
            "items" => {
                found.insert(format!("{at}/items"));
                declared(&format!("{at}/items"), inner, found);
            }
            "enum" => found.extend(
                (0..inner.as_array().unwrap().len()).map(|value| format!("{at}/enum/{value}")),
            ),
            _ => {}
        }
    }
}
