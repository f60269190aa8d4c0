//! Plays a Splunk: its answers have the recorded shapes, its state is what was sent to it. It understands no SPL: a test says what a search gives.

mod collector;
mod search;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::http::{Reply, Request, Scripted};
use collector::collector;
use search::{decoded, jobs, saved};

/// The user that it knows.
pub const USER: &str = "tester";
/// The password. Tests look for it in everything that is written.
pub const PASSWORD: &str = "hunter2-c0rrect-horse";
/// The session key that it gives out.
pub const SESSION_KEY: &str = "5e55i0n-k3y";
/// The collector's token.
pub const TOKEN: &str = "70k3n-00000000";

/// Rows that a search gives over so many events.
type Search = dyn Fn(&str, u64) -> Vec<Value> + Send;

/// What it holds.
#[derive(Default)]
struct State {
    indexes: Vec<String>,
    tokens: BTreeMap<String, (String, bool)>,
    batches_seen: Vec<String>,
    events: Vec<Held>,
    jobs: BTreeMap<String, Ran>,
    saved: BTreeMap<String, BTreeMap<String, String>>,
    users: BTreeMap<String, String>,
    passwords: Vec<String>,
    roles: Vec<String>,
    batches: u64,
    settings: BTreeMap<String, Vec<Value>>,
    lost: Option<(String, usize)>,
    index_settings: BTreeMap<String, Value>,
    said: Vec<(String, Value)>,
}

/// An event that it holds.
#[derive(Debug, Clone, Default)]
pub struct Held {
    pub index: String,
    pub host: String,
    pub source: String,
    pub sourcetype: String,
    /// As it was sent: none in raw text.
    pub time: Option<String>,
    pub raw: String,
    /// When it was indexed, in seconds since 1970; 0 is within the run.
    pub indexed: u64,
    /// Whether it was deleted: searches do not see it.
    pub hidden: bool,
}

impl State {
    /// The places of the events that conditions of the form `field="value"` in a search choose.
    fn chosen(&self, text: &str) -> Vec<usize> {
        let conditions: Vec<(&str, &str)> = ["index", "host", "source", "sourcetype"]
            .into_iter()
            .filter_map(|field| {
                let begin = text
                    .find(&format!(" {field}=\""))
                    .or_else(|| text.find(&format!("={field}=\"")))?;
                let rest = &text[begin + field.len() + 3..];
                Some((field, &rest[..rest.find('"')?]))
            })
            .collect();
        let bound = |name: &str| -> Option<u64> {
            let (_, rest) = text.split_once(&format!(" {name}="))?;
            rest.split(' ').next()?.parse().ok()
        };
        let (earliest, latest) = (bound("_index_earliest"), bound("_index_latest"));
        let in_time = |event: &Held| {
            event.indexed == 0
                || (earliest.is_none_or(|bound| event.indexed >= bound)
                    && latest.is_none_or(|bound| event.indexed < bound))
        };
        let fits = |event: &Held| {
            in_time(event)
                && conditions.iter().all(|(field, value)| {
                    *value
                        == match *field {
                            "index" => &event.index,
                            "host" => &event.host,
                            "source" => &event.source,
                            _ => &event.sourcetype,
                        }
                })
        };
        (0..self.events.len())
            .filter(|at| !self.events[*at].hidden && fits(&self.events[*at]))
            .collect()
    }

    /// How many events each index that a search names by `index="…"` holds; all indexes where it names none.
    fn by_index(&self, text: &str) -> Vec<Value> {
        let named: Vec<&str> = text
            .split("index=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        let fits = |name: &str| {
            let is = |pattern: &&str| match pattern.strip_suffix('*') {
                Some(begin) => name.starts_with(begin),
                None => *pattern == name,
            };
            named.is_empty() || named.iter().any(is)
        };
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for event in self.events.iter().filter(|event| !event.hidden) {
            if fits(&event.index) {
                *counts.entry(&event.index).or_default() += 1;
            }
        }
        let rows = counts.into_iter();
        rows.map(|(index, count)| json!({ "index": index, "count": count.to_string() }))
            .collect()
    }

    /// What a job of this search says.
    fn messages(&self, text: &str) -> Vec<Value> {
        let said = self.said.iter();
        said.filter(|(part, _)| text.contains(part.as_str()))
            .map(|(_, message)| message.clone())
            .collect()
    }

    /// How many events searches see.
    fn seen(&self) -> u64 {
        self.events.iter().filter(|event| !event.hidden).count() as u64
    }
}

struct Ran {
    rows: Vec<Value>,
    polls: usize,
    messages: Vec<Value>,
}

/// A server that plays a Splunk.
pub struct FakeSplunk {
    pub server: Scripted,
    state: Arc<Mutex<State>>,
}

impl FakeSplunk {
    pub fn start(search: impl Fn(&str) -> Vec<Value> + Send + 'static) -> Self {
        Self::start_with(search, |_| None)
    }

    /// One whose searches are told how many events there are.
    pub fn start_counting(search: impl Fn(&str, u64) -> Vec<Value> + Send + 'static) -> Self {
        Self::serve(search, |_| None)
    }

