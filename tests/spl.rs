//! `dryfire spl`: the list, a page in each format, and a name that is none.

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::project::dryfire;

#[test]
fn the_list_names_everything_with_its_support() {
    dryfire().arg("spl").assert().code(0).stderr("").stdout(
        contains("undetermined here")
            .and(contains("external"))
            .and(contains("mvexpand"))
            .and(contains("relative_time"))
            .and(contains("earliest_time")),
    );
}

#[test]
fn a_page_shows_syntax_options_open_points_and_examples() {
    dryfire()
        .args(["spl", "BUCKET"])
        .assert()
        .code(0)
        .stderr("")
        .stdout(
            contains("bin (command, ")
                .and(contains("span"))
                .and(contains("Open in Splunk's manual"))
                .and(contains("bin _time span=5m"))
                .and(contains("1699999800")),
        );
    // A name of two kinds has two pages; a family answers to its members.
    dryfire()
        .args(["spl", "replace"])
        .assert()
        .stdout(contains("(command, ").and(contains("(function, ")));
    dryfire()
        .args(["spl", "perc95"])
        .assert()
        .stdout(contains("perc (statistic, "));
    dryfire()
        .args(["spl", "cyberchef"])
        .assert()
        .stdout(contains("external").and(contains("Splunk target")));
}

#[test]
fn pages_come_as_json_and_markdown() {
    let output = dryfire()
        .args(["spl", "stats", "--format", "json"])
        .output()
        .unwrap();
    let page: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(page["name"], "stats");
    assert_eq!(page["support"], "supported");
    assert!(page["examples"][0]["result"].is_array());
    dryfire()
        .args(["spl", "stats", "--format", "markdown"])
        .assert()
        .stdout(contains("# stats\n").and(contains("## Examples")));
    let folder = tempfile::tempdir().unwrap();
    dryfire()
        .arg("spl")
        .arg("--write")
        .arg(folder.path())
        .assert()
        .code(0);
    let page = std::fs::read_to_string(folder.path().join("commands/stats.md")).unwrap();
    assert!(page.starts_with("# stats\n"));
    assert!(folder.path().join("uncertain.md").exists());
}

#[test]
fn a_name_that_is_none_gets_the_nearest() {
    dryfire()
        .args(["spl", "mvexpend"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("did you mean `mvexpand`?"));
}
