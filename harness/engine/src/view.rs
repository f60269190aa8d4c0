//! What a search sees: datasets, each with a stamp of its own.

use std::sync::Arc;

use dryfire_plan::EventMeta;

use crate::ingest::{Dataset, Kind};

/// What a view says of a dataset's events, so that tests share the data and don't see each other's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// `index`
    pub index: Arc<str>,
    /// `host`, where the dataset's own is not to be used.
    pub host: Option<Arc<str>>,
    /// Added to `_time`, in microseconds.
    pub shift: i64,
}

/// A dataset under a stamp.
#[derive(Debug, Clone)]
pub struct Part {
    /// The data.
    pub data: Arc<Dataset>,
    /// The stamp.
    pub stamp: Stamp,
}

impl Part {
    /// What events have in common that no index-time rule changed.
    pub fn meta(&self) -> EventMeta {
        self.meta_of(&self.data.kinds()[0])
    }

    /// What all events of one of the dataset's kinds have in common. What an index-time rule says of host and index
    /// stands over the stamp.
    pub fn meta_of(&self, kind: &Kind) -> EventMeta {
        let host = self.stamp.host.as_ref().filter(|_| !kind.host_is_given);
        EventMeta {
            index: kind.index.as_ref().unwrap_or(&self.stamp.index).clone(),
            host: host.unwrap_or(&kind.host).clone(),
            source: kind.source.clone(),
            sourcetype: kind.sourcetype.clone(),
        }
    }

    /// Whether both give the same events.
    pub fn same_as(&self, other: &Part) -> bool {
        Arc::ptr_eq(&self.data, &other.data) && self.stamp == other.stamp
    }
}

/// The events a search can find.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The datasets, in the order in which they arrived.
    pub parts: Vec<Part>,
}
