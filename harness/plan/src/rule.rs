//! Search-time extractions that an app defines: by a pattern (EXTRACT, REPORT) or by delimiters (REPORT).
//!
//! transforms.conf.spec, REGEX, FORMAT, DELIMS, FIELDS, MV_ADD, CLEAN_KEYS, KEEP_EMPTY_VALS.

use std::borrow::Cow;

use dryfire_knowledge::{Template, TemplatePart, Transform};

/// Extractions always read as `(?ms)` (props.conf.spec, `EXTRACT-<class>`).
const FLAGS: &str = "(?ms)";

/// What an app's extraction does to a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    /// How it finds fields.
    pub kind: RuleKind,
    /// `MV_ADD`: every match gives a value, also where the field exists.
    pub add: bool,
    /// `CLEAN_KEYS`.
    pub clean: bool,
    /// `KEEP_EMPTY_VALS`.
    pub keep_empty: bool,
    /// `MATCH_LIMIT`
    pub match_limit: u32,
    /// `DEPTH_LIMIT`
    pub depth_limit: u32,
}

/// How an extraction finds fields.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RuleKind {
    /// Named groups are fields; `_KEY_x` and `_VAL_x` are names and values.
    Groups {
        /// The PCRE pattern.
        pattern: String,
    },
    /// `FORMAT`.
    Format {
        /// The PCRE pattern.
        pattern: String,
        /// Names and values.
        pairs: Vec<(Name, Filler)>,
    },
    /// `DELIMS`: the characters that part pairs, or values.
    Delimiters {
        /// The characters that part pairs; without `values` and `fields`, names and values alternate.
        pairs: String,
        /// The characters that part a name from its value.
        values: Option<String>,
        /// Names of the values in order: then there are no names in the text.
        fields: Vec<String>,
    },
}

/// The name side of a `FORMAT` pair.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Name {
    /// Written out.
    Fixed(String),
    /// A group holds it.
    Group(usize),
    /// Text and groups together, which FORMAT does not have at search time.
    Joined(Vec<String>),
}

/// The value side of a `FORMAT` pair.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Filler {
    /// Written out.
    Fixed(String),
    /// A group holds it.
    Group(usize),
    /// Text and groups together, which FORMAT does not have at search time.
    Joined,
}

/// Whether an extraction gives a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// It does not.
    Never,
    /// It names the field.
    Named,
    /// It takes names from the data.
    Perhaps,
    /// It would, in a way that is not defined.
    Unclear,
}

impl Rule {
    /// An `EXTRACT-`.
    pub fn extract(pattern: &str, match_limit: u32, depth_limit: u32) -> Self {
        Self {
            kind: RuleKind::Groups {
                pattern: format!("{FLAGS}{pattern}"),
            },
            add: false,
            clean: false,
            keep_empty: false,
            match_limit,
            depth_limit,
        }
    }

    /// A pattern as the command `rex` applies it, with its default limits.
    pub fn rex(pattern: &str) -> Self {
        Self {
            kind: RuleKind::Groups {
                pattern: pattern.to_owned(),
            },
            add: false,
            clean: false,
            keep_empty: true,
            match_limit: 100_000,
            depth_limit: 1_000,
        }
    }

    /// A transform that a `REPORT-` lists; none where it extracts nothing.
    pub fn report(transform: &Transform) -> Option<Self> {
        let pattern = transform
            .regex
            .as_ref()
            .map(|regex| format!("{FLAGS}{regex}"));
        let kind = match (pattern, &transform.format) {
            (Some(pattern), None) => RuleKind::Groups { pattern },
            (Some(pattern), Some(format)) => RuleKind::Format {
                pattern,
                pairs: format
                    .pairs
                    .iter()
                    .map(|(name, value)| (name_of(name), filler_of(value)))
                    .collect(),
            },
            (None, _) => {
                let mut delimiters = transform.delims.iter();
                RuleKind::Delimiters {
                    pairs: delimiters.next()?.clone(),
                    values: delimiters
                        .next()
                        .cloned()
                        .filter(|_| transform.fields.is_empty()),
                    fields: transform.fields.clone(),
                }
            }
        };
        Some(Self {
            kind,
            add: transform.mv_add,
            clean: transform.clean_keys,
            keep_empty: transform.keep_empty_vals,
            match_limit: transform.match_limit,
            depth_limit: transform.depth_limit,
        })
    }

    /// A `TOKENIZER` of `fields.conf`: the first group of each match is a value.
    pub fn tokenizer(field: &str, pattern: String) -> Self {
        Self {
            kind: RuleKind::Format {
                pattern,
                pairs: vec![(Name::Fixed(field.to_owned()), Filler::Group(1))],
            },
            add: true,
            clean: false,
            keep_empty: false,
            match_limit: 100_000,
            depth_limit: 1_000,
        }
    }

    /// The pattern, if it has one.
    pub fn pattern(&self) -> Option<&str> {
        match &self.kind {
            RuleKind::Groups { pattern } | RuleKind::Format { pattern, .. } => Some(pattern),
            RuleKind::Delimiters { .. } => None,
        }
    }

