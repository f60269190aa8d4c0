//! Whether what a job found proves anything: not where other events are there than were sent, the server says errors, or the
//! search looked past the test's events.

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::flow;
use dryfire_spl::ast::{Body, Compare, Pipeline, Search as Condition, SearchKind};
use dryfire_splunk::{Client, Done, Message, Result, Search};

use super::job_id;
use super::send::Replayed;

/// What the server calls errors of a job that ended well: a lookup that was not loaded, an indexer that did not answer.
/// Rows may then be missing.
pub(crate) fn errors(messages: &[Message]) -> Option<String> {
    let said: Vec<&str> = messages
        .iter()
        .filter(|message| message.is_error())
        .map(|message| message.text.as_str())
        .collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// What to say where the server has another number of events.
pub fn count_differs(replayed: Replayed, sourcetype: &str) -> Option<Diagnostic> {
    (replayed.sent != replayed.found).then(|| {
        Diagnostic::error(
            &codes::dataset::EVENT_COUNT,
            format!(
                "the server made {} events of {}: line breaking or a filter for `{sourcetype}` differs there",
                replayed.found, replayed.sent
            ),
        )
        .help("compare the add-ons of the server with those given by --app")
    })
}

/// What the server says that a reader should know.
pub(super) fn notes(messages: &[Message]) -> Vec<Diagnostic> {
    let quiet = |kind: &str| {
        ["info", "debug"]
            .iter()
            .any(|one| kind.eq_ignore_ascii_case(one))
    };
    messages
        .iter()
        .filter(|message| !quiet(&message.kind))
        .map(|message| Diagnostic::warning(&codes::dataset::SERVER_MESSAGE, message.text.clone()))
        .collect()
}

/// What a search without rows says of a test.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// The search saw the test's events and chose none.
    Proven,
    /// Nobody can tell; why.
    Assumed(&'static str),
    /// It saw none of the test's events.
    Unseen,
}

/// Whether a search that gave no row could have seen the events of `index`.
///
/// That no event was scanned is no proof of the contrary: Splunk asks its index of words first, and reads no event where a word
/// is nowhere. So the same client counts, in the indexes that the search names, or its default ones, the test's events.
pub(crate) async fn silence(
    client: &Client,
    namespace: Option<(String, String)>,
    pipeline: &Pipeline,
    done: &Done,
    index: &str,
) -> Result<Silence> {
    if done.scanned > 0 {
        return Ok(Silence::Proven);
    }
    let Some(first) = pipeline.commands.first() else {
        return Ok(Silence::Unseen);
    };
    let condition = match &first.body {
        Body::Search(condition) => condition,
        // What these give does not hang on events.
        _ if ["inputlookup", "makeresults", "rest"].contains(&first.name.as_str()) => {
            return Ok(Silence::Proven);
        }
        _ => {
            return Ok(Silence::Assumed(
                "the search found nothing, and the server does not tell whether it looked at the test's events: summaries may be missing, or the model may search other indexes",
            ));
        }
    };
    let mut search = Search::new(control(condition), job_id());
    search.namespace = namespace;
    search.blocking = true;
    let (_, rows) = client.run(&search).await?;
    let sees = rows
        .iter()
        .any(|row| row.get("index").and_then(|name| name.as_str()) == Some(index));
    let by_knowledge = flow::search_fields(condition)
        .iter()
        .any(|field| field == "eventtype" || field.starts_with("tag"));
    Ok(match sees {
        false => Silence::Unseen,
        true if by_knowledge => Silence::Assumed(
            "the search found nothing, and event types or tags of the server decide which events it looks at",
        ),
        true => Silence::Proven,
    })
}

/// A search that counts, by index, the events where a condition looks.
fn control(condition: &Condition) -> String {
    let mut names = Vec::new();
    indexes(condition, &mut names);
    let mut filters: Vec<String> = Vec::new();
    let named: Vec<String> = names.iter().map(|name| equals("index", name)).collect();
    match named.as_slice() {
        [] => {}
        [one] => filters.push(one.clone()),
        several => filters.push(format!("({})", several.join(" OR "))),
    }
    let parts = match &condition.kind {
        SearchKind::And(parts) => parts.as_slice(),
        _ => std::slice::from_ref(condition),
    };
    filters.extend(parts.iter().filter_map(|part| match &part.kind {
        SearchKind::Time { name, value } if name == "earliest" || name == "latest" => {
            Some(equals(name, &value.text))
        }
        _ => None,
    }));
    if filters.is_empty() {
        return "| tstats count by index".to_owned();
    }
    format!("| tstats count where {} by index", filters.join(" "))
}

/// The indexes that a condition names, but for those that it excludes.
fn indexes(condition: &Condition, names: &mut Vec<String>) {
    match &condition.kind {
        SearchKind::And(parts) | SearchKind::Or(parts) => {
            parts.iter().for_each(|part| indexes(part, names));
        }
        SearchKind::Compare {
            field,
            op: Compare::Eq,
            value,
        } if field.text == "index" => names.push(value.text.clone()),
        SearchKind::In { field, values } if field.text == "index" => {
            names.extend(values.iter().map(|value| value.text.clone()));
        }
        _ => {}
    }
}

fn equals(field: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{field}=\"{value}\"")
}

/// What to say where the search saw none of the test's events.
pub(crate) fn unseen(index: &str) -> Diagnostic {
    Diagnostic::error(
        &codes::dataset::NOT_SEARCHED,
        format!(
            "the search found nothing, and none of the test's events, which are in the index `{index}`, is where it looks"
        ),
    )
    .help("let the content name its indexes by a macro that the test can replace, and the account's default indexes hold the test's")
}

#[cfg(test)]
mod tests {
    use dryfire_diagnostic::SourceMap;
    use dryfire_spl::parse;

    use super::*;

    #[test]
    fn the_control_looks_where_the_search_looks() {
        for (text, expected) in [
            ("error", "| tstats count by index"),
            (
                "index=win EventCode=1 | stats count",
                "| tstats count where index=\"win\" by index",
            ),
            (
                "index IN (a, b*) earliest=-7d NOT index=c",
                "| tstats count where (index=\"a\" OR index=\"b*\") earliest=\"-7d\" by index",
            ),
            (
                "(index=a x=1) OR (index=b y=2)",
                "| tstats count where (index=\"a\" OR index=\"b\") by index",
            ),
        ] {
            let mut sources = SourceMap::new();
            let source = sources.add("spl", text.to_owned());
            let parsed = parse(source, &sources);
            let Body::Search(condition) = &parsed.pipeline.commands[0].body else {
                panic!("{text} begins with no search");
            };
            assert_eq!(control(condition), expected, "{text}");
        }
    }
}
