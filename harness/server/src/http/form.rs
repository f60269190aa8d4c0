//! Names and values: of a query, and of a body that is a form, whatever its content type says.

use percent_encoding::percent_decode_str;

/// Names and values in their order; a name may come again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(String, String)>);

/// Most names of a request.
const MOST: usize = 10_000;

impl Params {
    /// Adds those of an encoded text.
    pub(crate) fn add(&mut self, encoded: &[u8]) {
        let left = MOST.saturating_sub(self.0.len());
        let pairs = url::form_urlencoded::parse(encoded).take(left);
        self.0
            .extend(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())));
    }

    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        let found = pairs.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All values of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.0.iter().filter(move |(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All but those of a name.
    pub(crate) fn without(&self, name: &str) -> Self {
        let others = self.0.iter().filter(|(known, _)| known != name);
        Self(others.cloned().collect())
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a switch is on: `1`, `true`, `True`, `t`.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(is_on)
    }

    /// A number; nothing where there is none.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.trim().parse().ok()
    }
}

/// Whether a value says yes.
pub(crate) fn is_on(value: &str) -> bool {
    ["1", "true", "t", "yes", "y"]
        .iter()
        .any(|yes| value.trim().eq_ignore_ascii_case(yes))
}

/// A segment of a path. Splunk's SDK writes a space in a name as a plus, and a plus as `%2B`.
pub(crate) fn in_path(text: &str) -> String {
    decoded(&text.replace('+', " "))
}

/// A name, decoded once; a slash within it comes encoded twice, as links of Splunk hold it.
pub(crate) fn decoded(text: &str) -> String {
    let once = percent_decode_str(text).decode_utf8_lossy();
    once.replace("%2F", "/").replace("%2f", "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_keep_their_order() {
        let mut params = Params::default();
        params.add(b"a=1&b=x%20y&a=2&c");
        params.add(b"a=3");
        assert_eq!(params.all("a").collect::<Vec<_>>(), ["1", "2", "3"]);
        assert_eq!((params.get("b"), params.get("c")), (Some("x y"), Some("")));
        assert_eq!(params.get("d"), None);
    }

    #[test]
    fn a_slash_in_a_name_comes_encoded_once_or_twice() {
        for encoded in ["a%2Fb%20c", "a%252Fb%20c", "a%252fb c"] {
            assert_eq!(decoded(encoded), "a/b c", "{encoded}");
        }
        assert_eq!(decoded("100%25"), "100%");
        assert_eq!(in_path("a+%2F+b%2B"), "a / b+");
    }

    #[test]
    fn switches_are_python_s_too() {
        assert!(is_on("True") && is_on("1") && !is_on("False") && !is_on("0") && !is_on(""));
    }
}
