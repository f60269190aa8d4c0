//! From the syntax tree of an expression to [`Code`]: slots for fields, arity checks, constants folded in.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes, nearest};
use dryfire_spl::ast::{Binary, Expr, ExprKind, Unary};

use super::searchmatch::SearchMatch;
use super::{Code, compare_single, figures};
use crate::functions::{self, FORMS, Spec};
use crate::value::Value;

/// A compiled expression and the fields its slots stand for.
#[derive(Clone)]
pub struct Compiled {
    /// The code.
    pub code: Code,
    /// The field of each slot.
    pub fields: Arc<[String]>,
}

const QUOTED_NUMBERS: &str = "two quoted numbers are compared as numbers, as fields that hold them are; Splunk may compare the literals as text";
const QUOTED_NUMBER: &str = "a quoted number counts as a number, as a field that holds one does; Splunk may tell the literal apart";

/// Functions of Splunk's that there are on purpose not.
const REASONS: &[(&str, &str)] = &[
    (
        "random",
        "it gives another number each time, so that nothing can be concluded from it",
    ),
    (
        "lookup",
        "only the command `lookup` looks rows up here; it can stand in its place",
    ),
];

const BARE_NULL: &str = "a bare `null` is taken for a field of that name, which is not there; published content writes it so, Splunk's manual has null() only";

/// Rules of expressions that Splunk's manual leaves open.
pub const OPEN_POINTS: &[&str] = &[
    BARE_NULL,
    super::FIGURES,
    super::LEFT_OUT,
    super::MIXED,
    super::NOT_NOTHING,
    super::OTHER_SPELLING,
    crate::functions::SOME_MATCH,
    QUOTED_NUMBER,
    QUOTED_NUMBERS,
];

/// Compiles an expression whose fields are the given slots. Every mistake is reported, not the first only.
pub fn compile(expr: &Expr, fields: &[String]) -> Result<Compiled, Vec<Diagnostic>> {
    let mut compiler = Compiler {
        fields,
        errors: Vec::new(),
        exact: false,
    };
    let code = match &expr.kind {
        // A field keeps the figures that were written, for products to come.
        ExprKind::Number(_, text) if figures::written(expr).is_some() && !text.starts_with('.') => {
            Code::Const(Value::text(text.as_ref()))
        }
        _ => compiler.expr(expr),
    };
    if compiler.errors.is_empty() {
        Ok(Compiled {
            code,
            fields: fields.into(),
        })
    } else {
        Err(compiler.errors)
    }
}

/// The names of all functions and forms, for suggestions and the reference.
pub fn names() -> impl Iterator<Item = &'static str> {
    FORMS
        .iter()
        .map(|spec| spec.name)
        .chain(functions::all().map(|function| function.spec().name))
}

struct Compiler<'a> {
    fields: &'a [String],
    errors: Vec<Diagnostic>,
    /// Inside `exact(…)` nothing is rounded to the figures of its operands.
    exact: bool,
}

