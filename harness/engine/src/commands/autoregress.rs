//! `autoregress`: gives each row the values that a field had in rows before it.
//!
//! Search Reference, "autoregress": one row before unless `p` says otherwise; `p=2-4` makes a field for each distance;
//! the new fields are called `field_p2`, or as `AS` says where there is one distance.

use std::ops::RangeInclusive;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
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

pub(super) struct Autoregress;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"n":"4"},{"n":"6"}]"#,
    "autoregress n AS before",
    r#"[{"n":"4"},{"n":"6","before":"4"}]"#,
)]);

/// The greatest distance: what no search needs would fill the memory with columns.
const FARTHEST: usize = 1000;

impl Command for Autoregress {
    fn name(&self) -> &'static str {
        "autoregress"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Raw(raw) = &syntax.body else {
            return Err(arguments.missing("a field"));
        };
        let mut distances = 1..=1;
        let mut names: Vec<Arc<str>> = Vec::new();
        for word in words(&raw.text) {
            match word.option() {
                Some(("p", value)) => match range(value) {
                    Some(range) => distances = range,
                    None => arguments.error(
                        &codes::meaning::BAD_ARGUMENT,
                        syntax.at.0,
                        format!("`p` takes a count or a range from 1 to {FARTHEST}, not `{value}`"),
                    ),
                },
                _ => names.push(word.text.into()),
            }
        }
        let (field, alias) = match &names[..] {
            [field] => (field.clone(), None),
            [field, word, alias] if word.eq_ignore_ascii_case("as") => {
                (field.clone(), Some(alias.clone()))
            }
            _ => return Err(arguments.missing("one field, and a name after `AS`")),
        };
        if alias.is_some() && distances.start() != distances.end() {
            arguments.error(
                &codes::meaning::BAD_ARGUMENT,
                syntax.at.0,
                "one name can't stand for several distances",
            );
        }
        let names = distances.map(|distance| {
            (
                distance,
                alias
                    .clone()
                    .unwrap_or_else(|| format!("{field}_p{distance}").into()),
            )
        });
        let op = Before {
            names: names.collect(),
            field,
        };
        arguments.finish(Stage::Table(Arc::new(op)))
    }
}

fn range(text: &str) -> Option<RangeInclusive<usize>> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    (from >= 1 && from <= to && to <= FARTHEST).then_some(from..=to)
}

struct Before {
    field: Arc<str>,
    names: Vec<(usize, Arc<str>)>,
}

impl TableOp for Before {
    fn apply(&self, mut table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let column = table.column_or_null(&self.field);
        for (distance, name) in &self.names {
            let before = (0..table.len()).map(|row| {
                row.checked_sub(*distance)
                    .map_or(Value::Null, |row| column.get(row).clone())
            });
            table.set(name.clone(), before.collect());
            cx.charge(table.len(), table.bytes())?;
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn rows_get_what_came_before() {
        let input = r#"[{"a":"1"},{"a":"2"},{"a":"3"}]"#;
        check(
            input,
            "autoregress a",
            r#"[{"a":"1"},{"a":"2","a_p1":"1"},{"a":"3","a_p1":"2"}]"#,
        );
        check(
            input,
            "autoregress a AS old p=2",
            r#"[{"a":"1"},{"a":"2"},{"a":"3","old":"1"}]"#,
        );
        check(
            input,
            "autoregress a p=1-2",
            r#"[{"a":"1"},{"a":"2","a_p1":"1"},{"a":"3","a_p1":"2","a_p2":"1"}]"#,
        );
        assert_eq!(mistakes("autoregress a AS b p=1-2"), ["DF307"]);
        assert_eq!(mistakes("autoregress a p=0"), ["DF307"]);
    }
}
