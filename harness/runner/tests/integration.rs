//! Integration tests from end to end: the manifest of this repository, and copies of it in which one thing is broken.

#![expect(clippy::unwrap_used, reason = "in tests, a panic is a failed test")]

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use dryfire_engine::Inline;
use dryfire_event::{CaseFinished, CaseKind, Event, Verdict};
use dryfire_runner::{Local, Session, Settings, run};
use tempfile::TempDir;

const DETECTION: &str = "detections/windows_remote_assistance_spawning_process.yml";
const MANIFEST: &str = "qbot_msra.yml";
const SYSMON: &str = "makes risk events and notables of Sysmon process creation";
const FILTER: &str = "| `windows_remote_assistance_spawning_process_filter`";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The manifests' folder, with changes: in a file, one text in the place of another.
fn copy(changes: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("detections")).unwrap();
    let datasets = repository().join("datasets").display().to_string();
    for name in [DETECTION, MANIFEST] {
        let mut text = fs::read_to_string(repository().join("manifests").join(name)).unwrap();
        for (file, from, to) in changes {
            if *file == name {
                assert!(text.contains(from), "{from:?} is in {name}");
                text = text.replace(from, to);
            }
        }
        fs::write(
            folder.path().join(name),
            text.replace("../datasets", &datasets),
        )
        .unwrap();
    }
    folder
}

fn session(folder: &TempDir) -> Session {
    Session::load(&[folder.path().to_path_buf()], &[])
}

fn finished(session: &Session, strict: bool) -> Vec<CaseFinished> {
    let cancel = AtomicBool::new(false);
    let target = Local {
        session,
        scheduler: &Inline,
        cancel: &cancel,
        prefilter: true,
    };
    let mut all = Vec::new();
    let settings = Settings {
        strict,
        version: "test",
        ..Settings::default()
    };
    let Ok(_) = run(session, &target, settings, &cancel, &mut |event| {
        if let Event::CaseFinished(case) = event {
            all.push(*case);
        }
        Ok::<(), Infallible>(())
    });
    all
}

fn case<'c>(cases: &'c [CaseFinished], test: &str) -> &'c CaseFinished {
    cases.iter().find(|case| case.case.test == test).unwrap()
}

/// Verdict and category; then the first difference (or else the first finding) with the text of its place.
fn shown(case: &CaseFinished) -> String {
    let reason = case
        .verdict
        .reason()
        .map(|reason| reason.category.clone())
        .unwrap_or_default();
    let at = |place: &Option<dryfire_event::Place>| {
        place.as_ref().map_or("nowhere".to_owned(), |place| {
            let text = fs::read_to_string(&place.file).unwrap();
            let line = text
                .lines()
                .nth(place.line as usize - 1)
                .unwrap()
                .to_owned();
            let end = if place.end_line == place.line {
                place.end_column as usize - 1
            } else {
                usize::MAX
            };
            line.chars()
                .take(end)
                .skip(place.column as usize - 1)
                .collect()
        })
    };
    let what = match (case.mismatches.first(), case.findings.first()) {
        (Some(first), _) => format!(
            "expected {}, got {} @ {}",
            first.expected,
            first.actual,
            at(&first.place)
        ),
        (None, Some(first)) => format!("{} @ {}", first.message, at(&first.place)),
        (None, None) => String::new(),
    };
    format!("{} {reason}: {what}", case.verdict)
}

#[track_caller]
fn check(changes: &[(&str, &str, &str)], test: &str, expected: &str) {
    let folder = copy(changes);
    let cases = finished(&session(&folder), false);
    let shown = shown(case(&cases, test));
    assert_eq!(shown, expected);
}

#[test]
fn the_manifest_shows_risk_events_and_notables_of_each_source() {
    let folder = copy(&[]);
    let cases = finished(&session(&folder), false);
    let integration: Vec<_> = cases
        .iter()
        .filter(|case| case.case.kind == CaseKind::Integration)
        .collect();
    assert_eq!(integration.len(), 3);
    for case in integration {
        assert_eq!(
            (&case.verdict, case.mismatches.len()),
            (&Verdict::Passed, 0),
            "{}",
            shown(case)
        );
        assert_eq!((case.risk_events.len(), case.findings_made.len()), (5, 5));
        assert_eq!(case.simulated.len(), 2);
        let event = &case.risk_events[0];
        let value = |name: &str| event.get(name).unwrap().join("+");
        assert_eq!(
            (value("risk_object_type"), value("risk_score")),
            ("system".into(), "80".into())
        );
        assert!(value("risk_message").contains(&format!("on {}, which", value("risk_object"))));
        assert_eq!(value("annotations.kill_chain_phases"), "Exploitation");
    }
}

