//! Open points of semantics: they are told where they decide, and not where they don't.

use super::noted;
use crate::value::Value;

#[test]
fn an_open_point_is_told_where_it_decides_only() {
    let list = || Value::multi(["Ab", "cD"].map(Value::from));
    let text = |text: &str| Value::from(text);
    for (expression, field, decides) in [
        (r#"if(like(f, "a%"), 1, 0)"#, text("Abc"), true),
        (r#"if(like(f, "A%"), 1, 0)"#, text("Abc"), false),
        (r#"if(like(f, "x%"), 1, 0)"#, text("Abc"), false),
        (
            r#"if(like(f, "A%"), 1, 0)"#,
            Value::multi(["a", "Ab"].map(Value::from)),
            false,
        ),
        (r#"if(f LIKE "a%", 1, 0)"#, text("Abc"), true),
        (r#"if(1==2 AND like(f, "a%"), 1, 0)"#, text("Abc"), false),
        ("len(f)", list(), true),
        ("len(f)", text("a"), false),
        ("lower(f)", list(), false),
        (r#"replace(f, "a", "b")"#, list(), true),
        (r#"replace(f, "a", "b")"#, text("a"), false),
        ("trim(f)", list(), true),
        ("rtrim(f)", text("a"), false),
        ("urldecode(f)", list(), true),
        ("urldecode(f)", text("a+b"), true),
        ("urldecode(f)", text("a%20b"), false),
        ("substr(f, 2)", list(), true),
        ("substr(f, 0, 3)", text("string"), true),
        ("substr(f, 0, 256)", text("string"), false),
        ("substr(f, 1, 3)", text("string"), false),
        (r#"tostring(f, "duration")"#, text("86400"), true),
        (r#"tostring(f, "duration")"#, text("86399"), false),
        (r#"tostring(f, "commas")"#, text("1234.5"), true),
        (r#"tostring(f, "commas")"#, text("1234.25"), false),
        ("toint(f)", text("-1.5"), true),
        ("toint(f)", text("1.5"), false),
        (r#"if(tobool(f), 1, 0)"#, text("yes"), true),
        (r#"if(tobool(f), 1, 0)"#, text("T"), false),
        (r#"if(isnum("12"), 1, 0)"#, Value::Null, true),
        ("if(isnum(f), 1, 0)", text("12"), false),
        ("if(isnum(12), 1, 0)", Value::Null, false),
        (r#"typeof("12")"#, Value::Null, true),
        (r#"typeof("x")"#, Value::Null, false),
        ("typeof(f)", list(), true),
        ("if(isint(f), 1, 0)", text("1.0"), true),
        ("if(isint(f), 1, 0)", text("1"), false),
        (r#"if("9"<"10", 1, 0)"#, Value::Null, true),
        (r#"if("1"<"2", 1, 0)"#, Value::Null, false),
        (r#"if(f<"10", 1, 0)"#, text("9"), false),
        ("8.250 * 0.2", Value::Null, false),
        // Which figures a computed factor has is open.
        ("f / 7 * 0.5", text("6"), true),
        ("f / 7 * 2", text("6"), false),
        ("1.00 * 1111", Value::Null, false),
        ("1.5 * 2", Value::Null, false),
        ("10 / 4", Value::Null, false),
        ("f * 100", text("0.25"), false),
        ("f / 3", text("0.5"), false),
        ("f / 3", text("5"), false),
        ("exact(f) / 3", text("0.5"), false),
        ("sigfig(f)", text("1.5"), true),
        ("mvzip(f, \"x\")", list(), true),
        ("mvzip(f, f)", list(), false),
    ] {
        assert_eq!(
            noted(expression, &field),
            usize::from(decides),
            "{expression} of {field:?}"
        );
    }
}
