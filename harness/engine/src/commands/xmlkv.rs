//! `xmlkv`: makes a field of each XML element that holds text: `<foo>bar</foo>` gives `foo=bar`.
//!
//! Of elements with the same name the last one counts, and entities are resolved (the manual says neither).

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};
use indexmap::IndexMap;

use super::columns::first_of;
use super::doc::{Doc, Example};
use super::{Command, Lower, xml_text};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Xmlkv;

const REPEATED: &str =
    "xmlkv takes the last of elements that have the same name; Splunk's manual does not say";
const ENTITIES: &str = "xmlkv resolves the entities of XML; Splunk's manual does not say";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"_raw":"<ev><user>bob</user><port>22</port></ev>"}]"#,
    "xmlkv | table user port",
    r#"[{"user":"bob","port":"22"}]"#,
)])
.uncertain(&[REPEATED, ENTITIES]);

impl Command for Xmlkv {
    fn name(&self) -> &'static str {
        "xmlkv"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let field = match &syntax.body {
            Body::Field(field) => field.field.text.as_str(),
            _ => "_raw",
        };
        Ok(Stage::Map(Arc::new(Pairs(field.into()))))
    }
}

struct Pairs(Arc<str>);

impl MapOp for Pairs {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let mut made: IndexMap<String, Vec<Value>> = IndexMap::new();
        for (row, value) in table.column_or_null(&self.0).iter().enumerate() {
            if row % 64 == 0 {
                cx.check()?;
            }
            for single in value.each() {
                single.with_text(|text| {
                    xml_text::walk(text, &mut |one| {
                        let name = one.name.rsplit('.').next().unwrap_or_default();
                        if one.is_leaf && !one.text.is_empty() && !name.contains('{') {
                            let cells = made
                                .entry(name.to_owned())
                                .or_insert_with(|| vec![Value::Null; table.len()]);
                            if text.contains('&') && one.text.contains(['&', '<', '>', '"', '\'']) {
                                cx.uncertain(ENTITIES);
                            }
                            let value = Value::text(one.text);
                            if !cells[row].is_null() && cells[row] != value {
                                cx.uncertain(REPEATED);
                            }
                            cells[row] = value;
                        }
                    });
                });
            }
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
    fn elements_become_fields() {
        check(
            r#"[{"m":"<a><b x='1'>1</b><c>2</c></a>"}]"#,
            "xmlkv m | fields - m",
            r#"[{"b":"1","c":"2"}]"#,
        );
    }
}
