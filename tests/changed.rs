//! `--changed`: a pull request that silences detections through a macro is caught, and every report says why they were run.

use std::process::Command;

use crate::project::{Project, Run};

/// Five detections: three read their events through `app_logs`, one of them through another macro; two read them themselves.
const THROUGH: &[(&str, &str)] = &[
    ("one", "`app_logs` action=login | stats count by user"),
    ("two", "`app_logs` action=logout | stats count by user"),
    ("three", "`failed_logins` | stats count by user"),
    (
        "four",
        "sourcetype=app:log action=login | stats count by user",
    ),
    (
        "five",
        "sourcetype=app:log action=logout | lookup users user OUTPUT team | search team=*",
    ),
];

/// A content repository in Git, as a branch finds it.
pub(crate) fn repository() -> Project {
    let mut project = Project::empty()
        .write("contentctl.yml", "app: {label: Mine}\n")
        .write(".gitignore", "/run.jsonl\n/junit.xml\n/out.md\n/html\n")
        .write("macros/app_logs.yml", "name: app_logs\ndefinition: sourcetype=app:log\n")
        .write("macros/failed_logins.yml", "name: failed_logins\ndefinition: '`app_logs` action=failure'\n")
        .write("lookups/users.yml", "name: users\nlookup_type: csv\n")
        .write("lookups/users.csv", "user,team\nbob,red\n")
        .write(
            "data/app.log",
            "2026-01-01T00:00:01Z action=login user=bob\n2026-01-01T00:00:02Z action=failure user=bob\n2026-01-01T00:00:03Z action=logout user=bob\n",
        );
    for (number, (name, search)) in THROUGH.iter().enumerate() {
        let text = format!(
            "name: Detection {name}\nid: 00000000-0000-4000-8000-00000000000{number}\nversion: 1\ndate: '2026-01-01'\nauthor: A\nstatus: production\n\
             type: Hunting\ndescription: d\nsearch: '{search}'\nhow_to_implement: h\nknown_false_positives: k\nreferences: []\n\
             tags: {{analytic_story: [S], asset_type: E, mitre_attack_id: [T1078], product: [Splunk Enterprise], security_domain: access}}\n\
             tests:\n  - name: fires\n    attack_data: [{{data: data/app.log, source: app, sourcetype: 'app:log'}}]\n"
        );
        project = project.write(&format!("detections/{name}.yml"), text);
    }
    git(&project, &["init", "--quiet", "--initial-branch=main"]);
    commit(&project);
    git(&project, &["checkout", "--quiet", "-b", "change"]);
    project
}

