//! `makemv`: splits a field into values, by a delimiter (a space by default) or by a pattern whose first group is a
//! value (`tokenizer`). Empty values go unless `allowempty=true`. Where the tokenizer finds nothing the field stays.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::columns::map_singles;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::pattern::Pattern;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Makemv;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"ports":"22,443"}]"#,
    r#"makemv delim="," ports"#,
    r#"[{"ports":["22","443"]}]"#,
)]);

impl Command for Makemv {
    fn name(&self) -> &'static str {
        "makemv"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Field(field) = &syntax.body else {
            return Err(arguments.missing("a field"));
        };
        arguments.refuse_switch("setsv");
        let tokenizer = syntax.option("tokenizer").and_then(|word| {
            Pattern::new(&word.text)
                .map_err(|reason| {
                    let message = format!("the pattern is not valid: {reason}");
                    arguments.error(&codes::meaning::BAD_PATTERN, word.at.0, message);
                })
                .ok()
        });
        let op = Split {
            field: field.field.text.as_str().into(),
            delim: arguments
                .text("delim")
                .filter(|delim| !delim.is_empty())
                .unwrap_or_else(|| " ".into()),
            tokenizer,
            allow_empty: arguments.flag("allowempty", false),
        };
        arguments.finish(Stage::Map(Arc::new(op)))
    }
}

struct Split {
    field: Arc<str>,
    delim: Arc<str>,
    tokenizer: Option<Pattern>,
    allow_empty: bool,
}

impl Split {
    fn split(&self, text: &str, cx: &Cx<'_>) -> Value {
        let Some(tokenizer) = &self.tokenizer else {
            let parts = text
                .split(&*self.delim)
                .filter(|part| self.allow_empty || !part.is_empty());
            return Value::multi(parts.map(Value::text));
        };
        match tokenizer.all(text, usize::MAX) {
            Ok(matches) => {
                let parts = matches
                    .iter()
                    .filter_map(|groups| groups.get(1).or(groups.first()).copied().flatten());
                let parts = parts.filter(|(start, end)| self.allow_empty || end > start);
                let values = Value::multi(parts.map(|(start, end)| Value::text(&text[start..end])));
                if values.is_null() {
                    Value::text(text)
                } else {
                    values
                }
            }
            Err(limit) => {
                cx.fail(Stop::Budget(format!("the tokenizer of `makemv`: {limit}")));
                Value::Null
            }
        }
    }
}

impl MapOp for Split {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        if let Some(column) = table.column(&self.field) {
            let split = map_singles(column, |value| value.with_text(|text| self.split(text, cx)));
            table.set(self.field.clone(), split);
        }
        cx.check()?;
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn values_are_split() {
        check(
            r#"[{"m":"a,,b"},{}]"#,
            r#"makemv delim="," m"#,
            r#"[{"m":["a","b"]},{}]"#,
        );
        check(
            r#"[{"m":"a,,b"}]"#,
            r#"makemv delim="," allowempty=t m"#,
            r#"[{"m":["a","","b"]}]"#,
        );
        check(r#"[{"m":"a b"}]"#, "makemv m", r#"[{"m":["a","b"]}]"#);
        check(
            r#"[{"m":"x1-y2"}]"#,
            r#"makemv tokenizer="([a-z]\d)" m"#,
            r#"[{"m":["x1","y2"]}]"#,
        );
    }
}
