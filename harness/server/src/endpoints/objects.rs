//! Knowledge objects, to be read: macros, lookups, data models.

use serde_json::json;

use crate::entry::{Entry, content};
use crate::routes::{Answer, Ask};

/// `GET admin/macros`
pub(crate) fn macros(ask: &Ask<'_>) -> Answer {
    let session = &ask.state.session;
    let of_apps = session.library.knowledge.macros().iter();
    let of_apps = of_apps.map(|one| (&one.name, &one.arguments, one.definition));
    let of_content = session.repository.macros_of(0);
    let of_content = of_content.map(|one| (&one.name, &one.arguments, one.definition));
    let entries: Vec<Entry> = of_apps
        .chain(of_content)
        .map(|(name, arguments, definition)| {
            let name = match arguments.len() {
                0 => name.clone(),
                count => format!("{name}({count})"),
            };
            let content = content(json!({
                "definition": &*session.sources.get(definition).text,
                "args": arguments.join(","),
                "disabled": false,
            }));
            Entry::system(name, "admin/macros", content)
        })
        .collect();
    Ok(ask
        .shape()
        .feed("macros", "/services/admin/macros", &entries))
}

/// `GET data/transforms/lookups`
pub(crate) fn lookups(ask: &Ask<'_>) -> Answer {
    let lookups = ask.state.session.library.knowledge.lookups();
    let entries: Vec<Entry> = lookups
        .map(|lookup| {
            let table = lookup.table();
            let fields = table.map(|table| table.columns().join(","));
            let content = content(json!({
                "fields_list": fields.unwrap_or_default(),
                "disabled": false,
            }));
            let name = lookup.definition.name.as_str();
            Entry::system(name, "data/transforms/lookups", content)
        })
        .collect();
    let path = "/services/data/transforms/lookups";
    Ok(ask.shape().feed("transforms-lookup", path, &entries))
}

/// `GET data/lookup-table-files`
pub(crate) fn lookup_files(ask: &Ask<'_>) -> Answer {
    use dryfire_knowledge::LookupSource;
    let lookups = ask.state.session.library.knowledge.lookups();
    let mut names: Vec<String> = lookups
        .filter(|lookup| lookup.path().is_some())
        .filter_map(|lookup| match &lookup.definition.source {
            LookupSource::File(file) => Some(file.clone()),
            _ => None,
        })
        .collect();
    names.sort();
    names.dedup();
    let entry = |name| Entry::system(name, "data/lookup-table-files", content(json!({})));
    let entries: Vec<Entry> = names.into_iter().map(entry).collect();
    let path = "/services/data/lookup-table-files";
    Ok(ask.shape().feed("lookup-table-files", path, &entries))
}

/// `GET datamodel/model`
pub(crate) fn models(ask: &Ask<'_>) -> Answer {
    let models = ask.state.session.library.knowledge.models();
    let entries: Vec<Entry> = models
        .map(|model| {
            let content =
                content(json!({"acceleration": "{\"enabled\":false}", "disabled": false}));
            Entry::system(model.name.as_str(), "datamodel/model", content)
        })
        .collect();
    Ok(ask
        .shape()
        .feed("datamodels", "/services/datamodel/model", &entries))
}
