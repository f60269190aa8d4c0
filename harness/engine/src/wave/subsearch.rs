//! Subsearches: run first, in a wave of their own, and put in the place where they stood.
//!
//! In a search expression the rows become `( ( a="1" AND b="2" ) OR … )`; fields in alphabetical order, those with a
//! leading `_` left out, several values as alternatives; a field named `search` or `query` stands for its own text.
//! No rows become an expression that nothing satisfies (Search Reference, "format").

use std::borrow::Cow;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::Assumption;
use dryfire_spl::ast::{
    At, Body, Command, Compare, Opt, Pipeline, Search, SearchKind, TermMode, Word,
};

use super::{Bound, World, run};
use crate::stop::Stop;
use crate::table::Table;

/// Marks a `tstats append=true` that runs as a search of its own; no search can hold an option of that name.
pub(crate) const PARTIAL: &str = "(partial)";

/// A search without subsearches in its expressions, and the tables of those its commands take.
pub(super) struct Resolved {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) tables: Vec<Vec<Table>>,
    pub(super) notes: Vec<Diagnostic>,
    /// Inferred mappings that the subsearches' rows depend on.
    pub(super) assumptions: Vec<Assumption>,
}

/// Runs the subsearches of all searches as one wave.
pub(super) fn resolve(wave: &[Bound], world: &World<'_>) -> Vec<Result<Resolved, Stop>> {
    let mut inner: Vec<Bound> = Vec::new();
    let mut counts = Vec::with_capacity(wave.len());
    for bound in wave {
        let before = inner.len();
        for command in &bound.search.commands {
            for pipeline in subsearches(command) {
                inner.push(Bound {
                    search: Arc::new(pipeline.into_owned()),
                    view: bound.view.clone(),
                    env: bound.env.clone(),
                    trace: false,
                });
            }
        }
        counts.push(inner.len() - before);
    }
    let mut results = if inner.is_empty() {
        Vec::new()
    } else {
        run(&inner, world)
    }
    .into_iter();
    wave.iter()
        .zip(counts)
        .map(|(bound, count)| {
            let results: Vec<_> = results.by_ref().take(count).collect();
            if results.is_empty() {
                let tables = vec![Vec::new(); bound.search.commands.len()];
                return Ok(Resolved {
                    pipeline: bound.search.clone(),
                    tables,
                    notes: Vec::new(),
                    assumptions: Vec::new(),
                });
            }
            put_in_place(bound, results)
        })
        .collect()
}

fn put_in_place(
    bound: &Bound,
    results: Vec<Result<super::Outcome, Stop>>,
) -> Result<Resolved, Stop> {
    let mut notes = Vec::new();
    let mut assumptions = Vec::new();
    let mut tables = Vec::new();
    let mut results = results.into_iter();
    let mut pipeline = (*bound.search).clone();
    for command in &mut pipeline.commands {
        let mut own = Vec::new();
        let in_expression = !matches!(command.body, Body::Sub(_)) && !is_appended(command);
        for at in subsearches(command)
            .into_iter()
            .map(|pipeline| pipeline.at)
            .collect::<Vec<_>>()
        {
            let outcome = results
                .next()
                .unwrap_or_else(|| Err(Stop::Defect("a subsearch without a result".to_owned())))?;
            notes.extend(outcome.notes);
            assumptions.extend(outcome.assumptions);
            let limit = bound.env.limits.subsearch_rows;
            let mut table = outcome.table;
            if in_expression && table.len() > limit {
                notes.push(
                    Diagnostic::warning(
                        &codes::meaning::LIMIT,
                        format!(
                            "the subsearch gave {} rows; Splunk takes the first {limit}",
                            table.len()
                        ),
                    )
                    .at(at.0, "cut"),
                );
                table = table.filter(|row| row < limit);
            }
            own.push(table);
        }
        if in_expression {
            let mut expressions = own.drain(..);
            if let Some(search) = expression_of(command) {
                replace(search, &mut expressions, false, &mut notes);
            }
        }
        tables.push(own);
    }
    Ok(Resolved {
        pipeline: Arc::new(pipeline),
        tables,
        notes,
        assumptions,
    })
}

