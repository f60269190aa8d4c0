//! Requests: redirects, waiting, trying again.

use std::error::Error;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode};
use tokio::runtime::Runtime;
use url::Url;

use super::cache::Cache;
use super::error::Problem;
use super::headers::Headers;
use super::{Fetched, Fetcher, Patience, Wanted, download};

/// How often the user's Ctrl-C is looked for.
const TICK: Duration = Duration::from_millis(50);
/// Redirects of one request.
const REDIRECTS: usize = 10;

/// A client, and the runtime it lives in.
pub(crate) struct Net<'f> {
    client: Client,
    runtime: Option<Runtime>,
    headers: &'f Headers,
    patience: Patience,
    pub(crate) limit: u64,
    cancel: &'f AtomicBool,
}

/// Why one try failed.
pub(crate) struct Failed {
    pub(crate) problem: Problem,
    /// Whether another try makes sense.
    pub(crate) passing: bool,
    /// Whether it brought us further than any before.
    pub(crate) progress: bool,
    /// How long the server asks to wait.
    pub(crate) wait: Option<Duration>,
}

impl Failed {
    /// One that another try may mend.
    pub(crate) fn passing(why: impl Into<String>) -> Self {
        Self {
            problem: Problem::Failed {
                why: why.into(),
                tries: 0,
            },
            passing: true,
            progress: false,
            wait: None,
        }
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            passing: false,
            progress: false,
            wait: None,
        }
    }
}

