//! Finding the rows of a lookup table: exact, wildcard and network matches, in file order.
//!
//! transforms.conf.spec: `match_type`, `case_sensitive_match` (default true), `max_matches`, `min_matches`,
//! `default_match`. A match type that names a column the table does not have is without effect.

use std::net::IpAddr;
use std::sync::Arc;

use dryfire_knowledge::{Lookup, LookupTable, MatchKind};
use dryfire_plan::{Wildcard, fold};
use hashbrown::HashMap;
use ipnet::IpNet;

use crate::value::Value;

/// A lookup, indexed for some columns to match.
pub(crate) struct LookupIndex {
    lookup: Arc<Lookup>,
    keys: Vec<Key>,
    /// Rows by the folded text of the exact columns.
    exact: HashMap<String, Vec<u32>>,
    fold: bool,
}

struct Key {
    column: usize,
    cells: Cells,
}

enum Cells {
    Exact,
    Wildcards(Vec<Pattern>),
    Networks(Vec<Option<IpNet>>),
}

enum Pattern {
    /// No star, and case counts or not as the lookup says.
    Plain,
    Folded(Wildcard),
    Cased(Vec<Box<str>>),
}

/// What a lookup gives for a row.
pub(crate) enum Found {
    /// These rows of the table.
    Rows(Vec<u32>),
    /// No row; the default stands in for it.
    Default(Arc<str>),
    /// No row, no default.
    Nothing,
    /// A value to match is missing: the lookup is not done at all.
    NotAsked,
}

impl LookupIndex {
    /// Indexes a lookup. The error is for the user.
    pub(crate) fn new(lookup: &Arc<Lookup>, columns: &[String]) -> Result<Self, String> {
        let table = lookup
            .table()
            .ok_or_else(|| format!("the lookup `{}` has no table", lookup.definition.name))?;
        let definition = &lookup.definition;
        let mut keys = Vec::new();
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
            let cell = |row: usize| table.cell(row, column);
            let cells = match kind {
                None => Cells::Exact,
                Some(MatchKind::Wildcard) => Cells::Wildcards(
                    (0..table.len())
                        .map(|row| pattern(cell(row), definition.case_sensitive))
                        .collect(),
                ),
                Some(MatchKind::Cidr) => {
                    Cells::Networks((0..table.len()).map(|row| network(cell(row))).collect())
                }
            };
            keys.push(Key { column, cells });
        }
        let fold = !definition.case_sensitive;
        let mut index = Self {
            lookup: lookup.clone(),
            keys,
            exact: HashMap::new(),
            fold,
        };
        for row in 0..table.len() {
            let values = index.exact_keys().map(|key| table.cell(row, key.column));
            let joined = index.join(values);
            index
                .exact
                .entry(joined)
                .or_default()
                .push(u32::try_from(row).unwrap_or(u32::MAX));
        }
        Ok(index)
    }

    /// The table.
    pub(crate) fn table(&self) -> Option<&LookupTable> {
        self.lookup.table()
    }

    /// The rows for some values, in file order, at most `max_matches`. Of a value to match that is a list, each single
    /// value is looked up.
    pub(crate) fn find(&self, values: &[&Value]) -> Found {
        if values.iter().any(|value| value.is_null()) {
            return Found::NotAsked;
        }
        let definition = &self.lookup.definition;
        let mut rows: Vec<u32> = Vec::new();
        let mut combination: Vec<Arc<str>> = Vec::with_capacity(values.len());
        self.combine(values, &mut combination, &mut rows);
        rows.truncate(definition.max_matches.max(1));
        if !rows.is_empty() && rows.len() >= definition.min_matches {
            return Found::Rows(rows);
        }
        match &definition.default_match {
            Some(default) if definition.min_matches > 0 && !default.is_empty() => {
                Found::Default(default.as_str().into())
            }
            _ if rows.is_empty() => Found::Nothing,
            _ => Found::Rows(rows),
        }
    }

    fn combine(&self, values: &[&Value], combination: &mut Vec<Arc<str>>, rows: &mut Vec<u32>) {
        let Some((first, rest)) = values.split_first() else {
            for row in self.rows(combination) {
                if !rows.contains(&row) {
                    rows.push(row);
                }
            }
            return;
        };
        for single in first.each() {
            combination.push(single.to_text());
            self.combine(rest, combination, rows);
            combination.pop();
        }
    }

    fn rows(&self, values: &[Arc<str>]) -> Vec<u32> {
        let Some(table) = self.table() else {
            return Vec::new();
        };
        let exact = self
            .keys
            .iter()
            .zip(values)
            .filter(|(key, _)| matches!(key.cells, Cells::Exact));
        let joined = self.join(exact.map(|(_, value)| &**value));
        let Some(candidates) = self.exact.get(&joined) else {
            return Vec::new();
        };
        let fits = |row: &u32| {
            self.keys
                .iter()
                .zip(values)
                .all(|(key, value)| match &key.cells {
                    Cells::Exact => true,
                    Cells::Wildcards(patterns) => match &patterns[*row as usize] {
                        Pattern::Plain => table.cell(*row as usize, key.column) == &**value,
                        Pattern::Folded(wildcard) => wildcard.matches(value),
                        Pattern::Cased(pieces) => cased(pieces, value),
                    },
                    Cells::Networks(networks) => {
                        let inside = |network: &IpNet| {
                            value
                                .parse::<IpAddr>()
                                .is_ok_and(|address| network.contains(&address))
                        };
                        networks[*row as usize].as_ref().is_some_and(inside)
                    }
                })
        };
        candidates.iter().copied().filter(fits).collect()
    }

    fn exact_keys(&self) -> impl Iterator<Item = &Key> {
        self.keys
            .iter()
            .filter(|key| matches!(key.cells, Cells::Exact))
    }

    fn join<'t>(&self, values: impl Iterator<Item = &'t str>) -> String {
        let mut joined = String::new();
        for value in values {
            match self.fold {
                true => joined.extend(value.chars().map(fold)),
                false => joined.push_str(value),
            }
            joined.push('\0');
        }
        joined
    }
}

fn pattern(cell: &str, case_sensitive: bool) -> Pattern {
    match (case_sensitive, cell.contains('*')) {
        (false, _) => Pattern::Folded(Wildcard::new(cell)),
        (true, false) => Pattern::Plain,
        (true, true) => Pattern::Cased(cell.split('*').map(Into::into).collect()),
    }
}

fn network(cell: &str) -> Option<IpNet> {
    cell.parse::<IpNet>()
        .ok()
        .or_else(|| cell.parse::<IpAddr>().ok().map(IpNet::from))
}

/// A wildcard match in which case counts.
fn cased(pieces: &[Box<str>], text: &str) -> bool {
    let Some((first, rest)) = pieces.split_first() else {
        return false;
    };
    let Some(mut left) = text.strip_prefix(&**first) else {
        return false;
    };
    let Some((last, middle)) = rest.split_last() else {
        return left.is_empty();
    };
    for piece in middle {
        match left.split_once(&**piece) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(&**last)
}
