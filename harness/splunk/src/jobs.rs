//! Searches as jobs: started under an id of ours, waited for, read page by page.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use crate::call::{Repeat, address, segment};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::pages::Pages;
use crate::reply::{Entry, Feed, Message, Row, read};

/// Rows of a page: the most that `maxresultrows` of limits.conf lets through by default.
const PAGE: usize = 50_000;

/// A search as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The search. Where it begins with no command, `search` is put before it, as the search bar does.
    pub text: String,
    /// The id of the job. A job that is asked for twice under one id runs once.
    pub id: String,
    /// `earliest_time`; none is all time.
    pub earliest: Option<String>,
    /// `latest_time`.
    pub latest: Option<String>,
    /// User and app whose knowledge the search sees; none is the user's default app.
    pub namespace: Option<(String, String)>,
    /// Whether the request lasts until the search has ended, as contentctl does.
    pub blocking: bool,
}

impl Search {
    /// A search over all time under a job id, which must not be used again.
    pub fn new(text: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            id: id.into(),
            earliest: None,
            latest: None,
            namespace: None,
            blocking: false,
        }
    }

    /// The text with the command that the search bar would put before it.
    pub(crate) fn with_command(&self) -> String {
        let text = self.text.trim_start();
        let begins = |word: &str| {
            text.get(..word.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
        };
        if text.starts_with('|') || begins("search ") {
            text.to_owned()
        } else {
            format!("search {text}")
        }
    }

    pub(crate) fn times(&self) -> Vec<(&str, &str)> {
        let earliest = self.earliest.as_deref().map(|time| ("earliest_time", time));
        let latest = self.latest.as_deref().map(|time| ("latest_time", time));
        earliest.into_iter().chain(latest).collect()
    }
}

/// A job on the server.
pub struct Job<'c> {
    client: &'c Client,
    sid: String,
}

/// A job that has ended well.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// How many rows there are.
    pub rows: u64,
    /// How many events were looked at.
    pub scanned: u64,
    /// What the server says beside: limits that were hit, lookups that are not there.
    pub messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Started {
    sid: String,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default)]
    results: Vec<Row>,
}

impl Client {
    /// Where jobs are, in the version of the interface that the server has.
    pub(crate) async fn jobs(&self, namespace: Option<&(String, String)>) -> Result<String> {
        let version = if self.info().await?.has_second_search_version() {
            "search/v2/jobs"
        } else {
            "search/jobs"
        };
        Ok(match namespace {
            Some((user, app)) => {
                format!("/servicesNS/{}/{}/{version}", segment(user), segment(app))
            }
            None => format!("/services/{version}"),
        })
    }

    /// Starts a search. If the connection breaks, the id tells whether the server has the job: it is never started twice.
    /// A job that may have begun without our hearing of it is ended.
    ///
    /// # Errors
    /// As any request; `Rejected` with Splunk's words where the search is wrong.
    pub async fn start(&self, search: &Search) -> Result<Job<'_>> {
        let started = self.begin(search).await;
        if let Err(Error::TimedOut { .. } | Error::Broken { .. }) = started {
            // What can't be removed expires by itself.
            let _ = self.cancel(&search.id).await;
        }
        started
    }

    async fn begin(&self, search: &Search) -> Result<Job<'_>> {
        let path = self.jobs(search.namespace.as_ref()).await?;
        let text = search.with_command();
        let mode = if search.blocking {
            "blocking"
        } else {
            "normal"
        };
        let form: Vec<(&str, &str)> = [
            ("search", text.as_str()),
            ("id", search.id.as_str()),
            ("exec_mode", mode),
        ]
        .into_iter()
        .chain(search.times())
        .collect();
        let call = self.writing(&path, &form, Repeat::Unless);
        let silence = if search.blocking {
            self.server.patience.search
        } else {
            self.server.patience.read
        };
        let mut tries = 1;
        loop {
            let broken = match self.ask_within(&call, silence).await {
                Ok(answer) => {
                    let started: Started = read(&call, &answer)?;
                    return Ok(Job {
                        client: self,
                        sid: started.sid,
                    });
                }
                Err(error @ Error::Broken { .. }) => error,
                Err(error) => return Err(error),
            };
            let job = Job {
                client: self,
                sid: search.id.clone(),
            };
            match job.entry().await {
                Ok(_) => return Ok(job),
                Err(Error::NotFound { .. }) if tries < self.server.patience.tries => tries += 1,
                Err(Error::NotFound { .. }) => return Err(broken),
                Err(error) => return Err(error),
            }
        }
    }

    /// Runs a search that only reads, in one request, and gives its rows: at most those of one page. No job is left, so that it may
    /// be asked again and again.
    ///
    /// # Errors
    /// As any request; `SearchFailed` where the server says errors beside the rows.
    pub async fn oneshot(&self, search: &Search) -> Result<Vec<Row>> {
        let path = self.jobs(search.namespace.as_ref()).await?;
        let (text, count) = (search.with_command(), PAGE.to_string());
        let form: Vec<(&str, &str)> = [
            ("search", text.as_str()),
            ("exec_mode", "oneshot"),
            ("count", count.as_str()),
        ]
        .into_iter()
        .chain(search.times())
        .collect();
        let call = self.writing(&path, &form, Repeat::Safe);
        let answer = self.ask_within(&call, self.server.patience.search).await?;
        let page: Page = read(&call, &answer)?;
        if page.messages.iter().any(Message::is_error) {
            return Err(Error::SearchFailed {
                address: self.address(),
                sid: "oneshot".to_owned(),
                detail: said(&page.messages),
            });
        }
        Ok(page.results)
    }

    /// A job that was started otherwise, by its id.
    pub fn job(&self, sid: impl Into<String>) -> Job<'_> {
        Job {
            client: self,
            sid: sid.into(),
        }
    }

    /// Ends a job by its id and removes it.
    ///
    /// # Errors
    /// As any request; that it is gone already is none.
    pub async fn cancel(&self, id: &str) -> Result<()> {
        self.delete(&format!("/services/search/jobs/{}", segment(id)))
            .await
    }

    /// Runs a search to its end and hands over its rows. The job is removed in any case.
    ///
    /// # Errors
    /// As any request; `SearchFailed` where the job fails, `TimedOut` where it does not end.
    pub async fn run(&self, search: &Search) -> Result<(Done, Vec<Row>)> {
        let job = self.start(search).await?;
        let ended = async {
            let done = job.wait().await?;
            let rows = job.rows(done.rows).await?;
            Ok((done, rows))
        }
        .await;
        // What can't be removed expires by itself.
        let _ = job.cancel().await;
        ended
    }
}

