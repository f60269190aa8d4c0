//! A macro call as written: `` `name` ``, `` `name(a, "b")` ``, `` `name(x=a)` ``.

/// A range of bytes.
pub(super) type Range = (usize, usize);

/// A call as it stands in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// The name.
    pub(super) name: String,
    /// The arguments, without the quotes around them.
    pub(super) arguments: Vec<Range>,
    /// One past the closing backtick.
    pub(super) end: usize,
}

/// Reads the call at the backtick at `open`. `None` when it is not closed.
pub(super) fn read(text: &str, open: usize) -> Option<Call> {
    let start = open + 1;
    let rest = text.get(start..)?;
    let stop = rest.find(['`', '(']).map(|length| start + length)?;
    if text.as_bytes().get(stop) == Some(&b'(')
        && let Some((arguments, after)) = arguments(text, stop)
    {
        let tail = text.get(after..)?;
        let close = after + (tail.len() - tail.trim_start().len());
        if text.as_bytes().get(close) == Some(&b'`') {
            return Some(Call {
                name: text.get(start..stop)?.trim().to_owned(),
                arguments,
                end: close + 1,
            });
        }
    }
    let close = start + rest.find('`')?;
    Some(Call {
        name: text.get(start..close)?.trim().to_owned(),
        arguments: Vec::new(),
        end: close + 1,
    })
}

/// The arguments of the parenthesis at `open`, and the place behind it. Commas in quotes and parentheses do not split.
fn arguments(text: &str, open: usize) -> Option<(Vec<Range>, usize)> {
    let bytes = text.as_bytes();
    let mut arguments = Vec::new();
    let (mut from, mut at, mut depth) = (open + 1, open + 1, 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => at = crate::lexer::close_of_quote(text, at, b'"')?,
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            b',' if depth == 0 => {
                arguments.push(trimmed(text, from, at));
                from = at + 1;
            }
            b')' => {
                let last = trimmed(text, from, at);
                // `name()` has no arguments.
                if !arguments.is_empty()
                    || last.0 < last.1
                    || text.get(from..at).is_some_and(|text| text.contains('"'))
                {
                    arguments.push(last);
                }
                return Some((arguments, at + 1));
            }
            _ => {}
        }
        at += 1;
    }
}

/// The range without white space around it, nor quotes around that.
pub(super) fn trimmed(text: &str, from: usize, to: usize) -> Range {
    let whole = text.get(from..to).unwrap_or("");
    let start = from + (whole.len() - whole.trim_start().len());
    let end = (from + whole.trim_end().len()).max(start);
    let inner = text.get(start..end).unwrap_or("");
    let is_quoted = inner.len() >= 2
        && inner.starts_with('"')
        && crate::lexer::close_of_quote(inner, 0, b'"') == Some(inner.len() - 1);
    if is_quoted {
        (start + 1, end - 1)
    } else {
        (start, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, name: &str, arguments: &[&str]) {
        let call = read(text, 0).unwrap();
        let found: Vec<&str> = call
            .arguments
            .iter()
            .map(|(start, end)| &text[*start..*end])
            .collect();
        assert_eq!((call.name.as_str(), found.as_slice()), (name, arguments));
    }

    #[test]
    fn arguments_are_split_at_commas_and_stripped_of_quotes() {
        check("`m`", "m", &[]);
        check("`m()`", "m", &[]);
        check(r#"`m("")`"#, "m", &[""]);
        check(r#"`drop("All_Traffic")`"#, "drop", &["All_Traffic"]);
        check(
            r#"`m(a, "b, c" ,f(x,y), d)`"#,
            "m",
            &["a", "b, c", "f(x,y)", "d"],
        );
        check(r#"`m("a"."b")`"#, "m", &[r#""a"."b""#]);
        check("`m(a`b)", "m(a", &[]);
        assert!(read("`m(a", 0).is_none());
    }
}
