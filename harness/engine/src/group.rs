//! Rows into groups by the values of some fields.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::column::Column;
use crate::env::Cx;
use crate::stop::Stop;
use crate::value::Value;

/// How many pairs are made between two looks at the budget.
const STRIDE: usize = 4096;

/// Groups found so far, in order of discovery.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    known: HashMap<Box<[Value]>, u32>,
    keys: Vec<Box<[Value]>>,
}

impl Groups {
    /// How many groups.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The values of each group.
    pub(crate) fn keys(&self) -> &[Box<[Value]>] {
        &self.keys
    }

    /// The group of these values, made if need be.
    pub(crate) fn of(&mut self, key: &[Value]) -> u32 {
        if let Some(group) = self.known.get(key) {
            return *group;
        }
        let group = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push(key.into());
        self.known.insert(key.into(), group);
        group
    }

    /// The (row, group) pairs of a batch. A row that lacks a group field has none; one with several values in a group
    /// field has one for each (Splunk, "stats", `dedup_splitvals=false`: a repeated value counts again).
    ///
    /// Pairs and groups count against the budget: lists in several group fields multiply.
    pub(crate) fn assign(
        &mut self,
        columns: &[Column],
        rows: usize,
        cx: &Cx<'_>,
    ) -> Result<Vec<(u32, u32)>, Stop> {
        if columns.is_empty() {
            let group = self.of(&[]);
            return Ok((0..rows)
                .filter_map(|row| u32::try_from(row).ok())
                .map(|row| (row, group))
                .collect());
        }
        let mut pairs = Vec::with_capacity(rows);
        // Rows with equal codes have equal values: look those up once.
        let codes: Option<Vec<&Arc<[u16]>>> = columns
            .iter()
            .filter(|column| !matches!(column, Column::Const(..)))
            .map(|column| match column {
                Column::Dict(codes, _) => Some(codes),
                _ => None,
            })
            .collect();
        let codes = codes.filter(|codes| codes.len() <= 4);
        let mut seen: HashMap<u64, Box<[u32]>> = HashMap::new();
        let mut charged = 0;
        for row in 0..rows {
            if pairs.len() >= charged + STRIDE {
                charged = pairs.len();
                cx.charge(self.len(), charged * size_of::<(u32, u32)>())?;
            }
            let place = u32::try_from(row).unwrap_or(u32::MAX);
            let packed = codes.as_ref().map(|codes| {
                codes
                    .iter()
                    .fold(0, |packed: u64, codes| packed << 16 | u64::from(codes[row]))
            });
            if let Some(groups) = packed.and_then(|packed| seen.get(&packed)) {
                pairs.extend(groups.iter().map(|group| (place, *group)));
                continue;
            }
            let groups = self.groups_of(columns, row, cx)?;
            pairs.extend(groups.iter().map(|group| (place, *group)));
            if let Some(packed) = packed {
                seen.insert(packed, groups);
            }
        }
        Ok(pairs)
    }

    fn groups_of(
        &mut self,
        columns: &[Column],
        row: usize,
        cx: &Cx<'_>,
    ) -> Result<Box<[u32]>, Stop> {
        let values: Vec<&[Value]> = columns
            .iter()
            .map(|column| column.get(row).each())
            .collect();
        if values.iter().any(|values| values.is_empty()) {
            return Ok(Box::new([]));
        }
        let count = values
            .iter()
            .fold(1, |count: usize, values| count.saturating_mul(values.len()));
        if count > STRIDE {
            let bytes = columns.len() * 2 * size_of::<Value>();
            cx.charge(count, count.saturating_mul(bytes))?;
        }
        let mut combinations: Vec<Vec<Value>> = vec![Vec::with_capacity(columns.len())];
        for values in values {
            combinations = combinations
                .into_iter()
                .flat_map(|start| {
                    values
                        .iter()
                        .map(move |value| start.iter().cloned().chain([value.clone()]).collect())
                })
                .collect();
        }
        Ok(combinations.iter().map(|key| self.of(key)).collect())
    }

    /// Where each group of `other` is here.
    pub(crate) fn merge(&mut self, other: &Groups) -> Vec<u32> {
        other.keys.iter().map(|key| self.of(key)).collect()
    }

    /// The groups in the order in which `stats` shows them: ascending by the group fields, left to right.
    pub(crate) fn sorted(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.keys.len())
            .filter_map(|group| u32::try_from(group).ok())
            .collect();
        order.sort_by(|a, b| {
            let (a, b) = (&self.keys[*a as usize], &self.keys[*b as usize]);
            a.iter()
                .zip(b.iter())
                .map(|(a, b)| a.compare(b))
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        order
    }
}
