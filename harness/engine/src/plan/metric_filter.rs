//! `WHERE` of `mstats` and `mcatalog`: what it may hold, and which data points it lets through.
//!
//! Search Reference, "mstats", section "WHERE clause": it filters by `metric_name` where the aggregations are over
//! `_value`, and only there; its values compare with regard to case, other than those of `search`.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{Compare, Search, SearchKind, Word};

use crate::bits::Bits;
use crate::commands::Condition;
use crate::env::Cx;
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

/// A condition on data points.
pub(super) struct MetricFilter {
    condition: Condition,
    /// The fields whose case counts.
    exact: Vec<Arc<str>>,
}

impl MetricFilter {
    /// Lowers the condition.
    pub(super) fn new(search: &Search) -> Result<Self, Vec<Diagnostic>> {
        let mut search = search.clone();
        let mut exact = Vec::new();
        mark(&mut search, &mut exact);
        Condition::new(&search).map(|condition| Self { condition, exact })
    }

    /// The rows that match.
    pub(super) fn truths(&self, rows: &Table, cx: &Cx<'_>) -> Result<Bits, Stop> {
        let mut marked = rows.clone();
        for field in &self.exact {
            if let Some(column) = rows.column(field) {
                marked.set(field.clone(), column.map(of_one_case));
            }
        }
        self.condition.truths(&marked, cx)
    }
}

/// What the aggregations and the condition say of `metric_name` must fit together: aggregations over named metrics take
/// no condition on it, those over `_value` need one, and the two can't be mixed.
pub(super) fn check(measures: &[&Word], filter: Option<&Search>, errors: &mut Vec<Diagnostic>) {
    let (values, named): (Vec<&Word>, Vec<&Word>) = measures
        .iter()
        .copied()
        .partition(|word| word.text == "_value");
    let condition = filter.and_then(on_metric_name);
    let found = match (values.first(), named.first(), condition) {
        (Some(_), Some(named), _) => Some((
            named.at.0,
            "aggregations over `_value` and over named metrics can't stand in one `mstats`",
        )),
        (None, Some(_), Some(condition)) => Some((
            condition.at.0,
            "`where` can't filter by `metric_name` where the aggregations name metrics",
        )),
        (Some(value), None, None) => Some((
            value.at.0,
            "an aggregation over `_value` needs `metric_name=…` in `where`",
        )),
        _ => None,
    };
    errors.extend(
        found.map(|(at, message)| {
            Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(at, "")
        }),
    );
}

/// The field of a condition on `metric_name`.
fn on_metric_name(search: &Search) -> Option<&Word> {
    match &search.kind {
        SearchKind::And(parts) | SearchKind::Or(parts) => parts.iter().find_map(on_metric_name),
        SearchKind::Not(inner) => on_metric_name(inner),
        SearchKind::Compare { field, .. } | SearchKind::In { field, .. } => {
            Some(field).filter(|field| field.text == "metric_name")
        }
        _ => None,
    }
}

/// Puts the values to compare with into letters of one case, and names their fields. Names of indexes have no case.
fn mark(search: &mut Search, exact: &mut Vec<Arc<str>>) {
    let (field, values) = match &mut search.kind {
        SearchKind::And(parts) | SearchKind::Or(parts) => {
            parts.iter_mut().for_each(|part| mark(part, exact));
            return;
        }
        SearchKind::Not(inner) => return mark(inner, exact),
        SearchKind::Compare {
            field,
            op: Compare::Eq | Compare::Ne,
            value,
        } => (field, std::slice::from_mut(value)),
        SearchKind::In { field, values } => (field, values.as_mut_slice()),
        _ => return,
    };
    if field.text != "index" {
        values
            .iter_mut()
            .for_each(|value| value.text = capitals(&value.text));
        exact.push(field.text.as_str().into());
    }
}

fn of_one_case(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::text(capitals(text)),
        other => other.clone(),
    }
}

/// The text with capitals as letters that have one case only, so that a comparison without regard to case tells them
/// from small ones. No text of the data holds these: Unicode keeps the plane for private use.
fn capitals(text: &str) -> String {
    let private = |letter: char| char::from_u32(0xF_0000 + u32::from(letter)).unwrap_or(letter);
    text.chars()
        .map(|letter| match letter.is_uppercase() {
            true => private(letter),
            false => letter,
        })
        .collect()
}
