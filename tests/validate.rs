//! `dryfire validate`: findings in the order of their places, the exit code, rules by name; and `type: validation` cases.

use predicates::prelude::*;
use serde_json::Value;

use crate::project::{DETECTION, MANIFEST, Project, VALID, dryfire};

fn lines(output: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(output).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn what_ships_is_valid() {
    dryfire()
        .args(["validate", "manifests", "--format", "concise"])
        .assert()
        .code(0)
        .stdout(predicate::str::contains("0 errors"));
}

#[test]
fn a_misspelt_token_is_found_at_its_line_by_every_way() {
    let project =
        Project::shipped().replace(DETECTION, "shell $process_name$", "shell $proces_name$");
    let text = project.read(DETECTION);
    let line = text[..text.find("$proces_name$").unwrap()]
        .matches('\n')
        .count()
        + 1;
    let manifest = project.path(MANIFEST);

    let assert = dryfire()
        .arg("validate")
        .arg(&manifest)
        .args(["--format", "json", "--rule", "message-token"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("DF117 message-token"));
    let found = lines(&assert.get_output().stdout);
    assert!(!found.is_empty());
    for one in &found {
        assert_eq!(
            (&one["code"], &one["severity"], &one["rule"]),
            (&"DF117".into(), &"error".into(), &"message-token".into())
        );
        assert!(
            one["detection"].is_string()
                && one["help"].as_str().unwrap().contains("`process_name`")
        );
    }
    assert_eq!(found[0]["place"]["line"], line);

    dryfire()
        .arg("validate")
        .arg(&manifest)
        .assert()
        .code(1)
        .stdout(
            predicate::str::contains(format!(":{line}:"))
                .and(predicate::str::contains("did you mean `process_name`?")),
        );

    let run = project.test(&[]);
    run.case(VALID).is("failed", "validation");
}

#[test]
fn paths_and_rules_that_are_not_there_are_usage() {
    let project = Project::empty();
    dryfire()
        .args(["validate", "no/such/folder"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("is not there"));
    dryfire()
        .args(["validate", "manifests", "--rule", "message-tokens"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("did you mean message-token?"));
    dryfire()
        .arg("validate")
        .arg(project.path("."))
        .assert()
        .code(2);
}
