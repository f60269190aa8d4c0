//! What reaches a terminal: no colours where none are wanted, no control characters out of data, no noise when the reader leaves.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use crate::project::{DETECTION, MANIFEST, Project, SYSMON, dryfire, repository};

/// An event that would change the colour and ring the bell.
const HOSTILE: &str = "2022-01-11 10:00:00 evil=\"\u{1b}[31mred\u{7}\" kind=a\n2022-01-11 10:00:01 evil=\"plain\" kind=b\n";

#[track_caller]
fn has_no_controls(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let bad = text
        .chars()
        .find(|character| character.is_control() && *character != '\n');
    assert_eq!(bad, None, "{text:?}");
}

#[test]
fn plain_output_has_no_escapes_and_colours_can_be_forced_and_forbidden() {
    let project = Project::new().replace(MANIFEST, "exactly: 5", "exactly: 6");
    let output = |name: &str, value: &str| {
        let run = project
            .command()
            .args(["test", "manifests"])
            .env(name, value)
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(1));
        String::from_utf8(run.stdout).unwrap()
    };
    let plain = output("NO_COLOR", "1");
    has_no_controls(plain.as_bytes());
    has_no_controls(output("TERM", "xterm-256color").as_bytes());
    assert!(output("CLICOLOR_FORCE", "1").contains("\u{1b}["));
}

#[test]
fn control_characters_of_events_do_not_reach_the_terminal() {
    let project = Project::empty().write("hostile.log", HOSTILE);
    let search = |arguments: &[&str]| {
        project
            .command()
            .arg("search")
            .args(arguments)
            .arg("hostile.log")
            .output()
            .unwrap()
    };
    let table = search(&["* | table evil _raw"]);
    has_no_controls(&table.stdout);
    assert!(
        String::from_utf8_lossy(&table.stdout).contains("[31mred"),
        "they are shown, not left out"
    );
    has_no_controls(&search(&["*", "--format", "json"]).stdout);
}

#[test]
fn control_characters_of_events_do_not_reach_the_terminal_with_a_trace() {
    let project = Project::empty().write("hostile.log", HOSTILE);
    let run = project
        .command()
        .args(["search", "evil=redd kind=*", "--trace", "hostile.log"])
        .output()
        .unwrap();
    has_no_controls(&run.stderr);
}

#[test]
fn control_characters_of_a_search_or_a_path_do_not_reach_the_terminal() {
    let project = Project::empty();
    for arguments in [
        ["search", "* | st\u{1b}[31mats", "x.log"],
        ["search", "*", "\u{1b}[31mx.log"],
        ["test", "\u{1b}[31mx", "."],
    ] {
        let run = project.command().args(arguments).output().unwrap();
        assert_ne!(run.status.code(), Some(0));
        has_no_controls(&run.stderr);
    }
}

#[test]
fn control_characters_in_content_and_rows_do_not_reach_the_report() {
    let manifest = "manifest: 1\nname: hostile\ndetections: [d.yml]\ndatasets:\n  data: { path: hostile.log, sourcetype: x, source: x }\n\
        tests:\n  - name: \"na\\eme\"\n    datasets: [data]\n    expect:\n      results: { exactly: 9 }\n";
    let detection = repository().join(DETECTION);
    let detection = std::fs::read_to_string(detection).unwrap();
    let search = detection
        .lines()
        .find(|line| line.starts_with("search:"))
        .unwrap();
    let filter = "windows_remote_assistance_spawning_process_filter";
    let detection = detection.replace(
        search,
        &format!("search: 'evil=* | table evil _raw | `{filter}`'"),
    );
    let project = Project::empty()
        .write("hostile.log", HOSTILE)
        .write("manifest.yml", manifest)
        .write(
            "d.yml",
            detection.replace("name: Windows Remote", "name: Windows\u{85}Remote"),
        );
    let run = project
        .command()
        .args(["test", "manifest.yml"])
        .output()
        .unwrap();
    has_no_controls(&run.stdout);
    has_no_controls(&run.stderr);
}

/// Reads the first line, leaves, and holds that the program ends in silence.
#[track_caller]
fn leaves_quietly(arguments: &[&str]) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dryfire"))
        .args(arguments)
        .current_dir(repository())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    let code = child.wait().unwrap().code();
    assert!(!line.is_empty());
    assert_eq!((said.as_str(), code), ("", Some(0)), "{arguments:?}");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    for format in ["table", "json", "raw", "csv"] {
        leaves_quietly(&["search", "*", SYSMON, "--format", format]);
    }
}

#[test]
fn the_table_is_as_wide_as_its_values_where_there_is_no_terminal() {
    // A pipe has no width: values must not be wrapped or cut, or the next program reads something else.
    let long = "x".repeat(300);
    let output = dryfire()
        .args([
            "search",
            &format!("| makeresults | eval a=\"{long}\" | table a"),
        ])
        .output()
        .unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains(&long));
}
