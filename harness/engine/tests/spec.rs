//! Runs the executable specifications under `spec/`: every scenario of every file, all failures at once.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dryfire_engine::{Dataset, Input, Limits, Outcome, Part, Stamp, Stop, Table, View};
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

#[path = "support/rows.rs"]
mod rows;
#[path = "support/session.rs"]
mod session;

use dryfire_spec::{Events, Expect, Object, Scenario, Standing, read};
use rows::{over_rows, plain, texts};
use session::{Manner, NOW, Session, bound};

/// Fewest scenarios: a file that is lost or no longer found must not go unnoticed.
const FEWEST: usize = 200;

fn files(below: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(below);
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension().is_some_and(|extension| extension == "md")
                && !path.ends_with("README.md")
        })
        .collect();
    files.sort();
    files
}

#[test]
fn what_the_specifications_say_holds() {
    let files = files("spec");
    let count = run_all(&files, |scenario| scenario.standing != Standing::Fixme);
    assert!(count >= FEWEST, "only {count} scenarios");
}

/// These assert what is wrong today; one that fails has been mended and belongs to `spec/`.
#[test]
fn what_is_known_to_be_wrong_is_still_so() {
    run_all(&files("spec/fixme"), |scenario| {
        scenario.standing == Standing::Fixme
    });
}

