//! Names that a search's text uses, without expanding it: macros between backticks, lookups after the commands that read them.
//!
//! Unlike a parsed search it also tells what is no longer there, which is what a deleted macro is found by.

/// The names of the macros called in a text. Comments, between three backticks, call none.
pub(super) fn macros(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('`') {
        rest = &rest[open..];
        if let Some(comment) = rest.strip_prefix("```") {
            let end = comment.find("```").map_or(comment.len(), |end| end + 3);
            rest = &comment[end..];
            continue;
        }
        let call = &rest[1..];
        let Some(end) = call.find('`') else { break };
        let name = call[..end].split('(').next().unwrap_or_default().trim();
        if !name.is_empty() {
            found.push(name.to_owned());
        }
        rest = &call[end + 1..];
    }
    found
}

/// The lookups that a text names, by definition or by file.
pub(super) fn lookups(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut begins = true;
    let mut words = words(text).peekable();
    while let Some(word) = words.next() {
        let command = begins && matches!(word, "lookup" | "inputlookup" | "outputlookup");
        if let Some(name) = word.strip_prefix("lookup:") {
            found.push(name.to_owned());
        }
        begins = matches!(word, "|" | "[");
        if !command {
            continue;
        }
        // Options stand before the name: `append=true`.
        while let Some(next) = words.peek().copied() {
            let is_option = next.contains('=');
            if matches!(next, "|" | "[" | "]") {
                break;
            }
            words.next();
            if !is_option {
                found.push(next.to_owned());
                break;
            }
        }
    }
    found
}

/// Words between blanks, quotes and commas, the signs that part commands alone.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|one: char| one.is_whitespace() || matches!(one, '"' | ',' | '`'));
    parts
        .flat_map(|part| part.split_inclusive(['|', '[', ']']))
        .flat_map(|part| {
            let sign = part.len() - usize::from(part.ends_with(['|', '[', ']']));
            [&part[..sign], &part[sign..]]
        })
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_are_found_and_comments_are_not() {
        let text = "`sysmon` EventCode=1 ```a `b` c``` | `f(\"x\", 1)` | where a=\"`in_text`\" | ` x ` `open";
        assert_eq!(macros(text), ["sysmon", "f", "in_text", "x"]);
        assert!(macros("``` no end").is_empty());
    }

    #[test]
    fn lookups_are_found_behind_their_commands() {
        for (text, names) in [
            (
                "index=a | lookup update=true assets ip OUTPUT host",
                &["assets"][..],
            ),
            ("|inputlookup append=t \"a b.csv\" where x=1", &["a"]),
            (
                "a [|inputlookup inner.csv] | outputlookup outer",
                &["inner.csv", "outer"],
            ),
            ("| from lookup:seen | stats count by lookup", &["seen"]),
            ("lookup at_the_begin x", &["at_the_begin"]),
            ("search lookup assets", &[]),
            ("| inputlookup", &[]),
        ] {
            assert_eq!(lookups(text), names, "{text}");
        }
    }
}
