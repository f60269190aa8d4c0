//! `eval` expressions by precedence climbing.

use dryfire_diagnostic::Diagnostic;
use dryfire_diagnostic::codes::meaning::UNSUPPORTED_FUNCTION;
use dryfire_diagnostic::codes::syntax::TOO_LARGE;

use super::{Abort, Parser, Step};
use crate::ast::{Assignment, At, Binary, Compare, Expr, ExprKind, NamePart, Target, Unary};
use crate::lexer::WordRule;

/// How tall a tree may grow. A chain of operators makes a tall tree without any nesting.
const MAX_HEIGHT: u32 = 1000;

/// How tight operators bind; the loosest is 1.
pub(crate) mod power {
    pub(crate) const XOR: u8 = 1;
    pub(crate) const OR: u8 = 2;
    pub(crate) const AND: u8 = 3;
    pub(crate) const NOT: u8 = 4;
    pub(crate) const COMPARE: u8 = 5;
    pub(crate) const SUM: u8 = 6;
    pub(crate) const PRODUCT: u8 = 7;
}

/// How tight an infix operator binds.
pub(crate) fn power_of(op: Binary) -> u8 {
    match op {
        Binary::Xor => power::XOR,
        Binary::Or => power::OR,
        Binary::And => power::AND,
        Binary::Compare(_) | Binary::Like => power::COMPARE,
        Binary::Add | Binary::Sub | Binary::Concat => power::SUM,
        Binary::Mul | Binary::Div | Binary::Rem => power::PRODUCT,
    }
}

/// A tree and its height.
type Grown = (Expr, u32);

/// What stands between two operands.
enum Infix {
    Binary(Binary),
    In,
}

