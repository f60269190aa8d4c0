//! A text that no log, report or error can show.

/// A password, a token or a session key. It has neither `Debug` nor `Display`: what holds it can't be printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be put on the wire and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}
