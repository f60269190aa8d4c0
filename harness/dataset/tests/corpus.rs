//! Event logs of the corpus against the same logs as a forwarder's text. Skipped where the corpus is absent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dryfire_dataset::{Content, open};

/// The corpus, when it is there.
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("DRYFIRE_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    if folder.join("evtx").is_dir() {
        return Some(folder);
    }
    println!("skipped: no corpus at {}", folder.display());
    None
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(path);
        }
    }
}

fn text(content: &Content) -> String {
    let mut bytes = vec![0; content.len() as usize];
    assert_eq!(content.read_at(0, &mut bytes).unwrap(), bytes.len());
    String::from_utf8(bytes).unwrap()
}

/// Events by channel and record number.
fn events(text: &str, into: &mut BTreeMap<(String, u64), String>) {
    let starts: Vec<_> = text.match_indices("<Event xmlns=").map(|(at, _)| at).chain([text.len()]).collect();
    for event in starts.windows(2).map(|ends| text[ends[0]..ends[1]].strip_suffix('\n').unwrap_or(&text[ends[0]..ends[1]])) {
        let between = |tag: &str| {
            event.split_once(&format!("<{tag}>")).and_then(|(_, rest)| rest.split_once("</")).map(|(value, _)| value.to_owned())
        };
        let number = between("EventRecordID").unwrap().parse().unwrap();
        assert!(into.insert((between("Channel").unwrap(), number), event.to_owned()).is_none());
    }
}

#[test]
fn event_logs_read_as_a_forwarder_sends_them() {
    let Some(corpus) = corpus() else { return };
    let mut logs = Vec::new();
    files(&corpus.join("logs"), "log", &mut logs);
    let mut paths = Vec::new();
    files(&corpus.join("evtx"), "evtx", &mut paths);
    let (mut equal, mut different) = (0, Vec::new());
    for path in &paths {
        let content = open(path).unwrap();
        assert_eq!(content.notes(), []);
        let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
        events(&text(&content), &mut ours);
        // A log with several channels was converted into a file for each: `<name>--<channel>.log`.
        let folder = path.parent().unwrap().strip_prefix(corpus.join("evtx")).unwrap();
        let folder = corpus.join("logs/EVTX-to-MITRE-Attack").join(folder);
        let name = path.file_stem().unwrap().to_str().unwrap();
        for log in logs.iter().filter(|log| log.parent() == Some(&folder)) {
            let stem = log.file_stem().unwrap().to_str().unwrap();
            if stem == name || stem.strip_prefix(name).is_some_and(|rest| rest.starts_with("--")) {
                events(&text(&open(log).unwrap()), &mut theirs);
            }
        }
        assert!(!theirs.is_empty(), "{}", path.display());
        assert!(ours.keys().eq(theirs.keys()), "{}", path.display());
        for (key, event) in &ours {
            if theirs[key] == *event {
                equal += 1;
            } else {
                different.push((path.clone(), event.clone(), theirs[key].clone()));
            }
        }
    }
    for (path, ours, theirs) in different.iter().take(20) {
        println!("{}\n  ours:   {ours}\n  theirs: {theirs}", path.display());
    }
    println!("{} files, {equal} events equal, {} different", paths.len(), different.len());
    assert!(different.is_empty());
}
