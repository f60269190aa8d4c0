//! `rename`: gives fields other names, from left to right.
//!
//! Search Reference, "rename": the target is overwritten in every row, with null where the row lacks the source; a
//! source that no row has removes an existing target. So a rename never fills gaps of the target. In a pattern, each
//! `*` of the new name stands for what the `*` at its place matched.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::capture;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::columns::{fits, rename};
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, MapOp, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Rename;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"Processes.dest":"ws1","Processes.user":"bob"}]"#,
    "rename Processes.* AS *",
    r#"[{"dest":"ws1","user":"bob"}]"#,
)]);

impl Command for Rename {
    fn name(&self) -> &'static str {
        "rename"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Renames(renames) = &syntax.body else {
            return Err(arguments.missing("`FIELD AS NAME`"));
        };
        let stars = |text: &str| text.matches('*').count();
        let mut pairs: Vec<(Arc<str>, Arc<str>)> = Vec::new();
        for pair in renames {
            if stars(&pair.from.text) != stars(&pair.to.text) {
                let message = "both names must have the same number of `*`";
                arguments.error(
                    &codes::meaning::BAD_ARGUMENT,
                    pair.from.at.0.to(pair.to.at.0),
                    message,
                );
            }
            pairs.push((pair.from.text.as_str().into(), pair.to.text.as_str().into()));
        }
        let op = Arc::new(Pairs(pairs));
        // Which targets a pattern overwrites depends on the fields that any row has.
        let has_pattern = op.0.iter().any(|(from, _)| from.contains('*'));
        arguments.finish(if has_pattern {
            Stage::Table(op)
        } else {
            Stage::Map(op)
        })
    }
}

struct Pairs(Vec<(Arc<str>, Arc<str>)>);

impl Pairs {
    fn rename(&self, mut table: Table) -> Table {
        for (from, to) in &self.0 {
            if from == to {
                continue;
            }
            if from.contains('*') {
                table = rename(&table, |name| {
                    let parts = fits(from, name).then(|| capture(from, name)).flatten()?;
                    Some(fill(to, &parts))
                });
            } else if table.column(from).is_some() {
                table = rename(&table, |name| (name == &**from).then(|| to.clone()));
            } else {
                table.remove(to);
            }
        }
        table
    }
}

impl MapOp for Pairs {
    fn apply(&self, table: Table, _: &Cx<'_>) -> Result<Table, Stop> {
        Ok(self.rename(table))
    }
}

impl TableOp for Pairs {
    fn apply(&self, table: Table, _: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        Ok(self.rename(table))
    }
}

/// The name in which each `*` is replaced by the part at its place.
pub(super) fn fill(pattern: &str, parts: &[&str]) -> Arc<str> {
    let mut name = String::new();
    for (index, piece) in pattern.split('*').enumerate() {
        if let Some(part) = index.checked_sub(1).and_then(|before| parts.get(before)) {
            name.push_str(part);
        }
        name.push_str(piece);
    }
    name.into()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_columns, mistakes};

    #[test]
    fn a_target_is_overwritten_in_every_row() {
        let input = r#"[{"id":"1","to":"x"},{"id":"2","from":"y"}]"#;
        check(
            input,
            "rename from AS to",
            r#"[{"id":"1"},{"id":"2","to":"y"}]"#,
        );
        check(
            input,
            "rename none AS to",
            r#"[{"id":"1"},{"id":"2","from":"y"}]"#,
        );
        check(
            input,
            "rename none AS nothing, id as \"The id\"",
            r#"[{"The id":"1","to":"x"},{"The id":"2","from":"y"}]"#,
        );
    }

    #[test]
    fn stars_keep_what_they_matched() {
        check_columns(
            r#"[{"P.a":"1","P.b":"2","a":"3","c":"4"}]"#,
            r#"rename "P.*" as "*""#,
            &["a", "b", "c"],
        );
        check(
            r#"[{"P.a":"1","P.b":"2","a":"3"}]"#,
            "rename P.* as *",
            r#"[{"a":"1","b":"2"}]"#,
        );
        assert_eq!(mistakes("rename a* as b"), ["DF307"]);
    }
}
