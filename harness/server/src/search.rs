//! A search from its text to its rows: bound to the events that the user sees, at the time at which it was asked.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_diagnostic::{Diagnostic, Severity, SourceMap};
use dryfire_engine::{Bound, Budget, Env, Outcome, Stop, Table, World, run};
use dryfire_plan::Library;
use dryfire_runner::Threads;
use dryfire_spl::ast::Pipeline;

use crate::clock;
use crate::effects;
use crate::entry::Refusal;
use crate::identity::{DELETE, Who};
use crate::state::State;

/// The root of the content whose macros every search sees.
const CONTENT: usize = 0;

/// What is told of a search beside its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// `INFO`, `WARN`, `ERROR`, `FATAL`.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

impl Message {
    pub(crate) fn new(kind: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }
}

/// What a client asks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) earliest: Option<String>,
    pub(crate) latest: Option<String>,
}

/// A search that can run.
pub(crate) struct Ready {
    pub(crate) text: String,
    pub(crate) earliest: Option<i64>,
    pub(crate) latest: Option<i64>,
    pub(crate) now: i64,
    who: Who,
    pipeline: Arc<Pipeline>,
    sources: SourceMap,
    library: Arc<Library>,
    messages: Vec<Message>,
}

/// What came of it.
pub(crate) struct Answer {
    pub(crate) table: Table,
    pub(crate) messages: Vec<Message>,
    /// Events that satisfied the first command.
    pub(crate) events: u64,
    /// Events that were looked at.
    pub(crate) scanned: u64,
    pub(crate) env: Env,
}

/// Makes a search ready. What is wrong with its text is told now, all of it.
pub(crate) fn prepare(state: &State, who: &Who, question: &Question) -> Result<Ready, Refusal> {
    if !who.may("search") {
        return Err(Refusal::new(403, "You may not search."));
    }
    let now = clock::now();
    let bound = |time: &Option<String>| match time {
        Some(text) => clock::bound(text, now).map_err(Refusal::search),
        None => Ok(None),
    };
    let (earliest, latest) = (bound(&question.earliest)?, bound(&question.latest)?);
    let text = with_pipe(&question.text)?;
    let library = state.library();
    let mut sources = state.session.sources.clone();
    let prepared = state
        .session
        .prepare_with(CONTENT, ("search", &text), &library, &mut sources);
    if prepared.is_broken() {
        let errors = prepared.diagnostics.iter();
        let errors = errors.filter(|found| found.severity == Severity::Error);
        let texts: Vec<String> = errors.map(said).collect();
        return Err(Refusal::search(texts.join("; ")));
    }
    Ok(Ready {
        text: question.text.clone(),
        earliest,
        latest,
        now,
        who: who.clone(),
        pipeline: prepared.pipeline,
        messages: told(&prepared.diagnostics),
        sources,
        library,
    })
}

/// A text that names its first command. Splunk looks for words only where `search` stands before them.
fn with_pipe(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::search("Empty search."));
    }
    if text.starts_with('|') {
        return Ok(text.to_owned());
    }
    let end = text
        .find(|character: char| !(character.is_alphanumeric() || "_`".contains(character)))
        .unwrap_or(text.len());
    let word = &text[..end];
    match dryfire_spl::find(word) {
        Some(_) => Ok(format!("| {text}")),
        None => Err(Refusal::search(format!("Unknown search command '{word}'."))),
    }
}

fn said(found: &Diagnostic) -> String {
    let mut text = format!("{} [{}]", found.message, found.code.id);
    if let Some(help) = &found.help {
        text.push_str(". ");
        text.push_str(help);
    }
    text
}

/// Remarks that a client should see. Warnings stay warnings; rules that are not certain are information.
fn told(diagnostics: &[Diagnostic]) -> Vec<Message> {
    let shown = diagnostics.iter().map(|found| {
        let kind = match found.severity {
            // Such a search has not been refused, so that it may still run.
            Severity::Error | Severity::Warning => "WARN",
            Severity::Note => "INFO",
        };
        Message::new(kind, said(found))
    });
    shown.collect()
}

/// Runs a search and does what it wants done.
pub(crate) fn answer(state: &State, ready: &Ready, cancel: &AtomicBool) -> Result<Answer, Message> {
    let who = &ready.who;
    let snapshot = state.store.snapshot(|index| who.sees(index));
    let indexes = state.store.indexes();
    let default = indexes.keys().filter(|index| who.looks_in(index));
    let env = Env {
        earliest: ready.earliest,
        latest: ready.latest,
        default_indexes: Some(default.map(|index| Arc::from(index.as_str())).collect()),
        can_delete: who.may(DELETE),
        budget: Budget {
            bytes: state.settings.limits.search_bytes,
            ..Budget::default()
        },
        ..state.session.env(ready.now)
    };
    let bound = Bound {
        search: Arc::clone(&ready.pipeline),
        view: snapshot.view.clone(),
        env,
        trace: false,
    };
    let world = World {
        library: &ready.library,
        sources: &ready.sources,
        scheduler: &Threads,
        cancel,
        prefilter: true,
    };
    let outcome = run(std::slice::from_ref(&bound), &world)
        .pop()
        .unwrap_or(Ok(Outcome::default()))
        .map_err(|stop| stopped(&stop))?;
    effects::apply(state, who, &snapshot, &outcome.effects, ready.now)
        .map_err(|why| Message::new("ERROR", why))?;
    let mut messages = ready.messages.clone();
    messages.extend(told(&outcome.notes));
    for assumption in &outcome.assumptions {
        let text = format!(
            "The mapping of '{}' for '{}' by '{}' is inferred.",
            assumption.field, assumption.sourcetype, assumption.app
        );
        messages.push(Message::new("INFO", text));
    }
    let steps = &outcome.trace.steps;
    Ok(Answer {
        events: steps.first().map_or(0, |first| first.rows),
        scanned: if outcome.is_blind { 0 } else { snapshot.events },
        table: outcome.table,
        messages,
        env: bound.env,
    })
}

/// Why a search ended without a result, in words. Nothing of it is a result without rows.
pub(crate) fn stopped(stop: &Stop) -> Message {
    let text = match stop {
        Stop::Unsupported(found) => format!("This server can't run the search: {}", said(found)),
        Stop::Fault(found) => said(found),
        Stop::Data(why) => format!("The events can't be read: {why}"),
        Stop::Budget(what) => format!("The search used too much: {what}"),
        Stop::Cancelled => "The search was cancelled or took too long.".to_owned(),
        Stop::Defect(what) => format!("A defect of dryfire: {what}"),
    };
    Message::new("FATAL", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_need_the_search_command() {
        for text in [
            "search index=main",
            "| stats count",
            "tstats count",
            "  search x",
        ] {
            assert!(with_pipe(text).is_ok(), "{text}");
        }
        for text in ["index=main", "`macro` x=1", "", "error", "*"] {
            assert_eq!(with_pipe(text).unwrap_err().status, 400, "{text}");
        }
    }
}
