//! The sed expressions of `rex mode=sed` and `SEDCMD-`: `s/pattern/replacement/flags` and `y/abc/xyz/`, several after one another.
//!
//! Search Reference, "rex": `\1` stands for a group, the flags are `g` (all matches) or a number (that match only).

use crate::pattern::Pattern;

/// A sed expression, compiled.
pub(crate) struct Sed(Vec<Step>);

enum Step {
    Substitute {
        pattern: Pattern,
        replacement: Vec<Part>,
        which: Which,
    },
    Translate(Vec<(char, char)>),
}

enum Part {
    Text(String),
    Group(usize),
}

#[derive(Clone, Copy)]
enum Which {
    All,
    Only(usize),
}

impl Sed {
    /// Reads an expression; the error is for the user.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let mut letters = rest.chars();
            let command = letters.next();
            let Some(mark) = letters
                .next()
                .filter(|_| matches!(command, Some('s' | 'y')))
            else {
                return Err(
                    "a sed expression is `s/pattern/replacement/` or `y/abc/xyz/`".to_owned(),
                );
            };
            let (first, after) = part(letters.as_str(), mark)?;
            let (second, after) = part(after, mark)?;
            if command == Some('y') {
                steps.push(translate(&first, &second)?);
                rest = separator(after)?;
                continue;
            }
            let end = after.find([' ', ';', '\n', '\t']).unwrap_or(after.len());
            let (flags, after) = after.split_at(end);
            let (which, inline) = flags_of(flags)?;
            let pattern = Pattern::new(&format!("{inline}{first}"))
                .map_err(|reason| format!("the pattern is not valid: {reason}"))?;
            steps.push(Step::Substitute {
                pattern,
                replacement: replacement(&second),
                which,
            });
            rest = separator(after)?;
        }
        if steps.is_empty() {
            Err("the sed expression is empty".to_owned())
        } else {
            Ok(Self(steps))
        }
    }

    /// The text edited; the error is a limit of the pattern.
    pub(crate) fn edit(&self, text: &str) -> Result<String, String> {
        let mut text = text.to_owned();
        for step in &self.0 {
            text = match step {
                Step::Translate(pairs) => text
                    .chars()
                    .map(|letter| {
                        pairs
                            .iter()
                            .find(|(from, _)| *from == letter)
                            .map_or(letter, |(_, to)| *to)
                    })
                    .collect(),
                Step::Substitute {
                    pattern,
                    replacement,
                    which,
                } => substitute(&text, pattern, replacement, *which)?,
            };
        }
        Ok(text)
    }
}

/// The text up to the next mark that no backslash precedes, and what follows.
fn part(text: &str, mark: char) -> Result<(String, &str), String> {
    let mut part = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter == mark {
            return Ok((part, &text[at + letter.len_utf8()..]));
        }
        if letter == '\\'
            && let Some((_, next)) = letters.next()
        {
            if next != mark {
                part.push('\\');
            }
            part.push(next);
            continue;
        }
        part.push(letter);
    }
    Err(format!("the sed expression lacks a `{mark}`"))
}

fn separator(text: &str) -> Result<&str, String> {
    let rest = text.trim_start_matches([' ', ';', '\n', '\t']);
    match rest.chars().next() {
        None | Some('s' | 'y') => Ok(rest),
        Some(other) => Err(format!("`{other}` can't follow a sed expression")),
    }
}

fn flags_of(flags: &str) -> Result<(Which, String), String> {
    let mut which = Which::Only(1);
    let mut inline = String::new();
    if let Ok(number) = flags.parse() {
        return Ok((Which::Only(number), inline));
    }
    for flag in flags.chars() {
        match flag {
            'g' => which = Which::All,
            'i' | 'I' => inline.push_str("(?i)"),
            _ => return Err(format!("`{flag}` is no flag of a sed expression")),
        }
    }
    Ok((which, inline))
}

fn translate(from: &str, to: &str) -> Result<Step, String> {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    if from.len() != to.len() {
        return Err("both sides of `y` must have the same length".to_owned());
    }
    Ok(Step::Translate(from.into_iter().zip(to).collect()))
}

fn replacement(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let group = match letter {
            '\\' => letters.peek().and_then(|next| next.to_digit(10)),
            '&' => {
                parts.push(Part::Text(std::mem::take(&mut literal)));
                parts.push(Part::Group(0));
                continue;
            }
            _ => None,
        };
        if let Some(group) = group {
            letters.next();
            parts.push(Part::Text(std::mem::take(&mut literal)));
            parts.push(Part::Group(group as usize));
        } else if letter == '\\' {
            literal.push(match letters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(other) => other,
                None => '\\',
            });
        } else {
            literal.push(letter);
        }
    }
    parts.push(Part::Text(literal));
    parts
}

/// The longest text that a substitution may make.
const LONGEST: usize = 16 << 20;

fn substitute(
    text: &str,
    pattern: &Pattern,
    replacement: &[Part],
    which: Which,
) -> Result<String, String> {
    let limit = match which {
        Which::All => usize::MAX,
        Which::Only(number) => number,
    };
    let mut edited = String::with_capacity(text.len());
    let (mut copied, mut index) = (0, 0);
    pattern.each(text, limit, |groups| {
        index += 1;
        let Some((start, end)) = groups.first().copied().flatten() else {
            return Ok(());
        };
        // An assertion can move the start of a match back behind what was consumed (`\K`).
        if start < copied || matches!(which, Which::Only(number) if index != number) {
            return Ok(());
        }
        if edited.len() > LONGEST {
            return Err(format!("the edited text is longer than {LONGEST} bytes"));
        }
        edited.push_str(&text[copied..start]);
        for part in replacement {
            match part {
                Part::Text(literal) => edited.push_str(literal),
                Part::Group(group) => {
                    if let Some((start, end)) = groups.get(*group).copied().flatten() {
                        edited.push_str(&text[start..end]);
                    }
                }
            }
        }
        copied = end;
        Ok(())
    })?;
    edited.push_str(&text[copied..]);
    Ok(edited)
}

#[cfg(test)]
mod tests {
    use super::Sed;

    #[test]
    fn substitutions_and_translations() {
        for (expression, text, edited) in [
            (r"s/(\d+)-(\d+)/\2-\1/", "1-2 3-4", "2-1 3-4"),
            ("s/a/b/g", "aaa", "bbb"),
            ("s/a/b/2", "aaa", "aba"),
            (r"s/\x00//g", "a\0b", "ab"),
            ("s#/#_#g s/x/y/", "/x/", "_y_"),
            (r"s/\//-/g", "a/b", "a-b"),
            ("y/abc/xyz/", "cab", "zxy"),
            (r"s/x*/-/g", "ab", "-a-b-"),
        ] {
            assert_eq!(
                Sed::parse(expression).unwrap().edit(text).unwrap(),
                edited,
                "{expression}"
            );
        }
        for wrong in ["", "s/a/b", "x/a/b/", "y/ab/c/", "s/(/b/", "s/a/b/q"] {
            assert!(Sed::parse(wrong).is_err(), "{wrong}");
        }
    }
}
