//! How the report for people looks, and what the surroundings say about it.

use std::io::{self, IsTerminal};

/// How the report for people looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalOptions {
    /// The columns to keep within where text can be cut.
    pub width: usize,
    /// Whether lines are laid out for the width: times at the right edge, long names cut. Otherwise names are written in full.
    pub tty: bool,
    /// Whether to use colours.
    pub color: bool,
    /// Whether to show a progress bar, on standard error.
    pub progress: bool,
    /// From how many cases on passing and skipped ones are only counted, and so are errors and undetermined ones of one reason
    /// after the first few.
    pub fold_above: u64,
    /// Whether GitHub Actions reads the output: text that it would take for a command is broken up.
    pub github: bool,
}

impl Default for TerminalOptions {
    /// Plain lines.
    fn default() -> Self {
        Self {
            width: 120,
            tty: false,
            color: false,
            progress: false,
            fold_above: 50,
            github: false,
        }
    }
}

impl TerminalOptions {
    /// What fits standard output: plain unless it is a terminal and no CI system runs us. `NO_COLOR`, `CLICOLOR_FORCE` and their like
    /// are honoured in any case.
    pub fn detect() -> Self {
        let stdout = io::stdout();
        let color = !matches!(
            anstream::AutoStream::choice(&stdout),
            anstream::ColorChoice::Never
        );
        let by_hand =
            std::env::var_os("CI").is_none_or(|value| value.is_empty() || value == "false");
        if !by_hand || !stdout.is_terminal() {
            return Self {
                color,
                github: std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
                ..Self::default()
            };
        }
        let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
        Self {
            width: width.max(40),
            tty: true,
            color,
            progress: io::stderr().is_terminal(),
            ..Self::default()
        }
    }
}
