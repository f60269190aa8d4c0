//! Tests of macro expansion.

use dryfire_diagnostic::{SourceMap, Span};

use super::*;

const DEFINITIONS: [(&str, &[&str], &str); 14] = [
    ("cfg", &[], "a=1 OR b=2"),
    ("ctime", &["field"], "convert ctime($field$)"),
    ("two", &["a", "b"], "x=\"$a$\" y=$b$"),
    ("two", &["a"], "one=$a$"),
    ("outer", &[], "(`cfg`) ```why``` c=3"),
    ("pass", &["f"], "`ctime($f$)`"),
    ("window", &[], "\"-70m@m\""),
    ("loop", &[], "`loop2`"),
    ("loop2", &[], "`loop`"),
    ("grow", &[], "`grow1``grow1`"),
    (
        "grow1",
        &[],
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ),
    ("slip", &[], "eval a=1\n| tabel x"),
    ("slips", &[], "head 1 | `slip`"),
    ("drop", &["n"], "rename \"$n$.*\" AS \"*\""),
];

fn run(text: &str) -> (SourceMap, Expanded, Span) {
    let mut sources = SourceMap::new();
    let macros = DEFINITIONS
        .iter()
        .map(|(name, arguments, definition)| Macro {
            name: (*name).to_owned(),
            arguments: arguments
                .iter()
                .map(|argument| (*argument).to_owned())
                .collect(),
            definition: sources.add(format!("macros/{name}"), *definition),
            is_eval: false,
            validation: None,
            error_message: None,
        });
    let table: Vec<Macro> = macros.collect();
    let source = sources.add("search", text);
    let expanded = expand(source, &mut sources, &table);
    let whole = Span::new(expanded.source, 0, sources.get(expanded.source).text.len());
    (sources, expanded, whole)
}

#[track_caller]
fn check(text: &str, expansion: &str) {
    let (sources, expanded, whole) = run(text);
    assert_eq!(sources.text(whole), expansion);
    assert_eq!(expanded.diagnostics, []);
}

#[track_caller]
fn check_error(text: &str, expansion: &str, code: &str, message: &str) {
    let (sources, expanded, whole) = run(text);
    assert_eq!(sources.text(whole), expansion);
    let found: Vec<_> = expanded
        .diagnostics
        .iter()
        .map(|one| (one.code.id, one.message.as_str()))
        .collect();
    assert_eq!(found, [(code, message)]);
}

#[test]
fn calls_and_comments_are_replaced_by_text() {
    check("`cfg` c", "a=1 OR b=2 c");
    check("x ```a \" | `cfg` ```| y", "x  | y");
    check("`outer`", "(a=1 OR b=2)   c=3");
    check(
        "| `ctime(t)` | `pass(\"u\")`",
        "| convert ctime(t) | convert ctime(u)",
    );
    check(
        "`two(\"p, q\", r)` `two(b=1, a=2)` `two(z)`",
        "x=\"p, q\" y=r x=\"2\" y=1 one=z",
    );
    check(
        "`drop(\"All\")` `drop(Web)`",
        "rename \"All.*\" AS \"*\" rename \"Web.*\" AS \"*\"",
    );
}

#[test]
fn strings_stay_unless_they_are_one_call() {
    check(
        "eval a=replace(b,\"`\",\"\") `cfg`",
        "eval a=replace(b,\"`\",\"\") a=1 OR b=2",
    );
    check("x=\"`cfg` \\\" `cfg`\"", "x=\"`cfg` \\\" `cfg`\"");
    check("f(\"`window`\")", "f(\"-70m@m\")");
    check("f(\"`grow1`\")", &format!("f(\"{}\")", DEFINITIONS[10].2));
    check("f(\"`nosuch`\")", "f(\"`nosuch`\")");
}

