//! `dryfire test --target`: a server's silence is believed only where the search could have seen the test's events.

use dryfire_testkit::{FakeSplunk, Held, Reply};
use serde_json::{Value, json};

use super::{Known, Lab};
use crate::project::{Project, Run, SILENT};

const ON_TARGET: [&str; 4] = ["test", "manifests", "--target", "lab"];

/// A manifest whose only test is silent.
fn project(search: &str) -> Project {
    Project::empty()
        .write(
            "manifests/m.yml",
            "manifest: 1\nname: m\ndetections: [d.yml]\ndatasets:\n  day: { path: day.log, source: s, sourcetype: plain }\ntests:\n  - name: quiet\n    silent_on: [day]\n",
        )
        .write("manifests/day.log", "2023-11-14 22:00:00 one\n2023-11-14 22:00:01 two\n")
        .write(
            "manifests/d.yml",
            format!(
                "name: D\nid: 0a000000-0000-4000-8000-000000000001\nversion: 1\ndate: '2026-01-01'\nauthor: A\nstatus: production\ntype: Hunting\ndescription: D\ndata_source: []\nsearch: '{search}'\nhow_to_implement: none\nknown_false_positives: none\nreferences: []\ntags:\n  asset_type: Endpoint\n  mitre_attack_id: [T1059]\n  product: [Splunk Enterprise]\n  security_domain: endpoint\n"
            ),
        )
}

/// Runs that test on a server that finds nothing.
fn run(search: &str, prepare: impl FnOnce(&FakeSplunk)) -> (Lab, Run) {
    let fake = FakeSplunk::start(|_| Vec::new());
    prepare(&fake);
    let lab = Lab::serve(project(search), fake);
    let run = lab.run(&ON_TARGET);
    lab.is_clean();
    (lab, run)
}

fn searches(lab: &Lab) -> Vec<String> {
    let requests = lab.fake.server.requests();
    requests
        .iter()
        .filter_map(|request| request.form("search"))
        .collect()
}

#[test]
fn silence_counts_where_the_search_sees_the_events() {
    for search in ["evil", "index=* evil | stats count by host"] {
        let (lab, run) = run(search, |_| {});
        run.ended(0).passed(&["quiet"]);
        assert_eq!(
            run.case("quiet").0["assumptions"],
            json!([]),
            "{}",
            run.all()
        );
        let control = searches(&lab);
        assert!(
            control.iter().any(|text| text.ends_with(" by index")),
            "{control:?}"
        );
    }
}

#[test]
fn silence_of_a_search_that_looks_elsewhere_proves_nothing() {
    for search in ["index=win evil", "index IN (win, unix) evil"] {
        let (_, run) = run(search, |_| {});
        run.ended(1)
            .case("quiet")
            .is("undetermined", "not-searched");
        run.says(&["none of the test's events"]);
    }
}

#[test]
fn default_indexes_without_the_tests_prove_nothing() {
    let fake = FakeSplunk::start_with(
        |_| Vec::new(),
        |request| {
            // The server counts in its default indexes, and the test's is none of them.
            let text = request.form("search").unwrap_or_default();
            if text == "| tstats count by index" {
                return Some(Reply::json(201, &json!({ "sid": "none" })));
            }
            (request.method == "GET" && request.path.ends_with("/jobs/none")).then(|| {
                Reply::json(200, &json!({ "entry": [{ "name": "none", "content": { "isDone": true, "dispatchState": "DONE", "resultCount": 0 } }] }))
            })
        },
    );
    let lab = Lab::serve(project("evil"), fake);
    lab.run(&ON_TARGET)
        .case("quiet")
        .is("undetermined", "not-searched");
}

#[test]
fn silence_of_summaries_or_event_types_is_an_assumption() {
    for search in [
        "| tstats count from datamodel=Endpoint.Processes by Processes.dest",
        "eventtype=shells evil",
    ] {
        let (_, run) = run(search, |_| {});
        run.passed(&["quiet"]);
        let assumed: &Value = &run.case("quiet").0["assumptions"];
        assert!(
            assumed.to_string().contains("the search found nothing"),
            "{}",
            run.all()
        );
    }
}

#[test]
fn errors_of_a_job_that_ended_well_make_its_silence_undetermined() {
    let (_, quiet) = run("evil", |fake| {
        fake.say("evil", "ERROR", "The lookup table 'x' could not be loaded");
    });
    quiet
        .ended(1)
        .case("quiet")
        .is("undetermined", "server-lacks");
    quiet.says(&["could not be loaded"]);
    // A warning is only told.
    let (_, warned) = run("evil", |fake| fake.say("evil", "WARN", "a peer is slow"));
    warned.ended(0).passed(&["quiet"]);
    let lab = Lab::new(Project::new());
    lab.fake.say("Processes", "FATAL", "a peer did not answer");
    lab.run(&ON_TARGET)
        .case(SILENT)
        .is("undetermined", "server-lacks");
    lab.is_clean();
}

#[test]
fn errors_of_the_searches_that_read_what_enterprise_security_made_are_no_verdict() {
    let name = "makes risk events and notables of Sysmon process creation";
    for part in ["search index=risk", "| from datamodel:Risk"] {
        let lab = Lab::new(Project::shipped());
        lab.has_enterprise_security();
        lab.fake.say(part, "ERROR", "a peer did not answer");
        let run = lab.run(&ON_TARGET);
        run.case(name).is("undetermined", "server-lacks");
        lab.is_clean();
    }
}

#[test]
fn that_no_risk_event_came_counts_where_the_account_sees_the_index() {
    let name = "makes risk events and notables of Sysmon process creation";
    let lab = || {
        let project = Project::shipped();
        let known = Known::of(&project.test(&[]));
        // Enterprise Security makes nothing.
        let fake = FakeSplunk::start_counting(move |text, events| {
            match text.starts_with("search index=risk") {
                true => Vec::new(),
                false => known.rows(text, events),
            }
        });
        let lab = Lab::serve(project, fake);
        lab.has_enterprise_security();
        lab
    };
    let run = lab().run(&ON_TARGET);
    run.case(name).is("undetermined", "not-searched");
    run.says(&["the account sees no event at all there"]);
    let lab = lab();
    // An event of somebody's.
    lab.fake.hold(Held {
        index: "risk".into(),
        ..Held::default()
    });
    let run = lab.run(&ON_TARGET);
    assert_eq!(run.case(name).verdict(), "failed", "{}", run.all());
}

#[test]
fn a_run_searches_as_one_who_may_not_delete() {
    let (lab, _) = run("evil", |_| {});
    let requests = lab.fake.server.requests();
    let role = requests
        .iter()
        .find(|request| request.method == "POST" && request.path.ends_with("/authorization/roles"));
    let role = role.unwrap().text();
    assert!(role.contains("srchIndexesAllowed=risk"), "{role}");
    assert!(!role.to_lowercase().contains("delete"), "{role}");
}

#[test]
fn a_search_that_writes_is_not_sent() {
    for (search, command) in [
        ("one | outputlookup append=t seen", "outputlookup"),
        ("one | append [search two | collect index=main]", "collect"),
    ] {
        let (lab, run) = run(search, |_| {});
        run.ended(1).case("quiet").is("undetermined", "writes");
        run.says(&[&format!("`{command}` of the search changes")]);
        let sent = searches(&lab);
        assert!(sent.iter().all(|text| !text.contains(command)), "{sent:?}");
    }
}
