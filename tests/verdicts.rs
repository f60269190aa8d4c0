//! One thing broken at a time: the verdict, the exit code and the place, in the events and for a person.

use crate::project::{
    CROWDSTRIKE, DETECTION, MANIFEST, ON_CROWDSTRIKE, ON_SECURITY, ON_SYSMON, Project, SILENT,
    VALID, place,
};

/// The tests that expect results.
const FIRING: [&str; 3] = [ON_SYSMON, ON_SECURITY, ON_CROWDSTRIKE];

#[test]
fn the_three_sources_and_the_silent_test_pass() {
    let run = Project::shipped().test(&[]);
    run.ended(0).passed(&FIRING).passed(&[SILENT, VALID]);
    run.says(&[
        ON_SYSMON,
        ON_SECURITY,
        ON_CROWDSTRIKE,
        SILENT,
        " passed, 0 failed",
    ]);
    for test in FIRING {
        let case = run.case(test);
        assert_eq!(case.0["rows"]["total"], 5);
        assert_eq!(
            case.0["datasets"][0]["synthetic"], true,
            "made-up data is called so"
        );
    }
    assert_eq!(run.case(SILENT).0["rows"]["total"], 0);
}

#[test]
fn a_result_lies_within_the_time_of_its_data() {
    // The story happens on one day; a time that the engine did not find would be elsewhere.
    let run = Project::new().test(&[]);
    for test in FIRING {
        let case = run.case(test);
        for row in case.0["rows"]["first"].as_array().unwrap() {
            let fields = row["fields"].as_array().unwrap();
            for name in ["firstTime", "lastTime"] {
                let time = &fields.iter().find(|field| field["name"] == name).unwrap()["values"][0];
                assert!(
                    time.as_str().unwrap().starts_with("2022-01-11T1"),
                    "{test}: {name} is {time}"
                );
            }
        }
    }
}

#[test]
fn a_misspelt_value_is_the_condition_that_nothing_satisfies() {
    let project = Project::new().replace(
        DETECTION,
        "parent_process_name=msra.exe",
        "parent_process_name=mrsa.exe",
    );
    let run = project.test(&[]);
    run.ended(1);
    let at = project.place_of(DETECTION, "Processes.parent_process_name=mrsa.exe");
    for test in FIRING {
        let case = run.case(test);
        case.is("failed", "no-results");
        let conditions = case.0["trace"]["conditions"].as_array().unwrap();
        let unsatisfied: Vec<_> = conditions
            .iter()
            .filter(|condition| condition["events"] == 0)
            .collect();
        assert_eq!(
            unsatisfied.len(),
            1,
            "the other conditions do hold somewhere: {conditions:#?}"
        );
        assert_eq!(
            unsatisfied[0]["text"],
            "Processes.parent_process_name=mrsa.exe"
        );
        assert_eq!(place(unsatisfied[0]), at);
        // What the data has instead, so that the spelling is seen at once.
        assert_eq!(unsatisfied[0]["nearest"][0]["value"], "msra.exe");
    }
    run.says(&[
        "Processes.parent_process_name=mrsa.exe",
        &at,
        "msra.exe",
        "0 rows",
    ]);
}

#[test]
fn an_unknown_macro_fails_every_test_with_its_place_and_the_nearest_name() {
    let project = Project::new().replace(DETECTION, "`windows_shells`", "`windows_shels`");
    let run = project.test(&[]);
    run.ended(1);
    let at = project.place_of(DETECTION, "`windows_shels`");
    for test in [ON_SYSMON, ON_SECURITY, ON_CROWDSTRIKE, SILENT] {
        let case = run.case(test);
        case.is("failed", "unknown-macro");
        let finding = case.finding("DF205");
        assert_eq!(place(finding), at);
        assert!(
            finding["help"].as_str().unwrap().contains("windows_shells"),
            "{finding}"
        );
    }
    run.says(&[
        "there is no macro `windows_shels`",
        &at,
        "did you mean `windows_shells`?",
    ]);
}

