//! `dryfire diff`: recorded runs, folders and git refs compared, and what ends it with an error.

use std::process::Command;

use crate::project::{DETECTION, MANIFEST, ON_SYSMON, Project};

/// Runs git in the project, without the user's configuration.
fn git(project: &Project, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
        .args(arguments)
        .current_dir(project.path("."))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status()
        .unwrap();
    assert!(status.success(), "git {arguments:?}");
}

/// A project whose state is committed.
fn committed() -> Project {
    let project = Project::new();
    git(&project, &["init", "--quiet"]);
    git(&project, &["add", "."]);
    git(&project, &["commit", "--quiet", "--message", "All"]);
    project
}

fn diff(project: &Project, arguments: &[&str]) -> (i32, String, String) {
    let output = project
        .command()
        .arg("diff")
        .args(arguments)
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_search_that_was_broken_since_a_commit() {
    let project = committed().replace(DETECTION, "=msra.exe", "=mstsc.exe");
    let (code, text, errors) = diff(&project, &["HEAD", "."]);
    assert_eq!(code, 1, "{text}\n{errors}");
    assert!(text.starts_with("HEAD → .\n3 newly failing"), "{text}");
    assert!(text.contains(ON_SYSMON), "{text}");
    assert!(text.contains("passed with 5 rows → failed: "), "{text}");
    assert!(text.contains("because its search was changed"), "{text}");
    assert!(text.contains("\n    manifests/qbot_msra.yml:"), "{text}");
}

#[test]
fn a_mend_is_no_failure_and_nothing_is_left_of_the_checkout() {
    let project = committed().replace(DETECTION, "=msra.exe", "=mstsc.exe");
    git(
        &project,
        &["commit", "--quiet", "--all", "--message", "Broken"],
    );
    let (code, text, _) = diff(&project, &["HEAD", "HEAD~1"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("FIXED (3)") && !text.contains("NEWLY"),
        "{text}"
    );
    let status = Command::new("git")
        .args(["status", "--porcelain"])
        .current_dir(project.path("."))
        .output()
        .unwrap();
    assert!(status.stdout.is_empty());
}

#[test]
fn two_recorded_runs_whose_rows_differ() {
    let project = Project::new();
    let first = project.test(&[]);
    let project = project.write("before.jsonl", first.json).replace(
        DETECTION,
        " Processes.parent_process_id |",
        " |",
    );
    let second = project.test(&[]);
    let project = project.write("after.jsonl", second.json);
    let (code, markdown, errors) = diff(
        &project,
        &["before.jsonl", "after.jsonl", "--format", "markdown"],
    );
    assert_eq!(code, 0, "{markdown}\n{errors}");
    assert!(markdown.contains("other rows"), "{markdown}");
    let (code, _, _) = diff(
        &project,
        &[
            "before.jsonl",
            "before.jsonl",
            "--format",
            "html",
            "--output",
            "diff.html",
        ],
    );
    assert_eq!(code, 0);
    assert!(project.read("diff.html").contains("Nothing changed."));
}

#[test]
fn what_is_no_run_is_named() {
    let project = committed().write("notes.txt", "hello\n");
    let (code, _, errors) = diff(&project, &["notes.txt", "HEAD"]);
    assert_eq!(code, 2);
    assert!(
        errors.contains("notes.txt:1: this is no event of a run"),
        "{errors}"
    );
    let (code, _, errors) = diff(&project, &["HEAD", "--upload-pack=x"]);
    assert_eq!(code, 2, "{errors}");
    let (code, _, errors) = diff(&project, &["no-such-ref", "HEAD"]);
    assert_eq!(code, 2);
    assert!(
        errors.contains("`no-such-ref` is neither a file or folder nor a commit"),
        "{errors}"
    );
}

#[test]
fn a_summary_and_a_layer_of_the_same_run() {
    let project = Project::new().replace(MANIFEST, "exactly: 5", "exactly: 6");
    let run = project.test(&["--summary", "summary.yml", "--navigator", "layer.json"]);
    assert_eq!(run.code, 1, "{}", run.all());
    let summary = project.read("summary.yml");
    assert!(
        summary.contains("total_fail: 1") && summary.contains("success: false"),
        "{summary}"
    );
    let layer: serde_json::Value = serde_json::from_str(&project.read("layer.json")).unwrap();
    assert_eq!(layer["techniques"][0]["score"], 1, "{layer}");
}
