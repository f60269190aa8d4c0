//! One kind of event (one source, host, sourcetype, index), with all searches that look at it lowered to one graph, and
//! the datasets that hold events of that kind.
//!
//! Whatever depends on source, sourcetype, host and index alone is settled once here; searches share every node.

use std::collections::BTreeSet;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};
use dryfire_knowledge::Props;
use dryfire_plan::{Assumption, EventMeta, FieldSet, Format, Graph, NodeRef, Rule};
use hashbrown::HashMap;

use super::merge::{Found, Merge};
use super::pairs::Pairs;
use super::scan::Scan;
use super::trace::Tracer;
use super::words::Asks;
use super::{Bound, World};
use crate::env::{Cx, Env};
use crate::literals::Literals;
use crate::plan::{Plan, Source};
use crate::program::Program;
use crate::stop::Stop;
use crate::view::Part;

/// A kind of event and the searches that look at it.
pub(super) struct EventKind<'a> {
    pub(super) meta: EventMeta,
    pub(super) props: Arc<Props>,
    pub(super) graph: Graph,
    pub(super) program: Program,
    pub(super) searches: Vec<Lowered>,
    /// A context for nodes that several searches share.
    pub(super) env: &'a Env,
}

/// A dataset under a stamp, and the searches that see it.
pub(super) struct PartPlan<'a> {
    pub(super) part: &'a Part,
    /// Which of the dataset's kinds of events.
    pub(super) number: usize,
    /// That kind of event.
    pub(super) kind: usize,
    /// The searches of the kind that see it, and which part of their view it is.
    pub(super) seen: Vec<(usize, u32)>,
    /// Any of these texts stands in every event that some search can match; none: every event must be looked at.
    pub(super) required: Option<Required>,
}

/// The texts that a matching event must hold.
#[derive(Clone)]
pub(super) enum Required {
    /// No event can match.
    Impossible,
    /// One of these, in any ASCII letter case.
    OneOf(Literals),
}

pub(super) struct Lowered {
    /// Which search of the wave.
    pub(super) index: usize,
    pub(super) filter: NodeRef,
    /// Field names and nodes.
    pub(super) outputs: Vec<(Arc<str>, NodeRef)>,
    /// For an open set of fields: what else is wanted, and what can give names from the data.
    pub(super) open: Option<Open>,
    pub(super) conditions: Vec<Condition>,
    /// What is to be said of the fields that it asks for.
    pub(super) notes: Vec<Diagnostic>,
    /// Whether its rows carry the events behind them.
    pub(super) traced: bool,
    pub(super) assumptions: BTreeSet<Assumption>,
    /// Conditions that Splunk asks its index about.
    pub(super) asks: Vec<Arc<Asks>>,
    /// What must have at most one value, or the event can't be judged: a data model's root search would expand it.
    pub(super) singles: Vec<NodeRef>,
    /// Fields from automatic extraction of pairs.
    pub(super) pairs: Pairs,
}

/// An open set of fields.
pub(super) struct Open {
    pub(super) wanted: FieldSet,
    /// Native extractors.
    pub(super) formats: Vec<Format>,
    /// Extractions of apps, and what they read.
    pub(super) rules: Vec<(Arc<Rule>, NodeRef)>,
}

pub(super) struct Condition {
    pub(super) at: Span,
    /// Whether it is the data model's constraint.
    pub(super) belongs: bool,
    pub(super) node: NodeRef,
    pub(super) field: Option<(Arc<str>, Arc<str>, NodeRef)>,
}

/// What makes two parts the same: the data, which kind of its events, its stamp, and the time at which it is looked at.
type PartKey = (usize, usize, Arc<str>, Option<Arc<str>>, i64, i64);

/// Everything that a wave looks at.
pub(super) struct Parts<'a> {
    pub(super) kinds: Vec<EventKind<'a>>,
    pub(super) parts: Vec<PartPlan<'a>>,
}

