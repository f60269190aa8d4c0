//! No search gives a field that the analysis says it can't give: held against the small semantic cases of the corpus
//! beside the repository (rows in, SPL, rows out), and skipped where there is no corpus.

#![expect(clippy::unwrap_used, reason = "in tests, a panic is a failed test")]

use std::path::PathBuf;
use std::sync::Arc;

use dryfire_diagnostic::SourceMap;
use dryfire_knowledge::{Knowledge, LookupDefinition, LookupSource, LookupTable};
use dryfire_plan::{FieldSet, Library, produces_from};
use dryfire_spl::parse;
use serde_json::Value;

fn names<'a>(rows: &'a Value) -> impl Iterator<Item = &'a str> {
    let present = |row: &'a Value| {
        row.as_object()
            .unwrap()
            .iter()
            .filter(|(_, value)| !value.is_null())
    };
    rows.as_array()
        .unwrap()
        .iter()
        .flat_map(present)
        .map(|(name, _)| name.as_str())
}

#[test]
fn what_comes_out_could_be_told_to_be_possible() {
    let beside = || {
        PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/corpus"
        ))
    };
    let folder = std::env::var_os("DRYFIRE_CORPUS").map_or_else(beside, PathBuf::from);
    let Ok(text) = std::fs::read_to_string(folder.join("expectations/spl_vectors.jsonl")) else {
        println!("skipped: there is no corpus at {}", folder.display());
        return;
    };
    let mut wrong = Vec::new();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let mut sources = SourceMap::new();
        let (mut knowledge, _) = Knowledge::merge(&[], &mut sources);
        for (name, rows) in case["lookups"].as_object().into_iter().flatten() {
            let columns: Vec<String> = names(rows).map(str::to_owned).collect();
            let table = LookupTable::new(columns, Vec::<Vec<String>>::new());
            knowledge.add_lookup(
                LookupDefinition::new(name.as_str(), LookupSource::File(name.clone())),
                Some(table),
            );
        }
        let (library, _) = Library::new(Arc::new(knowledge), &mut sources);
        let spl = case["spl"].as_str().unwrap();
        let source = sources.add("spl", format!("| {}", spl.trim_start_matches('|')));
        let pipeline = parse(source, &sources).pipeline;
        let start = FieldSet::of(names(&case["input"]));
        let produced = produces_from(&pipeline, start, &library);
        let missing: Vec<&str> = names(&case["expect"])
            .filter(|name| !produced.contains(name))
            .collect();
        if !missing.is_empty() {
            wrong.push(format!(
                "{}: {spl} gives {missing:?}, told are {:?}",
                case["id"],
                produced.fields()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
