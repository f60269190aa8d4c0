//! The examples of the reference as scenarios: what a command, a function or a statistic makes of a few rows.

use dryfire_engine::commands::doc::Given;
use dryfire_engine::reference::{Entry, Gives, Kind, Shown, entries};
use dryfire_spec::{Events, Expect, Object, Scenario, Standing};
use serde_json::{Map, Value as Json};

use super::Found;

/// The examples of all commands, functions and statistics. Each is known by its entry and its number there.
pub fn examples() -> Vec<Found> {
    let all = entries().into_iter();
    all.flat_map(|entry| {
        let file = format!("reference/{}/{}", entry.kind.word(), entry.name);
        let shown = entry.examples.iter().enumerate();
        let scenarios: Vec<Found> = shown
            .filter_map(|(number, example)| {
                Some(Found {
                    file: file.clone(),
                    scenario: scenario(&entry, number + 1, example)?,
                })
            })
            .collect();
        scenarios
    })
    .collect()
}

/// Nothing where an example does not say what it claims; the reference's own tests hold that each does.
fn scenario(entry: &Entry, number: usize, example: &Shown) -> Option<Scenario> {
    let mut scenario = Scenario {
        name: format!("example {number}: {}", example.spl),
        line: 0,
        // The page may settle its rule, and no example says so.
        standing: Standing::Uncertain,
        rows: None,
        events: Vec::new(),
        files: Vec::new(),
        zone: None,
        spl: match (&example.result, entry.kind) {
            (Gives::Rows(_), _) => example.spl.to_owned(),
            (Gives::Value(_), Kind::Statistic) => format!("stats {} AS found", example.spl),
            (Gives::Value(_), _) => {
                format!("| makeresults | eval found={} | table found", example.spl)
            }
        },
        expect: Expect::Rows {
            rows: match example.result {
                Gives::Rows(rows) => objects(rows)?,
                Gives::Value(value) => vec![found(value)],
            },
            ordered: true,
        },
        columns: None,
        notes: None,
        is_told: false,
    };
    match example.given {
        Given::Nothing => {}
        Given::Rows(rows) => scenario.rows = Some(objects(rows)?),
        Given::Lookup(rows, name, text) => {
            scenario.rows = Some(objects(rows)?);
            scenario.files = vec![(format!("lookups/{name}"), text.to_owned())];
        }
        Given::Tags(rows, conf) => {
            scenario.rows = Some(objects(rows)?);
            scenario.files = vec![("default/tags.conf".to_owned(), conf.to_owned())];
        }
        Given::Saved(name, search) => {
            let conf = format!("[{name}]\nsearch = {search}\n");
            scenario.files = vec![("default/savedsearches.conf".to_owned(), conf)];
        }
        Given::Events(sourcetype, source, text) => scenario.events.push(Events {
            sourcetype: sourcetype.to_owned(),
            source: source.to_owned(),
            host: "dryfire".to_owned(),
            index: "main".to_owned(),
            text: format!("{text}\n"),
        }),
    }
    Some(scenario)
}

fn objects(rows: &str) -> Option<Vec<Object>> {
    serde_json::from_str(rows).ok()
}

/// A row with one field; the values of several stand one a line.
fn found(value: &str) -> Object {
    let value: Json = match value.split_once('\n') {
        Some(_) => value.split('\n').collect::<Vec<_>>().into(),
        None if value.is_empty() => return Map::new(),
        None => value.into(),
    };
    Map::from_iter([("found".to_owned(), value)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::scenario::not_askable;

    #[test]
    fn every_example_is_a_scenario_and_most_can_be_asked() {
        let wanted: usize = entries().iter().map(|entry| entry.examples.len()).sum();
        let found = examples();
        assert_eq!(found.len(), wanted);
        let askable = found
            .iter()
            .filter(|found| not_askable(&found.scenario).is_none())
            .count();
        println!("{askable} of {}", found.len());
        assert!(askable * 10 > found.len() * 8, "{askable} of {wanted}");
    }
}
