//! Counting combinations of values: `top` and `rare`.
//!
//! Search Reference, "top": rows that lack a field are left out; the share is that of the rows of the same `by` values,
//! with six decimals. Among equal counts, values ascend (the manual does not say).

use std::cmp::Ordering;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};
use dryfire_spl::ast::{Body, Command as Syntax};
use hashbrown::HashMap;

use super::arguments::{Arguments, names};
use crate::column::Column;
use crate::env::Cx;
use crate::group::Groups;
use crate::limits::reached;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

/// The stage of `top` or `rare`.
pub(super) fn lower(syntax: &Syntax, rare: bool) -> Result<Stage, Vec<Diagnostic>> {
    let mut arguments = Arguments::new(syntax);
    let Body::Fields(fields) = &syntax.body else {
        return Err(arguments.missing("a field"));
    };
    let shown = |arguments: &mut Arguments<'_>, show: &str, name: &str, default: &str| {
        let named = arguments.text(name).unwrap_or_else(|| default.into());
        arguments.flag(show, true).then_some(named)
    };
    let limit = arguments.count("limit").or(fields
        .count
        .map(|count| usize::try_from(count).unwrap_or(usize::MAX)));
    let op = Ranking {
        fields: names(&fields.names),
        by: names(&fields.by),
        rare,
        at: syntax.name_at.0,
        limit: limit.unwrap_or(10),
        count: shown(&mut arguments, "showcount", "countfield", "count"),
        percent: shown(&mut arguments, "showperc", "percentfield", "percent"),
        other: arguments
            .flag("useother", false)
            .then(|| arguments.text("otherstr").unwrap_or_else(|| "OTHER".into())),
    };
    arguments.finish(Stage::Table(Arc::new(op)))
}

/// Which of equals are cut off.
pub(super) const TIES: &str = "top and rare keep the lesser of values that are equally frequent; Splunk's manual does not say which are cut off";

struct Ranking {
    fields: Vec<Arc<str>>,
    by: Vec<Arc<str>>,
    rare: bool,
    at: Span,
    limit: usize,
    count: Option<Arc<str>>,
    percent: Option<Arc<str>>,
    /// The name of the rest.
    other: Option<Arc<str>>,
}

/// A combination and how often it comes.
struct Counted {
    key: Vec<Value>,
    count: u64,
    total: u64,
}

impl TableOp for Ranking {
    fn apply(&self, table: Table, cx: &Cx<'_>, _: &mut Vec<Effect>) -> Result<Table, Stop> {
        let keys: Vec<Column> = self
            .by
            .iter()
            .chain(&self.fields)
            .map(|field| table.column_or_null(field))
            .collect();
        let mut groups = Groups::default();
        let pairs = groups.assign(&keys, table.len(), cx)?;
        cx.charge(groups.len(), pairs.len() * 8)?;
        let mut counts = vec![0; groups.len()];
        pairs
            .iter()
            .for_each(|(_, group)| counts[*group as usize] += 1);
        let mut totals: HashMap<&[Value], u64> = HashMap::new();
        for (key, count) in groups.keys().iter().zip(&counts) {
            *totals.entry(&key[..self.by.len()]).or_default() += count;
        }
        let mut counted: Vec<Counted> = (groups.keys().iter().zip(&counts))
            .map(|(key, count)| {
                let total = totals.get(&key[..self.by.len()]).copied().unwrap_or(0);
                Counted {
                    key: key.to_vec(),
                    count: *count,
                    total,
                }
            })
            .collect();
        let split = self.by.len();
        counted.sort_by(|a, b| {
            let (first, second) = if self.rare { (a, b) } else { (b, a) };
            compare(&a.key[..split], &b.key[..split])
                .then(first.count.cmp(&second.count))
                .then_with(|| compare(&a.key[split..], &b.key[split..]))
        });
        let mut rows = if self.limit == 0 {
            counted
        } else {
            self.cut(counted, cx)
        };
        let (most, setting) = if self.rare {
            (cx.env.limits.rare_rows, "[rare] maxresultrows")
        } else {
            (cx.env.limits.top_rows, "[top] maxresultrows")
        };
        if rows.len() > most {
            let message = format!("the first {most} of {} rows were kept", rows.len());
            cx.note(reached(message, setting, self.at));
            rows.truncate(most);
        }
        Ok(self.show(&rows))
    }
}