    /// Whether it takes names from the data.
    pub fn is_open(&self) -> bool {
        match &self.kind {
            RuleKind::Groups { pattern } => {
                pattern.contains("<_KEY_") || pattern.contains("'_KEY_")
            }
            RuleKind::Format { pairs, .. } => {
                pairs.iter().any(|(name, _)| matches!(name, Name::Group(_)))
            }
            RuleKind::Delimiters { fields, .. } => fields.is_empty(),
        }
    }

    /// The names that it gives, as far as they are written out.
    pub fn names(&self) -> Vec<String> {
        match &self.kind {
            RuleKind::Groups { pattern } => {
                let mut names = groups(pattern);
                names.retain(|name| !name.starts_with("_KEY_") && !name.starts_with("_VAL_"));
                names
            }
            RuleKind::Format { pairs, .. } => {
                let fixed = pairs.iter().filter_map(|(name, _)| match name {
                    Name::Fixed(name) => Some(self.cleaned(name).into_owned()),
                    _ => None,
                });
                fixed.collect()
            }
            RuleKind::Delimiters { fields, .. } => fields
                .iter()
                .map(|name| self.cleaned(name).into_owned())
                .collect(),
        }
    }

    /// Whether it gives a field of that name.
    pub fn gives(&self, wanted: &str) -> Gives {
        if let RuleKind::Format { pairs, .. } = &self.kind {
            for (name, value) in pairs {
                let unclear = match name {
                    Name::Fixed(name) => *self.cleaned(name) == *wanted && *value == Filler::Joined,
                    Name::Joined(texts) => texts
                        .iter()
                        .all(|text| wanted.contains(&*self.cleaned(text))),
                    Name::Group(_) => *value == Filler::Joined,
                };
                if unclear {
                    return Gives::Unclear;
                }
            }
        }
        if self.names().iter().any(|name| name == wanted) {
            Gives::Named
        } else if self.is_open() {
            Gives::Perhaps
        } else {
            Gives::Never
        }
    }

    /// Whether every value of a field is a piece of the text, so that it stands there.
    pub fn is_piece(&self, wanted: &str) -> bool {
        match &self.kind {
            RuleKind::Groups { .. } => true,
            RuleKind::Format { pairs, .. } => pairs.iter().all(|(name, value)| {
                matches!(value, Filler::Group(_))
                    || matches!(name, Name::Fixed(name) if *self.cleaned(name) != *wanted)
            }),
            // Escapes in quotes are resolved.
            RuleKind::Delimiters { .. } => false,
        }
    }

    /// A name as the field is called.
    pub fn cleaned<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if self.clean {
            clean_key(name)
        } else {
            Cow::Borrowed(name)
        }
    }
}

/// Splunk's key cleaning: what is no ASCII letter, digit or `_` becomes `_`; leading `_` and digits go (transforms.conf.spec,
/// `CLEAN_KEYS`).
pub fn clean_key(name: &str) -> Cow<'_, str> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let starts_well = name.as_bytes().first().is_none_or(u8::is_ascii_alphabetic);
    if starts_well && name.as_bytes().iter().all(plain) {
        return Cow::Borrowed(name);
    }
    let kept = |character: char| character.is_ascii_alphanumeric();
    let cleaned: String = name
        .chars()
        .map(|character| if kept(character) { character } else { '_' })
        .collect();
    let start = cleaned.trim_start_matches(|start: char| start == '_' || start.is_ascii_digit());
    Cow::Owned(start.to_owned())
}

fn name_of(template: &Template) -> Name {
    match template.parts.as_slice() {
        [TemplatePart::Text(text)] => Name::Fixed(text.clone()),
        [TemplatePart::Group(group)] => Name::Group(*group as usize),
        parts => {
            let texts = parts.iter().filter_map(|part| match part {
                TemplatePart::Text(text) => Some(text.clone()),
                TemplatePart::Group(_) => None,
            });
            Name::Joined(texts.collect())
        }
    }
}

fn filler_of(template: &Template) -> Filler {
    match template.parts.as_slice() {
        [] => Filler::Fixed(String::new()),
        [TemplatePart::Text(text)] => Filler::Fixed(text.clone()),
        [TemplatePart::Group(group)] => Filler::Group(*group as usize),
        _ => Filler::Joined,
    }
}

/// The named groups of a pattern: `(?<n>`, `(?P<n>`, `(?'n'`.
pub(crate) fn groups(pattern: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in pattern.match_indices("(?") {
        let rest = &pattern[at + 2..];
        let rest = rest.strip_prefix('P').unwrap_or(rest);
        let close = match rest.as_bytes().first() {
            Some(b'<') => '>',
            Some(b'\'') => '\'',
            _ => continue,
        };
        if let Some((name, _)) = rest[1..].split_once(close)
            && name.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && name
                .chars()
                .all(|character| character.is_alphanumeric() || character == '_')
        {
            names.push(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_cleaned() {
        for (name, cleaned) in [
            ("plain_1", "plain_1"),
            ("a.b-c d", "a_b_c_d"),
            ("__9x", "x"),
            ("Übung", "bung"),
            ("a:b{}", "a_b__"),
        ] {
            assert_eq!(clean_key(name), cleaned, "{name}");
        }
    }
}
