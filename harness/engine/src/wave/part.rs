//! One dataset under one stamp, with all searches that look at it, lowered to one graph.
//!
//! Whatever depends on source, sourcetype, host and index alone is settled once here; searches share every node.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use dryfire_diagnostic::Span;
use dryfire_knowledge::{Model, ModelObject};
use dryfire_plan::{Assumption, EventFields, FieldSet, Fields, Format, Graph, ModelFields, NodeRef, Op, required_literals};
use dryfire_spl::ast::{Compare, Search, SearchKind};
use hashbrown::HashSet;
use regex::bytes::{Regex, RegexBuilder};

use super::collect::Collect;
use super::merge::{Found, Merge};
use super::subsearch::Resolved;
use super::trace::{ConditionHits, Tracer};
use super::{Bound, World, guarded};
use crate::bits::Bits;
use crate::env::Cx;
use crate::extract;
use crate::frame::{Frame, seconds};
use crate::ingest::Chunk;
use crate::plan::{EventSource, Naming, Plan, Source};
use crate::program::{Program, Transfers};
use crate::stage::Partial;
use crate::stop::Stop;
use crate::table::{EventKey, Table};
use crate::view::Part;

/// With more literals than that, one pass over the raw text costs more than it saves: the columns decide then.
const MOST_LITERALS: usize = 24;

/// A dataset under a stamp and the searches that look at it.
pub(super) struct PartPlan<'a> {
    part: &'a Part,
    graph: Graph,
    program: Program,
    searches: Vec<Lowered>,
    /// Any of these texts stands in every event that some search can match; none: every event must be looked at.
    literals: Option<Literals>,
    /// A context for nodes that several searches share.
    env: &'a crate::env::Env,
}

/// The texts that a matching event must hold.
enum Literals {
    /// No event can match.
    Never,
    /// One of these, in any ASCII letter case.
    Any(Regex),
}

struct Lowered {
    /// Which search of the wave.
    index: usize,
    /// Which part of that search's view.
    part: u32,
    filter: NodeRef,
    /// Field names and nodes.
    outputs: Vec<(Arc<str>, NodeRef)>,
    /// For an open set of fields: what else is wanted, and which formats can give names from the data.
    open: Option<(FieldSet, Vec<Format>)>,
    conditions: Vec<Condition>,
    assumptions: BTreeSet<Assumption>,
}

struct Condition {
    at: Span,
    node: NodeRef,
    field: Option<(Arc<str>, Arc<str>, NodeRef)>,
}

/// Lowers all searches onto the parts of their views; parts that several searches share are one.
pub(super) fn prepare<'a>(
    wave: &'a [Bound],
    planned: &[Result<Plan, Stop>],
    resolved: &[Result<Resolved, Stop>],
    world: &World<'_>,
    merge: &Merge,
) -> Vec<PartPlan<'a>> {
    let mut parts: Vec<PartPlan<'a>> = Vec::new();
    for (index, bound) in wave.iter().enumerate() {
        let (Ok(plan), Ok(_)) = (&planned[index], &resolved[index]) else { continue };
        let Source::Events(source) = &plan.source else { continue };
        for (number, part) in bound.view.parts.iter().enumerate() {
            let known = parts.iter().position(|known| known.part.same_as(part) && known.env.now == bound.env.now);
            let place = known.unwrap_or_else(|| {
                parts.push(PartPlan {
                    part,
                    graph: Graph::new(),
                    program: Program::default(),
                    searches: Vec::new(),
                    literals: None,
                    env: &bound.env,
                });
                parts.len() - 1
            });
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            match guarded(|| parts[place].lower(index, number, bound, source, world)) {
                Ok(lowered) => parts[place].searches.push(lowered),
                Err(stop) => merge.fail(index, stop),
            }
        }
    }
    for part in &mut parts {
        part.program.extend(&part.graph, part.env);
        if world.prefilter {
            part.literals = part.find_literals();
        }
    }
    parts
}