impl Compiler<'_> {
    fn expr(&mut self, expr: &Expr) -> Code {
        match &expr.kind {
            ExprKind::Number(number, _) => Code::Const(Value::number(*number)),
            ExprKind::Text(text) => Code::Const(Value::text(text.as_str())),
            ExprKind::Field(name) => {
                let slot = self.fields.iter().position(|field| field == name);
                let code = slot.map_or(Code::Const(Value::Null), Code::Slot);
                match name.as_str() {
                    "null" => Code::Open(BARE_NULL, Box::new(code)),
                    _ => code,
                }
            }
            ExprKind::Unary(Unary::Plus, inner) => self.expr(inner),
            ExprKind::Unary(Unary::Minus, inner) => match self.expr(inner) {
                Code::Const(Value::Number(number)) => Code::Const(Value::Number(-number)),
                code => Code::Minus(Box::new(code)),
            },
            ExprKind::Unary(Unary::Not, inner) => Code::Not(Box::new(self.expr(inner))),
            ExprKind::Binary(op, a, b) => self.binary(expr, *op, a, b),
            ExprKind::In(item, list) => Code::In(Box::new(self.expr(item)), self.all(list)),
            ExprKind::Call {
                function,
                arguments,
                ..
            } => self.call(expr, function, arguments),
            ExprKind::Error => Code::Const(Value::Null),
        }
    }

    fn binary(&mut self, whole: &Expr, op: Binary, a: &Expr, b: &Expr) -> Code {
        let written = [a, b].into_iter().filter_map(figures::written).min();
        let (a, b) = (self.expr(a), self.expr(b));
        match (op, &a, &b) {
            (Binary::Like, ..) => self.function(whole, "like", [a, b].into()),
            (Binary::Mul | Binary::Div, ..) if !self.exact => {
                Code::Scale(op, written, Box::new([a, b]))
            }
            (
                Binary::Compare(compare),
                Code::Const(left @ Value::Text(l)),
                Code::Const(right @ Value::Text(r)),
            ) if compare_single(compare, left, right) != super::satisfies(compare, l.cmp(r)) => {
                Code::Open(
                    QUOTED_NUMBERS,
                    Box::new(Code::Binary(op, Box::new(a), Box::new(b))),
                )
            }
            _ => Code::Binary(op, Box::new(a), Box::new(b)),
        }
    }

    fn all(&mut self, list: &[Expr]) -> Box<[Code]> {
        list.iter().map(|expr| self.expr(expr)).collect()
    }

    fn call(&mut self, whole: &Expr, name: &str, arguments: &[Expr]) -> Code {
        if let Some(form) = FORMS.iter().find(|form| form.name == name) {
            if !self.arity(whole, form, arguments.len()) {
                return Code::Const(Value::Null);
            }
            return self.form(whole, name, arguments);
        }
        let outside = self.exact;
        self.exact |= name == "exact";
        let codes = self.all(arguments);
        self.exact = outside;
        self.function(whole, name, codes)
    }

    fn function(&mut self, whole: &Expr, name: &str, codes: Box<[Code]>) -> Code {
        let Some(function) = functions::find(name) else {
            let similar = nearest(name, names()).map(|name| format!("did you mean `{name}`?"));
            let mut error = Diagnostic::error(
                &codes::meaning::UNSUPPORTED_FUNCTION,
                format!("the engine has no function `{name}`"),
            )
            .at(whole.at.0, "not known");
            if let Some((_, reason)) = REASONS.iter().find(|(known, _)| *known == name) {
                error = error.because(*reason);
            } else {
                error = error.opt_help(similar);
            }
            self.errors.push(error);
            return Code::Const(Value::Null);
        };
        if !self.arity(whole, function.spec(), codes.len()) {
            return Code::Const(Value::Null);
        }
        let constants: Vec<Option<Value>> = codes
            .iter()
            .map(|code| match code {
                Code::Const(value) => Some(value.clone()),
                _ => None,
            })
            .collect();
        let asks_type = matches!(name, "isdouble" | "isint" | "isnum" | "isstr" | "typeof");
        let quoted = matches!(constants.first(), Some(Some(literal @ Value::Text(_))) if literal.as_number().is_some());
        match function.prepare(&constants) {
            Ok(Some(prepared)) => Code::Prepared(prepared, codes),
            Ok(None) if asks_type && quoted => {
                Code::Open(QUOTED_NUMBER, Box::new(Code::Call(function, codes)))
            }
            Ok(None) => Code::Call(function, codes),
            Err(reason) => {
                self.errors.push(
                    Diagnostic::error(
                        &codes::meaning::BAD_PATTERN,
                        format!("`{name}` can't use this argument: {reason}"),
                    )
                    .at(whole.at.0, ""),
                );
                Code::Const(Value::Null)
            }
        }
    }

    fn form(&mut self, whole: &Expr, name: &str, arguments: &[Expr]) -> Code {
        match (name, arguments) {
            ("if", [condition, then, otherwise]) => Code::If(Box::new([
                self.expr(condition),
                self.expr(then),
                self.expr(otherwise),
            ])),
            ("case" | "validate", arguments) => {
                let arms = arguments
                    .chunks_exact(2)
                    .map(|arm| (self.expr(&arm[0]), self.expr(&arm[1])))
                    .collect();
                Code::Case {
                    arms,
                    when: name == "case",
                }
            }
            ("coalesce", arguments) => Code::Coalesce(self.all(arguments)),
            ("in", [item, list @ ..]) => Code::In(Box::new(self.expr(item)), self.all(list)),
            ("searchmatch", [text]) => self.searchmatch(text),
            ("mvmap", [list, body]) => self.each(whole, list, body, false),
            ("mvfilter", [body]) => self.each(whole, body, body, true),
            _ => Code::Const(Value::Null),
        }
    }

    fn searchmatch(&mut self, text: &Expr) -> Code {
        match SearchMatch::new(text) {
            Ok(search) => {
                let slot = |name: &Arc<str>| {
                    let slot = self.fields.iter().position(|field| **field == **name);
                    slot.map_or(Code::Const(Value::Null), Code::Slot)
                };
                let slots = search.fields().iter().map(slot).collect();
                Code::Prepared(Arc::new(search), slots)
            }
            Err(errors) => {
                self.errors.extend(errors);
                Code::Const(Value::Null)
            }
        }
    }

    /// `mvmap` and `mvfilter` bind one field: the first that `list` names.
    fn each(&mut self, whole: &Expr, list: &Expr, body: &Expr, filter: bool) -> Code {
        let slot =
            first_field(list).and_then(|name| self.fields.iter().position(|field| field == name));
        let Some(slot) = slot else {
            self.errors.push(
                Diagnostic::error(
                    &codes::meaning::BAD_ARGUMENT,
                    "the function needs a field to go through",
                )
                .at(whole.at.0, "names no field"),
            );
            return Code::Const(Value::Null);
        };
        Code::Each {
            slot,
            body: Box::new(self.expr(body)),
            filter,
        }
    }

    fn arity(&mut self, whole: &Expr, spec: &Spec, given: usize) -> bool {
        let Spec { name, min, max, .. } = *spec;
        if matches!(name, "case" | "validate") && given % 2 == 1 {
            self.errors.push(
                Diagnostic::error(
                    &codes::meaning::BAD_ARGUMENT,
                    format!("`{name}` takes pairs of a condition and a value, but has {given} arguments"),
                )
                .at(whole.at.0, "the last has no partner")
                .help(match name {
                    "case" => "a value for all other cases goes after `true()`: `case(…, true(), \"other\")`",
                    _ => "each condition is followed by the value for when it is false",
                }),
            );
            return false;
        }
        if given >= min && max.is_none_or(|max| given <= max) {
            return true;
        }
        let wanted = match max {
            Some(max) if max == min => format!("{min}"),
            Some(max) => format!("{min} to {max}"),
            None => format!("at least {min}"),
        };
        self.errors.push(
            Diagnostic::error(
                &codes::meaning::BAD_ARGUMENT,
                format!("`{name}` takes {wanted} arguments, not {given}"),
            )
            .at(whole.at.0, "")
            .help(format!("it is written `{}`", spec.syntax)),
        );
        false
    }
}

fn first_field(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Field(name) => Some(name),
        ExprKind::Unary(_, inner) => first_field(inner),
        ExprKind::Binary(_, a, b) => first_field(a).or_else(|| first_field(b)),
        ExprKind::In(item, list) => first_field(item).or_else(|| list.iter().find_map(first_field)),
        ExprKind::Call { arguments, .. } => arguments.iter().find_map(first_field),
        _ => None,
    }
}
