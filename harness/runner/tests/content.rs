//! Every search of Splunk's content parses, and runs to an end: on nothing, and on all logs of the corpus in one batch.
//! Skipped where there is no corpus beside the repository.

#![expect(clippy::unwrap_used, reason = "in tests, a panic is a failed test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_diagnostic::{Severity, concise};
use dryfire_engine::{Bound, Env, Part, Stamp, Stop, View, World, run};
use dryfire_runner::{Given, Prepared, Session, Threads, file};

/// After all logs, 2030, in microseconds.
const NOW: i64 = 1_900_000_000_000_000;

/// A search of the content, with the name to call it by.
struct Search {
    name: String,
    prepared: Prepared,
}

/// The content with all its searches: detections, baselines, drilldowns, macros.
fn content() -> Option<(PathBuf, Session, Vec<Search>)> {
    let beside = || {
        PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/corpus"
        ))
    };
    let corpus = std::env::var_os("DRYFIRE_CORPUS").map_or_else(beside, PathBuf::from);
    if !corpus.is_dir() {
        return None;
    }
    let mut session = Session::load(&[corpus.join("security_content")], &[]);
    let detections = session.repository.detections.clone();
    let mut searches: Vec<Search> = detections
        .iter()
        .zip(&session.prepared)
        .map(|(detection, prepared)| Search {
            name: format!("detection {}", detection.name.value),
            prepared: prepared.clone(),
        })
        .collect();
    let text = |session: &Session, source| session.sources.get(source).text.to_string();
    let mut texts: Vec<(usize, String, String)> = Vec::new();
    for detection in &detections {
        let own = text(&session, detection.search.value);
        for drilldown in &detection.drilldowns {
            let name = format!(
                "drilldown {} of {}",
                drilldown.name.value, detection.name.value
            );
            let template = text(&session, drilldown.search.value);
            let filled = template.replace("%original_detection_search%", &own);
            texts.push((detection.root, name, filled));
        }
    }
    for baseline in &session.repository.baselines {
        let search = text(&session, baseline.search.value);
        let name = format!("baseline {}", baseline.name.value);
        texts.push((baseline.root, name, search));
    }
    let roots = session.repository.roots.len();
    for own in (0..roots).flat_map(|root| session.repository.macros_of(root)) {
        let call = match own.arguments.is_empty() {
            true => format!("`{}`", own.name),
            false => format!("`{}({})`", own.name, own.arguments.join(", ")),
        };
        texts.push((own.root, format!("macro {}", own.name), call));
    }
    for (root, name, text) in texts {
        let prepared = session.prepare_text_of(root, &name, &text);
        searches.push(Search { name, prepared });
    }
    Some((corpus, session, searches))
}

#[test]
fn every_search_of_the_content_parses() {
    let Some((_, session, searches)) = content() else {
        println!("skipped: there is no corpus; set DRYFIRE_CORPUS");
        return;
    };
    // Errors of the detection around the search, such as a risk object that it can't give, are not of the search.
    let broken = searches.iter().filter(|search| search.prepared.is_broken());
    let wrong: Vec<String> = broken
        .map(|search| {
            let errors = search.prepared.diagnostics.iter();
            let errors = errors.filter(|found| found.severity == Severity::Error);
            let errors: Vec<String> = errors
                .map(|found| concise(found, &session.sources))
                .collect();
            format!("{}: {}", search.name, errors.join("\n"))
        })
        .collect();
    let count = |kind: &str| {
        let of_kind = searches
            .iter()
            .filter(|search| search.name.starts_with(kind));
        of_kind.count()
    };
    println!(
        "{} detections, {} drilldowns, {} baselines, {} macros",
        count("detection "),
        count("drilldown "),
        count("baseline "),
        count("macro ")
    );
    assert!(
        wrong.is_empty(),
        "{} do not parse:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count("detection ") > 1000 && count("drilldown ") > 1000 && count("baseline ") > 50);
}

#[test]
fn every_search_of_the_content_ends_on_nothing_and_on_all_logs() {
    let Some((corpus, session, mut searches)) = content() else {
        println!("skipped: there is no corpus; set DRYFIRE_CORPUS");
        return;
    };
    // A macro is a piece of a search: most would give all events with all fields.
    searches.retain(|search| !search.name.starts_with("macro "));
    for (data, view) in [
        ("nothing", View::default()),
        ("all logs", all(&corpus.join("logs"), &session)),
    ] {
        let wave: Vec<Bound> = searches
            .iter()
            .map(|search| Bound {
                search: Arc::clone(&search.prepared.pipeline),
                view: view.clone(),
                env: Env::all_time(NOW),
                trace: false,
            })
            .collect();
        let cancel = AtomicBool::new(false);
        let world = World {
            library: &session.library,
            sources: &session.sources,
            scheduler: &Threads,
            cancel: &cancel,
            prefilter: true,
        };
        let mut undetermined: BTreeMap<String, usize> = BTreeMap::new();
        let mut wrong = Vec::new();
        let mut ran = 0;
        for (search, outcome) in searches.iter().zip(run(&wave, &world)) {
            match outcome {
                Ok(_) => ran += 1,
                Err(Stop::Unsupported(found)) => {
                    *undetermined.entry(found.message.clone()).or_default() += 1;
                }
                Err(stop) => wrong.push(format!("{}: {stop:?}", search.name)),
            }
        }
        println!("on {data}: {ran} of {} ran", searches.len());
        for (why, count) in undetermined {
            println!("{count:>6}  {why}");
        }
        assert!(wrong.is_empty(), "on {data}:\n{}", wrong.join("\n"));
        assert!(ran * 100 > searches.len() * 90, "on {data}: only {ran} ran");
    }
}

fn all(logs: &Path, session: &Session) -> View {
    let mut files = Vec::new();
    list(logs, &mut files);
    let parts = files.iter().map(|path| {
        let given = Given {
            source: None,
            sourcetype: None,
            host: None,
        };
        Part {
            data: Arc::new(file(path, given, &session.library.knowledge).unwrap()),
            stamp: Stamp {
                index: "main".into(),
                host: None,
                shift: 0,
            },
        }
    });
    View {
        parts: parts.collect(),
    }
}

fn list(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            list(&entry, found);
        } else if entry.extension().is_some_and(|kind| kind == "log") {
            found.push(entry);
        }
    }
}
