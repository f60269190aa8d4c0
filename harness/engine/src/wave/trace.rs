//! What happened on the way: rows after each command, and what each condition alone matches.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dryfire_diagnostic::Span;

use crate::column::Column;
use crate::plan::{Plan, StageAt};

/// The trace of a search.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// Rows after each command.
    pub steps: Vec<StepRows>,
    /// What each condition of the first command matches alone; only where the trace was asked for.
    pub conditions: Vec<ConditionHits>,
}

/// Rows after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepRows {
    /// The command's place.
    pub at: Span,
    /// Rows.
    pub rows: u64,
}

/// What one condition matches.
#[derive(Debug, Clone)]
pub struct ConditionHits {
    /// Its place.
    pub at: Span,
    /// The events that satisfy it, whatever the other conditions say.
    pub events: u64,
    /// Whether it is that an event belongs to the data model's dataset.
    pub belongs: bool,
    /// The field it looks at.
    pub field: Option<Arc<str>>,
    /// The value it asks for.
    pub wanted: Option<Arc<str>>,
    /// Values of the field that are nearest to the one asked for, with the number of events, where nothing matched.
    pub nearest: Vec<(Arc<str>, u64)>,
}

/// Most distinct values of a field that are remembered to find the nearest.
const MOST_VALUES: usize = 20_000;
/// How many nearest values are told.
const NEAREST: usize = 3;
/// Longer values are compared by their beginning.
const COMPARED: usize = 80;

/// Values of a field and how many events have each.
type Values = BTreeMap<Arc<str>, u64>;

/// Counts while chunks are scanned.
pub(super) struct Tracer {
    matched: AtomicU64,
    map: Vec<AtomicU64>,
    conditions: Mutex<Vec<(ConditionHits, Values)>>,
}

impl Tracer {
    pub(super) fn new(map_stages: usize) -> Self {
        Self {
            matched: AtomicU64::new(0),
            map: (0..map_stages).map(|_| AtomicU64::new(0)).collect(),
            conditions: Mutex::default(),
        }
    }

    /// Events that came from the source.
    pub(super) fn matched(&self, rows: usize) {
        self.matched.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// Rows after a map stage.
    pub(super) fn mapped(&self, stage: usize, rows: usize) {
        if let Some(count) = self.map.get(stage) {
            count.fetch_add(rows as u64, Ordering::Relaxed);
        }
    }

    /// Events that satisfy a condition alone; with the field's values, to tell the nearest ones later.
    pub(super) fn condition(&self, place: usize, hits: ConditionHits, values: Option<&Column>) {
        let mut conditions = self
            .conditions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((known, seen)) = conditions.get_mut(place) {
            known.events += hits.events;
            count_values(seen, values);
            return;
        }
        let mut seen = BTreeMap::new();
        count_values(&mut seen, values);
        conditions.push((hits, seen));
    }

    pub(super) fn conditions(&self) -> Vec<ConditionHits> {
        let mut conditions = self
            .conditions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *conditions)
            .into_iter()
            .map(|(mut hits, seen)| {
                if hits.events == 0 {
                    hits.nearest = nearest(hits.wanted.as_deref().unwrap_or_default(), seen);
                }
                hits
            })
            .collect()
    }

    /// Rows after each command.
    pub(super) fn steps(&self, plan: &Plan, source_rows: u64, rest: &[u64]) -> Vec<StepRows> {
        plan.commands
            .iter()
            .map(|step| {
                let rows = match step.stage {
                    StageAt::Source if plan.reduce.is_none() && plan.map.is_empty() => source_rows,
                    StageAt::Source => self.matched.load(Ordering::Relaxed),
                    StageAt::Map(stage) => self
                        .map
                        .get(stage)
                        .map_or(0, |count| count.load(Ordering::Relaxed)),
                    StageAt::Reduce => source_rows,
                    StageAt::Rest(stage) => rest.get(stage).copied().unwrap_or(0),
                };
                StepRows { at: step.at, rows }
            })
            .collect()
    }
}

fn count_values(seen: &mut BTreeMap<Arc<str>, u64>, values: Option<&Column>) {
    let Some(values) = values else { return };
    for value in values.iter().flat_map(|value| value.each()) {
        let text = value.to_text();
        if seen.len() < MOST_VALUES || seen.contains_key(&text) {
            *seen.entry(text).or_default() += 1;
        }
    }
}

/// The values most like the wanted one; of equal likeness, the more frequent ones.
fn nearest(wanted: &str, seen: BTreeMap<Arc<str>, u64>) -> Vec<(Arc<str>, u64)> {
    let shorten = |text: &str| {
        text.to_lowercase()
            .replace('*', "")
            .chars()
            .take(COMPARED)
            .collect::<Vec<char>>()
    };
    let wanted = shorten(wanted);
    let mut ranked: Vec<(usize, Arc<str>, u64)> = seen
        .into_iter()
        .map(|(value, count)| (unlikeness(&wanted, &shorten(&value)), value, count))
        .collect();
    ranked.sort_by(|a, b| (a.0, u64::MAX - a.2, &a.1).cmp(&(b.0, u64::MAX - b.2, &b.1)));
    ranked
        .into_iter()
        .take(NEAREST)
        .map(|(_, value, count)| (value, count))
        .collect()
}

/// Letters to insert, delete or change.
fn unlikeness(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let cost = corner + usize::from(left != right);
            corner = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}
