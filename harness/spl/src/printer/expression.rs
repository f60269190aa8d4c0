//! `eval` expressions and assignments as text.

use crate::ast::{Assignment, Binary, Expr, ExprKind, NamePart, Target, Unary};
use crate::lexer::quote;
use crate::parser::{mark_of, power, power_of};

pub(super) fn write(out: &mut String, expression: &Expr) {
    write_in(out, expression, 0);
}

pub(super) fn write_assignment(out: &mut String, assignment: &Assignment) {
    match &assignment.target {
        Target::Field(name) if is_plain(name) => out.push_str(name),
        Target::Field(name) => out.push_str(&quote(name, '"')),
        Target::Dynamic(parts) => {
            for part in parts {
                match part {
                    NamePart::Text(text) => out.push_str(text),
                    NamePart::Field(field) => {
                        out.push('{');
                        out.push_str(field);
                        out.push('}');
                    }
                }
            }
        }
    }
    out.push('=');
    write(out, &assignment.value);
}

/// Writes an expression that stands where operators looser than `least` need parentheses.
fn write_in(out: &mut String, expression: &Expr, least: u8) {
    match &expression.kind {
        ExprKind::Number(_, text) => out.push_str(text),
        ExprKind::Text(text) => out.push_str(&quote(text, '"')),
        ExprKind::Field(name) if is_plain(name) => out.push_str(name),
        ExprKind::Field(name) => out.push_str(&quote(name, '\'')),
        ExprKind::Unary(op, inner) => {
            let (mark, own) = match op {
                Unary::Minus => ("-", power::PRODUCT + 1),
                Unary::Plus => ("+", power::PRODUCT + 1),
                Unary::Not => ("NOT ", power::NOT),
            };
            grouped(out, own < least, |out| {
                out.push_str(mark);
                write_in(out, inner, own);
            });
        }
        ExprKind::Binary(op, left, right) => {
            let own = power_of(*op);
            grouped(out, own < least, |out| {
                write_left(out, left, own);
                out.push(' ');
                out.push_str(mark_of_binary(*op));
                out.push(' ');
                write_in(out, right, own + 1);
            });
        }
        ExprKind::In(item, list) => grouped(out, power::COMPARE < least, |out| {
            write_left(out, item, power::COMPARE);
            out.push_str(" IN ");
            write_arguments(out, list);
        }),
        ExprKind::Call {
            function,
            arguments,
            ..
        } => {
            out.push_str(function);
            write_arguments(out, arguments);
        }
        ExprKind::Error => out.push_str("null()"),
    }
}

/// A left operand. A prefix operator at its right end would take what follows, so it goes in parentheses.
fn write_left(out: &mut String, left: &Expr, own: u8) {
    let guard = matches!(left.kind, ExprKind::Unary(Unary::Not, _)) || ends_with_not(left);
    grouped(out, guard && !needs_parentheses(left, own), |out| {
        write_in(out, left, own)
    });
}

fn needs_parentheses(expression: &Expr, least: u8) -> bool {
    match &expression.kind {
        ExprKind::Binary(op, ..) => power_of(*op) < least,
        ExprKind::In(..) => power::COMPARE < least,
        ExprKind::Unary(Unary::Not, _) => power::NOT < least,
        _ => false,
    }
}

/// Whether the text ends with an operand of `NOT`, as `a AND NOT b` does.
fn ends_with_not(expression: &Expr) -> bool {
    match &expression.kind {
        ExprKind::Binary(_, _, right) => {
            matches!(right.kind, ExprKind::Unary(Unary::Not, _)) || ends_with_not(right)
        }
        ExprKind::Unary(_, inner) => {
            matches!(inner.kind, ExprKind::Unary(Unary::Not, _)) || ends_with_not(inner)
        }
        _ => false,
    }
}

fn write_arguments(out: &mut String, arguments: &[Expr]) {
    out.push('(');
    super::write_list(out, arguments, ", ", write);
    out.push(')');
}

fn grouped(out: &mut String, parentheses: bool, write: impl FnOnce(&mut String)) {
    if parentheses {
        out.push('(');
    }
    write(out);
    if parentheses {
        out.push(')');
    }
}

fn mark_of_binary(op: Binary) -> &'static str {
    match op {
        Binary::Or => "OR",
        Binary::Xor => "XOR",
        Binary::And => "AND",
        Binary::Compare(op) => mark_of(op),
        Binary::Like => "LIKE",
        Binary::Add => "+",
        Binary::Sub => "-",
        Binary::Concat => ".",
        Binary::Mul => "*",
        Binary::Div => "/",
        Binary::Rem => "%",
    }
}

/// Whether a field's name can stand bare: one word that is no operator and no number.
fn is_plain(name: &str) -> bool {
    let operators = ["and", "or", "xor", "not", "like", "in"];
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !operators.iter().any(|word| name.eq_ignore_ascii_case(word))
}