/// The subsearches of a command, in the order in which they stand.
pub(super) fn subsearches(command: &Command) -> Vec<Cow<'_, Pipeline>> {
    fn walk<'a>(search: &'a Search, found: &mut Vec<&'a Pipeline>) {
        match &search.kind {
            SearchKind::And(parts) | SearchKind::Or(parts) => {
                parts.iter().for_each(|part| walk(part, found))
            }
            SearchKind::Not(inner) => walk(inner, found),
            SearchKind::Sub(pipeline) => found.push(pipeline),
            _ => {}
        }
    }
    if is_appended(command) {
        return vec![Cow::Owned(partial(command))];
    }
    let mut found = Vec::new();
    match &command.body {
        Body::Search(search) => walk(search, &mut found),
        Body::Tstats(tstats) => tstats
            .filter
            .iter()
            .for_each(|search| walk(search, &mut found)),
        Body::Table(table) => table
            .filter
            .iter()
            .for_each(|search| walk(search, &mut found)),
        // `appendpipe` runs on the rows it is given, not before.
        Body::Sub(sub) if command.name != "appendpipe" => found.extend(&sub.pipelines),
        _ => {}
    }
    found.into_iter().map(Cow::Borrowed).collect()
}

/// Whether the rows of the command are added to those before it.
fn is_appended(command: &Command) -> bool {
    let on = |name| {
        command.option(name).is_some_and(|word| {
            matches!(
                word.text.to_ascii_lowercase().as_str(),
                "t" | "true" | "1" | "yes"
            )
        })
    };
    command.name == "tstats" && on("append") && on("prestats")
}

/// The search that gives the rows of a `tstats append=true`.
fn partial(command: &Command) -> Pipeline {
    let mut alone = command.clone();
    alone.options.retain(|option| option.name != "append");
    if let Some(option) = command.options.first() {
        alone.options.push(Opt {
            name: PARTIAL.to_owned(),
            ..option.clone()
        });
    }
    Pipeline {
        at: command.at,
        commands: vec![alone],
    }
}

fn expression_of(command: &mut Command) -> Option<&mut Search> {
    match &mut command.body {
        Body::Search(search) => Some(search),
        Body::Tstats(tstats) => tstats.filter.as_mut(),
        Body::Table(table) => table.filter.as_mut(),
        _ => None,
    }
}

fn replace(
    search: &mut Search,
    tables: &mut dyn Iterator<Item = Table>,
    negated: bool,
    notes: &mut Vec<Diagnostic>,
) {
    match &mut search.kind {
        SearchKind::And(parts) | SearchKind::Or(parts) => parts
            .iter_mut()
            .for_each(|part| replace(part, tables, negated, notes)),
        SearchKind::Not(inner) => replace(inner, tables, true, notes),
        SearchKind::Sub(_) => {
            if let Some(table) = tables.next() {
                notes.extend(crate::open::of_subsearch(&table, negated, search.at));
                *search = expression(&table, search.at);
            }
        }
        _ => {}
    }
}

/// The rows as a search expression.
pub(crate) fn expression(table: &Table, at: At) -> Search {
    let search = |kind| Search { kind, at };
    let rows = (0..table.len()).filter_map(|row| {
        let mut fields: Vec<_> = table
            .row(row)
            .filter(|(name, _)| !name.starts_with('_'))
            .collect();
        fields.sort_by_key(|(name, _)| *name);
        let conditions: Vec<Search> = fields
            .into_iter()
            .filter_map(|(name, value)| {
                let choices: Vec<Search> = value
                    .each()
                    .iter()
                    .map(|value| search(condition(name, &value.to_text(), at)))
                    .collect();
                any(choices, at)
            })
            .collect();
        all(conditions, at)
    });
    any(rows.collect(), at)
        .unwrap_or_else(|| search(SearchKind::Not(Box::new(search(SearchKind::All)))))
}

fn condition(name: &str, value: &str, at: At) -> SearchKind {
    let word = |text: &str| Word {
        text: text.to_owned(),
        quoted: true,
        at,
    };
    if matches!(name, "search" | "query") {
        return SearchKind::Term {
            text: word(value),
            mode: TermMode::Plain,
        };
    }
    SearchKind::Compare {
        field: word(name),
        op: Compare::Eq,
        value: word(value),
    }
}

fn any(mut parts: Vec<Search>, at: At) -> Option<Search> {
    if parts.len() > 1 {
        Some(Search {
            kind: SearchKind::Or(parts),
            at,
        })
    } else {
        parts.pop()
    }
}

fn all(mut parts: Vec<Search>, at: At) -> Option<Search> {
    if parts.len() > 1 {
        Some(Search {
            kind: SearchKind::And(parts),
            at,
        })
    } else {
        parts.pop()
    }
}
