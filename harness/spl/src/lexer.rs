//! Words of the search text. The rules differ by place, so words are read on demand and not in one pass.

/// Where a bare word stands, which decides what ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WordRule {
    /// The left side of a comparison, or a free term: ends at an operator.
    Term,
    /// The right side of a comparison.
    Value,
    /// An item of an `IN` list: ends at a comma.
    Item,
    /// A name in a list (`table`, `by`, `rename`, …): ends at a comma or `=`. Dots, braces, `@`, `/`, `-` are plain.
    Name,
    /// The value of an option: ends at a comma.
    Setting,
}

/// A place in a text, and the end of what may be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    /// The whole text.
    pub(crate) text: &'a str,
    /// The next byte.
    pub(crate) at: usize,
    /// One past the last byte that may be read.
    pub(crate) end: usize,
}

/// Words that are operators of a search expression, in capitals only.
const SEARCH_OPERATORS: [&str; 6] = ["AND", "OR", "NOT", "IN", "TERM", "CASE"];

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str, at: usize, end: usize) -> Self {
        Self { text, at, end }
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..self.end).unwrap_or("")
    }

    /// The text between two places.
    pub(crate) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or("")
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Skips white space and comments (```` ``` ````…```` ``` ````).
    pub(crate) fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            let Some(comment) = self.rest().strip_prefix("```") else {
                return;
            };
            self.at = comment
                .find("```")
                .map_or(self.end, |length| self.at + length + 6);
        }
    }

    /// Skips white space; true at the end.
    pub(crate) fn is_done(&mut self) -> bool {
        self.skip_space();
        self.at >= self.end
    }

    /// Skips white space and takes `mark` when it comes next.
    pub(crate) fn eat(&mut self, mark: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(mark);
        if found {
            self.at += mark.len();
        }
        found
    }

    /// Whether the character `next` comes after white space.
    pub(crate) fn sees(&mut self, next: char) -> bool {
        self.skip_space();
        self.peek() == Some(next)
    }

    /// Skips white space and commas.
    pub(crate) fn skip_commas(&mut self) {
        while self.eat(",") {}
    }

    /// The word of letters, digits and `_` that comes next, not taken.
    pub(crate) fn ahead(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        rest.get(..end).unwrap_or("")
    }

    /// Whether the whole word `word` comes next, in any letter case.
    pub(crate) fn sees_keyword(&mut self, word: &str) -> bool {
        self.skip_space();
        let rest = self.rest();
        let Some(head) = rest.get(..word.len()) else {
            return false;
        };
        if !head.eq_ignore_ascii_case(word) {
            return false;
        }
        let after = rest
            .get(word.len()..)
            .and_then(|after| after.chars().next());
        after.is_none_or(|c| c.is_whitespace() || "()[]\"'|,`".contains(c))
    }

    /// Takes the word `word` in any letter case.
    pub(crate) fn keyword(&mut self, word: &str) -> bool {
        let found = self.sees_keyword(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// Takes the operator word `word`, in capitals only.
    pub(crate) fn operator_word(&mut self, word: &str) -> bool {
        self.skip_space();
        self.rest().starts_with(word) && self.keyword(word)
    }

    /// At an opening quote: the ends of its content and of the whole. `None` when it is not closed.
    pub(crate) fn quoted(&self, quote: char) -> Option<(usize, usize)> {
        let close = close_of_quote(self.slice(0, self.end), self.at, quote as u8)?;
        Some((close, close + 1))
    }

    /// The end of the bare word that starts here.
    pub(crate) fn bare_end(&self, rule: WordRule) -> usize {
        let is_search = matches!(rule, WordRule::Term | WordRule::Value | WordRule::Item);
        let mut here = *self;
        while let Some(next) = here.peek() {
            let stop = match next {
                '|' | '[' | ']' | '"' | '`' | ')' => true,
                ',' => matches!(rule, WordRule::Item | WordRule::Name | WordRule::Setting),
                '=' => matches!(rule, WordRule::Term | WordRule::Name),
                '<' | '>' => rule == WordRule::Term,
                '!' => rule == WordRule::Term && here.rest().starts_with("!="),
                '(' => match here.group_end(rule, self.slice(self.at, here.at)) {
                    Some(end) => {
                        here.at = end;
                        continue;
                    }
                    None => true,
                },
                '\\' if is_search => {
                    here.at += 1;
                    if !matches!(here.peek(), Some('"' | '\\' | '|')) {
                        continue;
                    }
                    false
                }
                _ => next.is_whitespace(),
            };
            if stop {
                break;
            }
            here.bump();
        }
        here.at
    }

    /// At `(` within a word: the end of the group when it belongs to the word, as in `IsOutlier(calls)` or `*Get()*`.
    fn group_end(&self, rule: WordRule, word: &str) -> Option<usize> {
        if word.is_empty() || (rule == WordRule::Term && SEARCH_OPERATORS.contains(&word)) {
            return None;
        }
        let mut depth = 0_usize;
        for (offset, next) in self.rest().char_indices() {
            match next {
                '(' => depth += 1,
                ')' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(self.at + offset + 1);
                    }
                }
                '=' | '<' | '>' if rule == WordRule::Term => return None,
                '|' | '[' | ']' | '"' | '`' => return None,
                _ if next.is_whitespace() => return None,
                _ => {}
            }
        }
        None
    }

    /// At `(`: the place of its partner, with strings and comments skipped.
    pub(crate) fn close_of_paren(&self) -> Option<usize> {
        let bytes = self.slice(0, self.end).as_bytes();
        let mut at = self.at;
        let mut depth = 0_usize;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => at = close_of_quote(self.slice(0, self.end), at, b'"')?,
                b'`' if self.slice(at, self.end).starts_with("```") => {
                    let comment = self.slice(at + 3, self.end);
                    at += comment.find("```")? + 5;
                }
                b'(' => depth += 1,
                b')' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        None
    }
}

