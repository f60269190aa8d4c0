//! The grammar of filter expressions.
//!
//! ```text
//! expression = term ("|" term)*            also: or
//! term       = factor ("&" factor)*        also: and
//! factor     = "!" factor | "(" expression ")" | predicate "(" argument? ")"     also: not
//! argument   = "=" text | "~" text | "/" expression "/" | glob
//! text       = letters, in which \ takes the next one as it is, or "quoted"
//! ```

use std::fmt;

use dryfire_diagnostic::nearest;
use regex::RegexBuilder;

use super::matcher::Matcher;
use super::predicate::{PREDICATES, Predicate, Subject};

/// Parentheses and negations inside of each other.
const DEPTH: usize = 64;
/// Bytes that a compiled expression may take.
const REGEX_BYTES: usize = 1 << 20;

/// An expression.
#[derive(Debug, Clone)]
pub(super) enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    /// A predicate with what it is compared with; nothing for `changed()` and `all()`.
    Is(Predicate, Option<Matcher>),
    /// `changed(COMMIT)`; nothing for the default.
    Changed(Option<String>),
}

impl Expr {
    pub(super) fn holds(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.holds(subject)),
            Self::Any(any) => any.iter().any(|one| one.holds(subject)),
            Self::Not(inner) => !inner.holds(subject),
            Self::Is(predicate, matcher) => {
                let Some(matcher) = matcher else {
                    return *predicate == Predicate::All;
                };
                let values = predicate.values(subject);
                values.iter().any(|value| matcher.matches(value))
            }
            Self::Changed(base) => subject.changed_since(base.as_deref()).is_some(),
        }
    }

    pub(super) fn why(&self, subject: &Subject<'_>, out: &mut Vec<String>) {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().for_each(|one| one.why(subject, out)),
            Self::Not(_) => {}
            Self::Is(predicate, matcher) => {
                let Some(matcher) = matcher else { return };
                let values = predicate.values(subject);
                let found = values.iter().find(|value| matcher.matches(value));
                out.extend(found.map(|value| format!("{} {value}", predicate.name())));
            }
            Self::Changed(base) => out.extend(
                subject
                    .changed_since(base.as_deref())
                    .into_iter()
                    .flatten()
                    .cloned(),
            ),
        }
    }

    pub(super) fn bases(&self, out: &mut Vec<Option<String>>) {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().for_each(|one| one.bases(out)),
            Self::Not(inner) => inner.bases(out),
            Self::Changed(base) if !out.contains(base) => out.push(base.clone()),
            Self::Changed(_) | Self::Is(..) => {}
        }
    }
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// The expression.
    pub text: String,
    /// The character it is about, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} (column {})", self.message, self.column)?;
        writeln!(f, "  {}", self.text.replace(['\n', '\t'], " "))?;
        write!(f, "  {}^", " ".repeat(self.column - 1))?;
        match &self.help {
            Some(help) => write!(f, " {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FilterError {}

pub(super) fn parse(text: &str) -> Result<Expr, FilterError> {
    let mut parser = Parser {
        text,
        chars: text.chars().collect(),
        at: 0,
        depth: 0,
    };
    let expr = parser.any()?;
    parser.blanks();
    match parser.peek() {
        None => Ok(expr),
        Some(')') => Err(parser.wrong("this parenthesis closes nothing", None)),
        Some(_) => Err(parser.wrong(
            "expected `&`, `|` or the end",
            Some("join predicates with `&` or `|`"),
        )),
    }
}

struct Parser<'t> {
    text: &'t str,
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Expr, FilterError> {
        let mut found = vec![self.all()?];
        while self.operator('|', "or") {
            found.push(self.all()?);
        }
        Ok(one_or(found, Expr::Any))
    }

    fn all(&mut self) -> Result<Expr, FilterError> {
        let mut found = vec![self.factor()?];
        while self.operator('&', "and") {
            found.push(self.factor()?);
        }
        Ok(one_or(found, Expr::All))
    }

    fn factor(&mut self) -> Result<Expr, FilterError> {
        self.blanks();
        if self.depth >= DEPTH {
            return Err(self.wrong("nested too deeply", None));
        }
        if self.operator('!', "not") {
            self.depth += 1;
            let inner = self.factor()?;
            self.depth -= 1;
            return Ok(Expr::Not(Box::new(inner)));
        }
        if self.peek() == Some('(') {
            let open = self.at;
            self.at += 1;
            self.depth += 1;
            let inner = self.any()?;
            self.depth -= 1;
            self.blanks();
            if self.peek() != Some(')') {
                let (message, help) = match self.peek() {
                    None => ("this parenthesis is not closed", None),
                    Some(_) => (
                        "expected `&`, `|` or `)`",
                        Some("join predicates with `&` or `|`"),
                    ),
                };
                if self.peek().is_none() {
                    self.at = open;
                }
                return Err(self.wrong(message, help));
            }
            self.at += 1;
            return Ok(inner);
        }
        self.predicate()
    }

    fn predicate(&mut self) -> Result<Expr, FilterError> {
        let begin = self.at;
        let name = self.word();
        if name.is_empty() {
            let message = match self.peek() {
                None => "expected a predicate, found the end".to_owned(),
                Some(other) => format!("expected a predicate, found `{other}`"),
            };
            return Err(self.wrong(&message, Some("such as name(~text) or type(TTP)")));
        }
        let Some(predicate) = Predicate::named(&name) else {
            self.at = begin;
            let names = || PREDICATES.iter().map(|(_, name, _)| *name);
            let near = nearest(&name, names());
            let help = near.map_or_else(
                || format!("predicates: {}", names().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(self.wrong(&format!("`{name}` is no predicate"), Some(&help)));
        };
        self.blanks();
        if self.peek() != Some('(') {
            let help = format!("write {name}(…)");
            return Err(self.wrong(&format!("expected `(` after `{name}`"), Some(&help)));
        }
        let open = self.at;
        self.at += 1;
        self.blanks();
        let begin = self.at;
        let argument = self.argument()?;
        self.blanks();
        match self.peek() {
            Some(')') => self.at += 1,
            None => {
                self.at = open;
                return Err(self.wrong("this parenthesis is not closed", None));
            }
            Some(_) => return Err(self.wrong("expected `)`", None)),
        }
        let found = match (predicate, argument) {
            (Predicate::Changed, None) => Expr::Changed(None),
            (Predicate::Changed, Some((_, text))) => Expr::Changed(Some(text)),
            (Predicate::All, None) => Expr::Is(predicate, None),
            (Predicate::All, Some(_)) => {
                self.at = begin;
                return Err(self.wrong("`all` takes nothing", Some("write all()")));
            }
            (_, None) => {
                self.at = begin;
                let help = format!("such as {name}(~text)");
                return Err(self.wrong(&format!("`{name}` needs a value"), Some(&help)));
            }
            (_, Some((matcher, text))) => {
                let known = predicate.closed();
                let fits = |value: &&str| matcher.matches(value);
                if !known.is_empty() && !known.iter().any(fits) {
                    self.at = begin;
                    let near = nearest(&text, known.iter().copied());
                    let help = near.map_or_else(
                        || format!("one of {}", known.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    let message = format!("no {name} is `{text}`");
                    return Err(self.wrong(&message, Some(&help)));
                }
                Expr::Is(predicate, Some(matcher))
            }
        };
        Ok(found)
    }

    /// What a predicate is compared with, and its text.
    fn argument(&mut self) -> Result<Option<(Matcher, String)>, FilterError> {
        let begin = self.at;
        let found = match self.peek() {
            Some(')') | None => return Ok(None),
            Some('/') => {
                self.at += 1;
                let pattern = self.pattern(begin)?;
                let regex = RegexBuilder::new(&pattern).size_limit(REGEX_BYTES).build();
                let regex = regex.map_err(|error| {
                    self.at = begin;
                    let why = error.to_string();
                    let why = why.lines().last().unwrap_or_default().trim();
                    let why = why.trim_start_matches("error: ").to_owned();
                    self.wrong(
                        &format!("the regular expression can't be used: {why}"),
                        None,
                    )
                })?;
                return Ok(Some((Matcher::Regex(regex), pattern)));
            }
            Some('=') => {
                self.at += 1;
                let text = self.value()?;
                (Matcher::equals(&text), text)
            }
            Some('~') => {
                self.at += 1;
                let text = self.value()?;
                (Matcher::contains(&text), text)
            }
            Some(_) => {
                let text = self.value()?;
                (Matcher::glob(&text), text)
            }
        };
        if found.1.is_empty() {
            self.at = begin;
            return Err(self.wrong("expected a text here", None));
        }
        Ok(Some(found))
    }

    /// Up to the closing slash; `\/` is a slash.
    fn pattern(&mut self, begin: usize) -> Result<String, FilterError> {
        let mut pattern = String::new();
        while let Some(next) = self.next() {
            match next {
                '/' => return Ok(pattern),
                '\\' if self.peek() == Some('/') => {
                    self.at += 1;
                    pattern.push('/');
                }
                '\\' => {
                    pattern.push('\\');
                    pattern.extend(self.next());
                }
                other => pattern.push(other),
            }
        }
        self.at = begin;
        Err(self.wrong(
            "this regular expression has no end",
            Some("it ends with another `/`"),
        ))
    }

    /// A quoted text, or all up to the closing parenthesis, without blanks at its end.
    fn value(&mut self) -> Result<String, FilterError> {
        self.blanks();
        let begin = self.at;
        let mut text = String::new();
        if self.peek() == Some('"') {
            self.at += 1;
            while let Some(next) = self.next() {
                match next {
                    '"' => return Ok(text),
                    '\\' => text.extend(self.next()),
                    other => text.push(other),
                }
            }
            self.at = begin;
            return Err(self.wrong("this quote is not closed", None));
        }
        while let Some(next) = self.peek() {
            match next {
                ')' => break,
                '(' => {
                    return Err(self.wrong(
                        "a parenthesis in a text",
                        Some("quote the text, or write `\\(`"),
                    ));
                }
                '\\' => {
                    self.at += 1;
                    text.extend(self.next());
                }
                other => {
                    self.at += 1;
                    text.push(other);
                }
            }
        }
        text.truncate(text.trim_end().len());
        Ok(text)
    }

    /// Whether an operator stands here, as a sign or as a word; then it is read. A sign may be doubled.
    fn operator(&mut self, sign: char, word: &str) -> bool {
        self.blanks();
        if self.peek() == Some(sign) {
            self.at += 1;
            if sign != '!' && self.peek() == Some(sign) {
                self.at += 1;
            }
            return true;
        }
        let begin = self.at;
        if self.word().eq_ignore_ascii_case(word) {
            return true;
        }
        self.at = begin;
        false
    }

    fn word(&mut self) -> String {
        let begin = self.at;
        while self
            .peek()
            .is_some_and(|one| one.is_alphanumeric() || one == '_' || one == '-')
        {
            self.at += 1;
        }
        self.chars[begin..self.at].iter().collect()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    fn wrong(&self, message: &str, help: Option<&str>) -> FilterError {
        FilterError {
            text: self.text.to_owned(),
            column: self.at + 1,
            message: message.to_owned(),
            help: help.map(str::to_owned),
        }
    }
}

fn one_or(mut found: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match (found.len(), found.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            found.extend(last);
            many(found)
        }
    }
}
