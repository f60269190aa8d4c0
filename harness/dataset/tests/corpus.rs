//! Event logs of the corpus against the same logs as a forwarder's text. Skipped where the corpus is absent.

#![expect(clippy::print_stdout, reason = "a skipped test says why")]
#![expect(clippy::unwrap_used, reason = "in tests, a panic is a failed test")]

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
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
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
    let starts: Vec<_> = text
        .match_indices("<Event xmlns=")
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    for event in starts.windows(2).map(|ends| {
        text[ends[0]..ends[1]]
            .strip_suffix('\n')
            .unwrap_or(&text[ends[0]..ends[1]])
    }) {
        let between = |tag: &str| {
            event
                .split_once(&format!("<{tag}>"))
                .and_then(|(_, rest)| rest.split_once("</"))
                .map(|(value, _)| value.to_owned())
        };
        let number = between("EventRecordID").unwrap().parse().unwrap();
        assert!(
            into.insert((between("Channel").unwrap(), number), event.to_owned())
                .is_none()
        );
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
        let folder = path
            .parent()
            .unwrap()
            .strip_prefix(corpus.join("evtx"))
            .unwrap();
        let folder = corpus.join("logs/EVTX-to-MITRE-Attack").join(folder);
        let name = path.file_stem().unwrap().to_str().unwrap();
        for log in logs.iter().filter(|log| log.parent() == Some(&folder)) {
            let stem = log.file_stem().unwrap().to_str().unwrap();
            if stem == name
                || stem
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with("--"))
            {
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
    println!(
        "{} files, {equal} events equal, {} different",
        paths.len(),
        different.len()
    );
    assert!(different.is_empty());
}

/// How often each log is damaged.
const ROUNDS: usize = 2;

#[test]
fn damaged_logs_are_no_panic() {
    let Some(corpus) = corpus() else { return };
    let mut paths = Vec::new();
    files(&corpus.join("evtx"), "evtx", &mut paths);
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.evtx");
    let mut seed = 1_u64;
    let mut next = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for path in paths.iter().cycle().take(ROUNDS * paths.len()) {
        let mut bytes = std::fs::read(path).unwrap();
        for _ in 0..1 + next(40) {
            let at = 4096 + next(bytes.len() - 4096);
            bytes[at] = [0, 1, 0x0c, 0x0e, 0x21, 0x7f, 0x81, 0xff][next(8)];
        }
        if next(4) == 0 {
            bytes.truncate(next(bytes.len()));
        }
        std::fs::write(&damaged, &bytes).unwrap();
        // Any answer will do, but not that the decoder panicked, which it is kept from showing.
        let said = match open(&damaged) {
            Ok(content) => {
                text(&content);
                content
                    .notes()
                    .iter()
                    .map(|note| note.message.clone())
                    .collect()
            }
            Err(error) => error.to_string(),
        };
        assert!(
            !said.contains("the decoder failed"),
            "{}: {said}",
            path.display()
        );
    }
}
