//! The indexes and their events: streams of events with one index, host, source and sourcetype, each a list of sealed
//! segments and an open tail.
//!
//! What a search sees is a snapshot: events that arrive or are deleted later change nothing of it.

mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use dryfire_engine::ingest::Taken;
use dryfire_engine::{EventKey, Part, Stamp, Stop, View};
use dryfire_knowledge::Knowledge;
use indexmap::IndexMap;

use crate::clock;
use crate::journal::{Journal, Record};
pub(crate) use stream::{Key, Stream};

/// Indexes that every server has.
const BUILT_IN: [&str; 3] = ["_internal", "history", "main"];
/// How long, in seconds, an index says that it keeps events: nothing is frozen here.
const KEPT_SECONDS: u64 = 188_697_600;

/// Why events were not taken.
#[derive(Debug)]
pub(crate) enum StoreError {
    /// There is no index of that name.
    NoIndex(String),
    /// The limit of stored bytes is reached.
    Full,
    /// The journal can't be written.
    Journal(String),
    /// The engine can't take them.
    Engine(Stop),
}

/// What is known of an index.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    /// Settings that a client gave, and what they are by default.
    pub(crate) settings: BTreeMap<String, String>,
    /// Whether it can be removed.
    pub(crate) built_in: bool,
}

impl Index {
    fn new(built_in: bool) -> Self {
        let kept = (
            "frozenTimePeriodInSecs".to_owned(),
            KEPT_SECONDS.to_string(),
        );
        Self {
            settings: BTreeMap::from([kept]),
            built_in,
        }
    }
}

/// The part of a view that is a stream's, and the number of its first event there.
#[derive(Clone)]
pub(crate) struct Origin {
    stream: Arc<Stream>,
    first: u64,
}

/// What a search sees, and where it comes from.
#[derive(Default)]
pub(crate) struct Snapshot {
    pub(crate) view: View,
    pub(crate) origins: Vec<Origin>,
    /// How many events.
    pub(crate) events: u64,
}

/// All indexes.
pub(crate) struct Store {
    knowledge: Arc<Knowledge>,
    limit: u64,
    bytes: AtomicU64,
    indexes: RwLock<BTreeMap<String, Index>>,
    streams: RwLock<IndexMap<Key, Arc<Stream>>>,
    journal: Option<Journal>,
    /// Held while something is written to the journal and applied, so that both have one order.
    order: Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// A store with what the journal holds.
    pub(crate) fn new(
        knowledge: Arc<Knowledge>,
        limit: u64,
        further: &[&str],
        journal: Option<(Journal, Vec<Record>)>,
    ) -> Result<Self, StoreError> {
        let names = BUILT_IN.iter().chain(further);
        let indexes = names.map(|name| ((*name).to_owned(), Index::new(true)));
        let (journal, records) = match journal {
            Some((journal, records)) => (Some(journal), records),
            None => (None, Vec::new()),
        };
        let store = Self {
            knowledge,
            limit,
            bytes: AtomicU64::new(0),
            indexes: RwLock::new(indexes.collect()),
            streams: RwLock::default(),
            journal,
            order: Mutex::default(),
        };
        for record in records {
            store.apply(record)?;
        }
        Ok(store)
    }

    fn apply(&self, record: Record) -> Result<(), StoreError> {
        match record {
            Record::Index { name, settings } => {
                let mut index = Index::new(false);
                index.settings.extend(settings);
                self.write_indexes().insert(name, index);
            }
            Record::IndexGone { name } => self.forget(&name),
            Record::Events { key, events } => {
                let bytes: usize = events.iter().map(Taken::bytes).sum();
                self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
                let stream = self.stream(&key)?;
                stream.push(events, bytes);
                stream.seal_full(&self.knowledge);
            }
            Record::EventsGone { key, numbers } => {
                self.stream(&key)?.delete(&numbers, &self.knowledge);
            }
            // Tokens are the collector's affair.
            Record::Token { .. } | Record::TokenGone { .. } => {}
        }
        Ok(())
    }

    /// Writes what the collector wants to keep.
    pub(crate) fn keep(&self, record: &Record) -> Result<(), StoreError> {
        let written = {
            let _order = lock(&self.order);
            self.append(record)?
        };
        self.sync(written)
    }

    fn append(&self, record: &Record) -> Result<u64, StoreError> {
        match &self.journal {
            Some(journal) => journal.append(record).map_err(StoreError::Journal),
            None => Ok(0),
        }
    }

    fn sync(&self, written: u64) -> Result<(), StoreError> {
        match &self.journal {
            Some(journal) => journal.sync(written).map_err(StoreError::Journal),
            None => Ok(()),
        }
    }