/// The place of the quote that closes the one at `open`; a backslash protects the byte after it.
pub(crate) fn close_of_quote(text: &str, open: usize, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = open + 1;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            byte if *byte == quote => return Some(at),
            _ => at += 1,
        }
    }
}

/// Resolves `\\` and `\"` (or whatever `known` holds); any other backslash stands for itself.
pub(crate) fn unescape(text: &str, known: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(next) = chars.next() {
        match chars.peek() {
            Some(after) if next == '\\' && known.contains(*after) => {
                out.push(*after);
                chars.next();
            }
            _ => out.push(next),
        }
    }
    out
}

/// Writes `text` between quotes.
pub(crate) fn quote(text: &str, mark: char) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(mark);
    for next in text.chars() {
        if next == mark || next == '\\' {
            out.push('\\');
        }
        out.push(next);
    }
    out.push(mark);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: WordRule, text: &str, word: &str) {
        let cursor = Cursor::new(text, 0, text.len());
        assert_eq!(cursor.slice(0, cursor.bare_end(rule)), word);
    }

    #[test]
    fn bare_words_end_by_their_place() {
        check(WordRule::Term, "Processes.dest=x", "Processes.dest");
        check(WordRule::Term, "a!=x", "a");
        check(WordRule::Term, "NOT(a)", "NOT");
        check(
            WordRule::Term,
            "system:serviceaccounts b",
            "system:serviceaccounts",
        );
        check(WordRule::Value, "*GetCurrent()* b", "*GetCurrent()*");
        check(WordRule::Value, "*a=b*)", "*a=b*");
        check(WordRule::Value, r#"a\"b\\"c"#, r#"a\"b\\"#);
        check(WordRule::Item, "a,b", "a");
        check(
            WordRule::Name,
            "annotations.k8s.io/reason{}.@type, b",
            "annotations.k8s.io/reason{}.@type",
        );
        check(
            WordRule::Name,
            "IsOutlier(api_calls) as",
            "IsOutlier(api_calls)",
        );
        check(WordRule::Setting, "inner[|tstats", "inner");
    }

    #[test]
    fn only_known_escapes_are_resolved() {
        assert_eq!(unescape(r#"\\\("#, "\\\""), r"\\(");
        assert_eq!(unescape(r#"\"x\" \d"#, "\\\""), r#""x" \d"#);
        assert_eq!(unescape(r"a\", "\\\""), r"a\");
    }
}
