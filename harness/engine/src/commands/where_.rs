//! `where`: keeps the rows for which an `eval` condition holds.
//!
//! A comparison with null is false, and its negation therefore true (recorded on Splunk 8.2); a list satisfies a
//! comparison when one of its values does.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Expression, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Where;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob","n":"9"},{"user":"amy","n":"10"},{"user":"eve"}]"#,
    "where n>9 OR isnull(n)",
    r#"[{"user":"amy","n":"10"},{"user":"eve"}]"#,
)]);

impl Command for Where {
    fn name(&self) -> &'static str {
        "where"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let Body::Condition(condition) = &syntax.body else {
            return Err(Arguments::new(syntax).missing("a condition"));
        };
        Ok(Stage::Map(Arc::new(Filter(Expression::new(condition)?))))
    }
}

struct Filter(Expression);

impl MapOp for Filter {
    fn apply(&self, table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let keep = self.0.truths(&table, cx)?;
        Ok(table.filter(|row| keep.get(row)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn null_satisfies_only_negations() {
        let input = r#"[{"i":"1","x":"a"},{"i":"2","x":"b"},{"i":"3"}]"#;
        check(input, r#"where x!="a""#, r#"[{"i":"2","x":"b"}]"#);
        check(
            input,
            r#"where NOT x="a""#,
            r#"[{"i":"2","x":"b"},{"i":"3"}]"#,
        );
        check(
            input,
            r#"where x IN ("a", "c") OR i>2"#,
            r#"[{"i":"1","x":"a"},{"i":"3"}]"#,
        );
    }

    #[test]
    fn one_value_of_a_list_is_enough() {
        check(
            r#"[{"x":["a","b"]},{"x":"c"}]"#,
            r#"where x="b""#,
            r#"[{"x":["a","b"]}]"#,
        );
    }
}