    fn write_indexes(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<String, Index>> {
        self.indexes.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_indexes(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<String, Index>> {
        self.indexes.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The indexes, by name.
    pub(crate) fn indexes(&self) -> BTreeMap<String, Index> {
        self.read_indexes().clone()
    }

    /// Whether there is an index of that name.
    pub(crate) fn has_index(&self, name: &str) -> bool {
        self.read_indexes().contains_key(name)
    }

    /// Makes an index; `false` where it is there already.
    pub(crate) fn create_index(
        &self,
        name: &str,
        settings: BTreeMap<String, String>,
    ) -> Result<bool, StoreError> {
        let written = {
            let _order = lock(&self.order);
            if self.has_index(name) {
                return Ok(false);
            }
            let record = Record::Index {
                name: name.to_owned(),
                settings,
            };
            let written = self.append(&record)?;
            self.apply(record)?;
            written
        };
        self.sync(written)?;
        Ok(true)
    }

    /// Removes an index with its events.
    pub(crate) fn remove_index(&self, name: &str) -> Result<(), StoreError> {
        let record = Record::IndexGone {
            name: name.to_owned(),
        };
        let written = {
            let _order = lock(&self.order);
            let written = self.append(&record)?;
            self.forget(name);
            written
        };
        self.sync(written)
    }

    fn forget(&self, name: &str) {
        self.write_indexes().remove(name);
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        streams.retain(|key, stream| {
            let stays = &*key.index != name;
            if !stays {
                let bytes = stream.bytes();
                self.bytes.fetch_sub(bytes, Ordering::Relaxed);
            }
            stays
        });
    }

    /// The stream of that kind of events.
    pub(crate) fn stream(&self, key: &Key) -> Result<Arc<Stream>, StoreError> {
        let known = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(stream) = known.get(key) {
            return Ok(Arc::clone(stream));
        }
        drop(known);
        let made = Stream::new(key.clone(), &self.knowledge).map_err(StoreError::Engine)?;
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        let stream = streams.entry(key.clone()).or_insert(Arc::new(made));
        Ok(Arc::clone(stream))
    }

    /// Breaks a text as events of that kind.
    pub(crate) fn broken(&self, key: &Key, text: &[u8]) -> Result<Vec<Taken>, StoreError> {
        let intake = self.intake(key)?;
        intake.text(text).map_err(StoreError::Engine)
    }

    /// The way in for events of that kind, at this time.
    pub(crate) fn intake(
        &self,
        key: &Key,
    ) -> Result<Arc<dryfire_engine::ingest::Intake>, StoreError> {
        if !self.has_index(&key.index) {
            return Err(StoreError::NoIndex(key.index.to_string()));
        }
        let stream = self.stream(key)?;
        stream
            .intake(clock::now(), &self.knowledge)
            .map_err(StoreError::Engine)
    }

    /// Takes events in. When it returns, they are searchable, and, with a journal, on disk.
    ///
    /// An event that an index-time rule sent to an index that is not there is dropped, as Splunk does.
    pub(crate) fn put(&self, batches: Vec<(Key, Vec<Taken>)>) -> Result<(), StoreError> {
        let mut sorted: IndexMap<Key, Vec<Taken>> = IndexMap::new();
        for (key, events) in batches {
            for event in events {
                let key = match event.index() {
                    Some(index) => Key {
                        index: Arc::clone(index),
                        ..key.clone()
                    },
                    None => key.clone(),
                };
                sorted.entry(key).or_default().push(event);
            }
        }
        let mut written = 0;
        for (key, events) in sorted {
            if !self.has_index(&key.index) {
                continue;
            }
            let bytes: usize = events.iter().map(Taken::bytes).sum();
            let before = self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
            if before.saturating_add(bytes as u64) > self.limit {
                self.bytes.fetch_sub(bytes as u64, Ordering::Relaxed);
                return Err(StoreError::Full);
            }
            let stream = self.stream(&key)?;
            {
                let _order = lock(&self.order);
                let record = Record::Events { key, events };
                written = self.append(&record)?;
                if let Record::Events { events, .. } = record {
                    stream.push(events, bytes);
                }
            }
            stream.seal_full(&self.knowledge);
        }
        self.sync(written)
    }

    /// The events of the indexes that `sees` accepts.
    pub(crate) fn snapshot(&self, sees: impl Fn(&str) -> bool) -> Snapshot {
        let streams: Vec<Arc<Stream>> = {
            let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
            let seen = streams.values().filter(|stream| sees(&stream.key.index));
            seen.cloned().collect()
        };
        let mut snapshot = Snapshot::default();
        for stream in streams {
            for segment in stream.segments(&self.knowledge) {
                snapshot.events += segment.events;
                snapshot.view.parts.push(Part {
                    data: segment.data,
                    stamp: Stamp {
                        index: Arc::clone(&stream.key.index),
                        host: None,
                        shift: 0,
                    },
                });
                snapshot.origins.push(Origin {
                    stream: Arc::clone(&stream),
                    first: segment.first,
                });
            }
        }
        snapshot
    }

    /// Hides events of a snapshot from all later searches.
    pub(crate) fn delete(&self, snapshot: &Snapshot, keys: &[EventKey]) -> Result<(), StoreError> {
        let mut chosen: IndexMap<Key, (Arc<Stream>, BTreeSet<u64>)> = IndexMap::new();
        for key in keys {
            let Some(origin) = snapshot.origins.get(key.part as usize) else {
                continue;
            };
            let of_stream = chosen
                .entry(origin.stream.key.clone())
                .or_insert_with(|| (Arc::clone(&origin.stream), BTreeSet::new()));
            of_stream.1.insert(origin.first + u64::from(key.row));
        }
        let mut written = 0;
        for (key, (stream, numbers)) in chosen {
            let _order = lock(&self.order);
            let record = Record::EventsGone { key, numbers };
            written = self.append(&record)?;
            if let Record::EventsGone { numbers, .. } = &record {
                stream.delete(numbers, &self.knowledge);
            }
        }
        self.sync(written)
    }

    /// How many events an index holds.
    pub(crate) fn count(&self, index: &str) -> u64 {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        let of_index = streams
            .values()
            .filter(|stream| &*stream.key.index == index);
        of_index.map(|stream| stream.count()).sum()
    }

    /// Bytes of all events.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests;
