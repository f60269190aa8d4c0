//! `[[expected_failure]]` of `dryfire.toml`: a failure that somebody answers for, up to a day.

use crate::changed::repository;
use crate::project::Project;

fn with(project: Project, entry: &str) -> Project {
    let text =
        format!("[[expected_failure]]\n{entry}\nowner = \"blue team\"\nreason = \"ticket 7\"\n");
    project.write("dryfire.toml", text)
}

fn broken() -> Project {
    repository().replace("detections/one.yml", "action=login", "action=nothing")
}

const REPORTS: &[&str] = &[
    "--junit",
    "junit.xml",
    "--markdown",
    "out.md",
    "--html",
    "html",
    "--github",
];

#[test]
fn an_expected_failure_fails_no_run_and_every_report_names_it() {
    let project = with(
        broken(),
        "detection = \"Detection one\"\nexpires = 9999-12-31",
    );
    let run = project.run(&[&["test", "."], REPORTS].concat());
    run.ended(0).says(&["4 passed, 0 failed, 1 skipped"]);
    let cases = run.each("case_finished");
    let case = cases
        .iter()
        .find(|case| case["case"]["detection"] == "Detection one")
        .unwrap();
    assert_eq!(
        case["verdict"]["skipped"]["reason"]["category"],
        "expected-failure"
    );
    // The evidence is kept.
    assert_eq!(case["mismatches"].as_array().unwrap().len(), 1);
    let text = "failed, as blue team (ticket 7) expects until 9999-12-31";
    run.says(&[text]);
    assert!(
        run.stdout
            .lines()
            .any(|line| line.starts_with("::notice ") && line.contains(text)),
        "{}",
        run.all()
    );
    for file in [
        "junit.xml",
        "out.md",
        "html/detections/00000000-0000-4000-8000-000000000000.html",
    ] {
        assert!(
            project.read(file).contains(text),
            "{file}:\n{}",
            project.read(file)
        );
    }
}

#[test]
fn a_pass_that_was_not_expected_is_a_failure() {
    let project = with(
        repository(),
        "detection = \"Detection one\"\ntest = \"fires\"\nexpires = 9999-12-31",
    );
    let run = project.run(&["test", "."]);
    run.ended(1).says(&[
        "it passes, though blue team (ticket 7) expects it to fail until 9999-12-31",
        "dryfire.toml:",
    ]);
    run.case("fires");
}

#[test]
fn a_failure_that_was_expected_until_a_day_in_the_past_is_one() {
    let project = with(
        broken(),
        "detection = \"00000000-0000-4000-8000-000000000000\"\nexpires = \"2020-01-31\"",
    );
    let run = project.run(&["test", "."]);
    run.ended(1).says(&[
        "blue team (ticket 7) expected this failure until 2020-01-31, which is past",
        "1 failed",
    ]);
}

#[test]
fn mistakes_are_told() {
    for (entry, code, text) in [
        (
            "detection = \"Detection won\"\nexpires = 9999-12-31",
            1,
            "did you mean `Detection one`?",
        ),
        (
            "detection = \"Detection one\"\ntest = \"fire\"\nexpires = 9999-12-31",
            1,
            "did you mean `fires`?",
        ),
        (
            "case = \"x\"\nexpires = 9999-12-31",
            1,
            "no case has the id `x`",
        ),
        ("expires = 9999-12-31", 2, "either `detection`"),
        (
            "detection = \"Detection one\"\nexpires = \"soon\"",
            2,
            "`soon` is not a date",
        ),
        ("detection = \"Detection one\"", 2, "`expires`"),
    ] {
        let run = with(broken(), entry).run(&["test", "."]);
        assert!(
            run.code == code || (run.code == 1 && code == 2),
            "{entry} {}",
            run.all()
        );
        run.says(&[text]);
    }
}
