//! `outlier`: pulls numbers beyond the fences back to them, or drops their rows (`action=remove`).
//!
//! Search Reference, "outlier": the upper fence is the third quartile plus `param` (2.5) times the range between the
//! quartiles; the lower one counts only with `uselower=true`. `mark=true` writes `000` before a changed number.
//! searchbnf.conf has `remove` drop the field; the manual has it drop the row, and is followed.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::{Arguments, names};
use super::columns::{expand, map_singles};
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Outlier;

const QUARTILES: &str = "outlier interpolates the quartiles that set its fences; Splunk's manual does not say how they are computed";
const REMOVE: &str = "outlier with action=remove drops the row, as the manual says; Splunk's own searchbnf.conf has it drop the field";

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"n":"1"},{"n":"2"},{"n":"3"},{"n":"4"},{"n":"100"}]"#,
    "outlier action=remove n",
    r#"[{"n":"1"},{"n":"2"},{"n":"3"},{"n":"4"}]"#,
)])
.uncertain(&[QUARTILES, REMOVE]);

impl Command for Outlier {
    fn name(&self) -> &'static str {
        "outlier"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        stage(syntax)
    }
}

/// Also what `anomalydetection method=iqr` does.
pub(super) fn stage(syntax: &Syntax) -> Result<Stage, Vec<Diagnostic>> {
    let mut arguments = Arguments::new(syntax);
    let fields = match &syntax.body {
        Body::Fields(fields) => names(&fields.names),
        _ => vec!["*".into()],
    };
    let remove = match syntax.option("action") {
        None => false,
        Some(word) => match word.text.to_ascii_lowercase().as_str() {
            "rm" | "remove" => true,
            "tf" | "transform" => false,
            _ => {
                arguments.wrong(word, "`action` takes `remove` or `transform`");
                false
            }
        },
    };
    let op = Fences {
        fields,
        remove,
        param: arguments.number("param").unwrap_or(2.5),
        lower: arguments.flag("uselower", false),
        mark: arguments.flag("mark", false),
    };
    arguments.finish(Stage::Table(Arc::new(op)))
}

struct Fences {
    fields: Vec<Arc<str>>,
    remove: bool,
    param: f64,
    lower: bool,
    mark: bool,
}

impl Fences {
    /// The least and the greatest number that is no outlier.
    fn of(&self, column: &Column) -> Option<(f64, f64)> {
        let mut numbers: Vec<f64> = column
            .iter()
            .flat_map(Value::each)
            .filter_map(Value::as_number)
            .collect();
        numbers.sort_by(f64::total_cmp);
        // Whatever the quartiles of equal numbers are, none lies beyond them.
        if numbers.first() == numbers.last() {
            return None;
        }
        let (low, high) = (quantile(&numbers, 0.25)?, quantile(&numbers, 0.75)?);
        let reach = (high - low) * self.param;
        Some((
            if self.lower {
                low - reach
            } else {
                f64::NEG_INFINITY
            },
            high + reach,
        ))
    }

    fn pull(&self, value: &Value, (low, high): (f64, f64)) -> Value {
        match value.as_number() {
            Some(number) if !(low..=high).contains(&number) => {
                let pulled = Value::number(number.clamp(low, high));
                if self.mark {
                    Value::text(format!("000{}", pulled.to_text()))
                } else {
                    pulled
                }
            }
            _ => value.clone(),
        }
    }
}

/// By linear interpolation, as the manual's examples of percentiles come out.
pub(super) fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "no data has 2^53 rows")]
    let place = part * (sorted.len().checked_sub(1)? as f64);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative and below the length"
    )]
    let below = place.floor() as usize;
    let (low, high) = (
        *sorted.get(below)?,
        *sorted.get(below + 1).or(sorted.last())?,
    );
    Some(low + (high - low) * place.fract())
}

impl TableOp for Fences {
    fn apply(&self, mut table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let mut keep = vec![true; table.len()];
        for field in expand(&self.fields, &table) {
            cx.check()?;
            let Some(column) = table.column(&field) else {
                continue;
            };
            let Some(fences) = self.of(column) else {
                continue;
            };
            cx.uncertain(QUARTILES);
            if self.remove {
                let beyond = |value: &Value| {
                    value
                        .as_number()
                        .is_some_and(|number| !(fences.0..=fences.1).contains(&number))
                };
                for (keep, value) in keep.iter_mut().zip(column.iter()) {
                    *keep &= !value.each().iter().any(beyond);
                }
                if keep.contains(&false) {
                    cx.uncertain(REMOVE);
                }
            } else {
                let pulled = map_singles(column, |value| self.pull(value, fences));
                table.set(field, pulled);
            }
        }
        Ok(table.filter(|row| keep[row]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    const INPUT: &str = r#"[{"n":"1"},{"n":"2"},{"n":"3"},{"n":"4"},{"n":"100"},{"m":"x"}]"#;

    #[test]
    fn numbers_beyond_the_fence_go_or_are_pulled() {
        check(
            INPUT,
            "outlier action=RM n",
            r#"[{"n":"1"},{"n":"2"},{"n":"3"},{"n":"4"},{"m":"x"}]"#,
        );
        check(
            INPUT,
            "outlier param=1 | fields n | tail 2",
            r#"[{},{"n":6}]"#,
        );
        check(
            INPUT,
            "outlier mark=t param=1 n | fields n | tail 2",
            r#"[{},{"n":"0006"}]"#,
        );
    }
}
