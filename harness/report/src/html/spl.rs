//! SPL in colours, with each macro call to be unfolded in its place. A reader's tokenizer: it judges nothing and loses nothing.

use dryfire_event::MacroUsed;

use super::escape::escape;

/// How deep macros unfold inside of macros.
const MAX_DEPTH: usize = 4;
/// Words that join the parts of a command.
const KEYWORDS: &[&str] = &[
    "and",
    "as",
    "by",
    "from",
    "groupby",
    "in",
    "not",
    "or",
    "output",
    "outputnew",
    "over",
    "where",
    "xor",
];
/// Commands that a search may begin with without a pipe.
const LEADING: &[&str] = &[
    "from",
    "inputlookup",
    "makeresults",
    "metadata",
    "mstats",
    "rest",
    "search",
    "tstats",
];

/// The text as HTML: a block for each pipe of the search itself.
pub(super) fn highlight(text: &str, macros: &[MacroUsed]) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    Highlighter {
        macros,
        open: Vec::new(),
    }
    .render(text.trim(), &mut out);
    out
}

struct Highlighter<'m> {
    macros: &'m [MacroUsed],
    /// The macros being unfolded, outermost first.
    open: Vec<&'m str>,
}

impl<'m> Highlighter<'m> {
    fn render(&mut self, text: &str, out: &mut String) {
        out.push_str("<div>");
        let begin = out.len();
        let mut depth = 0_usize;
        // Whether the next word is a command.
        let mut command = false;
        let mut rest = text;
        let mut first = true;
        while let Some(c) = rest.chars().next() {
            let length = length(rest, c);
            let (token, after) = rest.split_at(length);
            match c {
                '|' => {
                    if depth == 0 && out.len() > begin {
                        out.truncate(out.trim_end().len().max(begin));
                        out.push_str("</div><div>");
                    }
                    mark(out, "p", token);
                    command = true;
                }
                '[' | '(' => {
                    depth += 1;
                    command = c == '[';
                    out.push_str(token);
                }
                ']' | ')' => {
                    depth = depth.saturating_sub(1);
                    out.push_str(token);
                }
                '"' => mark(out, "s", token),
                '`' if token.starts_with("```") => mark(out, "n", token),
                '`' => self.call(token, out),
                '$' if token.len() > 1 => mark(out, "t", token),
                c if c.is_whitespace() => out.push_str(token),
                c if is_word(c) => {
                    let lower = token.to_lowercase();
                    let leads =
                        first && LEADING.contains(&lower.as_str()) && !after.starts_with('=');
                    if command || leads {
                        mark(out, "c", token);
                    } else if KEYWORDS.contains(&lower.as_str()) {
                        mark(out, "k", token);
                    } else if after.starts_with('(') {
                        mark(out, "f", token);
                    } else {
                        escape(token, out);
                    }
                    command = false;
                }
                _ => escape(token, out),
            }
            first &= c.is_whitespace();
            rest = after;
        }
        out.push_str("</div>");
    }

    /// A macro call: its text, and below it what it stands for.
    fn call(&mut self, token: &str, out: &mut String) {
        let inner = token.trim_matches('`').trim();
        let name = inner.split('(').next().unwrap_or(inner).trim();
        let count = arguments(inner);
        let all = self.macros;
        let found = all
            .iter()
            .find(|one| one.name == name && one.arguments.len() == count)
            .or_else(|| all.iter().find(|one| one.name == name));
        let Some(found) = found
            .filter(|one| self.open.len() < MAX_DEPTH && !self.open.contains(&one.name.as_str()))
        else {
            return mark(out, "m", token);
        };
        out.push_str("<details><summary>");
        escape(token, out);
        out.push_str("</summary><div>");
        self.open.push(&found.name);
        self.render(found.definition.trim(), out);
        self.open.pop();
        out.push_str("</div></details>");
    }
}

fn mark(out: &mut String, class: &str, text: &str) {
    out.push_str("<i class=");
    out.push_str(class);
    out.push('>');
    escape(text, out);
    out.push_str("</i>");
}