impl Parser<'_> {
    /// `target = expression, …`.
    pub(super) fn assignments(&mut self) -> Step<Vec<Assignment>> {
        let mut assignments = Vec::new();
        loop {
            self.cursor.skip_commas();
            if self.cursor.is_done() && !assignments.is_empty() {
                return Ok(assignments);
            }
            let word = self.name("a field to assign")?;
            if self.cursor.rest().trim_start().starts_with("==") || !self.cursor.eat("=") {
                let help = "`eval` gives a field a value, as in `eval name=lower(user)`";
                return self.expected_or("`=`", Some(help));
            }
            let value = self.expression()?;
            let (at, target) = (
                word.at,
                if word.quoted {
                    Target::Field(word.text)
                } else {
                    target(&word.text)
                },
            );
            assignments.push(Assignment { target, at, value });
            if !self.cursor.is_done() && self.cursor.peek() != Some(',') {
                return self.finish("an operator or `,`").map(|()| assignments);
            }
        }
    }

    /// An expression, up to what can't belong to it.
    pub(super) fn expression(&mut self) -> Step<Expr> {
        self.climb(0).map(|(expression, _)| expression)
    }

    fn climb(&mut self, least: u8) -> Step<Grown> {
        let mut left = self.operand()?;
        loop {
            let start = left.0.at;
            let before = self.cursor;
            let negated = self.cursor.keyword("not");
            let Some(infix) = self.infix() else {
                self.cursor = before;
                return Ok(left);
            };
            let power = match &infix {
                Infix::Binary(op) => power_of(*op),
                Infix::In => power::COMPARE,
            };
            let negatable = matches!(infix, Infix::In | Infix::Binary(Binary::Like));
            if power < least || (negated && !negatable) {
                self.cursor = before;
                return Ok(left);
            }
            left = match infix {
                Infix::Binary(op) => {
                    let right = self.climb(power + 1)?;
                    let height = left.1.max(right.1) + 1;
                    self.grown(
                        ExprKind::Binary(op, Box::new(left.0), Box::new(right.0)),
                        start,
                        height,
                    )?
                }
                Infix::In => {
                    let (items, height) = self.arguments_of_call()?;
                    self.grown(
                        ExprKind::In(Box::new(left.0), items),
                        start,
                        left.1.max(height) + 1,
                    )?
                }
            };
            if negated {
                let height = left.1 + 1;
                left = self.grown(ExprKind::Unary(Unary::Not, Box::new(left.0)), start, height)?;
            }
        }
    }

    /// A node that starts at `start` and ends here.
    fn grown(&mut self, kind: ExprKind, start: At, height: u32) -> Step<Grown> {
        let at = self.at_word(start.0.start as usize);
        if height > MAX_HEIGHT {
            let message = format!("the expression chains more than {MAX_HEIGHT} operators");
            self.diagnostics
                .push(Diagnostic::error(&TOO_LARGE, message).at(at.0, ""));
            return Err(Abort);
        }
        Ok((Expr { kind, at }, height))
    }

    fn infix(&mut self) -> Option<Infix> {
        self.cursor.skip_space();
        const WORDS: [(&str, Binary); 4] = [
            ("and", Binary::And),
            ("or", Binary::Or),
            ("xor", Binary::Xor),
            ("like", Binary::Like),
        ];
        const MARKS: [(&str, Binary); 6] = [
            ("+", Binary::Add),
            ("-", Binary::Sub),
            (".", Binary::Concat),
            ("*", Binary::Mul),
            ("/", Binary::Div),
            ("%", Binary::Rem),
        ];
        if let Some((_, op)) = WORDS
            .into_iter()
            .find(|(word, _)| self.cursor.keyword(word))
        {
            return Some(Infix::Binary(op));
        }
        if self.cursor.keyword("in") {
            return Some(Infix::In);
        }
        if let Some(op) = self.comparison_operator() {
            return Some(Infix::Binary(Binary::Compare(op)));
        }
        MARKS
            .into_iter()
            .find(|(mark, _)| self.cursor.eat(mark))
            .map(|(_, op)| Infix::Binary(op))
    }

    fn operand(&mut self) -> Step<Grown> {
        self.cursor.skip_space();
        let start = self.cursor.at;
        let here = self.at(start, start);
        let Some(next) = self.cursor.peek() else {
            return self.expected("a field, a value or a function");
        };
        match next {
            '(' => {
                self.cursor.bump();
                self.enter()?;
                let inner = self.climb(0)?;
                self.leave();
                self.close(start)?;
                Ok(inner)
            }
            '-' | '+' => {
                self.cursor.bump();
                let op = if next == '-' {
                    Unary::Minus
                } else {
                    Unary::Plus
                };
                self.prefixed(op, power::PRODUCT + 1, here)
            }
            '"' => {
                let word = self.quoted('"')?;
                self.grown(ExprKind::Text(word.text), here, 1)
            }
            '\'' => {
                let word = self.quoted('\'')?;
                self.grown(ExprKind::Field(word.text), here, 1)
            }
            '[' => {
                self.subsearch()?;
                let message = "a subsearch within an expression is not supported yet";
                let place = self.span(start, self.cursor.at);
                self.diagnostics
                    .push(Diagnostic::error(&UNSUPPORTED_FUNCTION, message).at(place, ""));
                self.grown(ExprKind::Error, here, 1)
            }
            _ => self.number_or_name(here),
        }
    }

    fn prefixed(&mut self, op: Unary, least: u8, start: At) -> Step<Grown> {
        self.enter()?;
        let (inner, height) = self.climb(least)?;
        self.leave();
        self.grown(ExprKind::Unary(op, Box::new(inner)), start, height + 1)
    }

    fn number_or_name(&mut self, start: At) -> Step<Grown> {
        let rest = self.cursor.rest();
        let name_length = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
            .unwrap_or(rest.len());
        if let Some(length) = number_length(rest).filter(|length| *length >= name_length) {
            let text = rest.get(..length).unwrap_or("");
            self.cursor.at += length;
            let value = text.parse().unwrap_or(f64::NAN);
            return self.grown(ExprKind::Number(value, text.to_owned()), start, 1);
        }
        if name_length == 0 {
            return self.expected("a field, a value or a function");
        }
        if self.cursor.keyword("not") {
            return self.prefixed(Unary::Not, power::COMPARE, start);
        }
        let from = self.cursor.at;
        self.cursor.at += name_length;
        let name = self.cursor.slice(from, self.cursor.at);
        let function_at = self.at_word(from);
        let end = self.cursor.at;
        if self.cursor.sees('(') {
            let (arguments, height) = self.arguments_of_call()?;
            let function = name.to_lowercase();
            return self.grown(
                ExprKind::Call {
                    function,
                    function_at,
                    arguments,
                },
                start,
                height + 1,
            );
        }
        self.cursor.at = end;
        if ["and", "or", "xor", "like", "in"]
            .iter()
            .any(|word| name.eq_ignore_ascii_case(word))
        {
            self.cursor.at = from;
            return self.expected("a field, a value or a function");
        }
        self.take_braces();
        let name = self.cursor.slice(from, self.cursor.at).to_owned();
        self.grown(ExprKind::Field(name), start, 1)
    }

    /// A bare JSON name such as `Actor{}` keeps its braces.
    fn take_braces(&mut self) {
        while let Some(length) = self
            .cursor
            .rest()
            .strip_prefix('{')
            .and_then(|rest| rest.find('}'))
        {
            let inside = self
                .cursor
                .slice(self.cursor.at + 1, self.cursor.at + 1 + length);
            if !inside.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return;
            }
            self.cursor.at += length + 2;
        }
    }

    /// `( expression, … )`, and the height of the tallest.
    fn arguments_of_call(&mut self) -> Step<(Vec<Expr>, u32)> {
        if !self.cursor.sees('(') {
            return self.expected("`(`");
        }
        let open = self.cursor.at;
        self.cursor.bump();
        self.enter()?;
        let (mut arguments, mut tallest) = (Vec::new(), 0);
        if !self.cursor.eat(")") {
            loop {
                let (argument, height) = self.climb(0)?;
                arguments.push(argument);
                tallest = tallest.max(height);
                if self.cursor.eat(")") {
                    break;
                }
                if !self.cursor.eat(",") {
                    if self.cursor.is_done() {
                        self.unbalanced(open, "this parenthesis is not closed");
                        return Err(Abort);
                    }
                    let follows = self
                        .cursor
                        .peek()
                        .is_some_and(|next| next == '"' || next == '\'' || next.is_alphanumeric());
                    let help = follows.then_some("is a `,` missing between two arguments?");
                    return self.expected_or("`,`, `)` or an operator", help);
                }
            }
        }
        self.leave();
        Ok((arguments, tallest))
    }

    /// The pattern or the value of a command that takes exactly one.
    pub(super) fn only_word(&mut self, wanted: &str) -> Step<crate::ast::Word> {
        if self.cursor.sees('"') {
            self.quoted('"')
        } else {
            self.word(WordRule::Value, wanted)
        }
    }
}