/// Runs all scenarios; panics with every failure. `fits` says whether a scenario is in the right folder.
fn run_all(files: &[PathBuf], fits: impl Fn(&Scenario) -> bool) -> usize {
    let mut plain = Session::new(&[]);
    let mut failures = Vec::new();
    let mut count = 0;
    for path in files {
        let name = path
            .strip_prefix(env!("CARGO_MANIFEST_DIR"))
            .unwrap_or(path)
            .display();
        let scenarios = match read(path) {
            Ok(scenarios) => scenarios,
            Err(why) => {
                failures.push(format!("{name}: {why}"));
                continue;
            }
        };
        for scenario in &scenarios {
            count += 1;
            let outcome = match (fits(scenario), scenario.files.is_empty()) {
                (false, _) => {
                    Err("`fixme:` belongs to spec/fixme, and nothing else does".to_owned())
                }
                (true, true) => check(scenario, &mut plain),
                (true, false) => check(scenario, &mut Session::new(&scenario.files)),
            };
            if let Err(why) = outcome {
                failures.push(format!(
                    "{name}:{}: {}\n{why}",
                    scenario.line, scenario.name
                ));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {count} scenarios fail\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
    count
}

fn check(scenario: &Scenario, session: &mut Session) -> Result<(), String> {
    let spl = match &scenario.rows {
        Some(rows) => over_rows(rows, &scenario.spl),
        None => scenario.spl.clone(),
    };
    let outcome = match session.prepare(&spl) {
        Err(errors) => Err((errors[0].code.id.to_owned(), errors[0].message.clone())),
        Ok(search) => {
            let mut bound = bound(search, view(scenario, session)?);
            let (limits, found) = Limits::of(&session.library.knowledge);
            if let Some(found) = found.first() {
                return Err(format!("  {}", found.message));
            }
            bound.env.limits = limits;
            if let Some(zone) = &scenario.zone {
                bound.env.zone = TimeZone::get(zone).map_err(|error| error.to_string())?;
            }
            session
                .run(&[bound], &Manner::default())
                .swap_remove(0)
                .map_err(|stop| kind(&stop))
        }
    };
    match (&scenario.expect, outcome) {
        (Expect::Error(wanted), Err((code, _))) if code == *wanted => Ok(()),
        (Expect::Error(wanted), Err((code, message))) => {
            Err(format!("  expected {wanted}, got {code}: {message}"))
        }
        (Expect::Error(wanted), Ok(outcome)) => Err(format!(
            "  expected {wanted}, got rows:\n{}",
            lines(&actual(&outcome.table), ' ')
        )),
        (Expect::Rows { .. }, Err((code, message))) => Err(format!("  {code}: {message}")),
        (Expect::Rows { rows, ordered }, Ok(outcome)) => {
            compare(scenario, rows, *ordered, &outcome)
        }
    }
}

/// What a stop is called in a specification, and its words.
fn kind(stop: &Stop) -> (String, String) {
    match stop {
        Stop::Unsupported(found) | Stop::Fault(found) => {
            (found.code.id.to_owned(), found.message.clone())
        }
        Stop::Cancelled => ("cancelled".to_owned(), String::new()),
        Stop::Budget(words) => ("budget".to_owned(), words.clone()),
        Stop::Data(words) => ("data".to_owned(), words.clone()),
        Stop::Defect(words) => ("defect".to_owned(), words.clone()),
    }
}

fn view(scenario: &Scenario, session: &Session) -> Result<View, String> {
    let parts = scenario
        .events
        .iter()
        .map(|events| part(events, session))
        .collect::<Result<_, _>>()?;
    Ok(View { parts })
}

fn part(events: &Events, session: &Session) -> Result<Part, String> {
    let input = Input {
        name: "events".into(),
        source: events.source.as_str().into(),
        sourcetype: events.sourcetype.as_str().into(),
        host: events.host.as_str().into(),
        fallback_time: NOW,
        unit_bytes: dryfire_engine::ingest::UNIT_BYTES,
    };
    let blocks = Arc::new(events.text.clone().into_bytes());
    let data = Dataset::open(input, blocks, &session.library.knowledge)
        .map_err(|stop| format!("{stop:?}"))?;
    Ok(Part {
        data: Arc::new(data),
        stamp: Stamp {
            index: events.index.as_str().into(),
            host: None,
            shift: 0,
        },
    })
}

fn compare(
    scenario: &Scenario,
    rows: &[Object],
    ordered: bool,
    outcome: &Outcome,
) -> Result<(), String> {
    let (mut wanted, mut found): (Vec<String>, Vec<String>) =
        (rows.iter().map(expected).collect(), actual(&outcome.table));
    if !ordered {
        wanted.sort();
        found.sort();
    }
    let mut why = String::new();
    if wanted != found {
        let _ = write!(
            why,
            "  | {}\n{}",
            scenario.spl.trim(),
            difference(&wanted, &found)
        );
    }
    let columns: Vec<String> = outcome.table.names().map(|name| name.to_string()).collect();
    if let Some(wanted) = scenario
        .columns
        .as_ref()
        .filter(|wanted| **wanted != columns)
    {
        let _ = write!(why, "  expected the columns {wanted:?}, got {columns:?}");
    }
    let notes: Vec<String> = outcome
        .notes
        .iter()
        .map(|note| note.code.id.to_owned())
        .collect();
    if let Some(wanted) = scenario.notes.as_ref().filter(|wanted| **wanted != notes) {
        let _ = write!(why, "  expected the remarks {wanted:?}, got {notes:?}");
    }
    let assumes = scenario.is_told || !outcome.assumptions.is_empty();
    if scenario.standing == Standing::Uncertain && !assumes {
        why.push_str("  is uncertain without an assumption: a note DF308, an inferred mapping, or a line `unassumed:`");
    }
    if why.is_empty() { Ok(()) } else { Err(why) }
}

/// Rows that both have, in place, and those that only one has.
fn difference(wanted: &[String], found: &[String]) -> String {
    let mut text = String::new();
    for place in 0..wanted.len().max(found.len()) {
        match (wanted.get(place), found.get(place)) {
            (Some(wanted), Some(found)) if wanted == found => {
                text += &lines(std::slice::from_ref(found), ' ')
            }
            (wanted, found) => {
                text += &wanted
                    .map(|row| lines(std::slice::from_ref(row), '-'))
                    .unwrap_or_default();
                text += &found
                    .map(|row| lines(std::slice::from_ref(row), '+'))
                    .unwrap_or_default();
            }
        }
    }
    text
}

fn lines(rows: &[String], mark: char) -> String {
    rows.iter().map(|row| format!("  {mark} {row}\n")).collect()
}

/// The rows as JSON with sorted keys; every value is its text, several are a list, null is absent.
fn actual(table: &Table) -> Vec<String> {
    (0..table.len())
        .map(|row| {
            let cells = table.row(row).map(|(name, value)| {
                let mut texts = texts(value);
                let value = if texts.len() == 1 {
                    texts.remove(0).into()
                } else {
                    texts.into()
                };
                (name.to_owned(), value)
            });
            sorted(cells.collect())
        })
        .collect()
}

fn expected(row: &Object) -> String {
    let present = row.iter().filter(|(_, value)| !value.is_null());
    let cells = present.map(|(name, value)| {
        let value = match value {
            Json::Array(values) => values.iter().map(plain).collect::<Vec<_>>().into(),
            single => plain(single).into(),
        };
        (name.clone(), value)
    });
    sorted(cells.collect())
}

fn sorted(mut cells: Vec<(String, Json)>) -> String {
    cells.sort_by(|a, b| a.0.cmp(&b.0));
    Json::Object(cells.into_iter().collect::<Map<_, _>>()).to_string()
}
