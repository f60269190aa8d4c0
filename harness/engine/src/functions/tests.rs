//! The registry as a whole: every function is described, and every example does what it says.

mod open_points;

use std::sync::atomic::AtomicBool;

use dryfire_diagnostic::SourceMap;

use super::*;
use crate::env::Env;
use crate::eval;
use crate::stop::Stop;

// Tuesday 2023-11-14 22:13:20 UTC.
const NOW: i64 = 1_700_000_000_000_000;

fn compiled(expression: &str) -> Result<eval::Compiled, String> {
    let mut sources = SourceMap::new();
    let source = sources.add("example", expression);
    let (tree, mistakes) = dryfire_spl::parse_expression(source, &sources);
    if !mistakes.is_empty() {
        return Err(format!("{mistakes:?}"));
    }
    eval::compile(&tree, &["f".to_owned(), SAMPLE.0.to_owned()])
        .map_err(|mistakes| format!("{mistakes:?}"))
}

/// The value of an expression in which `f` is a field.
fn run(expression: &str, field: &Value) -> Result<Value, Stop> {
    let (env, cancel) = (Env::all_time(NOW), AtomicBool::new(false));
    let cx = Cx::new(&env, &cancel);
    let code = compiled(expression)
        .unwrap_or_else(|mistakes| panic!("{expression}: {mistakes}"))
        .code;
    let value = code.run(&[field, &Value::multi(SAMPLE.1.map(Value::from))], &cx);
    cx.check().map(|()| value)
}

/// How many open points decided something.
fn noted(expression: &str, field: &Value) -> usize {
    let (env, cancel) = (Env::all_time(NOW), AtomicBool::new(false));
    let cx = Cx::new(&env, &cancel);
    compiled(expression)
        .unwrap()
        .code
        .run(&[field, &Value::Null], &cx);
    cx.take_notes().len()
}

fn text(expression: &str, field: &Value) -> String {
    run(expression, field).unwrap().to_text().to_string()
}

fn specs() -> impl Iterator<Item = &'static Spec> {
    all().map(Function::spec).chain(FORMS.iter().copied())
}

#[test]
fn names_are_unique_and_every_group_ascends() {
    for group in GROUPS {
        assert!(group.is_sorted_by(|a, b| a.spec().name < b.spec().name));
    }
    let mut names: Vec<_> = specs().map(|spec| spec.name).collect();
    names.sort_unstable();
    let repeated: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(repeated.is_empty(), "{repeated:?}");
    assert_eq!(all().count(), names.len() - FORMS.len());
}

#[test]
fn every_function_is_described() {
    for spec in specs() {
        assert!(
            spec.summary.ends_with('.') && !spec.group.is_empty(),
            "{}",
            spec.name
        );
        assert!(
            spec.syntax.starts_with(&format!("{}(", spec.name)),
            "{}",
            spec.name
        );
        assert!(!spec.examples.is_empty(), "{} has no example", spec.name);
    }
}

#[test]
fn every_example_does_what_it_says() {
    for spec in specs() {
        for Example { expression, result } in spec.examples {
            assert_eq!(text(expression, &Value::Null), *result, "{expression}");
        }
    }
}

/// Whether arguments are constant must not change a result: the compiled forms agree with the others.
#[test]
fn compiled_constants_change_nothing() {
    for (literal, varying) in [
        (
            r#"replace("a1b2", "\d", "<\0>")"#,
            r#"replace("a1b2", f, "<\0>")"#,
        ),
        (
            r#"mvfind(split("a,1", ","), "\d")"#,
            r#"mvfind(split("a,1", ","), f)"#,
        ),
        (
            r#"if(match("a1", "\d"), "yes", "no")"#,
            r#"if(match("a1", f), "yes", "no")"#,
        ),
    ] {
        assert_eq!(
            text(literal, &Value::Null),
            text(varying, &Value::from("\\d")),
            "{literal}"
        );
    }
    for (call, argument) in [
        ("strftime(1700000000", "%F"),
        ("strptime(\"2019-01-30\"", "%F"),
        ("relative_time(1700000000", "@d"),
        ("like(\"a_b\"", "a\\_%"),
    ] {
        let (literal, varying) = (
            format!("tostring({call}, \"{argument}\"))"),
            format!("tostring({call}, f))"),
        );
        assert_eq!(
            text(&literal, &Value::Null),
            text(&varying, &Value::from(argument)),
            "{call}"
        );
    }
}

#[test]
fn null_gives_null() {
    // What makes something of null, or of nothing.
    let others = [
        "false",
        "isarray",
        "isbool",
        "isdouble",
        "isint",
        "ismv",
        "isnotnull",
        "isnull",
        "isnum",
        "isobject",
        "isstr",
        "json_array",
        "json_object",
        "now",
        "pi",
        "time",
        "true",
        "typeof",
    ];
    let (env, cancel) = (Env::all_time(NOW), AtomicBool::new(false));
    for function in all() {
        let spec = function.spec();
        let cx = Cx::new(&env, &cancel);
        let result = function.call(&vec![Value::Null; spec.min], &cx);
        assert_eq!(
            result.is_null(),
            !others.contains(&spec.name),
            "{}",
            spec.name
        );
        cx.check().unwrap();
    }
}

