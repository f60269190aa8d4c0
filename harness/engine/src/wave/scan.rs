//! The map phase of all searches over one unit of data.

use std::rc::Rc;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::NodeRef;
use hashbrown::{HashMap, HashSet};

use super::collect::Collect;
use super::merge::{Found, Merge};
use super::part::{EventKind, Lowered, Open, PartPlan, Required};
use super::trace::{ConditionHits, Tracer};
use super::words::Seen;
use super::{World, guarded};
use crate::bits::Bits;
use crate::column::Column;
use crate::env::{Cx, Limits};
use crate::extract;
use crate::frame::Frame;
use crate::ingest::Chunk;
use crate::plan::Plan;
use crate::stage::Partial;
use crate::stop::Stop;
use crate::table::{EventKey, Table};
use crate::value::Value;

/// One pass over a part, with what it needs.
pub(super) struct Scan<'s, 'a> {
    pub(super) part: &'s PartPlan<'a>,
    pub(super) kind: &'s EventKind<'a>,
    pub(super) planned: &'s [Result<Plan, Stop>],
    pub(super) contexts: &'s [Cx<'s>],
    pub(super) tracers: &'s [Tracer],
    pub(super) merge: &'s Merge,
    pub(super) world: &'s World<'s>,
}

/// What one search has of a unit so far.
enum Progress {
    Nothing,
    Rows(Box<dyn Partial>),
    Ended(Stop),
}

impl Scan<'_, '_> {
    /// One unit: for each search that found something, or failed, what came of it.
    pub(super) fn unit(&self, unit: usize) -> Found {
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
        for chunk in chunks
            .iter()
            .filter(|chunk| chunk.kind() == self.part.number)
        {
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
                let bits = frame.bits(search.filter)?;
                self.doubt(search, &frame, chunk, &bits)?;
                Ok(bits)
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
                // What was told in the shared context may be another search's, or of rows that don't match.
                if shared.has_notes() {
                    self.tell(search, chunk, &places, cx)?;
                }
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

    /// Evaluates the matching events once more, so that what was uncertain about them is told to this search.
    fn tell(
        &self,
        search: &Lowered,
        chunk: &Chunk,
        places: &[u32],
        cx: &Cx<'_>,
    ) -> Result<(), Stop> {
        let (kind, shift) = (self.kind, self.part.part.stamp.shift);
        let places = places.to_vec();
        let mut frame = Frame::of_events(&kind.graph, &kind.program, chunk, places, shift, cx);
        let outputs = search.outputs.iter().map(|(_, node)| *node);
        let wanted: Vec<NodeRef> = outputs.chain([search.filter]).collect();
        frame.want(&wanted);
        frame.bits(search.filter)?;
        for (_, node) in &search.outputs {
            frame.column(*node)?;
        }
        Ok(())
    }

    /// Notes what a Splunk would miss of what was found, or does not read of what is there.
    fn doubt(
        &self,
        search: &Lowered,
        frame: &Frame<'_>,
        chunk: &Chunk,
        hits: &Bits,
    ) -> Result<(), Stop> {
        for node in &search.singles {
            let values = frame.column(*node)?;
            let several = |row: &u32| values.get(*row as usize).each().len() > 1;
            if hits.rows().iter().any(several) {
                let message = "an event has several values of a field over which the data model's root search expands rows (`mvexpand`); only single values are supported";
                let found = Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message);
                return Err(Stop::Unsupported(Box::new(found)));
            }
        }
        let text = |row: u32| chunk.event(frame.place(row));
        for asks in search.asks.iter().filter(|_| !hits.none()) {
            let mut nodes = Vec::new();
            asks.nodes(&mut nodes);
            let mut conditions = HashMap::with_capacity(nodes.len());
            for node in nodes {
                conditions.insert(node, frame.bits(node)?);
            }
            for row in hits.rows() {
                let holds = |node| {
                    let bits: Option<&Rc<Bits>> = conditions.get(&node);
                    bits.is_some_and(|bits| bits.get(row as usize))
                };
                if let Seen::Missed(asked) = asks.see(text(row), &holds) {
                    self.merge.note(search.index, asked.warning());
                    break;
                }
            }
        }
        let rows = (0..frame.len()).filter_map(|row| u32::try_from(row).ok());
        let limits = &self.kind.env.limits;
        for row in rows {
            let matches = hits.get(row as usize);
            if let Some(found) = search.pairs.beyond(text(row), matches, limits) {
                self.merge.note(search.index, found);
            }
        }
        Ok(())
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
        if let Some(open) = &search.open {
            let known: HashSet<&str> = search.outputs.iter().map(|(name, _)| &**name).collect();
            for (rule, input) in &open.rules {
                let Some(rule) = self.kind.program.compiled(rule) else {
                    continue;
                };
                let names = narrow.rule_names(rule, *input)?;
                let names = new_names(names, open, &known);
                let columns = narrow.by_rule(rule, *input, &names)?;
                for (name, column) in names.into_iter().zip(columns) {
                    give(&mut table, name, column.select(rows), rule.adds());
                }
            }
            add_native(
                &mut table,
                chunk,
                places,
                open,
                &known,
                &self.kind.env.limits,
            );
        }
        let (times, shift) = (chunk.times(), self.part.part.stamp.shift);
        let key = |place: &u32| EventKey {
            time: times[*place as usize] + shift,
            part,
            unit: chunk.unit,
            row: chunk.row(*place),
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

/// The names made from the data that the search wants and has not got a node for.
fn new_names(names: Vec<String>, open: &Open, known: &HashSet<&str>) -> Vec<Arc<str>> {
    let new = names
        .into_iter()
        .filter(|name| open.wanted.contains(name) && !known.contains(name.as_str()));
    new.map(Arc::from).collect()
}

/// Adds what an extraction found to what earlier ones found: further values with `add`, otherwise only where there are
/// none.
fn give(table: &mut Table, name: Arc<str>, column: Column, add: bool) {
    // Other searches' events may have the name.
    if column.is_all_null() {
        return;
    }
    let Some(before) = table.column(&name).cloned() else {
        table.set(name, column);
        return;
    };
    let both = before.iter().zip(column.iter());
    let merged = both.map(|(before, new)| match before {
        Value::Null => new.clone(),
        before if add => Value::multi([before.clone(), new.clone()]),
        before => before.clone(),
    });
    table.set(name, merged.collect());
}

/// What native extractors find, in order of first appearance.
fn add_native(
    table: &mut Table,
    chunk: &Chunk,
    places: &[u32],
    open: &Open,
    known: &HashSet<&str>,
    limits: &Limits,
) {
    for format in &open.formats {
        let events = || places.iter().map(|place| chunk.event(*place));
        let names = new_names(extract::names(*format, events(), limits), open, known);
        let (columns, _) = extract::extract(*format, events(), &names, limits);
        for (name, column) in names.into_iter().zip(columns) {
            give(table, name, column, false);
        }
    }
}
