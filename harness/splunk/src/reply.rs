//! The shapes of Splunk's answers in JSON.

use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::call::Call;
use crate::error::{Error, Result};
use crate::transport::Answer;

/// A row of results: text, or a list of texts for a field of several values.
pub type Row = Map<String, Value>;

/// What the server says beside an answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// `INFO`, `WARN`, `ERROR`, `FATAL`, `DEBUG`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text.
    #[serde(default)]
    pub text: String,
}

impl Message {
    /// Whether something went wrong, and not only by the way.
    pub fn is_error(&self) -> bool {
        self.kind.eq_ignore_ascii_case("error") || self.kind.eq_ignore_ascii_case("fatal")
    }
}

/// A thing of the server's: an index, a saved search, an app.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Entry {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// What is set.
    #[serde(default)]
    pub content: Map<String, Value>,
    /// Who owns it, where it is, who may use it.
    #[serde(default)]
    pub acl: Option<Map<String, Value>>,
}

impl Entry {
    /// A setting as text; numbers and booleans as Splunk writes them (`1`, `0`).
    pub fn text(&self, key: &str) -> Option<String> {
        text(self.content.get(key)?)
    }

    /// A setting that is on.
    pub fn is_on(&self, key: &str) -> bool {
        self.text(key)
            .is_some_and(|text| text == "1" || text.eq_ignore_ascii_case("true"))
    }

    /// A setting as a count.
    pub fn count(&self, key: &str) -> Option<u64> {
        self.text(key)?.parse().ok()
    }
}

/// The text of a scalar.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(on) => Some(if *on { "1" } else { "0" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Entries with what the server says of the list.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Feed {
    #[serde(default)]
    pub(crate) entry: Vec<Entry>,
    #[serde(default)]
    pub(crate) paging: Paging,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Paging {
    #[serde(default)]
    pub(crate) total: u64,
}

#[derive(Deserialize)]
struct Messages {
    #[serde(default)]
    messages: Vec<Message>,
}

/// The answer to a call as `T`; a status that says otherwise is an error with the server's words.
pub(crate) fn read<T: DeserializeOwned>(call: &Call, answer: &Answer) -> Result<T> {
    check(call, answer)?;
    serde_json::from_slice(&answer.body).map_err(|error| Error::NotSplunk {
        address: call.address(),
        what: call.what.clone(),
        why: if answer.kind.contains("json") || answer.kind.is_empty() {
            format!(
                "its JSON ends or breaks at byte {}",
                at(&answer.body, &error)
            )
        } else {
            format!("its content type is `{}`", shown(&answer.kind))
        },
    })
}

/// Nothing where the server did as it was asked.
pub(crate) fn check(call: &Call, answer: &Answer) -> Result<()> {
    let (address, what) = (call.address(), call.what.clone());
    let detail = detail(answer);
    Err(match answer.status {
        status if status.is_success() => return Ok(()),
        StatusCode::UNAUTHORIZED => Error::Unauthorized { address, detail },
        StatusCode::FORBIDDEN => Error::Forbidden {
            address,
            what,
            detail,
        },
        StatusCode::NOT_FOUND => Error::NotFound { what, detail },
        status => Error::Rejected {
            what,
            status: status.as_u16(),
            detail,
        },
    })
}

/// What the server says: its messages, the collector's text, or the status in words.
fn detail(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Collector {
        text: String,
    }
    if let Ok(said) = serde_json::from_slice::<Messages>(&answer.body) {
        let texts: Vec<&str> = said
            .messages
            .iter()
            .map(|said| said.text.as_str())
            .collect();
        if !texts.is_empty() {
            return shown(&texts.join("; "));
        }
    }
    if let Ok(said) = serde_json::from_slice::<Collector>(&answer.body) {
        return shown(&said.text);
    }
    answer
        .status
        .canonical_reason()
        .unwrap_or("no reason given")
        .to_owned()
}

/// A text of the server's, short and on one line: it ends up in a terminal.
fn shown(text: &str) -> String {
    const LONGEST: usize = 400;
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// How many bytes the values of a JSON text take in memory, at most and roughly: an object is a node of a tree, whatever is in it.
pub(crate) fn weight(body: &[u8]) -> usize {
    /// A node of a map, with room for several members.
    const OBJECT: usize = 700;
    /// A member's part of further nodes, and its texts.
    const MEMBER: usize = 160;
    /// A value, in a list that grew by doubling.
    const VALUE: usize = 64;
    let (mut total, mut in_text, mut escaped) = (body.len(), false, false);
    for byte in body {
        if in_text {
            (in_text, escaped) = match byte {
                _ if escaped => (true, false),
                b'\\' => (true, true),
                byte => (*byte != b'"', false),
            };
            continue;
        }
        total = total.saturating_add(match byte {
            b'"' => {
                in_text = true;
                0
            }
            b'{' => OBJECT,
            b':' => MEMBER,
            b'[' | b',' => VALUE,
            _ => 0,
        });
    }
    total
}

/// Where in the text a parser stopped.
fn at(body: &[u8], error: &serde_json::Error) -> usize {
    let before: usize = body
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    before + error.column()
}
