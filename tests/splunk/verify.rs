//! `dryfire verify`: a deployment that is as the content needs it, and each way in which one drifts.

use dryfire_testkit::{FakeSplunk, Reply};
use serde_json::{Value, json};

use super::Lab;
use crate::project::{Project, Run};

const SPL: &str = "`sysmon` EventCode=1 Image=\"*evil.exe\" | lookup hosts host AS dest OUTPUT owner | stats count by dest | `shell_filter`";
const MODEL_SPL: &str = "| tstats summariesonly=true count from datamodel=Endpoint.Processes where Processes.process_name=evil.exe by Processes.dest | `model_filter`";

/// A content repository with two detections.
fn content() -> Project {
    let detection = |name: &str, id: &str, search: &str| {
        format!(
            "name: {name}\nid: {id}\nversion: 1\ndate: '2026-01-01'\nauthor: A\nstatus: production\ntype: Hunting\ndescription: D\ndata_source: [Sysmon EventID 1]\nsearch: '{search}'\nhow_to_implement: none\nknown_false_positives: none\nreferences: []\ntags:\n  analytic_story: []\n  asset_type: Endpoint\n  mitre_attack_id: [T1059]\n  product: [Splunk Enterprise]\n  security_domain: endpoint\n"
        )
    };
    Project::empty()
        .write("contentctl.yml", "app:\n  label: Mine\n")
        .write(
            "detections/shell.yml",
            detection("Shell", "0a000000-0000-4000-8000-000000000001", SPL),
        )
        .write(
            "detections/model.yml",
            detection("Model", "0a000000-0000-4000-8000-000000000002", MODEL_SPL),
        )
        .write(
            "macros/sysmon.yml",
            "name: sysmon\ndefinition: sourcetype=XmlWinEventLog\ndescription: d\n",
        )
        .write(
            "lookups/hosts.yml",
            "name: hosts\nlookup_type: csv\ndescription: d\nfilename: hosts.csv\n",
        )
        .write("lookups/hosts.csv", "host,owner\na,b\n")
        .write(
            "data_sources/sysmon.yml",
            "name: Sysmon EventID 1\nid: 0a000000-0000-4000-8000-000000000003\nsource: XmlWinEventLog:Microsoft-Windows-Sysmon/Operational\nsourcetype: XmlWinEventLog\nsupported_TA:\n- name: Splunk Add-on for Sysmon\n  version: 4.0.0\n",
        )
        .write(
            "deployments/hunting.yml",
            "name: H\nid: 0a000000-0000-4000-8000-000000000004\ntype: Hunting\nscheduling:\n  cron_schedule: 0 * * * *\n  earliest_time: -70m@m\n  latest_time: -10m@m\n  schedule_window: auto\nalert_action: {}\n",
        )
}

/// What the deployment says where all is well: list, name, settings.
fn lists() -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
    vec![
        (
            "apps/local",
            vec![
                ("Splunk_SA_CIM", json!({ "version": "6.0.2" })),
                (
                    "Splunk_TA_microsoft_sysmon",
                    json!({ "label": "Splunk Add-on for Sysmon", "version": "4.0.2" }),
                ),
            ],
        ),
        (
            "admin/macros",
            vec![
                (
                    "sysmon",
                    json!({ "definition": "index=win sourcetype=XmlWinEventLog" }),
                ),
                ("shell_filter", json!({ "definition": "search *" })),
                ("model_filter", json!({ "definition": "search *" })),
                (
                    "cim_Endpoint_indexes",
                    json!({ "definition": "(index=win)" }),
                ),
            ],
        ),
        ("data/transforms/lookups", vec![("hosts", json!({}))]),
        ("data/lookup-table-files", vec![]),
        (
            "datamodel/model",
            vec![("Endpoint", json!({ "acceleration": "{\"enabled\":true}" }))],
        ),
    ]
}

/// What the two saved searches have.
fn searches() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    let with = |spl: &'static str| {
        vec![
            ("search", spl),
            ("disabled", "0"),
            ("is_scheduled", "1"),
            ("cron_schedule", "0 * * * *"),
            ("dispatch.earliest_time", "-70m@m"),
            ("dispatch.latest_time", "-10m@m"),
        ]
    };
    vec![
        ("Mine - Shell - Rule", with(SPL)),
        ("Mine - Model - Rule", with(MODEL_SPL)),
    ]
}

