//! Checks of what a detection needs of the deployment: macros, lookups, data models.

use dryfire_splunk::Entry;
use serde_json::Value;

use super::Check;
use super::facts::Facts;
use super::names::names;
use crate::session::Session;

pub(super) fn checks(session: &Session, at: usize, facts: &Facts) -> Vec<Check> {
    let Some(prepared) = session.prepared.get(at) else {
        return Vec::new();
    };
    let named = names(&session.sources.get(prepared.expanded).text);
    let mut checks = Vec::new();
    if !prepared.macros.is_empty() {
        checks.push(macros(at, session, facts));
    }
    if !named.lookups.is_empty() {
        checks.push(lookups(at, &named.lookups, facts));
    }
    for model in &named.models {
        checks.extend(self::model(at, model, named.summaries_only, facts));
    }
    checks
}

fn macros(at: usize, session: &Session, facts: &Facts) -> Check {
    let check = Check::new(Some(at), "its macros are there");
    let mut missing = Vec::new();
    let used = session.prepared.get(at).map(|prepared| &prepared.macros);
    for used in used.into_iter().flatten() {
        match facts.macro_of(&used.name, used.arguments) {
            Ok(Some(_)) => {}
            Ok(None) if missing.contains(&used.name) => {}
            Ok(None) => missing.push(used.name.clone()),
            Err(error) => return check.unknown(error),
        }
    }
    absent(check, "macro", &missing)
}

fn lookups(at: usize, used: &[String], facts: &Facts) -> Check {
    let check = Check::new(Some(at), "its lookups are there");
    let (definitions, files) = match (&facts.lookups, &facts.lookup_files) {
        (Ok(definitions), Ok(files)) => (definitions, files),
        (Err(error), _) | (_, Err(error)) => return check.unknown(error),
    };
    let is_there = |name: &&String| {
        let same = |entry: &Entry| entry.name == **name;
        definitions.iter().any(same) || files.iter().any(same)
    };
    let missing: Vec<String> = used
        .iter()
        .filter(|name| !is_there(name))
        .cloned()
        .collect();
    absent(check, "lookup", &missing)
}

fn absent(check: Check, what: &str, missing: &[String]) -> Check {
    if missing.is_empty() {
        return check;
    }
    check.fails(
        &format!("{what}-missing"),
        format!("there is no {what} `{}`", missing.join("`, `")),
    )
}

/// A model: there, accelerated where only summaries are searched, and with the indexes of its constraint set.
fn model(at: usize, name: &str, summaries_only: bool, facts: &Facts) -> Vec<Check> {
    let check = Check::new(Some(at), format!("the data model `{name}` is there"));
    let models = match &facts.models {
        Ok(models) => models,
        Err(error) => return vec![check.unknown(error)],
    };
    let Some(found) = models.iter().find(|model| model.name == name) else {
        let why = format!("there is no data model `{name}`");
        return vec![check.fails("model-missing", why)];
    };
    let mut checks = vec![check];
    if summaries_only {
        let check = Check::new(Some(at), format!("the data model `{name}` is accelerated"));
        checks.push(if is_accelerated(found) {
            check
        } else {
            check.fails(
                "model-not-accelerated",
                format!("the search reads only summaries, and `{name}` has none"),
            )
        });
    }
    // Models of other apps have no such macro.
    let constraint = format!("cim_{name}_indexes");
    if let Ok(Some(entry)) = facts.macro_of(&constraint, 0) {
        let definition = entry.text("definition").unwrap_or_default();
        let check = Check::new(
            Some(at),
            format!("the data model `{name}` knows its indexes"),
        );
        let is_empty = definition
            .trim_matches(|c: char| c.is_whitespace() || c == '(' || c == ')')
            .is_empty();
        checks.push(if is_empty {
            check.fails(
                "model-no-indexes",
                format!("the macro `{constraint}` is empty: only the default indexes of the account are searched"),
            )
        } else {
            check
        });
    }
    checks
}

/// The setting is JSON in a text.
fn is_accelerated(model: &Entry) -> bool {
    let set: Option<Value> = match model.content.get("acceleration") {
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        other => other.cloned(),
    };
    set.is_some_and(|set| match &set["enabled"] {
        Value::Bool(on) => *on,
        other => matches!(other.as_str(), Some("1" | "true")) || other.as_u64() == Some(1),
    })
}
