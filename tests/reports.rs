//! The reports: JSON lines, JUnit, and that two runs say the same but for the time they took.

use std::fs;

use crate::project::{DETECTION, MANIFEST, ON_SECURITY, Project, Run, SECURITY};
use crate::xml;

/// A project in which something passes, fails, is undetermined and can't be judged, with a name that needs escaping in XML.
fn mixed() -> Project {
    Project::new()
        .replace(MANIFEST, "exactly: 5", "exactly: 6")
        .replace(
            MANIFEST,
            "name: fires on Sysmon process creation",
            "name: 'fires on <Sysmon> & \"others\" ü'",
        )
        .write(SECURITY, "")
}

/// A text without the times in it: words before `ms` or `s`, and the numbers of the keys for times.
fn timeless(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    for word in text.split([' ', '\n', ',', '}']) {
        let key = word.split_once(['=', ':']).map_or(word, |(key, _)| key);
        if matches!(word, "ms" | "s") {
            out.pop();
        } else if matches!(
            key,
            "\"duration_micros\"" | "\"elapsed_micros\"" | "time" | "timestamp"
        ) {
            out.push(key.to_owned());
        } else {
            out.push(word.to_owned());
        }
    }
    out.join(" ")
}

fn all_of(project: &Project, arguments: &[&str]) -> (Run, String) {
    let junit = project.path("junit.xml");
    let run = project.test(&[arguments, &["--junit", junit.to_str().unwrap()]].concat());
    let junit = fs::read_to_string(junit).unwrap();
    (run, junit)
}

#[test]
fn the_events_are_json_lines_in_their_order() {
    let run = mixed().test(&[]);
    let events = run.events();
    let kinds: Vec<String> = events
        .iter()
        .map(|event| event.as_object().unwrap().keys().next().unwrap().clone())
        .collect();
    assert_eq!(kinds.first().map(String::as_str), Some("run_started"));
    assert_eq!(kinds.last().map(String::as_str), Some("run_finished"));
    assert!(events[0]["run_started"]["schema_version"].is_u64());
    let started = run.each("case_started");
    let finished = run.each("case_finished");
    assert_eq!(events[0]["run_started"]["total_cases"], started.len());
    let ids = |cases: &[serde_json::Value]| {
        cases
            .iter()
            .map(|case| case["case"]["id"].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&started), ids(&finished));
    let mut unique = ids(&finished);
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), finished.len(), "ids tell cases apart");
    let summary = &run.each("run_finished")[0]["summary"];
    assert_eq!(
        (
            &summary["passed"],
            &summary["failed"],
            &summary["errors"]["dataset"]
        ),
        (&2.into(), &1.into(), &1.into())
    );
}

#[test]
fn a_case_keeps_its_id_when_what_it_expects_or_what_its_search_says_changes() {
    let ids = |project: Project| {
        let run = project.test(&[]);
        run.each("case_finished")
            .iter()
            .map(|case| case["case"]["id"].clone())
            .collect::<Vec<_>>()
    };
    let before = ids(Project::new());
    assert_eq!(
        before,
        ids(Project::new().replace(MANIFEST, "exactly: 5", "at_least: 1"))
    );
    assert_eq!(
        before,
        ids(Project::new().replace(DETECTION, "msra.exe `windows", "mrsa.exe `windows"))
    );
}

#[test]
fn junit_is_well_formed_and_counts_the_same() {
    let project = mixed();
    let (run, junit) = all_of(&project, &[]);
    run.ended(1);
    let elements = xml::elements(&junit).unwrap_or_else(|wrong| panic!("{wrong} in {junit}"));
    let count = |name: &str| elements.iter().filter(|element| *element == name).count();
    assert_eq!(elements[0], "testsuites");
    assert_eq!(
        (
            count("testcase"),
            count("failure"),
            count("error"),
            count("skipped")
        ),
        (4, 1, 1, 0),
        "{junit}"
    );
    assert!(
        junit.contains("fires on &lt;Sysmon&gt; &amp; &quot;others&quot; ü"),
        "{junit}"
    );
    // Where to look, for a reader that shows nothing else.
    assert!(
        junit.contains("manifests/qbot_msra.yml") && junit.contains("exactly 6"),
        "{junit}"
    );
}

#[test]
fn what_is_undetermined_is_no_pass_in_junit() {
    let project = Project::new();
    let (run, junit) = all_of(&project, &["--strict"]);
    let undetermined = &run.each("run_finished")[0]["summary"]["undetermined"];
    let elements = xml::elements(&junit).unwrap();
    let bad = elements
        .iter()
        .filter(|name| matches!(name.as_str(), "failure" | "error" | "skipped"))
        .count();
    assert_eq!(*undetermined, bad, "{junit}");
    assert!(bad > 0, "{junit}");
}

#[test]
fn two_runs_differ_in_nothing_but_times_on_any_number_of_threads() {
    let project = mixed();
    let (first, first_junit) = all_of(&project, &["--threads", "1"]);
    for threads in ["1", "2", "5"] {
        let (next, junit) = all_of(&project, &["--threads", threads]);
        assert_eq!(timeless(&first.json), timeless(&next.json));
        assert_eq!(timeless(&first.stdout), timeless(&next.stdout));
        assert_eq!(timeless(&first_junit), timeless(&junit));
        assert_eq!(first.code, next.code);
    }
    assert!(first.case(ON_SECURITY).0["duration_micros"].is_u64());
}
