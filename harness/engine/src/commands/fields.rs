//! `fields`: keeps or drops fields.
//!
//! `fields a` keeps `_time` and `_raw` too, `fields - *` does not drop them: internal fields go only when a pattern
//! with `_` names them (Search Reference, "fields").

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax, Sign};

use super::arguments::{Arguments, names};
use super::columns::{fits, has_pattern};
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Fields;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"user":"bob","pid":"4","ppid":"1"}]"#,
    "fields - p*",
    r#"[{"user":"bob"}]"#,
)]);

impl Command for Fields {
    fn name(&self) -> &'static str {
        "fields"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let Body::Fields(fields) = &syntax.body else {
            return Err(Arguments::new(syntax).missing("a field"));
        };
        let names = names(&fields.names);
        Ok(Stage::Map(if fields.sign == Some(Sign::Minus) {
            Arc::new(Drop(names))
        } else {
            Arc::new(Keep(names))
        }))
    }
}

/// The internal fields that a list need not name.
const ALWAYS: [&str; 2] = ["_time", "_raw"];

struct Keep(Vec<Arc<str>>);

impl MapOp for Keep {
    fn apply(&self, mut table: Table, _: &Cx<'_>) -> Result<Table, Stop> {
        if has_pattern(&self.0) {
            table.retain(|name| {
                ALWAYS.contains(&name) || self.0.iter().any(|pattern| fits(pattern, name))
            });
            return Ok(table);
        }
        let mut kept: Vec<Arc<str>> = Vec::new();
        for name in self.0.iter().cloned().chain(ALWAYS.map(Arc::from)) {
            let is_listed = !ALWAYS.contains(&&*name) || self.0.contains(&name);
            if !kept.contains(&name) && (is_listed || table.column(&name).is_some()) {
                kept.push(name);
            }
        }
        Ok(table.project(&kept))
    }
}

struct Drop(Vec<Arc<str>>);

impl MapOp for Drop {
    fn apply(&self, mut table: Table, _: &Cx<'_>) -> Result<Table, Stop> {
        table.retain(|name| !self.0.iter().any(|pattern| fits(pattern, name)));
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_columns};

    const INPUT: &str = r#"[{"_time":1,"_raw":"r","a":"1","ab":"2","c{}.d":"3"}]"#;

    #[test]
    fn time_and_raw_stay_unless_named() {
        check(
            INPUT,
            "fields c{}.d, a",
            r#"[{"_time":1,"_raw":"r","a":"1","c{}.d":"3"}]"#,
        );
        check(
            INPUT,
            "fields + a*",
            r#"[{"_time":1,"_raw":"r","a":"1","ab":"2"}]"#,
        );
        check(INPUT, "fields - *", r#"[{"_time":1,"_raw":"r"}]"#);
        check(INPUT, "fields - a*, _*", r#"[{"c{}.d":"3"}]"#);
    }

    #[test]
    fn the_list_gives_the_order() {
        check_columns(INPUT, "fields ab a", &["ab", "a", "_time", "_raw"]);
    }
}
