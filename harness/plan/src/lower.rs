//! From names and search expressions to nodes, for one kind of event at a time.
//!
//! All events of a chunk share one resolved configuration, so whatever depends on source, sourcetype or host alone is
//! decided here: most chunks settle a data model's constraint without a look at an event.

mod fields;
mod given;
mod indexed;
mod model;
mod search;

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, SourceMap};
use dryfire_knowledge::Props;
use hashbrown::HashMap;

use crate::library::Library;
use crate::node::{Graph, NodeRef};

pub use fields::{field_names, text_search};
pub use given::Given;
pub use indexed::{IndexedFields, term_prefix};
pub use model::{ModelFields, ModelScope, without_dataset};
pub use search::row_condition;

/// What all events of a chunk have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventMeta {
    /// `index`
    pub index: Arc<str>,
    /// `host`
    pub host: Arc<str>,
    /// `source`
    pub source: Arc<str>,
    /// `sourcetype`, before any search-time `rename`.
    pub sourcetype: Arc<str>,
}

/// What was guessed on the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assumption {
    /// The field whose mapping is inferred.
    pub field: String,
    /// For events of this sourcetype.
    pub sourcetype: Arc<str>,
    /// The app that maps it.
    pub app: Arc<str>,
}

/// Gives a node for a field name.
pub trait Fields {
    /// The node of the field; a null node where there is none.
    fn field(&mut self, name: &str, graph: &mut Graph) -> NodeRef;
}

/// The fields of one kind of event, in Splunk's search-time order.
pub struct EventFields<'a> {
    library: &'a Library,
    sources: &'a SourceMap,
    meta: &'a EventMeta,
    props: &'a Props,
    known: HashMap<(Layer, String), (NodeRef, Rc<Reservations>)>,
    /// Names being resolved, against definitions that go round in a circle.
    open: Vec<(Layer, String)>,
    /// What was noted for the names being resolved, innermost last.
    noted: Vec<Reservations>,
}

/// What a reader of a field should know: the field may be right, or it may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reservations {
    /// Mappings that were inferred.
    pub assumptions: BTreeSet<Assumption>,
    /// What could not be lowered; a search that needs it can't be judged.
    pub unsupported: Vec<Diagnostic>,
}

impl Reservations {
    fn add(&mut self, other: &Reservations) {
        self.assumptions.extend(other.assumptions.iter().cloned());
        for diagnostic in &other.unsupported {
            if !self.unsupported.contains(diagnostic) {
                self.unsupported.push(diagnostic.clone());
            }
        }
    }
}

/// The steps of search time. A later one sees what the earlier ones made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Layer {
    /// The first so many EXTRACTs and REPORTs.
    Partial(usize, usize),
    /// EXTRACT, REPORT, automatic key/value.
    Extracted,
    /// FIELDALIAS.
    Aliased,
    /// EVAL, each from the values before any EVAL.
    Calculated,
    /// LOOKUP, up to this many of them.
    LookedUp(usize),
    /// `eventtype` and `tag`.
    Complete,
}

impl<'a> EventFields<'a> {
    /// The fields of events of that kind.
    pub fn new(
        library: &'a Library,
        sources: &'a SourceMap,
        meta: &'a EventMeta,
        props: &'a Props,
    ) -> Self {
        Self {
            library,
            sources,
            meta,
            props,
            known: HashMap::new(),
            open: Vec::new(),
            noted: Vec::new(),
        }
    }

    /// Runs `resolve` and gives what has to be noted for the fields that it resolved, whether they were known before or
    /// not.
    pub fn noting<T>(&mut self, resolve: impl FnOnce(&mut Self) -> T) -> (T, Reservations) {
        self.noted.push(Reservations::default());
        let made = resolve(self);
        let noted = self.noted.pop().unwrap_or_default();
        self.note(&noted);
        (made, noted)
    }

    fn note(&mut self, noted: &Reservations) {
        if let Some(outer) = self.noted.last_mut() {
            outer.add(noted);
        }
    }

    /// The library the names are looked up in.
    pub fn library(&self) -> &'a Library {
        self.library
    }
}
