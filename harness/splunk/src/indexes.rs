//! Indexes: which there are, and making one.

use crate::call::{Repeat, segment};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::pages::Pages;
use crate::reply::{Entry, Feed, read};

/// Attack data is years old: in an index with Splunk's default of six years, some would be dropped as soon as it arrives.
const KEPT: &str = "1576800000";

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// How many events it holds.
    pub events: u64,
    /// Seconds after which events are dropped.
    pub retention: Option<u64>,
    /// Whether it takes no events.
    pub disabled: bool,
}

impl Index {
    fn read(entry: &Entry) -> Self {
        Self {
            name: entry.name.clone(),
            events: entry.count("totalEventCount").unwrap_or(0),
            retention: entry.count("frozenTimePeriodInSecs"),
            disabled: entry.is_on("disabled"),
        }
    }
}

impl Client {
    /// All entries of a list, page by page.
    ///
    /// # Errors
    /// As any request.
    pub async fn list(&self, path: &str) -> Result<Vec<Entry>> {
        const PAGE: usize = 1000;
        let mut entries: Vec<Entry> = Vec::new();
        let mut last_page = 0;
        let mut pages = Pages::begin(self.server.patience);
        loop {
            let (count, offset) = (PAGE.to_string(), entries.len().to_string());
            let query = [("count", count.as_str()), ("offset", offset.as_str())];
            let call = self.reading(path, &query);
            let answer = self.ask(&call).await?;
            pages.add(answer.weight, &|| format!("the list at {path}"))?;
            let feed: Feed = read(&call, &answer)?;
            let (got, total) = (feed.entry.len(), feed.paging.total);
            if got > 0 && last_page < entries.len() && entries.get(last_page) == feed.entry.first()
            {
                return Err(Error::NotSplunk {
                    address: self.address(),
                    what: format!("GET {path}"),
                    why: "it gives the same page whatever is asked for".to_owned(),
                });
            }
            last_page = entries.len();
            entries.extend(feed.entry);
            if got < PAGE && (got == 0 || entries.len() as u64 >= total) {
                return Ok(entries);
            }
        }
    }

    /// All indexes that the user sees.
    ///
    /// # Errors
    /// As any request.
    pub async fn indexes(&self) -> Result<Vec<Index>> {
        Ok(self
            .list("/services/data/indexes")
            .await?
            .iter()
            .map(Index::read)
            .collect())
    }

    /// Makes an index. That it is there already is no error: false is returned, and it is not ours.
    ///
    /// # Errors
    /// As any request; on Splunk Cloud indexes are made elsewhere, and the server refuses.
    pub(crate) async fn create_index(&self, name: &str) -> Result<bool> {
        let made: Result<Feed> = self
            .post(
                "/services/data/indexes",
                &[("name", name), ("frozenTimePeriodInSecs", KEPT)],
                Repeat::Unless,
            )
            .await;
        match made {
            Ok(_) => Ok(true),
            Err(Error::Rejected { status, detail, .. })
                if status == 409 || detail.contains("already exists") =>
            {
                Ok(false)
            }
            // It was not there before: if it is now, our request was carried out and its answer lost.
            Err(error @ (Error::Broken { .. } | Error::TimedOut { .. })) => {
                let there = self.indexes().await?;
                if there.iter().any(|index| index.name == name) {
                    Ok(true)
                } else {
                    Err(error)
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Removes an index with all that is in it.
    ///
    /// # Errors
    /// As any request; that it is gone already is none.
    pub(crate) async fn remove_index(&self, name: &str) -> Result<()> {
        self.delete(&format!("/services/data/indexes/{}", segment(name)))
            .await
    }
}
