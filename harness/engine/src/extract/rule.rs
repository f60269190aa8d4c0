//! Extractions that an app defines, by a pattern or by delimiters: all wanted fields in one pass over a text.
//!
//! transforms.conf.spec: with names from the data (`$1::$2`, `_KEY_1`), and with MV_ADD, a pattern is applied again and
//! again; otherwise once. Without MV_ADD the first value of a name stays.

use std::borrow::Cow;
use std::sync::Arc;

use dryfire_plan::{Filler, Name, Rule, RuleKind};
use hashbrown::HashMap;
use indexmap::IndexSet;

use super::flush;
use super::key_value::unescaped;
use crate::column::{Column, DictBuilder};
use crate::pattern::Pattern;

/// A rule that can run.
#[derive(Debug)]
pub(crate) struct Compiled {
    rule: Arc<Rule>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Pattern {
        pattern: Pattern,
        /// Groups and the fields they are.
        named: Vec<(usize, String)>,
        /// Groups of names and of values.
        pairs: Vec<(usize, usize)>,
        repeat: bool,
    },
    Delimiters,
}

impl Compiled {
    /// Compiles the pattern; the error is PCRE's words.
    pub(crate) fn new(rule: Arc<Rule>) -> Result<Self, String> {
        let Some(text) = rule.pattern() else {
            return Ok(Self {
                rule,
                kind: Kind::Delimiters,
            });
        };
        let pattern = Pattern::limited(text, rule.match_limit, rule.depth_limit)?;
        let mut named = Vec::new();
        let mut pairs = Vec::new();
        if let RuleKind::Groups { .. } = &rule.kind {
            let names = || pattern.group_names().iter().enumerate();
            let names = || names().filter_map(|(group, name)| Some((group, name.as_deref()?)));
            for (group, name) in names() {
                match name.strip_prefix("_KEY_") {
                    Some(key) => {
                        let value =
                            names().find(|(_, name)| name.strip_prefix("_VAL_") == Some(key));
                        pairs.extend(value.map(|(value, _)| (group, value)));
                    }
                    None if name.starts_with("_VAL_") => {}
                    None => named.push((group, name.to_owned())),
                }
            }
        }
        let kind = Kind::Pattern {
            pattern,
            named,
            pairs,
            repeat: rule.add || rule.is_open(),
        };
        Ok(Self { rule, kind })
    }

    /// Whether it adds values to a field that exists.
    pub(crate) fn adds(&self) -> bool {
        self.rule.add
    }

    /// Gives all names and values of a text, in the order in which they stand there. The error is a limit that was hit.
    fn walk<'t>(
        &'t self,
        text: &'t str,
        give: &mut dyn FnMut(&str, Cow<'t, str>),
    ) -> Result<(), String> {
        let mut give = |name: &str, value: Cow<'t, str>| {
            if !name.is_empty() && (self.rule.keep_empty || !value.is_empty()) {
                give(name, value);
            }
        };
        match (&self.kind, &self.rule.kind) {
            (
                Kind::Pattern {
                    pattern,
                    named,
                    pairs,
                    repeat,
                },
                kind,
            ) => {
                let limit = if *repeat { usize::MAX } else { 1 };
                for groups in pattern.all(text, limit)? {
                    let group = |number: usize| {
                        let (start, end) = groups.get(number).copied().flatten()?;
                        Some(&text[start..end])
                    };
                    for (number, name) in named {
                        if let Some(value) = group(*number) {
                            give(name, value.into());
                        }
                    }
                    for (name, value) in pairs {
                        if let (Some(name), Some(value)) = (group(*name), group(*value)) {
                            give(&self.rule.cleaned(name), value.into());
                        }
                    }
                    let RuleKind::Format { pairs, .. } = kind else {
                        continue;
                    };
                    for (name, value) in pairs {
                        let name = match name {
                            Name::Fixed(name) => Some(name.as_str()),
                            Name::Group(number) => group(*number),
                            Name::Joined(_) => None,
                        };
                        let value = match value {
                            Filler::Fixed(text) => Some(text.as_str()),
                            Filler::Group(number) => group(*number),
                            Filler::Joined => None,
                        };
                        if let (Some(name), Some(value)) = (name, value) {
                            give(&self.rule.cleaned(name), value.into());
                        }
                    }
                }
            }
            (
                Kind::Delimiters,
                RuleKind::Delimiters {
                    pairs,
                    values,
                    fields,
                },
            ) => self.delimited(text, pairs, values.as_deref(), fields, &mut give),
            (Kind::Delimiters, _) => {}
        }
        Ok(())
    }

    /// transforms.conf.spec, `DELIMS`: each character of a list delimits; delimiters in a row count once unless FIELDS
    /// names the values; double quotes hold a value together.
    fn delimited<'t>(
        &self,
        text: &'t str,
        pairs: &str,
        values: Option<&str>,
        fields: &[String],
        give: &mut dyn FnMut(&str, Cow<'t, str>),
    ) {
        let keep = !fields.is_empty();
        if let Some(between) = values {
            for token in tokens(text, pairs, false) {
                if let Some(at) = token.find(|next| between.contains(next)) {
                    let (name, rest) = token.split_at(at);
                    let mut rest = rest.chars();
                    rest.next();
                    give(
                        &self.rule.cleaned(unquoted(name).trim()),
                        unquoted(rest.as_str()),
                    );
                }
            }
            return;
        }
        let mut tokens = tokens(text, pairs, keep);
        if keep {
            for (name, token) in fields.iter().zip(tokens) {
                give(&self.rule.cleaned(name), unquoted(token));
            }
            return;
        }
        while let (Some(name), Some(value)) = (tokens.next(), tokens.next()) {
            give(&self.rule.cleaned(&unquoted(name)), unquoted(value));
        }
    }
}

