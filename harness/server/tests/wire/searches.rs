//! Searches: jobs, results, exports, deletions, what is refused.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::client::Client;

const JOBS: &str = "/services/search/v2/jobs/";

fn client() -> Client {
    let client = Client::new();
    let lines: String = (0..250)
        .map(|n| format!("2024-01-01T00:00:00Z n={n} word\n"))
        .collect();
    let path = "/services/collector/raw?sourcetype=lines&host=h";
    assert_eq!(client.hec(path, lines).status, 200);
    client
}

fn blocking(client: &Client, search: &str) -> String {
    let form = [
        ("search", search),
        ("exec_mode", "blocking"),
        ("output_mode", "json"),
    ];
    let reply = client.post(JOBS, &form);
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json()["sid"].as_str().unwrap().to_owned()
}

#[test]
fn a_blocking_job_is_done_and_its_results_come_in_pages() {
    let client = client();
    let sid = blocking(&client, "search word | table n");
    let job = client.get(&format!("/services/search/jobs/{sid}/?output_mode=json"));
    let content = &job.json()["entry"][0]["content"];
    assert_eq!(content["isDone"], true);
    assert_eq!(content["dispatchState"], "DONE");
    assert_eq!(content["resultCount"], 250);
    assert_eq!(
        (&content["scanCount"], &content["eventCount"]),
        (&json!(250), &json!(250))
    );
    let xml = client.get(&format!("{JOBS}{sid}")).text;
    let root = xml.split_once("?>\n").unwrap().1;
    assert!(root.starts_with("<entry "), "{root}");
    assert!(xml.contains("<s:key name=\"isDone\">1</s:key>"), "{xml}");
    let page = |query: &str| {
        let path = format!("{JOBS}{sid}/results?output_mode=json&{query}");
        let rows = client.post(&path, &[]).json()["results"].clone();
        rows.as_array().unwrap().clone()
    };
    assert_eq!(page("").len(), 100);
    assert_eq!(page("count=0").len(), 250);
    let last = page("count=100&offset=200");
    assert_eq!(last.len(), 50);
    assert!(page("offset=300").is_empty());
    assert_eq!(client.delete(&format!("{JOBS}{sid}")).status, 200);
    assert_eq!(client.get(&format!("{JOBS}{sid}")).status, 404);
}

