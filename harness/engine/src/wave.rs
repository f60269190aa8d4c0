//! A wave of searches over their views: chunk by chunk, all searches on one chunk before the next.
//!
//! Each worker takes a unit of data, runs the map phase of every search over it with columns of its own, and drops
//! them. Partial results are merged in the order of the data, whoever finishes first.

mod collect;
mod inside;
mod lowering;
mod merge;
mod part;
mod scan;
mod subsearch;
mod trace;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_diagnostic::{Diagnostic, SourceMap, codes};
use dryfire_plan::{Assumption, Library};
use dryfire_spl::ast::Pipeline;

pub(crate) use subsearch::PARTIAL;
pub use trace::{ConditionHits, StepRows, Trace};

use crate::env::{Cx, Env};
use crate::plan::{Plan, Rest, Source};
use crate::stage::Effect;
use crate::stop::Stop;
use crate::table::Table;
use crate::view::View;
use inside::Inside;
use merge::Merge;
use part::Parts;
use trace::Tracer;

/// A search with everything it needs: what it says, what it sees, when it is.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The search, with macros expanded.
    pub search: Arc<Pipeline>,
    /// What it sees.
    pub view: View,
    /// Its surroundings.
    pub env: Env,
    /// Whether to find out what each condition alone matches. It costs time.
    pub trace: bool,
}

/// What a search gave.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The rows.
    pub table: Table,
    /// What it wants to write.
    pub effects: Vec<Effect>,
    /// Rows after each command, and what the conditions matched.
    pub trace: Trace,
    /// Remarks, such as a limit that took effect.
    pub notes: Vec<Diagnostic>,
    /// Inferred mappings that rows of this search depend on.
    pub assumptions: Vec<Assumption>,
    /// Whether there is no row because no event of the data is such that the search could choose it.
    pub is_blind: bool,
}

/// Runs work on threads, or not: the caller's affair.
pub trait Scheduler: Sync {
    /// Calls `work` once for each number below `count`, in any order, and returns when all calls have.
    fn for_each(&self, count: usize, work: &(dyn Fn(usize) + Sync));
}

/// One after the other, on the calling thread.
pub struct Inline;

impl Scheduler for Inline {
    fn for_each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..count).for_each(work);
    }
}

/// Told where a search finds nothing because it looks elsewhere.
const BLIND: &str = "no event of the data has the index, source, sourcetype or data model that the search asks for, so that its silence proves nothing";

/// What all searches of a wave share.
pub struct World<'a> {
    /// Knowledge, parsed.
    pub library: &'a Library,
    /// The texts that spans lead to.
    pub sources: &'a SourceMap,
    /// Who runs the work.
    pub scheduler: &'a dyn Scheduler,
    /// Ends the wave when set.
    pub cancel: &'a AtomicBool,
    /// Whether literals that must stand in the raw text may pass over events. Off only to test that it changes nothing.
    pub prefilter: bool,
}