#[test]
fn what_can_not_be_computed_fails_the_search() {
    let bad = Value::from("(");
    for expression in [
        r#"match("a", f)"#,
        r#"replace("a", f, "")"#,
        r#"mvfind("a", f)"#,
    ] {
        assert!(
            matches!(run(expression, &bad), Err(Stop::Unsupported(_))),
            "{expression}"
        );
    }
    let long = Value::text(format!("{}b", "a".repeat(40)));
    for expression in [
        r#"match(f, "(a+)+$")"#,
        r#"replace(f, "(a+)+$", "")"#,
        r#"mvfind(f, "(a+)+$")"#,
    ] {
        assert!(
            matches!(run(expression, &long), Err(Stop::Budget(_))),
            "{expression}"
        );
    }
    assert!(matches!(
        run("mvrange(0, 1000000000000)", &Value::Null),
        Err(Stop::Budget(_))
    ));
    assert!(matches!(
        run(r#"spath(f, "a.b")"#, &Value::from("<a><b>1</b></a>")),
        Err(Stop::Unsupported(_))
    ));
    for expression in [
        r#"match("a", "(")"#,
        r#"tonumber("seven")"#,
        r#"relative_time(now(), "yesterday")"#,
        "round()",
    ] {
        assert!(compiled(expression).is_err(), "{expression}");
    }
}

#[test]
fn several_values_are_taken_one_by_one() {
    let list = Value::multi(["Ab", "cD", "Ab"].map(Value::from));
    for (expression, result) in [
        ("lower(f)", "ab\ncd\nab"),
        ("len(f)", "2\n2\n2"),
        (r#"replace(f, "[A-Z]", "")"#, "b\nc\nb"),
        ("substr(f, 2)", "b\nD\nb"),
        ("mvcount(mvdedup(f))", "2"),
        ("mvindex(f, 1, 5)", ""),
        ("mvindex(f, -1)", "Ab"),
        (r#"mvjoin(f, ";")"#, "Ab;cD;Ab"),
        (r#"mvfind(f, "^c")"#, "1"),
        (r#"if(match(f, "D$"), "yes", "no")"#, "yes"),
        ("json_array(f)", r#"[["Ab","cD","Ab"]]"#),
        (r#"mvzip(f, "x")"#, "Ab,x"),
        ("max(f)", "cD"),
        ("abs(f)", ""),
        ("typeof(f)", "Multivalue"),
    ] {
        assert_eq!(text(expression, &list), result, "{expression}");
    }
}

#[test]
fn edges() {
    for (expression, field, result) in [
        ("substr(f, -2, 1)", "abcd", "c"),
        ("substr(f, 9)", "abcd", ""),
        ("substr(f, -9, 6)", "abcd", "a"),
        ("substr(f, 3, -2)", "abcd", "ab"),
        ("substr(f, 2, 1)", "éèà", "è"),
        ("trim(f)", "\t a ", "a"),
        ("upper(f)", "straße ı é", "STRAßE ı É"),
        ("lower(f)", "\u{212a}É", "\u{212a}é"),
        (r#"replace(f, "x*", "-")"#, "ab", "-a-b-"),
        (r#"replace(f, "(?i)B", "\\")"#, "abc", "a\\c"),
        ("urldecode(f)", "%E4%B8%AD+%zz%4", "中+%zz%4"),
        ("tonumber(f)", "1e3", "1000"),
        ("tonumber(f, 36)", "Zz", "1295"),
        ("tonumber(f, 2)", "12", ""),
        (r#"tostring(f, "commas")"#, "-1234567.5", "-1,234,567.50"),
        (r#"tostring(f, "commas")"#, "123", "123"),
        (r#"tostring(f, "duration")"#, "1.5", "00:00:01.500000"),
        (r#"tostring(f, "hex")"#, "x", ""),
        ("split(f, \",\")", "a,,b", "a\n\nb"),
        ("mvrange(f, 0, -2)", "5", "5\n3\n1"),
        ("round(f, 1)", "0.25", "0.3"),
        (
            "spath(f, \"a{}\")",
            r#"{"a":[1,null,{"b":true}]}"#,
            "1\nnull\n{\"b\":true}",
        ),
        (
            "json_extract(f, \"a\", \"b\")",
            r#"{"a":1.5}"#,
            "[1.5,null]",
        ),
        ("if(isnum(f), \"yes\", \"no\")", "12", "yes"),
    ] {
        assert_eq!(
            text(expression, &Value::from(field)),
            result,
            "{expression} of {field:?}"
        );
    }
}
