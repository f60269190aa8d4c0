//! Colours, or none: one place that says what each part of a report looks like.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use dryfire_event::Verdict;

/// What a piece of text is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// All is well; what was expected.
    Good,
    /// Not as it should be; what there was instead.
    Bad,
    /// It can't be said, or it may be wrong.
    Doubt,
    /// Beside the point.
    Aside,
    /// A heading.
    Heading,
}

impl Role {
    /// The role of a verdict.
    pub(crate) fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Good,
            Verdict::Failed { .. } | Verdict::Error { .. } => Self::Bad,
            Verdict::Undetermined { .. } => Self::Doubt,
            Verdict::Skipped { .. } | Verdict::Cancelled => Self::Aside,
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Doubt => AnsiColor::Yellow.on_default(),
            Self::Aside => Style::new().dimmed(),
            Self::Heading => Style::new().bold(),
        }
    }
}

/// Paints text, or leaves it as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    /// Whether to use colours.
    pub(crate) color: bool,
}

impl Paint {
    /// The text in the colours of its role.
    pub(crate) fn paint(self, role: Role, text: impl Display) -> String {
        self.apply(role.style(), text)
    }

    /// The same, bold.
    pub(crate) fn bold(self, role: Role, text: impl Display) -> String {
        self.apply(role.style().bold(), text)
    }

    /// The same for text that may be empty: nothing is painted then.
    pub(crate) fn paint_if(self, role: Role, text: &str) -> String {
        if text.is_empty() {
            String::new()
        } else {
            self.paint(role, text)
        }
    }

    fn apply(self, style: Style, text: impl Display) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }
}
