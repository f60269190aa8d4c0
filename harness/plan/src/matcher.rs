//! Comparisons and free terms of search expressions.
//!
//! Splunk, Search Reference, "search": values compare without regard to case, `*` stands for any text, in quotes too;
//! `=` and `!=` compare text (`1` is not `1.0`), `<` and `>` numbers where both sides are numbers; a field that is
//! absent satisfies no comparison, `!=` included.

use std::net::IpAddr;
use std::sync::Arc;

use dryfire_spl::ast::Compare;
use ipnet::IpNet;

use crate::node::Test;

/// A compiled comparison.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// The field is there.
    Exists,
    /// The field is there, and no value can differ: `!=*`.
    Never,
    /// Text that fits.
    Text(Wildcard),
    /// An address within a network, or text that fits.
    Network(IpNet, Wildcard),
    /// Some value does not fit.
    Differs(Box<Matcher>),
    /// A comparison by size.
    Size(Compare, Arc<str>, Option<f64>),
    /// One of many texts without wildcards, folded and sorted.
    AnyOf(Vec<Matcher>),
}

impl Matcher {
    /// Compiles a comparison.
    pub fn new(test: &Test) -> Self {
        match test.op {
            Compare::Eq => Self::equals(&test.value),
            Compare::Ne if &*test.value == "*" => Matcher::Never,
            Compare::Ne => Matcher::Differs(Box::new(Self::equals(&test.value))),
            op => Matcher::Size(op, test.value.clone(), parse_number(&test.value)),
        }
    }

    /// Compiles `IN`.
    pub fn any_of(values: &[Arc<str>]) -> Self {
        Matcher::AnyOf(values.iter().map(|value| Self::equals(value)).collect())
    }

    fn equals(value: &str) -> Self {
        if value == "*" {
            return Matcher::Exists;
        }
        match value
            .contains('/')
            .then(|| value.parse::<IpNet>().ok())
            .flatten()
        {
            Some(network) => Matcher::Network(network, Wildcard::new(value)),
            None => Matcher::Text(Wildcard::new(value)),
        }
    }

    /// Whether a single value satisfies the comparison. Of several values, one is enough; an absent field satisfies none.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Matcher::Exists => true,
            Matcher::Never => false,
            Matcher::Text(wildcard) => wildcard.matches(text),
            Matcher::Network(network, wildcard) => {
                wildcard.matches(text)
                    || text
                        .parse::<IpAddr>()
                        .is_ok_and(|address| network.contains(&address))
            }
            Matcher::Differs(inner) => !inner.matches(text),
            Matcher::AnyOf(choices) => choices.iter().any(|choice| choice.matches(text)),
            Matcher::Size(op, wanted, number) => {
                let order = match (number, parse_number(text)) {
                    (Some(wanted), Some(found)) => found.total_cmp(wanted),
                    _ => text.cmp(wanted),
                };
                match op {
                    Compare::Lt => order.is_lt(),
                    Compare::Le => order.is_le(),
                    Compare::Gt => order.is_gt(),
                    _ => order.is_ge(),
                }
            }
        }
    }
}

/// Text in which `*` stands for anything; case does not count.
#[derive(Debug, Clone)]
pub struct Wildcard {
    /// The folded pieces between the stars.
    pieces: Vec<Box<[char]>>,
}

impl Wildcard {
    /// Compiles a pattern.
    pub fn new(pattern: &str) -> Self {
        Self {
            pieces: pattern
                .split('*')
                .map(|piece| piece.chars().map(fold).collect())
                .collect(),
        }
    }

    /// Whether the whole text fits.
    pub fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.pieces.split_first() else {
            return false;
        };
        let Some(mut left) = strip_prefix(text, first) else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return left.is_empty();
        };
        for piece in middle {
            match find(left, piece) {
                Some(end) => left = &left[end..],
                None => return false,
            }
        }
        ends_with(left, last)
    }
}

/// One letter case for comparisons. A letter outside ASCII never folds to one inside, so that a prefilter over raw
/// bytes can trust ASCII literals.
pub fn fold(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    let mut lower = character.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(folded), None) if !folded.is_ascii() => folded,
        _ => character,
    }
}

/// Whether two texts are the same but for letter case.
pub fn same_folded(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a.chars().map(fold).eq(b.chars().map(fold))
}

/// The text after a folded prefix.
fn strip_prefix<'a>(text: &'a str, prefix: &[char]) -> Option<&'a str> {
    let mut rest = text.chars();
    for wanted in prefix {
        if fold(rest.next()?) != *wanted {
            return None;
        }
    }
    Some(rest.as_str())
}

fn ends_with(text: &str, suffix: &[char]) -> bool {
    let mut rest = text.chars().rev();
    suffix
        .iter()
        .rev()
        .all(|wanted| rest.next().map(fold) == Some(*wanted))
}

/// The byte after the first occurrence of a folded piece.
fn find(text: &str, piece: &[char]) -> Option<usize> {
    let Some(first) = piece.first() else {
        return Some(0);
    };
    if first.is_ascii() {
        let (lower, upper) = (*first as u8, first.to_ascii_uppercase() as u8);
        return memchr::memchr2_iter(lower, upper, text.as_bytes())
            .find_map(|at| strip_prefix(&text[at..], piece).map(|rest| text.len() - rest.len()));
    }
    text.char_indices()
        .find_map(|(at, _)| strip_prefix(&text[at..], piece).map(|rest| text.len() - rest.len()))
}

