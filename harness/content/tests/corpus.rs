//! Loads the real content of the corpus, which is no part of this repository; without it the tests say so and pass.

#![expect(clippy::print_stdout, reason = "a skipped test says why")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use dryfire_content::{
    Generation, Kind, Location, LookupTable, Repository, Skip, Status, cases, load,
};
use dryfire_diagnostic::{Severity, SourceMap, Span, concise};
use dryfire_spl::ast::Pipeline;
use dryfire_spl::{Macro, Macros, expand, parse, print};

fn corpus() -> Option<PathBuf> {
    let default = || {
        PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/corpus"
        ))
    };
    let path = std::env::var_os("DRYFIRE_CORPUS").map_or_else(default, PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: there is no corpus at {}", path.display());
    None
}

fn complaints(repository: &Repository, sources: &SourceMap) -> Vec<String> {
    repository
        .diagnostics
        .iter()
        .map(|finding| concise(finding, sources))
        .collect()
}

#[test]
fn all_of_security_content_loads_without_a_complaint() {
    let Some(corpus) = corpus() else { return };
    let mut sources = SourceMap::new();
    let start = Instant::now();
    let repository = load(&[corpus.join("security_content")], &mut sources);
    println!("loaded in {:?}", start.elapsed());
    assert_eq!(complaints(&repository, &sources), [""; 0]);
    let written = repository.macros.iter().filter(|one| !one.supplied).count();
    let counts = [
        repository.detections.len(),
        written,
        repository.lookups.len(),
        repository.data_sources.len(),
        repository.stories.len(),
        repository.deployments.len(),
        repository.baselines.len(),
        repository.manifests.len(),
        repository.others.len(),
    ];
    assert_eq!(counts, [1223, 189, 79, 132, 261, 5, 66, 0, 0]);
    assert!(
        repository
            .detections
            .iter()
            .all(|one| one.generation == Generation::V4)
    );
    let lookups = |fits: fn(&LookupTable) -> bool| {
        repository
            .lookups
            .iter()
            .filter(|one| fits(&one.table))
            .count()
    };
    assert_eq!(
        lookups(|table| matches!(table, LookupTable::KvStore { fields, .. } if !fields.is_empty())),
        24
    );
    assert_eq!(lookups(|table| matches!(table, LookupTable::Model(_))), 5);
    for detection in &repository.detections {
        assert!(
            repository
                .macros_of(detection.root)
                .any(|one| one.name == detection.filter_macro())
        );
    }
}

#[test]
fn every_byte_of_every_search_leads_to_its_place_in_the_file() {
    let Some(corpus) = corpus() else { return };
    let mut sources = SourceMap::new();
    let repository = load(
        &[corpus.join("security_content"), corpus.join("formats")],
        &mut sources,
    );
    let detections = repository.detections.iter().flat_map(|one| {
        one.drilldowns
            .iter()
            .map(|one| one.search.value)
            .chain([one.search.value])
    });
    let texts: Vec<_> = detections
        .chain(
            repository
                .macros
                .iter()
                .filter(|one| !one.supplied)
                .map(|one| one.definition),
        )
        .chain(repository.baselines.iter().map(|one| one.search.value))
        .collect();
    assert!(texts.len() > 3000);
    for id in texts {
        let source = sources.get(id);
        assert_eq!(source.segments.first().map(|one| one.start), Some(0));
        for (at, segment) in source.segments.iter().enumerate() {
            let end = source
                .segments
                .get(at + 1)
                .map_or(source.text.len(), |next| next.start as usize);
            let from = sources.text(segment.from);
            if segment.verbatim {
                assert_eq!(
                    &source.text[segment.start as usize..end],
                    from,
                    "{}",
                    source.name
                );
            } else {
                // A folded line or an escape; never the fallback to the whole scalar.
                assert!(
                    end - (segment.start as usize) <= 4 && from.len() < 80,
                    "{}: {from:?}",
                    source.name
                );
            }
        }
        for word in source
            .text
            .split_whitespace()
            .filter(|word| !word.contains(['\'', '"', '\\']))
        {
            let start = word.as_ptr() as usize - source.text.as_ptr() as usize;
            let origin = sources
                .trace(Span::new(id, start, start + word.len()))
                .origin;
            assert_eq!(sources.text(origin), word, "{}", source.name);
        }
    }
}

