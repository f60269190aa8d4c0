//! `ut_shannon` of URL Toolbox: how surprising the characters of a word are, in bits a character.

use crate::value::Value;

/// The Shannon entropy (base 2) of the characters of a text, written as Python writes a number.
pub(super) fn of(word: &Value) -> Value {
    word.with_text(|text| Value::text(format!("{:?}", entropy(text))))
}

/// Whether it matters that letter case counts.
pub(super) fn depends_on_case(word: &Value) -> bool {
    word.each().iter().any(|single| {
        single.with_text(|text| entropy(text).to_bits() != entropy(&text.to_lowercase()).to_bits())
    })
}

/// Summed in the order in which characters first appear.
#[expect(clippy::cast_precision_loss, reason = "no text has 2^53 characters")]
fn entropy(text: &str) -> f64 {
    let mut counts: indexmap::IndexMap<char, usize> = indexmap::IndexMap::new();
    for character in text.chars() {
        *counts.entry(character).or_default() += 1;
    }
    let length = counts.values().sum::<usize>() as f64;
    counts.values().fold(0.0, |sum, count| {
        let share = *count as f64 / length;
        sum - share * share.log2()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_of_known_words() {
        for (word, bits) in [("aaaa", "0.0"), ("ab", "1.0"), ("abcd", "2.0"), ("", "0.0")] {
            assert_eq!(of(&Value::text(word)).to_text().as_ref(), bits, "{word}");
        }
        assert!((entropy("aab") - 0.918_295_834_054_489_6).abs() < 1e-12);
        assert!(depends_on_case(&Value::text("aA")) && !depends_on_case(&Value::text("AB")));
    }
}
