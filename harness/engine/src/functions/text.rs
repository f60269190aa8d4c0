//! Text functions: `len`, `lower`, `replace`, `substr`, `trim`, `upper`, `urldecode`, …
//!
//! Splunk, Search Reference, "Text functions". It says of most that they don't support several values, not what they
//! then return: here they take each value by itself.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_plan::Transfer::{PieceOf, Unknown};
use dryfire_plan::fold;

use super::plain::{self, integer, plain_functions, spec, texts};
use super::{Function, Prepared, Spec, json_path, regular};
use crate::env::Cx;
use crate::pattern::Pattern;
use crate::value::Value;

plain_functions! { "Text":
    Unknown, |a, cx| plain::each(one_by_one("len", a.first(), cx), |value| plain::count(value.with_text(|text| text.chars().count()))),
    ("len", 1..=1, "len(<str>)", "How many characters.", "what len() returns for several values is not known",
     [r#"len("déjà")"# => "4", "len(missing)" => ""]);

    PieceOf(0), |a, _| texts(a.first(), lower),
    ("lower", 1..=1, "lower(<str>)", "The text in lower case.", [r#"lower("USERNAME")"# => "username"]);

    PieceOf(0), |a, cx| trimmed("ltrim", a, cx),
    ("ltrim", 1..=2, "ltrim(<str>, <trim_chars>)", "The text without these characters at its beginning; blanks and tabs unless given.",
     "what ltrim() returns for several values is not known", [r#"ltrim(" ZZZZabcZZ ", " Z")"# => "abcZZ "]);

    PieceOf(0), |a, cx| trimmed("rtrim", a, cx),
    ("rtrim", 1..=2, "rtrim(<str>, <trim_chars>)", "The text without these characters at its end; blanks and tabs unless given.",
     "what rtrim() returns for several values is not known", [r#"rtrim("ZabcZZ ", " Z")"# => "Zabc"]);

    Unknown, spath,
    ("spath", 2..=2, "spath(<value>, <path>)", "The values at a path of a JSON text.",
     "only JSON is read; what spath() returns for several values is not known",
     [r#"spath("{\"a\":{\"b\":[1,2]}}", "a.b{}")"# => "1\n2"]);

    PieceOf(0), substr,
    ("substr", 2..=3, "substr(<str>, <start>, <length>)", "The characters from a place on; the first is 1, the last -1.",
     "a start of 0 counts as the place before the first character, as in SQLite; what substr() returns for several values is not known",
     [r#"substr("string", 1, 3)"# => "str", r#"substr("string", -3)"# => "ing", r#"substr("string", 0, 3)"# => "st"]);

    PieceOf(0), |a, cx| trimmed("trim", a, cx),
    ("trim", 1..=2, "trim(<str>, <trim_chars>)", "The text without these characters at both ends; blanks and tabs unless given.",
     "what trim() returns for several values is not known", [r#"trim("  ZZZZabcZZ ", " Z")"# => "abc", r#"trim(" a b ")"# => "a b"]);

    PieceOf(0), |a, _| texts(a.first(), upper),
    ("upper", 1..=1, "upper(<str>)", "The text in upper case.", [r#"upper("username")"# => "USERNAME"]);

    Unknown, |a, cx| texts(one_by_one("urldecode", a.first(), cx), |text| url_decoded(text, cx)),
    ("urldecode", 1..=1, "urldecode(<url>)", "The text with %XX replaced by the bytes they stand for.",
     "a plus sign stays as it is; what urldecode() returns for several values is not known",
     [r#"urldecode("http%3A%2F%2Fwww.splunk.com%2Fdownload%3Fr%3Dheader")"# => "http://www.splunk.com/download?r=header", r#"urldecode("100%")"# => "100%"]);
}

/// The functions that are more than plain.
pub(super) const OTHERS: &[&dyn Function] = &[&Replace];

/// Letter by letter, and never from outside ASCII into it: the prefilter relies on that, and a `ß` stays one letter.
fn lower(text: &str) -> String {
    if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.chars().map(fold).collect()
    }
}

/// As [`lower`].
fn upper(text: &str) -> String {
    text.chars()
        .map(|character| {
            let mut upper = character.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(upper), None) if character.is_ascii() == upper.is_ascii() => upper,
                _ => character,
            }
        })
        .collect()
}

/// An argument that the manual says must not hold several values. It does not say what comes of them; here, each is
/// taken by itself.
fn one_by_one<'v>(function: &str, argument: Option<&'v Value>, cx: &Cx<'_>) -> Option<&'v Value> {
    if matches!(argument, Some(Value::Multi(_))) {
        cx.uncertain(&format!(
            "{function}() of several values is computed for each; Splunk's manual says only that they are not supported"
        ));
    }
    argument
}

fn trimmed(function: &str, arguments: &[Value], cx: &Cx<'_>) -> Value {
    let (start, end) = (function != "rtrim", function != "ltrim");
    let set: Vec<char> = match arguments.get(1) {
        Some(Value::Null) => return Value::Null,
        Some(set) => set.to_text().chars().collect(),
        None => vec![' ', '\t'],
    };
    texts(one_by_one(function, arguments.first(), cx), |text| {
        let text = if start {
            text.trim_start_matches(&set[..])
        } else {
            text
        };
        if end {
            text.trim_end_matches(&set[..])
        } else {
            text
        }
        .to_owned()
    })
}

fn spath(arguments: &[Value], cx: &Cx<'_>) -> Value {
    let Some(path) = arguments.get(1).filter(|path| !path.is_null()) else {
        return Value::Null;
    };
    let Some(path) = path.with_text(json_path::parse) else {
        return Value::Null;
    };
    plain::each(one_by_one("spath", arguments.first(), cx), |value| {
        value.with_text(|text| match serde_json::from_str(text) {
            Ok(json) => {
                Value::multi(
                    json_path::find(&json, &path)
                        .into_iter()
                        .map(|found| match found {
                            // A null reaches a field as these four letters (spath, KV_MODE=json).
                            serde_json::Value::Null => Value::from("null"),
                            found => json_path::value(found),
                        }),
                )
            }
            Err(_) if text.trim_start().starts_with('<') => {
                let message =
                    "the function spath() reads JSON only; the command `spath` reads XML, too";
                cx.fail(Diagnostic::error(&codes::meaning::UNSUPPORTED_FUNCTION, message).into());
                Value::Null
            }
            Err(_) => Value::Null,
        })
    })
}

/// "The indexes follow SQLite semantics; they start at 1": its documentation defines 0 and negative numbers.
fn substr(arguments: &[Value], cx: &Cx<'_>) -> Value {
    let Some(start) = integer(arguments.get(1)) else {
        return Value::Null;
    };
    let length = match arguments.get(2) {
        None => i64::MAX,
        some => match integer(some) {
            Some(length) => length,
            None => return Value::Null,
        },
    };
    texts(one_by_one("substr", arguments.first(), cx), |text| {
        let characters = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        // Places from 0; the place 0 of the arguments lies before the first character.
        let from = match start {
            0 => -1,
            1.. => start - 1,
            _ => characters + start,
        };
        let (from, to) = if length >= 0 {
            (from, from.saturating_add(length))
        } else {
            (from.saturating_add(length), from)
        };
        let (from, to) = (
            usize::try_from(from.max(0)).unwrap_or(0),
            usize::try_from(to.max(0)).unwrap_or(0),
        );
        // Whether 0 stands before the first character or for it shows only where the end cuts something off.
        if start == 0 && length > 0 && length <= characters {
            cx.uncertain(
                "substr() from 0 gives one character less than asked for, as in SQLite; Splunk may take 0 for the first character",
            );
        }
        text.chars()
            .skip(from)
            .take(to.saturating_sub(from))
            .collect()
    })
}

fn url_decoded(text: &str, cx: &Cx<'_>) -> String {
    if text.contains('+') {
        cx.uncertain("urldecode() leaves a plus sign as it is; Splunk may turn it into a blank");
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten();
        let digits = code.filter(|code| code.iter().all(u8::is_ascii_hexdigit));
        match digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

struct Replace;

impl Function for Replace {
    fn spec(&self) -> &'static Spec {
        spec!("Text", "replace", 3..=3, "replace(<str>, <regex>, <replacement>)",
            "The text with every match of the pattern replaced; \\1 to \\9 stand for its groups, \\0 for the whole match.",
            "what replace() returns for several values is not known",
            [r#"replace("1/14/2023", "^(\d{1,2})/(\d{1,2})/", "\2/\1/")"# => "14/1/2023", r#"replace("a-b-c", "-", "")"# => "abc"])
    }

    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        let [_, pattern, _] = arguments else {
            return Value::Null;
        };
        if pattern.is_null() {
            return Value::Null;
        }
        regular::varying("replace", pattern, cx)
            .map_or(Value::Null, |pattern| replaced(arguments, &pattern, cx))
    }

    fn prepare(&self, constants: &[Option<Value>]) -> Result<Option<Arc<dyn Prepared>>, String> {
        let pattern = regular::constant(constants.get(1))?;
        Ok(pattern.map(|pattern| Arc::new(PreparedReplace(pattern)) as Arc<dyn Prepared>))
    }
}

struct PreparedReplace(Pattern);

impl Prepared for PreparedReplace {
    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        replaced(arguments, &self.0, cx)
    }
}

fn replaced(arguments: &[Value], pattern: &Pattern, cx: &Cx<'_>) -> Value {
    let [text, _, replacement] = arguments else {
        return Value::Null;
    };
    if replacement.is_null() {
        return Value::Null;
    }
    let replacement = replacement.to_text();
    texts(one_by_one("replace", Some(text), cx), |text| {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        let edited = pattern.each(text, usize::MAX, |groups| {
            let Some((start, end)) = groups.first().copied().flatten() else {
                return Ok(());
            };
            // An assertion can move the start of a match back behind what was consumed (`\K`).
            if start < done {
                return Ok(());
            }
            if !cx.allows(out.len() + replacement.len()) {
                return Err("the text became too long".to_owned());
            }
            out.push_str(&text[done..start]);
            expand(
                &replacement,
                |group| {
                    groups
                        .get(group)
                        .copied()
                        .flatten()
                        .map_or("", |(from, to)| &text[from..to])
                },
                &mut out,
            );
            done = end;
            Ok(())
        });
        if regular::within_limits("replace", edited, cx).is_none() {
            return String::new();
        }
        out.push_str(&text[done..]);
        out
    })
}

/// A backslash and a digit stand for a group, two backslashes for one; any other backslash stays.
fn expand<'t>(replacement: &str, group: impl Fn(usize) -> &'t str, out: &mut String) {
    let mut rest = replacement;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = match rest.as_bytes().get(at + 1) {
            Some(digit) if digit.is_ascii_digit() => {
                out.push_str(group(usize::from(digit - b'0')));
                &rest[at + 2..]
            }
            Some(b'\\') => {
                out.push('\\');
                &rest[at + 2..]
            }
            _ => {
                out.push('\\');
                &rest[at + 1..]
            }
        };
    }
    out.push_str(rest);
}
