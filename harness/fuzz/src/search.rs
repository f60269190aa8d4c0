//! Search expressions.

use proptest::prelude::*;
use proptest::sample::select;

use crate::spelling::{GAP, SOFT};
use crate::words::{Words, quoted};

/// A search expression, spaces marked (see [`crate::plain`]).
pub fn search(words: &Words) -> BoxedStrategy<String> {
    let field = words.field();
    let value = {
        let part = (words.text(), 0..4_u32).prop_map(|(text, shape)| match shape {
            0 => text,
            1 => format!("\"*{}\"", &text[1..text.len() - 1]),
            2 => format!("\"{}*\"", &text[1..text.len() - 1]),
            _ => text.to_uppercase(),
        });
        let bare = select(vec![
            "5",
            "-1.5",
            "abc",
            "*",
            "a*b",
            "*x*",
            "10.0.0.0/8",
            "C:\\\\x",
            "a=b",
            "x:y",
            "1e3",
        ])
        .prop_map(str::to_owned);
        prop_oneof![2 => part, 2 => bare].boxed()
    };
    let op = select(vec!["=", "=", "!=", "<", "<=", ">", ">=", "=="]);
    let join = |list: Vec<String>| list.join(&format!("{SOFT},{SOFT}"));
    let leaf = prop_oneof![
        5 => (field.clone(), op, value.clone()).prop_map(|(field, op, value)| format!("{field}{SOFT}{op}{SOFT}{value}")),
        2 => (field.clone(), prop::collection::vec(value.clone(), 1..4)).prop_map(move |(field, list)| format!("{field}{GAP}IN{SOFT}({SOFT}{}{SOFT})", join(list))),
        1 => field.prop_map(|field| format!("{field}=*")),
        2 => words.text(),
        1 => select(vec!["word", "*", "fail*", "TERM(a.b)", "CASE(Bob)", "CASE(\"a b\")", "index=*", "host!=x", "eventtype=none", "tag=process", "()"]).prop_map(str::to_owned),
        1 => select(words.searches.clone()),
    ];
    let timed = if words.odd {
        prop_oneof![9 => leaf, 1 => select(vec!["earliest=-1d@d", "latest=now", "earliest=0", "latest=\"11/14/2023:22:13:20\""]).prop_map(str::to_owned)].boxed()
    } else {
        leaf.boxed()
    };
    timed
        .prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({SOFT}{a}{GAP}{b}{SOFT})")),
                2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}{GAP}OR{GAP}{b}")),
                1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}{GAP}AND{GAP}{b}")),
                2 => inner.clone().prop_map(|inner| format!("NOT{GAP}({SOFT}{inner}{SOFT})")),
                1 => inner.prop_map(|inner| format!("NOT{GAP}{inner}")),
            ]
        })
        .boxed()
}

/// A subsearch in brackets.
pub(crate) fn subsearch(words: &Words) -> BoxedStrategy<String> {
    let field = words.field();
    let tail = select(vec![
        "head 3",
        "stats count",
        "table F",
        "stats count BY F",
        "fields F",
        "dedup F | rename F AS query",
    ]);
    (select(words.searches.clone()), tail, field)
        .prop_map(|(search, tail, field)| {
            format!(
                "[{SOFT}search{GAP}{search}{SOFT}|{SOFT}{}{SOFT}]",
                tail.replace('F', &field)
            )
        })
        .boxed()
}

/// A pattern for `rex`, in quotes.
pub(crate) fn pattern(named: bool) -> BoxedStrategy<String> {
    let list = vec![
        r"(?<n>\w+)",
        r"(?i)(?<n>[a-z]+)\.exe",
        r"(?P<n>.*)$",
        r"^(?<n>[^\\]+)\\(?<rest>.*)",
        r#"(?<n>"[^"]*")"#,
        r"(?<n>\d+)(?:\.(?<m>\d+))?",
        r"(?<n>é|\x{e9}|\p{L}+)",
    ];
    select(list)
        .prop_map(move |text| {
            quoted(&if named {
                text.to_owned()
            } else {
                text.replace("?<n>", "")
                    .replace("?P<n>", "")
                    .replace("?<rest>", "")
            })
        })
        .boxed()
}
