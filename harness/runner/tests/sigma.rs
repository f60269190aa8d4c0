//! Rules in the form of SPL over real logs, against what at least two other engines found on the same events: the same
//! `EventRecordID`s from the plain search, the same number of events from the search over a data model.
//!
//! All run as one wave. Rules on which the engine differs stand in `sigma_exceptions.tsv` with the reason; one that no
//! longer differs must leave it. Skipped where there is no corpus beside the repository.

#![expect(clippy::unwrap_used, reason = "in tests, a panic is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_diagnostic::{Severity, concise};
use dryfire_engine::{Bound, Env, Outcome, Part, Stamp, Stop, Value, View, World, run};
use dryfire_runner::{Given, Session, Threads, file};
use serde_json::Value as Json;

/// After all logs, 2030, in microseconds.
const NOW: i64 = 1_900_000_000_000_000;
/// Whose fault, rule, search (`plain` or `model`) and log (empty for all), and why.
const EXCEPTIONS: &str = include_str!("sigma_exceptions.tsv");

/// A rule over a log.
struct Rule {
    /// `rule_id`, `plain` or `model`, and the log: parted by tabs.
    key: String,
    title: String,
    spl: String,
    logs: Vec<String>,
    expected: Expected,
}

enum Expected {
    Records(BTreeSet<u64>),
    Count(u64),
}

/// The corpus, where there is one.
#[expect(clippy::print_stdout, reason = "a test has no other voice")]
fn corpus() -> Option<PathBuf> {
    let beside = || {
        PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/corpus"
        ))
    };
    let corpus = std::env::var_os("DRYFIRE_CORPUS").map_or_else(beside, PathBuf::from);
    if !corpus.is_dir() {
        println!("skipped: there is no corpus at {}", corpus.display());
        return None;
    }
    Some(corpus)
}

#[test]
fn rules_find_what_other_engines_find() {
    let Some(corpus) = corpus() else { return };
    let mut rules = truth(&lines(&corpus.join("expectations/sigma_truth.jsonl")));
    rules.extend(hits(&lines(&corpus.join("expectations/sigma_hits.jsonl"))));
    let differ = differences(&rules, &corpus.join("logs"));

    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for line in EXCEPTIONS.lines().filter(|line| !line.starts_with('#')) {
        let (class, rest) = line.split_once('\t').unwrap();
        let (key, reason) = rest.rsplit_once('\t').unwrap();
        assert!(
            ["ours", "theirs", "splunk"].contains(&class) && !reason.is_empty(),
            "{line}"
        );
        known.insert(key, class);
    }
    for kind in ["plain", "model"] {
        let of_kind = |key: &str| key.split('\t').nth(1) == Some(kind);
        let all = rules.iter().filter(|rule| of_kind(&rule.key)).count();
        let missed = differ.keys().filter(|key| of_kind(key)).count();
        println!("{kind}: {} of {all} agree", all - missed);
    }
    let new: Vec<String> = differ
        .iter()
        .filter(|(key, _)| !known.contains_key(**key))
        .map(|(key, why)| format!("{key}: {why}"))
        .collect();
    let mended: Vec<&&str> = known
        .keys()
        .filter(|key| !differ.contains_key(**key))
        .collect();
    assert!(
        new.is_empty() && mended.is_empty(),
        "{} differ and are not among the exceptions:\n{}\nthese agree and must leave them: {mended:?}",
        new.len(),
        new.join("\n")
    );
}

