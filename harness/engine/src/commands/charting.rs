//! Tables of two groups: rows by one, series (columns) by the other. `chart` and `timechart`.
//!
//! Which series are shown is `series`. With several aggregations a column is called `aggregation: series`. Columns
//! ascend, `OTHER` and `NULL` last (the manual does not say).

use std::cmp::Ordering;
use std::sync::Arc;

use dryfire_spl::ast::{Body, Command as Syntax};
use hashbrown::HashMap;

use super::computed::Aggregations;
use super::series::Series;
use crate::column::Column;
use crate::env::Cx;
use crate::group::Groups;
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

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

/// What gives the rows of a chart.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// The field.
    pub(super) name: &'a Arc<str>,
    /// Its values, in their buckets.
    pub(super) column: &'a Column,
    /// How many seconds the bucket of a value is wide, if it is one of time.
    pub(super) seconds: &'a dyn Fn(&Value) -> Option<f64>,
}

/// The table with the given rows (`x`, in order) and a column for each series and aggregation.
pub(super) fn chart(
    table: &Table,
    specs: &Aggregations,
    x: Rows<'_>,
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
    let mut by: Vec<&str> = vec![x.name];
    by.extend(split.map(|(name, _)| &**name));
    let mut keys = vec![x.column.clone()];
    keys.extend(split_column);
    let mut made = Cells::new(table, specs, &by, x.seconds, &keys, cx)?;
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
            made = Cells::new(table, specs, &by, x.seconds, &keys, cx)?;
        }
    }
    let rows = order(made.rows());
    let mut charted = Table::new(rows.len());
    charted.set(x.name.clone(), rows.iter().cloned().collect());
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
        specs: &Aggregations,
        by: &[&str],
        seconds: &dyn Fn(&Value) -> Option<f64>,
        keys: &[Column],
        cx: &Cx<'_>,
    ) -> Result<Self, Stop> {
        let mut groups = Groups::default();
        let pairs = groups.assign(keys, table.len(), cx)?;
        cx.charge(groups.len(), pairs.len() * 8)?;
        let widths: Vec<Option<f64>> = groups
            .keys()
            .iter()
            .map(|key| key.first().and_then(seconds))
            .collect();
        let results = specs.results(by, table, &pairs, &widths, cx)?;
        let counts = results
            .iter()
            .map(|(name, _)| specs.is_count(name))
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
        let mut cells: HashMap<Value, Vec<f64>> = HashMap::new();
        if let Some((_, first)) = self.results.first() {
            for (key, value) in self.keys.iter().zip(first.iter()) {
                let of = cells.entry(key[1].clone()).or_default();
                of.extend(value.as_number());
            }
        }
        let (nulls, named): (Vec<Value>, Vec<Value>) = self
            .series()
            .into_iter()
            .partition(|value| null.as_ref() == Some(value));
        let named = named.into_iter().map(|value| {
            let cells = cells.remove(&value).unwrap_or_default();
            (value, cells)
        });
        let mut kept = series.choose(named.collect());
        kept.extend(nulls);
        kept
    }

    /// Name, result and series of each column.
    fn columns(
        &self,
        specs: &Aggregations,
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
        let single = specs.is_single() && self.results.len() == 1;
        let mut columns = Vec::new();
        for (place, (name, _)) in self.results.iter().enumerate() {
            for value in &all {
                let text = value.to_text();
                let column = if single {
                    text
                } else {
                    series.name(name, &text)
                };
                columns.push((column, place, Some(value.clone())));
            }
        }
        columns
    }
}
