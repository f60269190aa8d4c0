//! Numbers that depend on the rows before: `accum` and `delta`.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

/// The stage of `accum` (no distance) or of `delta`, which takes the distance from `p`.
pub(super) fn lower(syntax: &Syntax, delta: bool) -> Result<Stage, Vec<Diagnostic>> {
    let mut arguments = Arguments::new(syntax);
    let Body::Field(field) = &syntax.body else {
        return Err(arguments.missing("a field"));
    };
    let source: Arc<str> = field.field.text.as_str().into();
    let default = if delta {
        format!("delta({source})").into()
    } else {
        source.clone()
    };
    let target = field
        .name
        .as_ref()
        .map_or(default, |name| name.text.as_str().into());
    let back = delta.then(|| arguments.count("p").unwrap_or(1).max(1));
    arguments.finish(Stage::Table(Arc::new(Running {
        source,
        target,
        back,
    })))
}

struct Running {
    source: Arc<str>,
    target: Arc<str>,
    back: Option<usize>,
}

impl TableOp for Running {
    fn apply(&self, mut table: Table, _: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let column = table.column_or_null(&self.source);
        let numbers: Vec<Option<f64>> = column.iter().map(Value::as_number).collect();
        let results: Column = match self.back {
            None => {
                let mut sum = 0.0;
                let add = |number: &Option<f64>| {
                    sum += (*number)?;
                    Some(sum)
                };
                numbers.iter().map(add).map(value).collect()
            }
            Some(back) => (0..numbers.len())
                .map(|row| {
                    value(
                        row.checked_sub(back)
                            .and_then(|before| Some(numbers[row]? - numbers[before]?)),
                    )
                })
                .collect(),
        };
        table.set(self.target.clone(), results);
        Ok(table)
    }
}

fn value(number: Option<f64>) -> Value {
    number.map_or(Value::Null, Value::number)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn sums_and_differences() {
        let input = r#"[{"n":"1"},{"n":"5"},{"m":"1"},{"n":"7"}]"#;
        check(
            input,
            "accum n AS s | fields s",
            r#"[{"s":1},{"s":6},{},{"s":13}]"#,
        );
        check(
            input,
            "delta n | fields delta*",
            r#"[{},{"delta(n)":4},{},{}]"#,
        );
        check(
            input,
            "delta n AS d p=2 | fields d",
            r#"[{},{},{},{"d":2}]"#,
        );
    }
}
