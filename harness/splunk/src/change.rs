//! What can be changed on a server, and how each change is undone.

use serde::{Deserialize, Serialize};

use crate::call::segment;
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

impl Change {
    /// The index that is made, where one is.
    pub(crate) fn made_index(&self) -> Option<String> {
        match self {
            Self::Index { name } => Some(name.clone()),
            _ => None,
        }
    }

    /// The requests that make the change, as `METHOD path`.
    pub fn calls(&self) -> Vec<String> {
        match self {
            Self::Index { .. } => vec!["POST /services/data/indexes".to_owned()],
            Self::Token { .. } => {
                vec!["POST /servicesNS/nobody/splunk_httpinput/data/inputs/http".to_owned()]
            }
            // By the form in which the data goes, which is the sender's to say.
            Self::Events(_) => Vec::new(),
            Self::Search { user, app, .. } => {
                vec![format!("POST {}", searches(user, app))]
            }
            Self::User { .. } => vec![
                "POST /services/authorization/roles".to_owned(),
                "POST /services/authentication/users".to_owned(),
            ],
            // They come of the dispatch of the search: [`Change::dispatching_calls`].
            Self::Findings { .. } => Vec::new(),
        }
    }

    /// The requests that run a private saved search with its actions.
    pub fn dispatching_calls(&self) -> Vec<String> {
        match self {
            Self::Search { user, app, name } => vec![format!(
                "POST {}/{}/dispatch",
                searches(user, app),
                segment(name)
            )],
            _ => Vec::new(),
        }
    }

    /// The requests that undo it.
    pub fn undoing_calls(&self) -> Vec<String> {
        match self {
            Self::Index { name } => {
                vec![format!("DELETE /services/data/indexes/{}", segment(name))]
            }
            Self::Token { name, .. } => vec![format!(
                "DELETE /servicesNS/nobody/splunk_httpinput/data/inputs/http/{}",
                segment(name)
            )],
            Self::Search { user, app, name } => {
                vec![format!("DELETE {}/{}", searches(user, app), segment(name))]
            }
            Self::User { name } => vec![
                format!("DELETE /services/authentication/users/{}", segment(name)),
                format!("DELETE /services/authorization/roles/{}", segment(name)),
            ],
            // By a search that ends in `| delete`.
            Self::Events(_) | Self::Findings { .. } => vec!["SEARCH | delete".to_owned()],
        }
    }
}

/// Where a user's private searches in an app are.
fn searches(user: &str, app: &str) -> String {
    format!(
        "/servicesNS/{}/{}/saved/searches",
        segment(user),
        segment(app)
    )
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
