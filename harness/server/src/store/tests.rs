//! What the store holds, what a snapshot sees, what is left after a deletion and after a restart.

use super::*;

fn knowledge() -> Arc<Knowledge> {
    let mut sources = dryfire_diagnostic::SourceMap::new();
    let apps = dryfire_knowledge::built_in(&mut sources);
    Arc::new(Knowledge::merge(&apps, &mut sources).0)
}

fn key(index: &str) -> Key {
    Key {
        index: index.into(),
        host: "h".into(),
        source: "s".into(),
        // One of the built-in pack whose events are lines.
        sourcetype: "aws:firehose:json".into(),
    }
}

fn texts(snapshot: &Snapshot) -> Vec<String> {
    let mut texts = Vec::new();
    for part in &snapshot.view.parts {
        for chunk in part.data.load(0).unwrap() {
            let places = 0..u32::try_from(chunk.len()).unwrap();
            texts.extend(places.map(|place| chunk.event(place).to_owned()));
        }
    }
    texts
}

fn send(store: &Store, index: &str, text: &str) -> Result<(), StoreError> {
    let key = key(index);
    let events = store.broken(&key, text.as_bytes())?;
    store.put(vec![(key, events)])
}

fn event_key(part: u32, row: u32) -> EventKey {
    EventKey {
        time: 0,
        part,
        unit: 0,
        row,
    }
}

#[test]
fn a_snapshot_does_not_change_and_a_deletion_hides_what_was_seen() {
    let store = Store::new(knowledge(), 1 << 30, &[], None).unwrap();
    send(&store, "main", "a\nb\nc\n").unwrap();
    let before = store.snapshot(|_| true);
    send(&store, "main", "d\n").unwrap();
    assert_eq!(texts(&before), ["a", "b", "c"]);
    store.delete(&before, &[event_key(0, 1)]).unwrap();
    assert_eq!(texts(&before), ["a", "b", "c"]);
    send(&store, "main", "e\n").unwrap();
    let after = store.snapshot(|_| true);
    assert_eq!(texts(&after), ["a", "c", "d", "e"]);
    // The rows of what is left are those of before.
    store.delete(&after, &[event_key(0, 2)]).unwrap();
    assert_eq!(texts(&store.snapshot(|_| true)), ["a", "d", "e"]);
    assert_eq!(store.count("main"), 3);
    assert!(texts(&store.snapshot(|index| index != "main")).is_empty());
}

#[test]
fn many_small_batches_are_sealed_into_few_segments() {
    let store = Store::new(knowledge(), 1 << 30, &[], None).unwrap();
    let batch = "x\n".repeat(1000);
    for _ in 0..200 {
        send(&store, "main", &batch).unwrap();
    }
    let snapshot = store.snapshot(|_| true);
    assert_eq!(snapshot.events, 200_000);
    let parts = snapshot.view.parts.len();
    assert!((2..10).contains(&parts), "{parts} segments");
}

#[test]
fn the_limit_of_bytes_and_unknown_indexes_are_refused() {
    let store = Store::new(knowledge(), 10_000, &[], None).unwrap();
    assert!(matches!(
        send(&store, "nowhere", "a\n"),
        Err(StoreError::NoIndex(_))
    ));
    assert!(matches!(
        send(&store, "main", &"x\n".repeat(1000)),
        Err(StoreError::Full)
    ));
    send(&store, "main", "a\n").unwrap();
    assert_eq!(store.count("main"), 1);
}

#[test]
fn a_journal_brings_back_indexes_events_and_deletions() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let (journal, records, _) = Journal::open(folder.path()).unwrap();
        Store::new(knowledge(), 1 << 30, &[], Some((journal, records))).unwrap()
    };
    let store = open();
    assert!(store.create_index("kept", BTreeMap::new()).unwrap());
    assert!(store.create_index("gone", BTreeMap::new()).unwrap());
    send(&store, "kept", "a\nb\nc\n").unwrap();
    send(&store, "gone", "z\n").unwrap();
    let snapshot = store.snapshot(|index| index == "kept");
    store.delete(&snapshot, &[event_key(0, 0)]).unwrap();
    store.remove_index("gone").unwrap();
    drop((store, snapshot));
    let store = open();
    assert_eq!(texts(&store.snapshot(|_| true)), ["b", "c"]);
    assert!(store.has_index("kept") && !store.has_index("gone"));
}
