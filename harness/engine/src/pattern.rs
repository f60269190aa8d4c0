//! Regular expressions as Splunk has them: PCRE. A failed match is told apart from a match that failed.

use std::sync::{Arc, OnceLock};

use memchr::memmem::Finder;
use pcre2::bytes::{Regex, RegexBuilder};

/// Splunk's default `match_limit` (limits.conf `[rex]`, props.conf `MATCH_LIMIT`).
const MATCH_LIMIT: u32 = 100_000;
/// Splunk's default `depth_limit`. It has no effect on patterns that are compiled to machine code.
const DEPTH_LIMIT: u32 = 1_000;

/// From this length on, all matches of a text are looked for without the check that it is UTF-8, if it is ASCII.
const LONG: usize = 4096;
/// How many bytes may be checked to find all matches of one text: PCRE checks the rest of the text again for each.
const MOST_CHECKED: usize = 8 << 30;

/// A compiled pattern. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    regex: Arc<Regex>,
    /// The same for ASCII, made when it is wanted; none where the pattern means something else then.
    ascii: Arc<OnceLock<Option<Regex>>>,
    limited: Arc<str>,
    groups: Arc<[Option<Arc<str>>]>,
    /// Text that every match begins with: where it is missing, PCRE is not asked.
    start: Option<Arc<Finder<'static>>>,
}

/// The places of the groups of one match; group 0 is the whole.
pub(crate) type Groups = Vec<Option<(usize, usize)>>;

impl Pattern {
    /// Compiles a pattern with Splunk's default limit; the error is PCRE's words.
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        Self::limited(pattern, MATCH_LIMIT, DEPTH_LIMIT)
    }

    /// The same where a match may take so many steps.
    pub(crate) fn within(steps: usize, pattern: &str) -> Result<Self, String> {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        Self::limited(pattern, steps, DEPTH_LIMIT)
    }

    /// The same with the limits of a configuration: `MATCH_LIMIT` and `DEPTH_LIMIT`.
    pub(crate) fn limited(pattern: &str, matches: u32, depth: u32) -> Result<Self, String> {
        let limited = format!("(*LIMIT_MATCH={matches})(*LIMIT_DEPTH={depth}){pattern}");
        let regex = build(&limited, true)?;
        let groups = regex
            .capture_names()
            .iter()
            .map(|name| name.as_deref().map(Arc::from))
            .collect();
        let start = literal_start(pattern).map(|start| Arc::new(Finder::new(start).into_owned()));
        Ok(Self {
            regex: Arc::new(regex),
            ascii: Arc::default(),
            limited: limited.into(),
            groups,
            start,
        })
    }

    /// The names of the groups, by number; group 0 first.
    pub(crate) fn group_names(&self) -> &[Option<Arc<str>>] {
        &self.groups
    }

    /// Whether the pattern matches anywhere. The error is a limit that was hit.
    pub(crate) fn is_match(&self, text: &str) -> Result<bool, String> {
        if !self.may_match(text, 0) {
            return Ok(false);
        }
        self.regex
            .is_match(text.as_bytes())
            .map_err(|error| error.to_string())
    }

    /// The first match at or after a byte.
    pub(crate) fn groups_at(&self, text: &str, start: usize) -> Result<Option<Groups>, String> {
        self.groups_by(&self.regex, text, start)
    }

    fn groups_by(&self, regex: &Regex, text: &str, start: usize) -> Result<Option<Groups>, String> {
        if !self.may_match(text, start) {
            return Ok(None);
        }
        let mut locations = regex.capture_locations();
        let found = regex
            .captures_read_at(&mut locations, text.as_bytes(), start)
            .map_err(|error| error.to_string())?;
        Ok(found.map(|_| {
            (0..self.groups.len())
                .map(|group| locations.get(group))
                .collect()
        }))
    }

    /// The pattern for a text without other letters than ASCII's.
    fn for_ascii(&self) -> Option<&Regex> {
        let made = || {
            self.limited
                .is_ascii()
                .then(|| build(&self.limited, false).ok())?
        };
        self.ascii.get_or_init(made).as_ref()
    }

    fn may_match(&self, text: &str, start: usize) -> bool {
        let rest = text.as_bytes().get(start..).unwrap_or_default();
        self.start
            .as_ref()
            .is_none_or(|literal| literal.find(rest).is_some())
    }

    /// All matches from left to right, at most `limit`; an empty match moves on by one character.
    pub(crate) fn all(&self, text: &str, limit: usize) -> Result<Vec<Groups>, String> {
        let mut found = Vec::new();
        self.each(text, limit, |groups| {
            found.push(groups);
            Ok(())
        })?;
        Ok(found)
    }

    /// Hands over the matches of [`Pattern::all`] one by one. The taker's error ends it.
    pub(crate) fn each(
        &self,
        text: &str,
        limit: usize,
        mut take: impl FnMut(Groups) -> Result<(), String>,
    ) -> Result<(), String> {
        let quick = (text.len() >= LONG && text.is_ascii())
            .then(|| self.for_ascii())
            .flatten();
        let regex = quick.unwrap_or(&self.regex);
        let (mut at, mut count, mut checked) = (0, 0, 0_usize);
        while count < limit && at <= text.len() {
            if quick.is_none() {
                checked = checked.saturating_add(text.len() - at);
                if checked > MOST_CHECKED {
                    return Err("the text is too long for so many matches".to_owned());
                }
            }
            let Some(groups) = self.groups_by(regex, text, at)? else {
                break;
            };
            let Some((start, end)) = groups.first().copied().flatten() else {
                break;
            };
            at = if end > start {
                end
            } else {
                next_char(text, end)
            };
            count += 1;
            take(groups)?;
        }
        Ok(())
    }
}