#[test]
fn a_misspelt_data_model_field_fails_with_a_suggestion() {
    let project = Project::new().replace(
        DETECTION,
        "where Processes.parent_process_name",
        "where Processes.parent_proces_name",
    );
    let run = project.test(&[]);
    run.ended(1);
    let at = project.place_of(DETECTION, "Processes.parent_proces_name");
    for test in FIRING {
        let case = run.case(test);
        assert_eq!(case.verdict(), "failed", "{}", case.0);
        let finding = case.finding("DF304");
        assert_eq!(place(finding), at);
        assert_eq!(
            finding["help"],
            "did you mean `Processes.parent_process_name`?"
        );
    }
    run.says(&[
        "has no field `Processes.parent_proces_name`",
        &at,
        "did you mean `Processes.parent_process_name`?",
    ]);
}

#[test]
fn a_wrong_count_says_what_was_expected_where_and_what_came() {
    let project = Project::new().replace(
        MANIFEST,
        "results: { exactly: 5 }",
        "results: { exactly: 6 }",
    );
    let run = project.test(&[]);
    run.ended(1).passed(&[ON_SECURITY, ON_CROWDSTRIKE, SILENT]);
    let case = run.case(ON_SYSMON);
    case.is("failed", "unexpected-results");
    let mismatches = case.0["mismatches"].as_array().unwrap();
    assert_eq!(mismatches.len(), 1);
    let at = project.place_of(MANIFEST, "results: { exactly: 6 }");
    let (line, column) = at.rsplit_once(':').unwrap();
    let there = place(&mismatches[0]);
    assert!(
        there.starts_with(line),
        "{there} is not in the line of {at}"
    );
    // The key or its value: both are the place.
    let off: u32 =
        there.rsplit(':').next().unwrap().parse::<u32>().unwrap() - column.parse::<u32>().unwrap();
    assert!(
        off == 0 || off == "results: ".len() as u32,
        "{there} against {at}"
    );
    run.says(&["exactly 6", "5 rows", &there]);
}

#[test]
fn a_row_that_is_not_there_and_one_that_must_not_be_there_fail() {
    let absent = Project::new().replace(
        MANIFEST,
        "process: '*/c set', process_id: 6052",
        "process: '*/c set', process_id: 6053",
    );
    let run = absent.test(&[]);
    run.ended(1).says(&["6053"]).passed(&[ON_SECURITY]);
    run.case(ON_SYSMON).is("failed", "unexpected-results");

    let forbidden = Project::new().replace(MANIFEST, "arp|ipconfig", "arp|cmd|ipconfig");
    let run = forbidden.test(&[]);
    run.ended(1).passed(&[SILENT]);
    for test in FIRING {
        run.case(test).is("failed", "unexpected-results");
    }
}

#[test]
fn a_test_that_must_be_silent_fails_where_it_is_not() {
    let project = Project::new().replace(MANIFEST, "silent_on: [benign]", "silent_on: [sysmon]");
    let run = project.test(&[]);
    run.ended(1).passed(&FIRING);
    let case = run.case(SILENT);
    case.is("failed", "unexpected-results");
    assert_eq!(case.0["rows"]["total"], 5, "the rows are the evidence");
}

#[test]
fn a_yaml_error_is_content_that_can_not_be_loaded() {
    for (file, from, to) in [
        (MANIFEST, "tests:\n", "tests: [\n"),
        (DETECTION, "\nauthor:", "\n author:"),
    ] {
        let run = Project::new().replace(file, from, to).test(&[]);
        run.ended(2);
        let findings = run.findings();
        let finding = findings
            .iter()
            .find(|finding| finding["code"] == "DF101")
            .unwrap_or_else(|| panic!("{}", run.all()));
        assert_eq!(finding["severity"], "error");
        assert_eq!(finding["place"]["file"], file);
        run.says(&["not valid YAML", &place(finding)]);
        assert!(
            run.each("case_finished")
                .iter()
                .all(|case| case["verdict"].get("passed").is_none()),
            "{}",
            run.all()
        );
    }
}

