//! `strcat`: joins fields and quoted texts into a field.
//!
//! A field that is absent counts as empty text, unless `allrequired=true`: then the row gets nothing.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::{Arguments, truth};
use super::doc::{Doc, Example};
use super::words::{Word, words};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Strcat;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"domain":"CORP","user":"bob"}]"#,
    r#"strcat domain "/" user account | table account"#,
    r#"[{"account":"CORP/bob"}]"#,
)]);

impl Command for Strcat {
    fn name(&self) -> &'static str {
        "strcat"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let Body::Raw(raw) = &syntax.body else {
            return Err(arguments.missing("fields and the new field"));
        };
        let mut parts = words(&raw.text);
        let mut all_required = false;
        parts.retain(|word| match word.option() {
            Some(("allrequired", value)) => {
                all_required = truth(value).unwrap_or(false);
                false
            }
            _ => true,
        });
        let target = parts.pop().map(|word| word.text.into());
        if parts.is_empty() {
            return Err(arguments.missing("fields and the new field"));
        }
        arguments.finish_some(target.map(|target| {
            Stage::Map(Arc::new(Joined {
                parts,
                target,
                all_required,
            }))
        }))
    }
}

struct Joined {
    parts: Vec<Word>,
    target: Arc<str>,
    all_required: bool,
}

impl MapOp for Joined {
    fn apply(&self, mut table: Table, _: &Cx<'_>) -> Result<Table, Stop> {
        let columns: Vec<Column> = self
            .parts
            .iter()
            .map(|part| match part.quoted {
                true => Column::Const(Value::text(part.text.as_str()), table.len()),
                false => table.column_or_null(&part.text),
            })
            .collect();
        let joined = (0..table.len()).map(|row| {
            let mut text = String::new();
            for column in &columns {
                if self.all_required && column.get(row).is_null() {
                    return Value::Null;
                }
                column.get(row).write_to(&mut text);
            }
            Value::text(text)
        });
        let joined = joined.collect();
        table.set(self.target.clone(), joined);
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn parts_are_joined() {
        let input = r#"[{"a":"1","b":"2"},{"a":"3"}]"#;
        check(
            input,
            r#"strcat a "/" b c | fields c"#,
            r#"[{"c":"1/2"},{"c":"3/"}]"#,
        );
        check(
            input,
            r#"strcat allrequired=t a b c | fields c"#,
            r#"[{"c":"12"},{}]"#,
        );
    }
}
