//! Holds the JSON schema and the Rust types together: sample events of every variant validate, and nothing of the schema is unused.
#![expect(clippy::unwrap_used, reason = "a panic in a test is a failed test")]

use std::collections::BTreeSet;

use dryfire_event::*;
use serde_json::Value;

const SCHEMA: &str = include_str!("../schema/event.schema.json");

/// A validator for the part of JSON Schema our schema uses. It is stricter in one thing: a property that is not declared is an
/// error, since the writer must not know more than the schema.
struct Validator {
    root: Value,
    /// Pointers into the schema of everything a sample has reached.
    reached: BTreeSet<String>,
}

const KEYWORDS: [&str; 16] = [
    "$schema",
    "$id",
    "title",
    "description",
    "$defs",
    "$ref",
    "oneOf",
    "anyOf",
    "type",
    "required",
    "properties",
    "maxProperties",
    "items",
    "enum",
    "const",
    "minimum",
];

impl Validator {
    fn new() -> Self {
        Self {
            root: serde_json::from_str(SCHEMA).unwrap(),
            reached: BTreeSet::new(),
        }
    }

    fn check(&mut self, at: &str, value: &Value) -> Result<(), String> {
        let schema = self
            .root
            .pointer(at)
            .unwrap_or_else(|| panic!("no schema at {at}"))
            .clone();
        let schema = schema.as_object().expect("a schema is an object");
        for keyword in schema.keys() {
            assert!(
                KEYWORDS.contains(&keyword.as_str()),
                "{at}: this test doesn't know `{keyword}`"
            );
        }
        if let Some(target) = schema.get("$ref") {
            self.check(target.as_str().unwrap().strip_prefix('#').unwrap(), value)?;
        }
        for keyword in ["oneOf", "anyOf"] {
            let Some(branches) = schema.get(keyword) else {
                continue;
            };
            let outcomes: Vec<_> = (0..branches.as_array().unwrap().len())
                .map(|branch| {
                    let mut inner = Self {
                        root: self.root.clone(),
                        reached: BTreeSet::new(),
                    };
                    inner
                        .check(&format!("{at}/{keyword}/{branch}"), value)
                        .map(|()| inner.reached)
                })
                .collect();
            let errors: Vec<_> = outcomes
                .iter()
                .filter_map(|outcome| outcome.as_ref().err())
                .cloned()
                .collect();
            let matched: Vec<_> = outcomes.into_iter().flatten().collect();
            if matched.len() != 1 {
                return Err(format!(
                    "{at}: {} branches match; {}",
                    matched.len(),
                    errors.join("; ")
                ));
            }
            self.reached.extend(matched.into_iter().flatten());
        }
        if let Some(kind) = schema.get("type") {
            let kinds: Vec<_> = kind
                .as_array()
                .map_or_else(|| vec![kind.clone()], Clone::clone);
            if !kinds.iter().any(|kind| is(kind.as_str().unwrap(), value)) {
                return Err(format!("{at}: {value} is no {kind}"));
            }
        }
        if schema.get("const").is_some_and(|only| only != value) {
            return Err(format!("{at}: {value} is not the constant"));
        }
        if let Some(allowed) = schema.get("enum") {
            let position = allowed
                .as_array()
                .unwrap()
                .iter()
                .position(|one| one == value);
            let position = position.ok_or_else(|| format!("{at}: {value} is not in the enum"))?;
            self.reached.insert(format!("{at}/enum/{position}"));
        }
        if let Some(object) = value.as_object() {
            for name in schema
                .get("required")
                .into_iter()
                .flat_map(|names| names.as_array().unwrap())
            {
                if !object.contains_key(name.as_str().unwrap()) {
                    return Err(format!("{at}: {name} is missing"));
                }
            }
            for (name, inner) in object.iter().filter(|_| schema.contains_key("properties")) {
                let place = format!("{at}/properties/{name}");
                if self.root.pointer(&place).is_none() {
                    return Err(format!("{at}: {name} is not declared"));
                }
                self.check(&place, inner)?;
            }
        }
        if let (Some(items), Some(inner)) = (schema.get("items"), value.as_array()) {
            assert!(items.is_object());
            for item in inner {
                self.check(&format!("{at}/items"), item)?;
            }
        }
        self.reached.insert(at.to_owned());
        Ok(())
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "null" => value.is_null(),
        other => panic!("unknown type {other}"),
    }
}

/// Pointers of all properties, branches and enum values of the schema: what the samples must reach.
fn declared(at: &str, schema: &Value, found: &mut BTreeSet<String>) {
    for (keyword, inner) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "properties" | "$defs" => {
                for (name, inner) in inner.as_object().unwrap() {
                    found.insert(format!("{at}/{keyword}/{name}"));
                    declared(&format!("{at}/{keyword}/{name}"), inner, found);
                }
            }
            "oneOf" | "anyOf" => {
                for (branch, inner) in inner.as_array().unwrap().iter().enumerate() {
                    found.insert(format!("{at}/{keyword}/{branch}"));
                    declared(&format!("{at}/{keyword}/{branch}"), inner, found);
                }
            }
            "items" => {
                found.insert(format!("{at}/items"));
                declared(&format!("{at}/items"), inner, found);
            }
            "enum" => found.extend(
                (0..inner.as_array().unwrap().len()).map(|value| format!("{at}/enum/{value}")),
            ),
            _ => {}
        }
    }
}