fn build(pattern: &str, utf: bool) -> Result<Regex, String> {
    RegexBuilder::new()
        .utf(utf)
        .jit_if_available(true)
        .build(pattern)
        .map_err(|error| reason(&error.to_string()))
}

/// The literal text that a pattern begins with, if it is of use: three bytes or more, letter case counting, in a pattern
/// without alternatives.
fn literal_start(pattern: &str) -> Option<&str> {
    let rest = pattern
        .strip_prefix("(?ms)")
        .or_else(|| pattern.strip_prefix("(?s)"))
        .unwrap_or(pattern);
    if rest.contains('|') || rest.contains("(?i") || rest.contains("(?x") || rest.contains("(?-") {
        return None;
    }
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" <>=_:;,'\"/@%&!~-".contains(byte);
    let mut length = rest
        .as_bytes()
        .iter()
        .take_while(|byte| plain(byte))
        .count();
    // A quantifier may take the last character away.
    if matches!(rest.as_bytes().get(length), Some(b'?' | b'*' | b'{')) {
        length = length.saturating_sub(1);
    }
    (length >= 3).then(|| &rest[..length])
}

/// The place after the character at `at`.
fn next_char(text: &str, at: usize) -> usize {
    text.get(at..)
        .and_then(|rest| rest.chars().next())
        .map_or(at + 1, |character| at + character.len_utf8())
}

/// Why a pattern is not valid, without the offset: that counts what was put before the pattern.
fn reason(error: &str) -> String {
    error
        .rsplit_once(": ")
        .map_or(error, |(_, reason)| reason)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_pcre() {
        // A word edge in other engines, a literal here (crates.md §3).
        assert!(
            Pattern::new(r"\<(?<u>.+)\>")
                .unwrap()
                .is_match("a <b> c")
                .unwrap()
        );
        assert!(Pattern::new("{.+}").unwrap().is_match("{x}").unwrap());
        assert!(Pattern::new("(").is_err());
    }

    #[test]
    fn the_literal_start_is_only_what_every_match_has() {
        for (pattern, start) in [
            ("(?ms)<LogFile[^>]*>", Some("<LogFile")),
            ("abcd?e", Some("abc")),
            ("abc|def", None),
            ("(?i)abcd", None),
            (r"ab\d", None),
            ("(abc)d", None),
        ] {
            assert_eq!(literal_start(pattern), start, "{pattern}");
        }
        assert!(Pattern::new("abcd?e").unwrap().is_match("xabce").unwrap());
        assert!(!Pattern::new("abcd?e").unwrap().is_match("xabe").unwrap());
    }

    #[test]
    fn a_limit_is_an_error_and_no_miss() {
        let pattern = Pattern::new("(a+)+$").unwrap();
        assert!(pattern.is_match(&format!("{}b", "a".repeat(40))).is_err());
    }

    /// Without the quick way for ASCII this takes minutes, with it no time; the matches are the same.
    #[test]
    fn many_matches_of_a_long_text() {
        for pattern in ["a", r"(?i)A\b|a", r"(?<=a)(a)|\Ba", "[^b]"] {
            let pattern = Pattern::new(pattern).unwrap();
            let long = "aab ".repeat(3_000);
            let mut other = long.clone();
            other.push('é');
            let (quick, slow) = (
                pattern.all(&long, usize::MAX).unwrap(),
                pattern.all(&other, quick_count(&pattern, &long)).unwrap(),
            );
            assert_eq!(quick, slow);
        }
        let text = "a".repeat(2 << 20);
        let all = Pattern::new("a").unwrap().all(&text, usize::MAX);
        assert_eq!(all.unwrap().len(), text.len());
    }

    fn quick_count(pattern: &Pattern, text: &str) -> usize {
        pattern.all(text, usize::MAX).unwrap().len()
    }

    #[test]
    fn empty_matches_move_on() {
        assert_eq!(Pattern::new("x*").unwrap().all("aé", 10).unwrap().len(), 3);
    }
}
