//! The exit code where it is not the verdict of a case that decides: options, paths, files that can't be written.

use predicates::prelude::*;

use crate::project::{MANIFEST, ON_CROWDSTRIKE, ON_SYSMON, Project, SILENT};

#[test]
fn strict_makes_a_pass_under_assumptions_undetermined() {
    let project = Project::new();
    let usual = project.test(&[]);
    usual.ended(0);
    let assuming: Vec<_> = usual
        .each("case_finished")
        .into_iter()
        .filter(|case| {
            case["assumptions"]
                .as_array()
                .is_some_and(|assumptions| !assumptions.is_empty())
        })
        .map(|case| case["case"]["test"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        assuming.iter().any(|test| test == ON_CROWDSTRIKE),
        "its mapping is inferred: {}",
        usual.all()
    );

    let strict = project.test(&["--strict"]);
    strict.ended(1).passed(&[SILENT]);
    for test in &assuming {
        strict.case(test).is("undetermined", "assumptions");
    }
    strict.says(&["is mapped by", &format!("{} undetermined", assuming.len())]);
}

#[test]
fn fail_on_widens_and_narrows() {
    let project = Project::new();
    project.test(&["--fail-on", "undetermined"]).ended(0);
    project
        .test(&["--fail-on", "assumptions"])
        .ended(1)
        .says(&["4 passed"]);
    project.test(&["--strict", "--fail-on", "failed"]).ended(0);
    let skipped = Project::new().replace(
        MANIFEST,
        "datasets: [sysmon]",
        "datasets: [sysmon]\n    skip: the data is being renewed",
    );
    let usual = skipped.test(&[]);
    usual.ended(0).says(&["the data is being renewed"]);
    assert_eq!(usual.case(ON_SYSMON).verdict(), "skipped");
    skipped.test(&["--fail-on", "skipped"]).ended(1);
}

#[test]
fn a_word_that_fail_on_does_not_know_is_usage() {
    let project = Project::empty();
    let known =
        predicate::str::contains("skiped").and(predicate::str::contains("skipped, warnings"));
    project
        .command()
        .args(["test", ".", "--fail-on", "skiped"])
        .assert()
        .code(2)
        .stderr(known);
}

#[test]
fn a_path_that_is_not_there_is_usage() {
    let project = Project::empty();
    let said = predicate::str::contains("`nowhere` is not there");
    project
        .command()
        .args(["test", "nowhere"])
        .assert()
        .code(2)
        .stderr(said)
        .stdout("");
}

#[test]
fn nothing_to_test_is_4_unless_that_is_allowed() {
    let project = Project::empty();
    let run = project.run(&["test", "."]);
    run.ended(4).says(&["no case was selected"]);
    project.run(&["test", ".", "--allow-empty"]).ended(0);
    // Without a path it is the folder one stands in.
    project.run(&["test"]).ended(4);
    Project::new().run(&["test"]).ended(0).says(&["4 passed"]);
}

#[test]
fn a_report_that_can_not_be_written_is_told_before_anything_runs() {
    let project = Project::new();
    for option in ["--json", "--junit"] {
        let said = predicate::str::contains("can't write")
            .and(predicate::str::contains("no/such/folder.out"));
        project
            .command()
            .args(["test", "manifests", option, "no/such/folder.out"])
            .assert()
            .code(2)
            .stderr(said)
            .stdout("");
    }
}

#[test]
fn one_detection_of_many_that_can_not_be_loaded_is_content() {
    let project = Project::new().write("manifests/detections/broken.yml", "name: [\n");
    let run = project.test(&[]);
    run.ended(2)
        .passed(&[ON_SYSMON])
        .says(&["manifests/detections/broken.yml"]);
}

#[test]
fn an_app_that_is_not_there_is_told() {
    let run = Project::new().test(&["--app", "no_such_app"]);
    run.ended(2).says(&["no_such_app"]);
}

#[test]
fn help_names_the_exit_codes_and_explain_a_code() {
    let project = Project::empty();
    project
        .command()
        .arg("--help")
        .assert()
        .code(0)
        .stdout(predicate::str::contains("130 interrupted"));
    project
        .command()
        .args(["explain", "DF203"])
        .assert()
        .code(0)
        .stdout(predicate::str::starts_with("DF203: "));
    project
        .command()
        .args(["explain", "DF999"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("DF999"));
}
