//! `dryfire test --target`: manifests on a Splunk.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dryfire_testkit::{Reply, Scripted};
use serde_json::json;

use super::{Lab, done, planned};
use crate::project::{ON_CROWDSTRIKE, ON_SECURITY, ON_SYSMON, Project, SILENT, SYSMON, VALID};

const ON_TARGET: [&str; 4] = ["test", "manifests", "--target", "lab"];

#[test]
fn a_manifest_has_the_verdicts_that_it_has_locally_and_nothing_is_left() {
    let lab = Lab::new(Project::shipped());
    let reports = ["--junit", "j.xml", "--html", "html", "--markdown", "m.md"];
    let run = lab.run(&[&ON_TARGET[..], &reports[..]].concat());
    run.ended(0)
        .passed(&[ON_SYSMON, ON_SECURITY, ON_CROWDSTRIKE, SILENT, VALID]);
    assert_eq!(run.each("run_started")[0]["target"], "lab");
    // Nobody looked which events the rows stem from: that is said.
    assert!(
        run.case(ON_SYSMON).0["assumptions"]
            .to_string()
            .contains("`fires_on` is not judged"),
        "{}",
        run.all()
    );
    // Enterprise Security is not there: its part is simulated, and said to be.
    let integration = run.case("makes risk events and notables of Sysmon process creation");
    assert_eq!(integration.0["simulated"].as_array().unwrap().len(), 2);
    lab.is_clean();
    // The reports were looked through for secrets: they are there.
    for report in ["j.xml", "m.md", "html/index.html", "journal.jsonl"] {
        assert!(lab.project.path(report).exists(), "{report}");
    }
    assert_eq!(lab.fake.passwords().len(), 1);
    assert_eq!(lab.fake.server.count("POST", "/services/auth/login"), 2);
}

