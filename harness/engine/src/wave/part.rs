//! One kind of event (one source, host, sourcetype, index), with all searches that look at it lowered to one graph, and
//! the datasets that hold events of that kind.
//!
//! Whatever depends on source, sourcetype, host and index alone is settled once here; searches share every node.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use dryfire_diagnostic::Span;
use dryfire_knowledge::{Model, ModelObject, Props};
use dryfire_plan::{
    Assumption, EventFields, EventMeta, FieldSet, Fields, Format, Graph, ModelFields, ModelScope,
    NodeRef, Op, Reservations, required_literals,
};
use dryfire_spl::ast::{Compare, ModelRef, Search, SearchKind};
use hashbrown::{HashMap, HashSet};

use super::collect::Collect;
use super::merge::{Found, Merge};
use super::trace::{ConditionHits, Tracer};
use super::{Bound, World, guarded};
use crate::bits::Bits;
use crate::env::{Cx, Env};
use crate::extract;
use crate::frame::{Frame, seconds};
use crate::ingest::Chunk;
use crate::literals::Literals;
use crate::plan::{EventSource, Naming, Plan, Source};
use crate::program::{Program, Transfers};
use crate::stage::Partial;
use crate::stop::Stop;
use crate::table::{EventKey, Table};
use crate::view::Part;

/// With more literals than that, one pass over the raw text costs more than it saves: the columns decide then.
const MOST_LITERALS: usize = 24;

/// A kind of event and the searches that look at it.
pub(super) struct EventKind<'a> {
    meta: EventMeta,
    props: Arc<Props>,
    graph: Graph,
    program: Program,
    searches: Vec<Lowered>,
    /// A context for nodes that several searches share.
    env: &'a Env,
}

/// A dataset under a stamp, and the searches that see it.
pub(super) struct PartPlan<'a> {
    part: &'a Part,
    /// Its kind of event.
    kind: usize,
    /// The searches of the kind that see it, and which part of their view it is.
    seen: Vec<(usize, u32)>,
    /// Any of these texts stands in every event that some search can match; none: every event must be looked at.
    required: Option<Required>,
}

/// The texts that a matching event must hold.
#[derive(Clone)]
enum Required {
    /// No event can match.
    Impossible,
    /// One of these, in any ASCII letter case.
    OneOf(Literals),
}

struct Lowered {
    /// Which search of the wave.
    index: usize,
    filter: NodeRef,
    /// Field names and nodes.
    outputs: Vec<(Arc<str>, NodeRef)>,
    /// For an open set of fields: what else is wanted, and which formats can give names from the data.
    open: Option<(FieldSet, Vec<Format>)>,
    conditions: Vec<Condition>,
    /// Whether its rows carry the events behind them.
    traced: bool,
    assumptions: BTreeSet<Assumption>,
}

struct Condition {
    at: Span,
    /// Whether it is the data model's constraint.
    belongs: bool,
    node: NodeRef,
    field: Option<(Arc<str>, Arc<str>, NodeRef)>,
}

/// What makes two parts the same: the data, its stamp, and the time at which it is looked at.
type PartKey = (usize, Arc<str>, Option<Arc<str>>, i64, i64);

