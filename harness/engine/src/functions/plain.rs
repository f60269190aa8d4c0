//! Functions that need no more than a description and a body, and what bodies share.

use dryfire_plan::Transfer;

use super::{Function, Spec};
use crate::env::Cx;
use crate::value::Value;

/// A function without compiled constants.
pub(super) struct Plain {
    pub(super) spec: &'static Spec,
    pub(super) transfer: Transfer,
    pub(super) run: fn(&[Value], &Cx<'_>) -> Value,
}

impl Function for Plain {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value {
        (self.run)(arguments, cx)
    }

    fn transfer(&self) -> Transfer {
        self.transfer
    }
}

/// The description of a function: `spec!(GROUP, "name", 1..=2, "name(<x>)", "Summary.", [expression => result])`; an
/// open point of semantics goes before the examples, a missing upper bound is `1..`.
macro_rules! spec {
    (@ $group:expr, $name:literal, $min:literal, $max:expr, $syntax:literal, $summary:literal, $open:literal, $examples:tt) => {
        $crate::functions::spec!(
            # $group, $name, $min, $max, $syntax, $summary, $crate::functions::Certainty::Uncertain($open), $examples
        )
    };
    (@ $group:expr, $name:literal, $min:literal, $max:expr, $syntax:literal, $summary:literal, $examples:tt) => {
        $crate::functions::spec!(
            # $group, $name, $min, $max, $syntax, $summary, $crate::functions::Certainty::Documented, $examples
        )
    };
    (# $group:expr, $name:literal, $min:literal, $max:expr, $syntax:literal, $summary:literal, $certainty:expr,
     [$($expression:literal => $result:literal),* $(,)?]) => {
        &$crate::functions::Spec {
            name: $name,
            min: $min,
            max: $max,
            syntax: $syntax,
            summary: $summary,
            group: $group,
            certainty: $certainty,
            examples: &[$($crate::functions::Example { expression: $expression, result: $result }),*],
        }
    };
    ($group:expr, $name:literal, $min:literal ..= $max:literal, $($rest:tt)*) => {
        $crate::functions::spec!(@ $group, $name, $min, Some($max), $($rest)*)
    };
    ($group:expr, $name:literal, $min:literal .., $($rest:tt)*) => {
        $crate::functions::spec!(@ $group, $name, $min, None, $($rest)*)
    };
}
pub(crate) use spec;

/// `ALL` of a group of plain functions: `transfer, body, spec` of each, ascending by name.
macro_rules! plain_functions {
    ($group:literal: $($transfer:expr, $run:expr, ($($spec:tt)*);)*) => {
        pub(super) const ALL: &[&dyn $crate::functions::Function] = &[
            $(&$crate::functions::plain::Plain {
                spec: $crate::functions::spec!($group, $($spec)*),
                transfer: $transfer,
                run: $run,
            }),*
        ];
    };
}
pub(super) use plain_functions;

/// A number of a number; of what is none, null.
pub(super) fn number(value: Option<&Value>, compute: impl FnOnce(f64) -> f64) -> Value {
    value
        .and_then(Value::as_number)
        .map_or(Value::Null, |number| Value::number(compute(number)))
}

/// Computes each value of a list.
pub(super) fn each(value: Option<&Value>, compute: impl FnMut(&Value) -> Value) -> Value {
    value.map_or(Value::Null, |value| match value {
        Value::Null => Value::Null,
        value => Value::multi(value.each().iter().map(compute)),
    })
}

/// A text of each text of a list.
pub(super) fn texts(value: Option<&Value>, mut compute: impl FnMut(&str) -> String) -> Value {
    each(value, |value| Value::text(value.with_text(&mut compute)))
}

/// A whole number; none where the value is none.
pub(super) fn integer(value: Option<&Value>) -> Option<i64> {
    let number = value.and_then(Value::as_number)?.trunc();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "within what a number holds exactly"
    )]
    (number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

/// A count as a value.
pub(super) fn count(count: usize) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "no text or list has 2^53 parts")]
    Value::Number(count as f64)
}

/// Whether a value is a number of its own or spells one. Booleans are none.
pub(super) fn is_number(value: &Value) -> bool {
    value.as_number().is_some()
}
