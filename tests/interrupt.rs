//! Ctrl-C ends a run with 130. No clock is needed: a full pipe keeps the run from ending by itself.
#![cfg(unix)]

use std::fmt::Write;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use crate::project::{MANIFEST, Project};

#[test]
fn an_interrupted_run_ends_with_130() {
    // Each of these cases is two events that name it; together they are more than a pipe holds.
    let long = "x".repeat(400);
    let mut tests = String::new();
    for number in 0..400 {
        writeln!(tests, "  - {{ name: '{number} {long}', datasets: [gone], expect: {{ results: {{ exactly: 5 }} }} }}").unwrap();
    }
    let project = Project::new();
    let manifest = project.read(MANIFEST);
    let begin = manifest.split("datasets:\n").next().unwrap();
    let gone = "datasets:\n  gone: { path: gone.log, source: x, sourcetype: y }\ntests:\n";
    let project = project.write(MANIFEST, format!("{begin}{gone}{tests}"));

    let mut child = Command::new(env!("CARGO_BIN_EXE_dryfire"))
        .args(["test", MANIFEST, "--json", "/dev/stdout"])
        .current_dir(project.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // This line is written after the handler is in place.
    let mut stdout = BufReader::with_capacity(64, child.stdout.take().unwrap());
    let begun = stdout
        .by_ref()
        .split(b'\n')
        .any(|line| String::from_utf8_lossy(&line.unwrap()).contains("· 400 cases"));
    assert!(begun, "the run began");
    // As a person who loses patience: the second press ends even what can't go on.
    let status = loop {
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .stderr(Stdio::null())
            .status()
            .unwrap();
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
    };
    drop(stdout);
    assert_eq!(status.code(), Some(130), "{status}");
}

/// An interrupt before the end of the run: every report is written, says so, and names all cases.
#[test]
fn every_report_of_an_interrupted_run_has_the_results_so_far() {
    let mut tests = String::new();
    for number in 0..2000 {
        writeln!(
            tests,
            "  - {{ name: 'case {number:04} {}', datasets: [gone] }}",
            "x".repeat(100)
        )
        .unwrap();
    }
    let project = Project::new();
    let manifest = project.read(MANIFEST);
    let begin = manifest.split("datasets:\n").next().unwrap();
    let gone = "datasets:\n  gone: { path: gone.log, source: x, sourcetype: y }\ntests:\n";
    let project = project.write(MANIFEST, format!("{begin}{gone}{tests}"));
    // The terminal's lines are not read: the run stands still in its first wave, and three more are to come.
    let mut child = Command::new(env!("CARGO_BIN_EXE_dryfire"))
        .args([
            "test",
            MANIFEST,
            "--json",
            "/dev/stdout",
            "--markdown",
            "out.md",
        ])
        .args(["--junit", "junit.xml", "--html", "html"])
        .current_dir(project.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::with_capacity(64, child.stdout.take().unwrap());
    let begun = stdout
        .by_ref()
        .split(b'\n')
        .any(|line| String::from_utf8_lossy(&line.unwrap()).contains("{\"case_finished\""));
    assert!(begun, "the run began");
    // Once: the second press would end the process without its reports.
    let pressed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(pressed.success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130), "{status}");
    // The one that was waited for has been read.
    let finished = rest.matches("{\"case_finished\"").count() + 1;
    assert_eq!(
        finished, 2000,
        "each case has its verdict, if only that it was cancelled"
    );
    let cancelled = rest.matches("\"verdict\":{\"cancelled\":{}}").count();
    assert!(cancelled > 0 && cancelled < 2000, "{cancelled}");
    assert!(
        rest.contains("\"interrupted\":true"),
        "the last event says so"
    );
    assert!(rest.contains("interrupted: "), "the terminal says so");
    let markdown = project.read("out.md");
    assert!(markdown.contains("**Interrupted.**"), "{markdown}");
    assert!(markdown.contains("** cancelled"), "{markdown}");
    let junit = project.read("junit.xml");
    assert!(junit.ends_with("</testsuites>\n"), "whole: {junit}");
    assert_eq!(junit.matches("<testcase ").count(), 2000);
    let html = project.read("html/index.html");
    assert!(
        html.to_lowercase().contains("interrupted"),
        "the page says so"
    );
}
