//! The HTTP event collector: tokens, raw text, single events, acknowledgements, health.
//!
//! A reply with code 0 says that the events are searchable, and, with `--data`, on disk. An acknowledgement says no more, so
//! that it is `true` at once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flate2::read::MultiGzDecoder;
use hyper::Method;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, HOST, HeaderName};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::clock;
use crate::effects::why;
use crate::http::{Params, Reply, Request, is_on};
use crate::journal::Record;
use crate::state::State;
use crate::store::{Key, StoreError};

/// The channel of a client.
const CHANNEL: HeaderName = HeaderName::from_static("x-splunk-request-channel");
/// Channels of a token, and acknowledgements of a channel, that are kept.
const MOST_CHANNELS: usize = 1_000;
const MOST_ACKS: usize = 1_000_000;

/// Settings of a token, as its input shows them.
pub(crate) type Settings = BTreeMap<String, String>;

/// Tokens and acknowledgements.
#[derive(Default)]
pub(crate) struct Collector {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// By name.
    inputs: BTreeMap<String, Settings>,
    /// By token and channel.
    channels: BTreeMap<(String, String), Channel>,
}

#[derive(Default)]
struct Channel {
    next: u64,
    waiting: BTreeSet<u64>,
}

/// A reply of the collector.
struct Said {
    status: u16,
    code: u32,
    text: &'static str,
    /// The event that is wrong, counted from 0.
    event: Option<usize>,
}

const fn said(status: u16, code: u32, text: &'static str) -> Said {
    Said {
        status,
        code,
        text,
        event: None,
    }
}

const DISABLED: Said = said(403, 1, "Token disabled");
const NO_TOKEN: Said = said(401, 2, "Token is required");
const BAD_AUTHORIZATION: Said = said(401, 3, "Invalid authorization");
const WRONG_TOKEN: Said = said(403, 4, "Invalid token");
const NO_DATA: Said = said(400, 5, "No data");
const BAD_FORMAT: Said = said(400, 6, "Invalid data format");
const BAD_INDEX: Said = said(400, 7, "Incorrect index");
const INTERNAL: Said = said(500, 8, "Internal server error");
const BUSY: Said = said(503, 9, "Server is busy");
const NO_CHANNEL: Said = said(400, 10, "Data channel is missing");
const BAD_CHANNEL: Said = said(400, 11, "Invalid data channel");
const NO_EVENT: Said = said(400, 12, "Event field is required");
const BLANK_EVENT: Said = said(400, 13, "Event field cannot be blank");
const NO_ACKS: Said = said(400, 14, "ACK is disabled");
const BAD_FIELDS: Said = said(400, 15, "Error in handling indexed fields");
const HEALTHY: Said = said(200, 17, "HEC is healthy");
const TOO_LARGE: Said = said(413, 27, "Request entity too large");

impl Said {
    fn at(self, event: usize) -> Self {
        Self {
            event: Some(event),
            ..self
        }
    }

    fn reply(&self) -> Reply {
        let mut body = json!({"text": self.text, "code": self.code});
        if let (Some(event), Some(body)) = (self.event, body.as_object_mut()) {
            body.insert("invalid-event-number".to_owned(), json!(event));
        }
        Reply::json(self.status, &body)
    }
}

/// What a token says of its events.
struct Token {
    value: String,
    name: String,
    settings: Settings,
}

impl Token {
    fn acknowledges(&self) -> bool {
        self.settings.get("useACK").is_some_and(|on| is_on(on))
    }

