//! Search expressions: `search`, the `where` of `tstats`, event types. `OR` binds tighter than `AND`.

use dryfire_diagnostic::Diagnostic;
use dryfire_diagnostic::codes::meaning::BAD_ARGUMENT;
use dryfire_diagnostic::codes::syntax::SYNTAX;

use super::{Parser, Step};
use crate::ast::{Compare, Search, SearchKind, TermMode, Word};
use crate::lexer::WordRule;

/// Bounds on `_time` that look like comparisons.
const TIME_MODIFIERS: [&str; 22] = [
    "_index_earliest",
    "_index_latest",
    "earliest",
    "enddaysago",
    "endhoursago",
    "endminutesago",
    "endmonthsago",
    "endtime",
    "endtimeu",
    "index_earliest",
    "index_latest",
    "latest",
    "searchtimespandays",
    "searchtimespanhours",
    "searchtimespanminutes",
    "searchtimespanmonths",
    "startdaysago",
    "starthoursago",
    "startminutesago",
    "startmonthsago",
    "starttime",
    "starttimeu",
];

impl Parser<'_> {
    /// A search expression, up to the end of the command, to `)`, or (`until_by`) to the word `by`.
    pub(super) fn search(&mut self, until_by: bool) -> Step<Search> {
        self.cursor.skip_space();
        let start = self.cursor.at;
        let mut terms = Vec::new();
        let mut wanted = false;
        loop {
            if self.search_ends(until_by) {
                break;
            }
            if !terms.is_empty() && self.cursor.operator_word("AND") {
                wanted = true;
                continue;
            }
            terms.push(self.alternatives(until_by)?);
            wanted = false;
        }
        if wanted {
            return self.expected("a search term after `AND`");
        }
        let at = self.at_word(start);
        Ok(match terms.len() {
            0 => Search {
                kind: SearchKind::All,
                at,
            },
            1 => terms.swap_remove(0),
            _ => Search {
                kind: SearchKind::And(terms),
                at,
            },
        })
    }

    fn search_ends(&mut self, until_by: bool) -> bool {
        self.cursor.is_done()
            || self.cursor.peek() == Some(')')
            || (until_by && (self.sees_by() || self.sees_option()))
    }

    /// Whether an option of the command that ends its condition comes next.
    fn sees_option(&mut self) -> bool {
        let Some(signature) = self.ends_before else {
            return false;
        };
        let ahead = self.setting_ahead();
        ahead.is_some_and(|(name, _)| signature.option(name).is_some())
    }

    /// Whether the clause `by …` comes next, and not a comparison of a field of that name.
    fn sees_by(&mut self) -> bool {
        ["by", "groupby"].iter().any(|word| {
            let mut after = self.cursor;
            after.keyword(word) && !after.eat("=") && !after.eat("!=")
        })
    }

    fn alternatives(&mut self, until_by: bool) -> Step<Search> {
        self.cursor.skip_space();
        let start = self.cursor.at;
        let mut terms = vec![self.negation()?];
        while self.cursor.operator_word("OR") {
            if self.search_ends(until_by) {
                return self.expected("a search term after `OR`");
            }
            terms.push(self.negation()?);
        }
        if terms.len() == 1 {
            return Ok(terms.swap_remove(0));
        }
        Ok(Search {
            kind: SearchKind::Or(terms),
            at: self.at_word(start),
        })
    }

    /// One term or its negation. A filter of `transaction` is no more than that.
    pub(super) fn negation(&mut self) -> Step<Search> {
        self.cursor.skip_space();
        let start = self.cursor.at;
        if !self.cursor.operator_word("NOT") {
            return self.term();
        }
        self.enter()?;
        let inner = self.negation()?;
        self.leave();
        Ok(Search {
            kind: SearchKind::Not(Box::new(inner)),
            at: self.at_word(start),
        })
    }

    fn term(&mut self) -> Step<Search> {
        self.cursor.skip_space();
        let start = self.cursor.at;
        match self.cursor.peek() {
            Some('(') => return self.group(),
            Some('[') => {
                let pipeline = self.subsearch()?;
                return Ok(Search {
                    kind: SearchKind::Sub(Box::new(pipeline)),
                    at: self.at_word(start),
                });
            }
            _ => {}
        }
        for word in ["AND", "OR"] {
            let mut after = self.cursor;
            if after.operator_word(word) {
                return self.expected("a search term");
            }
        }
        let mut after = self.cursor;
        if after.operator_word("IN") {
            let message = "`IN` stands between a field and a list in parentheses";
            return self.fail(self.cursor.at, after.at, message);
        }
        for (word, mode) in [("TERM", TermMode::Term), ("CASE", TermMode::Case)] {
            let mut after = self.cursor;
            if after.operator_word(word) && after.peek() == Some('(') {
                self.cursor = after;
                return self.token(start, mode);
            }
        }
        let word = self.word(WordRule::Term, "a search term")?;
        self.comparison(start, word)
    }

    /// `( expression )`; `(` is known to come next.
    fn group(&mut self) -> Step<Search> {
        let open = self.cursor.at;
        self.cursor.bump();
        self.enter()?;
        let inner = self.search(false)?;
        self.leave();
        self.close(open)?;
        let at = self.at_word(open);
        Ok(if inner.kind == SearchKind::All {
            Search { at, ..inner }
        } else {
            inner
        })
    }

    /// Takes the `)` for the parenthesis at `open`.
    pub(super) fn close(&mut self, open: usize) -> Step<()> {
        if self.cursor.eat(")") {
            return Ok(());
        }
        if self.cursor.is_done() {
            self.unbalanced(open, "this parenthesis is not closed");
            return Err(super::Abort);
        }
        self.expected("`)`")
    }

    /// `TERM(text)`; `(` is known to come next.
    fn token(&mut self, start: usize, mode: TermMode) -> Step<Search> {
        let open = self.cursor.at;
        self.cursor.bump();
        let text = self.word(WordRule::Value, "a term")?;
        self.close(open)?;
        Ok(Search {
            kind: SearchKind::Term { text, mode },
            at: self.at_word(start),
        })
    }

    /// What follows the left side: an operator, `IN`, or nothing.
    fn comparison(&mut self, start: usize, word: Word) -> Step<Search> {
        let end = self.cursor.at;
        if let Some(op) = self.comparison_operator() {
            let kind = self.right_side(start, word, op)?;
            return Ok(Search {
                kind,
                at: self.at_word(start),
            });
        }
        let mut after = self.cursor;
        if after.keyword("in") && after.sees('(') {
            self.cursor = after;
            let values = self.values()?;
            return Ok(Search {
                kind: SearchKind::In {
                    field: word,
                    values,
                },
                at: self.at_word(start),
            });
        }
        self.cursor.at = end;
        let at = self.at(start, end);
        self.warn_of_lower_case(&word);
        Ok(Search {
            kind: indexed_field(&word).unwrap_or(SearchKind::Term {
                text: word,
                mode: TermMode::Plain,
            }),
            at,
        })
    }

    /// `or` is a word to search for; most people who write it mean `OR`.
    fn warn_of_lower_case(&mut self, word: &Word) {
        let capitals = word.text.to_ascii_uppercase();
        if !word.quoted
            && matches!(capitals.as_str(), "AND" | "OR" | "NOT")
            && word.text != capitals
        {
            let message = format!(
                "`{}` is a word to search for; the operator is written `{capitals}`",
                word.text
            );
            self.diagnostics
                .push(Diagnostic::warning(&SYNTAX, message).at(word.at.0, "not an operator"));
        }
    }

    /// Takes a comparison operator.
    pub(super) fn comparison_operator(&mut self) -> Option<Compare> {
        const OPERATORS: [(&str, Compare); 7] = [
            ("==", Compare::Eq),
            ("=", Compare::Eq),
            ("!=", Compare::Ne),
            ("<=", Compare::Le),
            (">=", Compare::Ge),
            ("<", Compare::Lt),
            (">", Compare::Gt),
        ];
        OPERATORS
            .into_iter()
            .find_map(|(mark, op)| self.cursor.eat(mark).then_some(op))
    }

    fn right_side(&mut self, start: usize, field: Word, op: Compare) -> Step<SearchKind> {
        if self.cursor.sees('(') {
            let group = self.group()?;
            return Ok(distribute(group, &field, op).kind);
        }
        let is_bare = !self.cursor.sees('"');
        let value = self.word(WordRule::Value, "a value")?;
        if is_bare
            && self.cursor.peek() == Some('(')
            && value
                .text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            return self.computed(start);
        }
        Ok(compared(field, op, value))
    }

    /// A function call as the right side, which `search` has not; kept as it stands.
    fn computed(&mut self, start: usize) -> Step<SearchKind> {
        let open = self.cursor.at;
        let Some(close) = self.cursor.close_of_paren() else {
            self.unbalanced(open, "this parenthesis is not closed");
            return Err(super::Abort);
        };
        self.cursor.at = close + 1;
        let text = self.cursor.slice(start, close + 1).to_owned();
        let warning = Diagnostic::warning(
            &BAD_ARGUMENT,
            "`search` compares with text and does not compute the right side",
        );
        let warning = warning
            .at(self.span(start, close + 1), "")
            .help("use `where` to compare with the result of a function");
        self.diagnostics.push(warning);
        Ok(SearchKind::Text(Word {
            text,
            quoted: false,
            at: self.at_word(start),
        }))
    }

    /// `( value, value … )`. Splunk takes values without a comma between them, and stray dots.
    fn values(&mut self) -> Step<Vec<Word>> {
        self.cursor.skip_space();
        let open = self.cursor.at;
        self.cursor.bump();
        let mut values = Vec::new();
        loop {
            self.cursor.skip_commas();
            if self.cursor.is_done() || self.cursor.peek() == Some(')') {
                break;
            }
            let value = self.word(WordRule::Item, "a value or `)`")?;
            if value.quoted || value.text != "." {
                values.push(value);
            }
        }
        self.close(open)?;
        if values.is_empty() {
            return self.fail(open, self.cursor.at, "`IN` needs at least one value");
        }
        Ok(values)
    }
}