#[test]
fn an_unknown_key_and_an_unknown_dataset_are_named_with_their_place() {
    let project = Project::new().replace(MANIFEST, "silent_on: [benign]", "silent_onn: [benign]");
    let run = project.test(&[]);
    run.ended(2).says(&[
        "silent_onn",
        "silent_on",
        &project.place_of(MANIFEST, "silent_onn"),
    ]);

    let project = Project::new().replace(MANIFEST, "datasets: [sysmon]", "datasets: [sysmonn]");
    let run = project.test(&[]);
    run.ended(2)
        .says(&["sysmonn", "sysmon", &project.place_of(MANIFEST, "sysmonn")]);
}

#[test]
fn a_command_that_is_not_supported_is_undetermined_and_never_a_pass() {
    let project = Project::new().replace(
        DETECTION,
        "| `security_content_ctime(firstTime)`",
        "| script python x | `security_content_ctime(firstTime)`",
    );
    let run = project.test(&[]);
    run.ended(1);
    let at = project.place_of(DETECTION, "script python x");
    // The silent test above all: no row is no proof here.
    for test in [ON_SYSMON, ON_SECURITY, ON_CROWDSTRIKE, SILENT] {
        let case = run.case(test);
        case.is("undetermined", "unsupported-command");
        assert_eq!(place(case.finding("DF301")), at);
    }
    run.says(&["does not run `script`", &at, "4 undetermined"]);
    // Whoever says that undetermined is fine with them, gets their 0.
    project.test(&["--fail-on", "failed"]).ended(0);
}

#[test]
fn a_broken_search_fails_and_a_broken_dataset_does_not_hide_it() {
    let project = Project::new()
        .replace(MANIFEST, "exactly: 5", "exactly: 6")
        .remove(CROWDSTRIKE);
    let run = project.test(&[]);
    // A failure is the news; the missing file is told as well.
    run.ended(1);
    run.case(ON_SYSMON).is("failed", "unexpected-results");
    run.case(ON_CROWDSTRIKE).is("error", "dataset-missing");
}

#[test]
fn validation_alone_finds_a_name_that_leads_nowhere() {
    for (from, to, code) in [
        ("`windows_shells`", "`windows_shels`", "DF205"),
        (
            "where Processes.parent_process_name",
            "where Processes.parent_proces_name",
            "DF304",
        ),
    ] {
        let project = Project::shipped().replace(DETECTION, from, to);
        let run = project.test(&[]);
        let case = run.ended(1).case(VALID);
        assert_eq!(case.verdict(), "failed", "{}", case.0);
        let at = project.place_of(DETECTION, to.trim_start_matches("where "));
        assert_eq!(place(case.finding(code)), at);
    }
}

#[test]
fn silence_under_a_condition_that_never_holds_proves_nothing() {
    let run = Project::new()
        .replace(
            DETECTION,
            "where Processes.parent_process_name",
            "where Processes.parent_proces_name",
        )
        .test(&[]);
    run.case(SILENT).is("undetermined", "search-error");
}

#[test]
fn results_that_stem_from_another_event_fail_at_its_number() {
    let project = Project::new().replace(MANIFEST, "36937]", "36938]");
    let run = project.test(&[]);
    run.ended(1).passed(&[ON_SECURITY, ON_CROWDSTRIKE, SILENT]);
    let case = run.case(ON_SYSMON);
    case.is("failed", "unexpected-results");
    let mismatches = case.0["mismatches"].as_array().unwrap();
    assert_eq!(mismatches.len(), 2, "one event too few, one too many");
    assert_eq!(place(&mismatches[0]), project.place_of(MANIFEST, "36938"));
    run.says(&["stems from event 36938", "record 36937"]);
}