#[test]
fn the_quoted_search_of_map_is_expanded_as_a_text_of_its_own() {
    check(
        "| map maxsearches=7 search=\"earliest=`window`\" | eval a=\"`window`\"",
        "| map maxsearches=7 search=\"earliest=\\\"-70m@m\\\"\" | eval a=\"-70m@m\"",
    );
    check(
        r#"appendpipe [map search = "`two(\"$f$\")` b=\"`cfg`!\" | rex \"a\\\d\" `ctime($f$)`"]"#,
        r#"appendpipe [map search = "one=$f$ b=\"`cfg`!\" | rex \"a\\\\d\" convert ctime($f$)"]"#,
    );
    // A row makes the name.
    check("map search=\"`$m$` `cfg`\"", "map search=\"`$m$` `cfg`\"");
    check_error(
        "map search=\"`cgf` $a$\"",
        "map search=\"  $a$\"",
        "DF205",
        "there is no macro `cgf` with no arguments",
    );
}

#[test]
fn faults_are_named_and_leave_a_space() {
    check_error(
        "a `cgf` b",
        "a   b",
        "DF205",
        "there is no macro `cgf` with no arguments",
    );
    check_error(
        "`ctime`",
        " ",
        "DF207",
        "the macro `ctime` takes 1 argument, not no arguments",
    );
    check_error(
        "`two(1,2,3)`",
        " ",
        "DF207",
        "the macro `two` takes 1 argument or 2 arguments, not 3 arguments",
    );
    check_error(
        "`loop`",
        " ",
        "DF206",
        "the macro `loop` calls itself: `loop` → `loop2` → `loop`",
    );
    check_error("a `cfg", "a  cfg", "DF202", "this macro call is not closed");
    check_error("a ``` b", "a  ", "DF202", "this comment is not closed");
    let (_, expanded, _) = run("`nosuch(a,b)`");
    assert_eq!(
        (
            expanded.missing[0].name.as_str(),
            expanded.missing[0].arguments
        ),
        ("nosuch", 2)
    );
}

#[test]
fn every_byte_leads_back() {
    let text = "foo `outer` `pass(user)` end";
    let (sources, expanded, whole) = run(text);
    let result = sources.text(whole).to_owned();
    let trace = |piece: &str| {
        let start = result.find(piece).unwrap();
        let trace = sources.trace(Span::new(expanded.source, start, start + piece.len()));
        let calls: Vec<String> = trace
            .calls
            .iter()
            .map(|(call, words)| format!("{words} at {}", sources.text(*call)))
            .collect();
        (
            sources.get(trace.origin.source).name.to_string(),
            sources.text(trace.origin).to_owned(),
            calls,
        )
    };
    assert_eq!(trace("foo"), ("search".into(), "foo".into(), vec![]));
    assert_eq!(trace("end"), ("search".into(), "end".into(), vec![]));
    let nested = vec![
        "macro `outer` at `outer`".to_owned(),
        "macro `cfg` at `cfg`".to_owned(),
    ];
    assert_eq!(trace("b=2"), ("macros/cfg".into(), "b=2".into(), nested));
    assert_eq!(trace("c=3").0, "macros/outer");
    let (name, text, calls) = trace("user");
    assert_eq!(
        (name.as_str(), text.as_str(), calls.len()),
        ("search", "user", 2)
    );
    assert_eq!(expanded.used.len(), 4);
}

#[test]
fn growth_is_stopped() {
    let (_, expanded, _) = run(&"`grow`".repeat(9000));
    assert_eq!(expanded.diagnostics.len(), 1);
    assert_eq!(expanded.diagnostics[0].code.id, "DF208");
}

#[test]
fn errors_of_the_parser_lead_to_the_macro() {
    let (sources, expanded, _) = run("a | `slips` | `nosuch` | head 1");
    let parsed = crate::parse(expanded.source, &sources);
    let lines: Vec<String> = parsed
        .diagnostics
        .iter()
        .map(|one| dryfire_diagnostic::concise(one, &sources))
        .collect();
    assert_eq!(
        lines,
        ["macros/slip:2:3: error[DF203]: there is no command `tabel` (did you mean `table`?)"]
    );
    let names: Vec<&str> = parsed
        .pipeline
        .commands
        .iter()
        .map(|command| command.name.as_str())
        .collect();
    assert_eq!(names, ["search", "head", "eval", "tabel", "head"]);
}
