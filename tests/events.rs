//! `dryfire events`: every event of a file with all it gets, and why.

use predicates::str::contains;
use serde_json::{Value, json};

use crate::project::{Project, SECURITY, SYSMON, dryfire, repository};

/// The events as objects.
#[track_caller]
fn events(arguments: &[&str]) -> Vec<Value> {
    let mut command = dryfire();
    command.args(["events", "--format", "json"]).args(arguments);
    let output = command.assert().code(0).get_output().stdout.clone();
    let text = String::from_utf8(output).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn every_event_of_a_file_is_told_in_its_order_with_its_line() {
    let text = std::fs::read_to_string(repository().join(SECURITY)).unwrap();
    let found = events(&[SECURITY]);
    assert_eq!(found.len(), text.matches("<Event ").count());
    // The lines that begin an event, counted without the program's help.
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| line.starts_with("<Event "));
    let lines: Vec<u64> = lines.map(|(at, _)| at as u64 + 1).collect();
    let told: Vec<u64> = found
        .iter()
        .map(|event| event["line"].as_u64().unwrap())
        .collect();
    assert_eq!(told, lines);
    for event in &found {
        let keys: Vec<&String> = event.as_object().unwrap().keys().collect();
        let expected = [
            "file",
            "line",
            "_time",
            "_raw",
            "fields",
            "eventtypes",
            "tags",
            "datasets",
        ];
        assert_eq!(keys, expected);
        assert!(text.contains(event["_raw"].as_str().unwrap()));
    }
}

#[test]
fn an_event_has_its_fields_event_types_tags_and_datasets() {
    let found = events(&[
        SYSMON,
        "--where",
        "EventCode=1 process_name=msra.exe",
        "--limit",
        "1",
    ]);
    assert_eq!(found.len(), 1);
    let event = &found[0];
    assert_eq!(event["fields"]["process_name"], "msra.exe");
    assert_eq!(event["fields"]["EventCode"], "1");
    assert_eq!(event["fields"].get("_raw"), None);
    assert_eq!(texts(&event["tags"]), ["process", "report"]);
    assert!(texts(&event["datasets"]).contains(&"Endpoint.Processes"));
    assert!(!texts(&event["datasets"]).contains(&"Endpoint.Filesystem"));
    assert_eq!(event.get("why"), None);
}

#[test]
fn datasets_are_those_in_which_a_search_finds_the_event() {
    let found = events(&[SYSMON]);
    let told = |name: &str| {
        let inside = found
            .iter()
            .filter(|event| texts(&event["datasets"]).contains(&name));
        inside.count()
    };
    for name in [
        "Endpoint.Processes",
        "Endpoint.Filesystem",
        "Network_Traffic.All_Traffic",
    ] {
        let spl = format!("| tstats count from datamodel={name}");
        let output = dryfire()
            .args(["search", &spl, SYSMON, "--format", "json"])
            .output()
            .unwrap();
        let row: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json!(told(name)), row["count"], "{name}");
    }
    assert!(told("Endpoint.Processes") > 100);
}

#[test]
fn why_names_app_file_and_line_of_each_field() {
    let props = "[XmlWinEventLog]\nEVAL-mine = upper(Image)\nFIELDALIAS-yours = Image AS yours\n\
                 EVAL-signature_id = \"own\"\n";
    let project = Project::empty()
        .write("TA_own/default/props.conf", props)
        .write(
            "TA_own/default/eventtypes.conf",
            "[own_type]\nsearch = Image=*\n",
        )
        .write(
            "TA_own/default/tags.conf",
            "[eventtype=own_type]\nown_tag = enabled\n",
        );
    let app = project.path("TA_own");
    let found = events(&[
        SYSMON,
        "--where",
        "EventCode=1",
        "--limit",
        "1",
        "--why",
        "--app",
        app.to_str().unwrap(),
    ]);
    let event = &found[0];
    let why = &event["why"];
    let reason = |of: &Value| {
        let file = of["file"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        (
            of["app"].as_str().unwrap().to_owned(),
            file,
            of["line"].as_u64().unwrap(),
        )
    };
    let place = |app: &str, file: &str, line: u64| (app.to_owned(), file.to_owned(), line);
    for (field, line) in [("mine", 2), ("yours", 3), ("signature_id", 4)] {
        let given = why["fields"][field].as_array().unwrap();
        assert_eq!(given.len(), 1, "{field}: {given:?}");
        assert_eq!(
            reason(&given[0]),
            place("TA_own", "props.conf", line),
            "{field}"
        );
    }
    assert_eq!(event["fields"]["signature_id"], "own");
    assert_eq!(
        reason(&why["eventtypes"]["own_type"]),
        place("TA_own", "eventtypes.conf", 1)
    );
    assert_eq!(
        reason(&why["tags"]["own_tag"][0]),
        place("TA_own", "tags.conf", 2)
    );
    assert_eq!(why["settings"]["LINE_BREAKER"]["app"], "dryfire_windows");
    // Whatever the event has is explained.
    for (field, value) in event["fields"].as_object().unwrap() {
        let given = why["fields"][field].as_array();
        assert!(
            given.is_some_and(|given| !given.is_empty()),
            "{field} = {value}"
        );
    }
}

#[test]
fn a_file_of_ones_own_format_shows_how_it_was_broken_and_timed() {
    let props = "[mine]\nSHOULD_LINEMERGE = false\nLINE_BREAKER = ([\\r\\n]+)BEGIN\nTIME_PREFIX = at=\n\
                 TIME_FORMAT = %Y/%m/%d %H:%M:%S\nTZ = UTC\n";
    let log = "BEGIN at=2024/03/01 10:00:00 a=1\nsecond line\nBEGIN at=2024/03/01 10:00:05 a=2\n";
    let project = Project::empty()
        .write("TA_mine/default/props.conf", props)
        .write("my.log", log);
    let arguments = [
        "events",
        "my.log",
        "--sourcetype",
        "mine",
        "--app",
        "TA_mine",
    ];
    let shown = project
        .command()
        .args(arguments)
        .arg("--why")
        .assert()
        .code(0);
    shown
        .stdout(contains("my.log:1  2024-03-01T10:00:00Z"))
        .stdout(contains("my.log:3  2024-03-01T10:00:05Z"))
        .stdout(contains(
            "TIME_PREFIX = at=    [mine] of TA_mine (TA_mine/default/props.conf:4)",
        ))
        .stdout(contains(
            "a = 2    the event's JSON; key=value pairs of the event",
        ))
        .stderr(contains("2 events in 1 file\n"));
    let table = project.command().args(arguments).assert().code(0);
    table.stdout(contains("2024-03-01T10:00:05Z"));
}

#[test]
fn what_can_not_be_told_ends_with_the_right_code() {
    dryfire().args(["events", "nowhere.log"]).assert().code(3);
    dryfire()
        .args(["events", SYSMON, "--where", "a=(b"])
        .assert()
        .code(2);
    dryfire()
        .args(["events", SYSMON, "--where", "* | stats count by Image"])
        .assert()
        .code(2)
        .stderr(contains("--where takes a search that finds events"));
    dryfire()
        .args(["events", SYSMON, "--app", "nowhere"])
        .assert()
        .code(2)
        .stderr(contains("DF411"));
    dryfire()
        .args(["search", "* | stats count", SYSMON, "--app", "nowhere"])
        .assert()
        .code(2);
}
