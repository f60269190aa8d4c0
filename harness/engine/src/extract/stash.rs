//! The text of summary, risk and notable events: `DRYFIRE_FORMAT = stash`.
//!
//! Pairs are parted by commas and keys from values by the first `=`; a value may stand in double quotes, in which a comma
//! parts nothing and a backslash takes the meaning of the next character away. Keys keep their dots, a key that comes
//! again adds a value, and a piece without `=`, such as the time at the beginning, gives nothing. These are the settings
//! of Splunk's own `[stash_extract]` (system/default/transforms.conf: MV_ADD, no CLEAN_KEYS); that escapes are resolved
//! in delimiter extractions is not documented.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexSet;

/// Reads the wanted fields of one event.
pub(super) fn read(event: &str, wanted: &[Arc<str>], found: &mut [Vec<String>]) {
    for (key, value) in pairs(event) {
        let place = wanted.iter().position(|name| **name == *key);
        if let Some(values) = place.and_then(|place| found.get_mut(place)) {
            values.push(value.into_owned());
        }
    }
}

/// The names that one event has.
pub(super) fn names(event: &str, names: &mut IndexSet<String>) {
    for (key, _) in pairs(event) {
        if !names.contains(key) {
            names.insert(key.to_owned());
        }
    }
}

fn pairs(event: &str) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    let mut rest = event;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(piece_end(rest));
            rest = after.strip_prefix(',').unwrap_or(after);
            if let Some((key, value)) = piece.split_once('=') {
                let (key, value) = (key.trim(), unquoted(value.trim()));
                // KEEP_EMPTY_VALS is off.
                if !key.is_empty() && !value.is_empty() {
                    return Some((key, value));
                }
            }
        }
        None
    })
}

/// Where the comma stands that ends the first piece. Quotes count only where a value begins with one.
fn piece_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    let (mut quoted, mut value_begins) = (false, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quoted => at += 1,
            b'"' if quoted => quoted = false,
            b'"' if value_begins => quoted = true,
            b',' if !quoted => return at,
            _ => {}
        }
        value_begins = *byte == b'=' || (value_begins && byte.is_ascii_whitespace());
        at += 1;
    }
    text.len()
}

fn unquoted(value: &str) -> Cow<'_, str> {
    let Some(inner) = value.strip_prefix('"') else {
        return Cow::Borrowed(value);
    };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match (character, characters.clone().next()) {
            ('\\', Some(next @ ('"' | '\\'))) => {
                text.push(next);
                characters.next();
            }
            _ => text.push(character),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_with_quotes_escapes_dots_and_repeated_keys() {
        let event = r#"1700000000.5, search_name="ESCU - A, B=C - Rule", a.b="x", a.b="y, z", path="C:\\x \"y\", z", empty="", n=7, odd = "q" , last="open"#;
        let found: Vec<String> = pairs(event)
            .map(|(key, value)| format!("{key}:{value}"))
            .collect();
        assert_eq!(
            found,
            [
                "search_name:ESCU - A, B=C - Rule",
                "a.b:x",
                "a.b:y, z",
                r#"path:C:\x "y", z"#,
                "n:7",
                "odd:q",
                "last:open"
            ]
        );
    }

    #[test]
    fn text_out_of_shape_gives_what_it_can() {
        for (event, expected) in [
            ("", ""),
            (",,=,", ""),
            ("a=1=2,\"b=3", "a:1=2;\"b:3"),
            ("é=\"\\", "é:\\"),
            ("x=\"a\\\\\",y=1", "x:a\\;y:1"),
        ] {
            let found: Vec<String> = pairs(event)
                .map(|(key, value)| format!("{key}:{value}"))
                .collect();
            assert_eq!(found.join(";"), expected, "{event}");
        }
    }
}