#[test]
fn a_token_that_no_result_can_fill_is_found_in_the_message() {
    check(
        &[(
            DETECTION,
            "shell $process_name$ on",
            "shell $proces_name$ on",
        )],
        SYSMON,
        "failed unexpected-events: expected the token `$proces_name$` to be filled, got no result with a field `proces_name`; \
         there is a field `process_name`; in 5 events @ $proces_name$",
    );
}

#[test]
fn a_token_that_one_result_does_not_fill_is_found_in_the_message() {
    let eval = format!("| eval note=if(process_id==\"6052\",null(),\"x\") {FILTER}");
    check(
        &[
            (DETECTION, FILTER, &eval),
            (DETECTION, "by itself", "by itself ($note$)"),
            (MANIFEST, "by itself", "by itself (x)"),
        ],
        SYSMON,
        "failed unexpected-events: expected the token `$note$` to be filled, got no value of `note` in result 4 @ $note$",
    );
}

#[test]
fn a_risk_object_that_the_search_does_not_give() {
    check(
        &[(DETECTION, "field: dest\n", "field: dest_host\n")],
        SYSMON,
        "failed unexpected-events: expected every result to have a value in the risk object `dest_host`, got no result with a value \
         in `dest_host` @ dest_host",
    );
    let renamed = format!("| rename dest as host_name {FILTER}");
    check(
        &[(DETECTION, FILTER, &renamed)],
        SYSMON,
        "failed unexpected-events: expected every result to have a value in the risk object `dest`, got no result with a value \
         in `dest` @ dest",
    );
}

#[test]
fn a_risk_object_that_is_null_in_one_result() {
    let eval = format!("| eval dest=if(process_id==\"6052\",null(),dest) {FILTER}");
    check(
        &[(DETECTION, FILTER, &eval)],
        SYSMON,
        "failed unexpected-events: expected every result to have a value in the risk object `dest`, got no value in result 4 of 5 @ dest",
    );
}

#[test]
fn a_wrong_score_is_found_at_its_line_of_the_manifest() {
    check(
        &[(MANIFEST, "risk_score: 80", "risk_score: 81")],
        SYSMON,
        "failed unexpected-events: expected a risk event with risk_object = `wkstn-042.corp.example`, risk_object_type = `system`, \
         risk_score = `81`, risk_message = `msra.exe started the shell cmd.exe on wkstn-042.corp.example, which Remote Assistance \
         does not do by itself`, threat_object = `msra.exe` and `cmd.exe`, threat_object_type = `parent_process_name` and \
         `process_name`, search_name = `* - Windows Remote Assistance Spawning Process - Rule`, annotations.mitre_attack = `T1055`, \
         got 5 risk events, none like it @ 81",
    );
}

#[test]
fn a_failing_unit_test_makes_nothing_of_its_results() {
    let folder = copy(&[(
        DETECTION,
        "`windows_shells`",
        "(Processes.process_name=cmd.exe OR Processes.process_name=whoami.exe)",
    )]);
    let cases = finished(&session(&folder), false);
    let case = case(&cases, SYSMON);
    assert!(
        shown(case).starts_with("failed unit-failed: expected exactly 5 results, got "),
        "{}",
        shown(case)
    );
    assert!(case.risk_events.is_empty() && case.simulated.is_empty());
}

#[test]
fn an_unknown_filter_macro_and_a_silent_test_that_fires() {
    let folder = copy(&[
        (
            DETECTION,
            "spawning_process_filter`",
            "spawning_proces_filter`",
        ),
        (MANIFEST, "silent_on: [benign]", "silent_on: [sysmon]"),
    ]);
    let cases = finished(&session(&folder), false);
    assert!(
        shown(case(&cases, SYSMON)).starts_with("failed unknown-macro: "),
        "{}",
        shown(case(&cases, SYSMON))
    );
    check(
        &[(MANIFEST, "silent_on: [benign]", "silent_on: [sysmon]")],
        "is silent on a help desk's ordinary day",
        "failed unexpected-results: expected no results, got 5 @ sysmon",
    );
}

/// The detection in the form of v6: a finding, and an intermediate finding on another field.
const V6: &[(&str, &str, &str)] = &[
    (DETECTION, "rba:\n  message:", "finding:\n  title:"),
    (
        DETECTION,
        "  risk_objects:\n    - field: dest\n      type: system\n      score: 80\n  threat_objects:\n    - field: parent_process_name\n      type: parent_process_name\n    - field: process_name\n      type: process_name\ntags:\n  asset_type: Endpoint\n  mitre_attack_id:\n    - T1055\n",
        "  entity: { field: dest, type: system, score: 80 }\nintermediate_findings:\n  entities:\n    - { field: user, type: user, score: 40, message: $user$ was there }\nasset_type: Endpoint\nmitre_attack_id: [T1055]\n",
    ),
    (
        DETECTION,
        "  product:\n    - Splunk Enterprise\n    - Splunk Enterprise Security\n    - Splunk Cloud\n  security_domain: endpoint",
        "product: [Splunk Enterprise, Splunk Enterprise Security, Splunk Cloud]\nsecurity_domain: endpoint",
    ),
];

