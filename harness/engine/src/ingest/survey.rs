//! What a dataset holds: how many events, and when.

use std::sync::Arc;

use super::Chunk;

/// What a dataset holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Survey {
    /// Events.
    pub events: u64,
    /// The earliest and the latest `_time`, microseconds since 1970.
    pub times: Option<(i64, i64)>,
}

impl Survey {
    /// Both together.
    pub(super) fn with(self, other: Survey) -> Survey {
        let times = match (self.times, other.times) {
            (Some((first, last)), Some((earlier, later))) => {
                Some((first.min(earlier), last.max(later)))
            }
            (one, other) => one.or(other),
        };
        Survey {
            events: self.events + other.events,
            times,
        }
    }

    pub(super) fn add(&mut self, chunks: &[Arc<Chunk>]) {
        for chunk in chunks {
            self.events += chunk.len() as u64;
            for time in chunk.times() {
                let (first, last) = self.times.unwrap_or((*time, *time));
                self.times = Some((first.min(*time), last.max(*time)));
            }
        }
    }
}
