//! What can be changed on a server, and how each change is undone.

use serde::{Deserialize, Serialize};

use crate::collector::Meta;

/// A change on a server. What it names is ours alone, so that undoing it touches nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// An index of our own.
    Index {
        /// Its name.
        name: String,
    },
    /// A token of the collector.
    Token {
        /// Its name.
        name: String,
        /// The index that it may write to.
        index: String,
    },
    /// Events in an index.
    Events(Meta),
    /// A private saved search.
    Search {
        /// The user.
        user: String,
        /// The app.
        app: String,
        /// Its name.
        name: String,
    },
    /// A role and a user of that name, for the searches of a run.
    User {
        /// The name of both.
        name: String,
    },
    /// Risk events and notables that a search of ours made.
    Findings {
        /// The index.
        index: String,
        /// The name of the search.
        search_name: String,
    },
}

impl Change {
    /// The index that is written to, where one is.
    pub fn index(&self) -> Option<&str> {
        match self {
            Self::Index { name } => Some(name),
            Self::Token { index, .. } | Self::Events(Meta { index, .. }) => Some(index),
            // Enterprise Security writes these itself.
            Self::Search { .. } | Self::User { .. } | Self::Findings { .. } => None,
        }
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Index { name } => write!(f, "create the index `{name}`"),
            Self::Token { name, index } => {
                write!(
                    f,
                    "create the collector's token `{name}` for the index `{index}`"
                )
            }
            Self::Events(Meta {
                index,
                host,
                source,
                sourcetype,
            }) => write!(
                f,
                "send events to the index `{index}` (host `{host}`, source `{source}`, sourcetype `{sourcetype}`)"
            ),
            Self::Search { user, app, name } => {
                write!(
                    f,
                    "create the private search `{name}` of {user} in the app `{app}`"
                )
            }
            Self::User { name } => write!(f, "create the role and the user `{name}`"),
            Self::Findings { index, search_name } => {
                write!(
                    f,
                    "let the search `{search_name}` write to the index `{index}`"
                )
            }
        }
    }
}
