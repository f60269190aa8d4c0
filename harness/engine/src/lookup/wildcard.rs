//! Patterns in the cells of a lookup, `*` for any text; and an index over many of them.
//!
//! A pattern's longest piece between stars must stand in the text. The first bytes of that piece, at most [`GRAM`], are
//! its key: a text is asked for at each of its places, however many patterns there are.

use hashbrown::{HashMap, HashSet};

/// The most bytes of a key.
const GRAM: usize = 8;

/// Rows by what a text must hold to match them.
pub(super) struct Wildcards {
    /// Without a star: by the whole text.
    whole: HashMap<Box<str>, Vec<u32>>,
    /// With one: by a key.
    keyed: HashMap<Box<[u8]>, Vec<u32>>,
    /// The lengths that keys have.
    lengths: Vec<usize>,
    /// Nothing but stars.
    any: Vec<u32>,
}

impl Wildcards {
    /// Indexes the cells of a column, in order.
    pub(super) fn new(cells: impl Iterator<Item = String>) -> Self {
        let mut index = Self {
            whole: HashMap::new(),
            keyed: HashMap::new(),
            lengths: Vec::new(),
            any: Vec::new(),
        };
        let mut lengths: HashSet<usize> = HashSet::new();
        for (cell, row) in cells.zip(0_u32..) {
            if !cell.contains('*') {
                index
                    .whole
                    .entry(cell.into_boxed_str())
                    .or_default()
                    .push(row);
                continue;
            }
            let piece = cell.split('*').max_by_key(|piece| piece.len());
            let piece = piece.unwrap_or_default().as_bytes();
            let key = &piece[..piece.len().min(GRAM)];
            if key.is_empty() {
                index.any.push(row);
            } else {
                lengths.insert(key.len());
                index.keyed.entry(key.into()).or_default().push(row);
            }
        }
        index.lengths = lengths.into_iter().collect();
        index.lengths.sort_unstable();
        index
    }

    /// Rows among which all that match a text are, ascending.
    pub(super) fn candidates(&self, text: &str) -> Vec<u32> {
        let mut rows = self.any.clone();
        rows.extend(self.whole.get(text).into_iter().flatten());
        for length in &self.lengths {
            for key in text.as_bytes().windows(*length) {
                rows.extend(self.keyed.get(key).into_iter().flatten());
            }
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

/// Whether a pattern matches the whole text. Letter case counts.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut left) = text.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return left.is_empty();
    };
    for piece in pieces {
        match left.split_once(piece) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, holds) in [
            ("*.dyn.example*", "a.dyn.example.org", true),
            ("*.dyn.example*", "dyn.example", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("a**b", "ab", true),
            ("*b*", "abc", true),
        ] {
            assert_eq!(matches(pattern, text), holds, "{pattern} {text}");
        }
    }

    proptest::proptest! {
        /// The index leaves out nothing that matches.
        #[test]
        fn candidates_hold_every_match(
            cells in proptest::collection::vec("[ab*]{0,12}", 0..40),
            text in "[ab]{0,14}",
        ) {
            let index = Wildcards::new(cells.iter().cloned());
            let candidates = index.candidates(&text);
            let wanted: Vec<u32> = (0_u32..)
                .zip(&cells)
                .filter(|(_, cell)| matches(cell, &text))
                .map(|(row, _)| row)
                .collect();
            let found: Vec<u32> = candidates
                .iter()
                .copied()
                .filter(|row| matches(&cells[*row as usize], &text))
                .collect();
            proptest::prop_assert_eq!(found, wanted);
        }
    }
}
