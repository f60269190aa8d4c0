//! The HTTP event collector: raw text or single events, packed, acknowledged where the server does that.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use crate::call::{Authorization, Body, Call, Repeat};
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::reply::read;
use crate::secret::Secret;
use crate::server::Server;
use crate::transport::Transport;

/// The collector of a server, with a channel of its own.
pub struct Collector {
    transport: Transport,
    base: Url,
    token: Secret,
    channel: String,
}

/// What the server is told of events: where they go and what marks them. It stands in the journal before the first is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// The index.
    pub index: String,
    /// The host. It marks the events of a run, which are found and hidden by it.
    pub host: String,
    /// The source.
    pub source: String,
    /// The sourcetype.
    pub sourcetype: String,
}

/// Events that stand in the journal, and may be sent.
pub struct Announced {
    pub(crate) meta: Meta,
    pub(crate) number: u64,
    pub(crate) journal: Arc<Mutex<Journal>>,
}

impl std::fmt::Debug for Announced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.meta.fmt(f)
    }
}

/// An event that is broken and timed already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its text.
    pub raw: &'a str,
    /// Its time in microseconds since 1970.
    pub time: i64,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The server took it. The number, where it acknowledges, is asked for later.
    Taken(Option<u64>),
    /// The connection broke before the server answered: the events may be there or not. Count them before they are sent again.
    Unknown(Error),
}

#[derive(Deserialize)]
struct Taken {
    #[serde(rename = "ackId")]
    acknowledgement: Option<u64>,
}

#[derive(Deserialize)]
struct Acknowledged {
    acks: BTreeMap<String, bool>,
}

impl crate::client::Client {
    /// Whether the collector is there and takes events. No token is needed for that.
    ///
    /// # Errors
    /// It can't be reached, is full, or is no collector.
    pub async fn collector_health(&self) -> Result<()> {
        Collector::new(&self.server, Secret::new(""))?
            .health()
            .await
    }
}

impl Collector {
    /// The collector of a server.
    ///
    /// # Errors
    /// `Settings` where the server has no address of a collector, or one that can't work.
    pub(crate) fn new(server: &Server, token: Secret) -> Result<Self> {
        let base = server.collector.clone().ok_or_else(|| {
            Error::Settings("the target names no address of its HTTP event collector".to_owned())
        })?;
        Ok(Self {
            transport: Transport::new(server)?,
            base,
            token,
            channel: Uuid::new_v4().to_string(),
        })
    }

    /// Whether it is there and takes events. The token is not judged by this.
    ///
    /// # Errors
    /// It can't be reached, is full, or is no collector.
    pub async fn health(&self) -> Result<()> {
        #[derive(Deserialize)]
        struct Health {
            #[serde(rename = "code")]
            _code: u32,
        }
        let call = Call::get(self.url("health", &[]));
        let answer = self.transport.send(&call).await?;
        read::<Health>(&call, &answer).map(drop)
    }

    /// Sends raw text, to be broken and timed by the server.
    ///
    /// # Errors
    /// The server refuses it (token, index, format); it can't be reached. A connection that broke is no error but [`Sent::Unknown`].
    pub async fn raw(&self, to: &Announced, text: &[u8]) -> Result<Sent> {
        let meta = &to.meta;
        let query = [
            ("index", meta.index.as_str()),
            ("host", meta.host.as_str()),
            ("source", meta.source.as_str()),
            ("sourcetype", meta.sourcetype.as_str()),
        ];
        let url = self.url("raw", &query);
        self.send(to, url, text, "text/plain; charset=utf-8").await
    }

    /// Sends events that are broken and timed: the server does neither.
    ///
    /// # Errors
    /// As [`Collector::raw`].
    pub async fn events(&self, to: &Announced, events: &[Event<'_>]) -> Result<Sent> {
        #[derive(Serialize)]
        struct Wire<'a> {
            time: String,
            #[serde(flatten)]
            meta: &'a Meta,
            event: &'a str,
        }
        let mut text = Vec::new();
        for event in events {
            let wire = Wire {
                time: seconds(event.time),
                meta: &to.meta,
                event: event.raw,
            };
            serde_json::to_writer(&mut text, &wire)
                .map_err(|error| Error::Settings(error.to_string()))?;
            text.push(b'\n');
        }
        let url = self.url("event", &[]);
        self.send(to, url, &text, "application/json").await
    }

    async fn send(
        &self,
        to: &Announced,
        url: Url,
        text: &[u8],
        kind: &'static str,
    ) -> Result<Sent> {
        to.journal.lock().await.goes_on(to.number)?;
        let call = Call {
            body: Some(Body {
                bytes: packed(text),
                kind,
                gzip: true,
            }),
            ..self.call(Method::POST, url, Repeat::Unless)
        };
        match self.transport.send(&call).await {
            Ok(answer) => Ok(Sent::Taken(read::<Taken>(&call, &answer)?.acknowledgement)),
            Err(error @ (Error::Broken { .. } | Error::TimedOut { .. })) => {
                Ok(Sent::Unknown(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Waits until the server says of all these batches that they are indexed. It forgets a number once it has said so, so that
    /// what was heard is kept here.
    ///
    /// # Errors
    /// `TimedOut` after [`crate::Patience::acknowledge`], with how many are missing.
    pub async fn acknowledged(&self, batches: &[u64]) -> Result<()> {
        const LONGEST: Duration = Duration::from_secs(1);
        let patience = self.transport.patience;
        let mut open: BTreeSet<u64> = batches.iter().copied().collect();
        let end = Instant::now() + patience.acknowledge;
        let mut pause = Duration::from_millis(20);
        while !open.is_empty() {
            let asked = serde_json::json!({ "acks": open }).to_string();
            let call = Call {
                body: Some(Body {
                    bytes: asked.into(),
                    kind: "application/json",
                    gzip: false,
                }),
                ..self.call(Method::POST, self.url("ack", &[]), Repeat::Unless)
            };
            let answer = self.transport.send(&call).await?;
            let heard: Acknowledged = read(&call, &answer)?;
            open.retain(|batch| heard.acks.get(&batch.to_string()) != Some(&true));
            if open.is_empty() {
                break;
            }
            if Instant::now() + pause > end {
                return Err(Error::TimedOut {
                    what: format!(
                        "the acknowledgement of {} of {} batches",
                        open.len(),
                        batches.len()
                    ),
                    seconds: patience.acknowledge.as_secs(),
                });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST);
        }
        Ok(())
    }

    fn url(&self, end: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/services/collector/{end}"));
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    fn call(&self, method: Method, url: Url, repeat: Repeat) -> Call {
        Call {
            authorization: Authorization::Splunk(self.token.clone()),
            headers: vec![("X-Splunk-Request-Channel", self.channel.clone())],
            ..Call::new(method, url, repeat)
        }
    }
}

/// Seconds with the digits that microseconds need.
fn seconds(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (whole, rest) = (
        micros.unsigned_abs() / 1_000_000,
        micros.unsigned_abs() % 1_000_000,
    );
    format!("{sign}{whole}.{rest:06}")
}

/// Text, packed. Attack data is text that packs to a tenth.
fn packed(text: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(text.len() / 4), Compression::fast());
    // Writing to memory can't fail.
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default().into()
}
