//! Where a Splunk is and how to get in.

use std::time::Duration;

use url::Url;

use crate::secret::Secret;

/// A Splunk: its addresses, the way in, what to trust and how long to wait.
pub struct Server {
    /// The management address, usually port 8089.
    pub management: Url,
    /// The address of the HTTP event collector, usually port 8088; elsewhere on Splunk Cloud.
    pub collector: Option<Url>,
    /// The way in.
    pub login: Login,
    /// How the server's certificate is judged.
    pub trust: Trust,
    /// How long to wait, how often to try.
    pub patience: Patience,
}

/// The way into a Splunk.
pub enum Login {
    /// Name and password are exchanged for a session key, renewed when it expires.
    Session {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// Name and password with every request.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// An authentication token.
    Bearer(Secret),
}

/// How a server's certificate is judged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trust {
    /// By the certificates of the system.
    #[default]
    System,
    /// By these certificates too (PEM).
    Also(Vec<u8>),
    /// Not at all. The user has said so.
    Anything,
}

/// How long to wait, how often to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes of an answer. A blocking search sends none until it has ended: see [`Patience::search`].
    pub read: Duration,
    /// For a search to end.
    pub search: Duration,
    /// For events to be acknowledged.
    pub acknowledge: Duration,
    /// For a number of events to change, before it is taken for the last.
    pub settle: Duration,
    /// Tries of a call that may be repeated.
    pub tries: u32,
    /// The wait before the second try; it doubles with each.
    pub first_wait: Duration,
    /// The longest wait between two tries, also where the server asks for more.
    pub longest_wait: Duration,
    /// For all pages of a list or of results.
    pub pages: Duration,
    /// Most bytes of one answer that is held in memory.
    pub largest_answer: usize,
    /// Most bytes that all rows of a search, or all entries of a list, take in memory. Small texts of JSON become large values.
    pub largest_held: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(60),
            search: Duration::from_secs(600),
            acknowledge: Duration::from_secs(120),
            settle: Duration::from_secs(30),
            tries: 6,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(20),
            pages: Duration::from_secs(600),
            largest_answer: 256 << 20,
            largest_held: 1 << 30,
        }
    }
}
