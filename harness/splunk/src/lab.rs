//! A server that may be changed, and the only way to change one.
//!
//! [`Client`] offers reads and searches alone to other crates. What writes is here, and a `Lab` can't be made of a production server.

use std::path::Path;
use std::sync::Arc;

use crate::change::Change;
use crate::client::Client;
use crate::collector::{Announced, Collector, Meta};
use crate::error::{Error, Result};
use crate::inputs::Token;
use crate::jobs::Search;
use crate::journal::{Announcement, Journal};
use crate::secret::Secret;
use crate::server::{Login, Server};

/// What a server is to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// It may be written to.
    Lab,
    /// It is only read. No option changes that.
    Prod,
}

/// What may be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What the server is.
    pub environment: Environment,
    /// Indexes that events may be sent to; `*` stands for any text.
    pub indexes: Vec<String>,
}

impl Policy {
    /// Whether a change is allowed.
    ///
    /// # Errors
    /// `Protected` with the reason.
    pub fn allow(&self, change: &Change) -> Result<()> {
        if self.environment == Environment::Prod {
            return Err(Error::Protected(format!(
                "can't {change}: the target is `prod`, and nothing writes there"
            )));
        }
        if let Some(why) = misnamed(change) {
            return Err(Error::Protected(format!("can't {change}: {why}")));
        }
        match change.index() {
            Some(index) if !self.indexes.iter().any(|allowed| matches(allowed, index)) => {
                Err(Error::Protected(format!(
                    "can't {change}: the target allows only the indexes {}; add it to `indexes` if it is a lab's",
                    self.indexes.join(", ")
                )))
            }
            _ => Ok(()),
        }
    }
}

/// Why the names of a change must not reach a server: they would mean more than one thing there.
fn misnamed(change: &Change) -> Option<&'static str> {
    let is_plain = |name: &str| {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
        !name.is_empty() && !name.starts_with(['_', '-']) && name.chars().all(allowed)
    };
    if !change.index().is_none_or(is_plain) {
        return Some(
            "the name of an index is made of lower-case letters, digits, `_` and `-`, and begins with a letter or a digit",
        );
    }
    match change {
        Change::Events(meta) if meta.host.contains('*') => {
            Some("`*` in a host stands for any text, so undoing would reach events of others")
        }
        Change::Findings { search_name, .. } if search_name.contains('*') => Some(
            "`*` in the name of a search stands for any text, so undoing would reach what others found",
        ),
        _ => None,
    }
}

/// Whether a name has the form of a pattern with `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((begin, rest)) => name.strip_prefix(begin).is_some_and(|left| {
            (0..=left.len())
                .filter(|at| left.is_char_boundary(*at))
                .any(|at| matches(rest, &left[at..]))
        }),
    }
}

/// Which of the journal's changes.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// Those of earlier runs, too.
    All,
    /// Those of this run.
    Own,
    /// Those of this run that belong to an index.
    Index(&'a str),
}

/// A server that may be changed. Every change is announced in the journal before it is made.
pub struct Lab {
    client: Client,
    policy: Policy,
    journal: Arc<tokio::sync::Mutex<Journal>>,
}

impl Lab {
    /// A server to change.
    ///
    /// # Errors
    /// `Protected` where the target is a production server; the journal can't be kept.
    pub fn open(client: Client, policy: Policy, journal: &Path) -> Result<Self> {
        if policy.environment == Environment::Prod {
            return Err(Error::Protected(format!(
                "{} is a `prod` target: nothing writes there. Reading commands work: verify, search",
                client.address()
            )));
        }
        Ok(Self {
            client,
            policy,
            journal: Arc::new(tokio::sync::Mutex::new(Journal::open(journal)?)),
        })
    }

    /// For reads.
    pub fn client(&self) -> &Client {
        &self.client
    }

    async fn announce(&self, change: &Change) -> Result<u64> {
        self.policy.allow(change)?;
        self.journal.lock().await.will(change)
    }

    /// Makes an index of our own. One that is there already is used, and is not ours to remove.
    ///
    /// # Errors
    /// As any request; `Protected`.
    pub async fn create_index(&self, name: &str) -> Result<()> {
        let change = Change::Index {
            name: name.to_owned(),
        };
        self.policy.allow(&change)?;
        // What was there before is not ours: it must not even stand in the journal.
        if self
            .client
            .indexes()
            .await?
            .iter()
            .any(|index| index.name == name)
        {
            return Ok(());
        }
        let number = self.announce(&change).await?;
        match self.client.create_index(name).await {
            Ok(false) => self.not_made(&[number]).await,
            made => self.unless_refused(&[number], made).await.map(drop),
        }
    }

