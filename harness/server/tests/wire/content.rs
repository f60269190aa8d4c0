//! A content repository as installed saved searches, and what comes of their results.

use std::fs;

use serde_json::{Value as Json, json};

use crate::client::{Client, settings};

const NAME: &str = "ESCU - Lab Process Seen - Rule";
const DETECTION: &str = "\
name: Lab Process Seen
id: 8d2a9d3e-6f0b-4c59-8a1a-2f1f4f0d9a01
version: 1
date: '2024-01-01'
author: Somebody
status: production
type: TTP
description: Finds the process of the lab.
data_source: []
search: '`lab_events` process=* | stats count min(_time) as firstTime by dest process | `lab_process_seen_filter`'
how_to_implement: Send events.
known_false_positives: None known.
references: []
rba:
  message: $process$ ran on $dest$
  risk_objects:
  - field: dest
    type: system
    score: 64
  threat_objects:
  - field: process
    type: process_name
tags:
  analytic_story: [Lab]
  asset_type: Endpoint
  mitre_attack_id: [T1059]
  product: [Splunk Enterprise Security]
  security_domain: endpoint
tests: []
";

fn content() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        (
            "contentctl.yml",
            "app:\n  appid: DA-ESS-Lab\n  label: ESCU\n",
        ),
        ("detections/lab_process_seen.yml", DETECTION),
        (
            "macros/lab_events.yml",
            "name: lab_events\ndescription: The lab's.\ndefinition: index=lab\n",
        ),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn client(folder: &tempfile::TempDir, enterprise_security: bool) -> Client {
    let mut settings = settings();
    settings.content = Some(folder.path().to_path_buf());
    settings.enterprise_security = enterprise_security;
    let client = Client::with(settings);
    client.post("/services/data/indexes", &[("name", "lab")]);
    let path = "/services/collector/raw?index=lab&sourcetype=lines";
    client.hec(path, "2024-01-01T00:00:00Z dest=host1 process=cmd.exe\n");
    client
}

fn encoded(name: &str) -> String {
    name.replace(' ', "%20")
}

/// What contentctl does of an integration test.
fn dispatched(client: &Client) -> (String, Json) {
    let path = format!(
        "/servicesNS/nobody/DA-ESS-Lab/saved/searches/{}",
        encoded(NAME)
    );
    let update = [
        ("dispatch.earliest_time", "0"),
        ("dispatch.latest_time", "now"),
        ("cron_schedule", "0 0 1 1 *"),
    ];
    assert_eq!(client.post(&path, &update).status, 200);
    assert_eq!(
        client.post(&format!("{path}/dispatch"), &[]).status,
        400,
        "it is disabled"
    );
    assert_eq!(client.post(&format!("{path}/enable"), &[]).status, 200);
    let form = [("trigger_actions", "True"), ("output_mode", "json")];
    let reply = client.post(&format!("{path}/dispatch"), &form);
    assert_eq!(reply.status, 201, "{}", reply.text);
    let sid = reply.json()["sid"].as_str().unwrap().to_owned();
    loop {
        let job = client
            .get(&format!("/services/search/v2/jobs/{sid}?output_mode=json"))
            .json();
        let content = job["entry"][0]["content"].clone();
        if content["isDone"] == true {
            return (sid, content);
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn a_detection_is_installed_as_contentctl_would() {
    let folder = content();
    let client = client(&folder, false);
    let path = format!(
        "/services/saved/searches/{}?output_mode=json",
        encoded(NAME)
    );
    let entry = client.get(&path).json()["entry"][0].clone();
    assert_eq!(entry["acl"]["app"], "DA-ESS-Lab");
    let content = &entry["content"];
    assert_eq!(content["disabled"], true);
    assert_eq!(content["action.risk"], "1");
    assert_eq!(content["action.notable"], "1");
    assert_eq!(
        content["action.risk.param._risk_message"],
        "$process$ ran on $dest$"
    );
    let risk: Json =
        serde_json::from_str(content["action.risk.param._risk"].as_str().unwrap()).unwrap();
    assert_eq!(
        risk,
        json!([
            {"risk_object_field": "dest", "risk_object_type": "system", "risk_score": 64},
            {"threat_object_field": "process", "threat_object_type": "process_name"}
        ])
    );
    assert_eq!(client.get("/services/apps/local/DA-ESS-Lab").status, 200);
    assert_eq!(
        client
            .get("/services/apps/local/SplunkEnterpriseSecuritySuite")
            .status,
        404
    );
    // Its macros serve searches that clients type.
    assert_eq!(
        client.number("search `lab_events` | stats count", "count"),
        1
    );
}

#[test]
fn dispatching_with_actions_makes_risk_events_and_notables() {
    let folder = content();
    let client = client(&folder, true);
    assert_eq!(
        client
            .get("/services/apps/local/SplunkEnterpriseSecuritySuite")
            .status,
        200
    );
    let (sid, job) = dispatched(&client);
    assert_eq!(job["dispatchState"], "DONE", "{job}");
    let search = format!("search index=risk search_name=\"{NAME}\" orig_sid=\"{sid}\" | tojson");
    let risk = client.rows(&search);
    assert_eq!(risk.len(), 1, "{risk:?}");
    assert_eq!(risk[0]["index"], "risk");
    let event: Json = serde_json::from_str(risk[0]["_raw"].as_str().unwrap()).unwrap();
    assert_eq!(event["risk_object"], "host1");
    assert_eq!(event["risk_message"], "cmd.exe ran on host1");
    assert_eq!(event["risk_score"].to_string().trim_matches('"'), "64");
    let notable = format!("search index=notable search_name=\"{NAME}\" orig_sid=\"{sid}\"");
    assert_eq!(client.rows(&notable).len(), 1);
    let model = format!(
        "| datamodel Risk All_Risk flat | search search_name=\"{NAME}\" orig_sid=\"{sid}\" | tojson"
    );
    assert_eq!(client.rows(&model).len(), 1);
    let role = [("imported_roles", "user"), ("imported_roles", "can_delete")];
    client.post("/services/authorization/roles/admin", &role);
    let gone = client.rows(&format!(
        "search index=risk search_name=\"{NAME}\" | delete"
    ));
    assert_eq!(gone[1]["index"], "risk");
    assert!(client.rows(&search).is_empty());
}

#[test]
fn without_enterprise_security_nothing_comes_of_the_results() {
    let folder = content();
    let client = client(&folder, false);
    let (_, job) = dispatched(&client);
    assert_eq!(job["resultCount"], 1);
    assert_eq!(job["messages"][0]["type"], "WARN", "{job}");
    assert_eq!(
        client.number("search index=risk OR index=notable | stats count", "count"),
        0
    );
}