/// What searches say where all is well.
fn found(text: &str) -> Vec<Value> {
    if text.starts_with("search index=_internal") {
        return vec![json!({ "count": "24", "status": "success" })];
    }
    if text.starts_with("| tstats count max(_time)") {
        return vec![json!({ "count": "4711", "last": "1767225600.5" })];
    }
    assert!(text.contains("| head 1000 | stats count"), "{text}");
    vec![json!({ "count": "1000", "f0": "1000", "f1": "640", "f2": "1000" })]
}

struct Deployment {
    lists: Vec<(&'static str, Vec<(&'static str, Value)>)>,
    searches: Vec<(&'static str, Vec<(&'static str, &'static str)>)>,
    found: fn(&str) -> Vec<Value>,
    instead: fn(&dryfire_testkit::Request) -> Option<Reply>,
    indexes: Vec<(&'static str, Value)>,
}

impl Deployment {
    fn healthy() -> Self {
        Self {
            lists: lists(),
            searches: searches(),
            found,
            instead: |_| None,
            indexes: vec![("win", json!({ "frozenTimePeriodInSecs": 188_697_600 }))],
        }
    }

    /// Changes a setting of an entry; without a value, the entry is taken away.
    fn with(mut self, list: &str, name: &str, set: Option<(&str, &str)>) -> Self {
        let entries = self.lists.iter_mut().find(|(known, _)| *known == list);
        let (_, entries) = entries.unwrap();
        match set {
            Some((key, value)) => {
                let entry = entries.iter_mut().find(|(known, _)| *known == name);
                entry.unwrap().1[key] = json!(value);
            }
            None => entries.retain(|(known, _)| *known != name),
        }
        self
    }

    /// The same for a setting of the first saved search.
    fn with_search(mut self, key: &str, value: &'static str) -> Self {
        let (_, settings) = &mut self.searches[0];
        let setting = settings.iter_mut().find(|(known, _)| *known == key);
        setting.unwrap().1 = value;
        self
    }

    fn verify(self) -> (Lab, Run) {
        let (found, instead) = (self.found, self.instead);
        let fake = FakeSplunk::start_with(found, instead);
        for (list, entries) in self.lists {
            let entries = entries
                .into_iter()
                .map(|(name, set)| FakeSplunk::entry(name, set))
                .collect();
            fake.set(list, entries);
        }
        for (name, settings) in self.searches {
            fake.install(name, &settings);
        }
        for (name, set) in self.indexes {
            fake.set_index(name, set);
        }
        let lab = Lab::serve(content(), fake);
        let run = lab.run(&["verify", ".", "--target", "prod"]);
        assert!(
            lab.writes().is_empty(),
            "verify only reads: {:?}",
            lab.writes()
        );
        (lab, run)
    }
}

#[test]
fn a_deployment_as_the_content_needs_it_passes_every_check() {
    let (lab, run) = Deployment::healthy().verify();
    run.ended(0);
    let holds: Vec<String> = run
        .each("case_finished")
        .iter()
        .map(|case| case["case"]["test"].as_str().unwrap().to_owned())
        .collect();
    for question in [
        "the account may do what is needed",
        "the index `win` is there",
        "the app `Splunk Add-on for Sysmon` is there, 4.0.0 or newer",
        "the app `Splunk_SA_CIM` is there",
        "its macros are there",
        "its lookups are there",
        "the data model `Endpoint` is accelerated",
        "the data model `Endpoint` knows its indexes",
        "its saved search has its SPL",
        "its saved search ran well in the last day",
        "the fields that it filters on are there",
    ] {
        assert!(
            holds.iter().any(|one| one == question),
            "{question}: {holds:?}"
        );
    }
    let fields = run.each("case_finished");
    for told in [
        "of 1000 events: EventCode 100%, Image 64%",
        "4711 events in the last day, the last at 2026-01-01T00:00:00Z",
    ] {
        let found = fields
            .iter()
            .any(|case| case["findings"].to_string().contains(told));
        assert!(found, "{told}: {}", run.all());
    }
    // In every report.
    let reports = ["--junit", "j.xml", "--html", "html", "--markdown", "m.md"];
    let arguments = [&["verify", ".", "--target", "prod"][..], &reports].concat();
    lab.run(&arguments).ended(0);
    for report in ["j.xml", "html/index.html", "m.md"] {
        assert!(!lab.project.read(report).is_empty(), "{report}");
    }
}

#[test]
fn when_events_stopped_is_told() {
    let (_, run) = Deployment {
        found: |text| match text.starts_with("| tstats count max") {
            true => vec![json!({ "count": "0" })],
            false => found(text),
        },
        instead: |request| {
            // The thirty days before.
            if request.form("earliest_time").as_deref() == Some("-30d") {
                return Some(Reply::json(201, &json!({ "sid": "old" })));
            }
            if request.method == "GET" && request.path.ends_with("/jobs/old") {
                let content = json!({ "isDone": true, "dispatchState": "DONE", "resultCount": 1 });
                return Some(Reply::json(
                    200,
                    &json!({ "entry": [{ "name": "old", "content": content }] }),
                ));
            }
            request.path.ends_with("/jobs/old/results").then(|| {
                Reply::json(
                    200,
                    &json!({ "results": [{ "count": "7", "last": "1767225600" }] }),
                )
            })
        },
        ..Deployment::healthy()
    }
    .verify();
    run.ended(1)
        .says(&["came in the last day, the last at 2026-01-01T00:00:00Z"]);
}

#[test]
fn each_drift_is_found() {
    let healthy = Deployment::healthy;
    let drifts: Vec<(&str, Deployment)> = vec![
        ("index-missing", Deployment { indexes: vec![], ..healthy() }),
        (
            "index-retention",
            Deployment {
                indexes: vec![("win", json!({ "frozenTimePeriodInSecs": 60 }))],
                ..healthy()
            },
        ),
        (
            "app-missing",
            healthy().with("apps/local", "Splunk_TA_microsoft_sysmon", None),
        ),
        (
            "app-old",
            healthy().with(
                "apps/local",
                "Splunk_TA_microsoft_sysmon",
                Some(("version", "3.9.10")),
            ),
        ),
        (
            "app-disabled",
            healthy().with("apps/local", "Splunk_SA_CIM", Some(("disabled", "1"))),
        ),
        ("macro-missing", healthy().with("admin/macros", "shell_filter", None)),
        (
            "model-no-indexes",
            healthy().with(
                "admin/macros",
                "cim_Endpoint_indexes",
                Some(("definition", "()")),
            ),
        ),
        (
            "lookup-missing",
            healthy().with("data/transforms/lookups", "hosts", None),
        ),
        ("model-missing", healthy().with("datamodel/model", "Endpoint", None)),
        (
            "model-not-accelerated",
            healthy().with(
                "datamodel/model",
                "Endpoint",
                Some(("acceleration", "{\"enabled\":false}")),
            ),
        ),
        ("search-missing", Deployment { searches: searches()[1..].to_vec(), ..healthy() }),
        ("search-disabled", healthy().with_search("disabled", "1")),
        ("schedule", healthy().with_search("cron_schedule", "7 * * * *")),
        ("schedule", healthy().with_search("is_scheduled", "0")),
        ("schedule", healthy().with_search("dispatch.earliest_time", "-1h")),
        (
            "drift",
            healthy().with_search("search", "`sysmon` EventCode=1 Image=\"*evil.exe\" | search NOT host=ceo | stats count by dest | `shell_filter`"),
        ),
        (
            "scheduler",
            Deployment {
                found: |text| match text.contains("Mine - Shell - Rule") {
                    true => vec![json!({ "count": "12", "status": "success" }), json!({ "count": "12", "status": "skipped", "reason": ["the maximum number of concurrent searches was reached", "quota"] })],
                    false => found(text),
                },
                ..healthy()
            },
        ),
        (
            "no-data",
            Deployment {
                found: |text| match text.starts_with("| tstats count max") {
                    true => vec![json!({ "count": "0" })],
                    false => found(text),
                },
                ..healthy()
            },
        ),
        (
            "field-missing",
            Deployment {
                found: |text| match text.contains("head 1000") && text.contains("Image") {
                    true => vec![json!({ "count": "1000", "f0": "1000", "f1": "0" })],
                    false => found(text),
                },
                ..healthy()
            },
        ),
        (
            "capability",
            Deployment {
                instead: |request| request.path.ends_with("/current-context").then(|| {
                    Reply::json(200, &json!({ "entry": [{ "name": "c", "content": { "username": "weak", "capabilities": [] } }] }))
                }),
                ..healthy()
            },
        ),
    ];
    for (category, deployment) in drifts {
        let (_, run) = deployment.verify();
        assert_eq!(run.code, 1, "{category} {}", run.all());
        let failed: Vec<String> = run
            .each("case_finished")
            .iter()
            .filter_map(|case| {
                case["verdict"]["failed"]["reason"]["category"]
                    .as_str()
                    .map(str::to_owned)
            })
            .collect();
        assert!(
            !failed.is_empty() && failed.iter().all(|found| found == category),
            "{category}: {failed:?} {}",
            run.stdout
        );
    }
}

#[test]
fn a_changed_search_is_shown_as_a_diff() {
    let (_, run) = Deployment::healthy()
        .with_search("search", "`sysmon` EventCode=1   Image=\"*evil.exe\" | search NOT host=ceo\n | stats count by dest | `shell_filter`")
        .verify();
    run.ended(1).says(&[
        "its SPL is not the content's",
        "- | lookup hosts host AS dest OUTPUT owner",
        "+ | search NOT host=ceo",
    ]);
}

#[test]
fn what_the_account_may_not_read_is_undetermined() {
    let (_, run) = Deployment {
        instead: |request| {
            request.path.ends_with("/admin/macros").then(|| {
                Reply::json(
                    403,
                    &json!({ "messages": [{ "type": "ERROR", "text": "not allowed" }] }),
                )
            })
        },
        ..Deployment::healthy()
    }
    .verify();
    run.ended(1);
    let undetermined: Vec<Value> = run
        .each("case_finished")
        .into_iter()
        .filter(|case| case["verdict"].get("undetermined").is_some())
        .collect();
    assert_eq!(undetermined.len(), 2, "{}", run.all());
}

#[test]
fn a_scheduler_that_tells_of_no_run_proves_nothing() {
    let (_, run) = Deployment {
        found: |text| match text.starts_with("search index=_internal") {
            true => Vec::new(),
            false => found(text),
        },
        ..Deployment::healthy()
    }
    .verify();
    run.ended(1)
        .case("its saved search ran well in the last day")
        .is("undetermined", "never-ran");
}

#[test]
fn a_run_without_a_reason_that_did_not_succeed_is_told() {
    let (_, run) = Deployment {
        found: |text| match text.starts_with("search index=_internal") {
            true => vec![json!({ "count": "3", "status": "delegated_remote_error" })],
            false => found(text),
        },
        ..Deployment::healthy()
    }
    .verify();
    run.ended(1)
        .case("its saved search ran well in the last day")
        .is("failed", "scheduler");
    run.says(&["3 times delegated_remote_error"]);
}

#[test]
fn a_search_that_reports_errors_answers_no_question() {
    let fake = FakeSplunk::start(found);
    fake.say("index=_internal", "ERROR", "a peer did not answer");
    for (name, settings) in searches() {
        fake.install(name, &settings);
    }
    let run = Lab::serve(content(), fake).run(&["verify", ".", "--target", "prod"]);
    run.case("its saved search ran well in the last day")
        .is("undetermined", "not-readable");
}

#[test]
fn of_several_saved_searches_of_one_name_none_is_chosen() {
    let (_, run) = Deployment {
        instead: |request| {
            let lists = request.method == "GET" && request.path.ends_with("/saved/searches");
            lists.then(|| {
                let entry = |owner: &str, disabled: &str| {
                    json!({
                        "name": "Mine - Model - Rule",
                        "content": { "search": SPL, "disabled": disabled },
                        "acl": { "app": "search", "owner": owner, "sharing": "user" },
                    })
                };
                let entries = [entry("alice", "0"), entry("nobody", "1")];
                Reply::json(
                    200,
                    &json!({ "entry": entries, "paging": { "total": 2, "perPage": 30, "offset": 0 } }),
                )
            })
        },
        ..Deployment::healthy()
    }
    .verify();
    run.ended(1)
        .case("its saved search is installed")
        .is("undetermined", "search-ambiguous");
    run.says(&["alice's in the app search, nobody's in the app search"]);
}
