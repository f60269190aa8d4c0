//! `contingency`: how often the values of two fields come together: a row for each value of the first, a column for each
//! of the second, and totals.
//!
//! Search Reference, "contingency": at most 1000 rows and columns (`maxrows`, `maxcols`; 0 means that most), the least
//! common values are left out; totals are called `TOTAL` (`totalstr`) unless `usetotal=false`. The manual does not say in
//! which order rows and columns come, nor whether totals count values that are left out. `mincolcover` and `minrowcover`
//! are followed at their default only, which covers everything.

use std::sync::Arc;

use dryfire_diagnostic::Diagnostic;
use dryfire_spl::ast::{Body, Command as Syntax};
use hashbrown::HashMap;

use super::arguments::{Arguments, names};
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

const ORDER: &str = "`contingency` gives the most common values first; the manual does not say in which order they come";
const CUT: &str =
    "the totals of `contingency` count values that are left out; the manual does not say";

/// `[ctable] maxvalues` of limits.conf.
const MOST: usize = 1_000;

pub(super) struct Contingency;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"a":"x","b":"p"},{"a":"x","b":"q"},{"a":"y","b":"q"}]"#,
    "contingency a b",
    r#"[{"a":"x","q":"1","p":"1","TOTAL":"2"},{"a":"y","q":"1","p":"0","TOTAL":"1"},{"a":"TOTAL","q":"2","p":"1","TOTAL":"3"}]"#,
)])
.uncertain(&[CUT, ORDER])
.differences(&["`mincolcover` and `minrowcover` are not followed."]);

impl Command for Contingency {
    fn name(&self) -> &'static str {
        "contingency"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let fields = match &syntax.body {
            Body::Fields(fields) => names(&fields.names),
            _ => Vec::new(),
        };
        let [rows, columns] = &fields[..] else {
            return Err(arguments.missing("two fields"));
        };
        for name in ["mincolcover", "minrowcover"] {
            if arguments.number(name).is_some_and(|cover| cover < 1.0) {
                arguments.refuse(&[name]);
            }
        }
        let mut most = |name: &str| {
            let most = arguments.count(name).filter(|most| *most > 0);
            most.unwrap_or(MOST).min(MOST)
        };
        let most = (most("maxrows"), most("maxcols"));
        let total = arguments.text("totalstr").unwrap_or_else(|| "TOTAL".into());
        let total = arguments.flag("usetotal", true).then_some(total);
        arguments.finish(Stage::Table(Arc::new(Counts {
            rows: rows.clone(),
            columns: columns.clone(),
            most,
            total,
        })))
    }
}

struct Counts {
    rows: Arc<str>,
    columns: Arc<str>,
    most: (usize, usize),
    total: Option<Arc<str>>,
}

/// The most common values, most common first, equally common ones ascending; and whether some are left out.
fn common(counts: &HashMap<Value, u32>, most: usize) -> (Vec<Value>, bool) {
    let mut values: Vec<Value> = counts.keys().cloned().collect();
    values.sort_by(|a, b| counts[b].cmp(&counts[a]).then_with(|| a.compare(b)));
    let cut = values.len() > most;
    values.truncate(most);
    (values, cut)
}

impl TableOp for Counts {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let (of_row, of_column) = (
            table.column_or_null(&self.rows),
            table.column_or_null(&self.columns),
        );
        let mut pairs: HashMap<(Value, Value), u32> = HashMap::new();
        let (mut rows, mut columns) = (HashMap::new(), HashMap::new());
        let mut all = 0_u32;
        for place in 0..table.len() {
            cx.check()?;
            for row in of_row.get(place).each() {
                for column in of_column.get(place).each() {
                    *pairs.entry((row.clone(), column.clone())).or_default() += 1;
                    *rows.entry(row.clone()).or_default() += 1;
                    *columns.entry(column.clone()).or_default() += 1;
                    all += 1;
                }
            }
        }
        let (names, cut_rows) = common(&rows, self.most.0);
        let (series, cut_columns) = common(&columns, self.most.1);
        if names.len() > 1 || series.len() > 1 {
            cx.uncertain(ORDER);
        }
        if (cut_rows || cut_columns) && self.total.is_some() {
            cx.uncertain(CUT);
        }
        cx.charge(names.len().saturating_mul(series.len().max(1)), 0)?;
        let total = self.total.as_ref();
        let count = |count: Option<&u32>| Value::Number(f64::from(count.copied().unwrap_or(0)));
        let mut made = Table::new(names.len() + usize::from(total.is_some()));
        let label = total.map(|total| Value::Text(total.clone()));
        made.set(
            self.rows.clone(),
            names.iter().cloned().chain(label).collect(),
        );
        for column in &series {
            let cells = names
                .iter()
                .map(|row| count(pairs.get(&(row.clone(), column.clone()))));
            let sum = total.map(|_| count(columns.get(column)));
            made.set(column.to_text(), cells.chain(sum).collect());
        }
        if let Some(total) = total {
            let sums = names.iter().map(|row| count(rows.get(row)));
            let sums = sums.chain([count(Some(&all))]);
            made.set(total.clone(), sums.collect());
        }
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    const INPUT: &str = r#"[{"a":"x","b":"1"},{"a":"x","b":"2"},{"a":"y","b":"2"},{"a":"y"}]"#;

    #[test]
    fn pairs_are_counted_with_totals() {
        check(
            INPUT,
            "contingency a b",
            r#"[{"a":"x","2":1,"1":1,"TOTAL":2},{"a":"y","2":1,"1":0,"TOTAL":1},{"a":"TOTAL","2":2,"1":1,"TOTAL":3}]"#,
        );
        check(
            INPUT,
            "contingency usetotal=f maxcols=1 a b",
            r#"[{"a":"x","2":1},{"a":"y","2":1}]"#,
        );
        check(
            INPUT,
            "ctable totalstr=all maxrows=1 a b",
            r#"[{"a":"x","2":1,"1":1,"all":2},{"a":"all","2":2,"1":1,"all":3}]"#,
        );
        assert_eq!(mistakes("contingency a"), ["DF307"]);
        assert_eq!(mistakes("contingency mincolcover=0.5 a b"), ["DF301"]);
    }
}
