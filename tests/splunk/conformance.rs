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

/// One scenario with two events, an error that is expected, and a search that finds nothing.
const STRICT: &str = r#"# Rules

## Nothing is found

uncertain: nobody says

```events plain host=h1
2023-11-14 22:00:00 one
2023-11-14 22:00:01 two
```
```spl
three
```
```expect
```

## An argument is missing

confirmed: a page

```rows
{"a": 1}
```
```spl
frobnicate
```
```error DF307
```
"#;

/// Asks a server that finds nothing, after some answers are replaced.
fn strictly(
    prepare: impl FnOnce(&FakeSplunk),
    mut instead: impl FnMut(&str) -> Option<Reply> + Send + 'static,
) -> Lab {
    let fake = FakeSplunk::start_with(
        |_| Vec::new(),
        move |request| instead(&request.form("search").unwrap_or_default()),
    );
    fake.set("apps/local", Vec::new());
    prepare(&fake);
    Lab::serve(Project::empty().write("spec/rules.md", STRICT), fake)
}

const ASKED: [&str; 4] = ["conformance", "spec", "--target", "lab"];

#[test]
fn a_refusal_for_lack_of_something_confirms_no_error() {
    let refusing = |text: &'static str| {
        strictly(
            |_| {},
            move |search| {
                search.contains("frobnicate").then(|| {
                    let said = json!({ "messages": [{ "type": "FATAL", "text": text }] });
                    Reply::json(400, &said)
                })
            },
        )
    };
    let run = refusing("Unknown search command 'frobnicate'.").run(&ASKED);
    run.case("An argument is missing")
        .is("undetermined", "unclear");
    run.case("Nothing is found").is("passed", "");
    let run = refusing("Error in 'frobnicate': an argument is missing").run(&ASKED);
    run.case("An argument is missing").is("passed", "");
}

#[test]
fn nothing_is_confirmed_by_events_that_are_not_there_or_not_seen() {
    // The collector takes them, and none arrives.
    let fake = FakeSplunk::start_with(
        |_| Vec::new(),
        |request| {
            let taken = json!({ "text": "Success", "code": 0, "ackId": 0 });
            let sends = request.path.ends_with("/collector/raw");
            sends.then(|| Reply::json(200, &taken))
        },
    );
    fake.set("apps/local", Vec::new());
    let lost = Lab::serve(Project::empty().write("spec/rules.md", STRICT), fake);
    let run = lost.run(&ASKED);
    run.case("Nothing is found").is("undetermined", "unclear");
    run.says(&["the server made 0 events of 2"]);
    lost.is_clean();
    // It has them, and reports errors.
    let lab = strictly(
        |fake| fake.say("three", "ERROR", "a peer did not answer"),
        |_| None,
    );
    let run = lab.run(&ASKED);
    run.case("Nothing is found").is("undetermined", "unclear");
    lab.is_clean();
}

#[test]
fn an_index_that_holds_events_is_no_place_for_scenarios() {
    let lab = strictly(|_| {}, |_| None);
    let project = lab
        .project
        .write("one.log", "2023-11-14 22:00:00 one\n")
        .replace(
            "dryfire.toml",
            "journal =",
            "indexes = [\"main\"]\nindex = \"main\"\njournal =",
        );
    let lab = Lab { project, ..lab };
    lab.run(&ASKED).case("Nothing is found").is("passed", "");
    lab.is_clean();
    lab.run(&[
        "replay",
        "one.log",
        "--target",
        "lab",
        "--sourcetype",
        "plain",
    ])
    .ended(0);
    let held = lab.fake.events().len();
    let run = lab.run(&ASKED);
    run.case("Nothing is found").is("error", "target");
    run.says(&["events that are not the test's"]);
    assert_eq!(lab.fake.events().len(), held, "nothing was sent or hidden");
}

#[test]
fn the_examples_of_the_reference_are_asked() {
    let fake = FakeSplunk::start(|text| match text {
        // It agrees in one, and gives nothing else.
        one if one.contains("found=abs(-4)") => vec![json!({ "found": "4" })],
        _ => Vec::new(),
    });
    fake.set("apps/local", Vec::new());
    let lab = Lab::serve(Project::empty(), fake);
    let run = lab.run(&[
        "conformance",
        "--examples",
        "--target",
        "lab",
        "--out",
        "r.json",
    ]);
    assert_eq!(run.code, 1, "{}", run.all());
    let recorded: Value = serde_json::from_str(&lab.project.read("r.json")).unwrap();
    let of = |file: &str| -> Vec<&Value> {
        let all = recorded["scenarios"].as_array().unwrap().iter();
        all.filter(|one| one["file"] == file).collect()
    };
    assert_eq!(of("reference/function/abs")[0]["outcome"], "confirmed");
    assert_eq!(of("reference/function/lower")[0]["outcome"], "differs");
    assert!(!of("reference/command/stats").is_empty());
    assert!(!of("reference/statistic/sum").is_empty());
    lab.is_clean();
}

/// Scenarios that expect errors, and what a Splunk says of each.
const REFUSED: &str = r#"# Errors

## An unknown macro

confirmed: a page

```spl
search `nowhere`
```
```error DF205
```

## An unknown command

confirmed: a page

```spl
stast count
```
```error DF203
```

## A truth is no value

confirmed: a page

```rows
{"a": 1}
```
```spl
eval b=a>1
```
```error DF307
```
"#;

#[test]
fn an_error_is_confirmed_by_a_refusal_of_its_kind_and_by_no_other() {
    let asked = |words: fn(&str) -> &'static str| {
        let fake = FakeSplunk::start_with(
            |_| Vec::new(),
            move |request| {
                let text = request.form("search")?;
                request.path.ends_with("/jobs").then(|| {
                    let said = json!({ "messages": [{ "type": "FATAL", "text": words(&text) }] });
                    Reply::json(400, &said)
                })
            },
        );
        fake.set("apps/local", Vec::new());
        Lab::serve(Project::empty().write("spec/errors.md", REFUSED), fake).run(&ASKED)
    };
    let names = [
        "An unknown macro",
        "An unknown command",
        "A truth is no value",
    ];
    let fitting = asked(|text| match text {
        nowhere if nowhere.contains("nowhere") => {
            "Error in 'SearchParser': The search specifies a macro 'nowhere' that cannot be found."
        }
        stast if stast.contains("stast") => "Unknown search command 'stast'.",
        _ => "Error in 'eval' command: Fields cannot be assigned a boolean result.",
    });
    fitting.ended(0).passed(&names);
    for words in [
        |_: &str| "You have reached the maximum number of concurrent searches.",
        |_: &str| "Error in 'makeresults' command: Invalid argument: 'format=json'",
        |_: &str| "Unknown search command 'tsats'.",
    ] {
        let run = asked(words);
        for name in names {
            run.case(name).is("undetermined", "unclear");
        }
    }
}