#[test]
fn each_event_is_sent_once_with_its_own_time() {
    let lab = Lab::new(Project::new());
    lab.run(&ON_TARGET).ended(0);
    let lines: Vec<String> = lab
        .fake
        .received()
        .iter()
        .flat_map(|batch| batch.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let run = lab.project.test(&[]);
    let events: u64 = run
        .each("case_finished")
        .iter()
        .flat_map(|case| case["datasets"].as_array().unwrap().clone())
        .filter_map(|data| data["events"].as_u64())
        .sum();
    assert_eq!(lines.len() as u64, events);
    let first: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    assert_ne!(first["time"], "0.000000");
    assert_eq!(first["sourcetype"], "XmlWinEventLog");
}

#[test]
fn the_plan_is_what_is_then_done() {
    let lab = Lab::new(Project::shipped());
    let plan = lab.run(&[&ON_TARGET[..], &["--plan"]].concat());
    plan.ended(0);
    assert!(lab.writes().is_empty(), "a plan changes nothing");
    lab.run(&ON_TARGET).ended(0);
    assert_eq!(planned(&plan.stdout), done(&lab.writes()));
    plan.says(&[
        "create the index `dryfire_run_",
        "search as `Windows Remote",
    ]);
}

#[test]
fn the_plan_with_enterprise_security_is_what_is_then_done() {
    let lab = Lab::new(Project::shipped());
    let project = lab.project.replace(
        "dryfire.toml",
        "journal =",
        "raw_sourcetypes = [\"crowdstrike:events:sensor\"]\njournal =",
    );
    let lab = Lab { project, ..lab };
    lab.has_enterprise_security();
    let plan = lab.run(&[&ON_TARGET[..], &["--plan"]].concat());
    plan.ended(0);
    assert!(lab.writes().is_empty(), "a plan changes nothing");
    lab.run(&ON_TARGET);
    let planned = planned(&plan.stdout);
    assert_eq!(planned, done(&lab.writes()));
    // Else this would compare less than it says.
    for call in [
        "/dispatch",
        "/collector/event",
        "/collector/raw",
        "/collector/ack",
        "| delete",
    ] {
        assert!(
            planned.iter().any(|one| one.ends_with(call)),
            "{call}: {planned:?}"
        );
    }
    // Each detection's search that is named is sent, and none else.
    let requests = lab.fake.server.requests();
    let texts = requests.iter().filter(|one| one.path.ends_with("/jobs"));
    let texts = texts.filter_map(|one| one.form("search"));
    let detections =
        texts.filter(|text| text.contains("_remote_assistance") || text.contains("Processes"));
    assert_eq!(
        plan.stdout.matches("\n    SEARCH\n").count(),
        detections.count()
    );
    lab.is_clean();
}

#[test]
fn production_is_never_written_to() {
    let lab = Lab::new(Project::new());
    for more in [&[][..], &["--plan"]] {
        let arguments = [&["test", "manifests", "--target", "prod"][..], more].concat();
        let run = lab.run(&arguments);
        assert_eq!(run.code, 2, "{}", run.all());
        assert!(
            run.stderr
                .contains("is a `prod` target: nothing writes there")
        );
    }
    assert!(
        lab.fake.server.requests().is_empty(),
        "nothing was even asked"
    );
}

#[test]
fn an_index_that_is_not_allowed_gets_nothing() {
    let lab = Lab::new(Project::new());
    let project = lab.project.replace(
        "dryfire.toml",
        "journal =",
        "indexes = [\"attack_*\"]\nindex = \"main\"\njournal =",
    );
    let lab = Lab { project, ..lab };
    let run = lab.run(&ON_TARGET);
    run.ended(3)
        .says(&["the target allows only the indexes attack_*"]);
    run.case(ON_SYSMON).is("error", "target");
    lab.is_clean();
}

#[test]
fn an_index_that_is_there_is_emptied_between_tests_and_kept() {
    let lab = Lab::new(Project::new());
    let project = lab.project.replace(
        "dryfire.toml",
        "journal =",
        "indexes = [\"main\"]\nindex = \"main\"\njournal =",
    );
    let lab = Lab { project, ..lab };
    lab.run(&ON_TARGET)
        .ended(0)
        .passed(&[ON_SYSMON, ON_SECURITY, ON_CROWDSTRIKE, SILENT]);
    lab.is_clean();
    assert!(lab.writes().contains(&"SEARCH | delete".to_owned()));
    // Where somebody's events are in it, no verdict could be trusted.
    lab.run(&["replay", SYSMON, "--target", "lab"]).ended(0);
    let run = lab.run(&ON_TARGET);
    run.ended(3).case(ON_SYSMON).is("error", "target");
    run.says(&["the index `main` holds 430 events that are not the test's"]);
    assert_eq!(lab.fake.events().len(), 430);
}

#[test]
fn enterprise_security_makes_the_events_by_a_copy_that_is_removed() {
    let name = "ESCU - Windows Remote Assistance Spawning Process - Rule";
    let lab = Lab::new(Project::shipped());
    lab.has_enterprise_security();
    let run = lab.run(&ON_TARGET);
    let integration = run.case("makes risk events and notables of Sysmon process creation");
    assert!(
        integration.0["simulated"].as_array().unwrap().is_empty(),
        "{}",
        run.all()
    );
    run.ended(0);
    lab.is_clean();
    // An installed search lends its actions, but for those that reach out, and is neither run nor changed.
    lab.fake.install(
        name,
        &[
            ("search", "index=everything"),
            ("action.risk", "1"),
            ("action.risk.param._risk_message", "installed"),
            ("action.notable", "1"),
            ("action.email", "1"),
            ("action.email.to", "soc@example"),
            ("actions", "risk,notable,email"),
        ],
    );
    lab.run(&ON_TARGET).ended(0);
    assert_eq!(lab.fake.saved(), [name]);
    let requests = lab.fake.server.requests();
    let copies: Vec<String> = requests
        .iter()
        .filter(|request| request.path.ends_with("/saved/searches") && request.method == "POST")
        .map(dryfire_testkit::Request::text)
        .collect();
    assert_eq!(copies.len(), 6, "{copies:?}");
    for copy in &copies[3..] {
        assert!(copy.contains("_risk_message=installed"), "{copy}");
        assert!(
            copy.contains("actions=risk%2Cnotable&") || copy.ends_with("actions=risk%2Cnotable"),
            "{copy}"
        );
        assert!(
            !copy.contains("email") && !copy.contains("everything"),
            "{copy}"
        );
        assert!(copy.contains("is_scheduled=0"), "{copy}");
    }
    assert!(
        requests
            .iter()
            .all(|request| !request.path.contains("/ESCU%20-") || request.method == "GET"),
        "the installed search is only read"
    );
}

#[test]
fn old_events_in_an_index_that_drops_them_are_told_with_the_verdict() {
    let project = Project::new();
    let old = project.read(SYSMON).replace("2022-01-11", "2012-01-11");
    let lab = Lab::new(project.write(SYSMON, old));
    let project = lab.project.replace(
        "dryfire.toml",
        "journal =",
        "indexes = [\"main\"]\nindex = \"main\"\njournal =",
    );
    let lab = Lab { project, ..lab };
    let run = lab.run(&ON_TARGET);
    let told = run.case(ON_SYSMON).finding("DF419").to_string();
    assert!(
        told.contains("the index `main` keeps events for 2184 days"),
        "{told}"
    );
    assert!(
        !run.case(SILENT).0["findings"].to_string().contains("DF419"),
        "{}",
        run.all()
    );
}

#[test]
fn an_interrupt_undoes_what_was_made() {
    let begun = Arc::new(AtomicBool::new(false));
    let seen = begun.clone();
    let lab = Lab::with(Project::new(), move |request| {
        // The first detection's search never ends.
        let search = request.form("search").unwrap_or_default();
        let hangs = request.path.ends_with("/jobs") && search.contains("Processes");
        hangs.then(|| {
            seen.store(true, Ordering::Relaxed);
            Reply::Silence
        })
    });
    let mut child = lab.spawn_until(&ON_TARGET, &begun);
    assert_eq!(lab.fake.indexes().len(), 4);
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    lab.is_clean();
}

#[test]
fn a_target_that_is_not_set_up_is_said_with_what_to_do() {
    let lab = Lab::new(Project::new());
    let run = lab.run(&["test", "manifests", "--target", "labb"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .contains("there is no target `labb`: dryfire.toml has `lab`, `prod`")
    );
    let run = lab
        .project
        .command()
        .args(ON_TARGET)
        .env_remove("DRYFIRE_LAB_PASSWORD")
        .assert()
        .code(2);
    let told = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(
        told.contains("set DRYFIRE_LAB_PASSWORD in the environment"),
        "{told}"
    );
    let project = lab.project.replace("dryfire.toml", "\"lab\"", "\"labor\"");
    let run = Lab { project, ..lab }.run(&ON_TARGET);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("`lab` or `prod`"), "{}", run.all());
}

#[test]
fn servers_that_refuse_or_are_none_end_the_run_with_3() {
    let refusing = Lab::with(Project::new(), |request| {
        request.path.ends_with("/auth/login").then(|| {
            Reply::json(
                401,
                &json!({ "messages": [{ "type": "WARN", "text": "Login failed" }] }),
            )
        })
    });
    let run = refusing.run(&ON_TARGET);
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(
        run.stderr
            .contains("refuses the credentials (Login failed)")
    );

    let web = Scripted::start(|_| Reply::Whole {
        status: 200,
        headers: vec![("Content-Type".into(), "text/html".into())],
        body: b"<html>".to_vec(),
    });
    let url = refusing.fake.server.url().to_string();
    let project = refusing
        .project
        .replace("dryfire.toml", &url, web.url().as_str());
    let run = Lab {
        project,
        ..refusing
    }
    .run(&ON_TARGET);
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(
        run.stderr.contains("is not one of Splunk's"),
        "{}",
        run.all()
    );
}

#[test]
fn a_lost_answer_of_the_collector_is_found_out_by_counting() {
    // Batches arrive, and the answers are lost: they must not be sent again.
    let lab = Lab::new(Project::new());
    lab.fake.lose_answers("/collector/event", 2);
    lab.run(&ON_TARGET)
        .ended(0)
        .passed(&[ON_SYSMON, ON_SECURITY, ON_CROWDSTRIKE, SILENT]);
    lab.got_each_event_once();
    lab.is_clean();
}

#[test]
fn a_search_that_the_server_refuses_fails_alone_and_a_missing_lookup_proves_nothing() {
    for (text, verdict, category) in [
        (
            "Error in 'SearchParser': mismatched quotes",
            "failed",
            "invalid-search",
        ),
        (
            "The lookup table 'x' does not exist",
            "undetermined",
            "server-lacks",
        ),
    ] {
        let lab = Lab::with(Project::new(), move |request| {
            let search = request.form("search").unwrap_or_default();
            (request.path.ends_with("/jobs") && search.contains("Processes")).then(|| {
                Reply::json(
                    400,
                    &json!({ "messages": [{ "type": "FATAL", "text": text }] }),
                )
            })
        });
        let run = lab.run(&ON_TARGET);
        run.ended(1).case(ON_SYSMON).is(verdict, category);
        run.says(&[text]);
        lab.is_clean();
    }
}

#[test]
fn a_test_for_other_targets_is_skipped() {
    let lab = Lab::new(Project::new().replace(
        crate::project::MANIFEST,
        "    datasets: [sysmon]\n",
        "    datasets: [sysmon]\n    targets: [local]\n",
    ));
    let run = lab.run(&ON_TARGET);
    run.ended(0).case(ON_SYSMON).is("skipped", "other-target");
}
