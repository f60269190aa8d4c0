//! A truth for each row.

/// A truth for each of `len` rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// The same truth for all rows.
    pub fn all(len: usize, truth: bool) -> Self {
        let mut bits = Self {
            words: vec![if truth { u64::MAX } else { 0 }; len.div_ceil(64)],
            len,
        };
        bits.trim();
        bits
    }

    /// The truth of each row in turn.
    pub fn from_fn(len: usize, mut truth: impl FnMut(usize) -> bool) -> Self {
        let mut bits = Self::all(len, false);
        for row in 0..len {
            if truth(row) {
                bits.words[row / 64] |= 1 << (row % 64);
            }
        }
        bits
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The truth of a row.
    pub fn get(&self, row: usize) -> bool {
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    /// How many rows hold.
    pub fn count(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// Whether no row holds.
    pub fn none(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Both hold.
    pub fn and(&mut self, other: &Bits) {
        self.words
            .iter_mut()
            .zip(&other.words)
            .for_each(|(word, other)| *word &= other);
    }

    /// One of them holds.
    pub fn or(&mut self, other: &Bits) {
        self.words
            .iter_mut()
            .zip(&other.words)
            .for_each(|(word, other)| *word |= other);
    }

    /// The opposite.
    pub fn not(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.trim();
    }

    /// The rows that hold, ascending.
    pub fn rows(&self) -> Vec<u32> {
        let mut rows = Vec::with_capacity(self.count());
        for (index, word) in self.words.iter().enumerate() {
            let mut left = *word;
            while left != 0 {
                rows.push(u32::try_from(index * 64).unwrap_or(u32::MAX) + left.trailing_zeros());
                left &= left - 1;
            }
        }
        rows
    }

    fn trim(&mut self) {
        let rest = self.len % 64;
        if rest > 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << rest) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_opposite_holds_for_the_other_rows_only() {
        let mut bits = Bits::from_fn(70, |row| row % 3 == 0);
        assert_eq!(bits.count(), 24);
        bits.not();
        assert_eq!(bits.count(), 46);
        assert_eq!(bits.rows()[..3], [1, 2, 4]);
    }
}
