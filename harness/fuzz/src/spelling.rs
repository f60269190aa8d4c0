//! The space between the parts of a generated search: one blank, or anything that may stand there.

use crate::Noise;

/// Stands where space must be.
pub(crate) const GAP: char = '\u{1}';
/// Stands where space may be.
pub(crate) const SOFT: char = '\u{2}';

const SPACES: [&str; 9] = [
    " ",
    " ",
    "  ",
    "\n",
    "\t",
    "\r\n  ",
    "\u{a0}",
    " ```a \" comment``` ",
    "\n```|[```\n",
];

/// The text with single blanks.
pub fn plain(text: &str) -> String {
    text.replace(GAP, " ").replace(SOFT, "")
}

/// The text with odd spacing and comments, the same for the same seed.
pub fn odd(text: &str, seed: u64) -> String {
    let mut noise = Noise::new(seed);
    let mut out = String::with_capacity(text.len() * 2);
    for next in text.chars() {
        match next {
            GAP => out.push_str(noise.pick(&SPACES)),
            SOFT if noise.below(3) == 0 => out.push_str(noise.pick(&SPACES)),
            SOFT => {}
            other => out.push(other),
        }
    }
    out
}
