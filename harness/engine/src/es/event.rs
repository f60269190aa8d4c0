//! One event of the `risk` or `notable` index: its fields, and its text as the common action model writes it.

use std::collections::BTreeMap;

use super::{Actions, tactics};
use crate::env::Env;
use crate::table::Table;
use crate::value::Value;

/// Fields that describe an event of any index; in another event they stand for the original one.
const ORIGINAL: &[&str] = &[
    "_time",
    "_raw",
    "_bkt",
    "_cd",
    "splunk_server",
    "index",
    "source",
    "sourcetype",
    "host",
    "linecount",
    "timestartpos",
    "timeendpos",
    "eventtype",
    "tag",
    "search_name",
    "event_hash",
    "event_id",
];
/// Fields that are not passed on.
const LEFT_OUT: &[&str] = &["punct", "sid", "rid", "orig_sid", "orig_rid"];

/// An event of one of the two indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StashEvent {
    /// `_time`, microseconds since 1970.
    pub time: i64,
    /// The result it was made of, counted from 0.
    pub row: usize,
    /// `search_name`
    pub search_name: String,
    /// The other fields, sorted by name.
    pub fields: BTreeMap<String, Vec<String>>,
}

impl StashEvent {
    /// The text of the event: its time, then pairs. A field with several values comes once for each.
    ///
    /// The common action model keeps `orig_sid`, `orig_rid` and `orig_action_name` beside the text, as indexed fields;
    /// here they stand in it.
    pub fn raw(&self) -> String {
        let mut text = String::new();
        self.write_to(&mut text);
        text
    }

    pub(super) fn write_to(&self, out: &mut String) {
        write_time(self.time, out);
        let name = std::slice::from_ref(&self.search_name);
        for (key, values) in std::iter::once(("search_name", name)).chain(
            self.fields
                .iter()
                .map(|(key, values)| (key.as_str(), values.as_slice())),
        ) {
            for value in values {
                out.push_str(", ");
                out.push_str(key);
                out.push_str("=\"");
                for character in value.chars() {
                    if matches!(character, '"' | '\\') {
                        out.push('\\');
                    }
                    out.push(character);
                }
                out.push('"');
            }
        }
    }
}

/// What all events of one result have in common.
pub(super) struct Draft<'a> {
    pub(super) results: &'a Table,
    pub(super) row: usize,
    actions: &'a Actions,
    time: i64,
    fields: BTreeMap<String, Vec<String>>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(results: &'a Table, row: usize, actions: &'a Actions, env: &Env) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in results.row(row) {
            if let Some(name) = passed_on(name) {
                put(&mut fields, &name, texts(value));
            }
        }
        let edge = |time: Option<i64>, open: &str| time.map_or_else(|| open.to_owned(), seconds);
        put(
            &mut fields,
            "info_min_time",
            vec![edge(env.earliest, "0.000")],
        );
        put(
            &mut fields,
            "info_max_time",
            vec![edge(env.latest, "+Infinity")],
        );
        put(&mut fields, "info_search_time", vec![seconds(env.now)]);
        put(&mut fields, "orig_sid", vec![actions.sid.clone()]);
        put(&mut fields, "orig_rid", vec![row.to_string()]);
        annotate(&mut fields, &actions.annotations);
        let own = results.value(row, "_time").as_number();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast to an integer saturates"
        )]
        let time = own.map_or(env.now, |own| (own * 1e6).round() as i64);
        Self {
            results,
            row,
            actions,
            time,
            fields,
        }
    }

    /// An event out of the draft and some fields of its own, which replace those of the result.
    pub(super) fn event(
        &self,
        action: &str,
        own: impl IntoIterator<Item = (&'static str, Vec<String>)>,
    ) -> StashEvent {
        let mut fields = self.fields.clone();
        put(&mut fields, "orig_action_name", vec![action.to_owned()]);
        for (name, values) in own {
            fields.remove(name);
            put(&mut fields, name, values);
        }
        StashEvent {
            time: self.time,
            row: self.row,
            search_name: self.actions.search_name.clone(),
            fields,
        }
    }

    /// The values of a field of the result, without empty ones.
    pub(super) fn values(&self, field: &str) -> Vec<String> {
        texts(self.results.value(self.row, field))
            .into_iter()
            .filter(|value| !value.trim().is_empty())
            .collect()
    }

    /// The search that finds the results behind an event.
    pub(super) fn contributing(&self, field: &str, value: &str) -> Vec<String> {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        vec![format!(
            "| savedsearch \"{}\" | search {field}=\"{value}\"",
            self.actions.search_name
        )]
    }
}

/// The name under which a field of the result is passed on; none when it is not.
fn passed_on(name: &str) -> Option<String> {
    if ORIGINAL.contains(&name) || name.starts_with("tag::") {
        return Some(format!("orig_{}", name.trim_start_matches('_')));
    }
    let hidden = name.starts_with('_') || name.starts_with("date_") || LEFT_OUT.contains(&name);
    (!hidden).then(|| name.to_owned())
}

/// Adds a field; one without values is left out.
fn put(fields: &mut BTreeMap<String, Vec<String>>, name: &str, values: Vec<String>) {
    let values: Vec<String> = values
        .into_iter()
        .filter(|value| !value.is_empty())
        .collect();
    if !values.is_empty() {
        fields.insert(name.to_owned(), values);
    }
}

/// The frameworks, each in a field of its own, all together, and as one JSON text.
fn annotate(
    fields: &mut BTreeMap<String, Vec<String>>,
    annotations: &BTreeMap<String, Vec<String>>,
) {
    let annotations: BTreeMap<&String, &Vec<String>> = annotations
        .iter()
        .filter(|(_, values)| !values.is_empty())
        .collect();
    if annotations.is_empty() {
        return;
    }
    put(
        fields,
        "annotations",
        vec![serde_json::to_string(&annotations).unwrap_or_default()],
    );
    put(
        fields,
        "annotations._all",
        annotations
            .values()
            .flat_map(|values| values.iter().cloned())
            .collect(),
    );
    put(
        fields,
        "annotations._frameworks",
        annotations.keys().map(|name| (*name).clone()).collect(),
    );
    for (name, values) in annotations {
        put(fields, &format!("annotations.{name}"), values.clone());
        match name.as_str() {
            "analytic_story" => put(fields, "analyticstories", values.clone()),
            "mitre_attack" => {
                let tactics = tactics(values);
                put(
                    fields,
                    "annotations.mitre_attack.mitre_technique_id",
                    values.clone(),
                );
                put(
                    fields,
                    "annotations.mitre_attack.mitre_tactic_id",
                    tactics.iter().map(|tactic| tactic.id.to_owned()).collect(),
                );
                put(
                    fields,
                    "annotations.mitre_attack.mitre_tactic",
                    tactics
                        .iter()
                        .map(|tactic| tactic.name.to_owned())
                        .collect(),
                );
            }
            _ => {}
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    value
        .each()
        .iter()
        .map(|single| single.to_text().to_string())
        .collect()
}

/// Seconds with as many decimals as are needed.
fn write_time(micros: i64, out: &mut String) {
    let (whole, part) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    out.push_str(&whole.to_string());
    if part > 0 {
        out.push_str(format!(".{part:06}").trim_end_matches('0'));
    }
}

/// Seconds with three decimals, as `addinfo` gives them.
fn seconds(micros: i64) -> String {
    format!(
        "{}.{:03}",
        micros.div_euclid(1_000_000),
        micros.rem_euclid(1_000_000) / 1000
    )
}