    /// What was announced did not happen: it must not be undone, since somebody else may make a thing of that name.
    async fn not_made(&self, announced: &[u64]) -> Result<()> {
        let mut journal = self.journal.lock().await;
        announced
            .iter()
            .try_for_each(|number| journal.undone(*number))
    }

    /// The outcome of an announced change. One that the server refused leaves the journal; one whose fate is unknown stays.
    async fn unless_refused<T>(&self, announced: &[u64], outcome: Result<T>) -> Result<T> {
        if outcome.as_ref().is_err_and(Error::is_refusal) {
            self.not_made(announced).await?;
        }
        outcome
    }

    /// Makes a token of the collector, or finds ours.
    ///
    /// # Errors
    /// As any request; `Protected`; `Settings` where there is one that may not write to the index.
    pub async fn create_token(&self, name: &str, index: &str, acknowledge: bool) -> Result<Token> {
        let change = Change::Token {
            name: name.to_owned(),
            index: index.to_owned(),
        };
        self.policy.allow(&change)?;
        if let Some(token) = self.client.token(name).await? {
            return crate::inputs::usable(token, index);
        }
        let number = self.announce(&change).await?;
        let made = self.client.create_token(name, index, acknowledge).await;
        if !self.unless_refused(&[number], made).await? {
            self.not_made(&[number]).await?;
        }
        let token = self.client.token(name).await?;
        let token = token.ok_or_else(|| Error::NotFound {
            what: format!("the collector's token `{name}`"),
            detail: "the server made it and does not show it".to_owned(),
        })?;
        crate::inputs::usable(token, index)
    }

    /// The collector, with that token.
    ///
    /// # Errors
    /// `Settings` where the target names no collector.
    pub fn collector(&self, token: Secret) -> Result<Collector> {
        Collector::new(&self.client.server, token)
    }

    /// Announces events, so that they may be sent.
    ///
    /// # Errors
    /// `Protected`; the journal can't be kept.
    pub async fn announce_events(&self, meta: Meta) -> Result<Announced> {
        let number = self.announce(&Change::Events(meta.clone())).await?;
        Ok(Announced {
            meta,
            number,
            journal: Arc::clone(&self.journal),
        })
    }

    /// Makes a role and a user whose searches see these indexes alone, and the client that searches as that user.
    ///
    /// # Errors
    /// As any request; `Protected`.
    pub async fn create_reader(&self, name: &str, indexes: &[String]) -> Result<Client> {
        let context = self.client.context().await?;
        let change = Change::User {
            name: name.to_owned(),
        };
        let number = self.announce(&change).await?;
        let made = self.client.create_role(name, indexes, &context).await;
        self.unless_refused(&[number], made).await?;
        let password = Secret::new(format!(
            "{}{}",
            uuid::Uuid::new_v4().simple(),
            uuid::Uuid::new_v4().simple()
        ));
        self.client.create_user(name, &password, name).await?;
        let server = &self.client.server;
        Client::new(Server {
            management: server.management.clone(),
            collector: None,
            login: Login::Session {
                user: name.to_owned(),
                password,
            },
            trust: server.trust.clone(),
            patience: server.patience,
        })
    }

    /// Makes a private saved search, as `who`.
    ///
    /// # Errors
    /// As any request; `Protected`.
    pub async fn create_search(
        &self,
        who: &Client,
        user: &str,
        app: &str,
        name: &str,
        settings: &[(&str, &str)],
    ) -> Result<()> {
        let change = Change::Search {
            user: user.to_owned(),
            app: app.to_owned(),
            name: name.to_owned(),
        };
        let number = self.announce(&change).await?;
        let made = who.create_private_search(user, app, name, settings).await;
        self.unless_refused(&[number], made).await
    }

    /// Runs a private saved search with its actions, which write to the indexes of Enterprise Security under its name. The job's id is returned.
    ///
    /// # Errors
    /// As any request; `Protected`.
    pub async fn dispatch(
        &self,
        who: &Client,
        user: &str,
        app: &str,
        name: &str,
    ) -> Result<String> {
        let mut announced = Vec::new();
        for index in ["risk", "notable"] {
            let findings = Change::Findings {
                index: index.to_owned(),
                search_name: name.to_owned(),
            };
            announced.push(self.announce(&findings).await?);
        }
        let dispatched = who.dispatch(user, app, name).await;
        self.unless_refused(&announced, dispatched).await
    }