/// Lowers all searches onto the kinds of events in their views; datasets that several searches see are one part.
pub(super) fn prepare<'a>(
    wave: &'a [Bound],
    planned: &[Result<Plan, Stop>],
    world: &World<'_>,
    merge: &Merge,
) -> Parts<'a> {
    let mut parts: Vec<PartPlan<'a>> = Vec::new();
    let mut kinds: Vec<EventKind<'a>> = Vec::new();
    // The searches of each kind, in order; of each part, with its number in their view.
    let mut wanted: Vec<Vec<usize>> = Vec::new();
    let mut seen: Vec<Vec<(usize, u32)>> = Vec::new();
    let mut known_parts: HashMap<PartKey, usize> = HashMap::new();
    let mut known_kinds: HashMap<(EventMeta, [u8; 32], i64), usize> = HashMap::new();
    for (index, bound) in wave.iter().enumerate() {
        if !matches!(
            &planned[index],
            Ok(Plan {
                source: Source::Events(_),
                ..
            })
        ) {
            continue;
        }
        for (number, part) in bound.view.parts.iter().enumerate() {
            if let Some(reason) = part.data.unsupported.first() {
                merge.fail(index, Stop::Unsupported(Box::new(reason.clone())));
                continue;
            }
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            let stamp = &part.stamp;
            let kinds_of_data = part.data.kinds().iter().enumerate();
            for (of_data, kind) in kinds_of_data.filter(|(_, kind)| !kind.is_empty) {
                let key = (
                    Arc::as_ptr(&part.data) as usize,
                    of_data,
                    stamp.index.clone(),
                    stamp.host.clone(),
                    stamp.shift,
                    bound.env.now,
                );
                let place = *known_parts.entry(key).or_insert_with(|| {
                    let (meta, props) = (part.meta_of(kind), kind.props.clone());
                    let key = (meta.clone(), *props.id.as_bytes(), bound.env.now);
                    let kind = *known_kinds.entry(key).or_insert_with(|| {
                        let (graph, program) = (Graph::new(), Program::default());
                        kinds.push(EventKind {
                            meta,
                            props,
                            graph,
                            program,
                            searches: Vec::new(),
                            env: &bound.env,
                        });
                        wanted.push(Vec::new());
                        kinds.len() - 1
                    });
                    parts.push(PartPlan {
                        part,
                        number: of_data,
                        kind,
                        seen: Vec::new(),
                        required: None,
                    });
                    seen.push(Vec::new());
                    parts.len() - 1
                });
                seen[place].push((index, number));
                let of_kind = &mut wanted[parts[place].kind];
                if of_kind.last() != Some(&index) {
                    of_kind.push(index);
                }
            }
        }
    }
    for (kind, searches) in kinds.iter_mut().zip(&wanted) {
        kind.lower_all(searches, wave, planned, world, merge);
    }
    let mut known_required: HashMap<(usize, Vec<usize>), Option<Required>> = HashMap::new();
    for (part, seen) in parts.iter_mut().zip(seen) {
        let kind = &kinds[part.kind];
        let place = |index: usize| {
            kind.searches
                .iter()
                .position(|search| search.index == index)
        };
        part.seen = seen
            .into_iter()
            .filter_map(|(index, number)| Some((place(index)?, number)))
            .collect();
        if world.prefilter {
            let key = (
                part.kind,
                part.seen.iter().map(|(search, _)| *search).collect(),
            );
            part.required = known_required
                .entry(key)
                .or_insert_with_key(|(_, searches)| kind.required(searches))
                .clone();
        }
    }
    Parts { kinds, parts }
}

impl Parts<'_> {
    /// What is to be said of the fields that a search asks for, each once.
    pub(super) fn notes(&self, index: usize) -> Vec<Diagnostic> {
        let mut notes: Vec<Diagnostic> = Vec::new();
        let of_search = self
            .kinds
            .iter()
            .flat_map(|kind| &kind.searches)
            .filter(|search| search.index == index);
        for note in of_search.flat_map(|search| &search.notes) {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        notes
    }

    /// Whether the data is such that some event could satisfy the search, by what all events of its kind have.
    pub(super) fn reaches(&self, index: usize) -> bool {
        self.kinds.iter().any(|kind| {
            kind.searches.iter().any(|search| {
                search.index == index && kind.graph.truth(search.filter) != Some(false)
            })
        })
    }

    /// The units to scan, in the order of the data: part and unit.
    pub(super) fn units(&self) -> Vec<(usize, usize)> {
        let mut units = Vec::new();
        for (place, part) in self.parts.iter().enumerate() {
            let kind = &self.kinds[part.kind];
            let idle = |search: &Lowered| {
                search.conditions.is_empty() && kind.graph.truth(search.filter) == Some(false)
            };
            let never = matches!(part.required, Some(Required::Impossible))
                || part
                    .seen
                    .iter()
                    .all(|(search, _)| idle(&kind.searches[*search]));
            if !never {
                units.extend((0..part.part.data.units()).map(|unit| (place, unit)));
            }
        }
        units
    }

    /// The map phase of all searches over one unit.
    pub(super) fn scan(
        &self,
        (part, unit): (usize, usize),
        planned: &[Result<Plan, Stop>],
        contexts: &[Cx<'_>],
        tracers: &[Tracer],
        merge: &Merge,
        world: &World<'_>,
    ) -> Found {
        let part = &self.parts[part];
        let scan = Scan {
            part,
            kind: &self.kinds[part.kind],
            planned,
            contexts,
            tracers,
            merge,
            world,
        };
        scan.unit(unit)
    }
}