impl PartPlan<'_> {
    fn lower(&mut self, index: usize, part: u32, bound: &Bound, source: &EventSource, world: &World<'_>) -> Result<Lowered, Stop> {
        let meta = self.part.meta();
        let props = self.part.data.props.clone();
        let mut event = EventFields::new(world.library, world.sources, &meta, &props);
        let graph = &mut self.graph;
        let (filter, outputs, conditions, open, doubts);
        match &source.model {
            None => {
                let found = event.condition(&source.filter, graph);
                filter = within_window(found, bound, graph);
                let names = named(&source.needs, &event.declared());
                outputs = nodes(&names, &mut event, graph);
                conditions = if bound.trace { leaves(&source.filter, &mut event, EventFields::condition, graph) } else { Vec::new() };
                open = source.needs.is_open().then(|| (source.needs.clone(), event.formats()));
                doubts = Vec::new();
            }
            Some((reference, naming)) => {
                let Some((model, object)) = dataset(world, reference) else {
                    return Err(Stop::Defect(format!("data model {} went away", reference.model)));
                };
                let mut fields = ModelFields::new(model, object, &mut event, graph);
                let belongs = fields.constraint;
                let found = fields.condition(&source.filter, graph);
                let both = graph.and([belongs, found]);
                filter = within_window(both, bound, graph);
                // The model's fields matter only where some event can match.
                if graph.truth(filter) == Some(false) && !bound.trace {
                    outputs = Vec::new();
                } else {
                    let names = named(&source.needs, &model_names(model, object, *naming));
                    outputs = match naming {
                        Naming::Prefixed => nodes(&names, &mut fields, graph),
                        Naming::Bare => names.iter().map(|name| (name.clone(), fields.bare_field(name, graph))).collect(),
                    };
                }
                let mut found = Vec::new();
                if bound.trace {
                    found.push(Condition { at: reference.at.0, node: belongs, field: None });
                    found.extend(leaves(&source.filter, &mut fields, ModelFields::condition, graph));
                }
                conditions = found;
                open = None;
                doubts = fields.unsupported;
            }
        }
        // What can't be lowered matters only where this dataset's events can take part.
        if graph.truth(filter) != Some(false)
            && let Some(doubt) = doubts.first().or_else(|| event.unsupported.first())
        {
            return Err(Stop::Unsupported(Box::new(doubt.clone())));
        }
        Ok(Lowered { index, part, filter, outputs, open, conditions, assumptions: event.assumptions })
    }

    fn find_literals(&self) -> Option<Literals> {
        let mut all = Vec::new();
        for search in &self.searches {
            if !search.conditions.is_empty() {
                return None;
            }
            all.extend(required_literals(&self.graph, search.filter, &Transfers)?);
        }
        all.sort();
        all.dedup();
        if all.is_empty() {
            return Some(Literals::Never);
        }
        if all.len() > MOST_LITERALS {
            return None;
        }
        let pattern: Vec<String> = all.iter().map(|literal| regex::escape(literal)).collect();
        let regex = RegexBuilder::new(&pattern.join("|")).case_insensitive(true).unicode(false).build().ok()?;
        Some(Literals::Any(regex))
    }

    pub(super) fn units(&self) -> usize {
        let idle = self.searches.is_empty() || matches!(self.literals, Some(Literals::Never));
        let never = self.searches.iter().all(|search| search.conditions.is_empty() && self.graph.truth(search.filter) == Some(false));
        if idle || never { 0 } else { self.part.data.units() }
    }

    /// The map phase of all searches over one unit.
    #[expect(clippy::too_many_arguments, reason = "what a wave shares")]
    pub(super) fn scan(
        &self,
        unit: usize,
        planned: &[Result<Plan, Stop>],
        contexts: &[Cx<'_>],
        tracers: &[Tracer],
        merge: &Merge,
        world: &World<'_>,
    ) -> Found {
        let holds_some = |text: &str| match &self.literals {
            Some(Literals::Any(regex)) => regex.is_match(text.as_bytes()),
            Some(Literals::Never) => false,
            None => true,
        };
        let chunks = match guarded(|| self.part.data.load_if(unit, &holds_some)) {
            Ok(chunks) => chunks,
            Err(stop) => return self.searches.iter().map(|search| (search.index, Err(stop.clone()))).collect(),
        };
        let mut partials: Vec<Option<Box<dyn Partial>>> = self.searches.iter().map(|_| None).collect();
        let mut failed: Vec<Option<Stop>> = self.searches.iter().map(|_| None).collect();
        for chunk in &chunks {
            let places = self.candidates(chunk);
            if places.is_empty() {
                continue;
            }
            let shared = Cx::new(self.env, world.cancel);
            let mut frame = Frame::of_events(&self.graph, &self.program, chunk, places, self.part.stamp.shift, &shared);
            let filters: Vec<NodeRef> = self.searches.iter().map(|search| search.filter).collect();
            frame.want(&filters);
            let mut hits: Vec<Option<Rc<Bits>>> = Vec::with_capacity(self.searches.len());
            let mut any = Bits::all(frame.len(), false);
            for (place, search) in self.searches.iter().enumerate() {
                if failed[place].is_some() || merge.has_failed(search.index) {
                    hits.push(None);
                    continue;
                }
                let found = guarded(|| {
                    self.trace_conditions(search, &frame, &tracers[search.index])?;
                    frame.bits(search.filter)
                });
                match found {
                    Ok(bits) => {
                        any.or(&bits);
                        hits.push(Some(bits));
                    }
                    Err(stop) => {
                        shared.recover();
                        failed[place] = Some(stop);
                        hits.push(None);
                    }
                }
            }
            if any.none() {
                continue;
            }
            let union = any.rows();
            let mut narrow = frame.narrow(union.clone());
            let outputs: Vec<NodeRef> = self.searches.iter().flat_map(|search| search.outputs.iter().map(|output| output.1)).collect();
            narrow.want(&outputs);
            for (place, search) in self.searches.iter().enumerate() {
                let Some(bits) = hits[place].as_ref().filter(|bits| !bits.none()) else { continue };
                let rows: Vec<u32> = (0..union.len())
                    .filter(|row| bits.get(union[*row] as usize))
                    .filter_map(|row| u32::try_from(row).ok())
                    .collect();
                let Ok(plan) = &planned[search.index] else { continue };
                let cx = &contexts[search.index];
                let result = guarded(|| {
                    let table = self.rows(search, &narrow, chunk, &frame, &union, &rows)?;
                    tracers[search.index].matched(table.len());
                    let partial = partials[place].get_or_insert_with(|| match &plan.reduce {
                        Some(reduce) => reduce.begin(cx),
                        None => Box::new(Collect::default()),
                    });
                    map(plan, table, cx, &tracers[search.index], partial.as_mut())
                });
                match result {
                    Ok(()) => merge.assume(search.index, &search.assumptions),
                    Err(stop) => {
                        shared.recover();
                        failed[place] = Some(stop);
                    }
                }
            }
        }
        let searches = self.searches.iter().zip(partials).zip(failed);
        searches
            .filter_map(|((search, partial), failed)| match (failed, partial) {
                (Some(stop), _) => Some((search.index, Err(stop))),
                (None, Some(partial)) => Some((search.index, Ok(partial))),
                (None, None) => None,
            })
            .collect()
    }

    /// The events of a chunk that some search can match.
    fn candidates(&self, chunk: &Chunk) -> Vec<u32> {
        match &self.literals {
            Some(Literals::Never) => Vec::new(),
            Some(Literals::Any(regex)) => {
                let text = chunk.text();
                let mut places = Vec::new();
                let mut from = 0;
                while let Some(found) = regex.find_at(text.as_bytes(), from) {
                    from = found.end();
                    if let Some(row) = chunk.event_at(found.start()) {
                        places.push(row);
                        // The rest of that event is of no more interest.
                        from = from.max(chunk.end_of(row));
                    }
                }
                places
            }
            None => (0..chunk.len()).filter_map(|row| u32::try_from(row).ok()).collect(),
        }
    }

    fn trace_conditions(&self, search: &Lowered, frame: &Frame<'_>, tracer: &Tracer) -> Result<(), Stop> {
        for (place, condition) in search.conditions.iter().enumerate() {
            let events = frame.bits(condition.node)?.count() as u64;
            let values = match &condition.field {
                Some((_, _, node)) => Some(frame.column(*node)?),
                None => None,
            };
            let hits = ConditionHits {
                at: condition.at,
                events,
                field: condition.field.as_ref().map(|field| field.0.clone()),
                wanted: condition.field.as_ref().map(|field| field.1.clone()),
                nearest: Vec::new(),
            };
            tracer.condition(place, hits, values.as_ref());
        }
        Ok(())
    }

    /// The matching events as rows.
    fn rows(&self, search: &Lowered, narrow: &Frame<'_>, chunk: &Chunk, frame: &Frame<'_>, union: &[u32], rows: &[u32]) -> Result<Table, Stop> {
        let mut table = Table::new(rows.len());
        for (name, node) in &search.outputs {
            let column = narrow.column(*node)?.select(rows);
            if search.open.is_none() || !column.is_all_null() {
                table.set(name.clone(), column);
            }
        }
        let places: Vec<u32> = rows.iter().map(|row| frame.place(union[*row as usize])).collect();
        if let Some((wanted, formats)) = &search.open {
            add_open(&mut table, chunk, &places, wanted, formats, &search.outputs);
        }
        let times = chunk.times();
        let key = |place: &u32| EventKey {
            time: times[*place as usize] + self.part.stamp.shift,
            part: search.part,
            unit: chunk.unit,
            row: chunk.first_row + place,
        };
        table.keys = Some(places.iter().map(key).collect());
        Ok(table)
    }
}

