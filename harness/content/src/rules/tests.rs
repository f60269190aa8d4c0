//! Each rule on a detection that is right and on one that is wrong in one place: what the tests have in common.

use std::fs;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, SourceMap, concise};
use dryfire_knowledge::{Knowledge, LookupDefinition, LookupSource, LookupTable};
use dryfire_plan::produces;
use dryfire_spl::{Macro, expand, parse};

use super::*;
use crate::load;

mod every;
mod fields;
mod form;

const V5: &str = "\
name: One
id: 9364ee8e-a39a-11eb-8f1d-acde48001122
version: 1
date: 2024-05-01
status: production
type: TTP
data_source: [Sysmon 1 AND Sysmon 3]
search: '| tstats count values(P.process) as process from datamodel=E.P by P.dest P.user | rename P.* as * | lookup hosts host as dest OUTPUT site | `one_filter`'
author: A
description: Some words
how_to_implement: Some words
known_false_positives: Some words
rba:
  message: $user$ ran $process$ on $dest$ for $5
  risk_objects:
  - {field: dest, type: system, score: 64}
  threat_objects:
  - {field: process, type: process}
drilldown_searches:
- name: View $dest$
  search: '%original_detection_search% | search dest=\"$dest$\" user=$user|s$'
  earliest_offset: $info_min_time$
  latest_offset: $info_max_time$
- name: View risk events
  search: '| from datamodel Risk.All_Risk | search normalized_risk_object IN ($dest$)'
  earliest_offset: 1
  latest_offset: 2
tags:
  analytic_story: [Tale]
  product: [Splunk Cloud]
  security_domain: endpoint
  asset_type: Endpoint
  mitre_attack_id: [T1059.001]
  throttling: {fields: [dest], period: 86400s}
tests:
- name: t
  attack_data:
  - {data: x.log, source: s, sourcetype: t}
";

const V6: &str = "\
name: One
id: 9364ee8e-a39a-11eb-8f1d-acde48001122
creation_date: 2024-05-01
modification_date: 2024-05-01
status: production
type: TTP
search: 'index=a | stats count by dest user | `one_filter`'
version: 1
author: A
description: Some words
how_to_implement: Some words
known_false_positives: Some words
category: endpoint
analytic_story: [Tale]
product: [Splunk Cloud]
security_domain: endpoint
asset_type: Endpoint
finding:
  title: Something on $dest$
  entity: {field: dest, type: system, score: 50}
intermediate_findings:
  entities:
  - {field: user, type: user, score: 20, message: $user$ did it}
threat_objects: []
custom_schedule: {cron_schedule: 0 * * * *, earliest_time: -70m@m, latest_time: -10m@m, schedule_window: auto}
mitre_attack_id: [T1059]
tests:
- name: t
  attack_data:
  - {data: x.log, source: s, sourcetype: t}
";

const V4: &str = "\
name: One
id: 9364ee8e-a39a-11eb-8f1d-acde48001122
date: 2024-05-01
status: production
type: TTP
search: 'index=a | stats count by dest | `one_filter`'
version: 1
author: A
description: Some words
how_to_implement: Some words
known_false_positives: Some words
tags:
  required_fields: [dest]
  analytic_story: [Tale]
  product: [Splunk Cloud]
  security_domain: endpoint
  asset_type: Endpoint
  confidence: 50
  impact: 50
  message: On $dest$
  observable:
  - {name: dest, type: Hostname, role: [Victim]}
tests:
- name: t
  attack_data:
  - {data: x.log, source: s, sourcetype: t}
";

const OTHERS: &[(&str, &str)] = &[
    ("contentctl.yml", "path: .\napp: {label: E}\n"),
    ("detections/endpoint/x.log", "x"),
    (
        "data_sources/a.yml",
        "name: Sysmon 1\nsource: s\nsourcetype: t\noutput_fields: [dest]\n",
    ),
    (
        "data_sources/b.yml",
        "name: Sysmon 3\nsource: s\nsourcetype: t\n",
    ),
    ("stories/a.yml", "name: Tale\n"),
    (
        "deployments/ttp.yml",
        "name: D\ntype: TTP\nscheduling: {cron_schedule: 0 * * * *, earliest_time: -70m@m, latest_time: -10m@m}\nalert_action: {rba: {enabled: 'true'}}\n",
    ),
    (
        "deployments/hunting.yml",
        "name: H\ntype: Hunting\nalert_action: {}\n",
    ),
];

