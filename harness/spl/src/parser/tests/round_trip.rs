//! Generated trees: what is printed parses to the same tree.

use dryfire_diagnostic::{SourceMap, Span};
use proptest::prelude::*;

use super::{expression_of, findings, parsed, search_of};
use crate::ast::{At, Binary, Compare, Expr, ExprKind, Search, SearchKind, TermMode, Unary, Word};
use crate::{print, print_expression, print_search};

/// Some place; places do not count in comparisons.
fn at() -> At {
    let mut sources = SourceMap::new();
    At(Span::new(sources.add("t", ""), 0, 0))
}

fn word(text: String, quoted: bool) -> Word {
    Word {
        text,
        quoted,
        at: at(),
    }
}

fn compare() -> impl Strategy<Value = Compare> {
    prop::sample::select(vec![
        Compare::Eq,
        Compare::Ne,
        Compare::Lt,
        Compare::Le,
        Compare::Gt,
        Compare::Ge,
    ])
}

fn value() -> impl Strategy<Value = Word> {
    prop_oneof![
        "[a-z*.:/\\\\|\"=-][a-z0-9*.:/\\\\|\"<>=-]{0,6}".prop_map(|text| word(text, false)),
        "[ -~é]{0,8}".prop_map(|text| word(text, true)),
    ]
}

fn field() -> impl Strategy<Value = Word> {
    prop_oneof![
        "f[a-z._{}@/-]{0,6}".prop_map(|text| word(text, false)),
        "[ -~]{0,6}".prop_map(|text| word(text, true))
    ]
}

fn search() -> impl Strategy<Value = Search> {
    let of = |kind| Search { kind, at: at() };
    let leaf =
        prop_oneof![
            Just(of(SearchKind::All)),
            (field(), compare(), value())
                .prop_map(move |(field, op, value)| of(SearchKind::Compare { field, op, value })),
            (field(), prop::collection::vec(field(), 1..4))
                .prop_map(move |(field, values)| of(SearchKind::In { field, values })),
            field().prop_map(move |text| of(SearchKind::Term {
                text,
                mode: TermMode::Plain
            })),
            value().prop_map(move |text| of(SearchKind::Term {
                text,
                mode: TermMode::Case
            })),
            value().prop_map(move |value| of(SearchKind::Time {
                name: "earliest".into(),
                value
            })),
        ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(move |items| of(SearchKind::And(items))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(move |items| of(SearchKind::Or(items))),
            inner.prop_map(move |item| of(SearchKind::Not(Box::new(item)))),
        ]
    })
}

fn expression() -> impl Strategy<Value = Expr> {
    let of = |kind| Expr { kind, at: at() };
    let leaf = prop_oneof![
        "[0-9]{1,3}(\\.[0-9]{1,2})?(e-?[1-9])?"
            .prop_map(move |text| of(ExprKind::Number(text.parse().unwrap(), text))),
        "[ -~é]{0,8}".prop_map(move |text| of(ExprKind::Text(text))),
        "[ -~é]{1,6}".prop_map(move |text| of(ExprKind::Field(text))),
        prop::sample::select(vec!["not", "In", "like", "x", "_time", "5a", "or"])
            .prop_map(move |text| of(ExprKind::Field(text.into()))),
    ];
    let binary = prop::sample::select(vec![
        Binary::Or,
        Binary::Xor,
        Binary::And,
        Binary::Like,
        Binary::Add,
        Binary::Sub,
        Binary::Concat,
        Binary::Mul,
        Binary::Div,
        Binary::Rem,
    ]);
    let binary = prop_oneof![binary, compare().prop_map(Binary::Compare)].boxed();
    leaf.prop_recursive(5, 40, 3, move |inner| {
        let unary = prop::sample::select(vec![Unary::Minus, Unary::Plus, Unary::Not]);
        prop_oneof![
            (binary.clone(), inner.clone(), inner.clone())
                .prop_map(move |(op, a, b)| of(ExprKind::Binary(op, Box::new(a), Box::new(b)))),
            (unary, inner.clone())
                .prop_map(move |(op, item)| of(ExprKind::Unary(op, Box::new(item)))),
            (inner.clone(), prop::collection::vec(inner.clone(), 0..3))
                .prop_map(move |(item, list)| of(ExprKind::In(Box::new(item), list))),
            prop::collection::vec(inner, 0..3).prop_map(move |arguments| of(ExprKind::Call {
                function: "if".into(),
                function_at: at(),
                arguments
            })),
        ]
    })
}

/// What mutated searches have shown to print as another tree.
#[test]
fn odd_searches_survive_printing() {
    for text in [
        // The value `=`.
        "| sitop countfield= = a",
        // An apostrophe that ends a name, and one in the next command.
        "| stats c() AS s()' | where u > '3h'",
        // The word `by` in a filter.
        r#"| tstats count from datamodel=d where ("a" by ("") r)"#,
        // A parenthesis in a field's name, and one in a comment.
        "| stats count(eval('(' = 1)) AS n",
        "| stats count(eval(a=1) ``` ) ``` ) AS n",
        // A bound on the time behind a parenthesis.
        "earliest=(0)",
        // A count that a quoted field follows.
        "a | dedup 1\"\"",
    ] {
        let first = parsed(text);
        let printed = print(&first);
        assert_eq!(parsed(&printed), first, "{text}\n{printed}");
    }
}

/// `e=` would be an option where it is printed.
#[test]
fn the_name_of_a_dataset_ends_before_an_equals_sign() {
    assert_eq!(findings("| from s.e=").len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn search_expressions(tree in search()) {
        let printed = print_search(&tree);
        let (again, diagnostics) = search_of(&printed);
        prop_assert_eq!(diagnostics.len(), 0, "{}", printed);
        prop_assert_eq!(again, tree, "{}", printed);
    }

    #[test]
    fn eval_expressions(tree in expression()) {
        let printed = print_expression(&tree);
        let (again, diagnostics) = expression_of(&printed);
        prop_assert_eq!(diagnostics.len(), 0, "{}", printed);
        prop_assert_eq!(again, tree, "{}", printed);
    }
}