impl<'f> Net<'f> {
    pub(crate) fn new(fetcher: &'f Fetcher, cancel: &'f AtomicBool) -> Result<Self, Problem> {
        let unable = |why: String| Problem::Failed { why, tries: 0 };
        let client = Client::builder()
            .user_agent(concat!("dryfire/", env!("CARGO_PKG_VERSION")))
            // Headers for one host must not follow to another.
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            // A checksum is that of the file, not of what an encoding makes of it.
            .gzip(false)
            .connect_timeout(fetcher.patience.connect)
            .build()
            .map_err(|error| unable(reason(&error)))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| unable(error.to_string()))?;
        Ok(Self {
            client,
            runtime: Some(runtime),
            headers: &fetcher.headers,
            patience: fetcher.patience,
            limit: fetcher.limit,
            cancel,
        })
    }

    /// Fetches an address into the cache.
    pub(crate) fn fetch(
        &mut self,
        cache: &Cache,
        wanted: &Wanted,
        url: &Url,
    ) -> Result<Fetched, Problem> {
        // Taken out while it runs what borrows the rest.
        let Some(runtime) = self.runtime.take() else {
            return Err(Problem::Cancelled);
        };
        let fetched = runtime.block_on(download::fetch(self, cache, wanted, url));
        self.runtime = Some(runtime);
        fetched
    }

    /// Tries until it works, or fails for good.
    pub(crate) async fn again<T>(
        &self,
        mut attempt: impl AsyncFnMut() -> Result<T, Failed>,
    ) -> Result<T, Problem> {
        let mut wait = self.patience.first_wait;
        let mut in_vain = 0;
        let mut tries = 0;
        loop {
            let failed = match attempt().await {
                Ok(done) => return Ok(done),
                Err(failed) => failed,
            };
            tries += 1;
            in_vain = if failed.progress { 0 } else { in_vain + 1 };
            if failed.progress {
                wait = self.patience.first_wait;
            }
            if !failed.passing || in_vain >= self.patience.tries {
                return Err(match failed.problem {
                    Problem::Failed { why, .. } => Problem::Failed { why, tries },
                    problem => problem,
                });
            }
            let asked = failed.wait.unwrap_or(wait).min(self.patience.longest_wait);
            self.sleep(asked).await?;
            wait = (wait * 2).min(self.patience.longest_wait);
        }
    }

    /// Sends a request and follows where it is sent on to. The answer is a success.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &Url,
        headers: &HeaderMap,
        body: Option<&str>,
    ) -> Result<Response, Failed> {
        let mut here = url.clone();
        for _ in 0..REDIRECTS {
            let mut all = self.headers.of(&here);
            // What an answer gave for one host goes to no other.
            let is_same = here.origin() == url.origin();
            for (name, value) in headers {
                if is_same || !value.is_sensitive() {
                    all.insert(name.clone(), value.clone());
                }
            }
            all.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            let mut request = self
                .client
                .request(method.clone(), here.clone())
                .headers(all);
            if let Some(body) = body {
                request = request.body(body.to_owned());
            }
            let response = self.patiently(request.send()).await?;
            let response = response.map_err(|error| failed(&error))?;
            let status = response.status();
            if status.is_success() {
                return Ok(response);
            }
            if !status.is_redirection() || status == StatusCode::NOT_MODIFIED {
                return Err(refused(&response));
            }
            let to = response
                .headers()
                .get(LOCATION)
                .and_then(|to| to.to_str().ok())
                .and_then(|to| here.join(to).ok());
            here = match to {
                Some(to) if to.scheme() == "https" || here.scheme() == "http" => to,
                Some(_) => {
                    let why = "the server leads from an encrypted address to an open one";
                    return Err(Problem::Address(why.to_owned()).into());
                }
                None => return Err(refused(&response)),
            };
        }
        Err(Problem::Address(format!("more than {REDIRECTS} redirects")).into())
    }

    /// The next piece of an answer; nothing at its end.
    pub(crate) async fn piece(&self, response: &mut Response) -> Result<Option<Vec<u8>>, Failed> {
        let piece = self.patiently(response.chunk()).await?;
        let piece = piece.map_err(|error| failed(&error))?;
        Ok(piece.map(|bytes| bytes.to_vec()))
    }

    /// Waits for what is silent no longer than allowed, and gives up when the user does.
    async fn patiently<F: Future>(&self, future: F) -> Result<F::Output, Failed> {
        let mut future = pin!(future);
        let mut waited = Duration::ZERO;
        loop {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Problem::Cancelled.into());
            }
            if let Ok(done) = tokio::time::timeout(TICK, future.as_mut()).await {
                return Ok(done);
            }
            waited += TICK;
            if waited >= self.patience.silence {
                let seconds = self.patience.silence.as_secs();
                return Err(Failed::passing(format!(
                    "the server was silent for {seconds} s"
                )));
            }
        }
    }

    async fn sleep(&self, time: Duration) -> Result<(), Problem> {
        let mut left = time;
        loop {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Problem::Cancelled);
            }
            if left.is_zero() {
                return Ok(());
            }
            let now = left.min(TICK);
            tokio::time::sleep(now).await;
            left = left.saturating_sub(now);
        }
    }
}

/// An answer that is no success.
fn refused(response: &Response) -> Failed {
    let status = response.status();
    let passing = status.is_server_error()
        || matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
        );
    if !passing {
        return Problem::Refused(status.as_u16()).into();
    }
    let wait = response.headers().get(RETRY_AFTER);
    let seconds = wait
        .and_then(|wait| wait.to_str().ok())
        .and_then(|wait| wait.trim().parse().ok());
    Failed {
        wait: seconds.map(Duration::from_secs),
        ..Failed::passing(format!("the server answered {}", status.as_u16()))
    }
}

/// What a failure of the library means.
fn failed(error: &reqwest::Error) -> Failed {
    let why = reason(error);
    // Whom we don't trust now we don't trust in a minute.
    let untrusted = error.is_connect() && why.contains("certificate");
    Failed {
        passing: !untrusted,
        ..Failed::passing(why)
    }
}

/// The innermost reason, which is the one that tells. The address is left out: its query may be secret.
fn reason(error: &reqwest::Error) -> String {
    let Some(mut inner) = error.source() else {
        return "the request can't be sent".to_owned();
    };
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
