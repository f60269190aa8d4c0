//! Jobs and saved searches.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Ran, Search, State, entry, feed, refused};
use crate::http::{Reply, Request};

pub(super) fn jobs(state: &mut State, request: &Request, place: &[&str], search: &Search) -> Reply {
    match (request.method.as_str(), place) {
        ("POST", []) => {
            let sid = request
                .form("id")
                .unwrap_or_else(|| format!("job{}", state.jobs.len()));
            if state.jobs.contains_key(&sid) {
                return refused(409, "a job of this id exists");
            }
            let text = request.form("search").unwrap_or_default();
            let messages = state.messages(&text);
            let rows = match text.as_str() {
                by if by.starts_with("| tstats count ") && by.ends_with(" by index") => {
                    state.by_index(by)
                }
                counts if counts.starts_with("| tstats count where index=") => {
                    vec![json!({ "count": state.chosen(counts).len().to_string() })]
                }
                deletes if deletes.ends_with("| delete") => {
                    for at in state.chosen(deletes) {
                        state.events[at].hidden = true;
                    }
                    vec![json!({ "index": "x", "deleted": "1", "errors": "0" })]
                }
                other => search(other, state.seen()),
            };
            if request.form("exec_mode").as_deref() == Some("oneshot") {
                return Reply::json(
                    200,
                    &json!({ "preview": false, "init_offset": 0, "messages": messages, "results": rows }),
                );
            }
            // A blocking request is answered when the job has ended.
            let polls = usize::from(request.form("exec_mode").as_deref() == Some("blocking"));
            state.jobs.insert(
                sid.clone(),
                Ran {
                    rows,
                    polls,
                    messages,
                },
            );
            Reply::json(201, &json!({ "sid": sid }))
        }
        ("POST", ["export"]) => {
            let rows = search(&request.form("search").unwrap_or_default(), state.seen());
            let last = rows.len();
            let mut text = String::new();
            for (number, row) in rows.into_iter().enumerate() {
                let mut line = json!({ "preview": false, "offset": number, "result": row });
                if number + 1 == last {
                    line["lastrow"] = json!(true);
                }
                text.push_str(&format!("{line}\n"));
            }
            if last == 0 {
                text.push_str("{\"preview\":false,\"lastrow\":true}\n");
            }
            Reply::Whole {
                status: 200,
                headers: vec![],
                body: text.into_bytes(),
            }
        }
        ("GET", [sid]) => match state.jobs.get_mut(*sid) {
            Some(job) => {
                job.polls += 1;
                let done = job.polls > 1;
                feed(vec![entry(
                    sid,
                    json!({
                        "sid": sid, "isDone": done, "isFailed": false,
                        "dispatchState": if done { "DONE" } else { "RUNNING" },
                        "resultCount": if done { job.rows.len() } else { 0 },
                        "scanCount": job.rows.len(), "runDuration": 0.25, "messages": job.messages,
                    }),
                )])
            }
            None => refused(404, "Unknown sid."),
        },
        ("GET" | "POST", [sid, "results"]) => match state.jobs.get(*sid) {
            Some(job) => {
                let number = |name: &str| request.asks(name).and_then(|n| n.parse().ok());
                let (offset, count) = (
                    number("offset").unwrap_or(0),
                    number("count").unwrap_or(100),
                );
                // No more than `maxresultrows` at once.
                let page: Vec<&Value> = job
                    .rows
                    .iter()
                    .skip(offset)
                    .take(count.min(50_000))
                    .collect();
                Reply::json(
                    200,
                    &json!({ "preview": false, "messages": [], "results": page }),
                )
            }
            None => refused(404, "Unknown sid."),
        },
        ("DELETE", [sid]) => {
            state.jobs.remove(*sid);
            feed(Vec::new())
        }
        _ => refused(404, "Not Found"),
    }
}

/// A part of a path, unpacked.
pub(super) fn decoded(part: &str) -> String {
    url::form_urlencoded::parse(format!("n={}", part.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, name)| name.into_owned())
        .unwrap_or_default()
}

pub(super) fn saved(
    state: &mut State,
    request: &Request,
    place: &[&str],
    search: &Search,
) -> Reply {
    let named = decoded;
    match (request.method.as_str(), place) {
        ("GET", []) => feed(
            state
                .saved
                .iter()
                .map(|(name, set)| entry(name, json!(set)))
                .collect(),
        ),
        ("GET", [name]) => match state.saved.get_key_value(&named(name)) {
            Some((name, set)) => feed(vec![entry(name, json!(set))]),
            None => refused(404, "Not Found"),
        },
        ("POST", []) => {
            let set: BTreeMap<String, String> = url::form_urlencoded::parse(&request.body)
                .into_owned()
                .collect();
            let name = set.get("name").cloned().unwrap_or_default();
            if state.saved.contains_key(&name) {
                return refused(409, "a saved search of that name exists");
            }
            let reply = feed(vec![entry(&name, json!(set))]);
            state.saved.insert(name, set);
            reply
        }
        ("POST", [name, "dispatch"]) => match state.saved.get(&named(name)) {
            Some(set) => {
                let sid = format!("dispatched{}", state.jobs.len());
                let text = set.get("search").map_or("", String::as_str);
                let (rows, messages) = (search(text, state.seen()), state.messages(text));
                let polls = 0;
                state.jobs.insert(
                    sid.clone(),
                    Ran {
                        rows,
                        polls,
                        messages,
                    },
                );
                Reply::json(201, &json!({ "sid": sid }))
            }
            None => refused(404, "Not Found"),
        },
        ("DELETE", [name]) => {
            state.saved.remove(&named(name));
            feed(Vec::new())
        }
        _ => refused(404, "Not Found"),
    }
}
