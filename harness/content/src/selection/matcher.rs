//! What a predicate's argument matches: a glob, `=exact`, `~contains`, `/expression/`. Letter case counts in expressions only.

use regex::Regex;

/// What a text is compared with.
#[derive(Debug, Clone)]
pub(super) enum Matcher {
    /// `=text`: this text.
    Equals(String),
    /// `~text`: a part of it.
    Contains(String),
    /// `te*`: `*` stands for any characters, `?` for one. A text without them is itself.
    Glob(Vec<char>),
    /// `/te.t/`: found somewhere in it.
    Regex(Regex),
}

impl Matcher {
    pub(super) fn equals(text: &str) -> Self {
        Self::Equals(text.to_lowercase())
    }

    pub(super) fn contains(text: &str) -> Self {
        Self::Contains(text.to_lowercase())
    }

    pub(super) fn glob(text: &str) -> Self {
        Self::Glob(text.to_lowercase().chars().collect())
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Equals(wanted) => text.to_lowercase() == *wanted,
            Self::Contains(part) => text.to_lowercase().contains(part),
            Self::Glob(pattern) => {
                let text: Vec<char> = text.to_lowercase().chars().collect();
                glob(pattern, &text)
            }
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// Goes back to the last star only: never slower than the product of the lengths.
fn glob(pattern: &[char], text: &[char]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[read] => {
                at += 1;
                read += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    at = after + 1;
                    read = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_matches_the_whole_text() {
        for (pattern, text, expected) in [
            ("win*", "Windows", true),
            ("win", "windows", false),
            ("*a*b*c", "xxaxxbbxxc", true),
            ("*a*b*c", "xxaxxbbxxcd", false),
            ("t1003.00?", "T1003.001", true),
            ("t1003.00?", "T1003.0011", false),
            ("", "", true),
            ("*", "", true),
            ("Ä*", "äpfel", true),
        ] {
            assert_eq!(
                Matcher::glob(pattern).matches(text),
                expected,
                "{pattern} {text}"
            );
        }
    }
}