fn git(project: &Project, arguments: &[&str]) {
    let output = Command::new("git")
        .current_dir(project.path("."))
        .args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

fn commit(project: &Project) {
    git(project, &["add", "--all"]);
    git(project, &["commit", "--quiet", "-m", "state"]);
}

fn ran(run: &Run) -> Vec<String> {
    let cases = run.each("case_finished");
    let name = |case: &serde_json::Value| case["case"]["detection"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = cases.iter().map(name).collect();
    names.sort();
    names
}

const SINCE_MAIN: &[&str] = &["test", ".", "--changed", "--base", "main"];

#[test]
fn a_macro_that_silences_three_detections_is_caught_with_the_reason_in_every_report() {
    let project = repository();
    project.run(&["test", "."]).ended(0);
    let project = project.replace(
        "macros/app_logs.yml",
        "sourcetype=app:log",
        "sourcetype=app:lgo",
    );
    commit(&project);
    let reports = [
        "--junit",
        "junit.xml",
        "--markdown",
        "out.md",
        "--html",
        "html",
        "--github",
    ];
    let run = project.run(&[SINCE_MAIN, &reports[..]].concat());
    run.ended(1);
    assert_eq!(
        ran(&run),
        ["Detection one", "Detection three", "Detection two"],
        "{}",
        run.all()
    );
    let direct = "macro `app_logs` changed (macros/app_logs.yml)";
    let through = "macro `app_logs` changed (macros/app_logs.yml), used through `failed_logins`";
    for case in run.each("case_finished") {
        let wanted = if case["case"]["detection"] == "Detection three" {
            through
        } else {
            direct
        };
        assert_eq!(case["selected"], serde_json::json!([wanted]));
        assert!(case["verdict"]["failed"].is_object(), "{case}");
    }
    // The terminal, the annotations and the other reports.
    run.says(&[
        "3 failed",
        &format!("  selected: {direct}\n"),
        &format!("  selected: {through}\n"),
    ]);
    let annotations: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("::error "))
        .collect();
    assert_eq!(annotations.len(), 3, "{}", run.all());
    assert!(
        annotations
            .iter()
            .all(|line| line.contains(&format!("%0Aselected: {direct}"))),
        "{annotations:?}"
    );
    for (file, text) in [
        ("junit.xml", direct.to_owned()),
        (
            "out.md",
            "<br>selected: macro \\`app\\_logs\\` changed (macros/app\\_logs.yml)".to_owned(),
        ),
        ("out.md", format!("  selected: {through}")),
        (
            "html/detections/00000000-0000-4000-8000-000000000002.html",
            format!("Selected: {through}"),
        ),
    ] {
        let html = project.read(file).replace("&#96;", "`");
        assert!(html.contains(&text), "{file} lacks {text}:\n{html}");
    }
    assert!(
        run.stderr.contains("1 file changed since main ("),
        "{}",
        run.all()
    );
}

#[test]
fn what_is_not_committed_counts_and_nothing_is_no_failure() {
    let project = repository();
    project.run(SINCE_MAIN).ended(0);
    // Changed and staged, changed, and not known to Git.
    let project = project.replace("detections/four.yml", "version: 1", "version: 2");
    git(&project, &["add", "detections/four.yml"]);
    let project = project.write("lookups/users.csv", "user,team\nbob,blue\n");
    let text = project.read("detections/one.yml");
    let text = text
        .replace("Detection one", "Detection new")
        .replace("-000000000000", "-00000000000a");
    let project = project.write("detections/new.yml", text);
    let run = project.run(SINCE_MAIN);
    run.ended(0);
    assert_eq!(
        ran(&run),
        ["Detection five", "Detection four", "Detection new"],
        "{}",
        run.all()
    );
    // Without a remote and an upstream, what is not committed is what changed.
    assert_eq!(
        ran(project.run(&["test", ".", "--changed"]).ended(0)),
        ran(&run)
    );
    commit(&project);
    assert_eq!(
        ran(project.run(&["test", ".", "--changed"]).ended(0)),
        [""; 0]
    );
    assert_eq!(ran(project.run(SINCE_MAIN).ended(0)), ran(&run));
}

#[test]
fn a_deleted_macro_and_the_configuration_touch_what_they_should() {
    let project = repository().remove("macros/failed_logins.yml");
    let run = project.run(SINCE_MAIN);
    run.ended(1)
        .says(&["selected: macro `failed_logins` is gone (macros/failed_logins.yml)"]);
    assert_eq!(ran(&run), ["Detection three"]);
    git(&project, &["checkout", "--quiet", "."]);
    let project = project.write("dryfire.toml", "");
    let run = project.run(SINCE_MAIN);
    assert_eq!(ran(run.ended(0)).len(), 5, "{}", run.all());
    let project = project.remove("dryfire.toml").write("README.md", "x");
    assert_eq!(ran(project.run(SINCE_MAIN).ended(0)), [""; 0]);
}

#[test]
fn what_main_did_meanwhile_does_not_count() {
    let project = repository();
    let project = project.replace("detections/four.yml", "version: 1", "version: 2");
    commit(&project);
    git(&project, &["checkout", "--quiet", "main"]);
    let project = project.replace("detections/one.yml", "version: 1", "version: 2");
    commit(&project);
    git(&project, &["checkout", "--quiet", "change"]);
    assert_eq!(ran(project.run(SINCE_MAIN).ended(0)), ["Detection four"]);
}

#[test]
fn git_s_troubles_are_told() {
    let project = repository();
    for (arguments, text) in [
        (
            &["--changed", "--base", "nowhere"][..],
            "Git knows no commit `nowhere`",
        ),
        (
            &["--changed", "--base=--help"],
            "Git knows no commit `--help`",
        ),
        (
            &["--filter", "changed(nowhere)"],
            "Git knows no commit `nowhere`",
        ),
    ] {
        let run = project.run(&[&["test", "."], arguments].concat());
        run.ended(2);
        assert!(run.stderr.contains(text), "{}", run.all());
    }
    let outside = Project::shipped();
    let run = outside.run(&["test", "manifests", "--changed"]);
    run.ended(2);
    assert!(
        run.stderr.contains("is in no Git repository"),
        "{}",
        run.all()
    );
}

#[test]
fn cases_are_listed_with_the_reason() {
    let project = repository().replace("macros/app_logs.yml", "app:log", "app:lgo");
    let run = project.run(
        &[
            SINCE_MAIN,
            &["--list", "--filter", "macro(failed*) | name(~one)"],
        ]
        .concat(),
    );
    run.ended(0);
    let expected = "\
Detection one · fires  00000000-0000-4000-8000-000000000000/fires/app.log
    macro `app_logs` changed (macros/app_logs.yml)
    name Detection one
Detection three · fires  00000000-0000-4000-8000-000000000002/fires/app.log
    macro `app_logs` changed (macros/app_logs.yml), used through `failed_logins`
    macro failed_logins
2 cases
";
    assert_eq!(run.stdout, expected);
    assert!(run.json.is_empty(), "nothing ran");
    project
        .run(&["test", ".", "--list", "--filter", "name(nothing)"])
        .ended(4);
}

#[test]
fn shards_are_disjoint_and_together_everything() {
    let project = repository();
    let mut all = Vec::new();
    for number in 1..=3 {
        let part = project.run(&[
            "test",
            ".",
            "--allow-empty",
            "--shard",
            &format!("{number}/3"),
        ]);
        all.extend(ran(part.ended(0)));
    }
    all.sort();
    assert_eq!(all, ran(project.run(&["test", "."]).ended(0)));
    let wrong = project.run(&["test", ".", "--shard", "4/3"]);
    assert!(
        wrong.ended(2).stderr.contains("write i/n"),
        "{}",
        wrong.all()
    );
}

#[test]
fn what_failed_is_run_again_until_it_passes() {
    let project = repository().replace(
        "macros/failed_logins.yml",
        "action=failure",
        "action=nothing",
    );
    let again = ["test", ".", "--rerun", "failed"];
    let unknown = project.run(&again);
    assert!(
        unknown.ended(2).stderr.contains("is known"),
        "{}",
        unknown.all()
    );
    project.run(&["test", "."]).ended(1);
    // A run of others forgets nothing.
    project
        .run(&["test", ".", "--filter", "name(~one)"])
        .ended(0);
    assert_eq!(ran(project.run(&again).ended(1)), ["Detection three"]);
    let project = project.replace(
        "macros/failed_logins.yml",
        "action=nothing",
        "action=failure",
    );
    assert_eq!(ran(project.run(&again).ended(0)), ["Detection three"]);
    assert_eq!(ran(project.run(&again).ended(0)), [""; 0]);
}

#[test]
fn after_a_failure_nothing_more_is_begun() {
    let mut project = repository().replace("detections/one.yml", "action=login", "action=nothing");
    for number in 100..140 {
        let text = project.read("detections/four.yml");
        let text = text
            .replace("Detection four", &format!("Detection {number}"))
            .replace("000000000003", &format!("000000000{number}"));
        project = project.write(&format!("detections/x{number}.yml"), text);
    }
    let run = project.run(&["test", ".", "--fail-fast"]);
    run.ended(1);
    let verdict = |label: &str| {
        run.each("case_finished")
            .iter()
            .filter(|case| case["verdict"].get(label).is_some())
            .count()
    };
    assert_eq!(
        (verdict("failed"), verdict("passed"), verdict("cancelled")),
        (1, 15, 29),
        "{}",
        run.all()
    );
    let run = project.run(&["test", "."]);
    assert_eq!(
        run.each("case_finished")
            .iter()
            .filter(|case| case["verdict"].get("cancelled").is_some())
            .count(),
        0
    );
}

#[test]
fn a_mistake_in_an_expression_is_told_before_anything_is_loaded() {
    let run = repository().run(&["test", ".", "--filter", "nam(x)"]);
    assert!(
        run.ended(2).stderr.contains("did you mean `name`?"),
        "{}",
        run.all()
    );
}

#[cfg(unix)]
#[test]
fn watching_runs_what_a_change_touches_until_it_is_interrupted() {
    use std::io::{BufRead, BufReader};

    let project = repository();
    let mut child = Command::new(env!("CARGO_BIN_EXE_dryfire"))
        .args(["test", ".", "--watch"])
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .current_dir(project.path("."))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut until = |text: &str| {
        assert!(
            lines.any(|line| line.unwrap().contains(text)),
            "nothing says {text}"
        );
    };
    until("5 passed");
    // From here on, files are compared with what they were.
    assert!(told.any(|line| line.unwrap().contains("watching")));
    let project = project.replace("macros/app_logs.yml", "app:log", "app:other");
    until("selected: macro `app_logs` changed");
    until("0 passed, 3 failed");
    assert!(told.any(|line| line.unwrap().contains("watching")));
    let project = project.replace("macros/app_logs.yml", "app:other", "app:log");
    until("3 passed");
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(project);
}
