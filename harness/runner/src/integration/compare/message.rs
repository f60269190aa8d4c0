//! A message with `$field$` tokens, as it is written, and what it must read for a result.

use dryfire_content::{Row, Spanned};
use dryfire_diagnostic::{SourceMap, Span};

/// A written message.
pub(super) struct Template<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

/// A token of a message.
pub(super) struct Token {
    /// The field.
    pub(super) field: String,
    /// Where it is written; the whole message where it can't be found in the file.
    pub(super) span: Span,
}

impl<'a> Template<'a> {
    /// Finds the tokens: two dollars with no dollar and no blank between them.
    pub(super) fn new(written: &'a Spanned<String>, sources: &SourceMap) -> Self {
        let file = sources.text(written.span);
        let mut tokens: Vec<Token> = Vec::new();
        let mut pieces = written.value.split('$').skip(1).peekable();
        while let Some(piece) = pieces.next() {
            // The last piece has no dollar behind it.
            let is_token = pieces.peek().is_some()
                && !piece.is_empty()
                && !piece.contains(char::is_whitespace);
            if !is_token {
                continue;
            }
            pieces.next();
            if tokens.iter().all(|known| known.field != piece) {
                let text = format!("${piece}$");
                let span = file.find(&text).map_or(written.span, |at| {
                    let start = written.span.start as usize + at;
                    Span::new(written.span.source, start, start + text.len())
                });
                tokens.push(Token {
                    field: piece.to_owned(),
                    span,
                });
            }
        }
        Self {
            text: &written.value,
            tokens,
        }
    }

    /// The tokens for which a result has no value.
    pub(super) fn unfilled<'t>(&'t self, result: &'t Row) -> impl Iterator<Item = &'t Token> {
        self.tokens.iter().filter(|token| {
            result
                .values(&token.field)
                .iter()
                .all(|value| value.trim().is_empty())
        })
    }

    /// What the message must read.
    pub(super) fn filled(&self, result: &Row) -> String {
        let mut text = String::new();
        let mut rest = self.text;
        // From left to right, so that a value that looks like a token stays what it is.
        while let Some((at, token)) = self
            .tokens
            .iter()
            .filter_map(|token| Some((rest.find(&format!("${}$", token.field))?, token)))
            .min_by_key(|(at, _)| *at)
        {
            text.push_str(&rest[..at]);
            text.push_str(&result.values(&token.field).join("\n"));
            rest = &rest[at + token.field.len() + 2..];
        }
        text + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_know_their_place_and_are_filled_from_left_to_right() {
        let mut sources = SourceMap::new();
        let yaml = "message: 'pay 5$ now: $a$ by $b.c$, $a$'\n";
        let file = sources.add("d.yml", yaml);
        let written = Spanned {
            value: "pay 5$ now: $a$ by $b.c$, $a$".to_owned(),
            span: Span::new(file, 9, yaml.len() - 1),
        };
        let template = Template::new(&written, &sources);
        let places: Vec<_> = template
            .tokens
            .iter()
            .map(|token| sources.text(token.span))
            .collect();
        assert_eq!(places, ["$a$", "$b.c$"]);
        let result: Row = [("a", "$b.c$"), ("a", "2"), ("other", "x")]
            .into_iter()
            .collect();
        assert_eq!(
            template.filled(&result),
            "pay 5$ now: $b.c$\n2 by , $b.c$\n2"
        );
        assert_eq!(
            template
                .unfilled(&result)
                .map(|token| token.field.as_str())
                .collect::<Vec<_>>(),
            ["b.c"]
        );
    }
}
