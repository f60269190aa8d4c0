//! The searches of a content repository outside this one: all parse, and print as text that parses to the same tree.
//!
//! The folder is `$DRYFIRE_CORPUS`, or `corpus` of the shared workspace beside the repository. Without it, nothing is tested.

use std::path::{Path, PathBuf};

use dryfire_diagnostic::{Severity, SourceMap, concise};
use dryfire_spl::{Macro, expand, parse, print};

/// The macros of the CIM and ES apps, which the corpus lacks, and the one that its expanded texts leave in `map`.
fn app_macros(sources: &mut SourceMap) -> Vec<Macro> {
    let definitions: [(&str, &[&str], &str); 5] = [
        (
            "drop_dm_object_name",
            &["objectName"],
            "rename \"$objectName$.*\" AS \"*\"",
        ),
        ("get_asset", &["field"], "eval $field$_asset=\"\""),
        (
            "cim_corporate_web_domain_search",
            &["field"],
            "$field$=\"*.example.com\"",
        ),
        ("notable", &[], "index=notable"),
        (
            "wineventlog_security",
            &[],
            "eventtype=wineventlog_security",
        ),
    ];
    let macros = definitions
        .into_iter()
        .map(|(name, arguments, definition)| Macro {
            name: name.to_owned(),
            arguments: arguments
                .iter()
                .map(|argument| (*argument).to_owned())
                .collect(),
            definition: sources.add(name, definition),
            is_eval: false,
            validation: None,
            error_message: None,
        });
    macros.collect()
}

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("DRYFIRE_CORPUS").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

#[test]
fn all_searches_parse_and_survive_printing() {
    let Some(folder) = corpus() else {
        println!("skipped: there is no corpus; set DRYFIRE_CORPUS");
        return;
    };
    let read = |name: &str| {
        std::fs::read_to_string(folder.join("expectations").join(name))
            .expect("the corpus holds this file")
    };
    let mut searches = Vec::new();
    for (file, name, search) in [
        ("expanded.jsonl", "file", "expanded"),
        ("spl_vectors.jsonl", "id", "spl"),
    ] {
        for line in read(file).lines() {
            let entry: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
            let text = |key: &str| entry[key].as_str().unwrap_or("").to_owned();
            let written = text(search);
            // A vector is applied to given rows, so it is written without its first pipe.
            let pipe = if name == "id" && !written.starts_with('|') {
                "| "
            } else {
                ""
            };
            searches.push((text(name), format!("{pipe}{written}")));
        }
    }
    let faults: Vec<String> = searches
        .iter()
        .filter_map(|(name, search)| check(name, search).err())
        .collect();
    println!(
        "{} of {} searches parse and survive printing",
        searches.len() - faults.len(),
        searches.len()
    );
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        searches.len(),
        faults.join("\n")
    );
}

fn check(file: &str, search: &str) -> Result<(), String> {
    let mut sources = SourceMap::new();
    let macros = app_macros(&mut sources);
    let source = sources.add(file, search);
    let expanded = expand(source, &mut sources, &macros);
    let parsed = parse(expanded.source, &sources);
    let diagnostics = expanded.diagnostics.iter().chain(&parsed.diagnostics);
    let errors: Vec<String> = diagnostics
        .filter(|one| one.severity == Severity::Error)
        .map(|one| concise(one, &sources))
        .collect();
    if !errors.is_empty() {
        return Err(format!("{file}: {}", errors.join("\n  ")));
    }
    let printed = print(&parsed.pipeline);
    let again = sources.add("printed", printed.as_str());
    let reparsed = parse(again, &sources);
    if reparsed.pipeline != parsed.pipeline {
        return Err(format!(
            "{file}: prints as another tree\n  from {}\n  to   {printed}\n",
            sources.get(expanded.source).text
        ));
    }
    Ok(())
}