/// Everything that a wave looks at.
pub(super) struct Parts<'a> {
    kinds: Vec<EventKind<'a>>,
    parts: Vec<PartPlan<'a>>,
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
            let key = (
                Arc::as_ptr(&part.data) as usize,
                stamp.index.clone(),
                stamp.host.clone(),
                stamp.shift,
                bound.env.now,
            );
            let place = *known_parts.entry(key).or_insert_with(|| {
                let (meta, props) = (part.meta(), part.data.props.clone());
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

impl<'a> EventKind<'a> {
    fn lower_all(
        &mut self,
        searches: &[usize],
        wave: &[Bound],
        planned: &[Result<Plan, Stop>],
        world: &World<'_>,
        merge: &Merge,
    ) {
        let (meta, props) = (self.meta.clone(), self.props.clone());
        let mut event = EventFields::new(world.library, world.sources, &meta, &props);
        let mut models: HashMap<(String, String), ModelFields<'_>> = HashMap::new();
        for index in searches {
            let Ok(Plan {
                source: Source::Events(source),
                ..
            }) = &planned[*index]
            else {
                continue;
            };
            let bound = &wave[*index];
            let lowered = guarded(|| {
                let (lowered, noted) = event.noting(|event| match &source.model {
                    None => Ok((
                        self.plain(*index, bound, source, event),
                        Reservations::default(),
                    )),
                    Some((reference, naming)) => self.model(
                        *index,
                        bound,
                        source,
                        (reference, *naming),
                        event,
                        &mut models,
                        world,
                    ),
                });
                let (mut lowered, of_model) = lowered?;
                // What can't be lowered matters only where this kind of event can take part.
                let doubt = of_model.unsupported.first().or(noted.unsupported.first());
                if self.graph.truth(lowered.filter) != Some(false)
                    && let Some(doubt) = doubt
                {
                    return Err(Stop::Unsupported(Box::new(doubt.clone())));
                }
                lowered.assumptions.extend(noted.assumptions);
                lowered.assumptions.extend(of_model.assumptions);
                Ok(lowered)
            });
            match lowered {
                Ok(lowered) => self.searches.push(lowered),
                Err(stop) => merge.fail(*index, stop),
            }
        }
        self.program.extend(&self.graph, self.env);
    }

    /// A search over the event's own fields.
    fn plain(
        &mut self,
        index: usize,
        bound: &Bound,
        source: &EventSource,
        event: &mut EventFields<'_>,
    ) -> Lowered {
        let graph = &mut self.graph;
        let found = event.condition(&source.filter, graph);
        let filter = within_window(found, bound, graph);
        let names = named(&source.needs, &event.declared());
        let conditions = if bound.trace {
            leaves(&source.filter, event, &EventFields::condition, graph)
        } else {
            Vec::new()
        };
        let wanted = graph.truth(filter) != Some(false);
        let outputs = if wanted {
            nodes(&names, event, graph)
        } else {
            Vec::new()
        };
        let open = source
            .needs
            .is_open()
            .then(|| (source.needs.clone(), event.formats()));
        Lowered {
            index,
            filter,
            outputs,
            open,
            conditions,
            traced: bound.trace,
            assumptions: BTreeSet::new(),
        }
    }

    /// A search over a data model's dataset.
    #[expect(clippy::too_many_arguments, reason = "what a lowering shares")]
    fn model<'w>(
        &mut self,
        index: usize,
        bound: &Bound,
        source: &EventSource,
        (reference, naming): (&ModelRef, Naming),
        event: &mut EventFields<'w>,
        models: &mut HashMap<(String, String), ModelFields<'w>>,
        world: &World<'w>,
    ) -> Result<(Lowered, Reservations), Stop> {
        let Some((model, object)) = dataset(world, reference) else {
            return Err(Stop::Defect(format!(
                "data model {} went away",
                reference.model
            )));
        };
        let graph = &mut self.graph;
        let fields = models
            .entry((model.name.clone(), object.name.clone()))
            .or_insert_with(|| ModelFields::new(model, object, event, graph));
        let (belongs, reservations) = (fields.constraint, fields.reservations.clone());
        // Where no event belongs to the dataset, nothing else has to be lowered.
        let possible = graph.truth(belongs) != Some(false);
        let mut scope = fields.of(event);
        let found = if possible || bound.trace {
            scope.condition(&source.filter, graph)
        } else {
            belongs
        };
        let both = graph.and([belongs, found]);
        let filter = within_window(both, bound, graph);
        let mut conditions = Vec::new();
        if bound.trace {
            conditions.push(Condition {
                at: reference.at.0,
                belongs: true,
                node: belongs,
                field: None,
            });
            conditions.extend(leaves(
                &source.filter,
                &mut scope,
                &ModelScope::condition,
                graph,
            ));
        }
        let mut outputs = Vec::new();
        if graph.truth(filter) != Some(false) {
            let names = named(&source.needs, &model_names(model, object, naming));
            outputs = match naming {
                Naming::Prefixed => nodes(&names, &mut scope, graph),
                Naming::Bare => names
                    .iter()
                    .map(|name| (name.clone(), scope.bare_field(name, graph)))
                    .collect(),
            };
        }
        Ok((
            Lowered {
                index,
                filter,
                outputs,
                open: None,
                conditions,
                traced: bound.trace,
                assumptions: BTreeSet::new(),
            },
            reservations,
        ))
    }

    /// The texts of which one stands in every event that some of the searches can match.
    fn required(&self, searches: &[usize]) -> Option<Required> {
        let mut all = Vec::new();
        for search in searches {
            let search = &self.searches[*search];
            if !search.conditions.is_empty() {
                return None;
            }
            all.extend(required_literals(&self.graph, search.filter, &Transfers)?);
            if all.len() > 4 * MOST_LITERALS {
                return None;
            }
        }
        all.sort();
        all.dedup();
        if all.is_empty() {
            return Some(Required::Impossible);
        }
        if all.len() > MOST_LITERALS {
            return None;
        }
        Literals::new(&all).map(Required::OneOf)
    }
}

impl Parts<'_> {
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

/// One pass over a part, with what it needs.
struct Scan<'s, 'a> {
    part: &'s PartPlan<'a>,
    kind: &'s EventKind<'a>,
    planned: &'s [Result<Plan, Stop>],
    contexts: &'s [Cx<'s>],
    tracers: &'s [Tracer],
    merge: &'s Merge,
    world: &'s World<'s>,
}

