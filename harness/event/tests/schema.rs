//! Holds the JSON schema and the Rust types together: sample events of every variant validate, and nothing of the schema is unused.
#![expect(clippy::unwrap_used, reason = "a panic in a test is a failed test")]

#[path = "support/samples.rs"]
mod samples;
#[path = "support/validator.rs"]
mod validator;

use std::collections::BTreeSet;

use dryfire_event::*;
use serde_json::Value;

use samples::{full, samples};
use validator::{SCHEMA, Validator, declared};

#[test]
fn samples_validate_and_reach_everything() {
    let mut validator = Validator::new();
    for event in samples() {
        let json = serde_json::to_value(&event).unwrap();
        validator
            .check("", &json)
            .unwrap_or_else(|error| panic!("{error}\n{json}"));
    }
    let mut all = BTreeSet::new();
    declared("", &validator.root, &mut all);
    let unreached: Vec<_> = all.difference(&validator.reached).collect();
    assert!(
        unreached.is_empty(),
        "the schema declares what no event has: {unreached:#?}"
    );
}

#[test]
fn samples_read_back_and_stay_on_one_line() {
    for event in samples() {
        let line = serde_json::to_string(&event).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }
}

#[test]
fn readers_ignore_unknown_fields() {
    let line = r#"{"case_started":{"new":1,"case":{"id":"i","detection":"d","detection_id":null,"test":"t","kind":"unit","techniques":[],"place":null,"newer":{}}}}"#;
    assert!(matches!(
        serde_json::from_str::<Event>(line),
        Ok(Event::CaseStarted(_))
    ));
}

#[test]
fn a_case_of_version_1_is_still_read() {
    let mut json = serde_json::to_value(full()).unwrap();
    let fields = json.as_object_mut().unwrap();
    fields.remove("risk_events");
    fields.remove("findings_made");
    fields.remove("selected");
    let read: CaseFinished = serde_json::from_value(json).unwrap();
    assert!(read.risk_events.is_empty() && read.findings_made.is_empty());
}

#[test]
fn the_version_is_the_schema_s() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(
        schema["$defs"]["run_started"]["properties"]["schema_version"]["const"],
        SCHEMA_VERSION
    );
}

#[test]
fn a_wrong_event_does_not_validate() {
    let mut json = serde_json::to_value(&samples()[0]).unwrap();
    json["run_started"]["total_cases"] = Value::from("many");
    assert!(Validator::new().check("", &json).is_err());
    let mut json = serde_json::to_value(&samples()[0]).unwrap();
    json["run_started"]["extra"] = Value::from(1);
    assert!(Validator::new().check("", &json).is_err());
}

#[test]
fn a_summary_counts_what_the_events_say() {
    let Some(Event::RunFinished(RunFinished { summary, .. })) = samples().pop() else {
        panic!("no end")
    };
    assert_eq!(
        (
            summary.passed,
            summary.passed_with_assumptions,
            summary.failed,
            summary.undetermined
        ),
        (1, 1, 1, 1)
    );
    assert_eq!(
        (
            summary.skipped,
            summary.errors.total(),
            summary.cancelled,
            summary.cases()
        ),
        (1, 4, 1, 9)
    );
    assert_eq!(
        summary.run_findings,
        FindingCounts {
            error: 1,
            warning: 1,
            note: 0
        }
    );
    assert_eq!(
        summary.case_findings,
        FindingCounts {
            error: 0,
            warning: 2,
            note: 2
        }
    );
    let reasons: Vec<_> = summary
        .reasons
        .iter()
        .map(|count| (count.verdict.as_str(), count.category.as_str()))
        .collect();
    assert!(reasons.is_sorted(), "{reasons:?}");
    assert_eq!(reasons.len(), 7);
}
