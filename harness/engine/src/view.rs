//! What a search sees: datasets, each with a stamp of its own.

use std::sync::Arc;

use dryfire_plan::EventMeta;

use crate::ingest::Dataset;

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
    /// What all its events have in common.
    pub fn meta(&self) -> EventMeta {
        let input = &self.data.input;
        EventMeta {
            index: self.stamp.index.clone(),
            host: self
                .stamp
                .host
                .clone()
                .unwrap_or_else(|| input.host.clone()),
            source: input.source.clone(),
            sourcetype: input.sourcetype.clone(),
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
