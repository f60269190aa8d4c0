//! Units: which bytes of a dataset hold the events that start in a piece of it, and reading them.

use std::ops::Range;
use std::sync::PoisonError;

use super::{Breaker, Dataset};
use crate::stop::Stop;

/// How much is read past a unit at a time, to find where its last event ends.
const TAIL_BYTES: usize = 64 << 10;

/// Bytes read from a dataset. The space beyond `filled` is left over from earlier reads.
#[derive(Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    filled: usize,
}

impl Buffer {
    fn read(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The event's row among those of its unit.
    pub row: u32,
    /// The line of the dataset at which it begins, from 1.
    pub line: u64,
    /// Which of the dataset's kinds it is.
    pub kind: usize,
}

impl Dataset {
    /// Runs `work` on the text from the first event that starts in the unit to the end of the last one, and on the place
    /// in the dataset where it begins. The buffer is used again for the next unit: fresh pages for each would cost more
    /// than the search.
    pub(super) fn with_text<T>(
        &self,
        unit: usize,
        work: impl FnOnce(&str, u64) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let mut buffer = self
            .spare
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .unwrap_or_default();
        let made = self
            .unit_bytes(unit, &mut buffer)
            .and_then(|(events, offset)| {
                let bytes = &buffer.bytes[events];
                match std::str::from_utf8(bytes) {
                    Ok(text) => work(text, offset),
                    Err(_) => work(&escape_invalid(bytes), offset),
                }
            });
        self.spare
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(buffer);
        made
    }

    /// Reads a unit and says where its events are in the buffer, and where they begin in the dataset.
    fn unit_bytes(&self, unit: usize, buffer: &mut Buffer) -> Result<(Range<usize>, u64), Stop> {
        let whole = usize::try_from(self.blocks.len()).unwrap_or(usize::MAX);
        if !self.breaker.is_local() || self.structured.is_some() {
            self.fill(buffer, 0, 0, whole)?;
            return Ok((0..buffer.filled, 0));
        }
        let size = self.input.unit_bytes.max(1);
        let start = unit as u64 * size as u64;
        // Whether an event starts at the first byte shows in the bytes before it.
        let back = Breaker::CONTEXT.min(usize::try_from(start).unwrap_or(usize::MAX));
        let from = start - back as u64;
        // Whether an event starts in the last bytes of the unit shows in those that follow.
        self.fill(buffer, 0, from, back + size + Breaker::CONTEXT)?;
        let first = if start == 0 {
            Some(0)
        } else {
            self.breaker.next_start(buffer.read(), back)
        };
        let Some(first) = first.filter(|first| *first < back + size) else {
            return Ok((0..0, start));
        };
        let mut look_from = back + size;
        loop {
            let filled = buffer.filled;
            let is_all = from + filled as u64 >= self.blocks.len();
            let next = self.breaker.next_start(buffer.read(), look_from);
            if let Some(end) = next.filter(|end| is_all || end + Breaker::CONTEXT <= filled) {
                return Ok((first..end, from + first as u64));
            }
            if is_all {
                return Ok((first..filled, from + first as u64));
            }
            look_from = filled.saturating_sub(Breaker::CONTEXT).max(back + size);
            self.fill(buffer, filled, from + filled as u64, TAIL_BYTES)?;
            if buffer.filled == filled {
                return Err(Stop::Data(format!(
                    "{} became shorter while it was read",
                    self.input.name
                )));
            }
        }
    }

    /// Reads bytes into the buffer, from a place on.
    fn fill(&self, buffer: &mut Buffer, at: usize, offset: u64, count: usize) -> Result<(), Stop> {
        let left = usize::try_from(self.blocks.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let end = at + count.min(left);
        if buffer.bytes.len() < end {
            buffer.bytes.resize(
                end.max(self.input.unit_bytes + TAIL_BYTES)
                    .min(end + TAIL_BYTES),
                0,
            );
        }
        let read = self
            .blocks
            .read_at(offset, &mut buffer.bytes[at..end])
            .map_err(Stop::Data)?;
        buffer.filled = at + read;
        Ok(())
    }

    /// The number of the line that holds a byte.
    pub(super) fn line_at(&self, offset: u64) -> Result<u64, Stop> {
        Ok(1 + self.line_ends(0, offset)?)
    }

    /// How many lines end between two bytes.
    fn line_ends(&self, from: u64, to: u64) -> Result<u64, Stop> {
        let (mut ends, mut at) = (0, from);
        let mut buffer = vec![0; TAIL_BYTES];
        while at < to {
            let count = usize::try_from(to - at)
                .unwrap_or(usize::MAX)
                .min(buffer.len());
            let read = self
                .blocks
                .read_at(at, &mut buffer[..count])
                .map_err(Stop::Data)?;
            if read == 0 {
                break;
            }
            ends += memchr::memchr_iter(b'\n', &buffer[..read]).count() as u64;
            at += read as u64;
        }
        Ok(ends)
    }

    /// Where the events of a unit stand in the dataset, in the order of their rows.
    pub fn places(&self, unit: usize) -> Result<Vec<Placed>, Stop> {
        let mut found = Vec::new();
        for chunk in self.load(unit)? {
            for place in (0..chunk.len()).filter_map(|place| u32::try_from(place).ok()) {
                found.push((chunk.origin(place), chunk.row(place), chunk.kind()));
            }
        }
        // Rules may have made events of another order; lines are counted once.
        found.sort_unstable();
        let (mut line, mut at) = (1, 0);
        let mut placed = Vec::with_capacity(found.len());
        for (origin, row, kind) in found {
            line += self.line_ends(at, origin)?;
            at = origin;
            placed.push(Placed { row, line, kind });
        }
        placed.sort_unstable_by_key(|placed| placed.row);
        Ok(placed)
    }

    /// The time that an event without one at the start of a unit has: that of the last event before.
    pub(super) fn carry(
        &self,
        unit: usize,
        text: &str,
        events: &[(u32, u32)],
    ) -> Result<i64, Stop> {
        let first = events
            .first()
            .map(|(start, end)| &text[*start as usize..*end as usize]);
        if unit == 0 || first.is_none_or(|first| self.clock.read(first).is_some()) {
            return Ok(self.input.fallback_time);
        }
        // Units without events, and events without a time, are passed over.
        for before in (0..unit).rev() {
            let found = self.with_text(before, |text, _| {
                let events = self.breaker.events(text, &self.clock)?;
                Ok(events.iter().rev().find_map(|(start, end)| {
                    self.clock.read(&text[*start as usize..*end as usize])
                }))
            })?;
            if let Some(time) = found {
                return Ok(time);
            }
        }
        Ok(self.input.fallback_time)
    }
}

/// Invalid UTF-8 as Splunk shows it: each bad byte as `\xHH`.
pub(super) fn escape_invalid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}
