//! Searches that a search makes of its own rows (`map`): parsed, planned and run as a wave inside of its last phase.
//!
//! Such a text stands in no file, so that whatever is said of it gets the place of the command that made it.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Severity, SourceMap, Span, codes};
use dryfire_spl::ast::{Body, Command, Pipeline};

use super::{Bound, Outcome, World, run, subsearch};
use crate::env::Searches;
use crate::stop::Stop;

/// Runs searches over the view of another one and in its surroundings.
pub(super) struct Inside<'a> {
    pub(super) bound: &'a Bound,
    pub(super) world: &'a World<'a>,
}

impl Searches for Inside<'_> {
    fn run(&self, texts: &[String], at: Span) -> Vec<Result<Outcome, Stop>> {
        let parsed: Vec<Result<Bound, Stop>> =
            texts.iter().map(|text| self.parse(text, at)).collect();
        let wave: Vec<Bound> = parsed
            .iter()
            .filter_map(|bound| bound.as_ref().ok().cloned())
            .collect();
        let mut outcomes = run(&wave, self.world).into_iter();
        parsed
            .into_iter()
            .map(|bound| {
                bound?;
                let outcome = outcomes.next().unwrap_or_else(|| {
                    Err(Stop::Defect("an inner search without a result".to_owned()))
                });
                outcome
                    .map(|outcome| placed(outcome, at))
                    .map_err(|stop| told(stop, at))
            })
            .collect()
    }
}

impl Inside<'_> {
    fn parse(&self, text: &str, at: Span) -> Result<Bound, Stop> {
        let mut sources = SourceMap::new();
        let source = sources.add("search made of a row", text);
        let parsed = dryfire_spl::parse_nested(source, &sources);
        if let Some(error) = parsed
            .diagnostics
            .into_iter()
            .find(|found| found.severity == Severity::Error)
        {
            let message = format!(
                "the search that a row makes can't be read: {}",
                error.message
            );
            // The row may be at fault, or this parser: nothing may be concluded.
            let found = Diagnostic::error(error.code, message).at(at, "");
            return Err(found.because(format!("the search is `{text}`")).into());
        }
        if asks_for_more(&parsed.pipeline) {
            // Rows can hold text that runs itself again, without end.
            let message = "the engine does not run `map` inside `map`";
            return Err(
                Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message)
                    .at(at, "")
                    .into(),
            );
        }
        let Bound { view, env, .. } = self.bound;
        Ok(Bound {
            search: Arc::new(parsed.pipeline),
            view: view.clone(),
            env: env.clone(),
            trace: false,
        })
    }
}

fn asks_for_more(pipeline: &Pipeline) -> bool {
    let inner = |command: &Command| match &command.body {
        Body::Sub(sub) => sub.pipelines.iter().any(asks_for_more),
        Body::Raw(raw) => raw.pipelines.iter().any(asks_for_more),
        _ => subsearch::subsearches(command)
            .into_iter()
            .any(|pipeline| asks_for_more(&pipeline)),
    };
    pipeline
        .commands
        .iter()
        .any(|command| command.name == "map" || inner(command))
}

fn moved(found: Diagnostic, at: Span) -> Diagnostic {
    Diagnostic {
        secondary: Vec::new(),
        ..found
    }
    .at(at, "in a search that this makes")
}

fn placed(mut outcome: Outcome, at: Span) -> Outcome {
    outcome.notes = outcome
        .notes
        .into_iter()
        .map(|note| moved(note, at))
        .collect();
    outcome
}

fn told(stop: Stop, at: Span) -> Stop {
    match stop {
        Stop::Unsupported(found) => Stop::Unsupported(Box::new(moved(*found, at))),
        Stop::Fault(found) => Stop::Fault(Box::new(moved(*found, at))),
        other => other,
    }
}
