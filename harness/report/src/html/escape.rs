//! Text for HTML: markup is escaped, and so is what would reorder or hide the text around it.

use crate::text::lines;

/// Adds the text with its lines and tabs, nothing of it markup.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in lines(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// The address, if it is one that a browser may follow: nothing that runs a script.
pub(super) fn address(text: &str) -> Option<&str> {
    let text = text.trim();
    let safe = ["https://", "http://"].iter().any(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    });
    (safe && !text.contains(char::is_whitespace)).then_some(text)
}

/// A word for class names, fragments and file names.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() {
        "none".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_followed() {
        assert_eq!(address(" HTTPS://a.b/c "), Some("HTTPS://a.b/c"));
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "see https://a.b",
            "//a.b",
            "https://a b",
        ] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }

    #[test]
    fn words() {
        assert_eq!(slug("T1003.001"), "t1003-001");
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("日本"), "none");
    }
}
