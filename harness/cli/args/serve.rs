//! `dryfire serve`: where it listens, what it holds, its limits.

use std::path::PathBuf;

use clap::ValueEnum;

/// `dryfire serve`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The user `admin` has the password of DRYFIRE_SERVE_PASSWORD; where that is not set, a password is made and printed once.
DRYFIRE_SERVE_HEC_TOKEN is the value of a token, called `dryfire`, that is there from the start.

When both ports are open, the addresses are printed: lines as `management https://127.0.0.1:8089`, or with
`--format json` one object with management, collector, pid, certificate, user, saved_searches, and password where one
was made. Ctrl-C ends the server.

What it does as Splunk does, and what not: docs/serve.md.")]
pub(crate) struct Serve {
    /// The port of the REST interface; 0 for any that is free.
    #[arg(long, default_value_t = 8089)]
    pub(crate) port: u16,
    /// The port of the HTTP event collector; 0 for any that is free.
    #[arg(long, default_value_t = 8088)]
    pub(crate) hec_port: u16,
    /// The address that both ports listen on. Any but 127.0.0.1 lets other machines in.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) listen: std::net::IpAddr,
    /// A content repository: its detections are installed saved searches, with its macros and lookups.
    #[arg(long, value_name = "DIR")]
    pub(crate) content: Option<PathBuf>,
    /// A Splunk app to install: a folder, .tgz or .spl. Can be given again.
    #[arg(long = "app", value_name = "PATH")]
    pub(crate) apps: Vec<PathBuf>,
    /// Install a simulated Enterprise Security: indexes `risk` and `notable`, and the actions that fill them.
    #[arg(long)]
    pub(crate) es: bool,
    /// Keep indexes, tokens and events here: what was acknowledged outlives the process. Without it, all is in memory.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// How the addresses are printed.
    #[arg(long, value_enum, default_value_t = ServeFormat::Text)]
    pub(crate) format: ServeFormat,
    /// A certificate chain (PEM) instead of one that is made. With `--key`.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,
    /// The key of the certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) key: Option<PathBuf>,
    /// Most MiB of a request's body, unpacked.
    #[arg(long, value_name = "MIB", default_value_t = 256)]
    pub(crate) max_body: usize,
    /// Most MiB of stored events, roughly; more are refused as `Server is busy`.
    #[arg(long, value_name = "MIB", default_value_t = 4096)]
    pub(crate) max_stored: u64,
    /// Searches that run at the same time; further ones wait.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) max_searches: usize,
    /// Seconds that a search may run.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub(crate) search_time: u64,
    /// Use this many threads.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

/// How `dryfire serve` prints its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServeFormat {
    /// Lines.
    Text,
    /// One JSON object on one line.
    Json,
}
