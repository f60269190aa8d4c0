//! Mutations of texts: characters, tokens, numbers, nesting, repetition.

/// A small generator of numbers: the same for the same seed.
#[derive(Debug, Clone)]
pub struct Noise(u64);

impl Noise {
    /// From any seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03 | 1)
    }

    /// A number below `limit`; 0 where the limit is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % (limit.max(1) as u64)).unwrap_or(0)
    }

    /// One of the items.
    pub fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

const PIECES: &[&str] = &[
    "\"",
    "'",
    "(",
    ")",
    "[",
    "]",
    "|",
    ",",
    "=",
    "!=",
    "\\",
    "`",
    "```",
    " by ",
    " AND ",
    " OR ",
    " NOT ",
    " IN (",
    " as ",
    "{",
    "}",
    "<",
    ">",
    "é",
    "\u{2015}",
    "\u{1f600}",
    " ",
    "*",
    ".",
    "-",
    "eval(",
    "\n",
    "\0",
    "\u{feff}",
    "%",
    "$",
    "$x$",
    "<<FIELD>>",
    "{}",
    "{0}",
    ":",
    ";",
    "@",
    "#",
    "+",
    "/",
    "^",
    "&amp;",
    "&#x41;",
    "]]>",
    "</",
    "\\u00",
    "\\ud800",
    "%s",
    "%*d",
    "%+d@mon",
    "(?:",
    "(?<a>",
    "(a|a)*",
    "(a+)+$",
    "{1,65535}",
    "\\p{L}",
    "(?=",
    "(?R)",
    "[^",
    "null()",
    "true()",
    "now()",
];
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "2",
    "255",
    "65536",
    "2147483647",
    "-2147483648",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e9",
    "1e12",
    "1e18",
    "1e308",
    "-1e308",
    "1e-308",
    "99999999999999999999",
    "0.1",
    "1.0",
    "00",
    "0x1f",
    "inf",
    "nan",
    "1000000",
    "100000000",
    "253402300800",
    "-62135596801",
];
/// How large a mutated text may become.
const LONGEST: usize = 64 << 10;

/// A mutation of `text`; parts of `other` may go into it.
pub fn mutate(text: &str, other: &str, noise: &mut Noise) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let times = match noise.below(8) {
        0 => 8,
        1 | 2 => 3,
        _ => 1,
    };
    for _ in 0..times {
        once(&mut chars, other, noise);
    }
    let mut text: String = chars.into_iter().collect();
    if text.len() > LONGEST {
        let end = (0..=LONGEST)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        text.truncate(end);
    }
    text
}

fn once(chars: &mut Vec<char>, other: &str, noise: &mut Noise) {
    let at = noise.below(chars.len() + 1);
    let length = noise.below(12.min(chars.len() - at + 1));
    match noise.below(12) {
        0 => drop(chars.drain(at..at + length)),
        1 | 2 => insert(chars, at, noise.pick(PIECES)),
        3..=5 => number(chars, at, noise.pick(NUMBERS)),
        6 => {
            // A piece again and again.
            let piece: String = chars[at..at + length].iter().collect();
            let times = noise.pick(&[&2_usize, &5, &40, &600]);
            insert(chars, at, &piece.repeat(*times));
        }
        7 => {
            // Nesting.
            let (open, close) = noise.pick(&[
                &("(", ")"),
                &("[", "]"),
                &("{", "}"),
                &("NOT (", ")"),
                &("if(a,", ",b)"),
                &("[search ", "]"),
                &("<a>", "</a>"),
                &("{\"a\":", "}"),
                &("(?:", ")*"),
                &("`m(", ")`"),
            ]);
            let times = *noise.pick(&[&1_usize, &3, &90, &3_000]);
            let end = at + length;
            insert(chars, end, &close.repeat(times));
            insert(chars, at, &open.repeat(times));
        }
        8 => {
            let others: Vec<char> = other.chars().collect();
            let from = noise.below(others.len() + 1);
            let count = noise.below((others.len() - from + 1).min(200));
            let piece: String = others[from..from + count].iter().collect();
            insert(chars, at, &piece);
        }
        9 => {
            // A word in the place of another.
            let words: Vec<&str> = other.split_whitespace().collect();
            let word = if words.is_empty() {
                ""
            } else {
                words[noise.below(words.len())]
            };
            let start = chars[..at]
                .iter()
                .rposition(|next| next.is_whitespace())
                .map_or(0, |found| found + 1);
            let end = chars[at..]
                .iter()
                .position(|next| next.is_whitespace())
                .map_or(chars.len(), |found| at + found);
            chars.splice(start..end, word.chars());
        }
        10 => chars.truncate(at),
        _ => {
            if let Some(next) = chars.get_mut(at) {
                *next =
                    char::from_u32(u32::try_from(noise.below(0x250)).unwrap_or(65)).unwrap_or('?');
            }
        }
    }
}

fn insert(chars: &mut Vec<char>, at: usize, piece: &str) {
    chars.splice(at..at, piece.chars());
}

/// Replaces the number nearest after `at`, or puts one there.
fn number(chars: &mut Vec<char>, at: usize, number: &str) {
    let is_digit = |next: &char| next.is_ascii_digit();
    let start = chars[at..]
        .iter()
        .position(is_digit)
        .map_or(at, |found| at + found);
    let end = chars[start..]
        .iter()
        .position(|next| !is_digit(next))
        .map_or(chars.len(), |found| start + found);
    chars.splice(start..end, number.chars());
}
