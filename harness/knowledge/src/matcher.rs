//! When a stanza of `props.conf` holds: names, patterns, ranks.

use std::sync::Arc;

use pcre2::bytes::{Regex, RegexBuilder};

use crate::props::Meta;

/// What a stanza's name matches; the order is that of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Default,
    Sourcetype,
    Host,
    Source,
}

/// When a stanza holds.
#[derive(Debug)]
pub(crate) struct Matcher {
    /// The whole name.
    pub(crate) stanza: Arc<str>,
    /// What it matches.
    pub(crate) kind: Kind,
    /// The name without its prefix.
    text: Box<str>,
    pattern: Option<Regex>,
    /// `priority`.
    pub(crate) priority: Option<i64>,
}

impl Matcher {
    /// Whether the stanza holds for the event, as its rank among stanzas of its kind.
    pub(crate) fn rank(&self, meta: &Meta<'_>) -> Option<i64> {
        let (value, literal) = match self.kind {
            Kind::Default => return Some(0),
            Kind::Sourcetype => (meta.sourcetype, meta.sourcetype == &*self.text),
            Kind::Host => (meta.host, meta.host.eq_ignore_ascii_case(&self.text)),
            Kind::Source => (meta.source, meta.source == &*self.text),
        };
        // A pattern that can't be judged (match limit) does not hold.
        let matches = || {
            self.pattern
                .as_ref()
                .is_some_and(|regex| regex.is_match(value.as_bytes()).unwrap_or(false))
        };
        match (literal, &self.pattern) {
            (true, _) => Some(self.priority.unwrap_or(100)),
            (false, Some(_)) if matches() => Some(self.priority.unwrap_or(0)),
            _ => None,
        }
    }
}

/// How add-ons write a sourcetype stanza that is a pattern: the group matches nothing, but it is no plain name.
const SOURCETYPE_PATTERN: &str = "(?::){0}";

/// Reads a stanza's name; none for stanzas without effect here.
pub(crate) fn matcher(name: &Arc<str>) -> Result<Option<Matcher>, pcre2::Error> {
    let of = |kind, text: &str, pattern| {
        Ok(Some(Matcher {
            stanza: name.clone(),
            kind,
            text: text.into(),
            pattern,
            priority: None,
        }))
    };
    if name.as_ref() == "default" {
        of(Kind::Default, "", None)
    } else if let Some(text) = name.strip_prefix("source::") {
        of(Kind::Source, text, pattern(text, false)?)
    } else if let Some(text) = name.strip_prefix("host::") {
        of(Kind::Host, text, pattern(text, true)?)
    } else if name.starts_with("rule::") || name.starts_with("delayedrule::") {
        Ok(None)
    } else if name.contains(SOURCETYPE_PATTERN) {
        let text = name.replace(SOURCETYPE_PATTERN, "");
        let regex = compile(&translate(&text), false)?;
        of(Kind::Sourcetype, name, Some(regex))
    } else {
        of(Kind::Sourcetype, name, None)
    }
}

/// The pattern in a `source::` or `host::` name; none for a plain name.
fn pattern(text: &str, any_case: bool) -> Result<Option<Regex>, pcre2::Error> {
    let plain = !text.contains("...")
        && !text.contains([
            '*', '|', '(', ')', '[', ']', '{', '}', '?', '+', '^', '$', '\\',
        ]);
    if plain {
        Ok(None)
    } else {
        compile(&translate(text), any_case).map(Some)
    }
}

fn compile(regex: &str, any_case: bool) -> Result<Regex, pcre2::Error> {
    RegexBuilder::new()
        .utf(true)
        .dotall(true)
        .caseless(any_case)
        .build(regex)
}

/// Splunk's pattern as a regular expression over the whole value: `...` is any text, `*` any text without a path
/// separator, `.` is itself, the rest is PCRE.
fn translate(text: &str) -> String {
    let mut regex = String::from("\\A(?:");
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = if rest.starts_with("...") {
            regex.push_str(".*");
            3
        } else if next == '*' {
            regex.push_str("[^/\\\\]*");
            1
        } else if next == '.' {
            regex.push_str("\\.");
            1
        } else if next == '\\' {
            let escaped = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            regex.push_str(&rest[..escaped]);
            escaped
        } else {
            regex.push(next);
            next.len_utf8()
        };
        rest = &rest[length..];
    }
    regex.push_str(")\\z");
    regex
}
