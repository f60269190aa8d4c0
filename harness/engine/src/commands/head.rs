//! `head`: the first rows; 10 by default, or as long as a condition holds.
//!
//! `keeplast=true` keeps the row that ended it, `null=true` lets a condition over an absent field count as true
//! (Search Reference, "head").

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Expression, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Head;

const DOC: Doc = Doc::new(&[
    Example::over(
        r#"[{"n":"1"},{"n":"2"},{"n":"3"}]"#,
        "head 2",
        r#"[{"n":"1"},{"n":"2"}]"#,
    ),
    Example::over(
        r#"[{"n":"1"},{"n":"7"},{"n":"2"}]"#,
        "head (n<5)",
        r#"[{"n":"1"}]"#,
    ),
]);

impl Command for Head {
    fn name(&self) -> &'static str {
        "head"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let limit = arguments.count("limit");
        let mut first = First {
            limit,
            condition: None,
            keep_last: false,
            null: false,
        };
        match &syntax.body {
            Body::Count(Some((count, _))) => first.limit = usize::try_from(*count).ok(),
            Body::Count(None) | Body::None => first.limit = limit.or(Some(10)),
            Body::Condition(condition) => {
                first.condition = arguments.expression(condition);
                first.keep_last = arguments.flag("keeplast", false);
                first.null = arguments.flag("null", false);
            }
            _ => return Err(arguments.missing("a count or a condition")),
        }
        arguments.finish(Stage::Table(Arc::new(first)))
    }
}

struct First {
    limit: Option<usize>,
    condition: Option<Expression>,
    keep_last: bool,
    null: bool,
}

impl TableOp for First {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let mut end = table.len();
        if let Some(condition) = &self.condition {
            let truths = condition.truths(&table, cx)?;
            let is_null = |row: usize| {
                condition
                    .fields()
                    .iter()
                    .any(|field| table.value(row, field).is_null())
            };
            let ended =
                (0..table.len()).find(|row| !(truths.get(*row) || self.null && is_null(*row)));
            end = ended.map_or(end, |row| row + usize::from(self.keep_last));
        }
        end = end.min(self.limit.unwrap_or(usize::MAX));
        Ok(table.filter(|row| row < end))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    const INPUT: &str = r#"[{"a":"1"},{"a":"2"},{"b":"1"},{"a":"9"},{"a":"1"}]"#;

    #[test]
    fn a_count_or_a_condition_ends_it() {
        check(INPUT, "head 2", r#"[{"a":"1"},{"a":"2"}]"#);
        check(INPUT, "head limit=1", r#"[{"a":"1"}]"#);
        check(INPUT, "head (a<5)", r#"[{"a":"1"},{"a":"2"}]"#);
        check(
            INPUT,
            "head null=true keeplast=true (a<5)",
            r#"[{"a":"1"},{"a":"2"},{"b":"1"},{"a":"9"}]"#,
        );
    }
}
