//! `set`: the rows of two searches as sets.
//!
//! Search Reference, "set": rows are the same when all their fields are; `union` has all of them once, `diff` those of
//! one search only, `intersect` those of both. Rows come in the order in which the searches give them.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};
use hashbrown::HashSet;

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Generate, Stage};
use crate::stop::Stop;
use crate::table::Table;

const INTERNAL: &str = "set compares events by the fields shown; Splunk also compares internal ones, which differ from search to search";

pub(super) struct Set;

const DOC: Doc = Doc::new(&[Example::alone(
    "| set diff [makeresults | eval a=1 | table a] [makeresults | eval a=2 | table a]",
    r#"[{"a":"1"},{"a":"2"}]"#,
)])
.uncertain(&[INTERNAL]);

impl Command for Set {
    fn name(&self) -> &'static str {
        "set"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let Body::Sub(sub) = &syntax.body else {
            return Err(arguments.missing("two searches in brackets"));
        };
        let [name] = &sub.fields[..] else {
            return Err(arguments.missing("`union`, `diff` or `intersect`, and two searches"));
        };
        let operation = match name.text.to_ascii_lowercase().as_str() {
            "union" => Operation::Union,
            "diff" => Operation::Diff,
            "intersect" => Operation::Intersect,
            _ => return Err(arguments.missing("`union`, `diff` or `intersect`")),
        };
        if sub.pipelines.len() != 2 {
            return Err(arguments.missing("two searches in brackets"));
        }
        let [first, second] = cx.subsearches else {
            return Err(arguments.missing("the rows of two searches"));
        };
        arguments.finish(Stage::Source(Arc::new(Sets {
            operation,
            first: first.clone(),
            second: second.clone(),
        })))
    }
}

#[derive(Clone, Copy)]
enum Operation {
    Union,
    Diff,
    Intersect,
}

struct Sets {
    operation: Operation,
    first: Table,
    second: Table,
}

/// The fields of a row with their values, by which it is known.
type Identity = Vec<(String, Vec<Arc<str>>)>;

fn identity(table: &Table, row: usize) -> Identity {
    let texts = table.row(row).map(|(name, value)| {
        let values = value.each().iter().map(|value| value.to_text());
        (name.to_owned(), values.collect())
    });
    let mut identity: Identity = texts.collect();
    identity.sort();
    identity
}

impl Generate for Sets {
    fn rows(&self, cx: &Cx<'_>) -> Result<Table, Stop> {
        if self.first.column("_raw").is_some() && self.second.column("_raw").is_some() {
            cx.uncertain(INTERNAL);
        }
        let rows = self.first.len() + self.second.len();
        cx.charge(rows, self.first.bytes() + self.second.bytes())?;
        let known = |table: &Table| -> HashSet<Identity> {
            (0..table.len()).map(|row| identity(table, row)).collect()
        };
        let (in_first, in_second) = (known(&self.first), known(&self.second));
        let mut seen: HashSet<Identity> = HashSet::new();
        let mut keep = |table: &Table, other: &HashSet<Identity>| {
            table.filter(|row| {
                let identity = identity(table, row);
                let wanted = match self.operation {
                    Operation::Union => true,
                    Operation::Diff => !other.contains(&identity),
                    Operation::Intersect => other.contains(&identity),
                };
                wanted && seen.insert(identity)
            })
        };
        let parts = vec![keep(&self.first, &in_second), keep(&self.second, &in_first)];
        let mut all = Table::concat(parts);
        all.keys = None;
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_sub, mistakes};

    #[test]
    fn rows_are_the_same_when_all_fields_are() {
        let sides = [
            r#"[{"a":"1","b":"x"},{"a":"2"},{"a":"2"}]"#,
            r#"[{"b":"x","a":1},{"a":"2","b":"y"}]"#,
        ];
        for (operation, expected) in [
            (
                "union",
                r#"[{"a":"1","b":"x"},{"a":"2"},{"a":"2","b":"y"}]"#,
            ),
            ("diff", r#"[{"a":"2"},{"a":"2","b":"y"}]"#),
            ("intersect", r#"[{"a":"1","b":"x"}]"#),
        ] {
            let spl = format!("set {operation} [search a] [search b]");
            check_sub("[]", &spl, &sides, expected);
        }
        assert_eq!(mistakes("set minus [search a] [search b]"), ["DF307"]);
        assert_eq!(mistakes("set union [search a]"), ["DF307"]);
    }
}
