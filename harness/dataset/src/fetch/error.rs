//! Why data behind an address could not be had.

use dryfire_diagnostic::{Diagnostic, codes};
use url::Url;

/// Why data behind an address could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the dataset `{address}` {problem}")]
pub struct FetchError {
    /// The address, without what may be secret in it.
    pub address: String,
    /// What happened.
    pub problem: Problem,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The address is none that can be fetched.
    #[error("can't be fetched: {0}")]
    Address(String),
    /// The network may not be used, and the cache does not hold it.
    #[error("is remote and not in the cache")]
    NotCached,
    /// The server said no.
    #[error("can't be fetched: the server answered {0}")]
    Refused(u16),
    /// The server was busy, could not be reached or broke off, each time.
    #[error("can't be fetched, after {tries} tries: {why}")]
    Failed {
        /// The last reason.
        why: String,
        /// How often it was tried.
        tries: u32,
    },
    /// It is larger than allowed.
    #[error("is larger than {} MiB", .0 >> 20)]
    TooLarge(u64),
    /// It is not what was meant.
    #[error("is not what was meant: its SHA-256 is {found}, not {wanted}")]
    Checksum {
        /// What is written down.
        wanted: String,
        /// What came.
        found: String,
    },
    /// It is a Git LFS pointer, and the data behind it could not be had.
    #[error("is a Git LFS pointer, and its data can't be fetched: {0}")]
    Lfs(String),
    /// The cache can't be written.
    #[error("can't be kept in the cache: {0}")]
    Cache(String),
    /// The user broke off.
    #[error("was not fetched: interrupted")]
    Cancelled,
}

impl FetchError {
    /// For an address.
    pub(crate) fn new(address: &str, problem: Problem) -> Self {
        Self {
            address: shown(address),
            problem,
        }
    }

    /// The finding for people.
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, help) = match &self.problem {
            Problem::Address(_) => (&codes::dataset::DATASET_FETCH, "check the address"),
            Problem::NotCached => (
                &codes::dataset::DATASET_REMOTE,
                "run once with `--fetch`, without `--offline`, to have it in the cache",
            ),
            Problem::Refused(401 | 403 | 407) => (
                &codes::dataset::DATASET_FETCH,
                "for a private mirror, set DRYFIRE_FETCH_HEADERS to lines of `HOST NAME: VALUE`",
            ),
            Problem::Refused(404 | 410) => (
                &codes::dataset::DATASET_MISSING,
                "check the address: nothing is there",
            ),
            Problem::Refused(_) => (&codes::dataset::DATASET_FETCH, "check the address"),
            Problem::Failed { .. } => (
                &codes::dataset::DATASET_FETCH,
                "try again later; what had come is kept, and fetching goes on from there",
            ),
            Problem::TooLarge(_) => (
                &codes::dataset::DATASET_FETCH,
                "if it is meant, raise `limit_mib` under `[datasets]` in dryfire.toml",
            ),
            Problem::Checksum { .. } => (
                &codes::dataset::DATASET_CHECKSUM,
                "find out who changed the data; if the change is meant, write down the new SHA-256",
            ),
            Problem::Lfs(_) => (
                &codes::dataset::DATASET_FETCH,
                "name an address that gives the data itself, or clone the repository and run `git lfs pull`",
            ),
            Problem::Cache(_) => (
                &codes::dataset::DATASET_FETCH,
                "check the folder: `cache` under `[datasets]` in dryfire.toml, or $XDG_CACHE_HOME/dryfire",
            ),
            Problem::Cancelled => (&codes::dataset::DATASET_REMOTE, "run again to go on"),
        };
        Diagnostic::error(code, self.to_string()).help(help)
    }

    /// The reason's short name for tables.
    pub fn category(&self) -> &'static str {
        match &self.problem {
            Problem::NotCached | Problem::Cancelled => "dataset-remote",
            Problem::Refused(404 | 410) => "dataset-missing",
            Problem::Checksum { .. } => "dataset-checksum",
            Problem::TooLarge(_) => "dataset-too-large",
            _ => "dataset-unreachable",
        }
    }
}

/// An address for people: without user, password and query, which may be secret.
pub fn shown(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else {
        return address.to_owned();
    };
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}