/// What one search has of a unit so far.
enum Progress {
    Nothing,
    Rows(Box<dyn Partial>),
    Ended(Stop),
}

impl Scan<'_, '_> {
    fn unit(&self, unit: usize) -> Found {
        let holds_some = |text: &str| match &self.part.required {
            Some(Required::OneOf(literals)) => literals.find_at(text.as_bytes(), 0).is_some(),
            Some(Required::Impossible) => false,
            None => true,
        };
        let searches = || {
            self.part
                .seen
                .iter()
                .map(|(search, number)| (&self.kind.searches[*search], *number))
        };
        let chunks = match guarded(|| self.part.part.data.load_if(unit, &holds_some)) {
            Ok(chunks) => chunks,
            Err(stop) => {
                return searches()
                    .map(|(search, _)| (search.index, Err(stop.clone())))
                    .collect();
            }
        };
        let mut progress: Vec<Progress> = searches().map(|_| Progress::Nothing).collect();
        for chunk in &chunks {
            self.chunk(chunk, &mut progress);
        }
        searches()
            .zip(progress)
            .filter_map(|((search, _), progress)| match progress {
                Progress::Nothing => None,
                Progress::Rows(partial) => Some((search.index, Ok(partial))),
                Progress::Ended(stop) => Some((search.index, Err(stop))),
            })
            .collect()
    }

    fn chunk(&self, chunk: &Chunk, progress: &mut [Progress]) {
        let places = self.candidates(chunk);
        if places.is_empty() {
            return;
        }
        let (kind, shift) = (self.kind, self.part.part.stamp.shift);
        let shared = Cx::new(kind.env, self.world.cancel);
        let mut frame = Frame::of_events(&kind.graph, &kind.program, chunk, places, shift, &shared);
        let searches: Vec<(&Lowered, u32)> = self
            .part
            .seen
            .iter()
            .map(|(search, number)| (&kind.searches[*search], *number))
            .collect();
        let filters: Vec<NodeRef> = searches.iter().map(|(search, _)| search.filter).collect();
        frame.want(&filters);
        let mut hits: Vec<Option<Rc<Bits>>> = vec![None; searches.len()];
        let mut any = Bits::all(frame.len(), false);
        for (place, (search, _)) in searches.iter().enumerate() {
            let idle =
                search.conditions.is_empty() && kind.graph.truth(search.filter) == Some(false);
            if idle
                || matches!(progress[place], Progress::Ended(_))
                || self.merge.has_failed(search.index)
            {
                continue;
            }
            let found = guarded(|| {
                trace_conditions(search, &frame, &self.tracers[search.index])?;
                frame.bits(search.filter)
            });
            match found {
                Ok(bits) => {
                    any.or(&bits);
                    hits[place] = Some(bits);
                }
                Err(stop) => {
                    shared.recover();
                    progress[place] = Progress::Ended(stop);
                }
            }
        }
        if any.none() {
            return;
        }
        let union = any.rows();
        let mut narrow = frame.narrow(union.clone());
        let fired = |place: &usize| hits[*place].as_ref().is_some_and(|bits| !bits.none());
        let firing: Vec<usize> = (0..searches.len()).filter(fired).collect();
        let outputs: Vec<NodeRef> = firing
            .iter()
            .flat_map(|place| searches[*place].0.outputs.iter().map(|output| output.1))
            .collect();
        narrow.want(&outputs);
        for place in firing {
            let (search, number) = searches[place];
            let Some(bits) = &hits[place] else { continue };
            let rows: Vec<u32> = (0..union.len())
                .filter(|row| bits.get(union[*row] as usize))
                .filter_map(|row| u32::try_from(row).ok())
                .collect();
            let Ok(plan) = &self.planned[search.index] else {
                continue;
            };
            let cx = &self.contexts[search.index];
            let before = std::mem::replace(&mut progress[place], Progress::Nothing);
            let result = guarded(|| {
                let places: Vec<u32> = rows
                    .iter()
                    .map(|row| frame.place(union[*row as usize]))
                    .collect();
                let table = self.rows((search, number), &narrow, chunk, &places, &rows)?;
                self.tracers[search.index].matched(table.len());
                let mut partial = match before {
                    Progress::Rows(partial) => partial,
                    _ => match &plan.reduce {
                        Some(reduce) => reduce.begin(cx),
                        None => Box::new(Collect::new(search.open.is_some())),
                    },
                };
                map(
                    plan,
                    table,
                    cx,
                    &self.tracers[search.index],
                    partial.as_mut(),
                )?;
                Ok(partial)
            });
            progress[place] = match result {
                Ok(partial) => {
                    self.merge.assume(search.index, &search.assumptions);
                    Progress::Rows(partial)
                }
                Err(stop) => {
                    shared.recover();
                    Progress::Ended(stop)
                }
            };
        }
    }