/// The map stages, and the reduction's intake.
fn map(plan: &Plan, mut table: Table, cx: &Cx<'_>, tracer: &Tracer, partial: &mut dyn Partial) -> Result<(), Stop> {
    for (stage, op) in plan.map.iter().enumerate() {
        table = op.apply(table, cx)?;
        tracer.mapped(stage, table.len());
    }
    if table.is_empty() {
        return Ok(());
    }
    partial.push(&table, cx)
}

/// Names made from the data that the search wants, in order of first appearance.
fn add_open(table: &mut Table, chunk: &Chunk, places: &[u32], wanted: &FieldSet, formats: &[Format], outputs: &[(Arc<str>, NodeRef)]) {
    let known: HashSet<&str> = outputs.iter().map(|(name, _)| &**name).collect();
    for format in formats {
        let names: Vec<Arc<str>> = extract::names(*format, places.iter().map(|place| chunk.event(*place)))
            .into_iter()
            .filter(|name| wanted.contains(name) && !known.contains(name.as_str()) && table.column(name).is_none())
            .map(Arc::from)
            .collect();
        let columns = extract::extract(*format, places.iter().map(|place| chunk.event(*place)), &names);
        for (name, column) in names.into_iter().zip(columns) {
            table.set(name, column);
        }
    }
}

