//! `rangemap`: names the range that a number lies in; `range` holds the name, or several where ranges overlap.
//!
//! A number outside of all ranges gets the default, `None`, as does a value that is no number (the manual leaves that
//! open).

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::words::words;
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Rangemap;

const NO_NUMBER: &str =
    "rangemap gives a value that is no number the default; Splunk's manual does not say";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"score":"5"},{"score":"80"},{"score":"500"}]"#,
    "rangemap field=score low=0-39 high=40-100",
    r#"[{"score":"5","range":"low"},{"score":"80","range":"high"},{"score":"500","range":"None"}]"#,
)])
.uncertain(&[NO_NUMBER]);

impl Command for Rangemap {
    fn name(&self) -> &'static str {
        "rangemap"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let arguments = Arguments::new(syntax);
        let Body::Raw(raw) = &syntax.body else {
            return Err(arguments.missing("`field=FIELD` and ranges"));
        };
        let mut op = Ranges {
            field: "".into(),
            ranges: Vec::new(),
            default: Value::from("None"),
        };
        for word in words(&raw.text) {
            match word.option() {
                Some(("field", value)) => op.field = value.into(),
                Some(("default", value)) => op.default = value.into(),
                Some((name, value)) => match range(value) {
                    Some((low, high)) => op.ranges.push((name.into(), low, high)),
                    None => return Err(arguments.missing("ranges such as `low=0-10`")),
                },
                None => return Err(arguments.missing("ranges such as `low=0-10`")),
            }
        }
        if op.field.is_empty() || op.ranges.is_empty() {
            return Err(arguments.missing("`field=FIELD` and ranges"));
        }
        arguments.finish(Stage::Map(Arc::new(op)))
    }
}

/// `-5-10`: two numbers with a `-` between them.
fn range(text: &str) -> Option<(f64, f64)> {
    let numbers = text
        .char_indices()
        .skip(1)
        .filter(|(_, letter)| *letter == '-')
        .find_map(|(at, _)| {
            Some((
                dryfire_plan::parse_number(&text[..at])?,
                dryfire_plan::parse_number(&text[at + 1..])?,
            ))
        });
    numbers.filter(|(low, high)| low <= high)
}

struct Ranges {
    field: Arc<str>,
    ranges: Vec<(Arc<str>, f64, f64)>,
    default: Value,
}

impl MapOp for Ranges {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let named = table.column_or_null(&self.field).map(|value| {
            let Some(number) = value.as_number() else {
                cx.uncertain(NO_NUMBER);
                return self.default.clone();
            };
            let fits = self
                .ranges
                .iter()
                .filter(|(_, low, high)| (*low..=*high).contains(&number));
            let names = Value::multi(fits.map(|(name, ..)| Value::Text(name.clone())));
            if names.is_null() {
                self.default.clone()
            } else {
                names
            }
        });
        table.set("range", named);
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn numbers_get_the_names_of_their_ranges() {
        check(
            r#"[{"n":"5"},{"n":"-3"},{"n":"99"}]"#,
            "rangemap field=n low=0-10 cold=-5-5 default=far | fields range",
            r#"[{"range":["low","cold"]},{"range":"cold"},{"range":"far"}]"#,
        );
        assert_eq!(mistakes("rangemap field=n low=x"), ["DF307"]);
    }
}