    /// The changes that the journal holds, last first.
    pub async fn open_changes(&self, which: Which<'_>) -> Vec<Change> {
        let open = self.chosen(which).await;
        open.into_iter().map(|one| one.change).collect()
    }

    async fn chosen(&self, which: Which<'_>) -> Vec<Announcement> {
        let journal = self.journal.lock().await;
        let mut open = journal.open_changes();
        open.retain(|one| match which {
            Which::All => true,
            Which::Own => journal.is_own(one.number),
            Which::Index(index) => journal.is_own(one.number) && one.change.index() == Some(index),
        });
        open
    }

    /// Undoes the changes that the journal holds, last first. What can't be undone stays in the journal; what failed comes
    /// with its reason.
    pub async fn clean(&self, which: Which<'_>) -> Vec<(Change, Result<()>)> {
        let open = self.chosen(which).await;
        let made: Vec<String> = open
            .iter()
            .filter_map(|one| one.change.made_index())
            .collect();
        let mut done = Vec::new();
        for one in open {
            let mut result = match &one.change {
                // They go with the index.
                Change::Events(meta) if made.contains(&meta.index) => Ok(()),
                _ => self.undo(&one).await,
            };
            if result.is_ok() {
                result = self.journal.lock().await.undone(one.number);
            }
            done.push((one.change, result));
        }
        done
    }

    /// Undoes an announced change.
    async fn undo(&self, one: &Announcement) -> Result<()> {
        match &one.change {
            Change::Index { name } => self.client.remove_index(name).await,
            Change::Token { name, .. } => self.client.remove_token(name).await,
            Change::User { name } => {
                self.client.remove_user(name).await?;
                self.client.remove_role(name).await
            }
            Change::Search { user, app, name } => {
                self.client.remove_private_search(user, app, name).await
            }
            Change::Events(Meta { index, host, .. }) => {
                let marked = [("index", index.as_str()), ("host", host.as_str())];
                self.hide(&marked, one).await
            }
            Change::Findings { index, search_name } => {
                let marked = [
                    ("index", index.as_str()),
                    ("search_name", search_name.as_str()),
                ];
                self.hide(&marked, one).await
            }
        }
    }

    /// Hides the events that these fields mark, by `delete`, and none that were indexed before we announced ours or after the last
    /// of ours. The disk keeps them.
    ///
    /// Source and sourcetype do not help: add-ons change them as events arrive, and ours would be missed.
    async fn hide(&self, marked: &[(&str, &str)], ours: &Announcement) -> Result<()> {
        /// How far the clocks of the server and ours may differ, and how long its queues may be, in seconds.
        const CLOCKS: u64 = 86_400;
        if let Some((field, value)) = marked.iter().find(|(_, value)| value.contains('*')) {
            return Err(Error::Protected(format!(
                "events of {field}=`{value}` are not deleted: `*` stands for any text there, and events of others would go too. Delete them by hand"
            )));
        }
        let mut conditions: Vec<String> = marked
            .iter()
            .map(|(field, value)| {
                format!(
                    "{field}=\"{}\"",
                    value.replace('\\', "\\\\").replace('"', "\\\"")
                )
            })
            .collect();
        if let Some(at) = ours.at {
            conditions.push(format!("_index_earliest={}", at.saturating_sub(CLOCKS)));
        }
        if let Some(until) = ours.until {
            conditions.push(format!("_index_latest={}", until + CLOCKS));
        }
        let text = format!("search {} | delete", conditions.join(" "));
        let id = format!("dryfire_clean_{}", uuid::Uuid::new_v4().simple());
        let (_, rows) = self.client.run(&Search::new(text, id)).await?;
        let failed = rows.iter().find(|row| {
            row.get("errors")
                .and_then(|errors| errors.as_str())
                .is_some_and(|errors| errors != "0")
        });
        match failed {
            None => Ok(()),
            Some(row) => Err(Error::Forbidden {
                address: self.client.address(),
                what: "deleting the events of a test".to_owned(),
                detail: format!(
                    "the server reports errors ({}); the user needs the role can_delete",
                    serde_json::Value::Object(row.clone())
                ),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_names() {
        for (pattern, name, fits) in [
            ("attack", "attack", true),
            ("attack", "attack2", false),
            ("dryfire_*", "dryfire_7", true),
            ("*_test", "a_test", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbY", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
