//! The words of arguments that the parser keeps as they stand.

/// A word.
pub(super) struct Word {
    /// The text without quotes.
    pub(super) text: String,
    /// Whether it stood in quotes as a whole.
    pub(super) quoted: bool,
}

impl Word {
    /// Name and value of `name=value`.
    pub(super) fn option(&self) -> Option<(&str, &str)> {
        if self.quoted {
            None
        } else {
            self.text.split_once('=')
        }
    }
}

/// Words between blanks and commas; quotes hold words together.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut is_word, mut starts_quoted, mut in_quotes) = (false, false, false);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if in_quotes => match letters.next() {
                Some(escaped @ ('"' | '\\')) => word.push(escaped),
                Some(other) => word.extend(['\\', other]),
                None => word.push('\\'),
            },
            '"' => {
                starts_quoted |= !is_word;
                is_word = true;
                in_quotes = !in_quotes;
            }
            letter if !in_quotes && (letter.is_whitespace() || letter == ',') => {
                if is_word {
                    words.push(Word {
                        text: std::mem::take(&mut word),
                        quoted: starts_quoted,
                    });
                }
                (is_word, starts_quoted) = (false, false);
            }
            letter => {
                is_word = true;
                word.push(letter);
            }
        }
    }
    if is_word {
        words.push(Word {
            text: word,
            quoted: starts_quoted,
        });
    }
    words
}

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_hold_words_together() {
        let words: Vec<_> = super::words(r#"a, b="c d" "e=\"f" "#)
            .into_iter()
            .map(|word| (word.text, word.quoted))
            .collect();
        assert_eq!(
            words,
            [
                ("a".to_owned(), false),
                ("b=c d".to_owned(), false),
                ("e=\"f".to_owned(), true)
            ]
        );
    }
}
