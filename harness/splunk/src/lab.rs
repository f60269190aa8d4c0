//! A server that may be changed, and the only way to change one.
//!
//! [`Client`] offers reads and searches alone to other crates. What writes is here, and a `Lab` can't be made of a production server.

use std::path::Path;

use crate::change::Change;
use crate::client::Client;
use crate::collector::{Announced, Collector, Meta};
use crate::error::{Error, Result};
use crate::inputs::Token;
use crate::jobs::Search;
use crate::journal::Journal;
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
    journal: tokio::sync::Mutex<Journal>,
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
            journal: tokio::sync::Mutex::new(Journal::open(journal)?),
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
        if !self.client.create_index(name).await? {
            self.journal.lock().await.undone(number)?;
        }
        Ok(())
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
        self.announce(&change).await?;
        self.client.create_token(name, index, acknowledge).await
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
        self.announce(&Change::Events(meta.clone())).await?;
        Ok(Announced(meta))
    }

    /// Makes a role and a user whose searches see these indexes alone, and the client that searches as that user.
    ///
    /// # Errors
    /// As any request; `Protected`.
    pub async fn create_reader(&self, name: &str, indexes: &[String]) -> Result<Client> {
        let context = self.client.context().await?;
        self.announce(&Change::User {
            name: name.to_owned(),
        })
        .await?;
        self.client.create_role(name, indexes, &context).await?;
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
        self.announce(&change).await?;
        who.create_private_search(user, app, name, settings).await
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
        for index in ["risk", "notable"] {
            let findings = Change::Findings {
                index: index.to_owned(),
                search_name: name.to_owned(),
            };
            self.announce(&findings).await?;
        }
        who.dispatch(user, app, name).await
    }

    /// The changes that the journal holds, last first.
    pub async fn open_changes(&self, which: Which<'_>) -> Vec<Change> {
        let open = self.chosen(which).await;
        open.into_iter().map(|(_, change)| change).collect()
    }

    async fn chosen(&self, which: Which<'_>) -> Vec<(u64, Change)> {
        let journal = self.journal.lock().await;
        let mut open = journal.open_changes();
        open.retain(|(number, change)| match which {
            Which::All => true,
            Which::Own => journal.is_own(*number),
            Which::Index(index) => journal.is_own(*number) && change.index() == Some(index),
        });
        open
    }

    /// Undoes the changes that the journal holds, last first. What can't be undone stays in the journal; what failed comes
    /// with its reason.
    pub async fn clean(&self, which: Which<'_>) -> Vec<(Change, Result<()>)> {
        let open = self.chosen(which).await;
        let made: Vec<String> = open
            .iter()
            .filter_map(|(_, change)| change.made_index())
            .collect();
        let mut done = Vec::new();
        for (number, change) in open {
            let mut result = match &change {
                // They go with the index.
                Change::Events(meta) if made.contains(&meta.index) => Ok(()),
                change => self.undo(change).await,
            };
            if result.is_ok() {
                result = self.journal.lock().await.undone(number);
            }
            done.push((change, result));
        }
        done
    }

    async fn undo(&self, change: &Change) -> Result<()> {
        match change {
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
                self.hide(&marked).await
            }
            Change::Findings { index, search_name } => {
                let marked = [
                    ("index", index.as_str()),
                    ("search_name", search_name.as_str()),
                ];
                self.hide(&marked).await
            }
        }
    }

    /// Hides all events of an index of our own, by `delete`, between two tests. The disk keeps them.
    ///
    /// # Errors
    /// As any request; `Forbidden` where the user may not delete.
    pub async fn hide_events(&self, index: &str, host: &str) -> Result<()> {
        self.hide(&[("index", index), ("host", host)]).await
    }

    /// Hides the events that these fields mark.
    async fn hide(&self, marked: &[(&str, &str)]) -> Result<()> {
        let conditions: Vec<String> = marked
            .iter()
            .map(|(field, value)| {
                format!(
                    "{field}=\"{}\"",
                    value.replace('\\', "\\\\").replace('"', "\\\"")
                )
            })
            .collect();
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