/// Runs the searches. The i-th result is that of the i-th search; one that fails does not touch the others.
pub fn run(wave: &[Bound], world: &World<'_>) -> Vec<Result<Outcome, Stop>> {
    let resolved = subsearch::resolve(wave, world);
    let planned: Vec<Result<Plan, Stop>> = resolved
        .iter()
        .zip(wave)
        .map(|(resolved, bound)| {
            let resolved = resolved.as_ref().map_err(Clone::clone)?;
            let limits = &bound.env.limits;
            guarded(|| {
                crate::plan::plan(&resolved.pipeline, &resolved.tables, world.library, limits)
            })
        })
        .collect();
    let inside: Vec<Inside<'_>> = wave.iter().map(|bound| Inside { bound, world }).collect();
    let contexts: Vec<Cx<'_>> = inside
        .iter()
        .map(|inside| Cx::new(&inside.bound.env, world.cancel).with_searches(inside))
        .collect();
    let tracers: Vec<Tracer> = planned
        .iter()
        .map(|plan| Tracer::new(plan.as_ref().map_or(0, |plan| plan.map.len())))
        .collect();
    let merge = Merge::new(wave.len());
    let parts = part::prepare(wave, &planned, world, &merge);
    scan(&parts, &planned, &contexts, &tracers, &merge, world);
    let mut merged = merge.finish();
    planned
        .into_iter()
        .enumerate()
        .map(|(index, plan)| {
            let plan = plan?;
            let partial = merged.take(index)?;
            let (notes, assumed) = match &resolved[index] {
                Ok(resolved) => (resolved.notes.clone(), resolved.assumptions.clone()),
                Err(_) => Default::default(),
            };
            let mut outcome =
                guarded(|| finish(&plan, partial, &contexts[index], &tracers[index]))?;
            outcome.notes.splice(
                0..0,
                notes
                    .into_iter()
                    .chain(plan.notes.iter().cloned())
                    .chain(parts.notes(index))
                    .chain(merged.notes(index)),
            );
            let is_blind = matches!(plan.source, Source::Events(_))
                && !wave[index].view.parts.is_empty()
                && !parts.reaches(index);
            outcome.is_blind = is_blind && outcome.table.is_empty();
            if outcome.is_blind {
                let note = Diagnostic::note(&codes::meaning::UNCERTAIN_RULE, BLIND);
                outcome.notes.push(note);
            }
            // Those of searches that ran inside (`map`) are there already.
            outcome.assumptions.extend(merged.assumptions(index));
            outcome.assumptions.extend(assumed);
            outcome.assumptions.sort();
            outcome.assumptions.dedup();
            outcome.trace.conditions = tracers[index].conditions();
            Ok(outcome)
        })
        .collect()
}

/// The map phase over all units of all parts.
fn scan(
    parts: &Parts<'_>,
    planned: &[Result<Plan, Stop>],
    contexts: &[Cx<'_>],
    tracers: &[Tracer],
    merge: &Merge,
    world: &World<'_>,
) {
    let units = parts.units();
    world.scheduler.for_each(units.len(), &|place| {
        let found = parts.scan(units[place], planned, contexts, tracers, merge, world);
        merge.add(place, found, contexts);
    });
}

/// The reduction and what comes after it.
fn finish(
    plan: &Plan,
    partial: Option<Box<dyn crate::stage::Partial>>,
    cx: &Cx<'_>,
    tracer: &Tracer,
) -> Result<Outcome, Stop> {
    let mut outcome = Outcome::default();
    let mut rest_rows = Vec::with_capacity(plan.rest.len());
    let mut table = match &plan.source {
        Source::Rows(rows) => rows.rows(cx)?,
        Source::Events(_) => match partial {
            Some(partial) => partial.finish(cx)?,
            None => match &plan.reduce {
                Some(reduce) => reduce.begin(cx).finish(cx)?,
                None => Table::default(),
            },
        },
    };
    let source_rows = table.len();
    for stage in &plan.rest {
        cx.charge(table.len(), table.bytes())?;
        table = match stage {
            Rest::Map(op) => op.apply(table, cx)?,
            Rest::Table(op) => op.apply(table, cx, &mut outcome.effects)?,
            Rest::Reduce(op) => {
                let mut partial = op.begin(cx);
                partial.push(&table, cx)?;
                partial.finish(cx)?
            }
        };
        rest_rows.push(table.len() as u64);
    }
    cx.check()?;
    outcome.trace.steps = tracer.steps(plan, source_rows as u64, &rest_rows);
    outcome.notes = cx.take_notes();
    outcome.table = table;
    Ok(outcome)
}

/// Keeps a defect in one search from ending the others.
fn guarded<T>(work: impl FnOnce() -> Result<T, Stop>) -> Result<T, Stop> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic
            .downcast_ref::<&str>()
            .map(|words| (*words).to_owned());
        let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(Stop::Defect(
            words.unwrap_or_else(|| "a panic without words".to_owned()),
        ))
    })
}
