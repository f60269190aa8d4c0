//! `fromjson`: makes fields of the members of a JSON object in a field.
//!
//! Objects and arrays in it stay JSON text; `null` gives no field (the manual does not show either).

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};
use indexmap::IndexMap;

use super::arguments::Arguments;
use super::columns::first_of;
use super::doc::{Doc, Example};
use super::json_text::{Found, Part, walk};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Fromjson;

const MEMBERS: &str = "fromjson keeps objects and arrays as JSON text and makes no field of null; Splunk's manual shows neither";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"j":"{\"user\":\"bob\",\"port\":22}"}]"#,
    "fromjson j | table user port",
    r#"[{"user":"bob","port":"22"}]"#,
)])
.uncertain(&[MEMBERS]);

impl Command for Fromjson {
    fn name(&self) -> &'static str {
        "fromjson"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let Body::Field(field) = &syntax.body else {
            return Err(arguments.missing("a field"));
        };
        let prefix = arguments.text("prefix").unwrap_or_default();
        arguments.finish(Stage::Map(Arc::new(Members {
            field: field.field.text.as_str().into(),
            prefix,
        })))
    }
}

struct Members {
    field: Arc<str>,
    prefix: Arc<str>,
}

impl MapOp for Members {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let mut made: IndexMap<String, Vec<Value>> = IndexMap::new();
        for (row, value) in table.column_or_null(&self.field).iter().enumerate() {
            if row % 64 == 0 {
                cx.check()?;
            }
            value.with_text(|text| {
                walk(text, &mut |path, found| {
                    let [Part::Key(key)] = path else { return };
                    let value = match found {
                        Found::Scalar(text) => Value::text(text),
                        Found::Null => {
                            cx.uncertain(MEMBERS);
                            Value::Null
                        }
                        Found::Container(text) => {
                            cx.uncertain(MEMBERS);
                            Value::text(text)
                        }
                    };
                    let name = format!("{}{key}", self.prefix);
                    made.entry(name)
                        .or_insert_with(|| vec![Value::Null; table.len()])[row] = value;
                });
            });
        }
        made.sort_keys();
        for (name, cells) in made {
            let column = first_of(&cells.into_iter().collect(), &table.column_or_null(&name));
            table.set(name, column);
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn members_become_fields() {
        check(
            r#"[{"j":"{\"a\":1,\"b\":{\"c\":[1]},\"d\":null,\"e\":true}"},{"j":"x"}]"#,
            "fromjson j prefix=p_ | fields p_*",
            r#"[{"p_a":"1","p_b":"{\"c\":[1]}","p_e":"true"},{}]"#,
        );
    }
}
