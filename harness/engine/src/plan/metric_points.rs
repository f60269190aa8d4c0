//! Metric data points, as events hold them.
//!
//! Metrics Manual, "Get metrics in from other sources": a JSON object with `metric_name:NAME` and its number (any count of
//! them), or with `metric_name` and `_value`; its other members are dimensions. What the HTTP event collector takes, with
//! `fields` around them, is read, too.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::metrics::MEASURE;
use crate::env::Cx;
use crate::stage::MapOp;
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

/// From events to data points, a row for each measure.
pub(super) struct Points;

impl MapOp for Points {
    fn apply(&self, table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let mut rows = Vec::new();
        let mut origins = Vec::new();
        for event in 0..table.len() {
            for row in points(&table, event) {
                rows.push(row);
                origins.push(u32::try_from(event).unwrap_or(u32::MAX));
            }
            cx.charge(rows.len(), 0)?;
        }
        let behind = table.select(&origins);
        let mut points = Table::from_rows(rows);
        (points.keys, points.origins) = (behind.keys, behind.origins);
        Ok(points)
    }
}

type Row = Vec<(Arc<str>, Value)>;

/// The data points of an event.
fn points(table: &Table, event: usize) -> Vec<Row> {
    let raw = table.value(event, "_raw").to_text();
    let Ok(Json::Object(object)) = serde_json::from_str::<Json>(&raw) else {
        return Vec::new();
    };
    let mut common: Row = ["_time", "host", "index", "source", "sourcetype"]
        .into_iter()
        .map(|name| (name.into(), table.value(event, name).clone()))
        .collect();
    let is_enveloped = object.get("event").is_none_or(|event| event == "metric");
    let members = match object.get("fields") {
        Some(Json::Object(fields)) if is_enveloped => {
            common.extend(envelope(&object));
            fields
        }
        _ => &object,
    };
    let dimensions = members.iter().filter(|(name, _)| {
        !name.starts_with(MEASURE) && !matches!(name.as_str(), "metric_name" | "_value")
    });
    common
        .extend(dimensions.filter_map(|(name, json)| Some((name.as_str().into(), scalar(json)?))));
    let named = members
        .iter()
        .filter_map(|(name, json)| Some((name.strip_prefix(MEASURE)?, number(json)?)));
    let single = members
        .get("metric_name")
        .and_then(Json::as_str)
        .zip(members.get("_value").and_then(number));
    // "mstats", "Usage": such points are never found.
    let is_name = |name: &str| !name.is_empty() && !name.contains(' ');
    let row = |(name, value): (&str, f64)| {
        let mut row = common.clone();
        row.push(("metric_name".into(), Value::from(name)));
        row.push(("_value".into(), Value::Number(value)));
        row.push((format!("{MEASURE}{name}").into(), Value::Number(value)));
        row
    };
    named
        .chain(single)
        .filter(|(name, _)| is_name(name))
        .map(row)
        .collect()
}

/// What the HTTP event collector says around the fields.
fn envelope(object: &Map<String, Json>) -> Row {
    let time = object.get("time").and_then(number);
    let mut found: Row = time
        .map(|time| ("_time".into(), Value::Number(time)))
        .into_iter()
        .collect();
    for name in ["host", "source", "sourcetype"] {
        if let Some(text) = object.get(name).and_then(Json::as_str) {
            found.push((name.into(), Value::from(text)));
        }
    }
    found
}

fn number(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => dryfire_plan::parse_number(text),
        _ => None,
    }
}

/// A dimension's value; what is nested is none.
fn scalar(json: &Json) -> Option<Value> {
    match json {
        Json::String(text) => Some(Value::from(text.as_str())),
        Json::Number(number) => Some(Value::text(number.to_string())),
        Json::Bool(truth) => Some(Value::text(truth.to_string())),
        _ => None,
    }
}
