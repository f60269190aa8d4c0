//! `search` in the middle of a pipeline: keeps the rows that match a search expression.
//!
//! Splunk, Search Reference, "search": names are case-sensitive, values are not; `*` is a wildcard; an absent field
//! satisfies no comparison; words are looked for in `_raw` only, so that after a transforming command they match
//! nothing (`*` alone matches any row).

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::condition::Condition;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Search;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"host":"WS1","port":"22"},{"host":"dc1","port":"443"}]"#,
    "search host=ws* port IN (22, 23)",
    r#"[{"host":"WS1","port":"22"}]"#,
)]);

impl Command for Search {
    fn name(&self) -> &'static str {
        "search"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let Body::Search(search) = &syntax.body else {
            return Err(Arguments::new(syntax).missing("a search expression"));
        };
        Ok(Stage::Map(Arc::new(Filter(Condition::new(search)?))))
    }
}

struct Filter(Condition);

impl MapOp for Filter {
    fn apply(&self, table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let keep = self.0.truths(&table, cx)?;
        Ok(table.filter(|row| keep.get(row)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, run};
    use crate::table::Table;

    #[test]
    fn rows_are_compared_without_regard_to_case() {
        let input = r#"[{"host":"WEB1","n":"9","tag":"x"},{"host":"db","n":"10"},{"m":["a","b"]}]"#;
        check(
            input,
            "search host=web*",
            r#"[{"host":"WEB1","n":"9","tag":"x"}]"#,
        );
        check(input, "search NOT host=* m=B", r#"[{"m":["a","b"]}]"#);
        check(input, "search n>9", r#"[{"host":"db","n":"10"}]"#);
        check(
            input,
            "search n IN (9, 11) tag=x",
            r#"[{"host":"WEB1","n":"9","tag":"x"}]"#,
        );
    }

    #[test]
    fn words_need_a_raw_event() {
        let input = r#"[{"_raw":"user=bob failed","a":"1"},{"a":"failed"}]"#;
        check(
            input,
            "search failed",
            r#"[{"_raw":"user=bob failed","a":"1"}]"#,
        );
        assert_eq!(run(Table::new(2), "search *").table.len(), 2);
        assert_eq!(run(Table::new(2), "search NOT word").table.len(), 2);
    }
}
