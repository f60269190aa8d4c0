//! Search expressions.

use dryfire_diagnostic::Severity;

use super::{lisp, search_of};

#[track_caller]
fn check(text: &str, tree: &str) {
    let (search, diagnostics) = search_of(text);
    assert!(
        diagnostics.iter().all(|one| one.severity < Severity::Error),
        "{text}: {diagnostics:?}"
    );
    assert_eq!(lisp(&search), tree, "{text}");
}

#[test]
fn or_binds_tighter_than_and() {
    check("a=1 b=2 OR c=3", "(and a=1 (or b=2 c=3))");
    check(
        "a=1 OR b=2 AND c=3 OR d=4",
        "(and (or a=1 b=2) (or c=3 d=4))",
    );
    check("NOT a=1 OR b=2", "(or (not a=1) b=2)");
    check("NOT a=1 b=2", "(and (not a=1) b=2)");
    check("(a=1 b=2) OR c=3", "(or (and a=1 b=2) c=3)");
    check("NOT(a=1 OR b=2)c=3", "(and (not (or a=1 b=2)) c=3)");
    check("NOT NOT a", "(not (not a))");
}

#[test]
fn only_capitals_are_operators() {
    check("a or b and not c", "(and a or b and not c)");
    check("x=\"IN\" NOTICE ORDER", "(and x=\"IN\" NOTICE ORDER)");
}

#[test]
fn nothing_and_empty_parentheses_match_all() {
    check("", "all");
    check("()", "all");
    check("(())", "all");
    check("NOT ( )", "(not all)");
    check("*", "*");
}

#[test]
fn terms_may_touch_after_a_quote() {
    check(r#"a="x"AND b=1"#, r#"(and a="x" b=1)"#);
    check(r#"a="* Nul*"P.b=2"#, r#"(and a="* Nul*" P.b=2)"#);
    check(r#""p.dest"=x "a phrase""#, r#"(and "p.dest"=x "a phrase")"#);
}

#[test]
fn values_are_read_as_written() {
    check(
        "a = 1 b>= 2 c!=x* d<3 e == 4",
        "(and a=1 b>=2 c!=x* d<3 e=4)",
    );
    check("process=*GetCurrent()*", "process=*GetCurrent()*");
    check("(process=*Get()*)", "process=*Get()*");
    check("a=x=y,z e", "(and a=x=y,z e)");
    check(r"p=C:\Temp\\x \\srv", r"(and p=C:\Temp\x \srv)");
    check(r#"p="C:\Temp\\x \"q\" \d""#, r#"p="C:\Temp\x "q" \d""#);
    check(r#"p="ends\\""#, r#"p="ends\""#);
    check(r"p=a\|b", "p=a|b");
    check("user=O'Brien", "user=O'Brien");
    check(
        "annotations.k8s.io/reason{}.@type=x",
        "annotations.k8s.io/reason{}.@type=x",
    );
    check("n=10.0.0.0/8 m=-5", "(and n=10.0.0.0/8 m=-5)");
}

#[test]
fn lists_forgive_commas() {
    check(r#"f IN ("a", b*,c)"#, r#"(in f "a" b* c)"#);
    check(r#"f IN ("a" "b","c",)"#, r#"(in f "a" "b" "c")"#);
    check(r#"f IN ("a". "b")"#, r#"(in f "a" "b")"#);
    check(
        r#"f IN ("*p*",""*t*"", "u")"#,
        r#"(in f "*p*" "" *t* "" "u")"#,
    );
    check("\"d.q\" IN(\n a,\n b )", "(in \"d.q\" a b)");
    check("NOT f IN (a) g", "(and (not (in f a)) g)");
    check("x in AND (a b)", "(and x in (and a b))");
}

#[test]
fn time_terms_and_tokens() {
    check(
        "earliest=-30d latest=\"now\" x",
        "(and (time earliest -30d) (time latest \"now\") x)",
    );
    check(
        "starthoursago=168 _index_earliest=-1h",
        "(and (time starthoursago 168) (time _index_earliest -1h))",
    );
    check(
        "earliest>5 \"earliest\"=5",
        "(and earliest>5 \"earliest\"=5)",
    );
    check(
        "TERM(sudoedit) CASE(Foo) TERM(\"a b\")",
        "(and (Term sudoedit) (Case Foo) (Term \"a b\"))",
    );
    check("TERM", "TERM");
    check(
        "sourcetype::syslog tag::user=admin",
        "(and sourcetype=syslog tag::user=admin)",
    );
}

#[test]
fn right_sides_that_are_not_values() {
    check(
        "t >= relative_time(now(), \"-10m@m\") x",
        "(and (text t >= relative_time(now(), \"-10m@m\")) x)",
    );
    check("index=(a OR b*)", "(or index=a index=b*)");
}

#[test]
fn subsearches() {
    check(
        "NOT [| inputlookup t | fields f] a",
        "(and (not (sub 2)) a)",
    );
    check("[search a [search b]]OR x", "(or (sub 1) x)");
}