fn lines(path: &Path) -> Vec<Json> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn rule(json: &Json, kind: &str, spl: &str, expected: Expected) -> Rule {
    let logs: Vec<String> = json["logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|log| log.as_str().unwrap().to_owned())
        .collect();
    Rule {
        key: format!("{}\t{kind}\t{}", json["rule_id"].as_str().unwrap(), logs[0]),
        title: json["title"].as_str().unwrap().to_owned(),
        spl: spl.to_owned(),
        logs,
        expected,
    }
}

fn records(json: &Json) -> BTreeSet<u64> {
    let records = json.as_array().unwrap().iter();
    records.map(|record| record.as_u64().unwrap()).collect()
}

/// Rules with the log that each must fire on. Where only one engine could read a rule, its word counts.
fn truth(rows: &[Json]) -> Vec<Rule> {
    let mut rules = Vec::new();
    for row in rows {
        let mut votes: BTreeMap<u64, usize> = BTreeMap::new();
        let engines = row["engine_record_ids"].as_object().unwrap();
        for record in engines.values().flat_map(records) {
            *votes.entry(record).or_default() += 1;
        }
        let needed = engines.len().min(2);
        let agreed = votes.into_iter().filter(|(_, count)| *count >= needed);
        let expected = Expected::Records(agreed.map(|(record, _)| record).collect());
        if let Some(spl) = row["spl_plain_xml"].as_str() {
            rules.push(rule(row, "plain", spl, expected));
        }
        if let Some(spl) = row["spl_dm"].as_str() {
            let count = row["exact_match_count"].as_u64().unwrap();
            rules.push(rule(row, "model", spl, Expected::Count(count)));
        }
    }
    rules
}

/// Further rules and logs.
fn hits(rows: &[Json]) -> Vec<Rule> {
    rows.iter()
        .map(|row| {
            let spl = row["spl_plain_xml"].as_str().unwrap();
            rule(
                row,
                "plain",
                spl,
                Expected::Records(records(&row["record_ids"])),
            )
        })
        .collect()
}

/// The logs of these rules.
fn parts<'a>(rules: &'a [Rule], logs: &Path, session: &Session) -> BTreeMap<&'a str, Part> {
    let mut parts: BTreeMap<&str, Part> = BTreeMap::new();
    for log in rules.iter().flat_map(|rule| &rule.logs) {
        parts.entry(log).or_insert_with(|| Part {
            data: Arc::new(
                file(
                    &logs.join(log),
                    Given::default(),
                    &session.library.knowledge,
                )
                .unwrap(),
            ),
            stamp: Stamp {
                index: "main".into(),
                host: None,
                shift: 0,
            },
        });
    }
    parts
}

/// The translations into data models compare the whole path and the data as Sysmon writes them. What fields of the
/// add-on's kind hold instead is shown, so that each such exception can be judged: `--nocapture` prints the table.
#[test]
fn registry_rules_meet_keys_without_the_value_and_bare_data() {
    let Some(corpus) = corpus() else { return };
    let rows = lines(&corpus.join("expectations/sigma_truth.jsonl"));
    let of_registry = |row: &&Json| {
        let spl = row["spl_dm"].as_str();
        spl.is_some_and(|spl| spl.contains("datamodel=Endpoint.Registry"))
    };
    let rows: Vec<&Json> = rows.iter().filter(of_registry).collect();
    let rules: Vec<Rule> = rows
        .iter()
        .flat_map(|row| truth(std::slice::from_ref(*row)))
        .filter(|rule| matches!(rule.expected, Expected::Records(_)))
        .collect();
    assert!(rules.len() > 10, "{}", rules.len());
    let mut session = Session::bare(&[]);
    let parts = parts(&rules, &corpus.join("logs"), &session);
    let mut wave = Vec::new();
    for rule in &rules {
        let Expected::Records(records) = &rule.expected else {
            continue;
        };
        let records: Vec<String> = records.iter().map(u64::to_string).collect();
        let spl = format!(
            "EventRecordID IN ({}) | table TargetObject Details registry_path registry_key_name registry_value_name registry_value_data",
            records.join(", ")
        );
        let logs = rule.logs.iter().map(|log| parts[log.as_str()].clone());
        wave.push(Bound {
            search: session.prepare_text("registry", &spl).pipeline,
            view: View {
                parts: logs.collect(),
            },
            env: Env::all_time(NOW),
            trace: false,
        });
    }
    for (rule, outcome) in rules.iter().zip(outcomes(&session, &wave)) {
        let table = outcome.unwrap().table;
        assert!(!table.is_empty(), "{}", rule.title);
        println!("{}", rule.title);
        for row in 0..table.len() {
            let text = |name: &str| table.value(row, name).to_text();
            println!(
                "  {} = {}\n    key {}, value {}, data {}",
                text("TargetObject"),
                text("Details"),
                text("registry_key_name"),
                text("registry_value_name"),
                text("registry_value_data")
            );
            assert_eq!(text("registry_path"), text("TargetObject"));
            // An operation on a key has no value's name.
            let (key, value) = (text("registry_key_name"), text("registry_value_name"));
            let joined = [&*key, &*value].join("\\");
            let joined = joined.trim_end_matches('\\');
            assert_eq!(joined, &*text("registry_path"));
            assert!(!text("registry_value_data").contains("WORD ("));
        }
    }
}