fn place() -> Place {
    Place {
        file: "detections/a.yml".into(),
        line: 7,
        column: 3,
        end_line: 8,
        end_column: 9,
    }
}

fn app() -> AppUsed {
    AppUsed {
        name: "Splunk_TA_windows".into(),
        version: Some("9.0.0".into()),
        origin: "apps/Splunk_TA_windows".into(),
    }
}

fn case(kind: CaseKind) -> CaseRef {
    CaseRef {
        id: "8ad5b5ea/True Positive Test/0".into(),
        detection: "Windows Remote Assistance Spawning Process".into(),
        detection_id: Some("ced50492-8849-11ec-9f68-acde48001122".into()),
        test: "True Positive Test".into(),
        kind,
        techniques: vec!["T1055".into()],
        place: Some(place()),
    }
}

fn finding(severity: Severity) -> Finding {
    Finding {
        code: "DF301".into(),
        severity,
        message: "unknown command `stat`".into(),
        place: Some(place()),
        labels: vec![FindingLabel {
            text: "here".into(),
            place: place(),
        }],
        notes: vec!["a note".into()],
        help: Some("did you mean `stats`?".into()),
        rendered: "error[DF301]: unknown command `stat`\n".into(),
    }
}

fn row_with(name: &str, value: &str) -> Row {
    Row {
        fields: vec![Field::single(name, value)],
    }
}

fn described() -> DetectionDescribed {
    DetectionDescribed {
        id: "ced50492-8849-11ec-9f68-acde48001122".into(),
        name: "Windows Remote Assistance Spawning Process".into(),
        version: 3,
        author: Some("Somebody".into()),
        date: Some("2026-05-13".into()),
        status: "production".into(),
        kind: "TTP".into(),
        description: Some("msra.exe starts a shell.".into()),
        search: "| tstats count `shells(x)`".into(),
        expanded: "| tstats count cmd.exe".into(),
        macros: vec![MacroUsed {
            name: "shells".into(),
            arguments: vec!["field".into()],
            definition: "$field$=cmd.exe".into(),
        }],
        data_sources: vec![
            DataSourceNamed {
                name: "Sysmon EventID 1".into(),
                source: Some("XmlWinEventLog:Microsoft-Windows-Sysmon/Operational".into()),
                sourcetype: Some("XmlWinEventLog".into()),
            },
            DataSourceNamed {
                name: "unknown".into(),
                source: None,
                sourcetype: None,
            },
        ],
        annotations: Annotations {
            techniques: vec!["T1055".into()],
            stories: vec!["Unusual Processes".into()],
            kill_chain: vec!["Exploitation".into()],
            nist: vec!["DE.CM".into()],
            cves: vec!["CVE-2026-0001".into()],
            asset_type: Some("Endpoint".into()),
            security_domain: Some("endpoint".into()),
        },
        schedule: Some(Schedule {
            from: "TTP default".into(),
            cron: Some("0 * * * *".into()),
            earliest: Some("-70m@m".into()),
            latest: Some("-10m@m".into()),
            makes_findings: true,
            makes_risk: true,
        }),
        risk: Some(RiskDescribed {
            message: Some("$process$ on $dest$".into()),
            title: Some("a shell on $dest$".into()),
            score: 80,
            impact: Some(80),
            confidence: Some(100),
            objects: vec![RiskObjectDescribed {
                field: "dest".into(),
                kind: "system".into(),
                score: 80,
                message: Some("on $dest$".into()),
            }],
            threats: vec![ThreatDescribed {
                field: "process_name".into(),
                kind: "process_name".into(),
            }],
        }),
        known_false_positives: Some("few".into()),
        how_to_implement: Some("process events".into()),
        references: vec!["https://example.com/".into()],
        drilldowns: vec![DrilldownDescribed {
            name: "for $dest$".into(),
            search: "search dest=$dest$".into(),
            earliest: Some("$info_min_time$".into()),
            latest: Some("$info_max_time$".into()),
        }],
        place: Some(place()),
    }
}

/// The same with everything left out that may be.
fn described_barely() -> DetectionDescribed {
    let full = described();
    let mut bare = DetectionDescribed {
        schedule: full.schedule.map(|schedule| Schedule {
            cron: None,
            earliest: None,
            latest: None,
            ..schedule
        }),
        risk: full.risk.map(|risk| RiskDescribed {
            objects: vec![RiskObjectDescribed {
                message: None,
                ..risk.objects[0].clone()
            }],
            ..RiskDescribed::default()
        }),
        drilldowns: full.drilldowns,
        ..DetectionDescribed::default()
    };
    bare.drilldowns[0].earliest = None;
    bare.drilldowns[0].latest = None;
    bare
}