/// The wanted fields of the texts, one column a name. The error is a limit that was hit.
pub(crate) fn extract<'t>(
    rule: &'t Compiled,
    texts: impl ExactSizeIterator<Item = Vec<&'t str>>,
    wanted: &[Arc<str>],
) -> Result<Vec<Column>, String> {
    let places: HashMap<&str, usize> = wanted
        .iter()
        .enumerate()
        .map(|(place, name)| (&**name, place))
        .collect();
    let mut builders: Vec<DictBuilder> = wanted
        .iter()
        .map(|_| DictBuilder::new(texts.len()))
        .collect();
    let mut found: Vec<Vec<Cow<'t, str>>> = vec![Vec::new(); wanted.len()];
    for row in texts {
        for text in row {
            rule.walk(text, &mut |name, value| {
                if let Some(values) = places.get(name).and_then(|place| found.get_mut(*place))
                    && (rule.rule.add || values.is_empty())
                {
                    values.push(value);
                }
            })?;
        }
        flush(&mut builders, &mut found);
    }
    Ok(builders.into_iter().map(DictBuilder::finish).collect())
}

/// The names that a text gives, in order of first appearance.
pub(crate) fn names(
    rule: &Compiled,
    text: &str,
    names: &mut IndexSet<String>,
) -> Result<(), String> {
    rule.walk(text, &mut |name, _| {
        if !names.contains(name) {
            names.insert(name.to_owned());
        }
    })
}

/// The pieces between delimiters that stand in no quotes; empty ones only with `keep`.
fn tokens<'t>(text: &'t str, delimiters: &str, keep: bool) -> impl Iterator<Item = &'t str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        loop {
            let text = rest?;
            let (mut quoted, mut escaped) = (false, false);
            let mut before = None;
            let end = text.char_indices().find(|(_, next)| {
                let ends = !quoted && delimiters.contains(*next);
                match next {
                    _ if escaped => escaped = false,
                    '\\' => escaped = quoted,
                    // A quote opens where a value begins: at the start, or after what parts name and value.
                    '"' if quoted
                        || before.is_none_or(|before: char| !before.is_alphanumeric()) =>
                    {
                        quoted = !quoted;
                    }
                    _ => {}
                }
                before = Some(*next);
                ends
            });
            let token = match end {
                Some((at, delimiter)) => {
                    rest = Some(&text[at + delimiter.len_utf8()..]);
                    &text[..at]
                }
                None => {
                    rest = None;
                    text
                }
            };
            if keep || !token.is_empty() {
                return Some(token);
            }
        }
    })
}

/// A value without the quotes around it, in which `\"` and `\\` lose their backslash.
fn unquoted(value: &str) -> Cow<'_, str> {
    let inner = value
        .trim()
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'));
    match inner {
        Some(inner) if inner.contains('\\') => unescaped(inner).into(),
        Some(inner) => inner.into(),
        None => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_between_delimiters() {
        let cases: &[(&str, &str, bool, &[&str])] = &[
            ("a,b,,c", ",", false, &["a", "b", "c"]),
            ("a,b,,c", ",", true, &["a", "b", "", "c"]),
            (r#"a="x, y" b"#, ", ", false, &[r#"a="x, y""#, "b"]),
            (r#""x \" , y",z"#, ",", true, &[r#""x \" , y""#, "z"]),
            (r#"5"x,y"#, ",", true, &[r#"5"x"#, "y"]),
        ];
        for (text, delimiters, keep, expected) in cases {
            let found: Vec<&str> = tokens(text, delimiters, *keep).collect();
            assert_eq!(found, *expected, "{text}");
        }
        assert_eq!(unquoted(r#""a \"b\" \\ \n""#), r#"a "b" \ \n"#);
        assert_eq!(unquoted(r#"a"b"#), r#"a"b"#);
    }
}