/// A word or phrase that must stand in the raw event.
#[derive(Debug, Clone)]
pub struct TermMatcher {
    pieces: Vec<Box<[char]>>,
    case: bool,
    term: bool,
    open_start: bool,
    open_end: bool,
}

impl TermMatcher {
    /// Compiles a term; `*` at an edge lets the word go on there.
    pub fn new(text: &str, case: bool, term: bool) -> Self {
        let one_case = |character: char| if case { character } else { fold(character) };
        Self {
            pieces: text
                .split('*')
                .filter(|piece| !piece.is_empty())
                .map(|piece| piece.chars().map(one_case).collect())
                .collect(),
            case,
            term,
            open_start: text.starts_with('*'),
            open_end: text.ends_with('*'),
        }
    }

    /// Whether the term stands in the text, bounded by breakers.
    pub fn matches(&self, raw: &str) -> bool {
        let Some((first, rest)) = self.pieces.split_first() else {
            return true;
        };
        let mut from = 0;
        while let Some((start, mut end)) = self.find(raw, from, first) {
            from = start + raw[start..].chars().next().map_or(1, char::len_utf8);
            if !self.open_start && !self.starts_clean(raw, start) {
                continue;
            }
            let complete = rest.iter().all(|piece| match self.find(raw, end, piece) {
                // A wildcard stays within one token: no white space in between.
                Some((at, next)) if !raw[end..at].contains(char::is_whitespace) => {
                    end = next;
                    true
                }
                _ => false,
            });
            if complete && (self.open_end || self.ends_clean(raw, end)) {
                return true;
            }
        }
        false
    }

    fn find(&self, raw: &str, from: usize, piece: &[char]) -> Option<(usize, usize)> {
        if self.case {
            let text: String = piece.iter().collect();
            return raw
                .get(from..)?
                .find(&text)
                .map(|at| (from + at, from + at + text.len()));
        }
        let width = |end: usize| {
            let mut start = end;
            for character in raw[..end].chars().rev().take(piece.len()) {
                start -= character.len_utf8();
            }
            (start, end)
        };
        find(raw.get(from..)?, piece).map(|end| width(from + end))
    }

    fn starts_clean(&self, raw: &str, at: usize) -> bool {
        self.clean(raw[..at].chars().next_back(), raw[at..].chars().next())
    }

    fn ends_clean(&self, raw: &str, at: usize) -> bool {
        self.clean(raw[at..].chars().next(), raw[..at].chars().next_back())
    }

    /// Whether a token can end between `inside` and its neighbour `outside`.
    fn clean(&self, outside: Option<char>, inside: Option<char>) -> bool {
        let Some(outside) = outside else { return true };
        if self.term {
            return is_major_breaker(outside);
        }
        !(outside.is_alphanumeric() && inside.is_some_and(char::is_alphanumeric))
    }
}

/// Splunk's major breakers (segmenters.conf).
pub fn is_major_breaker(character: char) -> bool {
    character.is_whitespace() || "[]<>(){}|!;,'\"*&?+".contains(character)
}

/// The number that text spells, in the way Splunk accepts: digits, a sign, a point, an exponent, no blanks.
pub fn parse_number(text: &str) -> Option<f64> {
    let first = *text.as_bytes().first()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return None;
    }
    // `f64::from_str` also takes "-inf" and "-nan": refuse letters other than the exponent's.
    if text
        .bytes()
        .any(|byte| byte.is_ascii_alphabetic() && byte != b'e' && byte != b'E')
    {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(op: Compare, wanted: &str, found: &str) -> bool {
        Matcher::new(&Test {
            op,
            value: wanted.into(),
        })
        .matches(found)
    }

    #[test]
    fn comparisons_of_a_search_expression() {
        assert!(check(Compare::Eq, "CMD.exe", "cmd.EXE"));
        assert!(check(Compare::Eq, "*\\temp\\*.exe", "C:\\Temp\\a.exe"));
        assert!(!check(Compare::Eq, "*a", "ab"));
        assert!(!check(Compare::Eq, "1", "1.0"));
        assert!(check(Compare::Gt, "9", "10"));
        assert!(!check(Compare::Gt, "9", "abc") || "abc" > "9");
        assert!(check(Compare::Eq, "10.0.0.0/8", "10.1.2.3"));
        assert!(check(Compare::Ne, "a", "b") && !check(Compare::Ne, "a", "A"));
    }

    #[test]
    fn terms_are_whole_tokens() {
        let raw = "user=bob action=\"Delete_Role\" path=/etc/shadow";
        for (term, found) in [
            ("bob", true),
            ("bo", false),
            ("bo*", true),
            ("*ob", true),
            ("delete", true),
            ("role", true),
            ("etc/shadow", true),
            ("hado", false),
        ] {
            assert_eq!(
                TermMatcher::new(term, false, false).matches(raw),
                found,
                "{term}"
            );
        }
        assert!(!TermMatcher::new("Role", false, true).matches(raw));
        assert!(!TermMatcher::new("BOB", true, false).matches(raw));
    }

    #[test]
    fn text_counts_as_a_number_only_where_it_spells_one() {
        for (text, number) in [
            ("12", Some(12.0)),
            ("-1.5", Some(-1.5)),
            ("1e3", Some(1000.0)),
            ("0x10", None),
            ("inf", None),
            ("-inf", None),
            (" 1", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(parse_number(text), number, "{text:?}");
        }
    }
}