    fn setting(&self, key: &str) -> Option<&str> {
        let value = self.settings.get(key).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    fn may_write(&self, index: &str) -> bool {
        let Some(list) = self.setting("indexes") else {
            return true;
        };
        let mut names = list.split(',').map(str::trim);
        names.any(|name| name == index)
    }
}

impl Collector {
    /// A collector with the tokens that were kept, and one whose value the caller gives.
    pub(crate) fn new(records: &[Record], given: Option<&str>) -> Self {
        let mut held = Held::default();
        for record in records {
            match record {
                Record::Token { name, settings } => {
                    held.inputs.insert(name.clone(), settings.clone());
                }
                Record::TokenGone { name } => {
                    held.inputs.remove(name);
                }
                _ => {}
            }
        }
        if let Some(value) = given {
            let mut settings = default_settings();
            settings.insert("token".to_owned(), value.to_owned());
            held.inputs.insert("dryfire".to_owned(), settings);
        }
        Self {
            held: Mutex::new(held),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The inputs, by name.
    pub(crate) fn inputs(&self) -> BTreeMap<String, Settings> {
        self.held().inputs.clone()
    }

    /// Makes or changes an input.
    pub(crate) fn set_input(&self, name: &str, settings: Settings) {
        self.held().inputs.insert(name.to_owned(), settings);
    }

    /// Removes an input.
    pub(crate) fn remove_input(&self, name: &str) {
        self.held().inputs.remove(name);
    }

    fn token(&self, request: &Request) -> Result<Token, Said> {
        use base64::Engine;
        let authorization = request.header(AUTHORIZATION).ok_or(NO_TOKEN)?;
        let (scheme, value) = authorization.split_once(' ').ok_or(BAD_AUTHORIZATION)?;
        let value = match scheme.to_ascii_lowercase().as_str() {
            "splunk" => value.trim().to_owned(),
            "basic" => {
                let decoded = base64::prelude::BASE64_STANDARD.decode(value.trim());
                let text = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let text = text.ok_or(BAD_AUTHORIZATION)?;
                let (_, token) = text.split_once(':').ok_or(BAD_AUTHORIZATION)?;
                token.to_owned()
            }
            _ => return Err(BAD_AUTHORIZATION),
        };
        if value.is_empty() {
            return Err(NO_TOKEN);
        }
        // Hashes are compared in constant time.
        let wanted = blake3::hash(value.as_bytes());
        let held = self.held();
        let mut inputs = held.inputs.iter();
        let found = inputs.find(|(_, settings)| {
            let token = settings
                .get("token")
                .map(|token| blake3::hash(token.as_bytes()));
            token == Some(wanted)
        });
        let (name, settings) = found.ok_or(WRONG_TOKEN)?;
        if settings.get("disabled").is_some_and(|on| is_on(on)) {
            return Err(DISABLED);
        }
        Ok(Token {
            value,
            name: name.clone(),
            settings: settings.clone(),
        })
    }

    /// The number under which a client asks whether its events are safe.
    fn acknowledge(&self, token: &Token, channel: &str) -> u64 {
        let mut held = self.held();
        let key = (token.value.clone(), channel.to_owned());
        if held.channels.len() >= MOST_CHANNELS && !held.channels.contains_key(&key) {
            held.channels.pop_first();
        }
        let channel = held.channels.entry(key).or_default();
        let number = channel.next;
        channel.next += 1;
        channel.waiting.insert(number);
        if channel.waiting.len() > MOST_ACKS {
            channel.waiting.pop_first();
        }
        number
    }

    /// Whether these numbers are safe. One that was told is forgotten, as Splunk does.
    fn acknowledged(&self, token: &Token, channel: &str, numbers: &[u64]) -> Json {
        let mut held = self.held();
        let key = (token.value.clone(), channel.to_owned());
        let mut channel = held.channels.get_mut(&key);
        let mut known = |number: &u64| match &mut channel {
            Some(channel) => channel.waiting.remove(number),
            None => false,
        };
        let acks = numbers
            .iter()
            .map(|number| (number.to_string(), Json::Bool(known(number))));
        json!({"acks": Json::Object(acks.collect())})
    }
}

/// Settings of an input that nobody has said anything of.
pub(crate) fn default_settings() -> Settings {
    let pairs = [
        ("disabled", "0".to_owned()),
        ("host", "dryfire".to_owned()),
        ("index", "main".to_owned()),
        ("indexes", String::new()),
        ("source", String::new()),
        ("sourcetype", String::new()),
        ("token", Uuid::new_v4().to_string()),
        ("useACK", "0".to_owned()),
    ];
    let pairs = pairs.into_iter();
    pairs.map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Answers a request on the collector's port.
pub(crate) fn answer(state: &State, request: &Request) -> Reply {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    let Some(("services", rest)) = path.split_first().map(|(first, rest)| (*first, rest)) else {
        return not_found();
    };
    let Some(("collector", rest)) = rest.split_first().map(|(first, rest)| (*first, rest)) else {
        return not_found();
    };
    let what = match rest {
        [] | ["event"] | ["event", "1.0"] => events,
        ["raw"] | ["raw", "1.0"] => raw,
        ["ack"] | ["ack", "1.0"] => acks,
        ["health"] | ["health", "1.0"] => {
            return match state.store.bytes() < state.settings.limits.stored_bytes {
                true => HEALTHY.reply(),
                false => BUSY.reply(),
            };
        }
        _ => return not_found(),
    };
    if request.method != Method::POST {
        let text = "The requested URL was not found on this server.";
        return Reply::json(405, &json!({"text": text, "code": 404}));
    }
    let done = state
        .collector
        .token(request)
        .and_then(|token| what(state, request, &token));
    done.unwrap_or_else(|said| said.reply())
}

fn not_found() -> Reply {
    let text = "The requested URL was not found on this server.";
    Reply::json(404, &json!({"text": text, "code": 404}))
}

/// The channel of a request: a header, or a part of the query. It is a GUID.
fn channel(request: &Request) -> Result<Option<String>, Said> {
    let header = request.headers.get(CHANNEL);
    let header = header.and_then(|channel| channel.to_str().ok());
    let channel = header.or_else(|| request.query.get("channel"));
    let Some(channel) = channel.filter(|channel| !channel.is_empty()) else {
        return Ok(None);
    };
    match Uuid::try_parse(channel) {
        Ok(_) => Ok(Some(channel.to_ascii_lowercase())),
        Err(_) => Err(BAD_CHANNEL),
    }
}

/// The body, unpacked: no more of it than a body may have.
fn body(state: &State, request: &Request) -> Result<Vec<u8>, Said> {
    let packed = request.header(CONTENT_ENCODING).unwrap_or_default();
    match packed.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(request.body.to_vec()),
        "gzip" | "x-gzip" => {
            let most = state.settings.limits.body_bytes;
            let mut unpacked = Vec::new();
            MultiGzDecoder::new(&request.body[..])
                .take(most as u64 + 1)
                .read_to_end(&mut unpacked)
                .map_err(|_| BAD_FORMAT)?;
            if unpacked.len() > most {
                return Err(TOO_LARGE);
            }
            Ok(unpacked)
        }
        _ => Err(BAD_FORMAT),
    }
}

/// What events of a request have in common.
struct Common<'a> {
    token: &'a Token,
    query: &'a Params,
    host: String,
}

impl Common<'_> {
    /// The kind of an event: what it says itself, then the query, then the token.
    fn key(&self, state: &State, own: impl Fn(&str) -> Option<String>) -> Result<Key, Said> {
        let given = |name: &str| {
            own(name)
                .or_else(|| self.query.get(name).map(str::to_owned))
                .filter(|value| !value.is_empty())
        };
        let or = |name: &str, default: String| {
            let of_token = || self.token.setting(name).map(str::to_owned);
            given(name).or_else(of_token).unwrap_or(default)
        };
        let index = or("index", "main".to_owned());
        if !self.token.may_write(&index) || !state.store.has_index(&index) {
            return Err(BAD_INDEX);
        }
        Ok(Key {
            index: index.into(),
            host: given("host").unwrap_or_else(|| self.host.clone()).into(),
            source: or("source", format!("http:{}", self.token.name)).into(),
            sourcetype: or("sourcetype", "httpevent".to_owned()).into(),
        })
    }
}

/// The channel, where the token asks for one, and what events have in common.
fn begin<'a>(request: &'a Request, token: &'a Token) -> Result<(Option<String>, Common<'a>), Said> {
    let channel = channel(request)?;
    if token.acknowledges() && channel.is_none() {
        return Err(NO_CHANNEL);
    }
    let common = Common {
        token,
        query: &request.query,
        host: request.header(HOST).unwrap_or("localhost").to_owned(),
    };
    Ok((channel, common))
}