/// Every search that somebody wrote: detections, drilldowns, baselines, macros. A macro's text is the part of a search
/// and has its place there; by itself it is parsed only where it is a whole expression.
#[test]
fn every_search_parses_and_survives_printing() {
    let Some(corpus) = corpus() else { return };
    let mut sources = SourceMap::new();
    let repository = load(
        &[corpus.join("security_content"), corpus.join("formats")],
        &mut sources,
    );
    let macros = macros(&repository, &mut sources);
    let detections = repository.detections.iter().flat_map(|one| {
        one.drilldowns
            .iter()
            .map(|one| one.search.value)
            .chain([one.search.value])
    });
    let searches: Vec<_> = detections
        .chain(repository.baselines.iter().map(|one| one.search.value))
        .collect();
    let mut faults = Vec::new();
    for source in &searches {
        let expanded = expand(*source, &mut sources, &macros);
        let parsed = parse(expanded.source, &sources);
        let found = expanded.diagnostics.iter().chain(&parsed.diagnostics);
        faults.extend(
            found
                .filter(|found| found.severity == Severity::Error)
                .map(|found| concise(found, &sources)),
        );
        faults.extend(survives(&parsed.pipeline, &mut sources));
    }
    let mut calls = 0;
    for (name, arguments) in macros.names() {
        let given = vec!["x"; arguments].join(",");
        let call = if arguments == 0 {
            format!("`{name}`")
        } else {
            format!("`{name}({given})`")
        };
        // Where it may stand: as a search, as a command, as a condition, as a part of an expression.
        let places = [
            call.clone(),
            format!("x | {call}"),
            format!("x | eval y={call}"),
            format!("x | where {call}"),
            format!("| tstats {call} from datamodel=M"),
            format!("x | table {call}"),
            format!("x | lookup t x as {call}"),
        ];
        let parsed = places.into_iter().find_map(|place| {
            let source = sources.add("call", place);
            let expanded = expand(source, &mut sources, &macros);
            let parsed = parse(expanded.source, &sources);
            let found = expanded.diagnostics.iter().chain(&parsed.diagnostics);
            let sound = !found
                .into_iter()
                .any(|found| found.severity == Severity::Error);
            sound.then_some(parsed.pipeline)
        });
        calls += 1;
        match parsed {
            Some(pipeline) => faults.extend(survives(&pipeline, &mut sources)),
            None => faults.push(format!("the macro {call} fits nowhere")),
        }
    }
    println!("{} searches, {calls} macros", searches.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is wrong when a tree is printed and parsed again.
fn survives(pipeline: &Pipeline, sources: &mut SourceMap) -> Option<String> {
    let printed = print(pipeline);
    let again = sources.add("printed", printed.as_str());
    (parse(again, sources).pipeline != *pipeline)
        .then(|| format!("prints as another tree: {printed}"))
}

/// The macros of the content, and those of the CIM and ES apps, which the corpus lacks.
fn macros(repository: &Repository, sources: &mut SourceMap) -> Vec<Macro> {
    let made = |name: &str, arguments: &[String], definition| Macro {
        name: name.to_owned(),
        arguments: arguments.to_vec(),
        definition,
        is_eval: false,
        validation: None,
        error_message: None,
    };
    let own = repository
        .macros
        .iter()
        .map(|one| made(&one.name, &one.arguments, one.definition));
    let mut all: Vec<Macro> = own.collect();
    for (name, argument, definition) in [
        (
            "drop_dm_object_name",
            Some("objectName"),
            "rename \"$objectName$.*\" AS \"*\"",
        ),
        ("get_asset", Some("field"), "eval $field$_asset=\"\""),
        (
            "cim_corporate_web_domain_search",
            Some("field"),
            "$field$=\"*.example.com\"",
        ),
        ("notable", None, "index=notable"),
    ] {
        let arguments: Vec<String> = argument.into_iter().map(str::to_owned).collect();
        let definition = sources.add(name, definition);
        all.push(made(name, &arguments, definition));
    }
    all
}

#[test]
fn the_newer_formats_come_to_the_same_model() {
    let Some(corpus) = corpus() else { return };
    let mut sources = SourceMap::new();
    let paths = [
        corpus.join("formats"),
        corpus.join(
            "security_content/detections/endpoint/windows_remote_assistance_spawning_process.yml",
        ),
    ];
    let repository = load(&paths, &mut sources);
    // The v6 file and the v4 file are one detection: same id, same name.
    let codes: Vec<_> = repository
        .diagnostics
        .iter()
        .map(|finding| finding.code.id)
        .collect();
    assert_eq!(
        codes,
        ["DF106", "DF106"],
        "{:?}",
        complaints(&repository, &sources)
    );
    let shown: Vec<_> = repository
        .detections
        .iter()
        .map(|one| {
            let objects: Vec<_> = one
                .risk
                .objects
                .iter()
                .map(|object| format!("{}:{}:{}", object.field.value, object.kind, object.score))
                .collect();
            let threats: Vec<_> = one
                .risk
                .threats
                .iter()
                .map(|threat| format!("{}:{}", threat.field.value, threat.kind))
                .collect();
            (
                one.generation,
                one.kind.value,
                objects.join(" "),
                threats.join(" "),
                one.mitre[0].value.clone(),
                one.stories.len(),
                one.drilldowns.len(),
            )
        })
        .collect();
    let expected = [
        (
            Generation::V5,
            Kind::Anomaly,
            "user:user:56 dest:system:60",
            "parent_process_name:parent_process_name process_name:process_name",
            "T1560.001",
            1,
            2,
        ),
        (
            Generation::V6,
            Kind::Ttp,
            "dest:system:80",
            "parent_process_name:parent_process_name process_name:process_name",
            "T1055",
            1,
            0,
        ),
        (
            Generation::V4,
            Kind::Ttp,
            "dest:system:80",
            "parent_process_name:process process_name:process",
            "T1055",
            1,
            2,
        ),
    ];
    let expected = expected.map(|(g, k, objects, threats, mitre, stories, drilldowns)| {
        (
            g,
            k,
            objects.to_owned(),
            threats.to_owned(),
            mitre.to_owned(),
            stories,
            drilldowns,
        )
    });
    assert_eq!(shown, expected);
    // A single file brings its repository's macros and lookups, and nothing else.
    assert_eq!(
        (
            repository.macros.iter().filter(|one| !one.supplied).count(),
            repository.lookups.len(),
            repository.stories.len()
        ),
        (189, 79, 0)
    );
    assert_eq!(repository.deployments.len(), 1);
}

#[test]
fn cases_of_security_content() {
    let Some(corpus) = corpus() else { return };
    let mut sources = SourceMap::new();
    let repository = load(&[corpus.join("security_content")], &mut sources);
    let cases = cases(&repository);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        let what = match &case.skip {
            None => "run",
            Some(Skip::Manual(_)) => "manual",
            Some(Skip::Status(Status::Experimental)) => "experimental",
            Some(Skip::Status(_)) => "status",
            Some(Skip::Correlation) => "correlation",
            Some(_) => "no tests",
        };
        *counts.entry(what).or_default() += 1;
        assert!(
            case.datasets
                .iter()
                .all(|data| matches!(data.location, Location::Url(_)) && data.sourcetype.is_some())
        );
    }
    println!("{counts:?}");
    assert!(counts["run"] > 1000 && counts["manual"] >= 18 && !counts.contains_key("no tests"));
    let ids: std::collections::BTreeSet<_> = cases.iter().map(|case| case.id.clone()).collect();
    assert_eq!(ids.len(), cases.len());
}
