//! A stable content hash, and what feeds it.

use std::fmt;

/// The hash of a piece of knowledge: equal content, equal hash, on every machine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// All 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

/// Hashes a sequence of texts, each with its length, so that no two sequences run into one.
#[derive(Default)]
pub(crate) struct Hasher(blake3::Hasher);

impl Hasher {
    /// Adds one text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
        self
    }

    /// Adds another hash.
    pub(crate) fn hash(&mut self, hash: ContentHash) -> &mut Self {
        self.0.update(hash.as_bytes());
        self
    }

    /// The hash of all that was added.
    pub(crate) fn finish(&self) -> ContentHash {
        ContentHash(*self.0.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::Hasher;

    #[test]
    fn borders_between_texts_count() {
        let one = Hasher::default().text("ab").text("c").finish();
        let other = Hasher::default().text("a").text("bc").finish();
        assert_ne!(one, other);
        assert_eq!(one.to_string().len(), 64);
    }
}
