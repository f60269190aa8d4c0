//! Splunk's whole content and real logs, where the corpus is there: else these tests say that they were left out.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::project::{Project, dryfire, repository};

/// What `cargo test -- --nocapture` shows.
#[expect(clippy::print_stdout, reason = "a test has no other voice")]
fn say(text: &str) {
    println!("{text}");
}

/// The corpus: `$DRYFIRE_CORPUS`, or beside the repository.
fn corpus(part: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("DRYFIRE_CORPUS")
        .map_or_else(|| repository().join("../shared/corpus"), PathBuf::from);
    let path = folder.join(part);
    if !path.exists() {
        say(&format!(
            "left out: {} is not there (DRYFIRE_CORPUS names another place)",
            path.display()
        ));
        return None;
    }
    Some(path)
}

#[test]
fn the_whole_content_repository_loads_and_ends_with_a_table() {
    let Some(content) = corpus("security_content") else {
        return;
    };
    let project = Project::empty();
    let run = project.run(&["test", content.to_str().unwrap()]);
    // Its data is remote: an error of the environment, and no verdict on any detection.
    run.ended(3).says(&[
        "cases by verdict and reason",
        "dataset-remote",
        "not-production",
    ]);
    let summary = &run.each("run_finished")[0]["summary"];
    assert_eq!(
        (&summary["passed"], &summary["failed"]),
        (&0.into(), &0.into())
    );
    assert_eq!(
        run.findings()
            .iter()
            .filter(|finding| finding["severity"] == "error")
            .count(),
        0,
        "{:?}",
        run.findings()
    );
    let cases = run.each("case_finished").len();
    assert!(cases > 1000, "{cases} cases");
    let table: u64 = summary["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| reason["cases"].as_u64().unwrap())
        .sum();
    assert_eq!(table as usize, cases, "every case is in the table");
}

/// What each detection did on the corpus logs.
fn coverage(content: &Path, logs: &Path, arguments: &[&str]) -> (Vec<Value>, String) {
    let mut command = dryfire();
    let output = command
        .arg("coverage")
        .arg(content)
        .arg("--data")
        .arg(logs)
        .args(["--format", "json"])
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let rows = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    (rows, told)
}

#[test]
fn at_least_300_searches_of_splunk_run_over_the_logs_in_one_batch() {
    let (Some(content), Some(logs)) = (corpus("security_content"), corpus("logs")) else {
        return;
    };
    let (rows, told) = coverage(&content, &logs, &[]);
    let count = |state: &str| rows.iter().filter(|row| row["state"] == state).count();
    let (fired, silent) = (count("fired"), count("silent"));
    say(&format!(
        "{} searches, {} ran, {fired} fired",
        rows.len(),
        fired + silent
    ));
    assert!(fired + silent >= 300, "{told}");
    assert!(fired >= 50, "{told}");
    assert!(
        told.contains(&format!("{} ran", fired + silent))
            && told.contains(&format!("{fired} fired")),
        "{told}"
    );
    assert!(
        !told.contains("defect") && !told.contains("panicked"),
        "{told}"
    );
    let class = |class: &str| rows.iter().filter(|row| row["not_run"] == class).count();
    let (unable, lacking) = (class("not supported"), class("data is missing"));
    assert_eq!(fired + silent + unable + lacking, rows.len(), "{told}");
    // At most one in a hundred of the published detections is beyond the engine.
    assert!(unable <= 12, "{told}");
    assert!(
        told.contains(&format!("{lacking}  not run in all: data is missing")),
        "{told}"
    );
    let (single, _) = coverage(&content, &logs, &["--threads", "1"]);
    assert!(rows == single, "the result depends on threads");
}

#[test]
fn counts_equal_those_of_an_xml_parser() {
    script_agrees("counts.py");
}

#[test]
fn every_event_is_there_and_belongs_where_the_snapshot_has_it() {
    script_agrees("memberships.py");
}

#[test]
fn an_add_on_by_transforms_gives_what_the_native_extractor_gives() {
    let Some(logs) = corpus("logs") else { return };
    let mut files = Vec::new();
    collect(&logs, &mut files);
    assert!(files.len() > 100, "{}", files.len());
    let events = |arguments: &[&str]| {
        let mut command = dryfire();
        command.args(["events", "--format", "json"]).args(arguments);
        let output = command.args(&files).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let app = repository().join("harness/engine/tests/addon/TA_windows_xml");
    let (native, addon) = (events(&[]), events(&["--app", app.to_str().unwrap()]));
    assert!(native.lines().count() > 1_000);
    for (native, addon) in native.lines().zip(addon.lines()) {
        assert_eq!(native, addon);
    }
    assert_eq!(native.lines().count(), addon.lines().count());
}

/// The logs of a folder, in the order of their names.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, files);
        } else if entry.extension().is_some_and(|end| end == "log") {
            files.push(entry);
        }
    }
}

/// That a script of `ci` finds no difference on the corpus logs.
fn script_agrees(name: &str) {
    let Some(logs) = corpus("logs") else { return };
    let binary = env!("CARGO_BIN_EXE_dryfire");
    let run = Command::new("python3")
        .arg(repository().join("ci").join(name))
        .arg("--binary")
        .arg(binary)
        .arg("--logs")
        .arg(logs)
        .output();
    let Ok(output) = run else {
        say("left out: there is no python3");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    say(&said);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
