//! `key=value` pairs: `KV_MODE = auto`. The first pair of a name wins; keys are cleaned.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::env::Limits;

/// Reads the wanted fields of one event; whether a limit kept some of it from being read.
pub(super) fn read(
    event: &str,
    wanted: &[Arc<str>],
    found: &mut [Vec<String>],
    limits: &Limits,
) -> bool {
    walk(event, limits, &mut |key, value| {
        if let Some(place) = wanted.iter().position(|name| **name == *key)
            && found[place].is_empty()
        {
            found[place].push(value.to_owned());
        }
    })
}

/// A value in which `\"` and `\\` lose their backslash (props.conf.spec, `KV_MODE = auto_escaped`).
pub(super) fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        let escaped = letters.next_if(|next| letter == '\\' && matches!(next, '"' | '\\'));
        out.push(escaped.unwrap_or(letter));
    }
    out
}

/// The names that one event has.
pub(super) fn names(event: &str, names: &mut IndexSet<String>, limits: &Limits) {
    walk(event, limits, &mut |key, _| {
        names.insert(key.to_owned());
    });
}

/// The first pair beyond the limits that is wanted, with no pair of its name before it.
pub(super) fn beyond(
    event: &str,
    limits: &Limits,
    wanted: impl Fn(&str) -> bool,
) -> Option<String> {
    let long = event.len() > limits.kv_characters;
    if !long && memchr::memchr_iter(b'=', event.as_bytes()).count() <= limits.kv_fields {
        return None;
    }
    let mut before = IndexSet::new();
    if !walk(event, limits, &mut |key, _| {
        before.insert(key.to_owned());
    }) {
        return None;
    }
    let all = Limits {
        kv_characters: usize::MAX,
        kv_fields: usize::MAX,
        ..limits.clone()
    };
    let mut found = None;
    walk(event, &all, &mut |key, _| {
        if found.is_none() && !before.contains(key) && wanted(key) {
            found = Some(key.to_owned());
        }
    });
    found
}

/// Gives the pairs as far as the limits go; whether they left some out.
fn walk(event: &str, limits: &Limits, give: &mut dyn FnMut(&str, &str)) -> bool {
    let length = event.len();
    let mut limit = length.min(limits.kv_characters);
    while !event.is_char_boundary(limit) {
        limit -= 1;
    }
    let event = &event[..limit];
    let mut at = 0;
    for _ in 0..limits.kv_fields {
        let Some(equals) = event[at..].find('=').map(|found| at + found) else {
            return limit < length;
        };
        let key_start = event[at..equals]
            .rfind(|c: char| !is_key(c))
            .map_or(at, |found| {
                at + found + event[at + found..].chars().next().map_or(1, char::len_utf8)
            });
        let key = clean(&event[key_start..equals]);
        let rest = &event[equals + 1..];
        let (value, used) = match rest.chars().next() {
            // `msg='op=login acct="bob"'`: what is quoted are pairs of their own.
            Some('\'')
                if rest[1..]
                    .split('\'')
                    .next()
                    .is_some_and(|inner| inner.contains('=')) =>
            {
                ("", 1)
            }
            Some(quote @ ('"' | '\'')) => match closing(&rest[1..], quote) {
                Some(end) => (&rest[1..=end], end + 2),
                None => (&rest[1..], rest.len()),
            },
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || ",;|&)'\"}]\u{1d}".contains(c))
                    .unwrap_or(rest.len());
                (&rest[..end], end)
            }
        };
        if !key.is_empty() && !value.is_empty() {
            give(&key, value);
        }
        at = equals + 1 + used;
    }
    limit < length || event[at..].contains('=')
}

/// Where a quoted value ends; a backslash takes the quote's meaning away.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            found if found == quote => return Some(at),
            _ => {}
        }
    }
    None
}

fn is_key(character: char) -> bool {
    character.is_alphanumeric() || "_.-:{}@/".contains(character)
}

/// Splunk's key cleaning: other characters become `_`, leading `_` and digits go.
fn clean(key: &str) -> String {
    let cleaned: String = key
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '_'
            }
        })
        .collect();
    cleaned
        .trim_start_matches(|c: char| c == '_' || c.is_ascii_digit())
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_with_and_without_quotes() {
        let mut found = Vec::new();
        walk(
            r#"type=EXECVE msg=audit(1:2): a0="ls \"x\"" b.c=1,d=2 d=3"#,
            &Limits::default(),
            &mut |key, value| found.push(format!("{key}:{value}")),
        );
        assert_eq!(
            found,
            [
                "type:EXECVE",
                "msg:audit(1:2",
                r#"a0:ls \"x\""#,
                "b_c:1",
                "d:2",
                "d:3"
            ]
        );
    }

    #[test]
    fn pairs_within_single_quotes() {
        let mut found = Vec::new();
        walk(
            r#"msg=audit(1:2): pid=1 msg='op=add user acct="bob" res=success'UID="root" x='a b'"#,
            &Limits::default(),
            &mut |key, value| found.push(format!("{key}:{value}")),
        );
        assert_eq!(
            found,
            [
                "msg:audit(1:2",
                "pid:1",
                "op:add",
                "acct:bob",
                "res:success",
                "UID:root",
                "x:a b"
            ]
        );
    }
}