/// Bytes of the token that begins with `first`.
fn length(rest: &str, first: char) -> usize {
    let whole = rest.len();
    match first {
        '"' => {
            let mut escaped = false;
            let close = rest.char_indices().skip(1).find(|&(_, c)| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            });
            close.map_or(whole, |(at, _)| at + 1)
        }
        '`' if rest.starts_with("```") => rest
            .get(3..)
            .and_then(|inner| inner.find("```"))
            .map_or(whole, |at| at + 6),
        '`' => rest
            .get(1..)
            .and_then(|inner| inner.find('`'))
            .map_or(whole, |at| at + 2),
        '$' => {
            let inner = rest.get(1..).unwrap_or("");
            let end = inner
                .find(|c: char| !(c.is_alphanumeric() || "_.".contains(c)))
                .unwrap_or(inner.len());
            if end > 0 && inner.get(end..).is_some_and(|after| after.starts_with('$')) {
                end + 2
            } else {
                1
            }
        }
        c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()).unwrap_or(whole),
        c if is_word(c) => rest.find(|c: char| !is_word(c)).unwrap_or(whole),
        c => c.len_utf8(),
    }
}

fn is_word(c: char) -> bool {
    !c.is_whitespace() && !"|[](),\"'`=<>!$+".contains(c)
}

/// How many arguments a call has.
fn arguments(call: &str) -> usize {
    let Some(inner) = call
        .split_once('(')
        .map(|(_, rest)| rest.trim_end_matches(')'))
    else {
        return 0;
    };
    let mut quoted = false;
    let commas = inner.chars().filter(|&c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    commas.count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let macros = [
            MacroUsed {
                name: "shells".into(),
                arguments: Vec::new(),
                definition: "process IN (\"cmd.exe\") `inner(process)`".into(),
            },
            MacroUsed {
                name: "inner".into(),
                arguments: vec!["f".into()],
                definition: "$f$=* `shells`".into(),
            },
        ];
        assert_eq!(highlight(text, &macros), format!("<div>{expected}</div>"));
    }

    #[test]
    fn words_have_their_colours() {
        check(
            "| tstats count by a",
            "<i class=p>|</i> <i class=c>tstats</i> count <i class=k>by</i> a",
        );
        check(
            "search index=a NOT b",
            "<i class=c>search</i> index=a <i class=k>NOT</i> b",
        );
        check(
            "a=\"x | \\\" y\" ```note |```",
            "a=<i class=s>&quot;x | \\&quot; y&quot;</i> <i class=n>```note |```</i>",
        );
        check(
            "a | eval b=len(c)",
            "a</div><div><i class=p>|</i> <i class=c>eval</i> b=<i class=f>len</i>(c)",
        );
        check(
            "a [ | search $x$ 5$ ]",
            "a [ <i class=p>|</i> <i class=c>search</i> <i class=t>$x$</i> 5$ ]",
        );
    }

    #[test]
    fn macros_unfold_and_never_endlessly() {
        check("`gone(x)`", "<i class=m>`gone(x)`</i>");
        check(
            "`shells`",
            "<details><summary>`shells`</summary><div><div>process <i class=k>IN</i> (<i class=s>&quot;cmd.exe&quot;</i>) \
             <details><summary>`inner(process)`</summary><div><div><i class=t>$f$</i>=* <i class=m>`shells`</i></div></div></details></div></div></details>",
        );
    }

    #[test]
    fn nothing_is_lost_and_nothing_is_markup() {
        check(
            "<script>alert('x')</script>",
            "&lt;script&gt;<i class=f>alert</i>(&#39;x&#39;)&lt;/script&gt;",
        );
        for odd in ["\"", "`", "```", "$", "|", "a | | b", "é`ü\"", "[[[)))"] {
            let html = highlight(odd, &[]);
            let mut text = String::new();
            let mut inside = false;
            for c in html.chars() {
                match c {
                    '<' => inside = true,
                    '>' => inside = false,
                    c if !inside => text.push(c),
                    _ => {}
                }
            }
            let spaceless = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(spaceless(&text.replace("&quot;", "\"")), spaceless(odd));
        }
    }
}
