//! An event on its way into the index, while rules may still change it.

use std::sync::Arc;

/// An event that is not stored yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    /// Its text.
    pub(super) raw: String,
    /// `_time`, microseconds since 1970.
    pub(super) time: i64,
    /// Where it begins in the dataset, in bytes.
    pub(super) origin: u64,
    /// What differs from its dataset.
    pub(super) kind: KindKey,
    /// Whether it goes to the null queue.
    pub(super) dropped: bool,
    /// Fields of the index, in the order in which they were added; a name may occur again.
    pub(super) fields: Vec<(Arc<str>, Arc<str>)>,
}

/// What rules said of an event's source, host, sourcetype and index; none where they left it alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct KindKey {
    pub(super) source: Option<Arc<str>>,
    pub(super) host: Option<Arc<str>>,
    pub(super) sourcetype: Option<Arc<str>>,
    pub(super) index: Option<Arc<str>>,
}

impl Draft {
    /// The first value of a field of the index.
    pub(super) fn first(&self, name: &str) -> Option<&Arc<str>> {
        let mut found = self.fields.iter().filter(|(field, _)| &**field == name);
        found.next().map(|(_, value)| value)
    }

    /// All values of a field of the index.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<str>> {
        let found = self
            .fields
            .iter()
            .filter(move |(field, _)| &**field == name);
        found.map(|(_, value)| value)
    }

    /// Adds a value to a field of the index; one without a name, or empty, is none.
    pub(super) fn add(&mut self, name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) {
        let (name, value) = (name.into(), value.into());
        if !name.is_empty() && !value.is_empty() {
            self.fields.push((name, value));
        }
    }
}
