//! A set of field names: some names and patterns, or all but some.

use std::collections::BTreeSet;

/// Which fields are wanted, or can be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldSet {
    /// These names; one with `*` is a pattern.
    Some(BTreeSet<String>),
    /// All names but these.
    AllExcept(BTreeSet<String>),
}

impl FieldSet {
    /// No field.
    pub fn none() -> Self {
        FieldSet::Some(BTreeSet::new())
    }

    /// Every field.
    pub fn all() -> Self {
        FieldSet::AllExcept(BTreeSet::new())
    }

    /// These names and patterns.
    pub fn of<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        FieldSet::Some(names.into_iter().map(Into::into).collect())
    }

    /// Whether a name belongs to the set.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            FieldSet::Some(names) => {
                names.contains(name) || names.iter().any(|pattern| pattern_matches(pattern, name))
            }
            FieldSet::AllExcept(names) => !names.contains(name),
        }
    }

    /// Whether the names can't be told without looking at the events: everything, or a pattern.
    pub fn is_open(&self) -> bool {
        match self {
            FieldSet::Some(names) => names.iter().any(|name| name.contains('*')),
            FieldSet::AllExcept(_) => true,
        }
    }

    /// The names that are told by name, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = match self {
            FieldSet::Some(names) => Some(names),
            FieldSet::AllExcept(_) => None,
        };
        names
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|name| !name.contains('*'))
    }

    /// Adds a name or pattern.
    pub fn insert(&mut self, name: impl Into<String>) {
        match self {
            FieldSet::Some(names) => {
                names.insert(name.into());
            }
            FieldSet::AllExcept(names) => {
                let name = name.into();
                names.retain(|excluded| *excluded != name && !pattern_matches(&name, excluded));
            }
        }
    }

    /// Takes a name out. Patterns that cover it stay, so the set may remain too large, never too small.
    pub fn remove(&mut self, name: &str) {
        match self {
            FieldSet::Some(names) => {
                names.remove(name);
            }
            FieldSet::AllExcept(names) => {
                names.insert(name.to_owned());
            }
        }
    }

    /// Both sets.
    #[must_use]
    pub fn union(mut self, other: FieldSet) -> Self {
        match other {
            FieldSet::Some(names) => {
                for name in names {
                    self.insert(name);
                }
                self
            }
            FieldSet::AllExcept(excluded) => {
                let missing = excluded
                    .into_iter()
                    .filter(|name| !self.contains(name))
                    .collect();
                FieldSet::AllExcept(missing)
            }
        }
    }
}

/// Whether a name fits a field pattern, in which `*` stands for any text. Field names are case-sensitive.
pub fn pattern_matches(pattern: &str, name: &str) -> bool {
    capture(pattern, name).is_some()
}

/// What each `*` of a field pattern stands for in `name`, shortest first; nothing where the name does not fit.
pub fn capture<'a>(pattern: &str, name: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = pattern.split('*');
    let mut rest = name.strip_prefix(pieces.next()?)?;
    let pieces: Vec<&str> = pieces.collect();
    let mut captured = Vec::with_capacity(pieces.len());
    for (index, piece) in pieces.iter().enumerate() {
        let at = if index + 1 == pieces.len() {
            rest.ends_with(piece).then(|| rest.len() - piece.len())?
        } else {
            rest.find(piece)?
        };
        captured.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    rest.is_empty().then_some(captured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_capture_what_the_stars_stand_for() {
        assert_eq!(capture("Processes.*", "Processes.dest"), Some(vec!["dest"]));
        assert_eq!(capture("a*c*", "abcd"), Some(vec!["b", "d"]));
        assert_eq!(capture("*a", "aba"), Some(vec!["ab"]));
        assert_eq!(capture("a", "ab"), None);
        assert_eq!(capture("a*a", "a"), None);
    }

    #[test]
    fn union_and_removal_never_lose_a_name() {
        let all_but_a = FieldSet::AllExcept(["a".to_owned()].into());
        assert!(FieldSet::of(["a"]).union(all_but_a.clone()).contains("a"));
        assert!(!FieldSet::of(["b"]).union(all_but_a).contains("a"));
        let mut some = FieldSet::of(["a", "b*"]);
        some.remove("bc");
        assert!(some.contains("bc"));
    }
}
