//! Data models as sources: `from datamodel:M.D`, `datamodel M D search|flat`, and the listing of `datamodel`.
//!
//! Search Reference, "datamodel": with a mode, the events of a dataset, the fields named after it (`search`) or bare
//! (`flat`), with `strict_fields=false` the other fields of the events, too; without a mode, the JSON of all models, of
//! one, or of a dataset. That `strict_fields=true` keeps the fields which the dataset defines is how content uses it; the
//! page names default fields and those of the constraints.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes, nearest};
use dryfire_knowledge::{Model, ModelObject};
use dryfire_plan::Library;
use dryfire_spl::ast::{Command, FromRef, ModelRef};
use serde_json::{Value as Json, json};

use super::{ModelSource, Naming};
use crate::commands::doc::{Doc, Example, SYSMON};
use crate::env::Cx;
use crate::stage::Generate;
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

const LISTED: &str = "the JSON that datamodel lists has the names, parents and fields of datasets, not all that Splunk keeps of them";

const LOOSE: &str = "strict_fields=false gives all fields of the events; the manual speaks of those that the data model defines";

/// Documentation of `datamodel`.
pub(super) const DOC: Doc = Doc::new(&[Example::given(
    SYSMON,
    "| datamodel Endpoint Processes search | table Processes.dest Processes.process_name",
    r#"[{"Processes.dest":"ws1","Processes.process_name":"whoami.exe"}]"#,
)])
.uncertain(&[LISTED, LOOSE]);

/// The dataset that a command reads; none where it asks for a listing.
pub(super) fn dataset(
    command: &Command,
    from: &FromRef,
    library: &Library,
) -> Result<Option<ModelSource>, Vec<Diagnostic>> {
    let words: Vec<&str> = from.words.iter().map(|word| word.text.as_str()).collect();
    let (names, naming) = match (command.name.as_str(), &words[..]) {
        ("from", names) => (names, Some(Naming::Bare)),
        (_, [model, dataset, mode, rest @ ..]) => {
            let naming = match mode_of(mode) {
                Some(naming) => naming,
                None => {
                    let at = from.words.get(2).map_or(command.at, |word| word.at);
                    let message =
                        format!("the engine does not know the mode `{mode}` of `datamodel`");
                    return Err(vec![
                        Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message)
                            .at(at.0, "`search` and `flat` give events"),
                    ]);
                }
            };
            if let Some(word) = from.words.get(3).filter(|_| !rest.is_empty()) {
                let message = format!("`{}` can't stand behind the mode", word.text);
                return Err(vec![
                    Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message)
                        .at(word.at.0, "")
                        .help("put a pipe before a search"),
                ]);
            }
            (&[*model, *dataset][..], Some(naming))
        }
        (_, [model, mode]) if is_of_model(model, mode, library) => (&[*model][..], mode_of(mode)),
        (_, names) => (names, None),
    };
    let names = names.join(".");
    if names.is_empty() {
        return Ok(None);
    }
    let at = from.words.first().map_or(command.at, |word| word.at);
    let mut parts = names.split('.').map(str::to_owned);
    let dataset = ModelRef {
        model: parts.next().unwrap_or_default(),
        path: parts.collect(),
        at,
    };
    check(&dataset, library)?;
    let strict = command.option("strict_fields").is_none_or(|word| {
        !matches!(
            word.text.to_ascii_lowercase().as_str(),
            "f" | "false" | "0" | "no"
        )
    });
    Ok(naming.map(|naming| ModelSource {
        dataset,
        naming,
        strict,
    }))
}

/// How a mode that gives events names the fields.
fn mode_of(mode: &str) -> Option<Naming> {
    match mode.to_ascii_lowercase().as_str() {
        "search" => Some(Naming::Prefixed),
        "flat" => Some(Naming::Bare),
        _ => None,
    }
}

