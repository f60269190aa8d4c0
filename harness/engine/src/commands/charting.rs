//! Tables of two groups: rows by one, series (columns) by the other. `chart` and `timechart`.
//!
//! Search Reference, "chart", "timechart": ten series by default, those with the greatest sum of the first aggregation;
//! the others become `OTHER`, rows without the split field `NULL`. With several aggregations a column is called
//! `aggregation: series`. Columns ascend, `OTHER` and `NULL` last (the manual does not say).

use std::cmp::Ordering;
use std::sync::Arc;

use dryfire_spl::ast::{Body, Command as Syntax};
use hashbrown::HashMap;

use super::aggregation::{Accumulators, AggregateSpec};
use super::arguments::Arguments;
use crate::column::Column;
use crate::env::Cx;
use crate::group::Groups;
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

/// How series are chosen and named.
pub(super) struct Series {
    limit: usize,
    /// The series with the least sums, instead of the greatest.
    bottom: bool,
    other: Option<Arc<str>>,
    null: Option<Arc<str>>,
    separator: Arc<str>,
}

impl Series {
    pub(super) fn new(syntax: &Syntax, arguments: &mut Arguments<'_>) -> Self {
        arguments.refuse(&["agg", "format"]);
        let limit = arguments.text("limit");
        let words: Vec<&str> = limit
            .as_deref()
            .unwrap_or("10")
            .split_whitespace()
            .collect();
        let (bottom, count) = match words[..] {
            ["top", count] => (false, count),
            ["bottom", count] => (true, count),
            [joined] if joined.starts_with("bottom") => (true, &joined[6..]),
            [joined] => (false, joined.strip_prefix("top").unwrap_or(joined)),
            _ => (false, ""),
        };
        let limit = count.parse().unwrap_or_else(|_| {
            if let Some(word) = syntax.option("limit") {
                arguments.wrong(word, "`limit` takes a count, `top N` or `bottom N`");
            }
            10
        });
        let named = |arguments: &mut Arguments<'_>, used: &str, name: &str, default: &str| {
            let name = arguments.text(name).unwrap_or_else(|| default.into());
            arguments.flag(used, true).then_some(name)
        };
        Self {
            limit,
            bottom,
            other: named(arguments, "useother", "otherstr", "OTHER"),
            null: named(arguments, "usenull", "nullstr", "NULL"),
            separator: arguments.text("sep").unwrap_or_else(|| ": ".into()),
        }
    }
}

/// The command with the options that were written behind its split field, where the parser leaves them.
pub(super) fn with_split_options(syntax: &Syntax, keep: impl Fn(&str) -> bool) -> Syntax {
    let mut whole = syntax.clone();
    if let Body::Stats(stats) = &syntax.body {
        let behind = stats
            .over
            .iter()
            .chain(&stats.by)
            .flat_map(|by| &by.options);
        whole
            .options
            .extend(behind.filter(|option| keep(&option.name)).cloned());
    }
    whole
}

/// The table with the given rows (`x`, in order) and a column for each series and aggregation.
pub(super) fn chart(
    table: &Table,
    specs: &[AggregateSpec],
    x: (&Arc<str>, &Column),
    split: Option<(&Arc<str>, &Column)>,
    series: &Series,
    order: impl FnOnce(Vec<Value>) -> Vec<Value>,
    cx: &Cx<'_>,
) -> Result<Table, Stop> {
    let split_column = split.map(|(_, column)| match &series.null {
        Some(null) => column.map(|value| {
            if value.is_null() {
                Value::Text(null.clone())
            } else {
                value.clone()
            }
        }),
        None => column.clone(),
    });
    let mut by: Vec<&str> = vec![x.0];
    by.extend(split.map(|(name, _)| &**name));
    let mut keys = vec![x.1.clone()];
    keys.extend(split_column);
    let mut made = Cells::new(table, specs, &by, &keys, cx)?;
    if split.is_some() {
        let kept = made.ranked(series);
        if made.series().len() > kept.len() {
            let other = series
                .other
                .as_ref()
                .map_or(Value::Null, |name| Value::Text(name.clone()));
            keys[1] = super::columns::map_singles(&keys[1], |value| {
                if kept.contains(value) {
                    value.clone()
                } else {
                    other.clone()
                }
            });
            made = Cells::new(table, specs, &by, &keys, cx)?;
        }
    }
    let rows = order(made.rows());
    let mut charted = Table::new(rows.len());
    charted.set(x.0.clone(), rows.iter().cloned().collect());
    let columns = made.columns(specs, split.is_some(), series);
    cx.charge(rows.len().saturating_mul(columns.len().max(1)), 0)?;
    for (name, place, split) in columns {
        let empty = if made.counts[place] {
            Value::Number(0.0)
        } else {
            Value::Null
        };
        let cells = rows.iter().map(|row| {
            let key: Vec<Value> = [row.clone()].into_iter().chain(split.clone()).collect();
            made.places.get(&key).map_or_else(
                || empty.clone(),
                |group| made.results[place].1.get(*group).clone(),
            )
        });
        charted.set(name, cells.collect());
    }
    Ok(charted)
}

