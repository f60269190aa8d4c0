//! The keys of the first JSON object of a text.

/// The keys of the first object, each with the text that follows its colon.
pub(super) struct Keys<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Keys<'a> {
    /// The keys of the first object in a text that may be cut off anywhere. A list that wraps the events is looked through.
    pub(super) fn of(text: &'a str) -> Self {
        let keys = Self::outer(text);
        match keys.value("Records") {
            Some(records) if records.starts_with('[') => Self::outer(records),
            _ => keys,
        }
    }

    fn outer(text: &'a str) -> Self {
        let mut keys = Vec::new();
        let Some(first) = text.find('{') else {
            return Self(keys);
        };
        let (bytes, mut at, mut depth) = (text.as_bytes(), first, 0_usize);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    let Some(end) = string_end(bytes, at + 1) else {
                        break;
                    };
                    let behind = text[end + 1..].trim_start();
                    if let Some(value) = behind.strip_prefix(':').filter(|_| depth == 1) {
                        keys.push((&text[at + 1..end], value.trim_start()));
                    }
                    at = end;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        Self(keys)
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all these are there.
    pub(super) fn all(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.value(name).is_some())
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| *value)
    }

    /// Whether a key's value is a text that begins so.
    pub(super) fn begins(&self, name: &str, with: &str) -> bool {
        self.value(name)
            .and_then(|value| value.strip_prefix('"'))
            .is_some_and(|value| value.starts_with(with))
    }

    /// The keys of an object in the object.
    pub(super) fn within(&self, name: &str) -> Self {
        Self::outer(
            self.value(name)
                .filter(|value| value.starts_with('{'))
                .unwrap_or_default(),
        )
    }
}

/// Where a string's closing quote is.
fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_first_object_only() {
        let keys = Keys::of(r#" [ {"a" : 1, "b\"c":{"d":"x"}, "e":["f"], "g":"{h"} {"i":1}"#);
        let names: Vec<_> = keys.0.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["a", "b\\\"c", "e", "g"]);
        assert!(
            keys.within("b\\\"c").begins("d", "x")
                && keys.within("e").is_empty()
                && !keys.begins("a", "")
        );
        assert!(Keys::of("{\"cut").is_empty() && Keys::of("[1,2]").is_empty());
        assert!(Keys::of("{\"Records\":[{\"a\":1}]}").all(&["a"]));
    }
}