    /// One whose answers a test may replace.
    pub fn start_with(
        search: impl Fn(&str) -> Vec<Value> + Send + 'static,
        instead: impl FnMut(&Request) -> Option<Reply> + Send + 'static,
    ) -> Self {
        Self::serve(move |text, _| search(text), instead)
    }

    /// One whose searches are told how many events there are, and whose answers a test may replace.
    pub fn start_all(
        search: impl Fn(&str, u64) -> Vec<Value> + Send + 'static,
        instead: impl FnMut(&Request) -> Option<Reply> + Send + 'static,
    ) -> Self {
        Self::serve(search, instead)
    }

    fn serve(
        search: impl Fn(&str, u64) -> Vec<Value> + Send + 'static,
        mut instead: impl FnMut(&Request) -> Option<Reply> + Send + 'static,
    ) -> Self {
        let state = Arc::new(Mutex::new(State {
            indexes: vec!["main".into(), "risk".into(), "notable".into()],
            ..State::default()
        }));
        let held = Arc::clone(&state);
        let server = Scripted::start(move |request| {
            instead(request).unwrap_or_else(|| {
                let mut state = held.lock().unwrap();
                let reply = answer(&mut state, request, &search);
                match &mut state.lost {
                    Some((path, left)) if *left > 0 && request.path.contains(path.as_str()) => {
                        *left -= 1;
                        Reply::Nothing
                    }
                    _ => reply,
                }
            })
        });
        Self { server, state }
    }

    /// Carries out the next requests to paths that hold this text, and loses the answers.
    pub fn lose_answers(&self, path: &str, times: usize) {
        self.state.lock().unwrap().lost = Some((path.to_owned(), times));
    }

    /// The texts that the collector was sent, batch by batch.
    pub fn received(&self) -> Vec<String> {
        self.state.lock().unwrap().batches_seen.clone()
    }

    /// Puts an event there that nobody sent.
    pub fn hold(&self, event: Held) {
        self.state.lock().unwrap().events.push(event);
    }

    /// The events that searches see.
    pub fn events(&self) -> Vec<Held> {
        let state = self.state.lock().unwrap();
        let seen = state.events.iter().filter(|event| !event.hidden);
        seen.cloned().collect()
    }

    /// Lets jobs whose search holds this text say so, as `ERROR` or `WARN`, though they end well.
    pub fn say(&self, part: &str, kind: &str, text: &str) {
        let message = json!({ "type": kind, "text": text });
        let mut state = self.state.lock().unwrap();
        state.said.push((part.to_owned(), message));
    }

    /// Sets what a list, such as `apps/local`, holds: entries as [`FakeSplunk::entry`] makes them.
    pub fn set(&self, list: &str, entries: Vec<Value>) {
        let mut state = self.state.lock().unwrap();
        state.settings.insert(list.to_owned(), entries);
    }

    /// Adds an index with these settings.
    pub fn set_index(&self, name: &str, settings: Value) {
        let mut state = self.state.lock().unwrap();
        state.indexes.push(name.to_owned());
        state.index_settings.insert(name.to_owned(), settings);
    }

    /// An entry of a list.
    pub fn entry(name: &str, content: Value) -> Value {
        entry(name, content)
    }

    /// Adds an installed saved search.
    pub fn install(&self, name: &str, settings: &[(&str, &str)]) {
        let set = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        self.state
            .lock()
            .unwrap()
            .saved
            .insert(name.to_owned(), set.collect());
    }

    /// The names of the collector's tokens.
    pub fn tokens(&self) -> Vec<String> {
        self.state.lock().unwrap().tokens.keys().cloned().collect()
    }

    pub fn indexes(&self) -> Vec<String> {
        self.state.lock().unwrap().indexes.clone()
    }

    pub fn saved(&self) -> Vec<String> {
        self.state.lock().unwrap().saved.keys().cloned().collect()
    }

    /// The users and roles that were made.
    pub fn users(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        state
            .users
            .keys()
            .cloned()
            .chain(state.roles.iter().cloned())
            .collect()
    }

    /// The passwords of all users that were ever made.
    pub fn passwords(&self) -> Vec<String> {
        self.state.lock().unwrap().passwords.clone()
    }

    pub fn jobs(&self) -> usize {
        self.state.lock().unwrap().jobs.len()
    }
}

fn entry(name: &str, content: Value) -> Value {
    json!({ "name": name, "content": content, "acl": { "app": "search", "owner": USER, "sharing": "user" } })
}

fn feed(entries: Vec<Value>) -> Reply {
    let total = entries.len();
    Reply::json(
        200,
        &json!({ "entry": entries, "messages": [], "paging": { "total": total, "perPage": 30, "offset": 0 } }),
    )
}

fn refused(status: u16, text: &str) -> Reply {
    Reply::json(
        status,
        &json!({ "messages": [{ "type": "ERROR", "text": text }] }),
    )
}

