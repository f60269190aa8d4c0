//! Replies.

use std::fmt::Write;

/// A reply.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) body: Vec<u8>,
    /// Whether the connection can't be used again, because part of the request was not read.
    pub(crate) closes: bool,
    /// Further headers.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Reply {
    fn new(status: u16, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            kind,
            body: body.into(),
            closes: false,
            headers: Vec::new(),
        }
    }

    /// XML.
    pub(crate) fn xml(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "text/xml; charset=UTF-8", body)
    }

    /// JSON on one line: the readers of Splunk's SDK split at newlines.
    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(
            status,
            "application/json; charset=UTF-8",
            body.to_string().into_bytes(),
        )
    }

    /// Lines of JSON that are written already.
    pub(crate) fn json_lines(body: String) -> Self {
        Self::new(200, "application/json; charset=UTF-8", body)
    }

    /// Text.
    pub(crate) fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "text/plain; charset=UTF-8", body)
    }

    /// Rows with commas.
    pub(crate) fn csv(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "text/csv; charset=UTF-8", body)
    }

    /// Nothing, yet.
    pub(crate) fn no_content() -> Self {
        Self::new(204, "text/plain; charset=UTF-8", Vec::new())
    }

    /// The same with the end of the connection.
    pub(crate) fn closing(mut self) -> Self {
        self.closes = true;
        self
    }
}

/// Text for XML: what XML can't hold is left out.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' => out.push(character),
            // Written so that a reader does not make a newline of it.
            '\r' => {
                let _ = write!(out, "&#13;");
            }
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
    out
}
