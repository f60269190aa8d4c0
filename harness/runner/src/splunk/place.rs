//! Where a run works on a Splunk, and what the things are called that it makes.

use std::sync::atomic::{AtomicU64, Ordering};

use dryfire_splunk::{Change, Client, Collector, Context, Error, Lab, Secret};

use super::connect::{Connection, Forms};
use super::send::{Scope, count};

/// What a run on a Splunk needs to know.
pub struct Place {
    /// What users call the target.
    pub name: String,
    /// With what the names of everything that the run makes begin.
    pub run: String,
    /// An index that is there already; none where the run makes its own.
    pub index: Option<String>,
    /// A token of the collector that may write to the index; without one it is made.
    pub token: Option<Secret>,
    /// Whether the collector acknowledges; without it, wherever the server is not Splunk Cloud.
    pub acknowledges: Option<bool>,
    /// The app whose knowledge the searches see.
    pub app: Option<String>,
    /// How events are sent.
    pub forms: Forms,
}

impl Place {
    /// What the settings of a target say.
    pub fn new(connection: &Connection) -> Self {
        let settings = connection.settings();
        Self {
            name: connection.name().to_owned(),
            run: run_name(),
            index: settings.index.clone(),
            token: connection.token.clone(),
            acknowledges: settings.acknowledge,
            app: settings.app.clone(),
            forms: connection.forms(),
        }
    }

    /// Whether the collector is asked for acknowledgements.
    ///
    /// # Errors
    /// As any request.
    pub async fn asks_acknowledgement(&self, client: &Client) -> dryfire_splunk::Result<bool> {
        match self.acknowledges {
            Some(said) => Ok(said),
            None => Ok(!client.info().await?.is_cloud()),
        }
    }

    /// The index of a group of tests.
    pub fn index_of(&self, group: u64) -> String {
        match &self.index {
            Some(index) => index.clone(),
            None => format!("{}_{group}", self.run),
        }
    }

    /// The changes that are made for a group before its events are sent, in order.
    pub fn preparations(&self, group: u64) -> Vec<Change> {
        let index = self.index_of(group);
        let mut changes = Vec::new();
        if self.index.is_none() {
            changes.push(Change::Index {
                name: index.clone(),
            });
        }
        if self.token.is_none() {
            changes.push(Change::Token {
                name: token_name(&index),
                index,
            });
        }
        changes
    }

    /// The changes that are made once, before the first group.
    pub fn access(&self, context: &Context) -> Vec<Change> {
        if context.may_make_users() {
            vec![Change::User {
                name: self.run.clone(),
            }]
        } else {
            Vec::new()
        }
    }
}

/// A name for a run, which no other run has.
pub fn run_name() -> String {
    format!(
        "dryfire_run_{:x}",
        begun() ^ (u128::from(std::process::id()) << 44)
    )
}

fn begun() -> u128 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis())
}

/// A new id for a job.
pub(crate) fn job_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let run = std::process::id();
    format!(
        "dryfire_{}_{run}_{}",
        begun(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// The name of the collector's token for an index.
pub fn token_name(index: &str) -> String {
    format!("{index}_hec")
}

/// Makes an index and the collector's token for it, unless they are there.
///
/// # Errors
/// As any request; `Protected`.
pub async fn prepare(
    lab: &Lab,
    index: &str,
    token: Option<&Secret>,
    acknowledges: bool,
) -> dryfire_splunk::Result<Collector> {
    lab.create_index(index).await?;
    let token = match token {
        Some(token) => token.clone(),
        None => {
            lab.create_token(&token_name(index), index, acknowledges)
                .await?
                .value
        }
    };
    lab.collector(token)
}

/// That an index which was there already holds no event: searches must not see others than the test's.
///
/// # Errors
/// As any search; `Settings` where it holds some.
pub async fn must_be_empty(client: &Client, index: &str) -> dryfire_splunk::Result<()> {
    let scope = Scope {
        index: index.to_owned(),
        host: None,
    };
    match count(client, &scope).await? {
        0 => Ok(()),
        there => Err(Error::Settings(format!(
            "the index `{index}` holds {there} events that are not the test's: name an empty one as `index` of the target"
        ))),
    }
}

/// The server's clock is the wall's: microseconds since 1970.
pub fn now() -> i64 {
    i64::try_from(begun()).unwrap_or(0).saturating_mul(1000)
}

/// The day of a time, as `2026-11-24`.
pub fn date(time: i64) -> String {
    jiff::Timestamp::from_microsecond(time).map_or_else(
        |_| String::new(),
        |time| jiff::fmt::strtime::format("%Y-%m-%d", time).unwrap_or_default(),
    )
}

/// An id that nothing else has.
pub fn new_id() -> String {
    dryfire_splunk::new_id()
}
