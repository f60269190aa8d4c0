//! `dryfire search`: any SPL over any file, in every format, and what it says when it can't.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty, starts_with};
use serde_json::{Value, json};

use crate::project::{Project, SECURITY, SYSMON, dryfire};

fn search(spl: &str, arguments: &[&str]) -> Command {
    let mut command = dryfire();
    command.args(["search", spl]).args(arguments);
    command
}

#[track_caller]
fn stdout(command: &mut Command) -> String {
    String::from_utf8(
        command
            .assert()
            .code(0)
            .stderr("")
            .get_output()
            .stdout
            .clone(),
    )
    .unwrap()
}

#[track_caller]
fn rows(spl: &str, files: &[&str]) -> Vec<Value> {
    let text = stdout(search(spl, files).args(["--format", "json"]));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn processes_by_image_equal_a_count_of_the_text() {
    let text = std::fs::read_to_string(crate::project::repository().join(SYSMON)).unwrap();
    let image = r"C:\Windows\System32\svchost.exe";
    let events = text.split("</Event>");
    let expected = events
        .filter(|event| {
            event.contains("<EventID>1</EventID>")
                && event.contains(&format!("<Data Name='Image'>{image}</Data>"))
        })
        .count();
    let found = rows("EventCode=1 | stats count by Image", &[SYSMON]);
    let row = found.iter().find(|row| row["Image"] == image).unwrap();
    assert_eq!(row["count"], expected);
    assert!(expected > 1);
}

#[test]
fn several_files_are_searched_as_one() {
    let count = |files: &[&str]| rows("* | stats count", files)[0]["count"].as_u64().unwrap();
    assert_eq!(
        (
            count(&[SYSMON]),
            count(&[SECURITY]),
            count(&[SYSMON, SECURITY])
        ),
        (430, 375, 805)
    );
}

#[test]
fn an_event_of_several_lines_is_one_event() {
    let found = rows("EventCode=4672 | table _raw PrivilegeList", &[SECURITY]);
    assert!(
        found
            .iter()
            .any(|row| row["_raw"].as_str().unwrap().lines().count() > 1),
        "{found:?}"
    );
    for row in &found {
        let raw = row["_raw"].as_str().unwrap();
        assert!(
            raw.starts_with("<Event ") && raw.trim_end().ends_with("</Event>"),
            "{raw}"
        );
    }
}

#[test]
fn every_format_shows_the_same_rows() {
    let spl = "EventCode=1 | stats count by Image | sort - count Image | head 2";
    let files = [SYSMON, "--format"];
    let with = |format| stdout(&mut search(spl, &[&files[..], &[format]].concat()));
    let lines: Vec<Value> = with("json")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    let expected: Vec<String> = lines
        .iter()
        .map(|row| format!("{},{}", row["Image"].as_str().unwrap(), row["count"]))
        .collect();
    assert_eq!(
        with("csv").lines().collect::<Vec<_>>(),
        [&["Image,count".to_owned()], &expected[..]].concat()
    );
    let table = with("table");
    assert_eq!(
        table,
        stdout(&mut search(spl, &[SYSMON])),
        "the table is what one gets unasked"
    );
    assert_eq!(table.lines().count(), 3);
    assert!(table.lines().all(|line| line == line.trim_end()));

    let raw = stdout(&mut search(
        "EventCode=3 | head 1",
        &[SYSMON, "--format", "raw"],
    ));
    assert!(
        raw.starts_with("<Event ") && raw.trim_end().ends_with("</Event>"),
        "{raw}"
    );
}

#[test]
fn quotes_commas_and_newlines_survive_csv_and_json() {
    let spl = r#"| makeresults | eval a="x,\"y\"
z", b=split("1,2", ",") | table a b"#;
    let found = rows(spl, &[]);
    assert_eq!(found, [json!({ "a": "x,\"y\"\nz", "b": ["1", "2"] })]);
    let csv = stdout(search(spl, &[]).args(["--format", "csv"]));
    assert!(csv.starts_with("a,b\n\"x,\"\"y\"\"\nz\","), "{csv}");
}

#[test]
fn no_rows_are_no_output_and_no_failure() {
    for format in ["table", "json", "raw"] {
        search("EventCode=99999", &[SYSMON, "--format", format])
            .assert()
            .code(0)
            .stdout(is_empty())
            .stderr(is_empty());
    }
    assert_eq!(
        rows("EventCode=99999 | stats count", &[SYSMON]),
        [json!({ "count": 0 })]
    );
}

#[test]
fn a_syntax_error_is_shown_with_a_caret() {
    let said = contains("search:1:21")
        .and(contains("EventCode=1 | where (a=1"))
        .and(contains("^ opened here"));
    search("EventCode=1 | where (a=1", &[SYSMON])
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(said);
    search("", &[SYSMON])
        .assert()
        .code(2)
        .stderr(contains("no search"));
}

#[test]
fn a_command_that_does_not_exist_is_usage_with_a_suggestion() {
    let said = contains("no command `staats`").and(contains("did you mean `stats`?"));
    search("* | staats count", &[SYSMON])
        .assert()
        .code(2)
        .stderr(said);
}

#[test]
fn a_command_that_is_not_supported_is_told_apart() {
    let said = starts_with("error[DF301]")
        .and(contains("`script`"))
        .and(contains("search:1:5"));
    search("* | script python x", &[SYSMON])
        .assert()
        .code(1)
        .stdout(is_empty())
        .stderr(said);
}

#[test]
fn data_that_is_not_there_or_empty_is_the_environment() {
    let project = Project::empty().write("empty.log", "").write(
        "lfs.log",
        "version https://git-lfs.github.com/spec/v1\nsize 9\n",
    );
    for (file, words) in [
        ("nowhere.log", "not there"),
        ("empty.log", "empty"),
        ("lfs.log", "Git LFS"),
        (".", "a folder"),
    ] {
        project
            .command()
            .args(["search", "*", file])
            .assert()
            .code(3)
            .stdout(is_empty())
            .stderr(contains(words));
    }
    // One bad file of two is not left out in silence.
    let good = crate::project::repository().join(SYSMON);
    project
        .command()
        .args(["search", "*", "nowhere.log"])
        .arg(good)
        .assert()
        .code(3)
        .stdout(is_empty());
}

#[cfg(unix)]
#[test]
fn an_empty_standard_input_is_empty_data() {
    search("*", &["/dev/stdin"])
        .write_stdin("")
        .assert()
        .code(3)
        .stdout(is_empty())
        .stderr(contains("is empty"));
}

#[test]
fn threads_change_nothing() {
    for spl in [
        "*",
        "* | stats count avg(ProcessId) by EventCode Image",
        "* | head 7 | table _time _raw",
    ] {
        let with = |threads| {
            stdout(&mut search(
                spl,
                &[SYSMON, SECURITY, "--format", "json", "--threads", threads],
            ))
        };
        let one = with("1");
        assert!(!one.is_empty());
        assert!(
            one == with("2") && one == with("4"),
            "{spl} depends on threads"
        );
    }
}

#[test]
fn a_trace_says_how_many_rows_each_command_left() {
    let spl = "EventCode=1 Image=*nosuch.exe | stats count by Image";
    let said = contains("0  EventCode=1 Image=*nosuch.exe")
        .and(contains("events satisfy Image=*nosuch.exe"));
    search(spl, &[SYSMON, "--trace"])
        .assert()
        .code(0)
        .stdout(is_empty())
        .stderr(said);
}
