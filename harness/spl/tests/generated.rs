//! Generated searches with every command of the registry: each parses, and what is printed parses to the same tree.

use std::cell::RefCell;
use std::collections::BTreeSet;

use dryfire_diagnostic::{Severity, SourceMap, concise};
use dryfire_fuzz::{Words, odd, pipeline};
use dryfire_spl::ast::{Body, Pipeline};
use dryfire_spl::signature::ALL;
use dryfire_spl::{Macro, expand, parse, print};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

fn words() -> Words {
    let list = |items: &[&str]| {
        items
            .iter()
            .map(|item| (*item).to_owned())
            .collect::<Vec<_>>()
    };
    Words {
        fields: list(&["a", "b.c", "_time", "k{}.v", "process_name", "Image"]),
        values: list(&[
            "x",
            "a \"quoted\" word",
            r"C:\Windows\",
            "*.exe",
            "",
            "päck",
            "5",
            "$a$",
            "it's | [so]",
        ]),
        functions: [
            ("if", 3, 3),
            ("coalesce", 1, 9),
            ("lower", 1, 1),
            ("now", 0, 0),
            ("replace", 3, 3),
            ("mvmap", 2, 2),
            ("like", 2, 2),
            ("case", 2, 8),
        ]
        .map(|(name, min, max)| (name.to_owned(), min, max))
        .to_vec(),
        aggregates: list(&[
            "count",
            "dc",
            "values",
            "perc95",
            "p99.5",
            "earliest",
            "sparkline",
            "stdevp",
        ]),
        lookup: ["table".to_owned(), "column".to_owned(), "added".to_owned()],
        models: vec![
            (
                "Endpoint.Processes".to_owned(),
                list(&["Processes.dest", "Processes.user"]),
            ),
            ("Web".to_owned(), list(&["Web.url"])),
        ],
        searches: list(&[
            "a=1",
            "x OR y",
            "[search b | head 1]",
            "index=_*",
            "NOT (c!=\"d e\")",
            "`m`",
            "`n(5, \"a, b\")`",
        ]),
        odd: true,
    }
}

/// `m` and `n(2)`.
fn macros(sources: &mut SourceMap) -> Vec<Macro> {
    let mut one = |name: &str, arguments: &[&str], definition: &str| Macro {
        name: name.to_owned(),
        arguments: arguments
            .iter()
            .map(|argument| (*argument).to_owned())
            .collect(),
        definition: sources.add(name, definition),
        is_eval: false,
        validation: None,
        error_message: None,
    };
    vec![
        one("m", &[], "(a=1 OR `n(1,2)`)"),
        one("n", &["x", "y"], "b IN ($x$, \"$y$\")"),
    ]
}

/// The tree of a search that must have no fault, with macros expanded.
fn tree(text: &str, sources: &mut SourceMap) -> Result<Pipeline, String> {
    let source = sources.add("t", text);
    let macros = macros(sources);
    let expanded = expand(source, sources, &macros);
    let parsed = parse(expanded.source, sources);
    let found = expanded.diagnostics.iter().chain(&parsed.diagnostics);
    let errors: Vec<String> = found
        .filter(|found| found.severity == Severity::Error)
        .map(|found| concise(found, sources))
        .collect();
    if errors.is_empty() {
        Ok(parsed.pipeline)
    } else {
        Err(format!("{text}\n{}", errors.join("\n")))
    }
}

fn names(pipeline: &Pipeline, found: &mut BTreeSet<String>) {
    for command in &pipeline.commands {
        found.insert(command.name.clone());
        let inner = match &command.body {
            Body::Sub(sub) => &sub.pipelines,
            Body::Raw(raw) => &raw.pipelines,
            _ => continue,
        };
        inner.iter().for_each(|inner| names(inner, found));
    }
}

#[test]
fn searches_with_every_command_survive_printing() {
    let seen = RefCell::new(BTreeSet::new());
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(8_000);
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let checked = runner.run(&(pipeline(&words()), any::<u64>()), |(text, seed)| {
        let text = odd(&text, seed);
        let mut sources = SourceMap::new();
        let first = tree(&text, &mut sources).map_err(TestCaseError::fail)?;
        // Comments may reach the parser, too.
        if !text.contains("`m`") && !text.contains("`n(") {
            let source = sources.add("t", text.as_str());
            let direct = parse(source, &sources);
            let errors: Vec<_> = direct
                .diagnostics
                .iter()
                .filter(|found| found.severity == Severity::Error)
                .map(|found| concise(found, &sources))
                .collect();
            prop_assert!(errors.is_empty(), "{}\n{}", text, errors.join("\n"));
        }
        let printed = print(&first);
        let again = sources.add("printed", printed.as_str());
        let second = parse(again, &sources);
        prop_assert_eq!(&second.pipeline, &first, "{}\n{}", text, printed);
        prop_assert_eq!(print(&second.pipeline), printed);
        names(&first, &mut seen.borrow_mut());
        Ok(())
    });
    if let Err(broken) = checked {
        panic!("{broken}");
    }
    let seen = seen.into_inner();
    let missed: Vec<&str> = ALL
        .iter()
        .map(|signature| signature.name)
        .filter(|name| !seen.contains(*name))
        .collect();
    assert!(missed.is_empty(), "never generated: {missed:?}");
}
