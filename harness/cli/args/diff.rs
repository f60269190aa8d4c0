//! `dryfire diff`: which two, and how what changed is written.

use std::path::PathBuf;

use clap::ValueEnum;

/// `dryfire diff`
///
/// Exit codes: 0 nothing fails that did not before; 1 something does.
#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// Before: the events of a run (a file that `--json` wrote), a folder of content, or a git ref.
    pub(crate) before: String,
    /// After: the same.
    pub(crate) after: String,
    /// How to write what changed.
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    pub(crate) format: DiffFormat,
    /// Write it to a file.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// A Splunk app whose knowledge objects the searches may use: a folder, .tgz or .spl. Can be given again.
    #[arg(long = "app", value_name = "APP")]
    pub(crate) apps: Vec<PathBuf>,
    /// Of folders and refs, run integration tests too.
    #[arg(long)]
    pub(crate) integration: bool,
    /// Of folders and refs, count a pass under assumptions as undetermined.
    #[arg(long)]
    pub(crate) strict: bool,
    /// How many threads work; without it, as many as there are cores.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

/// How `dryfire diff` writes what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// Text for a terminal.
    Text,
    /// GitHub's Markdown, for a pull request.
    Markdown,
    /// One web page.
    Html,
}
