//! Throttling: `alert.suppress` with its fields, within one run of the search.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Throttling;
use crate::table::Table;

/// Remembers what was let through. A test runs a search once, so that the period never ends.
pub(super) struct Throttle<'a> {
    rule: Option<&'a Throttling>,
    seen: BTreeSet<Vec<Arc<str>>>,
}

impl<'a> Throttle<'a> {
    pub(super) fn new(rule: Option<&'a Throttling>) -> Self {
        Self {
            rule: rule.filter(|rule| !is_nothing(rule.period.as_deref())),
            seen: BTreeSet::new(),
        }
    }

    /// Whether an earlier result stands for this one.
    pub(super) fn holds_back(&mut self, results: &Table, row: usize) -> bool {
        let Some(rule) = self.rule else { return false };
        let key = rule
            .fields
            .iter()
            .map(|field| results.value(row, field).to_text())
            .collect();
        !self.seen.insert(key)
    }
}

/// `0s`: nothing is held back.
fn is_nothing(period: Option<&str>) -> bool {
    period.is_some_and(|period| {
        period
            .trim_end_matches(|unit: char| unit.is_ascii_alphabetic())
            .parse()
            == Ok(0)
    })
}
