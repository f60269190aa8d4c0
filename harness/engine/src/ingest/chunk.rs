//! Chunks: the events that a search looks at together, their text, their times, and what index-time rules gave them.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;

use super::{Clock, Shown};
use crate::column::Column;

/// A piece of a dataset whose events share one configuration.
#[derive(Debug)]
pub struct Chunk {
    pub(super) raw: String,
    pub(super) events: Box<[(u32, u32)]>,
    /// The row of the first event within its unit.
    pub first_row: u32,
    /// The unit.
    pub unit: u32,
    /// What reads times.
    pub(super) clock: Arc<Clock>,
    pub(super) times: OnceLock<Box<[i64]>>,
    /// The time of the event before the first one.
    pub(super) carry: i64,
    /// Where the text begins in the dataset, in bytes.
    pub(super) offset: u64,
    /// Of events that index-time rules changed: what is not as it was in the data.
    pub(super) moved: Option<Box<Moved>>,
}

/// What index-time rules gave the events of a chunk.
#[derive(Debug)]
pub(super) struct Moved {
    /// Which of the dataset's kinds.
    pub(super) kind: u32,
    /// The place of each event among those of its unit.
    pub(super) rows: Box<[u32]>,
    /// Where each event begins in the dataset, in bytes.
    pub(super) origins: Box<[u64]>,
    /// Fields of the index.
    pub(super) fields: HashMap<Arc<str>, Column>,
}

impl Chunk {
    pub(super) fn of_moved(
        unit: u32,
        raw: String,
        events: Box<[(u32, u32)]>,
        times: Box<[i64]>,
        clock: Arc<Clock>,
        moved: Moved,
    ) -> Self {
        Self {
            raw,
            events,
            first_row: 0,
            unit,
            clock,
            times: OnceLock::from(times),
            carry: 0,
            offset: 0,
            moved: Some(Box::new(moved)),
        }
    }

    /// The chunk without some events, told by their rows; the others keep theirs. Only chunks of moved events can do that.
    pub(super) fn without(&self, rows: &BTreeSet<u32>) -> Option<Self> {
        let moved = self.moved.as_ref()?;
        let kept: Vec<u32> = (0..self.events.len())
            .filter_map(|place| u32::try_from(place).ok())
            .filter(|place| !rows.contains(&moved.rows[*place as usize]))
            .collect();
        let mut raw = String::new();
        let mut events = Vec::with_capacity(kept.len());
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        for place in &kept {
            let start = raw.len();
            raw.push_str(self.event(*place));
            events.push((small(start), small(raw.len())));
            raw.push('\n');
        }
        let times = self.times();
        let at = |place: &u32| *place as usize;
        let fields = moved.fields.iter();
        Some(Self::of_moved(
            self.unit,
            raw,
            events.into(),
            kept.iter().map(|place| times[at(place)]).collect(),
            Arc::clone(&self.clock),
            Moved {
                kind: moved.kind,
                rows: kept.iter().map(|place| moved.rows[at(place)]).collect(),
                origins: kept.iter().map(|place| moved.origins[at(place)]).collect(),
                fields: fields
                    .map(|(name, column)| (name.clone(), column.select(&kept)))
                    .collect(),
            },
        ))
    }

    /// Which of the dataset's kinds its events are.
    pub fn kind(&self) -> usize {
        self.moved.as_ref().map_or(0, |moved| moved.kind as usize)
    }

    /// The place of an event among those of its unit.
    pub fn row(&self, place: u32) -> u32 {
        match &self.moved {
            Some(moved) => moved.rows[place as usize],
            None => self.first_row + place,
        }
    }

    /// A field that its events have from index time.
    pub fn indexed(&self, name: &str) -> Option<&Column> {
        self.moved.as_ref()?.fields.get(name)
    }

    /// Where an event begins in the dataset.
    pub(super) fn origin(&self, place: u32) -> u64 {
        match &self.moved {
            Some(moved) => moved.origins[place as usize],
            None => self.offset + u64::from(self.events[place as usize].0),
        }
    }

    /// The event with this place among those of its unit.
    pub(super) fn place_of(&self, row: u32) -> Option<u32> {
        match &self.moved {
            Some(moved) => moved
                .rows
                .binary_search(&row)
                .ok()
                .and_then(|place| u32::try_from(place).ok()),
            None => row
                .checked_sub(self.first_row)
                .filter(|place| (*place as usize) < self.len()),
        }
    }

    /// How many events.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The text of an event.
    pub fn event(&self, row: u32) -> &str {
        let (start, end) = self.events[row as usize];
        &self.raw[start as usize..end as usize]
    }

    /// Where an event ends in the text.
    pub fn end_of(&self, row: u32) -> usize {
        self.events[row as usize].1 as usize
    }

    /// The whole text, in which events follow one another.
    pub fn text(&self) -> &str {
        &self.raw
    }

    /// The event that holds a byte of the text, if one does.
    pub fn event_at(&self, at: usize) -> Option<u32> {
        let row = self
            .events
            .partition_point(|(start, _)| *start as usize <= at)
            .checked_sub(1)?;
        (at < self.events[row].1 as usize)
            .then(|| u32::try_from(row).ok())
            .flatten()
    }

    /// The time of an event as its text shows it; nothing where the text does not.
    pub fn shown(&self, place: u32) -> Option<Shown> {
        let time = *self.times().get(place as usize)?;
        self.clock.date(self.event(place), time)
    }

    /// `_time` of each event, microseconds since 1970. Read on first use.
    pub fn times(&self) -> &[i64] {
        self.times.get_or_init(|| {
            let mut last = self.carry;
            (0..self.events.len())
                .map(|row| {
                    // An event without a time has the time of the one before it, as in Splunk.
                    last = u32::try_from(row)
                        .ok()
                        .and_then(|row| self.clock.read(self.event(row)))
                        .unwrap_or(last);
                    last
                })
                .collect()
        })
    }
}