fn full() -> CaseFinished {
    let row = Row {
        fields: vec![
            Field::single("user", "bob"),
            Field {
                name: "dest".into(),
                values: vec!["a".into(), "b".into()],
            },
        ],
    };
    CaseFinished {
        duration_micros: 12_000,
        datasets: vec![DatasetUsed {
            name: "windows-sysmon.log".into(),
            path: "datasets/windows-sysmon.log".into(),
            source: "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational".into(),
            sourcetype: "XmlWinEventLog".into(),
            synthetic: true,
            events: 5,
            bytes: 5_000,
        }],
        rows: ResultRows {
            first: vec![row.clone()],
            total: 9,
        },
        mismatches: vec![Mismatch {
            expected: "a row with user=alice".into(),
            actual: "9 rows, none of them".into(),
            place: Some(place()),
            nearest: Some(NearestRow {
                number: 1,
                row,
                differences: vec![Difference {
                    field: "user".into(),
                    expected: "alice".into(),
                    actual: vec!["bob".into()],
                }],
            }),
        }],
        trace: Trace {
            steps: vec![Step {
                command: "search index=*".into(),
                place: Some(place()),
                rows: 5,
            }],
            conditions: vec![Condition {
                text: "user=alice".into(),
                place: Some(place()),
                events: 0,
                nearest: vec![NearestValue {
                    field: "user".into(),
                    value: "alicia".into(),
                    events: 2,
                }],
            }],
        },
        assumptions: vec![Assumption {
            text: "`values` sorts by bytes".into(),
            place: Some(place()),
        }],
        simulated: vec!["risk events".into()],
        findings: vec![finding(Severity::Warning), finding(Severity::Note)],
        env: Some(Env {
            now: "2026-02-03T04:05:06.000000Z".into(),
            earliest: Some("2026-02-03T03:05:06.000000Z".into()),
            latest: Some("2026-02-03T04:05:06.000000Z".into()),
            time_zone: "UTC".into(),
        }),
        fields_from: vec![app()],
        risk_events: vec![row_with("risk_object", "bob")],
        findings_made: vec![row_with("rule_title", "bob did it")],
        ..CaseFinished::new(
            case(CaseKind::Unit),
            Verdict::failed("row-missing", "no row has user=alice"),
        )
    }
}

/// Between them these reach every property, enum value and `null` of the schema.
fn samples() -> Vec<Event> {
    let mut bare = full();
    bare.case = CaseRef {
        detection_id: None,
        place: None,
        ..case(CaseKind::Integration)
    };
    bare.mismatches[0].place = None;
    bare.mismatches[0].nearest = None;
    bare.trace.steps[0].place = None;
    bare.trace.conditions[0].place = None;
    bare.assumptions[0].place = None;
    bare.verdict = Verdict::Passed;
    bare.env = None;
    let mut finished = vec![full(), bare];
    let verdicts = [
        Verdict::undetermined("lookup-missing", "lookup `x` is not there"),
        Verdict::skipped("deprecated", "the detection is deprecated"),
        Verdict::error(ErrorKind::Dataset, "not-found", "no such file"),
        Verdict::error(ErrorKind::Target, "refused", "401"),
        Verdict::error(ErrorKind::Content, "yaml", "no YAML"),
        Verdict::error(ErrorKind::Engine, "panic", "index out of bounds"),
        Verdict::Cancelled,
    ];
    finished.extend(verdicts.map(|verdict| CaseFinished::new(case(CaseKind::Validation), verdict)));

    let started = RunStarted {
        schema_version: SCHEMA_VERSION,
        dryfire_version: "0.1.0".into(),
        target: "local".into(),
        mode: Mode::AllTime,
        knowledge: vec![
            app(),
            AppUsed {
                version: None,
                ..app()
            },
        ],
        total_cases: finished.len() as u64,
    };
    let mut events = vec![
        Event::RunStarted(started.clone()),
        Event::RunStarted(RunStarted {
            mode: Mode::Window,
            ..started
        }),
        Event::DetectionDescribed(Box::new(described())),
        Event::DetectionDescribed(Box::new(described_barely())),
        Event::DetectionDescribed(Box::default()),
        Event::CaseStarted(CaseStarted {
            case: case(CaseKind::Unit),
        }),
        Event::FindingReported(finding(Severity::Error)),
        Event::FindingReported(Finding {
            place: None,
            help: None,
            ..finding(Severity::Warning)
        }),
    ];
    events.extend(
        finished
            .into_iter()
            .map(|finished| Event::CaseFinished(Box::new(finished))),
    );
    let mut summary = Summary {
        interrupted: true,
        ..Summary::default()
    };
    events.iter().for_each(|event| summary.event(event));
    events.push(Event::RunFinished(RunFinished {
        summary,
        elapsed_micros: 50_000,
    }));
    events
}

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
