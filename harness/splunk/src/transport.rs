//! Sends requests: connection, trust, waiting, trying again, and how much of an answer is held.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use tokio::time::Instant;

use crate::call::{Authorization, Call, Repeat, address};
use crate::error::{Error, Result};
use crate::reply::weight;
use crate::server::{Patience, Server, Trust};

/// Sends requests to one server.
pub(crate) struct Transport {
    http: reqwest::Client,
    pub(crate) patience: Patience,
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) kind: String,
    pub(crate) body: Bytes,
    /// How many bytes its values take in memory: [`reply::weight`].
    pub(crate) weight: usize,
}

/// Why one try gave no answer.
struct Failed {
    error: Error,
    /// Whether the server certainly did nothing.
    nothing_done: bool,
    /// Whether another try makes sense at all.
    passing: bool,
    /// How long the server asks to wait.
    wait: Option<Duration>,
}

impl Transport {
    pub(crate) fn new(server: &Server) -> Result<Self> {
        let settings = |error: reqwest::Error| Error::Settings(reason(&error));
        let builder = reqwest::Client::builder()
            .user_agent(concat!("dryfire/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            // What is sent again is decided here alone.
            .retry(reqwest::retry::never())
            .connect_timeout(server.patience.connect);
        let builder = match &server.trust {
            Trust::System => builder,
            Trust::Also(pem) => {
                let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(settings)?;
                if certificates.is_empty() {
                    return Err(Error::Settings(
                        "the CA file holds no certificate".to_owned(),
                    ));
                }
                builder.tls_certs_merge(certificates)
            }
            Trust::Anything => builder.tls_danger_accept_invalid_certs(true),
        };
        Ok(Self {
            http: builder.build().map_err(settings)?,
            patience: server.patience,
        })
    }

    /// Sends until there is an answer other than 429 and 503, as often as the call allows.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer> {
        self.send_within(call, self.patience.read).await
    }

    /// The same for an answer that may be silent for so long.
    pub(crate) async fn send_within(&self, call: &Call, silence: Duration) -> Result<Answer> {
        let open = async || {
            let response = self.open(call, silence).await?;
            self.whole(call, response, silence).await
        };
        self.again(call, open).await
    }

    /// Sends until an answer begins; the caller reads it.
    pub(crate) async fn stream(&self, call: &Call, silence: Duration) -> Result<reqwest::Response> {
        self.again(call, async || self.open(call, silence).await)
            .await
    }

    async fn again<T>(
        &self,
        call: &Call,
        attempt: impl AsyncFn() -> std::result::Result<T, Failed>,
    ) -> Result<T> {
        let mut wait = self.patience.first_wait;
        let mut tries = 1;
        loop {
            let failed = match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let may = failed.passing && (failed.nothing_done || call.repeat == Repeat::Safe);
            if !may || tries >= self.patience.tries {
                return Err(match failed.error {
                    Error::Busy {
                        address,
                        what,
                        status,
                        ..
                    } => Error::Busy {
                        address,
                        what,
                        status,
                        tries,
                    },
                    error => error,
                });
            }
            let asked = failed.wait.unwrap_or(wait);
            tokio::time::sleep(asked.min(self.patience.longest_wait)).await;
            wait = (wait * 2).min(self.patience.longest_wait);
            tries += 1;
        }
    }

    /// One try: until the head of the answer is there.
    async fn open(
        &self,
        call: &Call,
        silence: Duration,
    ) -> std::result::Result<reqwest::Response, Failed> {
        let mut request = self.http.request(call.method.clone(), call.url.clone());
        request = match &call.authorization {
            Authorization::None => request,
            Authorization::Splunk(key) => {
                request.header("Authorization", format!("Splunk {}", key.expose()))
            }
            Authorization::Bearer(token) => request.bearer_auth(token.expose()),
            Authorization::Basic(user, password) => {
                request.basic_auth(user, Some(password.expose()))
            }
        };
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = &call.body {
            request = request
                .header(CONTENT_TYPE, body.kind)
                .body(body.bytes.clone());
            if body.gzip {
                request = request.header(CONTENT_ENCODING, "gzip");
            }
        }
        let response = tokio::time::timeout(silence, request.send())
            .await
            .map_err(|_| timed_out(call, silence))?
            .map_err(|error| failed(call, &error))?;
        let status = response.status();
        if matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        ) {
            return Err(Failed {
                error: Error::Busy {
                    address: call.address(),
                    what: call.what.clone(),
                    status: status.as_u16(),
                    tries: 0,
                },
                nothing_done: true,
                passing: true,
                wait: retry_after(response.headers()),
            });
        }
        if status.is_redirection() {
            let to = response
                .headers()
                .get(LOCATION)
                .and_then(|to| to.to_str().ok())
                .and_then(|to| call.url.join(to).ok())
                .map_or_else(|| "nowhere".to_owned(), |to| address(&to));
            return Err(final_failure(Error::Redirected {
                address: call.address(),
                what: call.what.clone(),
                to,
            }));
        }
        Ok(response)
    }

