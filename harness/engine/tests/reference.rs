//! The reference: every example does what it says, every command has one, and the generated pages are up to date.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_engine::commands::{self, doc::Given};
use dryfire_engine::{Dataset, Inline, Input, Part, Stamp, Table, View};
use serde_json::{Map, Value as Json};

#[path = "support/rows.rs"]
mod rows;
#[path = "support/session.rs"]
mod session;

use rows::{over_rows, plain, texts};
use session::{Manner, NOW, Session, bound};

#[test]
fn every_example_does_what_it_says() {
    let mut failures = Vec::new();
    for (name, doc) in commands::docs() {
        for example in doc.examples {
            let wanted = cells(example.result);
            match run(&example.given, example.spl) {
                Ok(table) if actual(&table) == wanted => {}
                Ok(table) => failures.push(format!(
                    "{name}: {}\n  said {wanted:?}\n  gave {:?}",
                    example.spl,
                    actual(&table)
                )),
                Err(why) => failures.push(format!("{name}: {}\n  {why}", example.spl)),
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_command_that_runs_has_an_example() {
    let without: Vec<&str> = commands::docs()
        .filter(|(_, doc)| doc.examples.is_empty())
        .map(|(name, _)| name)
        // It runs only where events can be deleted, which no example's rows can be.
        .filter(|name| *name != "delete")
        .collect();
    assert!(
        without.is_empty(),
        "no example of {without:?}: add a `Doc` to the command's file"
    );
}

fn run(given: &Given, spl: &str) -> Result<Table, String> {
    let (spl, files, events) = match *given {
        Given::Nothing => (spl.to_owned(), Vec::new(), None),
        Given::Rows(rows) => (over_rows(&objects(rows), spl), Vec::new(), None),
        Given::Lookup(rows, name, text) => {
            let files = vec![(format!("lookups/{name}"), text.to_owned())];
            (over_rows(&objects(rows), spl), files, None)
        }
        Given::Tags(rows, conf) => {
            let files = vec![("default/tags.conf".to_owned(), conf.to_owned())];
            (over_rows(&objects(rows), spl), files, None)
        }
        Given::Saved(name, search) => {
            let conf = format!("[{name}]\nsearch = {search}\n");
            let files = vec![("default/savedsearches.conf".to_owned(), conf)];
            (spl.to_owned(), files, None)
        }
        Given::Events(sourcetype, source, text) => {
            (spl.to_owned(), Vec::new(), Some((sourcetype, source, text)))
        }
    };
    let mut session = Session::new(&files);
    let search = session
        .prepare(&spl)
        .map_err(|errors| errors[0].message.clone())?;
    let mut view = View { parts: Vec::new() };
    if let Some((sourcetype, source, text)) = events {
        let input = Input {
            name: "events".into(),
            source: source.into(),
            sourcetype: sourcetype.into(),
            host: "dryfire".into(),
            fallback_time: NOW,
            unit_bytes: dryfire_engine::ingest::UNIT_BYTES,
        };
        let blocks = Arc::new(format!("{text}\n").into_bytes());
        let data = Dataset::open(input, blocks, &session.library.knowledge)
            .map_err(|stop| format!("{stop:?}"))?;
        view.parts.push(Part {
            data: Arc::new(data),
            stamp: Stamp {
                index: "main".into(),
                host: None,
                shift: 0,
            },
        });
    }
    let manner = Manner {
        scheduler: &Inline,
        cancel: &AtomicBool::new(false),
        prefilter: true,
    };
    session
        .run(&[bound(search, view)], &manner)
        .swap_remove(0)
        .map(|outcome| outcome.table)
        .map_err(|stop| format!("{stop:?}"))
}

fn objects(rows: &str) -> Vec<Map<String, Json>> {
    serde_json::from_str(rows).unwrap_or_else(|error| panic!("{error}: {rows}"))
}

type Cells = Vec<(String, Vec<String>)>;

fn sorted(mut row: Cells) -> Cells {
    row.sort();
    row
}

fn cells(rows: &str) -> Vec<Cells> {
    let values = |value: &Json| match value {
        Json::Array(values) => values.iter().map(plain).collect(),
        single => vec![plain(single)],
    };
    let row = |row: Map<String, Json>| -> Cells {
        row.into_iter()
            .map(|(name, value)| (name, values(&value)))
            .collect()
    };
    objects(rows)
        .into_iter()
        .map(|object| sorted(row(object)))
        .collect()
}

fn actual(table: &Table) -> Vec<Cells> {
    (0..table.len())
        .map(|row| {
            let row = table
                .row(row)
                .map(|(name, value)| (name.to_owned(), texts(value)));
            sorted(row.collect())
        })
        .collect()
}

#[test]
fn every_example_of_a_statistic_does_what_it_says() {
    for aggregate in dryfire_engine::aggregates::all() {
        let spec = aggregate.spec();
        assert!(!spec.examples.is_empty(), "{} has no example", spec.name);
        for example in spec.examples {
            let given = Given::Rows(dryfire_engine::aggregates::SAMPLE);
            let table = run(&given, &format!("stats {} AS found", example.expression))
                .unwrap_or_else(|why| panic!("{}: {why}", example.expression));
            assert_eq!(
                texts(table.value(0, "found")).join("\n"),
                example.result,
                "{}",
                example.expression
            );
        }
    }
}

/// `dryfire spl --write harness/engine/reference` brings the pages up to date.
#[test]
fn the_written_pages_are_what_the_registries_give() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("reference");
    let mut stale = Vec::new();
    let mut known = Vec::new();
    for (path, text) in dryfire_engine::reference::pages() {
        let file = folder.join(&path);
        if std::fs::read_to_string(&file).ok().as_deref() != Some(&text) {
            stale.push(path);
        }
        known.push(file);
    }
    for below in ["", "commands", "functions", "statistics"] {
        let Ok(entries) = std::fs::read_dir(folder.join(below)) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_file() && !known.contains(&path) {
                stale.push(format!("{} (no longer there)", path.display()));
            }
        }
    }
    assert!(
        stale.is_empty(),
        "run `cargo run -- spl --write harness/engine/reference`; these pages are not up to date: {stale:?}"
    );
}
