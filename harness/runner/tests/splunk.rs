//! The shipped manifest on a server that plays Splunk: the same verdicts as locally, and nothing left behind.
//!
//! The server knows no SPL: it gives the rows that the local engine found. This proves the wire and the order of things, not the semantics.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use dryfire_event::{CaseFinished, Event, Verdict};
use dryfire_runner::splunk::{Forms, Place, Splunk, runtime};
use dryfire_runner::{Local, Session, Settings, Target, Threads};
use dryfire_splunk::{Client, Environment, Lab, Login, Patience, Policy, Secret, Server, Trust};
use dryfire_testkit::{FakeSplunk, PASSWORD, Reply, USER};
use serde_json::{Value, json};

static NEVER: AtomicBool = AtomicBool::new(false);

fn manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manifests/qbot_msra.yml")
}

fn run<T: Target>(session: &Session, target: &T) -> Vec<CaseFinished> {
    let mut finished = Vec::new();
    let settings = Settings {
        strict: false,
        version: "test",
        ..Settings::default()
    };
    let ran: Result<_, std::convert::Infallible> =
        dryfire_runner::run(session, target, settings, &NEVER, &mut |event| {
            if let Event::CaseFinished(case) = event {
                finished.push(*case);
            }
            Ok(())
        });
    ran.unwrap();
    finished
}

fn local(session: &Session) -> Local<'_> {
    Local {
        session,
        scheduler: &Threads,
        cancel: &NEVER,
        prefilter: true,
    }
}

/// What the local engine finds, by the number of events of the data, as rows of the server.
fn rows(cases: &[CaseFinished]) -> Vec<(u64, Vec<Value>)> {
    cases
        .iter()
        .map(|case| {
            let events = case.datasets.iter().map(|dataset| dataset.events).sum();
            (events, case.rows.first.iter().map(row).collect())
        })
        .collect()
}

/// A row as a Splunk writes it.
fn row(row: &dryfire_event::Row) -> Value {
    let fields = row.fields.iter().map(|field| {
        let value = match field.values.as_slice() {
            [one] => json!(one),
            values => json!(values),
        };
        (field.name.clone(), value)
    });
    Value::Object(fields.collect())
}

fn lab(url: url::Url, folder: &Path) -> Lab {
    let server = Server {
        management: url.clone(),
        collector: Some(url),
        login: Login::Session {
            user: USER.into(),
            password: Secret::new(PASSWORD),
        },
        trust: Trust::System,
        patience: Patience {
            first_wait: Duration::from_millis(1),
            settle: Duration::from_millis(100),
            ..Patience::default()
        },
    };
    let policy = Policy {
        environment: Environment::Lab,
        indexes: vec!["dryfire_*".into()],
    };
    Lab::open(
        Client::new(server).unwrap(),
        policy,
        &folder.join("journal.jsonl"),
    )
    .unwrap()
}

fn place() -> Place {
    Place {
        name: "lab".into(),
        run: "dryfire_run1".into(),
        index: None,
        token: None,
        acknowledges: Some(true),
        app: None,
        forms: Forms::default(),
    }
}

fn told(cases: &[CaseFinished]) -> Vec<(String, String)> {
    cases
        .iter()
        .map(|case| {
            let verdict = match &case.verdict {
                Verdict::Passed => "passed".to_owned(),
                other => format!("{other:?}"),
            };
            (case.case.id.clone(), verdict)
        })
        .collect()
}

#[test]
fn the_same_verdicts_as_locally_and_nothing_is_left() {
    let session = Session::load(&[manifest()], &[]);
    let here = run(&session, &local(&session));
    let known = rows(&here);
    let fake = FakeSplunk::start_counting(move |text, events| {
        assert!(text.contains("tstats"), "{text}");
        let found = known.iter().find(|(count, _)| *count == events);
        found.map(|(_, rows)| rows.clone()).unwrap_or_default()
    });
    let folder = tempfile::tempdir().unwrap();
    let target = Splunk::open(
        lab(fake.server.url(), folder.path()),
        place(),
        local(&session),
        runtime().unwrap(),
    )
    .unwrap();
    let there = run(&session, &target);
    assert_eq!(told(&there), told(&here));
    assert_eq!(fake.indexes(), ["main", "risk", "notable"]);
    assert_eq!(fake.users(), ["dryfire_run1", "dryfire_run1"]);
    assert!(target.close().is_empty());
    assert_eq!(fake.indexes(), ["main", "risk", "notable"]);
    assert!(fake.users().is_empty());
    assert_eq!(fake.jobs(), 0);
}

#[test]
fn an_event_count_that_differs_is_said_and_does_not_hang() {
    let session = Session::load(&[manifest()], &[]);
    // The server makes one event of everything.
    let fake = FakeSplunk::start_with(
        |_| Vec::new(),
        |request| {
            let counts = request
                .form("search")
                .is_some_and(|text| text.starts_with("| tstats count where index="));
            counts.then(|| Reply::json(200, &json!({ "results": [{ "count": "1" }] })))
        },
    );
    let folder = tempfile::tempdir().unwrap();
    let target = Splunk::open(
        lab(fake.server.url(), folder.path()),
        place(),
        local(&session),
        runtime().unwrap(),
    )
    .unwrap();
    let there = run(&session, &target);
    let unit = there.iter().find(|case| !case.datasets.is_empty()).unwrap();
    assert!(
        unit.findings
            .iter()
            .any(|finding| finding.message.contains("the server made 0 events of")),
        "{:?}",
        unit.findings
    );
}
