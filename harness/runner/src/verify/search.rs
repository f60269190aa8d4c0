//! Checks of a detection's saved search: installed, enabled, scheduled, unchanged, and running well.

use dryfire_diagnostic::Diagnostic;
use dryfire_splunk::{Client, Entry, Row, Search};
use serde_json::Value;

use super::facts::Facts;
use super::{Check, DEPLOYMENT, unsearched};
use crate::describe;
use crate::session::Session;
use crate::splunk::job_id;

pub(super) async fn checks(
    session: &Session,
    at: usize,
    facts: &Facts,
    client: &Client,
) -> Vec<Check> {
    let Some(detection) = session.repository.detections.get(at) else {
        return Vec::new();
    };
    let name = session.saved_search_name(detection);
    let check = Check::new(Some(at), "its saved search is installed");
    let searches = match &facts.searches {
        Ok(searches) => searches,
        Err(error) => return vec![check.unknown(error)],
    };
    let same: Vec<&Entry> = searches
        .iter()
        .filter(|search| search.name == name)
        .collect();
    let found = match same.as_slice() {
        [] => {
            let why = format!("there is no saved search `{name}`");
            return vec![check.fails("search-missing", why)];
        }
        [found] => *found,
        several => {
            let places: Vec<String> = several.iter().map(|entry| place(entry)).collect();
            let why = format!(
                "`{name}` is there {} times, and which one is meant can't be told: {}",
                several.len(),
                places.join(", ")
            );
            return vec![check.unclear("search-ambiguous", why)];
        }
    };
    let enabled = Check::new(Some(at), "its saved search is enabled");
    let enabled = if found.is_on("disabled") {
        enabled.fails("search-disabled", format!("`{name}` is disabled"))
    } else {
        enabled
    };
    vec![
        check,
        enabled,
        schedule(session, at, found),
        unchanged(session, at, found),
        runs(at, &name, client).await,
    ]
}

/// Where a saved search is, and whose.
fn place(entry: &Entry) -> String {
    let said = |key: &str| {
        let acl = entry.acl.as_ref();
        acl.and_then(|acl| acl.get(key)?.as_str())
            .unwrap_or("unknown")
    };
    format!("{}'s in the app {}", said("owner"), said("app"))
}

fn schedule(session: &Session, at: usize, found: &Entry) -> Check {
    let check = Check::new(Some(at), "its saved search has its schedule");
    let Some(detection) = session.repository.detections.get(at) else {
        return check;
    };
    let wanted = describe::schedule(detection, &session.repository);
    if !found.is_on("is_scheduled") {
        return check.fails("schedule", "it is not scheduled");
    }
    let settings = [
        ("cron_schedule", &wanted.cron),
        ("dispatch.earliest_time", &wanted.earliest),
        ("dispatch.latest_time", &wanted.latest),
    ];
    let differs = settings.into_iter().find_map(|(key, wanted)| {
        let (wanted, has) = (wanted.as_ref()?, found.text(key).unwrap_or_default());
        (has.trim() != wanted.trim()).then(|| format!("{key} is `{has}`, not `{wanted}`"))
    });
    match differs {
        Some(why) => check.fails("schedule", why),
        None => check,
    }
}

/// Whether the server runs the content's search, blanks aside.
fn unchanged(session: &Session, at: usize, found: &Entry) -> Check {
    let check = Check::new(Some(at), "its saved search has its SPL");
    let Some(detection) = session.repository.detections.get(at) else {
        return check;
    };
    let ours = commands(&session.sources.get(detection.search.value).text);
    let theirs = commands(&found.text("search").unwrap_or_default());
    if ours == theirs {
        return check;
    }
    let mut check = check.fails("drift", "its SPL is not the content's");
    let note = Diagnostic::note(DEPLOYMENT, "- the content's, + the deployment's");
    let note = diff(&ours, &theirs)
        .into_iter()
        .fold(note, Diagnostic::because);
    check.notes.push(note);
    check
}

/// A search as its commands, a line each, with single blanks.
fn commands(text: &str) -> Vec<String> {
    let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    plain
        .split('|')
        .map(|command| command.trim().to_owned())
        .filter(|command| !command.is_empty())
        .collect()
}

/// The lines that only one side has, by the longest common sequence.
fn diff(ours: &[String], theirs: &[String]) -> Vec<String> {
    let width = theirs.len() + 1;
    let mut common = vec![0_usize; (ours.len() + 1) * width];
    for (a, our) in ours.iter().enumerate().rev() {
        for (b, their) in theirs.iter().enumerate().rev() {
            common[a * width + b] = if our == their {
                common[(a + 1) * width + b + 1] + 1
            } else {
                common[(a + 1) * width + b].max(common[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b, mut lines) = (0, 0, Vec::new());
    while a < ours.len() || b < theirs.len() {
        match (ours.get(a), theirs.get(b)) {
            (Some(our), Some(their)) if our == their => {
                a += 1;
                b += 1;
            }
            (Some(our), their)
                if their.is_none() || common[(a + 1) * width + b] >= common[a * width + b + 1] =>
            {
                lines.push(format!("- | {our}"));
                a += 1;
            }
            (_, Some(their)) => {
                lines.push(format!("+ | {their}"));
                b += 1;
            }
            (_, None) => break,
        }
    }
    lines
}

/// Whether the scheduler ran it in the last day, and without skipping it and without errors.
async fn runs(at: usize, name: &str, client: &Client) -> Check {
    let check = Check::new(Some(at), "its saved search ran well in the last day");
    let name = name.replace('\\', "\\\\").replace('"', "\\\"");
    let mut search = Search::new(
        format!(
            "search index=_internal sourcetype=scheduler savedsearch_name=\"{name}\" NOT status IN (delegated_remote, delegated_remote_completion) | stats count values(reason) as reason by status"
        ),
        job_id(),
    );
    search.earliest = Some("-24h".to_owned());
    search.latest = Some("now".to_owned());
    search.blocking = true;
    let rows = match super::rows(client, &search).await {
        Ok(rows) => rows,
        Err(error) => return unsearched(check, &error),
    };
    if rows.is_empty() {
        return check.unclear(
            "never-ran",
            "the scheduler's log tells of no run in the last day: the search did not run, or the account may not read the index `_internal`",
        );
    }
    let mut troubles = rows
        .iter()
        .filter(|row| text(row, "status") != "success")
        .map(|row| {
            let (count, status) = (text(row, "count"), text(row, "status"));
            match text(row, "reason") {
                reason if reason.is_empty() => format!("{count} times {status}"),
                reason => format!("{count} times {status}: {reason}"),
            }
        });
    match troubles.next() {
        None => check,
        Some(first) => troubles.fold(check.fails("scheduler", first), |check, more| {
            check.note(DEPLOYMENT, more)
        }),
    }
}

/// A cell as text; several values stand in one line.
fn text(row: &Row, key: &str) -> String {
    match row.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(values)) => {
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            values.join("; ")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_names_what_only_one_side_has() {
        let of = |text: &str| commands(text);
        assert_eq!(
            diff(&of("a | b | c"), &of("a | x | c | d")),
            ["- | b", "+ | x", "+ | d"]
        );
        assert!(diff(&of("a\n | b"), &of("a|b")).is_empty());
    }
}
