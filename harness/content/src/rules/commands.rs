//! Walks over the commands of a search, those of its subsearches included.

use dryfire_spl::ast::{Body, Command, Pipeline, Search, SearchKind};

/// Shows each command to `see`, outer ones first.
pub(super) fn each<'a>(pipeline: &'a Pipeline, see: &mut dyn FnMut(&'a Command)) {
    for command in &pipeline.commands {
        see(command);
        match &command.body {
            Body::Search(search) => inside(search, see),
            Body::Tstats(tstats) => tstats.filter.iter().for_each(|filter| inside(filter, see)),
            Body::Table(table) => table.filter.iter().for_each(|filter| inside(filter, see)),
            Body::Sub(sub) => sub.pipelines.iter().for_each(|inner| each(inner, see)),
            Body::Raw(raw) => raw.pipelines.iter().for_each(|inner| each(inner, see)),
            _ => {}
        }
    }
}

fn inside<'a>(search: &'a Search, see: &mut dyn FnMut(&'a Command)) {
    match &search.kind {
        SearchKind::And(parts) | SearchKind::Or(parts) => {
            parts.iter().for_each(|part| inside(part, see));
        }
        SearchKind::Not(inner) => inside(inner, see),
        SearchKind::Sub(pipeline) => each(pipeline, see),
        _ => {}
    }
}