fn answer(state: &mut State, request: &Request, search: &Search) -> Reply {
    if let Some(rest) = request.path.strip_prefix("/services/collector/") {
        return collector(state, request, rest);
    }
    if request.path == "/services/auth/login" {
        let (user, password) = (request.form("username"), request.form("password"));
        let (user, password) = (user.unwrap_or_default(), password.unwrap_or_default());
        let known = (user == USER && password == PASSWORD)
            || state.users.get(&user).is_some_and(|set| *set == password);
        return if known {
            Reply::json(200, &json!({ "sessionKey": SESSION_KEY }))
        } else {
            refused(401, "Login failed")
        };
    }
    let authorized = request.header("authorization").is_some_and(|said| {
        said == format!("Splunk {SESSION_KEY}")
            || said.starts_with("Basic ")
            || said == format!("Bearer {TOKEN}")
    });
    if !authorized {
        return refused(401, "call not properly authenticated");
    }
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let place = match parts.as_slice() {
        ["servicesNS", _, _, rest @ ..] | ["services", rest @ ..] => rest,
        rest => rest,
    };
    match (request.method.as_str(), place) {
        ("GET", ["server", "info"]) => feed(vec![entry(
            "server-info",
            json!({ "version": "9.3.1", "serverName": "fake", "server_roles": ["search_head"] }),
        )]),
        ("GET", ["authentication", "current-context"]) => feed(vec![entry(
            "context",
            json!({ "username": USER, "capabilities": ["search", "edit_user", "edit_roles", "delete_by_keyword"] }),
        )]),
        ("POST", [_, "roles" | "users"]) => {
            let name = request.form("name").unwrap_or_default();
            let password = request.form("password").unwrap_or_default();
            if place[1] == "users" {
                state.passwords.push(password.clone());
                state.users.insert(name.clone(), password);
            } else {
                state.roles.push(name.clone());
            }
            feed(vec![entry(&name, json!({}))])
        }
        ("DELETE", [_, "roles" | "users", name]) => {
            if place[1] == "users" {
                state.users.remove(*name);
            } else {
                state.roles.retain(|role| role != name);
            }
            feed(Vec::new())
        }
        (_, ["data", "indexes", ..]) => indexes(state, request, place.get(2).copied()),
        (_, ["data", "inputs", "http", ..]) => tokens(state, request, place.get(3).copied()),
        (_, ["search", "v2", "jobs", rest @ ..] | ["search", "jobs", rest @ ..]) => {
            jobs(state, request, rest, search)
        }
        (_, ["saved", "searches", rest @ ..]) => saved(state, request, rest, search),
        ("GET", rest) if state.settings.contains_key(&rest.join("/")) => {
            feed(state.settings[&rest.join("/")].clone())
        }
        ("GET", [rest @ .., name]) if state.settings.contains_key(&rest.join("/")) => {
            let list = &state.settings[&rest.join("/")];
            match list.iter().find(|entry| entry["name"] == decoded(name)) {
                Some(found) => feed(vec![found.clone()]),
                None => refused(404, "Not Found"),
            }
        }
        _ => refused(404, "Not Found"),
    }
}

fn indexes(state: &mut State, request: &Request, name: Option<&str>) -> Reply {
    match (request.method.as_str(), name) {
        ("GET", None) => {
            let usual = json!({ "totalEventCount": 0, "frozenTimePeriodInSecs": 188_697_600 });
            let named = |name: &String| {
                let set = state.index_settings.get(name).unwrap_or(&usual);
                entry(name, set.clone())
            };
            feed(state.indexes.iter().map(named).collect())
        }
        ("POST", None) => {
            let name = request.form("name").unwrap_or_default();
            if state.indexes.contains(&name) {
                return refused(409, &format!("Index name={name} already exists"));
            }
            state.indexes.push(name.clone());
            feed(vec![entry(&name, json!({}))])
        }
        ("DELETE", Some(name)) => {
            state.indexes.retain(|index| index != name);
            state.events.retain(|event| event.index != name);
            feed(Vec::new())
        }
        _ => refused(404, "Not Found"),
    }
}

fn tokens(state: &mut State, request: &Request, name: Option<&str>) -> Reply {
    let shown = |name: &str, (index, ack): &(String, bool)| {
        entry(
            &format!("http://{name}"),
            json!({ "token": TOKEN, "indexes": [index], "useACK": ack, "disabled": false }),
        )
    };
    match (request.method.as_str(), name) {
        ("GET", Some(name)) => match state.tokens.get(name) {
            Some(token) => feed(vec![shown(name, token)]),
            None => refused(404, "Not Found"),
        },
        ("POST", None) => {
            let name = request.form("name").unwrap_or_default();
            let token = (
                request.form("indexes").unwrap_or_default(),
                request.form("useACK").as_deref() == Some("1"),
            );
            let reply = feed(vec![shown(&name, &token)]);
            state.tokens.insert(name, token);
            reply
        }
        ("DELETE", Some(name)) => {
            state.tokens.remove(name);
            feed(Vec::new())
        }
        _ => refused(404, "Not Found"),
    }
}
