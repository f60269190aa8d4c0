//! Data that is missing, empty, cut short, or a pointer: an error of the environment, and the other cases go on.

use std::fs;

use crate::project::{
    CROWDSTRIKE, MANIFEST, ON_CROWDSTRIKE, ON_SECURITY, ON_SYSMON, Project, SECURITY, SILENT,
    SYSMON, place,
};

const POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
    oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

/// Runs with one file made unusable, and holds the error, its place, and that nothing else is touched.
#[track_caller]
fn check(
    project: &Project,
    test: &str,
    dataset: &str,
    file: &str,
    code: &str,
    category: &str,
    words: &str,
) {
    let run = project.test(&[]);
    run.ended(3);
    let case = run.case(test);
    case.is("error", category);
    assert_eq!(case.0["verdict"]["error"]["kind"], "dataset");
    let at = project.place_of(MANIFEST, &format!("{dataset}: {{ description"));
    let finding = case.finding(code);
    assert_eq!(place(finding), at);
    assert!(
        finding["help"]
            .as_str()
            .is_some_and(|help| !help.is_empty()),
        "{finding}"
    );
    run.says(&[words, file, &at]);
    for other in [ON_SYSMON, ON_SECURITY, ON_CROWDSTRIKE, SILENT]
        .iter()
        .filter(|other| **other != test)
    {
        run.passed(&[other]);
    }
}

fn cut(project: Project, file: &str, at: usize) -> Project {
    let bytes = fs::read(project.path(file)).unwrap();
    project.write(file, &bytes[..at])
}

#[test]
fn a_missing_file() {
    check(
        &Project::new().remove(SYSMON),
        ON_SYSMON,
        "sysmon",
        SYSMON,
        "DF401",
        "dataset-missing",
        "is not there",
    );
}

#[test]
fn an_empty_file() {
    check(
        &Project::new().write(SECURITY, ""),
        ON_SECURITY,
        "security",
        SECURITY,
        "DF402",
        "dataset-empty",
        "is empty",
    );
}

#[test]
fn a_file_without_an_event() {
    check(
        &Project::new().write(SYSMON, "\n\n \n"),
        ON_SYSMON,
        "sysmon",
        SYSMON,
        "DF402",
        "dataset-empty",
        "holds no event",
    );
}

#[test]
fn a_file_that_ends_within_an_event() {
    let words = "ends within an event";
    let project = cut(Project::new(), SYSMON, 300_000);
    check(
        &project,
        ON_SYSMON,
        "sysmon",
        SYSMON,
        "DF403",
        "dataset-truncated",
        words,
    );
    let project = cut(Project::new(), CROWDSTRIKE, 300_000);
    check(
        &project,
        ON_CROWDSTRIKE,
        "crowdstrike",
        CROWDSTRIKE,
        "DF403",
        "dataset-truncated",
        words,
    );
}

#[test]
fn a_git_lfs_pointer() {
    let project = Project::new().write(SECURITY, POINTER);
    check(
        &project,
        ON_SECURITY,
        "security",
        SECURITY,
        "DF404",
        "dataset-lfs-pointer",
        "Git LFS pointer",
    );
    project.test(&[]).says(&["git lfs pull"]);
}

#[test]
fn a_test_that_must_be_silent_is_not_passed_by_data_that_is_not_there() {
    let benign = "datasets/malware/qbot/msra/benign-remote-assistance.log";
    for project in [
        Project::new().remove(benign),
        Project::new().write(benign, ""),
        Project::new().write(benign, POINTER),
    ] {
        let run = project.test(&[]);
        run.ended(3);
        assert_eq!(run.case(SILENT).verdict(), "error", "{}", run.all());
    }
}

#[test]
fn a_folder_in_the_place_of_the_file() {
    let project = Project::new()
        .remove(SYSMON)
        .write(&format!("{SYSMON}/x"), "x");
    let run = project.test(&[]);
    run.ended(3).says(&["is a folder"]);
    assert_eq!(run.case(ON_SYSMON).verdict(), "error");
}
