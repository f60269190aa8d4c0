//! `eval` expressions.

use super::{expression_of, lisp_of};

#[track_caller]
fn check(text: &str, tree: &str) {
    let (expression, diagnostics) = expression_of(text);
    assert_eq!(diagnostics, [], "{text}");
    assert_eq!(lisp_of(&expression), tree, "{text}");
}

#[test]
fn operators_bind_as_the_manual_says() {
    check("a OR b AND c", "(Or a (And b c))");
    check("a xor b or c", "(Xor a (Or b c))");
    check("not a=1 and b", "(And (not (= a 1)) b)");
    check(
        "a=1 OR NOT b IN (c, \"d\")",
        "(Or (= a 1) (not (in b c \"d\")))",
    );
    check("a+b*c-d", "(Sub (Add a (Mul b c)) d)");
    check("a.\"-\".b=c", "(= (Concat (Concat a \"-\") b) c)");
    check("a - b - c % 2", "(Sub (Sub a b) (Rem c 2))");
    check("(a+b)*c", "(Mul (Add a b) c)");
    check("a==1 != b<=2", "(<= (!= (= a 1) b) 2)");
    check(
        "x LIKE \"a%\" AND y like z",
        "(And (Like x \"a%\") (Like y z))",
    );
    check(
        "x NOT IN (1) OR y NOT LIKE z",
        "(Or (not (in x 1)) (not (Like y z)))",
    );
}

#[test]
fn signs_and_numbers() {
    check("-x*2", "(Mul (neg x) 2)");
    check("a - -1.50", "(Sub a (neg 1.50))");
    check("+.5e3+007", "(Add (pos .5e3) 007)");
    check("1.2.3", "(Concat 1.2 3)");
    check("4625_count+1", "(Add 4625_count 1)");
    check("x.1", "(Concat x 1)");
}

#[test]
fn names_are_never_dotted() {
    check("match(a.b,c)", "(match (Concat a b) c)");
    check("'a.b{}.c'=1", "(= a.b{}.c 1)");
    check("Actor{}=1", "(= Actor{} 1)");
    check(
        "\"outcome.result\"=\"SUCCESS\"",
        "(= \"outcome.result\" \"SUCCESS\")",
    );
    check("null", "null");
}

#[test]
fn calls_in_any_case_and_spacing() {
    check("CASE (a=1, x, true(), y)", "(case (= a 1) x (true) y)");
    check("LIKE (p,\"%x\")", "(like p \"%x\")");
    check("in(x, 1)", "(in x 1)");
    check("if(notx=1,orx,android)", "(if (= notx 1) orx android)");
}

#[test]
fn strings_keep_unknown_escapes() {
    check(r#""\\\(""#, r#""\\(""#);
    check(r#""(.*\\\)""#, r#""(.*\\)""#);
    check(r#"split(x, "\\")"#, r#"(split x "\")"#);
    check(r#""[\\w\\.-]+ \d""#, r#""[\w\.-]+ \d""#);
}
