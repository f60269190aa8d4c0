//! What can go wrong between us and a Splunk, in words for people.

/// What went wrong. No variant holds a secret: addresses are shown without user or query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No connection.
    #[error("can't connect to {address}: {why}")]
    Unreachable {
        /// Where.
        address: String,
        /// Why.
        why: String,
    },
    /// The certificate is not trusted.
    #[error(
        "the certificate of {address} is not trusted: {why}. Name its authority as `ca_file`, or, for a lab, set `insecure = true`"
    )]
    Untrusted {
        /// Where.
        address: String,
        /// Why.
        why: String,
    },
    /// The connection broke after the request was sent: it may have been carried out or not.
    #[error("the connection to {address} broke in the middle of {what}: {why}")]
    Broken {
        /// Where.
        address: String,
        /// What was asked.
        what: String,
        /// Why.
        why: String,
    },
    /// No answer in time.
    #[error("{what} gave no answer within {seconds} s")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
    },
    /// Another address was given. It is not followed, since the credentials would go there too.
    #[error(
        "{address} redirects {what} to {to}; redirects are not followed, since they would take the credentials along. Use that address if it is yours"
    )]
    Redirected {
        /// Where.
        address: String,
        /// What was asked.
        what: String,
        /// The other address.
        to: String,
    },
    /// User, password or token is wrong, or expired.
    #[error("{address} refuses the credentials ({detail})")]
    Unauthorized {
        /// Where.
        address: String,
        /// What the server said.
        detail: String,
    },
    /// The user may not do that.
    #[error("{address} does not allow {what}: {detail}")]
    Forbidden {
        /// Where.
        address: String,
        /// What was asked.
        what: String,
        /// What the server said.
        detail: String,
    },
    /// There is no such thing.
    #[error("{what}: not found ({detail})")]
    NotFound {
        /// What was asked.
        what: String,
        /// What the server said.
        detail: String,
    },
    /// The server could not carry it out, and said why.
    #[error("{what} failed with status {status}: {detail}")]
    Rejected {
        /// What was asked.
        what: String,
        /// The status.
        status: u16,
        /// What the server said.
        detail: String,
    },
    /// The server stayed busy.
    #[error("{address} was too busy for {what} (status {status}, {tries} tries)")]
    Busy {
        /// Where.
        address: String,
        /// What was asked.
        what: String,
        /// The last status.
        status: u16,
        /// How often it was tried.
        tries: u32,
    },
    /// The answer is not Splunk's.
    #[error(
        "the answer to {what} is not one of Splunk's: {why}. Is {address} the management port (8089), or the collector's (8088)?"
    )]
    NotSplunk {
        /// Where.
        address: String,
        /// What was asked.
        what: String,
        /// What it is instead.
        why: String,
    },
    /// More than is held in memory.
    #[error("the answer to {what} is larger than {limit} bytes")]
    TooLarge {
        /// What was asked.
        what: String,
        /// The limit.
        limit: usize,
    },
    /// More rows or entries than are held in memory, or than arrive in time.
    #[error("{what} {how}: ask for less")]
    TooMuch {
        /// What was asked.
        what: String,
        /// What is too much, after the subject.
        how: String,
    },
    /// A search failed.
    #[error("the search failed on {address} (job {sid}): {detail}")]
    SearchFailed {
        /// Where.
        address: String,
        /// The job.
        sid: String,
        /// What the server said.
        detail: String,
    },
    /// The target must not be changed like that.
    #[error("{0}")]
    Protected(String),
    /// The user stopped the run.
    #[error("interrupted")]
    Interrupted,
    /// The settings are wrong.
    #[error("{0}")]
    Settings(String),
}

impl Error {
    /// Whether a request that is not repeated certainly changed nothing: the server refused it, or never got it.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::NotFound { .. }
            | Self::Busy { .. } => true,
            Self::Rejected { status, .. } => (400..500).contains(status),
            _ => false,
        }
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
