//! Rules of search expressions that Splunk's manual leaves open, told where a search is seen to depend on them.

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{At, Body, Command, Compare, Search, SearchKind};
use ipnet::IpNet;

use crate::table::Table;

const NETWORK_IN_LIST: &str = "a network in a list after IN matches the addresses in it; Splunk's manual shows networks after `=` only";
const EMPTY_TEXT: &str = "`field=\"\"` matches a field that is there and empty, `field!=\"\"` one that is there and not empty; Splunk's manual does not say";
const LIVE_WILDCARD: &str = "a `*` in a value that a subsearch gives is a wildcard; published content relies on it, Splunk's manual does not say";
const NOT_NOTHING: &str = "NOT of a subsearch without rows matches everything; it follows from `NOT ( )`, Splunk's manual does not show it";

/// Told by the frame that compares the values.
pub(crate) const ONE_OF_SEVERAL: &str = "of several values of a field, one that satisfies a comparison of `search` is enough; Splunk's manual does not say";

/// All of them, for the reference.
pub(crate) const OPEN_POINTS: &[&str] = &[
    NETWORK_IN_LIST,
    EMPTY_TEXT,
    LIVE_WILDCARD,
    NOT_NOTHING,
    ONE_OF_SEVERAL,
];

/// What the search expression of a command depends on.
pub(crate) fn of_command(command: &Command) -> Vec<Diagnostic> {
    let search = match &command.body {
        Body::Search(search) => Some(search),
        Body::Tstats(tstats) => tstats.filter.as_ref(),
        Body::Table(table) => table.filter.as_ref(),
        _ => None,
    };
    let mut notes = Vec::new();
    if let Some(search) = search {
        walk(search, &mut notes);
    }
    notes
}

fn walk(search: &Search, notes: &mut Vec<Diagnostic>) {
    match &search.kind {
        SearchKind::And(parts) | SearchKind::Or(parts) => {
            parts.iter().for_each(|part| walk(part, notes));
        }
        SearchKind::Not(inner) => walk(inner, notes),
        SearchKind::In { values, .. } => {
            if let Some(network) = values.iter().find(|value| is_network(&value.text)) {
                notes.push(note(NETWORK_IN_LIST, network.at));
            }
        }
        SearchKind::Compare {
            op: Compare::Eq | Compare::Ne,
            value,
            ..
        } if value.text.is_empty() => notes.push(note(EMPTY_TEXT, search.at)),
        _ => {}
    }
}

fn is_network(text: &str) -> bool {
    text.contains('/') && text.parse::<IpNet>().is_ok()
}

/// What a subsearch's rows as an expression depend on; `negated`: the expression stands after NOT.
pub(crate) fn of_subsearch(table: &Table, negated: bool, at: At) -> Option<Diagnostic> {
    if table.is_empty() {
        return negated.then(|| note(NOT_NOTHING, at));
    }
    let plain = |name: &str| !name.starts_with('_') && !matches!(name, "search" | "query");
    let is_live = table
        .columns()
        .filter(|(name, _)| plain(name))
        .any(|(_, column)| {
            let mut values = column.iter().flat_map(crate::value::Value::each);
            values.any(|value| value.with_text(|text| text.contains('*')))
        });
    is_live.then(|| note(LIVE_WILDCARD, at))
}

fn note(rule: &str, at: At) -> Diagnostic {
    Diagnostic::note(&codes::meaning::UNCERTAIN_RULE, rule).at(at.0, "")
}
