//! Conditions and values: search expressions and `eval` expressions.

use super::{At, Pipeline, Word};

/// A search expression: `search`, `tstats where`, event types, data model constraints.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// What it says.
    pub kind: SearchKind,
    /// Its place.
    pub at: At,
}

/// The forms of a search expression. `OR` binds tighter than `AND`, which may be left out.
#[derive(Debug, Clone, PartialEq)]
pub enum SearchKind {
    /// Matches everything: nothing written, `()`.
    All,
    /// All of them (two or more).
    And(Vec<Search>),
    /// Any of them (two or more).
    Or(Vec<Search>),
    /// Not.
    Not(Box<Search>),
    /// `field op value`. `literal_field`: a quoted left side.
    Compare {
        /// The field.
        field: Word,
        /// The operator.
        op: Compare,
        /// The value; `*` is a wildcard, in quotes too.
        value: Word,
    },
    /// `field IN (values)`.
    In {
        /// The field.
        field: Word,
        /// The values.
        values: Vec<Word>,
    },
    /// A bare word or phrase that must stand in the event.
    Term {
        /// The text; `*` is a wildcard.
        text: Word,
        /// `TERM(…)` or `CASE(…)`.
        mode: TermMode,
    },
    /// `earliest=…`, `latest=…`, `starthoursago=…`, …: bounds on `_time`, no field.
    Time {
        /// The modifier in lower case.
        name: String,
        /// Its value.
        value: Word,
    },
    /// `[ … ]`: its result rows become a search expression.
    Sub(Box<Pipeline>),
    /// A comparison with a computed right side, which Splunk's parser accepts but treats as text.
    Text(Word),
}

/// How a free term matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermMode {
    /// An ordinary word or phrase.
    Plain,
    /// `TERM(…)`: bounded by major breakers.
    Term,
    /// `CASE(…)`: case-sensitive.
    Case,
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `=` (and `==`)
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// An `eval` expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it says.
    pub kind: ExprKind,
    /// Its place.
    pub at: At,
}

/// The forms of an `eval` expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A number, with the text it was written as (precision counts).
    Number(f64, String),
    /// A double-quoted string.
    Text(String),
    /// A field: a bare word, or a name in single quotes.
    Field(String),
    /// `-x`, `+x`, `NOT x`.
    Unary(Unary, Box<Expr>),
    /// `a op b`.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `item IN (list)`.
    In(Box<Expr>, Vec<Expr>),
    /// `function(arguments)`; the name in lower case.
    Call {
        /// The function.
        function: String,
        /// Place of its name.
        function_at: At,
        /// The arguments.
        arguments: Vec<Expr>,
    },
    /// What could not be parsed; a diagnostic says why.
    Error,
}

/// A prefix operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-`
    Minus,
    /// `+`
    Plus,
    /// `NOT`
    Not,
}

/// An infix operator of `eval`. From loosest: XOR, OR, AND, (NOT), comparisons and LIKE, `+ - .`, `* / %`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binary {
    /// `OR`
    Or,
    /// `XOR`
    Xor,
    /// `AND`
    And,
    /// A comparison.
    Compare(Compare),
    /// `LIKE`
    Like,
    /// `+`: adds numbers, joins strings.
    Add,
    /// `-`
    Sub,
    /// `.`: joins strings.
    Concat,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}
