//! `$field$` tokens in messages, titles and drilldowns.

use dryfire_diagnostic::{SourceMap, Span};

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The field: without `result.` before it and without a filter (`|s`) after it.
    pub(super) field: String,
    /// First byte in the text, `$` included.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
}

/// The tokens of a text. An amount (`$5`) and a `$` that nothing closes are no tokens.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text
        .get(at..)
        .and_then(|rest| rest.find('$'))
        .map(|offset| at + offset)
    {
        let name = text.get(start + 1..).unwrap_or_default();
        let length = name
            .find(|letter: char| letter == '$' || letter.is_whitespace())
            .unwrap_or(name.len());
        let inner = name.get(..length).unwrap_or_default();
        let is_name = inner.starts_with(|letter: char| {
            letter.is_alphabetic() || matches!(letter, '_' | '@' | '{')
        });
        if is_name && name.get(length..).is_some_and(|rest| rest.starts_with('$')) {
            let field = inner.split('|').next().unwrap_or(inner);
            let field = field.strip_prefix("result.").unwrap_or(field).to_owned();
            let end = start + 1 + length + 1;
            found.push(Token { field, start, end });
            at = end;
        } else {
            at = start + 1;
        }
    }
    found
}

/// The place of a `$` before a letter that begins no token, if there is one, and whether blanks alone keep it from being one.
pub(super) fn unclosed(text: &str) -> Option<(usize, bool)> {
    let mut rest = text.to_owned();
    for token in tokens(text) {
        rest.replace_range(token.start..token.end, &" ".repeat(token.end - token.start));
    }
    let is_open = |(at, _): &(usize, &str)| {
        let after = rest.get(at + 1..).unwrap_or_default();
        after.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
    };
    let (at, _) = rest.match_indices('$').find(is_open)?;
    let after = rest.get(at + 1..).unwrap_or_default();
    let is_name = |name: &str| {
        !name.ends_with(' ')
            && name
                .chars()
                .all(|letter| letter.is_alphanumeric() || " _.{}".contains(letter))
    };
    Some((
        at,
        after.split_once('$').is_some_and(|(name, _)| is_name(name)),
    ))
}

/// The place of a token in the YAML scalar that holds it; the whole scalar where it can't be told.
pub(super) fn place(text: &str, token: &Token, scalar: Span, sources: &SourceMap) -> Span {
    let written = text.get(token.start..token.end).unwrap_or_default();
    let earlier = text
        .get(..token.start)
        .unwrap_or_default()
        .matches(written)
        .count();
    let found = sources.text(scalar).match_indices(written).nth(earlier);
    found.map_or(scalar, |(at, _)| {
        let start = scalar.start as usize + at;
        Span::new(scalar.source, start, start + written.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_names_between_dollars() {
        let text = "User $user$ paid $5 and $10 to $result.dest|s$, $a.b{}.c$ $ $x y$ $$";
        let fields: Vec<String> = tokens(text).into_iter().map(|token| token.field).collect();
        assert_eq!(fields, ["user", "dest", "a.b{}.c"]);
        assert_eq!(unclosed("a $user on $dest$"), Some((2, false)));
        assert_eq!(unclosed("on $PSWA Host$."), Some((3, true)));
        assert_eq!(unclosed("for $5 by $user$"), None);
    }
}
