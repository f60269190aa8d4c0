//! What can be said of a search without data: names that lead nowhere.

use dryfire_diagnostic::{Diagnostic, Severity, Span, codes, nearest};
use dryfire_knowledge::{Model, ModelObject};
use dryfire_spl::ast::{Argument, Body, Command, Pipeline, Search, SearchKind, Tstats, Word};

use crate::library::Library;
use crate::lower::without_dataset;
use crate::node::Meta;

/// Checks the names in a search, and warns of likely slips: data models, their datasets and fields, event types. A condition on a field that the model
/// does not have can never hold: an error where nothing is found without it, else a warning, as for a group or an
/// aggregation over one.
pub fn names(pipeline: &Pipeline, library: &Library) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    walk(pipeline, library, &mut found);
    found
}

fn walk(pipeline: &Pipeline, library: &Library, found: &mut Vec<Diagnostic>) {
    crate::slips::of(pipeline, found);
    for command in &pipeline.commands {
        found.extend(saved_search(command, library));
        match &command.body {
            Body::Tstats(tstats) => tstats_names(tstats, library, found),
            Body::Search(search) => eventtypes(search, library, found),
            Body::Sub(sub) => sub
                .pipelines
                .iter()
                .for_each(|inner| walk(inner, library, found)),
            Body::Raw(raw) => raw
                .pipelines
                .iter()
                .for_each(|inner| walk(inner, library, found)),
            _ => {}
        }
    }
}

/// A saved search of an app that was not given is no mistake. Those that are there stand in the search already.
fn saved_search(command: &Command, library: &Library) -> Option<Diagnostic> {
    let (name, _) = crate::saved::named(command)?;
    let found = unknown_saved_search(&name, command.name_at.0, library)?;
    Some(Diagnostic {
        severity: Severity::Warning,
        ..found
    })
}

/// That there is no saved search of that name, if so.
pub fn unknown_saved_search(name: &str, at: Span, library: &Library) -> Option<Diagnostic> {
    let knowledge = &library.knowledge;
    if knowledge.saved_search(name).is_some() {
        return None;
    }
    let names = knowledge.saved_searches().map(|saved| &*saved.name);
    let message = format!("there is no saved search `{name}`");
    let found = Diagnostic::error(&codes::meaning::UNKNOWN_SAVED_SEARCH, message)
        .at(at, "not in the content or the given apps");
    Some(found.opt_help(nearest(name, names).map(|near| format!("did you mean `{near}`?"))))
}

fn tstats_names(tstats: &Tstats, library: &Library, found: &mut Vec<Diagnostic>) {
    let Some(reference) = &tstats.from else {
        return;
    };
    let Some(model) = library.knowledge.model(&reference.model) else {
        let similar = nearest(
            &reference.model,
            library.knowledge.models().map(|model| model.name.as_str()),
        );
        found.push(
            // A model of an app that was not given is no mistake.
            Diagnostic::warning(
                &codes::meaning::UNKNOWN_MODEL,
                format!("there is no data model `{}`", reference.model),
            )
            .at(reference.at.0, "not in the built-in pack or the given apps")
            .opt_help(similar.map(|similar| format!("did you mean `{similar}`?"))),
        );
        return;
    };
    let path = reference.path.join(".");
    let Some(object) = (if path.is_empty() {
        model.root()
    } else {
        model.object(&path)
    }) else {
        let similar = nearest(
            &path,
            model.objects.iter().map(|object| object.name.as_str()),
        );
        found.push(
            Diagnostic::error(
                &codes::meaning::UNKNOWN_MODEL,
                format!("the data model `{}` has no dataset `{path}`", model.name),
            )
            .at(reference.at.0, "no such dataset")
            .opt_help(similar.map(|similar| format!("did you mean `{}.{similar}`?", model.name))),
        );
        return;
    };
    let scope = Scope { model, object };
    if let Some(filter) = &tstats.filter {
        conditions(filter, true, &scope, &mut |mut diagnostic, needed| {
            // Beside an `OR` or below a `NOT` the rest can still hold.
            if !needed {
                diagnostic.severity = Severity::Warning;
            }
            found.push(diagnostic.because("no event has the field, so this condition never holds"));
        });
        subsearches(filter, &mut |inner| walk(inner, library, found));
    }
    let arguments = tstats
        .aggregates
        .iter()
        .filter_map(|aggregate| match &aggregate.argument {
            Argument::Field(field) => Some(field),
            _ => None,
        });
    for field in arguments.chain(tstats.by.iter().map(|by| &by.field)) {
        if let Some(mut diagnostic) = scope.unknown(field) {
            diagnostic.severity = Severity::Warning;
            found.push(diagnostic);
        }
    }
}