#[test]
fn a_normal_job_is_asked_for_until_it_is_done() {
    let client = client();
    let form = [
        ("search", "search word | stats count"),
        ("id", "mine"),
        ("output_mode", "json"),
    ];
    assert_eq!(
        client.post("/services/search/jobs", &form).json()["sid"],
        "mine"
    );
    assert_eq!(client.post("/services/search/jobs", &form).status, 409);
    let path = "/services/search/jobs/mine/results?output_mode=json";
    let begun = Instant::now();
    let rows = loop {
        let reply = client.get(path);
        if reply.status == 200 {
            break reply.json()["results"].clone();
        }
        assert_eq!(reply.status, 204);
        assert!(begun.elapsed() < Duration::from_secs(60), "it never ends");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(rows, json!([{"count": "250"}]));
    let bad = [("search", "search x"), ("id", "../../etc")];
    assert_eq!(client.post("/services/search/jobs", &bad).status, 400);
}

#[test]
fn an_export_gives_every_row_on_its_line() {
    let client = client();
    let form = [("search", "search word | table n"), ("output_mode", "json")];
    let reply = client.post("/services/search/jobs/export", &form);
    let lines: Vec<Json> = reply
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let rows = lines.iter().filter(|line| line.get("result").is_some());
    assert_eq!(rows.count(), 250);
    assert_eq!(lines.last().unwrap()["lastrow"], true);
    let raw = [("search", "search n=7"), ("output_mode", "raw")];
    let reply = client.post("/servicesNS/admin/search/search/jobs/export", &raw);
    assert_eq!(reply.text, "2024-01-01T00:00:00Z n=7 word\n");
}

#[test]
fn a_window_bounds_the_events() {
    let client = Client::new();
    let body = r#"{"time":1000,"event":"old"}{"time":2000,"event":"new"}"#;
    client.hec("/services/collector/event", body);
    let count = |times: &[(&str, &str)]| {
        let mut form = vec![
            ("search", "search * | stats count"),
            ("exec_mode", "oneshot"),
            ("output_mode", "json"),
        ];
        form.extend(times);
        let reply = client.post("/services/search/jobs", &form);
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()["results"][0]["count"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(count(&[]), "2");
    assert_eq!(count(&[("earliest_time", "1500")]), "1");
    assert_eq!(
        count(&[
            ("earliest_time", "1970-01-01T00:00:01Z"),
            ("latest_time", "1500")
        ]),
        "1"
    );
    assert_eq!(
        count(&[("earliest_time", "-24h"), ("latest_time", "now")]),
        "0"
    );
    let form = [("search", "search *"), ("earliest_time", "rt-5m")];
    assert_eq!(client.post("/services/search/jobs", &form).status, 400);
}

#[test]
fn a_search_that_is_wrong_is_refused_and_one_that_can_t_run_fails() {
    let client = client();
    for search in [
        "index=main",
        "search | nosuchcommand",
        "search (",
        "| stats count by",
        "",
    ] {
        let form = [("search", search), ("output_mode", "json")];
        let reply = client.post(JOBS, &form);
        assert_eq!(reply.status, 400, "{search}: {}", reply.text);
        assert!(
            !reply.json()["messages"][0]["text"]
                .as_str()
                .unwrap()
                .is_empty()
        );
    }
    let sid = blocking(&client, "| rest /services/server/info");
    let job = client.get(&format!("{JOBS}{sid}?output_mode=json")).json();
    assert_eq!(job["entry"][0]["content"]["dispatchState"], "FAILED");
    let results = client
        .get(&format!("{JOBS}{sid}/results?output_mode=json"))
        .json();
    assert_eq!(results["results"], json!([]));
    assert_eq!(results["messages"][0]["type"], "FATAL");
    let form = [
        ("search", "| rest /services/server/info"),
        ("exec_mode", "oneshot"),
    ];
    assert_eq!(client.post(JOBS, &form).status, 400);
}

#[test]
fn a_search_that_names_no_index_looks_in_the_default_ones() {
    let client = client();
    client.post("/services/data/indexes", &[("name", "other")]);
    client.hec(
        "/services/collector/raw?index=other&sourcetype=lines",
        "word elsewhere\n",
    );
    assert_eq!(client.number("search word | stats count", "count"), 250);
    assert_eq!(
        client.number("search index=other word | stats count", "count"),
        1
    );
    assert_eq!(
        client.number("search index=* word | stats count", "count"),
        251
    );
    assert_eq!(
        client.number("| tstats count where index=other", "count"),
        1
    );
    assert_eq!(client.number("| tstats count", "count"), 250);
}

#[test]
fn deleting_needs_a_role_and_hides_events() {
    let client = client();
    let refused = [("search", "search n=7 | delete"), ("exec_mode", "oneshot")];
    assert_eq!(client.post(JOBS, &refused).status, 400);
    assert_eq!(client.number("search n=7 | stats count", "count"), 1);
    let role = [
        ("imported_roles", "user"),
        ("imported_roles", "power"),
        ("imported_roles", "can_delete"),
        ("srchIndexesAllowed", "*;_*"),
        ("srchIndexesDefault", "main"),
    ];
    assert_eq!(
        client
            .post("/services/authorization/roles/admin", &role)
            .status,
        200
    );
    let rows = client.rows("search index=main n=7 OR n=8 | delete");
    assert_eq!(
        rows,
        [
            json!({"splunk_server": "dryfire", "index": "__ALL__", "deleted": "2", "errors": "0"}),
            json!({"splunk_server": "dryfire", "index": "main", "deleted": "2", "errors": "0"}),
        ]
    );
    assert_eq!(client.number("search word | stats count", "count"), 248);
    assert_eq!(client.number("search n=9 | stats count", "count"), 1);
}

#[test]
fn lookups_and_collected_events_are_there_for_the_next_search() {
    let client = client();
    client.rows("search n=7 | table n | outputlookup mine.csv");
    client.rows("search n=8 | table n | outputlookup append=true mine.csv");
    let rows = client.rows("| inputlookup mine.csv");
    assert_eq!(rows, [json!({"n": "7"}), json!({"n": "8"})]);
    client.post("/services/data/indexes", &[("name", "summary")]);
    client.rows("search n=9 | table n host | collect index=summary");
    let rows = client.rows("search index=summary | table n host sourcetype");
    assert_eq!(
        rows,
        [json!({"n": "9", "host": "dryfire", "sourcetype": "stash"})]
    );
}
