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
