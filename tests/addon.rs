//! An add-on that uses what real add-ons use: what comes of each directive, as a table of expected fields.

use serde_json::{Value, json};

use crate::project::{Project, repository};

/// File, sourcetype, text; then for each event its expected fields (null: absent).
type Case = (&'static str, &'static str, &'static str, Vec<Value>);

fn cases() -> Vec<Case> {
    vec![
        (
            "text.log",
            "te:text",
            "EVENT noise at=01.07.2024 12:00:00 user=ann from=web7 secret=abc zone=north [query=a=1&b=2] [row=x,y] [Odd Key=v]\n\
             second line n=1 n=2 <raw.key:no> <k:9> blank= path=/a/b\n\
             EVENT at=01.07.2024 12:00:01 DROP user=eve\n\
             EVENT at=01.07.2024 12:00:02 user=root\n",
            vec![
                json!({
                    "_time": 1_719_828_000, "host": "web7", "index": "main", "zone": "north", "doubled": "4", "tagged": "no",
                    "user": "ann", "initial": "a", "account": "ann", "shout": "ANN!", "gone": null,
                    "query": "a=1&b=2", "a": "1", "b": "2", "row": "x,y", "first": "x", "second": "y", "Odd_Key": "v",
                    "many": ["1", "2"], "k": "9", "path": "/a/b", "department": "Research", "room": "7", "secret": null,
                }),
                json!({
                    "_time": 1_719_828_002, "index": "admin", "tagged": "yes", "user": "root", "initial": "r", "shout": "ROOT!",
                    "department": "Ops", "zone": null, "many": null,
                }),
            ],
        ),
        (
            "auto.log",
            "te:auto",
            "2024-07-01 12:00:00 a=1 b=\"two words\" c=3 to=\"x;y\" e=5 f=6\n",
            // limits.conf ends automatic extraction after five.
            vec![
                json!({ "a": "1", "b": "two words", "c": "3", "to": ["x", "y"], "e": "5", "f": null }),
            ],
        ),
        (
            "escaped.log",
            "te:escaped",
            "2024-07-01 12:00:00 a=\"say \\\"x\\\"\"\n",
            vec![json!({ "a": "say \"x\"" })],
        ),
        (
            "json.log",
            "te:json",
            "{\"time\":\"2024-07-01T12:00:00Z\",\"o\":{\"k\":[1,2]},\"t\":true}\n",
            vec![json!({ "_time": 1_719_835_200, "o.k{}": ["1", "2"], "t": "true" })],
        ),
        (
            "special.log",
            // The app says of the source what it is.
            "",
            "{\"time\":\"2024-07-01T12:00:00Z\",\"o\":{\"k\":1}}\n",
            vec![json!({ "o.k": "1" })],
        ),
        (
            "xml.log",
            "te:xml",
            "<a><t>2024-07-01 12:00:00</t><b>1</b></a>\n",
            vec![json!({ "a.b": "1" })],
        ),
        (
            "table.csv",
            "te:csv",
            "when,who\n2024-07-01 12:00:00,ann\n2024-07-01 12:00:01,bob\n",
            vec![
                json!({ "_time": 1_719_835_200, "who": "ann" }),
                json!({ "_time": 1_719_835_201, "who": "bob" }),
            ],
        ),
        (
            "breaker.log",
            "te:breaker",
            "a=1||a=2",
            vec![json!({ "a": "1" }), json!({ "a": "2" })],
        ),
        (
            "old.log",
            "te:old",
            "2024-07-01 12:00:00 x\n",
            vec![json!({ "sourcetype": "te:new", "which": "new" })],
        ),
        (
            "layers.log",
            "te:layers",
            "2024-07-01 12:00:00 x\n",
            vec![json!({ "a": "sourcetype", "b": "host", "c": "source", "d": "local" })],
        ),
    ]
}

#[test]
fn each_directive_does_what_splunk_says() {
    let app = repository().join("tests/addon/TA_everything");
    let mut wrong = Vec::new();
    for (file, sourcetype, text, expected) in cases() {
        let project = Project::empty().write(file, text);
        let mut command = project.command();
        command.args([
            "events",
            file,
            "--format",
            "json",
            "--sourcetype",
            sourcetype,
        ]);
        let host = if file == "layers.log" { "layer1" } else { "h" };
        command.args(["--host", host, "--app", app.to_str().unwrap()]);
        let output = command.output().unwrap();
        let found: Vec<Value> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        if found.len() != expected.len() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            wrong.push(format!(
                "{file}: {} events instead of {}\n{said}",
                found.len(),
                expected.len()
            ));
            continue;
        }
        for (event, fields) in found.iter().zip(&expected) {
            for (name, value) in fields.as_object().unwrap() {
                let got = match name.as_str() {
                    "_time" => event["_time"].clone(),
                    name => event["fields"].get(name).cloned().unwrap_or_default(),
                };
                if got != *value {
                    wrong.push(format!(
                        "{file}: {name} is {got} instead of {value}\n    {}",
                        event["_raw"]
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn event_types_tags_and_models_of_an_add_on_reach_its_events() {
    let app = repository().join("tests/addon/TA_everything");
    let (file, sourcetype, text, _) = cases().swap_remove(0);
    let project = Project::empty().write(file, text);
    let mut command = project.command();
    command.args([
        "events",
        file,
        "--format",
        "json",
        "--sourcetype",
        sourcetype,
    ]);
    let output = command
        .args(["--app", app.to_str().unwrap()])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        events[0]["_raw"].as_str().unwrap().starts_with("EVENT at="),
        "{}",
        events[0]
    );
    assert!(events[0]["_raw"].as_str().unwrap().contains("secret=###"));
    // What an app keeps to itself, and what is disabled, is not there.
    assert_eq!(events[0]["eventtypes"], json!(["te_login"]));
    assert_eq!(
        events[0]["tags"],
        json!(["te_decoded", "te_entry", "te_person"])
    );
    assert_eq!(events[0]["datasets"], json!(["TE.Entries", "TE.Research"]));
    assert_eq!(events[1]["eventtypes"], json!([]));
    assert_eq!(events[1]["tags"], json!([]));
    let mut check = project.command();
    let code = check
        .args(["knowledge", "check", app.to_str().unwrap()])
        .assert()
        .code(0);
    drop(code);
}