/// The results for each pair of row and series.
struct Cells {
    keys: Vec<Box<[Value]>>,
    places: HashMap<Vec<Value>, usize>,
    results: Vec<(Arc<str>, Column)>,
    /// Which results are counts: nothing counts as zero.
    counts: Vec<bool>,
}

impl Cells {
    fn new(
        table: &Table,
        specs: &[AggregateSpec],
        by: &[&str],
        keys: &[Column],
        cx: &Cx<'_>,
    ) -> Result<Self, Stop> {
        let mut groups = Groups::default();
        let pairs = groups.assign(keys, table.len(), cx)?;
        cx.charge(groups.len(), pairs.len() * 8)?;
        let mut accumulators = Accumulators::default();
        accumulators.push(specs, by, table, &pairs, groups.len(), cx)?;
        let order: Vec<u32> = (0..groups.len())
            .filter_map(|group| u32::try_from(group).ok())
            .collect();
        let results = accumulators.finish(specs, &order, cx)?;
        let counts = results
            .iter()
            .map(|(name, _)| {
                specs
                    .iter()
                    .any(|spec| spec.is_count() && spec.output() == name)
            })
            .collect();
        let places = groups
            .keys()
            .iter()
            .enumerate()
            .map(|(place, key)| (key.to_vec(), place))
            .collect();
        Ok(Self {
            keys: groups.keys().to_vec(),
            places,
            results,
            counts,
        })
    }

    fn distinct(&self, place: usize) -> Vec<Value> {
        let mut values: Vec<Value> = self
            .keys
            .iter()
            .filter_map(|key| key.get(place).cloned())
            .collect();
        values.sort_by(Value::compare);
        values.dedup();
        values
    }

    fn rows(&self) -> Vec<Value> {
        self.distinct(0)
    }

    fn series(&self) -> Vec<Value> {
        self.distinct(1)
    }

    /// The series to keep.
    fn ranked(&self, series: &Series) -> Vec<Value> {
        let null = series.null.as_ref().map(|name| Value::Text(name.clone()));
        let all = self.series();
        if series.limit == 0 {
            return all;
        }
        let mut sums: HashMap<Value, f64> = HashMap::new();
        if let Some((_, first)) = self.results.first() {
            for (key, value) in self.keys.iter().zip(first.iter()) {
                *sums.entry(key[1].clone()).or_default() += value.as_number().unwrap_or(0.0);
            }
        }
        let sum = |value: &Value| sums.get(value).copied().unwrap_or(0.0);
        let (nulls, mut ranked): (Vec<Value>, Vec<Value>) = all
            .into_iter()
            .partition(|value| null.as_ref() == Some(value));
        ranked.sort_by(|a, b| {
            let order = sum(b).total_cmp(&sum(a));
            if series.bottom {
                order.reverse()
            } else {
                order
            }
        });
        ranked.truncate(series.limit);
        ranked.extend(nulls);
        ranked
    }

    /// Name, result and series of each column.
    fn columns(
        &self,
        specs: &[AggregateSpec],
        split: bool,
        series: &Series,
    ) -> Vec<(Arc<str>, usize, Option<Value>)> {
        if !split {
            return self
                .results
                .iter()
                .enumerate()
                .map(|(place, (name, _))| (name.clone(), place, None))
                .collect();
        }
        let rank = |value: &Value| {
            let is = |name: &Option<Arc<str>>| {
                name.as_ref()
                    .is_some_and(|name| value.with_text(|text| text == &**name))
            };
            u8::from(is(&series.other)) + 2 * u8::from(is(&series.null))
        };
        let mut all = self.series();
        all.sort_by(|a, b| match rank(a).cmp(&rank(b)) {
            Ordering::Equal => a.compare(b),
            order => order,
        });
        let single = specs.len() == 1 && self.results.len() == 1;
        let mut columns = Vec::new();
        for (place, (name, _)) in self.results.iter().enumerate() {
            for value in &all {
                let text = value.to_text();
                let column = if single {
                    text
                } else {
                    format!("{name}{}{text}", series.separator).into()
                };
                columns.push((column, place, Some(value.clone())));
            }
        }
        columns
    }
}