fn taken(state: &State, token: &Token, channel: Option<&str>) -> Reply {
    let mut body = json!({"text": "Success", "code": 0});
    if let (true, Some(channel), Some(body)) = (token.acknowledges(), channel, body.as_object_mut())
    {
        let number = state.collector.acknowledge(token, channel);
        body.insert("ackId".to_owned(), json!(number));
    }
    Reply::json(200, &body)
}

fn refused(error: &StoreError) -> Said {
    match error {
        StoreError::NoIndex(_) => BAD_INDEX,
        StoreError::Full => BUSY,
        StoreError::Journal(_) | StoreError::Engine(_) => {
            // The client is told no more than Splunk tells; the reason is for who runs the server.
            let _ = why(error);
            INTERNAL
        }
    }
}

/// `/services/collector/raw`
fn raw(state: &State, request: &Request, token: &Token) -> Result<Reply, Said> {
    let (channel, common) = begin(request, token)?;
    let key = common.key(state, |_| None)?;
    let body = body(state, request)?;
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(NO_DATA);
    }
    let events = state.store.broken(&key, &body);
    let events = events.map_err(|error| refused(&error))?;
    let put = state.store.put(vec![(key, events)]);
    put.map_err(|error| refused(&error))?;
    Ok(taken(state, token, channel.as_deref()))
}

/// `/services/collector/event`: JSON objects, one after the other or in a list. All of them are taken, or none.
fn events(state: &State, request: &Request, token: &Token) -> Result<Reply, Said> {
    let (channel, common) = begin(request, token)?;
    let body = body(state, request)?;
    let mut batches: Vec<(Key, Vec<_>)> = Vec::new();
    let mut number = 0;
    for value in serde_json::Deserializer::from_slice(&body).into_iter::<Json>() {
        let value = value.map_err(|_| BAD_FORMAT.at(number))?;
        let several = match value {
            Json::Array(values) => values,
            single => vec![single],
        };
        for value in several {
            let (key, event) = one(state, &common, value).map_err(|said| said.at(number))?;
            match batches.last_mut().filter(|(last, _)| *last == key) {
                Some((_, events)) => events.extend(event),
                None => batches.push((key, event)),
            }
            number += 1;
        }
    }
    if number == 0 {
        return Err(NO_DATA);
    }
    state.store.put(batches).map_err(|error| refused(&error))?;
    Ok(taken(state, token, channel.as_deref()))
}