/// The length of the number at the start: `12`, `1.5`, `.5`, `1e-3`.
fn number_length(text: &str) -> Option<usize> {
    let digits = |at: usize| {
        text.get(at..).map_or(0, |rest| {
            rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len()
        })
    };
    let whole = digits(0);
    let mut end = whole;
    if text.get(end..).is_some_and(|rest| rest.starts_with('.')) && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if end == 0 {
        return None;
    }
    if text
        .get(end..)
        .is_some_and(|rest| rest.starts_with(['e', 'E']))
    {
        let sign = usize::from(
            text.get(end + 1..)
                .is_some_and(|rest| rest.starts_with(['-', '+'])),
        );
        let exponent = digits(end + 1 + sign);
        end += if exponent > 0 { 1 + sign + exponent } else { 0 };
    }
    Some(end)
}

/// Splits `a{key}b` into its parts. Empty braces are plain text.
fn target(text: &str) -> Target {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        plain.push_str(before);
        if name.is_empty() {
            plain.push_str("{}");
        } else {
            if !plain.is_empty() {
                parts.push(NamePart::Text(std::mem::take(&mut plain)));
            }
            parts.push(NamePart::Field(name.to_owned()));
        }
        rest = after;
    }
    plain.push_str(rest);
    if parts.is_empty() {
        return Target::Field(plain);
    }
    if !plain.is_empty() {
        parts.push(NamePart::Text(plain));
    }
    Target::Dynamic(parts)
}

/// How a comparison is written.
pub(crate) fn mark_of(op: Compare) -> &'static str {
    match op {
        Compare::Eq => "=",
        Compare::Ne => "!=",
        Compare::Lt => "<",
        Compare::Le => "<=",
        Compare::Gt => ">",
        Compare::Ge => ">=",
    }
}
