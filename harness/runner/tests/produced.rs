//! No search gives a field that validation says it can't give: all detections of the corpus beside the repository over some
//! of its logs. Skipped where there is no corpus.

#![expect(clippy::unwrap_used, reason = "in tests, a panic is a failed test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_engine::{Bound, Env, Part, Stamp, View, World, run};
use dryfire_plan::produces;
use dryfire_runner::{Given, Prepared, Session, Threads, file};

/// Logs to search.
const LOGS: usize = 40;
/// After all of them, 2030, in microseconds.
const NOW: i64 = 1_900_000_000_000_000;

fn logs(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            logs(&entry, found);
        } else if entry
            .extension()
            .is_some_and(|extension| extension == "log")
        {
            found.push(entry);
        }
    }
}

#[test]
fn results_have_only_fields_that_validation_knows_to_be_possible() {
    let beside = || {
        PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/corpus"
        ))
    };
    let corpus = std::env::var_os("DRYFIRE_CORPUS").map_or_else(beside, PathBuf::from);
    if !corpus.is_dir() {
        println!("skipped: there is no corpus at {}", corpus.display());
        return;
    }
    let session = Session::load(&[corpus.join("security_content")], &[]);
    let mut files = Vec::new();
    logs(&corpus.join("logs"), &mut files);
    let step = (files.len() / LOGS).max(1);
    let parts = files.iter().step_by(step).filter_map(|path| {
        let given = Given {
            source: None,
            sourcetype: None,
            host: None,
        };
        let dataset = file(path, given, &session.library.knowledge).ok()?;
        Some(Part {
            data: Arc::new(dataset),
            stamp: Stamp {
                index: "main".into(),
                host: None,
                shift: 0,
            },
        })
    });
    let view = View {
        parts: parts.collect(),
    };
    let bound = |prepared: &Prepared| Bound {
        search: Arc::clone(&prepared.pipeline),
        view: view.clone(),
        env: Env::all_time(NOW),
        trace: false,
    };
    let wave: Vec<Bound> = session.prepared.iter().map(bound).collect();
    let cancel = AtomicBool::new(false);
    let world = World {
        library: &session.library,
        sources: &session.sources,
        scheduler: &Threads,
        cancel: &cancel,
        prefilter: true,
    };
    let mut wrong = Vec::new();
    let mut fired = 0;
    for ((detection, prepared), outcome) in session
        .repository
        .detections
        .iter()
        .zip(&session.prepared)
        .zip(run(&wave, &world))
    {
        let Ok(outcome) = outcome else { continue };
        fired += usize::from(!outcome.table.is_empty());
        let produced = produces(&prepared.pipeline, &session.library);
        for (name, column) in outcome.table.columns() {
            let has_value = (0..outcome.table.len()).any(|row| !column.get(row).is_null());
            if has_value && !produced.contains(name) {
                wrong.push(format!(
                    "{}: {name} is not among {:?}",
                    detection.name.value,
                    produced.fields()
                ));
            }
        }
    }
    println!("{fired} searches fired over {} logs", view.parts.len());
    assert!(
        fired > 20 && wrong.is_empty(),
        "{fired} fired\n{}",
        wrong.join("\n")
    );
}