fn one(
    state: &State,
    common: &Common<'_>,
    value: Json,
) -> Result<(Key, Vec<dryfire_engine::ingest::Taken>), Said> {
    let Json::Object(mut object) = value else {
        return Err(BAD_FORMAT);
    };
    let raw = match object.remove("event") {
        None => return Err(NO_EVENT),
        Some(Json::Null) => return Err(BLANK_EVENT),
        Some(Json::String(text)) if text.is_empty() => return Err(BLANK_EVENT),
        Some(Json::String(text)) => text,
        Some(other) => other.to_string(),
    };
    let time = match object.get("time") {
        None | Some(Json::Null) => None,
        Some(Json::Number(number)) => Some(number.to_string()),
        Some(Json::String(text)) => Some(text.clone()),
        Some(_) => return Err(BAD_FORMAT),
    };
    let time = match time {
        None => None,
        Some(text) => Some(micros(&text).ok_or(BAD_FORMAT)?),
    };
    let mut fields: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    match object.remove("fields") {
        None | Some(Json::Null) => {}
        Some(Json::Object(given)) => {
            for (name, value) in given {
                let values = match value {
                    Json::Array(values) => values,
                    single => vec![single],
                };
                for value in values {
                    let text = match value {
                        Json::String(text) => text,
                        Json::Object(_) | Json::Array(_) => return Err(BAD_FIELDS),
                        other => other.to_string(),
                    };
                    fields.push((name.as_str().into(), text.into()));
                }
            }
        }
        Some(_) => return Err(BAD_FIELDS),
    }
    let own = |name: &str| match object.get(name) {
        Some(Json::String(text)) => Some(text.clone()),
        _ => None,
    };
    let key = common.key(state, own)?;
    let intake = state.store.intake(&key).map_err(|error| refused(&error))?;
    let taken = intake.event(raw, time, fields);
    Ok((key, taken.map_err(|_| INTERNAL)?))
}

/// Seconds since 1970 as text, exact to the microsecond.
fn micros(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.bytes().any(|byte| !byte.is_ascii_digit()) || !text.is_ascii() {
        let seconds: f64 = text.parse().ok()?;
        return dryfire_engine::time::from_seconds(seconds);
    }
    let whole: i64 = whole.parse().ok()?;
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let fraction: i64 = fraction.parse().ok()?;
    let whole = whole.checked_mul(clock::SECOND)?;
    let fraction = if text.starts_with('-') {
        -fraction
    } else {
        fraction
    };
    whole.checked_add(fraction)
}

/// `/services/collector/ack`
fn acks(state: &State, request: &Request, token: &Token) -> Result<Reply, Said> {
    if !token.acknowledges() {
        return Err(NO_ACKS);
    }
    let channel = channel(request)?.ok_or(NO_CHANNEL)?;
    let body: Json = serde_json::from_slice(&request.body).map_err(|_| BAD_FORMAT)?;
    let numbers = body
        .get("acks")
        .and_then(Json::as_array)
        .ok_or(BAD_FORMAT)?;
    let numbers: Option<Vec<u64>> = numbers.iter().map(Json::as_u64).collect();
    let numbers = numbers.ok_or(BAD_FORMAT)?;
    let acks = state.collector.acknowledged(token, &channel, &numbers);
    Ok(Reply::json(200, &acks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_to_the_microsecond() {
        for (text, expected) in [
            ("1700000000", Some(1_700_000_000_000_000)),
            ("1700000000.123456", Some(1_700_000_000_123_456)),
            ("1700000000.1234569", Some(1_700_000_000_123_456)),
            ("-1.5", Some(-1_500_000)),
            ("1.7e9", Some(1_700_000_000_000_000)),
            ("soon", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(micros(text), expected, "{text}");
        }
    }

    #[test]
    fn an_acknowledgement_is_told_once() {
        let collector = Collector::new(&[], Some("t"));
        let token = Token {
            value: "t".to_owned(),
            name: "dryfire".to_owned(),
            settings: default_settings(),
        };
        assert_eq!(collector.acknowledge(&token, "a"), 0);
        assert_eq!(collector.acknowledge(&token, "a"), 1);
        assert_eq!(collector.acknowledge(&token, "b"), 0);
        let asked = |numbers: &[u64]| collector.acknowledged(&token, "a", numbers);
        assert_eq!(asked(&[0, 7]), json!({"acks": {"0": true, "7": false}}));
        assert_eq!(asked(&[0, 1]), json!({"acks": {"0": false, "1": true}}));
    }
}
