//! The fields that stand in the index itself: what `tstats` sees of events without a data model.
//!
//! Search Reference, "tstats": it works on indexed fields. Those are the default ones, what INDEXED_EXTRACTIONS takes out
//! of structured data, and what index-time transforms write; fields of search time are not there. Beside fields, the
//! terms of the text can be read: `TERM()` in a condition, `PREFIX()` as a field.

use std::collections::BTreeSet;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_knowledge::IndexedExtractions;
use dryfire_spl::ast::Search;

use super::search::{Scope, condition};
use super::{EventFields, Fields};
use crate::node::{DatePart, Format, Graph, Meta, NodeRef, Op};

/// Default fields that the engine has no values for.
const NOT_KEPT: [&str; 7] = [
    "_indextime",
    "punct",
    "splunk_server",
    "splunk_server_group",
    "timeendpos",
    "timestartpos",
    "_bkt",
];

/// The indexed fields of one kind of event.
pub struct IndexedFields<'f, 'a> {
    event: &'f mut EventFields<'a>,
    /// What terms must begin with to be a field's values (`PREFIX(user=)`); the field is called the same.
    prefixes: &'f [String],
    absent: BTreeSet<String>,
}

/// What stands in `PREFIX(…)`, if the name is such a directive: the name of the field that it makes.
pub fn term_prefix(name: &str) -> Option<&str> {
    let head = name
        .get(..7)
        .filter(|head| head.eq_ignore_ascii_case("prefix("));
    let inner = head.and_then(|_| name.get(7..)?.strip_suffix(')'))?;
    Some(inner.trim_matches('"'))
}

impl<'a> EventFields<'a> {
    /// Its indexed fields alone.
    pub fn indexed<'f>(&'f mut self, prefixes: &'f [String]) -> IndexedFields<'f, 'a> {
        IndexedFields {
            event: self,
            prefixes,
            absent: BTreeSet::new(),
        }
    }
}

impl IndexedFields<'_, '_> {
    /// The `where` of `tstats`.
    pub fn condition(&mut self, search: &Search, graph: &mut Graph) -> NodeRef {
        condition(search, self, graph)
    }

    /// For each field that was asked for and that no configuration puts into the index: that it has no value. How the
    /// data were really indexed, only the index can tell.
    pub fn notes(&self) -> Vec<Diagnostic> {
        let sourcetype = &self.event.meta.sourcetype;
        let note = |name: &String| {
            Diagnostic::note(
                &codes::meaning::UNCERTAIN_RULE,
                format!(
                    "`{name}` is no indexed field of {sourcetype} events as configured, so `tstats` sees no value of it"
                ),
            )
        };
        self.absent.iter().map(note).collect()
    }
}

impl Fields for IndexedFields<'_, '_> {
    fn field(&mut self, name: &str, graph: &mut Graph) -> NodeRef {
        if self.prefixes.iter().any(|prefix| prefix == name) {
            let raw = graph.add(Op::Meta(Meta::Raw), &[]);
            return graph.add(Op::Prefix(name.to_lowercase().into()), &[raw]);
        }
        if Meta::named(name).is_some_and(|meta| meta != Meta::Raw) {
            return self.event.field(name, graph);
        }
        if let Some(part) = DatePart::named(name) {
            return graph.add(Op::Meta(Meta::Date(part)), &[]);
        }
        if NOT_KEPT.contains(&name) {
            self.event
                .doubt(format!("the indexed field `{name}` is not kept here"));
            return graph.null();
        }
        let rules = &self.event.props.index_time;
        let written = rules
            .transforms
            .iter()
            .any(|rule| rule.transform.write_meta || rule.transform.ingest_eval.is_some());
        if written {
            self.event.doubt(format!(
                "whether index-time transforms write `{name}` into the index is not known"
            ));
            return graph.null();
        }
        match rules.indexed_extractions {
            None => {
                self.absent.insert(name.to_owned());
                graph.null()
            }
            Some(IndexedExtractions::Json) => {
                let raw = graph.add(Op::Meta(Meta::Raw), &[]);
                graph.add(Op::Extract(Format::Json, name.into()), &[raw])
            }
            Some(other) => {
                self.event.doubt(format!(
                    "INDEXED_EXTRACTIONS = {other:?} is not supported by `tstats` yet"
                ));
                graph.null()
            }
        }
    }
}

impl Scope for IndexedFields<'_, '_> {
    fn special(&mut self, field: &str, _: &str, graph: &mut Graph) -> Option<NodeRef> {
        let special = matches!(field, "eventtype" | "tag") || field.starts_with("tag::");
        special.then(|| {
            self.event.doubt(format!(
                "`{field}` is made at search time, which `tstats` does not do without a data model"
            ));
            graph.constant(false)
        })
    }
}
