//! `dryfire conformance`: what is asked of a server, and what is recorded of its answers.

use dryfire_testkit::{FakeSplunk, Reply};
use serde_json::{Value, json};

use super::{Lab, done, planned};
use crate::project::Project;

const SPEC: &str = r#"# Rules

## Sums add up

confirmed: a page

```rows
{"a": 1}
{"a": 2}
```
```spl
stats sum(a) AS s
```
```expect
{"s": 3}
```

## Events are lines

uncertain: nobody says

```events plain host=h1
2023-11-14 22:00:00 one
2023-11-14 22:00:01 two
```
```spl
one OR two | stats count
```
```expect
{"count": 2}
```

## Order is told

uncertain: nobody says

```rows
{"a": 1}
```
```spl
eval b=a+1
```
```expect
{"a": 1, "b": 2}
```

## A quote must close

confirmed: a page

```spl
search "a
```
```error DF201
```

## Apps are not written

confirmed: a page

```conf macros.conf
[m]
definition = x
```
```spl
| makeresults | eval a=1 | fields a
```
```expect
{"a": 1}
```
"#;

fn answers(text: &str) -> Vec<Value> {
    match text {
        sum if sum.ends_with("stats sum(a) AS s") => vec![json!({ "s": "3" })],
        two if two.starts_with("search one OR two") => vec![json!({ "count": "2" })],
        // The server disagrees.
        _ => vec![json!({ "a": "1", "b": "3", "_si": ["x", "y"] })],
    }
}

#[test]
fn each_scenario_is_asked_and_what_comes_is_recorded() {
    let fake = FakeSplunk::start_with(answers, |request| {
        let refused = request
            .form("search")
            .is_some_and(|text| text.ends_with("\"a"));
        refused.then(|| {
            Reply::json(
                400,
                &json!({ "messages": [{ "type": "FATAL", "text": "Mismatched quotes" }] }),
            )
        })
    });
    fake.set(
        "apps/local",
        vec![FakeSplunk::entry("search", json!({ "version": "9.3.1" }))],
    );
    let lab = Lab::serve(Project::empty().write("spec/rules.md", SPEC), fake);
    let plan = lab.run(&["conformance", "spec", "--target", "lab", "--plan"]);
    assert!(lab.writes().is_empty(), "a plan changes nothing");
    let run = lab.run(&[
        "conformance",
        "spec",
        "--target",
        "lab",
        "--out",
        "recorded.json",
    ]);
    assert_eq!(planned(&plan.stdout), done(&lab.writes()));
    run.ended(1)
        .says(&["Splunk 9.3.1: 3 rules confirmed, 1 differ, 0 unclear, 1 can't be asked"]);
    run.case("Sums add up").is("passed", "");
    run.case("Events are lines").is("passed", "");
    run.case("Order is told").is("failed", "differs");
    run.case("A quote must close").is("passed", "");
    run.case("Apps are not written")
        .is("skipped", "not-askable");
    // What is asked is the server's own breaking: raw text, no events.
    assert_eq!(lab.fake.server.count("POST", "/services/collector/raw"), 1);
    lab.is_clean();
    let recorded: Value = serde_json::from_str(&lab.project.read("recorded.json")).unwrap();
    assert_eq!(recorded["splunk"]["version"], "9.3.1");
    assert_eq!(
        recorded["apps"],
        json!([{ "name": "search", "version": "9.3.1" }])
    );
    assert_eq!(recorded["counts"]["confirmed"], 3);
    let differs = &recorded["scenarios"][2];
    assert_eq!(differs["manual"], "uncertain");
    assert_eq!(
        differs["rows"],
        json!(["- {\"a\":\"1\",\"b\":\"2\"}", "+ {\"a\":\"1\",\"b\":\"3\"}"])
    );
}

#[test]
fn a_production_server_is_not_asked() {
    let lab = Lab::serve(
        Project::empty().write("spec/rules.md", SPEC),
        FakeSplunk::start(answers),
    );
    let run = lab.run(&["conformance", "spec", "--target", "prod"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("nothing writes there"), "{}", run.all());
    assert!(lab.fake.server.requests().is_empty());
}
