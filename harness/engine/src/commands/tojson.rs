//! `tojson`: makes a JSON object of the fields of each row; `_raw` holds it, unless `output_field` says other.
//!
//! `str(f)`, `num(f)`, `bool(f)`, `json(f)` and `auto(f)` give the type; patterns are allowed, and without any argument
//! all fields but internal ones come by `auto`. Members ascend. `fill_null` and `default_type` are not followed.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{Body, Command as Syntax};
use serde_json::{Map, Value as Json};

use super::arguments::{Arguments, truth};
use super::columns::expand;
use super::doc::{Doc, Example};
use super::words::words;
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, MapOp, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Tojson;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob","port":"22"}]"#,
    "tojson output_field=j | table j",
    r#"[{"j":"{\"port\":22,\"user\":\"bob\"}"}]"#,
)])
.differences(&["`fill_null` and `default_type` are not followed."]);

impl Command for Tojson {
    fn name(&self) -> &'static str {
        "tojson"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let text = match &syntax.body {
            Body::Raw(raw) => raw.text.as_str(),
            _ => "",
        };
        let mut op = Objects {
            members: Vec::new(),
            output: "_raw".into(),
        };
        for word in words(text) {
            match word.option() {
                Some(("output_field", name)) => op.output = name.into(),
                Some((name, _)) => {
                    let message = format!("the engine does not follow `{name}` of `tojson`");
                    arguments.unsupported(syntax.name_at.0, message);
                }
                None => {
                    let call = word
                        .text
                        .strip_suffix(')')
                        .and_then(|text| text.split_once('('));
                    let (kind, field) = call.unwrap_or(("auto", &word.text));
                    match Kind::named(kind) {
                        Some(kind) => op.members.push((kind, field.into())),
                        None => {
                            let message = format!("`tojson` has no type `{kind}`");
                            arguments.error(
                                &codes::meaning::BAD_ARGUMENT,
                                syntax.name_at.0,
                                message,
                            );
                        }
                    }
                }
            }
        }
        if op.members.is_empty() {
            op.members.push((Kind::Auto, "*".into()));
        }
        let pattern = op.members.iter().any(|(_, field)| field.contains('*'));
        let op = Arc::new(op);
        arguments.finish(if pattern {
            Stage::Table(op)
        } else {
            Stage::Map(op)
        })
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Auto,
    Bool,
    Json,
    Num,
    Str,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "auto" => Kind::Auto,
            "bool" => Kind::Bool,
            "json" => Kind::Json,
            "num" => Kind::Num,
            "str" => Kind::Str,
            _ => return None,
        })
    }

    fn json(self, value: &Value) -> Option<Json> {
        let text = || Json::String(value.to_text().to_string());
        // The digits as written, so that `1` does not become `1.0`.
        let number = || {
            value
                .as_number()
                .and_then(|_| serde_json::from_str::<Json>(&value.to_text()).ok())
        };
        match self {
            Kind::Str => Some(text()),
            Kind::Num => number(),
            Kind::Bool => truth(&value.to_text()).map(Json::Bool),
            Kind::Json => serde_json::from_str(&value.to_text()).ok(),
            Kind::Auto => Some(match &*value.to_text() {
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                _ => number().unwrap_or_else(text),
            }),
        }
    }
}

struct Objects {
    members: Vec<(Kind, Arc<str>)>,
    output: Arc<str>,
}

impl MapOp for Objects {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let mut members: Vec<(Arc<str>, Kind)> = Vec::new();
        for (kind, pattern) in &self.members {
            for field in expand(std::slice::from_ref(pattern), &table) {
                members.retain(|(known, _)| *known != field);
                members.push((field, *kind));
            }
        }
        members.sort_by(|a, b| a.0.cmp(&b.0));
        let objects = (0..table.len()).map(|row| {
            let mut object = Map::new();
            for (field, kind) in &members {
                let mut found = table
                    .value(row, field)
                    .each()
                    .iter()
                    .filter_map(|value| kind.json(value));
                let json = match table.value(row, field) {
                    Value::Multi(_) => Some(Json::Array(found.collect())),
                    _ => found.next(),
                };
                if let Some(json) = json {
                    object.insert(field.to_string(), json);
                }
            }
            Value::text(Json::Object(object).to_string())
        });
        let objects = objects.collect();
        table.set(self.output.clone(), objects);
        cx.check()?;
        Ok(table)
    }
}

impl TableOp for Objects {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        MapOp::apply(self, table, cx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn fields_become_members() {
        let input = r#"[{"a":"1","b":["x","2"],"c":"true","_time":1}]"#;
        check(
            input,
            "tojson output_field=j | fields j | fields - _time",
            r#"[{"j":"{\"a\":1,\"b\":[\"x\",2],\"c\":true}"}]"#,
        );
        check(
            input,
            "tojson output_field=j str(a) num(c) | fields j | fields - _time",
            r#"[{"j":"{\"a\":\"1\"}"}]"#,
        );
        assert_eq!(mistakes("tojson date(a)"), ["DF307"]);
    }
}