struct Scope<'a> {
    model: &'a Model,
    object: &'a ModelObject,
}

impl Scope<'_> {
    fn unknown(&self, field: &Word) -> Option<Diagnostic> {
        let name = field.text.as_str();
        if Meta::named(name).is_some()
            || matches!(name, "nodename" | "tag" | "eventtype" | "splunk_server")
            || name.contains('*')
        {
            return None;
        }
        let bare = without_dataset(self.model, self.object, name);
        if let Some(bare) = bare
            && (Meta::named(bare).is_some()
                || self.model.field(self.object, bare).is_some()
                || self.below(bare))
        {
            return None;
        }
        let prefixed: Vec<String> = self
            .model
            .fields(self.object)
            .iter()
            .map(|field| format!("{}.{}", field.object.name, field.field.name))
            .collect();
        // A bare name that the dataset has lacks only its prefix.
        let exact = prefixed
            .iter()
            .find(|candidate| candidate.rsplit('.').next() == Some(name));
        let similar = exact
            .map(String::as_str)
            .or_else(|| nearest(name, prefixed.iter().map(String::as_str)));
        Some(
            Diagnostic::error(
                &codes::meaning::UNKNOWN_MODEL_FIELD,
                format!(
                    "dataset `{}` of data model `{}` has no field `{name}`",
                    self.object.name, self.model.name
                ),
            )
            .at(field.at.0, "no such field")
            .opt_help(similar.map(|similar| format!("did you mean `{similar}`?"))),
        )
    }

    /// Fields of child datasets may be named through the parent (`All_Changes.Account_Management.user`).
    fn below(&self, name: &str) -> bool {
        let field = name.rsplit('.').next().unwrap_or(name);
        name.contains('.')
            && self
                .model
                .objects
                .iter()
                .any(|object| object.fields.iter().any(|own| own.name == field))
    }
}

/// Shows each condition on an unknown field, and whether the whole can't hold without it.
fn conditions(
    search: &Search,
    needed: bool,
    scope: &Scope<'_>,
    see: &mut dyn FnMut(Diagnostic, bool),
) {
    match &search.kind {
        SearchKind::And(parts) => parts
            .iter()
            .for_each(|part| conditions(part, needed, scope, see)),
        SearchKind::Or(parts) => {
            let needed = needed && parts.iter().all(|part| never_holds(part, scope));
            parts
                .iter()
                .for_each(|part| conditions(part, needed, scope, see));
        }
        SearchKind::Not(inner) => conditions(inner, false, scope, see),
        SearchKind::Compare { field, .. } | SearchKind::In { field, .. } => {
            if let Some(diagnostic) = scope.unknown(field) {
                see(diagnostic, needed);
            }
        }
        _ => {}
    }
}

fn never_holds(search: &Search, scope: &Scope<'_>) -> bool {
    match &search.kind {
        SearchKind::And(parts) => parts.iter().any(|part| never_holds(part, scope)),
        SearchKind::Or(parts) => parts.iter().all(|part| never_holds(part, scope)),
        SearchKind::Compare { field, .. } | SearchKind::In { field, .. } => {
            scope.unknown(field).is_some()
        }
        _ => false,
    }
}