/// What each rule that differs expects and gives.
fn differences<'a>(rules: &'a [Rule], logs: &Path) -> BTreeMap<&'a str, String> {
    let mut session = Session::bare(&[]);
    let parts = parts(rules, logs, &session);
    let mut differ = BTreeMap::new();
    let mut wave: Vec<Bound> = Vec::new();
    let mut runnable: Vec<&Rule> = Vec::new();
    for rule in rules {
        let spl = match rule.expected {
            Expected::Records(_) => format!("{} | table EventRecordID", rule.spl),
            Expected::Count(_) => format!("{} | stats sum(count) AS count", rule.spl),
        };
        let prepared = session.prepare_text(&rule.title, &spl);
        let mut errors = prepared.diagnostics.iter();
        if let Some(error) = errors.find(|found| found.severity == Severity::Error) {
            differ.insert(rule.key.as_str(), concise(error, &session.sources));
            continue;
        }
        runnable.push(rule);
        wave.push(Bound {
            search: prepared.pipeline,
            view: View {
                parts: rule
                    .logs
                    .iter()
                    .map(|log| parts[log.as_str()].clone())
                    .collect(),
            },
            env: Env::all_time(NOW),
            trace: false,
        });
    }
    for (rule, outcome) in runnable.into_iter().zip(outcomes(&session, &wave)) {
        if let Err(why) = compare(rule, outcome) {
            differ.insert(
                &rule.key,
                format!("{}: {why}\n    {}", rule.title, rule.spl),
            );
        }
    }
    differ
}

fn compare(rule: &Rule, outcome: Result<Outcome, Stop>) -> Result<(), String> {
    let table = outcome.map_err(|stop| format!("{stop:?}"))?.table;
    let numbers = |name: &str| -> Vec<u64> {
        let column = table.column_or_null(name);
        let values = (0..table.len()).map(|row| column.get(row));
        let texts = values.filter(|value| !matches!(value, Value::Null));
        texts
            .map(|value| value.to_text().parse().unwrap())
            .collect()
    };
    match &rule.expected {
        Expected::Records(expected) => {
            let found: BTreeSet<u64> = numbers("EventRecordID").into_iter().collect();
            let missing: Vec<_> = expected.difference(&found).collect();
            let further: Vec<_> = found.difference(expected).collect();
            match missing.is_empty() && further.is_empty() {
                true => Ok(()),
                false => Err(format!("lacks {missing:?}, has {further:?} beside them")),
            }
        }
        Expected::Count(expected) => {
            let found: u64 = numbers("count").into_iter().sum();
            match found == *expected {
                true => Ok(()),
                false => Err(format!("expected {expected} events, found {found}")),
            }
        }
    }
}

fn outcomes(session: &Session, wave: &[Bound]) -> Vec<Result<Outcome, Stop>> {
    let cancel = AtomicBool::new(false);
    let world = World {
        library: &session.library,
        sources: &session.sources,
        scheduler: &Threads,
        cancel: &cancel,
        prefilter: true,
    };
    run(wave, &world)
}
