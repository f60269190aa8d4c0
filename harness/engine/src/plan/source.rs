//! The first command of a search: which events it reads, or which rows it makes.

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::{Library, flow};
use dryfire_spl::ast::{At, Body, Command, Pipeline, Search, SearchKind};

use super::{EventSource, Planned, Scope, Source, indexed, inventory, metrics, model, unsupported};
use crate::commands::{self, Lower};
use crate::limits::Limits;
use crate::stage::Stage;
use crate::table::Table;

/// The stages of the first command.
pub(super) fn planned(
    first: &Command,
    pipeline: &Pipeline,
    subsearches: &[Table],
    library: &Library,
    limits: &Limits,
) -> Result<Planned, Vec<Diagnostic>> {
    let own = |filter| {
        Ok(Planned::of(Source::Events(EventSource {
            filter,
            scope: Scope::Own,
            needs: flow::needs(pipeline, 1),
            windowed: true,
        })))
    };
    match (first.name.as_str(), &first.body) {
        ("search", Body::Search(filter)) => own(filter.clone()),
        ("search", Body::None) => own(all(first.at)),
        ("tstats", Body::Tstats(tstats)) => indexed::planned(first, tstats, library),
        ("mstats" | "mcatalog", Body::Tstats(mstats)) => metrics::planned(first, mstats),
        ("metadata", _) => inventory::metadata(first),
        ("eventcount", _) => inventory::eventcount(first),
        ("from" | "datamodel", Body::From(from)) if from.kind == "datamodel" => {
            match model::dataset(first, from, library)? {
                Some(scope) => {
                    let notes = model::notes(first, &scope);
                    let mut planned = Planned::of(Source::Events(EventSource {
                        filter: all(first.at),
                        scope: Scope::Model(scope),
                        needs: flow::needs(pipeline, 1),
                        windowed: true,
                    }));
                    planned.notes = notes;
                    Ok(planned)
                }
                None => Ok(Planned::of(Source::Rows(model::listing(from, library)))),
            }
        }
        _ => made(first, subsearches, library, limits),
    }
}

/// A command that makes rows.
fn made(
    first: &Command,
    subsearches: &[Table],
    library: &Library,
    limits: &Limits,
) -> Result<Planned, Vec<Diagnostic>> {
    let found = commands::find(&first.name).ok_or_else(|| vec![unsupported(first)])?;
    let stage = found.lower(
        first,
        &Lower {
            library,
            subsearches,
            limits,
            is_first: true,
            before: &[],
        },
    )?;
    match stage {
        Stage::Source(rows) => Ok(Planned::of(Source::Rows(rows))),
        _ => Err(vec![
            Diagnostic::error(
                &codes::meaning::BAD_ARGUMENT,
                format!("`{}` needs rows to work on", first.name),
            )
            .at(first.name_at.0, "nothing comes before it")
            .help("start with a search, `tstats`, `inputlookup` or `makeresults`"),
        ]),
    }
}

/// Matches every event.
pub(super) fn all(at: At) -> Search {
    Search {
        kind: SearchKind::All,
        at,
    }
}

/// The switch of that name.
pub(super) fn on(command: &Command, option: &str) -> bool {
    command.option(option).is_some_and(|word| {
        matches!(
            word.text.to_ascii_lowercase().as_str(),
            "t" | "true" | "1" | "yes"
        )
    })
}
