//! Rows as JSON, on their way into a search.

use serde_json::{Map, Value as Json};

/// Between the values of a multivalue field on its way through `makeresults`; it stands in no test data.
const SEPARATOR: char = '\u{1f}';
/// `makeresults` fills `_raw` itself, so a row's own goes by this name until it is renamed.
const OWN_RAW: &str = "raw__";

/// The search that makes these rows and then does what `spl` says. Lists become multivalue fields.
pub fn over_rows(rows: &[Map<String, Json>], spl: &str) -> String {
    let mut lists: Vec<&str> = Vec::new();
    let has = |wanted: &str| rows.iter().any(|row| row.contains_key(wanted));
    let (has_raw, has_time) = (has("_raw"), has("_time"));
    let mut given = Vec::new();
    for row in rows {
        let mut made = Map::new();
        for (name, value) in row {
            let name_made = if name == "_raw" { OWN_RAW } else { name };
            let value = match value {
                Json::Array(values) => {
                    if !lists.contains(&name_made) {
                        lists.push(name_made);
                    }
                    let texts: Vec<String> = values.iter().map(plain).collect();
                    Json::String(texts.join(&SEPARATOR.to_string()))
                }
                single => single.clone(),
            };
            made.insert(name_made.to_owned(), value);
        }
        given.push(Json::Object(made));
    }
    let data = Json::Array(given)
        .to_string()
        .replace('\\', r"\\")
        .replace('"', "\\\"");
    let mut search = format!("| makeresults format=json data=\"{data}\" | fields - _raw");
    if !has_time {
        search.push_str(" | fields - _time");
    }
    if has_raw {
        search.push_str(&format!(" | rename {OWN_RAW} AS _raw"));
    }
    for name in lists {
        let name = if name == OWN_RAW { "_raw" } else { name };
        search.push_str(&format!(
            " | eval \"{name}\"=split('{name}',\"{SEPARATOR}\")"
        ));
    }
    let spl = spl.trim();
    search.push_str(if spl.is_empty() || spl.starts_with('|') {
        " "
    } else {
        " | "
    });
    search.push_str(spl);
    search
}

/// A JSON scalar as the text of a field.
pub fn plain(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
