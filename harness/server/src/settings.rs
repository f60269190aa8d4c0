//! What the caller says of a server.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

/// What the caller says of a server. It has no `Debug`: it holds a password.
#[derive(Clone)]
pub struct Settings {
    /// The address that both ports listen on.
    pub listen: IpAddr,
    /// The management port; 0 for any that is free.
    pub port: u16,
    /// The port of the HTTP event collector; 0 for any that is free.
    pub hec_port: u16,
    /// A content repository, shown as an installed app.
    pub content: Option<PathBuf>,
    /// Further apps: folders, `.tgz` or `.spl` files.
    pub apps: Vec<PathBuf>,
    /// Whether a simulated Enterprise Security is installed.
    pub enterprise_security: bool,
    /// Where events are kept; none: in memory alone.
    pub data: Option<PathBuf>,
    /// A certificate and its key; none: one is made.
    pub certificate: Option<Certificate>,
    /// The password of the user `admin`.
    pub password: String,
    /// The value of an event collector token that is there from the start.
    pub hec_token: Option<String>,
    /// How much clients may use.
    pub limits: Limits,
}

/// A certificate and its key, both PEM files.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The chain.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// How much clients may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a request's body, unpacked.
    pub body_bytes: usize,
    /// Bytes of all stored events, roughly.
    pub stored_bytes: u64,
    /// Searches that run at the same time.
    pub searches: usize,
    /// Searches that wait for their turn.
    pub queue: usize,
    /// How long a search may run.
    pub search_time: Duration,
    /// Bytes of rows that one search may hold.
    pub search_bytes: usize,
    /// Bytes of the results of all jobs; the oldest make room.
    pub result_bytes: usize,
    /// Connections to one port.
    pub connections: usize,
    /// How long a client may take for its headers, or be silent within a body.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 << 20,
            stored_bytes: 4 << 30,
            searches: 4,
            queue: 200,
            search_time: Duration::from_secs(600),
            search_bytes: 512 << 20,
            result_bytes: 512 << 20,
            connections: 512,
            patience: Duration::from_secs(20),
        }
    }
}

impl Settings {
    /// A server on this machine, on free ports, in memory, with that password.
    pub fn local(password: impl Into<String>) -> Self {
        Self {
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            hec_port: 0,
            content: None,
            apps: Vec::new(),
            enterprise_security: false,
            data: None,
            certificate: None,
            password: password.into(),
            hec_token: None,
            limits: Limits::default(),
        }
    }
}
