//! The events of one index, host, source and sourcetype: sealed segments, and an open tail that is sealed when it is large.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use dryfire_engine::ingest::{CHUNK_EVENTS, Intake, Taken, UNIT_BYTES};
use dryfire_engine::{Dataset, Input, Stop};
use dryfire_knowledge::Knowledge;

use super::lock;
use crate::clock::{self, SECOND};

/// What the events of a stream have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) index: Arc<str>,
    pub(crate) host: Arc<str>,
    pub(crate) source: Arc<str>,
    pub(crate) sourcetype: Arc<str>,
}

/// Events that no longer change their places. The number of an event is that of the first one and its row.
#[derive(Clone)]
pub(crate) struct Segment {
    pub(crate) first: u64,
    pub(crate) data: Arc<Dataset>,
    /// How many are left.
    pub(crate) events: u64,
    rows: u64,
}

/// A stream.
pub(crate) struct Stream {
    pub(crate) key: Key,
    /// Remade once a second: it holds the time at which events arrive.
    intake: Mutex<(i64, Arc<Intake>)>,
    events: Mutex<Events>,
}

#[derive(Default)]
struct Events {
    sealed: Vec<Segment>,
    tail: Vec<Taken>,
    tail_bytes: usize,
    /// Bytes of all events that ever came, for the limit.
    bytes: u64,
    /// The tail as a segment, until it changes.
    snapshot: Option<Segment>,
}

impl Stream {
    pub(crate) fn new(key: Key, knowledge: &Knowledge) -> Result<Self, Stop> {
        let now = clock::now();
        let intake = Arc::new(intake(&key, now, knowledge)?);
        Ok(Self {
            key,
            intake: Mutex::new((now.div_euclid(SECOND), intake)),
            events: Mutex::default(),
        })
    }

    /// The way in, at this time.
    pub(super) fn intake(&self, now: i64, knowledge: &Knowledge) -> Result<Arc<Intake>, Stop> {
        let mut kept = lock(&self.intake);
        let second = now.div_euclid(SECOND);
        if kept.0 != second {
            *kept = (second, Arc::new(intake(&self.key, now, knowledge)?));
        }
        Ok(Arc::clone(&kept.1))
    }

    /// Adds events to the tail.
    pub(super) fn push(&self, events: Vec<Taken>, bytes: usize) {
        let mut held = lock(&self.events);
        held.snapshot = None;
        held.tail_bytes += bytes;
        held.bytes += bytes as u64;
        held.tail.extend(events);
    }

    /// Seals as much of the tail as makes whole segments.
    pub(super) fn seal_full(&self, knowledge: &Knowledge) {
        let mut held = lock(&self.events);
        while held.tail.len() >= CHUNK_EVENTS || held.tail_bytes >= UNIT_BYTES {
            held.seal(&self.template(), knowledge);
        }
    }

    /// All events, as they are now.
    pub(super) fn segments(&self, knowledge: &Knowledge) -> Vec<Segment> {
        let mut held = lock(&self.events);
        let mut segments = held.sealed.clone();
        if !held.tail.is_empty() {
            let first = held.next();
            let tail = match held.snapshot.take() {
                Some(known) => known,
                None => segment(first, &held.tail, &self.template(), knowledge),
            };
            segments.push(tail.clone());
            held.snapshot = Some(tail);
        }
        segments.retain(|segment| segment.events > 0);
        segments
    }

    /// Hides the events with these numbers.
    pub(super) fn delete(&self, numbers: &BTreeSet<u64>, knowledge: &Knowledge) {
        let mut held = lock(&self.events);
        while !held.tail.is_empty() {
            held.seal(&self.template(), knowledge);
        }
        for segment in &mut held.sealed {
            let of_segment = numbers.range(segment.first..segment.first + segment.rows);
            let rows: BTreeSet<u32> = of_segment
                .filter_map(|number| u32::try_from(number - segment.first).ok())
                .collect();
            if !rows.is_empty() {
                segment.data = Arc::new(segment.data.without(&rows));
                segment.events = count(&segment.data);
            }
        }
    }

    /// How many events there are.
    pub(super) fn count(&self) -> u64 {
        let held = lock(&self.events);
        let sealed: u64 = held.sealed.iter().map(|segment| segment.events).sum();
        sealed + held.tail.len() as u64
    }

    /// Bytes of all events that came.
    pub(super) fn bytes(&self) -> u64 {
        lock(&self.events).bytes
    }

    fn template(&self) -> Arc<Intake> {
        Arc::clone(&lock(&self.intake).1)
    }
}

impl Events {
    /// The number of the tail's first event.
    fn next(&self) -> u64 {
        self.sealed.last().map_or(0, |last| last.first + last.rows)
    }

    /// Seals one segment off the front of the tail.
    fn seal(&mut self, intake: &Intake, knowledge: &Knowledge) {
        let (mut count, mut bytes) = (0, 0);
        for event in self.tail.iter().take(CHUNK_EVENTS) {
            if bytes >= UNIT_BYTES {
                break;
            }
            count += 1;
            bytes += event.bytes();
        }
        let rest = self.tail.split_off(count);
        let whole = std::mem::replace(&mut self.tail, rest);
        self.tail_bytes = self.tail_bytes.saturating_sub(bytes);
        self.snapshot = None;
        let sealed = segment(self.next(), &whole, intake, knowledge);
        self.sealed.push(sealed);
    }
}

fn intake(key: &Key, now: i64, knowledge: &Knowledge) -> Result<Intake, Stop> {
    let input = Input {
        name: Arc::clone(&key.source),
        source: Arc::clone(&key.source),
        sourcetype: Arc::clone(&key.sourcetype),
        host: Arc::clone(&key.host),
        fallback_time: now,
        unit_bytes: UNIT_BYTES,
    };
    Intake::new(input, knowledge)
}

fn segment(first: u64, events: &[Taken], intake: &Intake, knowledge: &Knowledge) -> Segment {
    let rows = events.len() as u64;
    Segment {
        first,
        data: Arc::new(intake.dataset(events, knowledge)),
        events: rows,
        rows,
    }
}

fn count(data: &Dataset) -> u64 {
    let chunks = (0..data.units()).filter_map(|unit| data.load(unit).ok());
    chunks.flatten().map(|chunk| chunk.len() as u64).sum()
}
