//! A sample run with every verdict, for tests and for looking at: the source of `examples/look.rs` too.

use dryfire_event::{
    Annotations, AppUsed, Assumption, CaseFinished, CaseKind, CaseRef, CaseStarted, Condition,
    DataSourceNamed, DatasetUsed, DetectionDescribed, Difference, DrilldownDescribed, Env,
    ErrorKind, Event, Field, Finding, FindingLabel, MacroUsed, Mismatch, Mode, NearestRow,
    NearestValue, Place, ResultRows, RiskDescribed, RiskObjectDescribed, Row, RunFinished,
    RunStarted, SCHEMA_VERSION, Schedule, Severity, Step, Summary, ThreatDescribed, Trace, Verdict,
};

const FILE: &str = "detections/endpoint/windows_remote_assistance_spawning_process.yml";

/// A case of the sample.
pub(crate) fn case(detection: &str, test: &str, kind: CaseKind) -> CaseRef {
    CaseRef {
        id: format!("{detection}/{test}"),
        detection: detection.into(),
        detection_id: Some("ced50492-8849-11ec-9f68-acde48001122".into()),
        test: test.into(),
        kind,
        techniques: vec!["T1055".into()],
        place: Some(Place::point(FILE, 61, 5)),
    }
}

fn row(fields: &[(&str, &str)]) -> Row {
    Row {
        fields: fields
            .iter()
            .map(|(name, value)| Field::single(*name, *value))
            .collect(),
    }
}

fn sysmon() -> AppUsed {
    AppUsed {
        name: "Splunk_TA_microsoft_sysmon".into(),
        version: Some("4.0.2".into()),
        origin: "built-in".into(),
    }
}

fn data(synthetic: bool) -> DatasetUsed {
    DatasetUsed {
        name: "windows-sysmon.log".into(),
        path: "datasets/attack_techniques/T1055/msra/windows-sysmon.log".into(),
        source: "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational".into(),
        sourcetype: "XmlWinEventLog".into(),
        synthetic,
        events: 212,
        bytes: 384_200,
    }
}

fn unit(detection: &str, test: &str, verdict: Verdict, micros: u64) -> CaseFinished {
    CaseFinished {
        duration_micros: micros,
        datasets: vec![data(false)],
        env: Some(Env {
            now: "2026-02-03T04:05:07Z".into(),
            earliest: None,
            latest: None,
            time_zone: "UTC".into(),
        }),
        fields_from: vec![sysmon()],
        ..CaseFinished::new(case(detection, test, CaseKind::Unit), verdict)
    }
}

fn no_rows() -> CaseFinished {
    let detection = "Windows Remote Assistance Spawning Process";
    CaseFinished {
        mismatches: vec![Mismatch { expected: "at least 1 row".into(), actual: "no rows".into(), place: None, nearest: None }],
        trace: Trace {
            steps: vec![
                Step {
                    command: "tstats summariesonly=false count from datamodel=Endpoint.Processes where Processes.parent_process_name=msra.exe by Processes.dest Processes.user Processes.process".into(),
                    place: Some(Place::point(FILE, 15, 12)),
                    rows: 0,
                },
                Step { command: "rename Processes.* as *".into(), place: None, rows: 0 },
                Step { command: "search NOT process=\"*msra.exe*\"".into(), place: None, rows: 0 },
            ],
            conditions: vec![
                Condition {
                    text: "Processes.parent_process_name=msra.exe".into(),
                    place: Some(Place::point(FILE, 16, 11)),
                    events: 0,
                    nearest: vec![
                        NearestValue { field: "Processes.parent_process_name".into(), value: "msra2.exe".into(), events: 3 },
                        NearestValue { field: "Processes.parent_process_name".into(), value: "mshta.exe".into(), events: 1 },
                    ],
                },
                Condition { text: "Processes.user!=SYSTEM".into(), place: None, events: 40, nearest: Vec::new() },
            ],
        },
        ..unit(detection, "fires on a renamed parent", Verdict::failed("no-rows", "no row came back where at least 1 is expected"), 14_300)
    }
}

