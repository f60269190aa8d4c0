//! Saved searches: read, copied, dispatched. One that was found installed is never changed.

use serde::Deserialize;

use crate::call::{Repeat, segment};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::reply::{Entry, Feed};

/// A saved search.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedSearch {
    /// Its name.
    pub name: String,
    /// The app it lives in.
    pub app: String,
    /// Who owns it.
    pub owner: String,
    /// The search.
    pub search: String,
    /// Whether it does not run.
    pub disabled: bool,
    /// When it runs; none where it is not scheduled.
    pub schedule: Option<String>,
    /// Every setting.
    pub entry: Entry,
}

impl SavedSearch {
    fn read(entry: Entry) -> Self {
        let acl = |key: &str| {
            entry
                .acl
                .as_ref()
                .and_then(|acl| acl.get(key))
                .and_then(|value| value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            name: entry.name.clone(),
            app: acl("app"),
            owner: acl("owner"),
            search: entry.text("search").unwrap_or_default(),
            disabled: entry.is_on("disabled"),
            schedule: entry
                .text("cron_schedule")
                .filter(|cron| !cron.is_empty() && entry.is_on("is_scheduled")),
            entry,
        }
    }
}

#[derive(Deserialize)]
struct Dispatched {
    sid: String,
}

impl Client {
    /// All saved searches that the user sees.
    ///
    /// # Errors
    /// As any request.
    pub async fn saved_searches(&self) -> Result<Vec<SavedSearch>> {
        let entries = self.list("/servicesNS/-/-/saved/searches").await?;
        Ok(entries.into_iter().map(SavedSearch::read).collect())
    }

    /// The saved search of that name, if there is one.
    ///
    /// # Errors
    /// As any request; `Settings` where several apps have one of that name.
    pub async fn saved_search(&self, name: &str) -> Result<Option<SavedSearch>> {
        let path = format!("/servicesNS/-/-/saved/searches/{}", segment(name));
        let mut found = match self.get::<Feed>(&path, &[]).await {
            Ok(feed) => feed.entry,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        found.retain(|entry| entry.name == name);
        if found.len() > 1 {
            let apps: Vec<String> = found
                .into_iter()
                .map(|entry| SavedSearch::read(entry).app)
                .collect();
            return Err(Error::Settings(format!(
                "the saved search `{name}` is in several apps: {}",
                apps.join(", ")
            )));
        }
        Ok(found.pop().map(SavedSearch::read))
    }

    /// Makes a saved search of the user's own, never shared and never scheduled, with these settings.
    ///
    /// # Errors
    /// As any request; `Rejected` with 409 where there is one of that name.
    pub(crate) async fn create_private_search(
        &self,
        user: &str,
        app: &str,
        name: &str,
        settings: &[(&str, &str)],
    ) -> Result<()> {
        let path = format!(
            "/servicesNS/{}/{}/saved/searches",
            segment(user),
            segment(app)
        );
        let form: Vec<(&str, &str)> = [("name", name), ("is_scheduled", "0")]
            .into_iter()
            .chain(settings.iter().copied())
            .collect();
        self.post::<Feed>(&path, &form, Repeat::Unless)
            .await
            .map(drop)
    }

    /// Runs a saved search of the user's own with its actions. The id of the job is returned.
    ///
    /// # Errors
    /// As any request.
    pub(crate) async fn dispatch(&self, user: &str, app: &str, name: &str) -> Result<String> {
        let path = format!(
            "/servicesNS/{}/{}/saved/searches/{}/dispatch",
            segment(user),
            segment(app),
            segment(name)
        );
        let form = [("trigger_actions", "1")];
        let dispatched: Dispatched = self.post(&path, &form, Repeat::Unless).await?;
        Ok(dispatched.sid)
    }

    /// Removes a saved search of the user's own.
    ///
    /// # Errors
    /// As any request; that it is gone already is none.
    pub(crate) async fn remove_private_search(
        &self,
        user: &str,
        app: &str,
        name: &str,
    ) -> Result<()> {
        let path = format!(
            "/servicesNS/{}/{}/saved/searches/{}",
            segment(user),
            segment(app),
            segment(name)
        );
        self.delete(&path).await
    }
}