/// Whether a mode stands right behind a model that has one root dataset: it is searched.
fn is_of_model(model: &str, mode: &str, library: &Library) -> bool {
    library.knowledge.model(model).is_some_and(|model| {
        let roots = model
            .objects
            .iter()
            .filter(|object| object.parent.is_none());
        mode_of(mode).is_some() && model.object(mode).is_none() && roots.count() == 1
    })
}

/// Rules that are not settled, on which the rows of `datamodel` depend.
pub(super) fn notes(command: &Command, source: &ModelSource) -> Vec<Diagnostic> {
    let note =
        || Diagnostic::note(&codes::meaning::UNCERTAIN_RULE, LOOSE).at(command.name_at.0, "");
    (!source.strict).then(note).into_iter().collect()
}

/// The JSON of all models, of one, or of a dataset; the names have been checked.
pub(super) fn listing(from: &FromRef, library: &Library) -> Arc<dyn Generate> {
    let knowledge = &library.knowledge;
    let words: Vec<&str> = from
        .words
        .iter()
        .flat_map(|word| word.text.split('.'))
        .collect();
    let found = match words.split_first() {
        None => knowledge.models().map(of_model).collect(),
        Some((model, path)) => knowledge
            .model(model)
            .into_iter()
            .filter_map(|model| {
                if path.is_empty() {
                    return Some(of_model(model));
                }
                model
                    .object(&path.join("."))
                    .map(|object| of_object(model, object))
            })
            .collect(),
    };
    Arc::new(Listing(found))
}

fn of_model(model: &Model) -> Json {
    let objects: Vec<Json> = model
        .objects
        .iter()
        .map(|object| of_object(model, object))
        .collect();
    json!({ "modelName": model.name, "objects": objects })
}

fn of_object(model: &Model, object: &ModelObject) -> Json {
    let fields: Vec<Json> = model
        .fields(object)
        .into_iter()
        .map(|found| {
            json!({
                "fieldName": found.field.name,
                "owner": found.object.lineage.join("."),
                "type": found.field.kind,
                "required": found.field.required,
                "multivalue": found.field.multivalue,
                "hidden": found.field.hidden,
            })
        })
        .collect();
    json!({
        "objectName": object.name,
        "parentName": object.parent.as_deref().unwrap_or("BaseEvent"),
        "lineage": object.lineage.join("."),
        "fields": fields,
    })
}

struct Listing(Vec<Json>);

impl Generate for Listing {
    fn rows(&self, cx: &Cx<'_>) -> Result<Table, Stop> {
        cx.uncertain(LISTED);
        let row = |json: &Json| vec![("_raw", Value::text(json.to_string()))];
        Ok(Table::from_rows(self.0.iter().map(row)))
    }
}

/// Whether the model and the dataset are there.
pub(super) fn check(reference: &ModelRef, library: &Library) -> Result<(), Vec<Diagnostic>> {
    let knowledge = &library.knowledge;
    let Some(model) = knowledge.model(&reference.model) else {
        let similar = nearest(
            &reference.model,
            knowledge.models().map(|model| model.name.as_str()),
        );
        return Err(vec![
            Diagnostic::error(
                &codes::meaning::UNKNOWN_MODEL,
                format!("there is no data model `{}`", reference.model),
            )
            .at(reference.at.0, "not in the built-in pack or the given apps")
            .help(match similar {
                Some(similar) => format!("did you mean `{similar}`?"),
                None => "give the app that has it with --app".to_owned(),
            }),
        ]);
    };
    let path = reference.path.join(".");
    // `Endpoint.` names a dataset, if an empty one; a model may have none at all.
    let found = match reference.path.is_empty() {
        true => model.root(),
        false => model.object(&path),
    };
    if found.is_none() {
        let similar = nearest(
            &path,
            model.objects.iter().map(|object| object.name.as_str()),
        );
        return Err(vec![
            Diagnostic::error(
                &codes::meaning::UNKNOWN_MODEL,
                format!("data model `{}` has no dataset `{path}`", reference.model),
            )
            .at(reference.at.0, "")
            .opt_help(similar.map(|similar| format!("did you mean `{similar}`?"))),
        ]);
    }
    Ok(())
}
