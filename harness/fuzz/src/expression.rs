//! `eval` expressions.

use proptest::prelude::*;
use proptest::sample::select;

use crate::spelling::{GAP, SOFT};
use crate::words::Words;

/// Most arguments of a function that takes any number.
const MANY: usize = 4;

/// An `eval` expression, spaces marked (see [`crate::plain`]).
pub fn expression(words: &Words) -> BoxedStrategy<String> {
    let number =
        select(vec!["0", "1", "2", "10", "1.5", "0.001", "1e3", "60"]).prop_map(str::to_owned);
    let leaf = prop_oneof![4 => words.operand(), 3 => words.text(), 2 => number, 1 => Just("null()".to_owned()), 1 => Just("true()".to_owned())];
    let functions = words.functions.clone();
    leaf.prop_recursive(3, 16, 4, move |inner| {
        let infix = select(vec!["+", "-", ".", "*", "/", "%", "=", "==", "!=", "<", ">", "<=", ">=", "AND", "OR", "XOR", "LIKE"]);
        let call = (select(functions.clone()), prop::collection::vec(inner.clone(), 8)).prop_flat_map(|((name, min, max), arguments)| {
            let most = max.min(min.max(MANY)).min(arguments.len());
            (min.min(most)..=most).prop_map(move |count| format!("{name}({SOFT}{}{SOFT})", arguments[..count].join(&format!("{SOFT},{SOFT}"))))
        });
        prop_oneof![
            5 => call,
            4 => (infix, inner.clone(), inner.clone()).prop_map(|(op, a, b)| format!("{a}{GAP}{op}{GAP}{b}")),
            2 => inner.clone().prop_map(|inner| format!("({SOFT}{inner}{SOFT})")),
            1 => inner.clone().prop_map(|inner| format!("NOT{GAP}{inner}")),
            1 => inner.clone().prop_map(|inner| format!("-{SOFT}{inner}")),
            1 => (inner.clone(), prop::collection::vec(inner, 1..3)).prop_map(|(item, list)| format!("({item}){GAP}IN{SOFT}({})", list.join(","))),
        ]
    })
    .boxed()
}

/// A condition that some rows fulfil.
pub(crate) fn condition(words: &Words) -> BoxedStrategy<String> {
    let compared = (
        words.operand(),
        select(vec!["=", "!=", "<", ">="]),
        prop_oneof![words.text(), Just("1".to_owned()), words.operand()],
    )
        .prop_map(|(a, op, b)| format!("{a}{SOFT}{op}{SOFT}{b}"));
    let tested = (
        words.operand(),
        select(vec![
            "isnotnull(X)",
            "isnull(X)",
            "match(X,\"^[a-z]\")",
            "like(X,\"%a%\")",
            "len(X)>3",
            "NOT isnum(X)",
        ]),
    )
        .prop_map(|(a, test)| test.replace('X', &a));
    let joined = (words.operand(), words.operand())
        .prop_map(|(a, b)| format!("isnotnull({a}){GAP}OR{GAP}{b}=1"));
    prop_oneof![3 => compared, 3 => tested, 1 => joined, 2 => expression(words)].boxed()
}
