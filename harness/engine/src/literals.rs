//! Finding any of some texts in raw events, whatever their ASCII letter case, at the speed of memory.
//!
//! Of each text the three bytes that are rarest in logs are looked for in all their letter cases by one vectorised
//! search; only where they stand is the whole text compared. A regular expression over the whole texts took twice as
//! long on 1 GB of Sysmon events: it has to look for so many spellings that most of its candidates are false.

use aho_corasick::packed::{Config, MatchKind, Searcher};
use regex::bytes::{Regex, RegexBuilder};

/// How many bytes of a text are looked for.
const WINDOW: usize = 3;
/// More spellings than that slow the vectorised search down.
const MOST_SPELLINGS: usize = 64;

/// Some texts to find. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Literals {
    texts: Vec<Box<[u8]>>,
    search: Search,
}

#[derive(Clone)]
enum Search {
    /// Pattern numbers lead to the text and to where the window is in it.
    Packed {
        searcher: Box<Searcher>,
        windows: Vec<(usize, usize)>,
    },
    Regex(Regex),
}

impl Literals {
    /// For texts of at least three bytes. Nothing where there are none to look for.
    pub(crate) fn new(texts: &[String]) -> Option<Self> {
        let all: Vec<Box<[u8]>> = texts.iter().map(|text| text.as_bytes().into()).collect();
        Some(Self {
            search: packed(&all).or_else(|| regex(texts))?,
            texts: all,
        })
    }

    /// The first text found at or after a byte: where it starts and ends.
    pub(crate) fn find_at(&self, haystack: &[u8], from: usize) -> Option<(usize, usize)> {
        match &self.search {
            Search::Regex(regex) => regex
                .find_at(haystack, from)
                .map(|found| (found.start(), found.end())),
            Search::Packed { searcher, windows } => {
                // Several windows can lie on one another: each place is looked at again until it is passed.
                let mut at = from;
                while let Some(found) = searcher.find_in(haystack, (at..haystack.len()).into()) {
                    let window = &haystack[found.start()..found.end()];
                    let texts = windows.iter().filter(|(text, offset)| {
                        window.eq_ignore_ascii_case(&self.texts[*text][*offset..*offset + WINDOW])
                    });
                    for (text, offset) in texts {
                        let text = &self.texts[*text];
                        let start = found
                            .start()
                            .checked_sub(*offset)
                            .filter(|start| *start >= from);
                        let whole = start.and_then(|start| {
                            Some((start, haystack.get(start..start + text.len())?))
                        });
                        if let Some((start, whole)) = whole
                            && whole.eq_ignore_ascii_case(text)
                        {
                            return Some((start, start + text.len()));
                        }
                    }
                    at = found.start() + 1;
                }
                None
            }
        }
    }
}

fn packed(texts: &[Box<[u8]>]) -> Option<Search> {
    let mut builder = Config::new().match_kind(MatchKind::LeftmostFirst).builder();
    let mut windows = Vec::new();
    let mut known: Vec<Vec<u8>> = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        let offset = (0..=text.len().checked_sub(WINDOW)?)
            .min_by_key(|offset| weight(&text[*offset..*offset + WINDOW]))?;
        windows.push((place, offset));
        for spelling in spellings(&text[offset..offset + WINDOW]) {
            if !known.contains(&spelling) {
                builder.add(&spelling);
                known.push(spelling);
            }
        }
    }
    (known.len() <= MOST_SPELLINGS)
        .then(|| builder.build())
        .flatten()
        .map(|searcher| Search::Packed {
            searcher: Box::new(searcher),
            windows,
        })
}

fn regex(texts: &[String]) -> Option<Search> {
    let pattern: Vec<String> = texts.iter().map(|text| regex::escape(text)).collect();
    RegexBuilder::new(&pattern.join("|"))
        .case_insensitive(true)
        .unicode(false)
        .build()
        .ok()
        .map(Search::Regex)
}

/// All letter cases of some bytes.
fn spellings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    for byte in bytes {
        let (lower, upper) = (byte.to_ascii_lowercase(), byte.to_ascii_uppercase());
        let mut next = Vec::with_capacity(all.len() * 2);
        for start in all {
            next.push([&start[..], &[lower]].concat());
            if upper != lower {
                next.push([&start[..], &[upper]].concat());
            }
        }
        all = next;
    }
    all
}

/// How common some bytes are in logs, roughly: the letters of English, and what XML, paths and numbers are made of.
fn weight(bytes: &[u8]) -> u32 {
    let of = |byte: &u8| match byte.to_ascii_lowercase() {
        b' ' | b'e' | b't' | b'0' | b'a' => 12,
        b'o' | b'i' | b'n' | b's' | b'r' | b'\\' | b'<' | b'>' | b'=' | b'\'' | b'"' => 9,
        b'1'..=b'9' | b'd' | b'l' | b'c' | b'.' | b'-' | b'/' => 7,
        b'm' | b'p' | b'u' | b'f' | b'g' | b'h' | b'x' | b':' => 5,
        b'w' | b'y' | b'b' | b'v' => 3,
        _ => 1,
    };
    bytes.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_searches_find_the_same() {
        let texts: Vec<String> = ["msra.exe", "mimikatz", "aaab", "aab"]
            .map(str::to_owned)
            .to_vec();
        let literals = Literals::new(&texts).unwrap();
        assert!(matches!(literals.search, Search::Packed { .. }));
        let reference = Literals {
            search: regex(&texts).unwrap(),
            texts: Vec::new(),
        };
        let long = "x".repeat(100);
        for haystack in [
            "",
            "MSRA.exe",
            "xmsra.exE mimikat",
            "aaaaab",
            "mSrA.ExEmImIkAtZ",
            "msra_exe msra.ex",
            &format!("{long}Mimikatz{long}AAB"),
        ] {
            let bytes = haystack.as_bytes();
            for from in 0..bytes.len() {
                let (found, wanted) = (
                    literals.find_at(bytes, from),
                    reference.find_at(bytes, from),
                );
                assert_eq!(found.is_some(), wanted.is_some(), "{haystack} from {from}");
            }
        }
    }
}