/// What the rules say of the detection in a repository that holds what it names: `line:column code severity message`.
fn said(detection: &str, file: &str) -> Vec<String> {
    let path = format!("detections/endpoint/{file}");
    let (own, _, loading) = found(&[(&path, detection)], Profile::Dryfire);
    assert_eq!(loading, [""; 0], "{detection}");
    let file = format!("{file}:");
    let line = |text: &String| {
        text.split_once(&file)
            .map_or(text.clone(), |(_, rest)| rest.to_owned())
    };
    own.iter().map(line).collect()
}

/// What the rules say of the first detection, of all else, and what was said in loading; of a repository with these files
/// in place of or beside the usual ones.
fn found(files: &[(&str, &str)], profile: Profile) -> (Vec<String>, Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in OTHERS.iter().chain(files) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut sources = SourceMap::new();
    let repository = load(&[folder.path().to_path_buf()], &mut sources);
    let (mut knowledge, _) = Knowledge::merge(&[], &mut sources);
    let definition = LookupDefinition::new("hosts", LookupSource::File("hosts.csv".to_owned()));
    knowledge.add_lookup(definition, Some(LookupTable::from_csv("host,site\na,b\n")));
    for own in repository.macros_of(0) {
        knowledge.add_macro(Macro {
            name: own.name.clone(),
            arguments: own.arguments.clone(),
            definition: own.definition,
            is_eval: false,
            validation: None,
            error_message: None,
        });
    }
    let (library, _) = Library::new(Arc::new(knowledge), &mut sources);
    let policy = Policy {
        profile,
        ..Policy::default()
    };
    let external = External::default();
    let whole = Whole {
        repository: &repository,
        library: &library,
        today: Some(Day(2025, 1, 1)),
        policy: &policy,
        external: &external,
    };
    let mut own = Vec::new();
    if let Some(detection) = repository.detections.first() {
        let expanded = expand(
            detection.search.value,
            &mut sources,
            library.knowledge.macros(),
        );
        let parsed = parse(expanded.source, &sources);
        let produced = produces(&parsed.pipeline, &library);
        let context = Context {
            detection,
            macros: library.knowledge.macros(),
            search: Some(Analysed {
                pipeline: &parsed.pipeline,
                produced: &produced,
            }),
            whole,
        };
        own = check(&context, &mut sources);
    }
    let others = check_whole(&whole, &mut sources);
    let lines = |found: &[Diagnostic]| found.iter().map(|one| concise(one, &sources)).collect();
    (lines(&own), lines(&others), lines(&repository.diagnostics))
}

/// Applies a change to a detection and expects findings: at the place that `^` marks in a piece of the changed text, of
/// that severity and code, with these words.
#[track_caller]
fn check_change(detection: &str, change: (&str, &str), expected: &[(&str, &str, &str)]) {
    assert!(detection.contains(change.0), "{}", change.0);
    let text = detection.replacen(change.0, change.1, 1);
    let found = said(&text, "one.yml");
    assert_eq!(found.len(), expected.len(), "{change:?}: {found:#?}");
    for (found, (place, code, words)) in found.iter().zip(expected) {
        let start = format!("{}: {code}", position(&text, place));
        assert!(
            found.starts_with(&start) && found.contains(words),
            "{change:?}: {found} is not {start} … {words}"
        );
    }
}

/// Line and column of the `^` in a piece of the text.
#[track_caller]
fn position(text: &str, place: &str) -> String {
    let (before, after) = place.split_once('^').unwrap();
    let at = text.find(&format!("{before}{after}")).unwrap() + before.len();
    let line = text[..at].matches('\n').count() + 1;
    let column = at - text[..at].rfind('\n').map_or(0, |newline| newline + 1) + 1;
    format!("{line}:{column}")
}
