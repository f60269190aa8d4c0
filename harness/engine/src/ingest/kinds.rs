//! Kinds of events in one dataset: rules may give each event a source, host, sourcetype, index and fields of its own.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::sync::Arc;

use dryfire_knowledge::{Knowledge, Meta, Props};
use hashbrown::HashMap;

use super::chunk::{Chunk, Moved};
use super::draft::{Draft, KindKey};
use super::{CHUNK_EVENTS, Clock, Input};
use crate::column::{Column, DictBuilder};

/// Events of a dataset that have everything but their text in common.
#[derive(Debug, Clone)]
pub struct Kind {
    /// `source`
    pub source: Arc<str>,
    /// `sourcetype`, before any search-time `rename`.
    pub sourcetype: Arc<str>,
    /// `host`
    pub host: Arc<str>,
    /// Whether a rule gave the host, so that no stamp stands in for it.
    pub host_is_given: bool,
    /// `index`, where a rule gave one.
    pub index: Option<Arc<str>>,
    /// Their configuration.
    pub props: Arc<Props>,
    /// Whether there are none: rules made other events of all of them.
    pub is_empty: bool,
}

/// The kinds of a dataset. The first is that of events which no rule changed.
#[derive(Debug, Clone)]
pub(super) struct Kinds {
    list: Vec<Kind>,
    known: HashMap<KindKey, usize>,
    fields: Vec<BTreeSet<Arc<str>>>,
    /// Whether some event is of the first kind.
    own: bool,
}

impl Kinds {
    pub(super) fn new(input: &Input, props: &Arc<Props>) -> Self {
        let own = Kind {
            source: input.source.clone(),
            sourcetype: input.sourcetype.clone(),
            host: input.host.clone(),
            host_is_given: false,
            index: None,
            props: props.clone(),
            is_empty: false,
        };
        Self {
            list: vec![own],
            known: HashMap::from_iter([(KindKey::default(), 0)]),
            fields: vec![BTreeSet::new()],
            own: false,
        }
    }

    /// All kinds.
    pub(super) fn list(&self) -> &[Kind] {
        &self.list
    }

    /// Takes note of the kinds and the fields of these events.
    pub(super) fn learn<'d>(
        &mut self,
        drafts: impl IntoIterator<Item = &'d Draft>,
        knowledge: &Knowledge,
    ) {
        for draft in drafts {
            let place = match self.known.get(&draft.kind) {
                Some(place) => *place,
                None => {
                    let (own, key) = (&self.list[0], &draft.kind);
                    let or = |given: &Option<Arc<str>>, own: &Arc<str>| {
                        given.as_ref().unwrap_or(own).clone()
                    };
                    let (source, host) = (or(&key.source, &own.source), or(&key.host, &own.host));
                    let sourcetype = or(&key.sourcetype, &own.sourcetype);
                    let meta = Meta {
                        source: &source,
                        host: &host,
                        sourcetype: &sourcetype,
                    };
                    let props = Arc::new(knowledge.resolve(&meta));
                    self.list.push(Kind {
                        source,
                        sourcetype,
                        host,
                        host_is_given: key.host.is_some(),
                        index: key.index.clone(),
                        props,
                        is_empty: false,
                    });
                    self.fields.push(BTreeSet::new());
                    self.known.insert(draft.kind.clone(), self.list.len() - 1);
                    self.list.len() - 1
                }
            };
            self.own |= place == 0;
            let fields = &mut self.fields[place];
            for (name, _) in &draft.fields {
                if !fields.contains(name) {
                    fields.insert(name.clone());
                }
            }
        }
    }

    /// Tells the kinds' configurations which fields their events have. To be called when all events were learnt.
    pub(super) fn settle(&mut self) {
        self.list[0].is_empty = !self.own;
        for (kind, fields) in self.list.iter_mut().zip(&mut self.fields) {
            let fields = std::mem::take(fields);
            if !fields.is_empty() {
                kind.props = Arc::new((*kind.props).clone().with_indexed(fields));
            }
        }
    }

    /// Stores the events of a unit, kind by kind.
    pub(super) fn chunks<D: Borrow<Draft>>(
        &self,
        unit: u32,
        drafts: &[D],
        clock: &Arc<Clock>,
    ) -> Vec<Arc<Chunk>> {
        let mut by_kind: Vec<Vec<usize>> = vec![Vec::new(); self.list.len()];
        for (row, draft) in drafts.iter().enumerate() {
            // All kinds were learnt when the dataset was opened.
            if let Some(kind) = self.known.get(&draft.borrow().kind) {
                by_kind[*kind].push(row);
            }
        }
        let mut chunks = Vec::new();
        for (kind, rows) in by_kind.iter().enumerate() {
            for rows in rows.chunks(CHUNK_EVENTS) {
                chunks.push(Arc::new(chunk(unit, kind, rows, drafts, clock.clone())));
            }
        }
        chunks
    }
}

/// The values of a field, each with its row; a row may come again.
type Cells<'a> = Vec<(u32, &'a str)>;

fn chunk<D: Borrow<Draft>>(
    unit: u32,
    kind: usize,
    rows: &[usize],
    drafts: &[D],
    clock: Arc<Clock>,
) -> Chunk {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let mut raw = String::new();
    let mut events = Vec::with_capacity(rows.len());
    let mut fields: Vec<(Arc<str>, Cells<'_>)> = Vec::new();
    let mut places: HashMap<Arc<str>, usize> = HashMap::new();
    for (place, row) in rows.iter().enumerate() {
        let draft: &Draft = drafts[*row].borrow();
        let start = raw.len();
        raw.push_str(&draft.raw);
        events.push((small(start), small(raw.len())));
        raw.push('\n');
        for (name, value) in &draft.fields {
            let field = *places.entry(name.clone()).or_insert_with(|| {
                fields.push((name.clone(), Vec::new()));
                fields.len() - 1
            });
            fields[field].1.push((small(place), value));
        }
    }
    let fields = fields
        .into_iter()
        .map(|(name, values)| (name, column(rows.len(), &values)))
        .collect();
    let moved = Moved {
        kind: small(kind),
        rows: rows.iter().map(|row| small(*row)).collect(),
        origins: rows
            .iter()
            .map(|row| drafts[*row].borrow().origin)
            .collect(),
        fields,
    };
    let times = rows.iter().map(|row| drafts[*row].borrow().time).collect();
    Chunk::of_moved(unit, raw, events.into(), times, clock, moved)
}

/// A column out of (row, value) pairs that ascend by row.
fn column(len: usize, values: &[(u32, &str)]) -> Column {
    let mut builder = DictBuilder::new(len);
    let mut rest = values;
    for row in 0..len {
        let count = rest
            .iter()
            .take_while(|(at, _)| *at as usize == row)
            .count();
        let (own, after) = rest.split_at(count);
        let own: Vec<&str> = own.iter().map(|(_, value)| *value).collect();
        builder.push_all(&own);
        rest = after;
    }
    builder.finish()
}
