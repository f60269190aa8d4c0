//! `return`: makes a search expression of the first rows, as a subsearch gives it back.
//!
//! `return 2 user` gives `(user="a") OR (user="b")`, `alias=user` another name, `$user` the bare values (Search
//! Reference, "return"). The row has the one field `search`.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::words::words;
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Return;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob"},{"user":"amy"}]"#,
    "return 2 user",
    r#"[{"search":"(user=\"bob\") OR (user=\"amy\")"}]"#,
)]);

impl Command for Return {
    fn name(&self) -> &'static str {
        "return"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let Body::Raw(raw) = &syntax.body else {
            return Err(arguments.missing("a field"));
        };
        let mut op = Give {
            count: 1,
            fields: Vec::new(),
        };
        for (place, word) in words(&raw.text).into_iter().enumerate() {
            match (place, word.text.parse()) {
                (0, Ok(count)) => op.count = count,
                _ => op.fields.push(
                    match (word.text.strip_prefix('$'), word.text.split_once('=')) {
                        (Some(field), _) => Part::Bare(field.into()),
                        (None, Some((alias, field))) => Part::Named(alias.into(), field.into()),
                        (None, None) => {
                            Part::Named(word.text.as_str().into(), word.text.as_str().into())
                        }
                    },
                ),
            }
        }
        if op.fields.is_empty() {
            return Err(arguments.missing("a field"));
        }
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

enum Part {
    Bare(Arc<str>),
    Named(Arc<str>, Arc<str>),
}

struct Give {
    count: usize,
    fields: Vec<Part>,
}

impl TableOp for Give {
    fn apply(&self, table: Table, _: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let mut rows = Vec::new();
        for row in 0..table.len().min(self.count) {
            let parts: Vec<String> = self
                .fields
                .iter()
                .filter_map(|part| match part {
                    Part::Bare(field) => Some(table.value(row, field))
                        .filter(|value| !value.is_null())
                        .map(|value| value.to_text().to_string()),
                    Part::Named(name, field) => Some(table.value(row, field))
                        .filter(|value| !value.is_null())
                        .map(|value| {
                            format!(
                                "{name}=\"{}\"",
                                value.to_text().replace('\\', "\\\\").replace('"', "\\\"")
                            )
                        }),
                })
                .collect();
            if !parts.is_empty() {
                rows.push(format!("({})", parts.join(" ")));
            }
        }
        Ok(Table::from_rows([vec![(
            "search",
            Value::text(rows.join(" OR ")),
        )]]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn rows_become_an_expression() {
        let input = r#"[{"u":"a","h":"1"},{"u":"b"}]"#;
        check(
            input,
            "return 2 u",
            r#"[{"search":"(u=\"a\") OR (u=\"b\")"}]"#,
        );
        check(
            input,
            "return user=u $h",
            r#"[{"search":"(user=\"a\" 1)"}]"#,
        );
    }
}
