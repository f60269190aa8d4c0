//! Finding the rows of a lookup: exact, wildcard and network matches, bounded by time where the lookup says so.
//!
//! transforms.conf.spec: `match_type`, `case_sensitive_match` (default true), `max_matches` in file order, `min_matches`,
//! which `default_match` fills up to, `time_field` with its offsets. A match type that names a column the table does not
//! have is without effect. The columns of a lookup that was declared empty and is defined nowhere are whatever is asked.

mod shannon;
mod time;
mod wildcard;

use std::net::IpAddr;
use std::sync::Arc;

use dryfire_knowledge::{Lookup, LookupSource, LookupTable, MatchKind, Native};
use dryfire_plan::fold;
use hashbrown::HashMap;
use ipnet::IpNet;

use crate::env::Env;
use crate::value::Value;
use time::Times;
use wildcard::Wildcards;

/// A lookup, indexed for some columns to match.
pub(crate) struct LookupIndex {
    lookup: Arc<Lookup>,
    native: Option<Native>,
    keys: Vec<Key>,
    /// Rows by the text of the exact columns, if there are any.
    exact: HashMap<String, Vec<u32>>,
    case: Case,
    times: Option<Times>,
}

struct Key {
    column: usize,
    cells: Cells,
}

enum Cells {
    Exact,
    /// With an index where no other column narrows the rows first.
    Wildcards(Option<Wildcards>),
    Networks(Vec<Option<IpNet>>),
}

/// How letter case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Sensitive,
    /// A file: neither side's.
    Folded,
    /// A collection: the value is made small and the stored text is not, so that capitals in it never match.
    ValueFolded,
}

impl Case {
    fn of(lookup: &Lookup) -> Self {
        match (lookup.definition.case_sensitive, &lookup.definition.source) {
            (true, _) => Self::Sensitive,
            (false, LookupSource::KvStore { .. }) => Self::ValueFolded,
            (false, _) => Self::Folded,
        }
    }

    fn cell(self, text: &str) -> String {
        match self {
            Self::Folded => text.chars().map(fold).collect(),
            _ => text.to_owned(),
        }
    }

    fn value(self, text: &str) -> String {
        match self {
            Self::Sensitive => text.to_owned(),
            _ => text.chars().map(fold).collect(),
        }
    }
}

/// What a lookup gives for a row.
pub(crate) enum Found {
    /// These rows of the table, and so often the default behind them.
    Rows(Vec<u32>, usize),
    /// What a native lookup makes of the value.
    Made(Value),
    /// A value to match is missing: the lookup is not done at all.
    NotAsked,
}

impl LookupIndex {
    /// Indexes a lookup. The error is for the user.
    pub(crate) fn new(lookup: &Arc<Lookup>, columns: &[String]) -> Result<Self, String> {
        let definition = &lookup.definition;
        if definition.filter.is_some() {
            return Err(format!(
                "the lookup `{}` has a filter, which the engine does not follow",
                definition.name
            ));
        }
        let mut index = Self {
            lookup: lookup.clone(),
            native: lookup.native(),
            keys: Vec::new(),
            exact: HashMap::new(),
            case: Case::of(lookup),
            times: None,
        };
        if let Some(native) = index.native {
            return match columns {
                [only] if native.columns().first() == Some(&only.as_str()) => Ok(index),
                _ => Err(format!(
                    "the lookup `{}` is asked by its column `{}` alone",
                    definition.name,
                    native.columns().first().copied().unwrap_or_default()
                )),
            };
        }
        let table = lookup.table().ok_or_else(|| missing(lookup))?;
        if lookup.has_any_column() {
            return Ok(index);
        }
        for name in columns {
            let column = table.column(name).ok_or_else(|| {
                format!(
                    "the lookup `{}` has no column `{name}`; it has {}",
                    definition.name,
                    table.columns().join(", ")
                )
            })?;
            let kind = definition
                .match_type
                .iter()
                .find(|(_, named)| named == name)
                .map(|(kind, _)| kind);
            let cells = match kind {
                None => Cells::Exact,
                Some(MatchKind::Wildcard) => Cells::Wildcards(None),
                Some(MatchKind::Cidr) => {
                    let cells = (0..table.len()).map(|row| network(table.cell(row, column)));
                    Cells::Networks(cells.collect())
                }
            };
            index.keys.push(Key { column, cells });
        }
        index.times = Times::new(definition, table)?;
        index.narrow(table);
        Ok(index)
    }

    /// Makes what finds the first candidates: the exact columns together, else the first column with wildcards.
    fn narrow(&mut self, table: &LookupTable) {
        if self.exact_keys().next().is_none() {
            let case = self.case;
            for key in &mut self.keys {
                if let Cells::Wildcards(index) = &mut key.cells {
                    let cells = (0..table.len()).map(|row| case.cell(table.cell(row, key.column)));
                    *index = Some(Wildcards::new(cells));
                    break;
                }
            }
            return;
        }
        for (row, number) in (0..table.len()).zip(0_u32..) {
            let cells = self.exact_keys().map(|key| table.cell(row, key.column));
            let joined = join(cells.map(|cell| self.case.cell(cell)));
            self.exact.entry(joined).or_default().push(number);
        }
    }