    /// The events of a chunk that some search can match.
    fn candidates(&self, chunk: &Chunk) -> Vec<u32> {
        match &self.part.required {
            Some(Required::Impossible) => Vec::new(),
            Some(Required::OneOf(literals)) => {
                let text = chunk.text();
                let mut places = Vec::new();
                let mut from = 0;
                while let Some((start, end)) = literals.find_at(text.as_bytes(), from) {
                    from = end;
                    if let Some(row) = chunk.event_at(start) {
                        places.push(row);
                        // The rest of that event is of no more interest.
                        from = from.max(chunk.end_of(row));
                    }
                }
                places
            }
            None => (0..chunk.len())
                .filter_map(|row| u32::try_from(row).ok())
                .collect(),
        }
    }

    /// The matching events as rows: `rows` are theirs in the frame, `places` in the chunk.
    fn rows(
        &self,
        (search, part): (&Lowered, u32),
        narrow: &Frame<'_>,
        chunk: &Chunk,
        places: &[u32],
        rows: &[u32],
    ) -> Result<Table, Stop> {
        let mut table = Table::new(rows.len());
        for (name, node) in &search.outputs {
            let column = narrow.column(*node)?.select(rows);
            if search.open.is_none() || !column.is_all_null() {
                table.set(name.clone(), column);
            }
        }
        if let Some((wanted, formats)) = &search.open {
            add_open(&mut table, chunk, places, wanted, formats, &search.outputs);
        }
        let (times, shift) = (chunk.times(), self.part.part.stamp.shift);
        let key = |place: &u32| EventKey {
            time: times[*place as usize] + shift,
            part,
            unit: chunk.unit,
            row: chunk.first_row + place,
        };
        let keys: Arc<[EventKey]> = places.iter().map(key).collect();
        if search.traced {
            table.origins = Some(keys.iter().map(|key| Arc::from([*key])).collect());
        }
        table.keys = Some(keys);
        Ok(table)
    }
}

/// Counts what each condition matches alone.
fn trace_conditions(search: &Lowered, frame: &Frame<'_>, tracer: &Tracer) -> Result<(), Stop> {
    for (place, condition) in search.conditions.iter().enumerate() {
        let events = frame.bits(condition.node)?.count() as u64;
        let values = match &condition.field {
            Some((_, _, node)) => Some(frame.column(*node)?),
            None => None,
        };
        let hits = ConditionHits {
            at: condition.at,
            events,
            belongs: condition.belongs,
            field: condition.field.as_ref().map(|field| field.0.clone()),
            wanted: condition.field.as_ref().map(|field| field.1.clone()),
            nearest: Vec::new(),
        };
        tracer.condition(place, hits, values.as_ref());
    }
    Ok(())
}