#[test]
fn a_finding_and_an_intermediate_finding_of_v6() {
    let expected = "      findings:\n        results: { exactly: 5 }";
    let manifest = fs::read_to_string(repository().join("manifests").join(MANIFEST)).unwrap();
    let from = manifest.find("      risk:\n").unwrap();
    let to = manifest
        .find("  - name: makes risk events and notables of the Windows Security log")
        .unwrap();
    let own = &manifest[from..to];
    let with = format!(
        "      risk:\n        results: {{ exactly: 5 }}\n        rows:\n          - {{ risk_object: jdoe, risk_score: 40, risk_message: jdoe was there }}\n{expected}\n        rows:\n          - {{ entity: wkstn-042.corp.example, entity_type: system, risk_score: 80, rule_title: '*shell cmd.exe on *' }}\n"
    );
    let changes = |more: &[(&'static str, &'static str, &'static str)]| {
        let mut changes = vec![(MANIFEST, own, with.as_str())];
        changes.extend_from_slice(V6);
        changes.extend_from_slice(more);
        copy(&changes)
    };
    let cases = finished(&session(&changes(&[])), false);
    assert_eq!(
        case(&cases, SYSMON).verdict,
        Verdict::Passed,
        "{}",
        shown(case(&cases, SYSMON))
    );
    let cases = finished(
        &session(&changes(&[(
            DETECTION,
            "field: user, type: user",
            "field: dest, type: system",
        )])),
        false,
    );
    let all: Vec<_> = case(&cases, SYSMON)
        .mismatches
        .iter()
        .map(|found| found.expected.as_str())
        .collect();
    assert!(
        all.contains(&"the entity `dest` to be scored once"),
        "{all:?}"
    );
}

#[test]
fn throttling_and_several_values_are_assumptions() {
    let throttled = (
        DETECTION,
        "  security_domain: endpoint",
        "  security_domain: endpoint\n  throttling: { fields: [user], period: 1h }",
    );
    let fewer = [
        (
            MANIFEST,
            "risk:\n        results: { exactly: 5 }",
            "risk:\n        results: { exactly: 2 }",
        ),
        (
            MANIFEST,
            "findings:\n        results: { exactly: 5 }",
            "findings:\n        results: { exactly: 2 }",
        ),
    ];
    let changes = [throttled, fewer[0], fewer[1]];
    let cases = finished(&session(&copy(&changes)), true);
    let case = case(&cases, SYSMON);
    // What is expected of the row that was held back is not there.
    assert_eq!(case.risk_events.len(), 2);
    assert!(
        case.assumptions
            .iter()
            .any(|one| one.text.contains("throttling")),
        "{:?}",
        case.assumptions
    );
}

#[test]
fn a_detections_own_test_gets_an_integration_test_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let data = repository()
        .join("datasets/malware/qbot/msra/windows-sysmon.log")
        .display()
        .to_string();
    let text = fs::read_to_string(repository().join("manifests").join(DETECTION)).unwrap();
    let tests = format!(
        "tests:\n  - name: own\n    attack_data:\n      - data: {data}\n        source: XmlWinEventLog:Microsoft-Windows-Sysmon/Operational\n        sourcetype: XmlWinEventLog\n"
    );
    fs::create_dir_all(folder.path().join("detections")).unwrap();
    fs::create_dir_all(folder.path().join("macros")).unwrap();
    fs::write(
        folder.path().join("contentctl.yml"),
        "app:\n  label: ACME\n",
    )
    .unwrap();
    fs::write(folder.path().join(DETECTION), format!("{text}\n{tests}")).unwrap();
    let plain = finished(&session(&folder), false);
    assert_eq!(plain.len(), 1);
    let both = finished(&session(&folder).with_integration(), false);
    assert_eq!(both.len(), 2);
    let derived = &both[1];
    assert_eq!(
        (derived.case.kind, &derived.verdict),
        (CaseKind::Integration, &Verdict::Passed),
        "{}",
        shown(derived)
    );
    assert!(derived.case.id.ends_with(" (integration)"));
    let name = derived.risk_events[0].get("search_name").unwrap();
    assert_eq!(
        name,
        ["ACME - Windows Remote Assistance Spawning Process - Rule"]
    );
}
