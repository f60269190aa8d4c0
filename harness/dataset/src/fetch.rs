//! Fetches data behind addresses into the cache, two at a time, each once.
//!
//! Blocking for the caller. Nothing is fetched unless [`Policy::Fetch`] says so; [`Policy::Offline`] looks in the cache only.

mod cache;
mod download;
mod error;
mod headers;
mod lfs;
mod lock;
mod net;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use url::Url;

use crate::lfs::is_sha256;
use net::Net;

pub use cache::Cache;
pub use error::{FetchError, Problem, shown};
pub use headers::{Headers, VARIABLE};
pub use lock::{LOCK_FILE, Lock, Locked};

/// Downloads at a time.
const AT_ONCE: usize = 2;

/// Whether the network may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// What the cache does not hold is fetched.
    Fetch,
    /// Only what the cache holds.
    Offline,
}

/// How long to wait and how often to try.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the next byte.
    pub silence: Duration,
    /// Before the second try; doubled before each further one.
    pub first_wait: Duration,
    /// Before any try, whatever the server asks for.
    pub longest_wait: Duration,
    /// Tries that bring nothing new, before giving up.
    pub tries: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            silence: Duration::from_secs(60),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            tries: 5,
        }
    }
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The address.
    pub address: String,
    /// The SHA-256 that the data must have, where it is known.
    pub sha256: Option<String>,
}

/// Data that is in the cache now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The address.
    pub address: String,
    /// The file.
    pub path: PathBuf,
    /// Its SHA-256.
    pub sha256: String,
    /// Its size.
    pub size: u64,
    /// Whether it was there already.
    pub from_cache: bool,
}

impl Fetched {
    /// Whether the file still is what was fetched. All of it is read.
    ///
    /// # Errors
    /// It can't be read.
    pub fn is_sound(&self) -> std::io::Result<bool> {
        Ok(cache::sha256(&self.path)? == self.sha256)
    }
}

/// Fetches into a cache.
#[derive(Debug)]
pub struct Fetcher {
    /// The cache.
    pub cache: Cache,
    /// Whether the network may be used.
    pub policy: Policy,
    /// Waiting.
    pub patience: Patience,
    /// Headers for private mirrors.
    pub headers: Headers,
    /// Most bytes of one dataset.
    pub limit: u64,
}

/// Most bytes of one dataset, where nothing else is said.
pub const LIMIT: u64 = 4 << 30;

impl Fetcher {
    /// With what holds where nothing else is said.
    pub fn new(cache: Cache, policy: Policy) -> Self {
        Self {
            cache,
            policy,
            patience: Patience::default(),
            headers: Headers::default(),
            limit: LIMIT,
        }
    }

    /// Fetches all, in any order, and answers in the order asked. `told` hears of each that came over the network.
    pub fn fetch(
        &self,
        wanted: &[Wanted],
        cancel: &AtomicBool,
        told: &(dyn Fn(&Fetched) + Sync),
    ) -> Vec<Result<Fetched, FetchError>> {
        let next = AtomicUsize::new(0);
        let results: Vec<OnceLock<Result<Fetched, FetchError>>> =
            wanted.iter().map(|_| OnceLock::new()).collect();
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(wanted.len()) {
                scope.spawn(|| {
                    // A client lives in its thread's runtime. None is made where all is in the cache.
                    let mut net = None;
                    loop {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let (Some(one), Some(result)) = (wanted.get(place), results.get(place))
                        else {
                            break;
                        };
                        let fetched = self.one(one, &mut net, cancel);
                        if let Ok(fetched) = &fetched
                            && !fetched.from_cache
                        {
                            told(fetched);
                        }
                        let _ = result.set(fetched);
                    }
                });
            }
        });
        let never = |one: &Wanted| Err(FetchError::new(&one.address, Problem::Cancelled));
        wanted
            .iter()
            .zip(results)
            .map(|(one, result)| result.into_inner().unwrap_or_else(|| never(one)))
            .collect()
    }

    fn one<'f>(
        &'f self,
        wanted: &Wanted,
        net: &mut Option<Net<'f>>,
        cancel: &'f AtomicBool,
    ) -> Result<Fetched, FetchError> {
        let fail = |problem| FetchError::new(&wanted.address, problem);
        let url = address(&wanted.address).map_err(fail)?;
        let sha256 = match &wanted.sha256 {
            Some(sum) if !is_sha256(sum) => {
                let why = format!("`{sum}` is no SHA-256: 64 hexadecimal digits");
                return Err(fail(Problem::Address(why)));
            }
            sum => sum.as_ref().map(|sum| sum.to_ascii_lowercase()),
        };
        let wanted = Wanted {
            address: wanted.address.clone(),
            sha256,
        };
        if let Some(found) = self.cache.find(&wanted) {
            return Ok(found);
        }
        if self.policy == Policy::Offline {
            return Err(fail(Problem::NotCached));
        }
        if cancel.load(Ordering::Relaxed) {
            return Err(fail(Problem::Cancelled));
        }
        let _lock = self.cache.lock(&wanted.address).map_err(fail)?;
        // Another process may have fetched it meanwhile.
        if let Some(found) = self.cache.find(&wanted) {
            return Ok(found);
        }
        let net = match net {
            Some(net) => net,
            None => net.insert(Net::new(self, cancel).map_err(fail)?),
        };
        net.fetch(&self.cache, &wanted, &url).map_err(fail)
    }
}

/// An address that can be fetched.
fn address(text: &str) -> Result<Url, Problem> {
    let url = Url::parse(text).map_err(|error| Problem::Address(error.to_string()))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        other => Err(Problem::Address(format!(
            "`{other}` is neither http nor https"
        ))),
    }
}