/// The names to compute: those the search tells, and of an open set those that the configuration declares.
fn named(needs: &FieldSet, declared: &[String]) -> Vec<Arc<str>> {
    let mut names: Vec<Arc<str>> = needs.names().map(Arc::from).collect();
    if needs.is_open() {
        names.extend(declared.iter().filter(|name| needs.contains(name)).map(|name| Arc::from(name.as_str())));
    }
    names.sort();
    names.dedup();
    names
}

fn nodes(names: &[Arc<str>], fields: &mut dyn Fields, graph: &mut Graph) -> Vec<(Arc<str>, NodeRef)> {
    names.iter().map(|name| (name.clone(), fields.field(name, graph))).collect()
}

fn model_names(model: &Model, object: &ModelObject, naming: Naming) -> Vec<String> {
    let plain = ["_time", "host", "source", "sourcetype", "index"].map(str::to_owned);
    let fields = model.fields(object).into_iter().map(|field| match naming {
        Naming::Bare => field.field.name.clone(),
        Naming::Prefixed => format!("{}.{}", object.name, field.field.name),
    });
    plain.into_iter().chain(fields).collect()
}

fn dataset<'w>(world: &World<'w>, reference: &dryfire_spl::ast::ModelRef) -> Option<(&'w Model, &'w ModelObject)> {
    let model = world.library.knowledge.model(&reference.model)?;
    let object = match reference.path.is_empty() {
        true => model.root()?,
        false => model.object(&reference.path.join("."))?,
    };
    Some((model, object))
}

/// The search window as a further condition.
fn within_window(filter: NodeRef, bound: &Bound, graph: &mut Graph) -> NodeRef {
    let mut conditions = vec![filter];
    for (modifier, bound) in [("earliest", bound.env.earliest), ("latest", bound.env.latest)] {
        if let Some(micros) = bound {
            let time = graph.add(Op::Meta(dryfire_plan::Meta::Time), &[]);
            let value = seconds(micros).to_text();
            conditions.push(graph.add(Op::Within { modifier: modifier.into(), value }, &[time]));
        }
    }
    graph.and(conditions)
}

/// The single conditions of a search expression, to be counted each alone.
fn leaves<F: Fields>(
    search: &Search,
    fields: &mut F,
    lower: impl Fn(&mut F, &Search, &mut Graph) -> NodeRef + Copy,
    graph: &mut Graph,
) -> Vec<Condition> {
    match &search.kind {
        SearchKind::And(parts) | SearchKind::Or(parts) => {
            parts.iter().flat_map(|part| leaves(part, fields, lower, graph)).collect()
        }
        SearchKind::All | SearchKind::Sub(_) => Vec::new(),
        kind => {
            let node = lower(fields, search, graph);
            let field = match kind {
                SearchKind::Compare { field, op: Compare::Eq, value } => Some((field, value.text.clone())),
                SearchKind::In { field, values } => {
                    Some((field, values.iter().map(|value| value.text.as_str()).next().unwrap_or_default().to_owned()))
                }
                _ => None,
            };
            let field = field.filter(|(field, _)| field.text != "eventtype" && !field.text.starts_with("tag"));
            let field = field.map(|(field, value)| {
                let node = fields.field(&field.text, graph);
                (Arc::from(field.text.as_str()), Arc::from(value), node)
            });
            vec![Condition { at: search.at.0, node, field }]
        }
    }
}