    /// What the lookup gives for some values at a time (seconds since 1970). Of a value to match that is a list, each
    /// single value is looked up.
    pub(crate) fn find(&self, values: &[&Value], at: &Value, env: &Env) -> Found {
        if values.iter().any(|value| value.is_null()) {
            return Found::NotAsked;
        }
        if let (Some(Native::Shannon), [word]) = (self.native, values) {
            return Found::Made(Value::multi(word.each().iter().map(shannon::of)));
        }
        let definition = &self.lookup.definition;
        let mut rows: Vec<u32> = Vec::new();
        let mut combination: Vec<String> = Vec::with_capacity(values.len());
        self.combine(values, &mut combination, &mut rows);
        if let Some(times) = &self.times {
            rows = times.within(rows, at, env);
        }
        rows.truncate(definition.max_matches.max(1));
        let has_default = definition
            .default_match
            .as_ref()
            .is_some_and(|default| !default.is_empty());
        let lacking = definition.min_matches.saturating_sub(rows.len());
        Found::Rows(rows, if has_default { lacking } else { 0 })
    }

    /// Whether rows hold from a time on, so that the time of what is looked up matters.
    pub(crate) fn is_timed(&self) -> bool {
        self.lookup.definition.time_field.is_some()
    }

    /// A column of what was found. An empty cell of a row that matched is no value, and the default does not take its
    /// place.
    pub(crate) fn value(&self, found: &Found, column: &str) -> Value {
        match found {
            Found::NotAsked => Value::Null,
            Found::Made(value) => match self.native {
                Some(native) if native.columns().last() == Some(&column) => value.clone(),
                _ => Value::Null,
            },
            Found::Rows(rows, defaults) => {
                let default = self.lookup.definition.default_match.as_deref();
                let default = default.unwrap_or_default();
                let place = self
                    .lookup
                    .table()
                    .and_then(|table| Some((table, table.column(column)?)));
                let cells = rows
                    .iter()
                    .filter_map(|row| place.map(|(table, place)| table.cell(*row as usize, place)));
                Value::multi(
                    cells
                        .chain(std::iter::repeat_n(default, *defaults))
                        .filter(|cell| !cell.is_empty())
                        .map(Value::text),
                )
            }
        }
    }

    /// Whether another reading of the manual would give another value: for the notes.
    pub(crate) fn is_uncertain(&self, values: &[&Value]) -> Option<&'static str> {
        match self.native {
            Some(Native::Shannon) if values.iter().any(|value| shannon::depends_on_case(value)) => {
                Some(
                    "ut_shannon: letter case counts in the entropy; URL Toolbox's documentation does not say",
                )
            }
            _ => None,
        }
    }

    fn combine(&self, values: &[&Value], combination: &mut Vec<String>, rows: &mut Vec<u32>) {
        let Some((first, rest)) = values.split_first() else {
            for row in self.rows(combination) {
                if !rows.contains(&row) {
                    rows.push(row);
                }
            }
            return;
        };
        for single in first.each() {
            combination.push(self.case.value(&single.to_text()));
            self.combine(rest, combination, rows);
            combination.pop();
        }
    }

    fn rows(&self, values: &[String]) -> Vec<u32> {
        let Some(table) = self.lookup.table() else {
            return Vec::new();
        };
        let mut candidates = self.candidates(values, table);
        candidates.retain(|row| {
            self.keys.iter().zip(values).all(|(key, value)| {
                let row = *row as usize;
                match &key.cells {
                    Cells::Exact => true,
                    Cells::Wildcards(_) => {
                        wildcard::matches(&self.case.cell(table.cell(row, key.column)), value)
                    }
                    Cells::Networks(networks) => networks[row].as_ref().is_some_and(|network| {
                        value
                            .parse::<IpAddr>()
                            .is_ok_and(|address| network.contains(&address))
                    }),
                }
            })
        });
        candidates
    }

    /// Rows among which all that match are, ascending.
    fn candidates(&self, values: &[String], table: &LookupTable) -> Vec<u32> {
        let keyed = self.keys.iter().zip(values);
        if self.exact_keys().next().is_some() {
            let exact = keyed.filter(|(key, _)| matches!(key.cells, Cells::Exact));
            let joined = join(exact.map(|(_, value)| value));
            return self.exact.get(&joined).cloned().unwrap_or_default();
        }
        let indexed = keyed
            .filter_map(|(key, value)| match &key.cells {
                Cells::Wildcards(Some(index)) => Some(index.candidates(value)),
                _ => None,
            })
            .next();
        indexed.unwrap_or_else(|| (0_u32..).take(table.len()).collect())
    }

    fn exact_keys(&self) -> impl Iterator<Item = &Key> {
        self.keys
            .iter()
            .filter(|key| matches!(key.cells, Cells::Exact))
    }
}

/// Why a lookup has no rows here.
pub(crate) fn missing(lookup: &Lookup) -> String {
    let name = &lookup.definition.name;
    match &lookup.definition.source {
        LookupSource::File(file) => {
            format!("the file `{file}` of the lookup `{name}` is not there")
        }
        LookupSource::KvStore { collection, .. } => format!(
            "the lookup `{name}` is the KV store collection `{collection}`, whose rows are not known here"
        ),
        LookupSource::External {
            kind,
            command: None,
            ..
        } => format!("the lookup `{name}` is Splunk's `{kind}`, which the engine does not have"),
        LookupSource::External {
            command: Some(command),
            ..
        } => format!("the lookup `{name}` is the script `{command}`, which can't be run here"),
    }
}

fn network(cell: &str) -> Option<IpNet> {
    cell.parse::<IpNet>()
        .ok()
        .or_else(|| cell.parse::<IpAddr>().ok().map(IpNet::from))
}

fn join(values: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut joined = String::new();
    for value in values {
        joined.push_str(value.as_ref());
        joined.push('\0');
    }
    joined
}
