//! What is most likely meant where something else was expected.

use crate::signature::find;

/// What to do about the text between `start` and `end`, which the grammar does not allow there.
pub(super) fn of(text: &str, start: usize, end: usize) -> Option<String> {
    let found = text.get(start..end).unwrap_or_default();
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default().trim_start();
    if let Some(quote) = smart_quote(found) {
        return Some(quote);
    }
    if found == ">" && before.ends_with('<') {
        return Some("unequal is written `!=`".to_owned());
    }
    if before.ends_with(char::is_whitespace) && find(found).is_some() && !after.starts_with('=') {
        return Some(format!(
            "`{found}` is a command: is a `|` missing before it?"
        ));
    }
    let is_assignment = after.starts_with('=') && !after.starts_with("==");
    if is_assignment && before.ends_with(char::is_whitespace) {
        return Some(format!("is a `,` missing before `{found}`?"));
    }
    if found.is_empty() && before.trim_end().ends_with('*') {
        return Some(
            "`*` multiplies here; wildcards are for `search`, and `%` for `like(field, \"b%\")`"
                .to_owned(),
        );
    }
    None
}

/// Typographic quotes come with text that was copied from a document.
pub(super) fn smart_quote(text: &str) -> Option<String> {
    text.chars().find_map(|letter| {
        let plain = match letter {
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => '"',
            '\u{2018}' | '\u{2019}' | '\u{201a}' => '\'',
            _ => return None,
        };
        Some(format!(
            "`{letter}` is a letter like any other in SPL: write `{plain}`"
        ))
    })
}