/// `field::value` is a comparison with an indexed field.
fn indexed_field(word: &Word) -> Option<SearchKind> {
    let (field, value) = word.text.split_once("::").filter(|_| !word.quoted)?;
    let is_name = !field.is_empty()
        && field
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    let part = |text: &str| Word {
        text: text.to_owned(),
        quoted: false,
        at: word.at,
    };
    (is_name && !value.is_empty()).then(|| SearchKind::Compare {
        field: part(field),
        op: Compare::Eq,
        value: part(value),
    })
}

/// A comparison, or the bound on the time that looks like one.
fn compared(field: Word, op: Compare, value: Word) -> SearchKind {
    let name = field.text.to_ascii_lowercase();
    if op == Compare::Eq && !field.quoted && TIME_MODIFIERS.contains(&name.as_str()) {
        SearchKind::Time { name, value }
    } else {
        SearchKind::Compare { field, op, value }
    }
}

/// `field=(a OR b)` is `field=a OR field=b`.
fn distribute(search: Search, field: &Word, op: Compare) -> Search {
    let all = |items: Vec<Search>| {
        items
            .into_iter()
            .map(|item| distribute(item, field, op))
            .collect()
    };
    let kind = match search.kind {
        SearchKind::And(items) => SearchKind::And(all(items)),
        SearchKind::Or(items) => SearchKind::Or(all(items)),
        SearchKind::Not(inner) => SearchKind::Not(Box::new(distribute(*inner, field, op))),
        SearchKind::Term {
            text,
            mode: TermMode::Plain,
        } => compared(field.clone(), op, text),
        other => other,
    };
    Search {
        kind,
        at: search.at,
    }
}