impl Ranking {
    /// The first rows of each `by` combination, and the rest as one.
    fn cut(&self, counted: Vec<Counted>, cx: &Cx<'_>) -> Vec<Counted> {
        let split = self.by.len();
        let mut kept: Vec<Counted> = Vec::new();
        let mut in_group = 0;
        let mut rest: Option<Counted> = None;
        for row in counted {
            let continues = kept
                .last()
                .is_some_and(|last| last.key[..split] == row.key[..split]);
            if !continues {
                kept.extend(rest.take());
                in_group = 0;
            }
            in_group += 1;
            if in_group <= self.limit {
                kept.push(row);
                continue;
            }
            if kept.last().is_some_and(|last| last.count == row.count) {
                cx.uncertain(TIES);
            }
            if let Some(name) = &self.other {
                let other = rest.get_or_insert_with(|| {
                    let names = self.fields.iter().map(|_| Value::Text(name.clone()));
                    Counted {
                        key: row.key[..split].iter().cloned().chain(names).collect(),
                        count: 0,
                        total: row.total,
                    }
                });
                other.count += row.count;
            }
        }
        kept.extend(rest);
        kept
    }

    fn show(&self, rows: &[Counted]) -> Table {
        let mut table = Table::new(rows.len());
        for (place, name) in self.by.iter().chain(&self.fields).enumerate() {
            table.set(
                name.clone(),
                rows.iter().map(|row| row.key[place].clone()).collect(),
            );
        }
        #[expect(clippy::cast_precision_loss, reason = "no data has 2^53 rows")]
        let number = |count: u64| count as f64;
        if let Some(name) = &self.count {
            table.set(
                name.clone(),
                rows.iter()
                    .map(|row| Value::Number(number(row.count)))
                    .collect(),
            );
        }
        if let Some(name) = &self.percent {
            let share = |row: &Counted| {
                format!(
                    "{:.6}",
                    number(row.count) * 100.0 / number(row.total.max(1))
                )
            };
            table.set(
                name.clone(),
                rows.iter().map(|row| Value::text(share(row))).collect(),
            );
        }
        table
    }
}

fn compare(a: &[Value], b: &[Value]) -> Ordering {
    a.iter()
        .zip(b)
        .map(|(a, b)| a.compare(b))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_columns};

    const INPUT: &str =
        r#"[{"a":"x","b":"1"},{"a":"y","b":"1"},{"a":"x","b":"2"},{"a":"z","b":"1"},{"b":"1"}]"#;

    #[test]
    fn the_most_and_the_least_common() {
        check(
            INPUT,
            "top 2 a",
            r#"[{"a":"x","count":2,"percent":"50.000000"},{"a":"y","count":1,"percent":"25.000000"}]"#,
        );
        check(
            INPUT,
            "rare limit=1 showperc=f a",
            r#"[{"a":"y","count":1}]"#,
        );
        check(
            INPUT,
            "top 1 useother=t showperc=f countfield=n a",
            r#"[{"a":"x","n":2},{"a":"OTHER","n":2}]"#,
        );
    }

    #[test]
    fn shares_are_those_of_the_group() {
        check(
            INPUT,
            "top 1 a by b",
            r#"[{"b":"1","a":"x","count":1,"percent":"33.333333"},{"b":"2","a":"x","count":1,"percent":"100.000000"}]"#,
        );
        check_columns(INPUT, "top a by b", &["b", "a", "count", "percent"]);
    }
}
