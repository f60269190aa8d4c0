//! Indexes: which there are, and making one.

use crate::call::Repeat;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::reply::{Entry, Feed};

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
        let mut entries = Vec::new();
        loop {
            let (count, offset) = (PAGE.to_string(), entries.len().to_string());
            let query = [("count", count.as_str()), ("offset", offset.as_str())];
            let feed: Feed = self.get(path, &query).await?;
            let (got, total) = (feed.entry.len(), feed.paging.total);
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

    /// Makes an index. That it is there already is no error: false is returned.
    ///
    /// # Errors
    /// As any request; on Splunk Cloud indexes are made elsewhere, and the server refuses.
    pub(crate) async fn create_index(&self, name: &str) -> Result<bool> {
        let made: Result<Feed> = self
            .post(
                "/services/data/indexes",
                &[("name", name), ("frozenTimePeriodInSecs", KEPT)],
                Repeat::Safe,
            )
            .await;
        match made {
            Ok(_) => Ok(true),
            Err(Error::Rejected { status, detail, .. })
                if status == 409 || detail.contains("already exists") =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes an index with all that is in it.
    ///
    /// # Errors
    /// As any request; that it is gone already is none.
    pub(crate) async fn remove_index(&self, name: &str) -> Result<()> {
        self.delete(&format!("/services/data/indexes/{name}")).await
    }
}
