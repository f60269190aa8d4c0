//! The outer shape of a search: where commands begin and end, seen through quotes, comments and brackets.

use crate::lexer::close_of_quote;
use crate::signature::{Shape, find};

/// Something that has no partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `"` at this place.
    Quote(usize),
    /// `[` at this place.
    Bracket(usize),
    /// `]` at this place.
    Stray(usize),
    /// The comment that starts at this place.
    Comment(usize),
}

/// The commands of one pipeline.
#[derive(Debug, Default)]
pub(crate) struct Structure {
    /// The text between pipes, from and to. Blank ones are kept.
    pub(crate) commands: Vec<(usize, usize)>,
    /// The `]` that ends a nested pipeline.
    pub(crate) close: Option<usize>,
    /// What is not balanced.
    pub(crate) faults: Vec<Fault>,
}

/// How a command writes its quotes.
#[derive(Debug, Clone, Copy)]
struct Quoting {
    /// `'…'` quotes field names.
    single: bool,
    /// A backslash outside quotes protects the next character.
    backslash: bool,
}

/// Splits `start..end` at its pipes. A `nested` text ends at the `]` that closes it.
pub(crate) fn split(text: &str, start: usize, end: usize, nested: bool) -> Structure {
    let bounded = text.get(..end).unwrap_or(text);
    let bytes = bounded.as_bytes();
    let mut structure = Structure::default();
    let mut open: Vec<(usize, Quoting)> = Vec::new();
    let mut quoting = quoting_after(bounded, start);
    let (mut at, mut from) = (start, start);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => match close_of_quote(bounded, at, b'"') {
                Some(close) => at = close,
                None => {
                    structure.faults.push(Fault::Quote(at));
                    at = end;
                }
            },
            // An apostrophe after a word is a part of it.
            b'\'' if quoting.single && !follows_word(bounded, at) => {
                at = close_of_quote(bounded, at, b'\'').unwrap_or(at)
            }
            b'\\' if quoting.backslash => at += 1,
            b'`' if bounded.get(at..at + 3) == Some("```") => {
                match bounded.get(at + 3..).and_then(|rest| rest.find("```")) {
                    Some(length) => at += length + 5,
                    None => {
                        structure.faults.push(Fault::Comment(at));
                        at = end;
                    }
                }
            }
            b'[' => {
                open.push((at, quoting));
                quoting = quoting_after(bounded, at + 1);
            }
            b']' => match open.pop() {
                Some((_, before)) => quoting = before,
                None if nested => {
                    structure.close = Some(at);
                    break;
                }
                None => structure.faults.push(Fault::Stray(at)),
            },
            b'|' => {
                if open.is_empty() {
                    structure.commands.push((from, at));
                    from = at + 1;
                }
                quoting = quoting_after(bounded, at + 1);
            }
            _ => {}
        }
        at += 1;
    }
    let last = structure.close.unwrap_or(end);
    structure.commands.push((from.min(last), last));
    structure
        .faults
        .extend(open.iter().map(|(at, _)| Fault::Bracket(*at)));
    structure
}

fn follows_word(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    before.is_some_and(|before| before.is_alphanumeric() || matches!(before, '_' | ')'))
}

/// The quoting of the command whose name comes next.
fn quoting_after(text: &str, at: usize) -> Quoting {
    let mut cursor = crate::lexer::Cursor::new(text, at, text.len());
    cursor.eat("|");
    let shape = find(cursor.ahead()).map(|signature| signature.shape);
    let single = matches!(
        shape,
        Some(Shape::Condition | Shape::Assignments | Shape::Stats | Shape::Count)
    );
    let backslash = matches!(shape, None | Some(Shape::Search | Shape::Tstats));
    Quoting { single, backslash }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, commands: &[&str], faults: &[Fault]) {
        let structure = split(text, 0, text.len(), false);
        let found: Vec<&str> = structure
            .commands
            .iter()
            .map(|(start, end)| &text[*start..*end])
            .collect();
        assert_eq!(
            (found.as_slice(), structure.faults.as_slice()),
            (commands, faults)
        );
    }

    #[test]
    fn pipes_split_outside_quotes_and_brackets() {
        check(
            r#"a="x|y" | eval 'p|q'=1"#,
            &[r#"a="x|y" "#, " eval 'p|q'=1"],
            &[],
        );
        check("a [b | c] | d", &["a [b | c] ", " d"], &[]);
        check("a=it's | b='x", &["a=it's ", " b='x"], &[]);
        check(r#"a=\"x | b"#, &[r#"a=\"x "#, " b"], &[]);
        check("a ``` x | \" ``` | b", &["a ``` x | \" ``` ", " b"], &[]);
    }

    #[test]
    fn missing_partners_are_named() {
        check(r#"a="x | b"#, &[r#"a="x | b"#], &[Fault::Quote(2)]);
        check("a [b | c", &["a [b | c"], &[Fault::Bracket(2)]);
        check("a] | c", &["a] ", " c"], &[Fault::Stray(1)]);
    }
}
