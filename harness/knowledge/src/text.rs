//! Small readers that several kinds of settings share: truth values, lists, quoted words.

use std::borrow::Cow;

/// A truth value as Splunk accepts it, in any letter case.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "t" | "yes" | "y" | "on" | "enabled" => Some(true),
        "0" | "false" | "f" | "no" | "n" | "off" | "disabled" => Some(false),
        _ => None,
    }
}

/// A word of a list, and whether it was quoted (a quoted `AS` is a field, not a keyword).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// The word without its quotes.
    pub(crate) text: String,
    /// Whether it stood in quotes.
    pub(crate) quoted: bool,
}

impl Word {
    /// Whether it is this keyword, in any letter case.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(keyword)
    }
}

/// Splits at blanks and commas; double quotes hold a word together.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&next) = chars.peek() {
        if next.is_whitespace() || next == ',' {
            chars.next();
        } else if next == '"' {
            chars.next();
            words.push(Word {
                text: quoted(&mut chars),
                quoted: true,
            });
        } else {
            let mut word = String::new();
            while let Some(&next) = chars.peek() {
                if next.is_whitespace() || next == ',' {
                    break;
                }
                word.push(next);
                chars.next();
            }
            words.push(Word {
                text: word,
                quoted: false,
            });
        }
    }
    words
}

/// The rest of a quoted word, after its opening quote. A missing closing quote ends with the text.
fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut word = String::new();
    while let Some(next) = chars.next() {
        match next {
            '"' => break,
            '\\' => match chars.next() {
                Some('t') => word.push('\t'),
                Some('n') => word.push('\n'),
                Some('r') => word.push('\r'),
                Some(other @ ('"' | '\\')) => word.push(other),
                Some(other) => word.extend(['\\', other]),
                None => word.push('\\'),
            },
            other => word.push(other),
        }
    }
    word
}

/// Splits at commas and trims; quotes around an item fall away, empty items too.
pub(crate) fn comma_list(text: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut item = String::new();
    let mut in_quotes = false;
    for next in text.chars() {
        match next {
            '"' => in_quotes = !in_quotes,
            ',' if !in_quotes => items.push(std::mem::take(&mut item)),
            other => item.push(other),
        }
    }
    items.push(item);
    items
        .iter()
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}

/// Decodes `%3A` and the like; what is not a valid escape stays.
pub(crate) fn url_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes
            .get(at + 1..at + 3)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        let code = code.filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match code.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_values() {
        for text in ["1", "true", "TRUE", "True", "yes", " t "] {
            assert_eq!(parse_bool(text), Some(true), "{text}");
        }
        for text in ["0", "false", "False", "no"] {
            assert_eq!(parse_bool(text), Some(false), "{text}");
        }
        assert_eq!(parse_bool("maybe"), None);
    }

    #[test]
    fn words_and_lists() {
        let texts: Vec<_> = words(r#"a AS b, "c d" as e,f"#)
            .into_iter()
            .map(|word| word.text)
            .collect();
        assert_eq!(texts, ["a", "AS", "b", "c d", "as", "e", "f"]);
        assert_eq!(words(r#""\t","=""#)[0].text, "\t");
        assert_eq!(comma_list(r#" a , "b,c",, d"#), ["a", "b,c", "d"]);
        assert!(!words("\"as\"")[0].is("as"));
    }

    #[test]
    fn url_escapes() {
        assert_eq!(url_decode("win%3Alocal"), "win:local");
        assert_eq!(url_decode("100%"), "100%");
        assert_eq!(url_decode("%zz%2"), "%zz%2");
        assert_eq!(url_decode("%+1x"), "%+1x");
        assert_eq!(url_decode("%C3%BC"), "ü");
    }
}