fn wrong_row() -> CaseFinished {
    let near = row(&[
        ("dest", "win-dc-128.attackrange.local"),
        ("user", "ADMINISTRATOR\x1b[31m"),
        (
            "process",
            "C:\\Windows\\System32\\rundll32.exe javascript:\"\\..\\mshtml,RunHTMLApplication \";document.write();h=new%20ActiveXObject(\"WScript.Shell\").Run(\"calc.exe\")",
        ),
        ("process_guid", "{4D1C8F8E-7F0C-6201-7D08-000000000E02}"),
    ]);
    CaseFinished {
        rows: ResultRows {
            first: vec![near.clone(), near.clone()],
            total: 9,
        },
        mismatches: vec![Mismatch {
            expected: "a row with user=bob and dest=win-*".into(),
            actual: "9 rows, none of them".into(),
            place: Some(Place::point(FILE, 66, 9)),
            nearest: Some(NearestRow {
                number: 2,
                row: near,
                differences: vec![Difference {
                    field: "user".into(),
                    expected: "bob".into(),
                    actual: vec!["ADMINISTRATOR\x1b[31m".into()],
                }],
            }),
        }],
        trace: Trace {
            steps: vec![
                Step {
                    command: "search sourcetype=XmlWinEventLog EventCode=1".into(),
                    place: None,
                    rows: 120,
                },
                Step {
                    command: "stats count by dest, user, process, process_guid".into(),
                    place: None,
                    rows: 9,
                },
            ],
            conditions: Vec::new(),
        },
        ..unit(
            "Suspicious Rundll32 Inline HTA",
            "names the user",
            Verdict::failed("row-missing", "no row has user=bob and dest=win-*"),
            8_100,
        )
    }
}

fn undetermined() -> CaseFinished {
    let rendered = "error[DF310]: lookup `is_windows_system_file` is not there\n  --> detections/endpoint/system_file_moved.yml:18:5\n   |\n18 |   | lookup is_windows_system_file filename as process_name\n   |            ^^^^^^^^^^^^^^^^^^^^^^ no lookup of this name\n   |\n   = help: give its app with `--app`, or a CSV under `lookups/`\n";
    let place = Place {
        end_column: 34,
        ..Place::point("detections/endpoint/system_file_moved.yml", 18, 12)
    };
    CaseFinished {
        fields_from: Vec::new(),
        findings: vec![Finding {
            code: "DF310".into(),
            severity: Severity::Error,
            message: "lookup `is_windows_system_file` is not there".into(),
            place: Some(place.clone()),
            labels: vec![FindingLabel {
                text: "no lookup of this name".into(),
                place,
            }],
            notes: Vec::new(),
            help: Some("give its app with `--app`, or a CSV under `lookups/`".into()),
            rendered: rendered.into(),
        }],
        ..unit(
            "System Processes Run From Unexpected Locations",
            "True Positive Test",
            Verdict::undetermined(
                "lookup-missing",
                "lookup `is_windows_system_file` is not there",
            ),
            600,
        )
    }
}

/// A finding that belongs to no case.
pub(crate) fn finding() -> Finding {
    Finding {
        code: "DF102".into(),
        severity: Severity::Warning,
        message: "unknown key `datset`".into(),
        place: Some(Place::point("manifests/t1055.yml", 4, 3)),
        labels: Vec::new(),
        notes: Vec::new(),
        help: Some("did you mean `dataset`?".into()),
        rendered: "warning[DF102]: unknown key `datset`\n --> manifests/t1055.yml:4:3\n  |\n4 |   datset: windows-sysmon.log\n  |   ^^^^^^ did you mean `dataset`?\n".into(),
    }
}

/// The cases of the sample, one of each verdict at least.
pub(crate) fn cases() -> Vec<CaseFinished> {
    let assumption = |text: &str| Assumption {
        text: text.into(),
        place: Some(Place::point(FILE, 17, 7)),
    };
    let mut passed = unit(
        "Windows Remote Assistance Spawning Process",
        "fires on Sysmon process creation",
        Verdict::Passed,
        12_400,
    );
    passed.datasets = vec![data(true)];
    passed.rows = ResultRows {
        first: vec![row(&[("dest", "win-1"), ("count", "5")])],
        total: 5,
    };
    passed.assumptions = vec![
        assumption("`values` sorts by bytes"),
        assumption("`parent_process_name` is the last part of ParentImage"),
    ];
    let mut risk = unit(
        "Windows Remote Assistance Spawning Process",
        "makes a risk event",
        Verdict::Passed,
        800,
    );
    risk.case.kind = CaseKind::Integration;
    risk.rows.total = 1;
    risk.findings = vec![Finding {
        code: "DF640".into(),
        message: "`maxresultrows` of limits.conf cut the subsearch at 50,000 rows".into(),
        ..finding()
    }];
    risk.simulated = vec!["risk events".into()];
    risk.assumptions = vec![assumption("`values` sorts by bytes")];
    let validation = CaseFinished::new(
        case(
            "Suspicious Rundll32 Inline HTA",
            "validation",
            CaseKind::Validation,
        ),
        Verdict::Passed,
    );
    let skipped = CaseFinished::new(
        case(
            "Detect Renamed PSExec",
            "True Positive Test",
            CaseKind::Unit,
        ),
        Verdict::skipped("manual-test", "manual test: needs a human at the keyboard"),
    );
    let unreachable = "datasets/T1003/lsass.log is a Git LFS pointer, and the file it stands for can't be fetched";
    let mut error = unit(
        "Access LSASS Memory for Dump Creation",
        "True Positive Test",
        Verdict::error(ErrorKind::Dataset, "lfs-pointer", unreachable),
        120,
    );
    error.datasets.clear();
    error.fields_from.clear();
    error.env = None;
    let cancelled = CaseFinished::new(
        case("Detect Mimikatz", "True Positive Test", CaseKind::Unit),
        Verdict::Cancelled,
    );
    vec![
        validation,
        passed,
        risk,
        no_rows(),
        wrong_row(),
        undetermined(),
        skipped,
        error,
        cancelled,
    ]
}

