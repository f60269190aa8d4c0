//! Sample events of every variant.

use dryfire_event::*;

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

pub(crate) fn full() -> CaseFinished {
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
        selected: vec!["macro `x` changed (macros/x.yml)".into()],
        ..CaseFinished::new(
            case(CaseKind::Unit),
            Verdict::failed("row-missing", "no row has user=alice"),
        )
    }
}

/// Between them these reach every property, enum value and `null` of the schema.
pub(crate) fn samples() -> Vec<Event> {
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
