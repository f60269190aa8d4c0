//! Walks JSON text as it stands: values with their paths, up to the place where the text ends or breaks.
//!
//! `spath` reads only the first characters of a long text, so that a document may end in the middle; and a path that
//! leads to an object gives the text of the object as written.

/// A step of the path to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// The member of an object, or an XML element.
    Key(String),
    /// The element of an array, from 0.
    Index(usize),
}

/// A value that was read.
pub(super) enum Found<'t> {
    /// A scalar; strings without their quotes.
    Scalar(String),
    /// `null`.
    Null,
    /// The text of an object or an array.
    Container(&'t str),
}

/// How deep values may be nested.
const DEEPEST: usize = 200;

/// Visits every complete value, inner ones before the ones they are in.
pub(super) fn walk<'t>(text: &'t str, visit: &mut dyn FnMut(&[Part], Found<'t>)) {
    let mut walker = Walker {
        text,
        at: 0,
        path: Vec::new(),
        visit,
    };
    let _ = walker.value();
}

/// The name that Splunk gives a path: `a{}.b`.
pub(super) fn name(path: &[Part]) -> String {
    let mut name = String::new();
    for part in path {
        match part {
            Part::Key(key) => {
                if !name.is_empty() {
                    name.push('.');
                }
                name.push_str(key);
            }
            Part::Index(_) => name.push_str("{}"),
        }
    }
    name
}

/// Whether a path fits what a search says: `a{}.b` for all elements, `a{0}.b` for one.
pub(super) fn fits(pattern: &str, path: &[Part]) -> bool {
    fn rest(pattern: &str, path: &[Part], first: bool) -> bool {
        match path.split_first() {
            None => pattern.is_empty(),
            Some((Part::Key(key), deeper)) => {
                let pattern = if first {
                    Some(pattern)
                } else {
                    pattern.strip_prefix('.')
                };
                let after = pattern.and_then(|pattern| pattern.strip_prefix(key.as_str()));
                after.is_some_and(|after| {
                    (after.is_empty() || after.starts_with(['.', '{']))
                        && rest(after, deeper, false)
                })
            }
            Some((Part::Index(index), deeper)) => {
                let Some((wanted, after)) = pattern
                    .strip_prefix('{')
                    .and_then(|pattern| pattern.split_once('}'))
                else {
                    return false;
                };
                (wanted.is_empty() || wanted.parse() == Ok(*index)) && rest(after, deeper, false)
            }
        }
    }
    rest(pattern, path, true)
}

/// The text ended or is no JSON.
struct Broken;

struct Walker<'t, 'v> {
    text: &'t str,
    at: usize,
    path: Vec<Part>,
    visit: &'v mut dyn FnMut(&[Part], Found<'t>),
}

impl Walker<'_, '_> {
    fn value(&mut self) -> Result<(), Broken> {
        if self.path.len() > DEEPEST {
            return Err(Broken);
        }
        self.skip_space();
        let start = self.at;
        match self.peek()? {
            b'{' => self.members(b'}')?,
            b'[' => self.members(b']')?,
            b'"' => {
                let text = self.string()?;
                (self.visit)(&self.path, Found::Scalar(text));
                return Ok(());
            }
            _ => {
                let text = self.text;
                let rest = &text[start..];
                let end = rest
                    .find(|letter: char| letter.is_whitespace() || ",]}:\"[{".contains(letter))
                    .ok_or(Broken)?;
                if end == 0 {
                    return Err(Broken);
                }
                self.at += end;
                let found = match &rest[..end] {
                    "null" => Found::Null,
                    scalar => Found::Scalar(scalar.to_owned()),
                };
                (self.visit)(&self.path, found);
                return Ok(());
            }
        }
        let text = self.text;
        (self.visit)(&self.path, Found::Container(&text[start..self.at]));
        Ok(())
    }

    fn members(&mut self, close: u8) -> Result<(), Broken> {
        self.at += 1;
        for index in 0.. {
            self.skip_space();
            if self.peek()? == close {
                break;
            }
            if index > 0 {
                self.expect(b',')?;
                self.skip_space();
            }
            if close == b'}' {
                let key = self.string()?;
                self.skip_space();
                self.expect(b':')?;
                self.path.push(Part::Key(key));
            } else {
                self.path.push(Part::Index(index));
            }
            let value = self.value();
            self.path.pop();
            value?;
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<String, Broken> {
        if self.peek()? != b'"' {
            return Err(Broken);
        }
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        while *bytes.get(end).ok_or(Broken)? != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        self.at = end + 1;
        let literal = self.text.get(start..self.at).ok_or(Broken)?;
        // A literal that JSON does not allow (a line break, a wrong escape) is kept as written.
        Ok(serde_json::from_str(literal)
            .unwrap_or_else(|_| literal[1..literal.len() - 1].to_owned()))
    }

    fn peek(&self) -> Result<u8, Broken> {
        self.text.as_bytes().get(self.at).copied().ok_or(Broken)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        let found = self.peek()? == byte;
        self.at += usize::from(found);
        if found { Ok(()) } else { Err(Broken) }
    }

    fn skip_space(&mut self) {
        while self
            .text
            .as_bytes()
            .get(self.at)
            .is_some_and(u8::is_ascii_whitespace)
        {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_with_their_paths_until_the_text_breaks() {
        let mut found = Vec::new();
        walk(
            r#"{"a": [1, {"b": "x\"y"}], "c.d": null, "e": {"f": tru"#,
            &mut |path, value| match value {
                Found::Scalar(text) => found.push(format!("{}={text}", name(path))),
                Found::Null => found.push(format!("{} is null", name(path))),
                Found::Container(_) => {}
            },
        );
        assert_eq!(found, ["a{}=1", "a{}.b=x\"y", "c.d is null"]);
    }

    #[test]
    fn paths_fit_patterns() {
        let path = [
            Part::Key("a.b".into()),
            Part::Index(1),
            Part::Key("c".into()),
        ];
        for (pattern, expected) in [
            ("a.b{}.c", true),
            ("a.b{1}.c", true),
            ("a.b{0}.c", false),
            ("a.b.c", false),
            ("a.b{}.cd", false),
        ] {
            assert_eq!(fits(pattern, &path), expected, "{pattern}");
        }
    }
}