/// The detection that most cases of the sample are of.
pub(crate) fn described() -> DetectionDescribed {
    let shells = MacroUsed {
        name: "windows_shells".into(),
        arguments: Vec::new(),
        definition: "(Processes.process_name IN (\"cmd.exe\", \"powershell*\"))".into(),
    };
    DetectionDescribed {
        id: "ced50492-8849-11ec-9f68-acde48001122".into(),
        name: "Windows Remote Assistance Spawning Process".into(),
        version: 3,
        author: Some("Somebody <somebody@example.com>".into()),
        date: Some("2026-05-13".into()),
        status: "production".into(),
        kind: "TTP".into(),
        description: Some("Remote assistance starts a shell, which it does not do in ordinary use.".into()),
        search: "| tstats count from datamodel=Endpoint.Processes where Processes.parent_process_name=msra.exe `windows_shells` by Processes.dest | rename Processes.* as *".into(),
        expanded: "| tstats count from datamodel=Endpoint.Processes where Processes.parent_process_name=msra.exe (Processes.process_name IN (\"cmd.exe\", \"powershell*\")) by Processes.dest | rename Processes.* as *".into(),
        macros: vec![shells],
        data_sources: vec![DataSourceNamed {
            name: "Sysmon EventID 1".into(),
            source: Some("XmlWinEventLog:Microsoft-Windows-Sysmon/Operational".into()),
            sourcetype: Some("XmlWinEventLog".into()),
        }],
        annotations: Annotations {
            techniques: vec!["T1055".into()],
            stories: vec!["Unusual Processes".into()],
            nist: vec!["DE.CM".into()],
            asset_type: Some("Endpoint".into()),
            security_domain: Some("endpoint".into()),
            ..Annotations::default()
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
            message: Some("$process_name$ on $dest$".into()),
            score: 80,
            impact: Some(80),
            confidence: Some(100),
            objects: vec![RiskObjectDescribed { field: "dest".into(), kind: "system".into(), score: 80, message: None }],
            threats: vec![ThreatDescribed { field: "process_name".into(), kind: "process_name".into() }],
            ..RiskDescribed::default()
        }),
        known_false_positives: Some("Few are expected.".into()),
        how_to_implement: Some("Process events with command lines.".into()),
        references: vec!["https://example.com/msra".into(), "javascript:alert(1)".into()],
        drilldowns: vec![DrilldownDescribed {
            name: "Results for $dest$".into(),
            search: "%original_detection_search% | search dest=$dest$".into(),
            earliest: Some("$info_min_time$".into()),
            latest: Some("$info_max_time$".into()),
        }],
        place: Some(Place::point(FILE, 1, 7)),
    }
}

/// The sample as a run's events.
pub(crate) fn run() -> Vec<Event> {
    run_of(cases())
}

/// Some cases as a run's events.
pub(crate) fn run_of(cases: Vec<CaseFinished>) -> Vec<Event> {
    let mut events = vec![
        Event::RunStarted(RunStarted {
            schema_version: SCHEMA_VERSION,
            dryfire_version: "0.1.0".into(),
            target: "local".into(),
            mode: Mode::AllTime,
            knowledge: vec![sysmon()],
            total_cases: cases.len() as u64,
        }),
        Event::FindingReported(finding()),
        Event::DetectionDescribed(Box::new(described())),
    ];
    for finished in cases {
        events.push(Event::CaseStarted(CaseStarted {
            case: finished.case.clone(),
        }));
        events.push(Event::CaseFinished(Box::new(finished)));
    }
    let mut summary = Summary::default();
    events.iter().for_each(|event| summary.event(event));
    events.push(Event::RunFinished(RunFinished {
        summary,
        elapsed_micros: 52_000,
    }));
    events
}