fn subsearches<'a>(search: &'a Search, see: &mut dyn FnMut(&'a Pipeline)) {
    match &search.kind {
        SearchKind::And(parts) | SearchKind::Or(parts) => {
            parts.iter().for_each(|part| subsearches(part, see))
        }
        SearchKind::Not(inner) => subsearches(inner, see),
        SearchKind::Sub(pipeline) => see(pipeline),
        _ => {}
    }
}

fn eventtypes(search: &Search, library: &Library, found: &mut Vec<Diagnostic>) {
    match &search.kind {
        SearchKind::And(parts) | SearchKind::Or(parts) => parts
            .iter()
            .for_each(|part| eventtypes(part, library, found)),
        SearchKind::Not(inner) => eventtypes(inner, library, found),
        SearchKind::Compare { field, value, .. }
            if field.text == "eventtype"
                && !value.text.contains('*')
                && library.eventtype(&value.text).is_none() =>
        {
            let similar = nearest(&value.text, library.eventtypes().map(|name| &**name));
            found.push(
                Diagnostic::warning(
                    &codes::meaning::UNDEFINED_EVENTTYPE,
                    format!("no app defines the event type `{}`", value.text),
                )
                .at(value.at.0, "matches nothing")
                .opt_help(similar.map(|similar| format!("did you mean `{similar}`?"))),
            );
        }
        SearchKind::Sub(pipeline) => walk(pipeline, library, found),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dryfire_diagnostic::{SourceMap, concise};
    use dryfire_knowledge::{Knowledge, built_in};
    use dryfire_spl::parse;

    use super::*;

    fn said(library: &Library, sources: &mut SourceMap, spl: &str) -> Vec<String> {
        let source = sources.add("s", spl);
        let parsed = parse(source, sources);
        assert!(
            parsed.diagnostics.is_empty(),
            "{spl}: {:?}",
            parsed.diagnostics
        );
        names(&parsed.pipeline, library)
            .iter()
            .map(|found| concise(found, sources))
            .collect()
    }

    #[test]
    fn unknown_names_are_as_bad_as_what_hangs_on_them() {
        let mut sources = SourceMap::new();
        let apps = built_in(&mut sources);
        let (knowledge, _) = Knowledge::merge(&apps, &mut sources);
        let (library, _) = Library::new(Arc::new(knowledge), &mut sources);
        for (tail, expected) in [
            (
                "from datamodel=Endpoint.Processes where Processes.user=a by Processes.dest",
                None,
            ),
            (
                "from datamodel=Endpoint.Processes where Processes.usr=a Processes.dest=b",
                Some(("error[DF304]", "Processes.user")),
            ),
            (
                "from datamodel=Endpoint.Processes where (Processes.usr=a OR Processes.dest=b)",
                Some(("warning[DF304]", "Processes.user")),
            ),
            (
                "from datamodel=Endpoint.Processes where Processes.dest=b NOT Processes.usr=a",
                Some(("warning[DF304]", "Processes.user")),
            ),
            (
                "from datamodel=Endpoint.Processes by Processes.usr",
                Some(("warning[DF304]", "Processes.user")),
            ),
            (
                "from datamodel=Endpoint.Process by Processes.dest",
                Some(("error[DF303]", "did you mean `Endpoint.Processes`?")),
            ),
            (
                "from datamodel=Endpont.Processes",
                Some(("warning[DF303]", "did you mean `Endpoint`?")),
            ),
        ] {
            let found = said(&library, &mut sources, &format!("| tstats count {tail}"));
            match expected {
                None => assert!(found.is_empty(), "{tail}: {found:?}"),
                Some((code, words)) => {
                    assert!(
                        found.len() == 1 && found[0].contains(code) && found[0].contains(words),
                        "{tail}: {found:?}"
                    );
                }
            }
        }
    }
}
