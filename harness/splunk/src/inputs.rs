//! Tokens of the HTTP event collector.

use crate::call::{Repeat, segment};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::reply::{Entry, Feed};
use crate::secret::Secret;

const INPUTS: &str = "/servicesNS/nobody/splunk_httpinput/data/inputs/http";

/// A token of the collector.
pub struct Token {
    /// What the input is called.
    pub name: String,
    /// The token.
    pub value: Secret,
    /// The indexes that it may write to; none means any.
    pub indexes: Vec<String>,
    /// Whether events are acknowledged.
    pub acknowledges: bool,
    /// Whether it takes nothing.
    pub disabled: bool,
}

impl Token {
    fn read(entry: &Entry) -> Option<Self> {
        let indexes = match entry.content.get("indexes") {
            Some(serde_json::Value::Array(names)) => names
                .iter()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
            Some(serde_json::Value::String(names)) => names
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        };
        Some(Self {
            name: entry.name.trim_start_matches("http://").to_owned(),
            value: Secret::new(entry.text("token")?),
            indexes,
            acknowledges: entry.is_on("useACK"),
            disabled: entry.is_on("disabled"),
        })
    }

    /// Whether events may be written to that index with it.
    pub fn may_write(&self, index: &str) -> bool {
        !self.disabled && (self.indexes.is_empty() || self.indexes.iter().any(|name| name == index))
    }
}

impl Client {
    /// The token of that name, if there is one.
    ///
    /// # Errors
    /// As any request.
    pub async fn token(&self, name: &str) -> Result<Option<Token>> {
        match self
            .get::<Feed>(&format!("{INPUTS}/{}", segment(name)), &[])
            .await
        {
            Ok(feed) => Ok(feed.entry.first().and_then(Token::read)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a token that may write to one index. That there is one of that name is no error: false is returned, and it is not ours.
    ///
    /// # Errors
    /// As any request.
    pub(crate) async fn create_token(
        &self,
        name: &str,
        index: &str,
        acknowledge: bool,
    ) -> Result<bool> {
        let form = [
            ("name", name),
            ("index", index),
            ("indexes", index),
            ("useACK", if acknowledge { "1" } else { "0" }),
        ];
        match self.post::<Feed>(INPUTS, &form, Repeat::Unless).await {
            // The answer may have been lost: that the token is there is seen when it is read.
            Ok(_) | Err(Error::Broken { .. }) => Ok(true),
            Err(Error::Rejected { status: 409, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes a token.
    ///
    /// # Errors
    /// As any request; that it is gone already is none.
    pub(crate) async fn remove_token(&self, name: &str) -> Result<()> {
        self.delete(&format!("{INPUTS}/{}", segment(name))).await
    }
}

pub(crate) fn usable(token: Token, index: &str) -> Result<Token> {
    if token.may_write(index) {
        return Ok(token);
    }
    Err(Error::Settings(format!(
        "the collector's token `{}` {}; allow it there, or name another token",
        token.name,
        if token.disabled {
            "is disabled".to_owned()
        } else {
            format!("may not write to the index `{index}`")
        }
    )))
}