impl Job<'_> {
    /// The job's id.
    pub fn sid(&self) -> &str {
        &self.sid
    }

    /// The job as the server has it. Jobs under an id of ours are searched in all namespaces by `/services`.
    async fn entry(&self) -> Result<Entry> {
        let path = format!("/services/search/jobs/{}", segment(&self.sid));
        let feed: Feed = self.client.get(&path, &[]).await?;
        feed.entry
            .into_iter()
            .next()
            .ok_or_else(|| Error::NotFound {
                what: format!("job {}", self.sid),
                detail: "the server lists no such job".to_owned(),
            })
    }

    /// Waits until the job has ended, asking at growing intervals.
    ///
    /// # Errors
    /// `SearchFailed` with the server's words; `TimedOut` after [`crate::Patience::search`], with what the job was doing.
    pub async fn wait(&self) -> Result<Done> {
        const LONGEST: Duration = Duration::from_secs(2);
        let patience = self.client.server.patience;
        let end = Instant::now() + patience.search;
        let mut pause = Duration::from_millis(50);
        loop {
            let entry = self.entry().await?;
            let state = entry.text("dispatchState").unwrap_or_default();
            if entry.is_on("isFailed") || state == "FAILED" {
                return Err(Error::SearchFailed {
                    address: address(&self.client.server.management),
                    sid: self.sid.clone(),
                    detail: said(&messages(&entry)),
                });
            }
            if entry.is_on("isDone") {
                return Ok(Done {
                    rows: entry.count("resultCount").unwrap_or(0),
                    scanned: entry.count("scanCount").unwrap_or(0),
                    messages: messages(&entry),
                });
            }
            if Instant::now() + pause > end {
                return Err(Error::TimedOut {
                    what: format!("job {} ({})", self.sid, state.to_lowercase()),
                    seconds: patience.search.as_secs(),
                });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST);
        }
    }

    /// All rows, page by page. A page that holds fewer than asked, because the server's own limit is lower, is no end.
    ///
    /// # Errors
    /// As any request.
    pub async fn rows(&self, count: u64) -> Result<Vec<Row>> {
        let patience = self.client.server.patience;
        let what = || format!("the results of job {}", self.sid);
        let (mut pages, mut rows) = (Pages::begin(patience), Vec::<Row>::new());
        while (rows.len() as u64) < count {
            let (page, weight) = self.page(rows.len()).await?;
            pages.add(weight, &what)?;
            if page.is_empty() {
                return Err(Error::NotSplunk {
                    address: self.client.address(),
                    what: what(),
                    why: format!(
                        "the job has {count} rows, and after {} there are no more",
                        rows.len()
                    ),
                });
            }
            rows.extend(page);
        }
        Ok(rows)
    }

    async fn page(&self, offset: usize) -> Result<(Vec<Row>, usize)> {
        let path = format!(
            "{}/{}/results",
            self.client.jobs(None).await?,
            segment(&self.sid)
        );
        let (offset, count) = (offset.to_string(), PAGE.to_string());
        let query = [("count", count.as_str()), ("offset", offset.as_str())];
        let call = self.client.reading(&path, &query);
        let mut tries = 1;
        loop {
            // A page that was cut in the middle can be read again.
            let answer = self.client.ask(&call).await?;
            match read::<Page>(&call, &answer) {
                Err(Error::NotSplunk { .. })
                    if answer.kind.contains("json")
                        && tries < self.client.server.patience.tries =>
                {
                    tries += 1;
                }
                page => return page.map(|page| (page.results, answer.weight)),
            }
        }
    }

    /// Ends the job and removes it.
    ///
    /// # Errors
    /// As any request; that it is gone already is none.
    pub async fn cancel(&self) -> Result<()> {
        self.client.cancel(&self.sid).await
    }
}

fn messages(entry: &Entry) -> Vec<Message> {
    entry
        .content
        .get("messages")
        .and_then(|messages| serde_json::from_value(messages.clone()).ok())
        .unwrap_or_default()
}

/// The errors, or all messages where none is an error.
fn said(messages: &[Message]) -> String {
    let errors: Vec<&str> = messages
        .iter()
        .filter(|message| message.is_error())
        .map(|message| message.text.as_str())
        .collect();
    if errors.is_empty() {
        "the server gives no reason".to_owned()
    } else {
        errors.join("; ")
    }
}