    /// An answer whose head is there already.
    pub(crate) async fn rest(
        &self,
        call: &Call,
        response: reqwest::Response,
        silence: Duration,
    ) -> Result<Answer> {
        let read = self.whole(call, response, silence).await;
        read.map_err(|failed| failed.error)
    }

    /// The rest of the answer, as much as may be held.
    async fn whole(
        &self,
        call: &Call,
        mut response: reqwest::Response,
        silence: Duration,
    ) -> std::result::Result<Answer, Failed> {
        let limit = self.patience.largest_answer;
        let too_large = || {
            final_failure(Error::TooLarge {
                what: call.what.clone(),
                limit,
            })
        };
        if response
            .content_length()
            .is_some_and(|length| length > limit as u64)
        {
            return Err(too_large());
        }
        let status = response.status();
        let kind = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let mut body = BytesMut::new();
        // Who sends a byte now and then is not silent, and never ends.
        let longest = silence.max(self.patience.pages);
        let end = Instant::now() + longest;
        loop {
            let chunk =
                tokio::time::timeout_at(end.min(Instant::now() + silence), response.chunk())
                    .await
                    .map_err(|_| {
                        timed_out(
                            call,
                            if Instant::now() < end {
                                silence
                            } else {
                                longest
                            },
                        )
                    })?
                    .map_err(|error| failed(call, &error))?;
            let Some(chunk) = chunk else { break };
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        let weight = weight(&body);
        if weight > self.patience.largest_held {
            return Err(final_failure(too_heavy(
                format!("the answer to {}", call.what),
                &self.patience,
            )));
        }
        Ok(Answer {
            status,
            kind,
            body: body.freeze(),
            weight,
        })
    }
}

/// What would take more memory than may be held.
pub(crate) fn too_heavy(what: String, patience: &Patience) -> Error {
    Error::TooMuch {
        what,
        how: format!(
            "would take more than {} bytes of memory",
            patience.largest_held
        ),
    }
}

fn final_failure(error: Error) -> Failed {
    Failed {
        error,
        nothing_done: false,
        passing: false,
        wait: None,
    }
}

fn timed_out(call: &Call, after: Duration) -> Failed {
    Failed {
        error: Error::TimedOut {
            what: call.what.clone(),
            seconds: after.as_secs(),
        },
        nothing_done: false,
        // Who was silent for that long is not asked again and again.
        passing: false,
        wait: None,
    }
}

/// What a failure of the library means.
fn failed(call: &Call, error: &reqwest::Error) -> Failed {
    let address = call.address();
    let why = reason(error);
    if error.is_connect() {
        let untrusted = why.contains("certificate");
        return Failed {
            error: if untrusted {
                Error::Untrusted { address, why }
            } else {
                Error::Unreachable { address, why }
            },
            nothing_done: true,
            passing: !untrusted,
            wait: None,
        };
    }
    Failed {
        error: Error::Broken {
            address,
            what: call.what.clone(),
            why,
        },
        nothing_done: false,
        passing: true,
        wait: None,
    }
}

/// The innermost reason, which is the one that tells. The address is left out: it may hold a query.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    if std::ptr::eq(
        std::ptr::from_ref(inner).cast::<()>(),
        std::ptr::from_ref(error).cast(),
    ) {
        "the request can't be sent".to_owned()
    } else {
        inner.to_string()
    }
}

/// `Retry-After` in seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}