/// The map stages, and the reduction's intake.
fn map(
    plan: &Plan,
    mut table: Table,
    cx: &Cx<'_>,
    tracer: &Tracer,
    partial: &mut dyn Partial,
) -> Result<(), Stop> {
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
fn add_open(
    table: &mut Table,
    chunk: &Chunk,
    places: &[u32],
    wanted: &FieldSet,
    formats: &[Format],
    outputs: &[(Arc<str>, NodeRef)],
) {
    let known: HashSet<&str> = outputs.iter().map(|(name, _)| &**name).collect();
    for format in formats {
        let names: Vec<Arc<str>> =
            extract::names(*format, places.iter().map(|place| chunk.event(*place)))
                .into_iter()
                .filter(|name| {
                    wanted.contains(name)
                        && !known.contains(name.as_str())
                        && table.column(name).is_none()
                })
                .map(Arc::from)
                .collect();
        let columns = extract::extract(
            *format,
            places.iter().map(|place| chunk.event(*place)),
            &names,
        );
        for (name, column) in names.into_iter().zip(columns) {
            table.set(name, column);
        }
    }
}

/// The names to compute: those the search tells, and of an open set those that the configuration declares.
fn named(needs: &FieldSet, declared: &[String]) -> Vec<Arc<str>> {
    let mut names: Vec<Arc<str>> = needs.names().map(Arc::from).collect();
    if needs.is_open() {
        names.extend(
            declared
                .iter()
                .filter(|name| needs.contains(name))
                .map(|name| Arc::from(name.as_str())),
        );
    }
    names.sort();
    names.dedup();
    names
}

fn nodes(
    names: &[Arc<str>],
    fields: &mut dyn Fields,
    graph: &mut Graph,
) -> Vec<(Arc<str>, NodeRef)> {
    names
        .iter()
        .map(|name| (name.clone(), fields.field(name, graph)))
        .collect()
}

fn model_names(model: &Model, object: &ModelObject, naming: Naming) -> Vec<String> {
    let plain = ["_time", "host", "source", "sourcetype", "index"].map(str::to_owned);
    let fields = model.fields(object).into_iter().map(|field| match naming {
        Naming::Bare => field.field.name.clone(),
        Naming::Prefixed => format!("{}.{}", object.name, field.field.name),
    });
    plain.into_iter().chain(fields).collect()
}

fn dataset<'w>(world: &World<'w>, reference: &ModelRef) -> Option<(&'w Model, &'w ModelObject)> {
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
    for (modifier, bound) in [
        ("earliest", bound.env.earliest),
        ("latest", bound.env.latest),
    ] {
        if let Some(micros) = bound {
            let time = graph.add(Op::Meta(dryfire_plan::Meta::Time), &[]);
            let value = seconds(micros).to_text();
            conditions.push(graph.add(
                Op::Within {
                    modifier: modifier.into(),
                    value,
                },
                &[time],
            ));
        }
    }
    graph.and(conditions)
}

/// The single conditions of a search expression, to be counted each alone.
fn leaves<F: Fields>(
    search: &Search,
    fields: &mut F,
    lower: &dyn Fn(&mut F, &Search, &mut Graph) -> NodeRef,
    graph: &mut Graph,
) -> Vec<Condition> {
    match &search.kind {
        SearchKind::And(parts) | SearchKind::Or(parts) => parts
            .iter()
            .flat_map(|part| leaves(part, fields, lower, graph))
            .collect(),
        SearchKind::All | SearchKind::Sub(_) => Vec::new(),
        kind => {
            let node = lower(fields, search, graph);
            let field = match kind {
                SearchKind::Compare {
                    field,
                    op: Compare::Eq,
                    value,
                } => Some((field, value.text.clone())),
                SearchKind::In { field, values } => Some((
                    field,
                    values
                        .iter()
                        .map(|value| value.text.as_str())
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                )),
                _ => None,
            };
            let field = field
                .filter(|(field, _)| field.text != "eventtype" && !field.text.starts_with("tag"));
            let field = field.map(|(field, value)| {
                let node = fields.field(&field.text, graph);
                (Arc::from(field.text.as_str()), Arc::from(value), node)
            });
            vec![Condition {
                at: search.at.0,
                belongs: false,
                node,
                field,
            }]
        }
    }
}
