//! Expressions on a small repository, and what a change of each of its files touches.

use std::collections::BTreeMap;
use std::fs;

use dryfire_diagnostic::SourceMap;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::case::Case;
use crate::repository::Repository;
use crate::{cases, load};

/// Two detections: one reads a lookup through two macros, the other stands for itself.
const FILES: &[(&str, &str)] = &[
    ("contentctl.yml", "app: {}\n"),
    (
        "detections/one.yml",
        "name: One Thing\nid: 11111111-0000-4000-8000-000000000001\nversion: 1\nstatus: production\ntype: TTP\ndescription: d\n\
         data_source: [Sysmon EventID 1 AND Other]\nsearch: index=a `outer(x)` | `one_filter`\n\
         tags: {mitre_attack_id: [T1003.001], analytic_story: [Theft]}\n\
         tests:\n  - name: first\n    attack_data: [{data: ../data/a.log, source: s, sourcetype: t}]\n",
    ),
    (
        "detections/two.yml",
        "name: Two (Other)\nid: 11111111-0000-4000-8000-000000000002\nversion: 1\nstatus: experimental\ntype: Hunting\ndescription: d\n\
         search: index=b\ntags: {mitre_attack_id: [T1059]}\n\
         tests:\n  - name: second\n    attack_data: [{data: https://x/b.log, source: s, sourcetype: t}]\n",
    ),
    (
        "macros/outer.yml",
        "name: outer(1)\narguments: [a]\ndefinition: '`inner` $a$'\n",
    ),
    (
        "macros/inner.yml",
        "name: inner\ndefinition: ' | lookup seen user'\n",
    ),
    ("macros/unused.yml", "name: unused\ndefinition: x=1\n"),
    ("lookups/seen.yml", "name: seen\nlookup_type: csv\n"),
    ("lookups/seen.csv", "user\n"),
    (
        "data_sources/s.yml",
        "name: Sysmon EventID 1\nsource: s\nsourcetype: t\n",
    ),
    (
        "baselines/b.yml",
        "name: Base\nsearch: '| makeresults | `unused`'\ntags: {detections: [Two (Other)]}\n",
    ),
    ("data/a.log", "x\n"),
];

struct Loaded {
    folder: TempDir,
    repository: Repository,
    cases: Vec<Case>,
    uses: Uses,
    sources: SourceMap,
}

fn loaded() -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut sources = SourceMap::new();
    let repository = load(&[folder.path().to_path_buf()], &mut sources);
    let cases = cases(&repository);
    assert_eq!(cases.len(), 2);
    let uses = Uses::new(&repository, std::iter::empty(), &sources);
    Loaded {
        folder,
        repository,
        cases,
        uses,
        sources,
    }
}

impl Loaded {
    fn subject<'a>(
        &'a self,
        case: usize,
        changed: &'a BTreeMap<Option<String>, Option<Vec<String>>>,
    ) -> Subject<'a> {
        Subject {
            case: &self.cases[case],
            uses: &self.uses,
            changed,
        }
    }

    /// The numbers of the cases that an expression selects.
    fn selects(&self, text: &str) -> Vec<usize> {
        let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let changed = BTreeMap::from([(None, Some(vec!["something changed".to_owned()]))]);
        let nothing = BTreeMap::new();
        (0..2)
            .filter(|case| {
                filter.matches(&self.subject(*case, if *case == 0 { &changed } else { &nothing }))
            })
            .map(|case| case + 1)
            .collect()
    }

    fn change(&self, file: &str, kind: ChangeKind, old: Option<&str>) -> Change {
        Change {
            path: self.folder.path().canonicalize().unwrap().join(file),
            shown: file.to_owned(),
            old: old.map(str::to_owned),
            kind,
        }
    }

    fn touched(&self, settings: &[Setting], changes: &[Change]) -> Vec<Vec<String>> {
        affected(
            &self.repository,
            &self.cases,
            &self.uses,
            settings,
            changes,
            &self.sources,
        )
    }
}

#[test]
fn each_predicate_asks_what_it_says() {
    let loaded = loaded();
    for (text, expected) in [
        ("name(one thing)", &[1][..]),
        ("name(one)", &[]),
        ("name(one*)", &[1]),
        ("name(~THING)", &[1]),
        ("name(=two \\(other\\))", &[2]),
        ("name(\"Two (Other)\")", &[2]),
        ("name(/^Two/)", &[2]),
        ("name(/^two/)", &[]),
        ("id(*0001)", &[1]),
        ("id(~/second/)", &[2]),
        ("type(ttp)", &[1]),
        ("status(experimental)", &[2]),
        ("story(Theft)", &[1]),
        ("technique(T1003)", &[1]),
        ("technique(T1003.001)", &[1]),
        ("technique(T1059.001)", &[]),
        ("data_source(other)", &[1]),
        ("macro(outer)", &[1]),
        ("macro(inner)", &[1]),
        ("macro(unused)", &[]),
        ("lookup(seen)", &[1]),
        ("file(one.yml)", &[1]),
        ("file(*detections/two*)", &[2]),
        ("test(first)", &[1]),
        ("kind(unit)", &[1, 2]),
        ("changed()", &[1]),
        ("changed(main)", &[]),
        ("all()", &[1, 2]),
        ("!type(TTP)", &[2]),
        ("not type(TTP) or name(~one)", &[1, 2]),
        ("type(TTP) & name(two*)", &[]),
        ("type(TTP) | type(Hunting) & name(nothing)", &[1]),
        ("(type(TTP) | type(Hunting)) && !(name(~two))", &[1]),
        ("type(TTP) AND NOT (status(experimental) || name(x))", &[1]),
    ] {
        assert_eq!(loaded.selects(text), expected, "{text}");
    }
}

#[test]
fn a_mistake_is_told_with_its_column() {
    for (text, column, message, help) in [
        ("", 1, "found the end", "such as"),
        ("nam(x)", 1, "`nam` is no predicate", "did you mean `name`?"),
        (
            "type(TTP) & tecnique(T1)",
            13,
            "`tecnique` is no predicate",
            "did you mean `technique`?",
        ),
        ("type(TPP)", 6, "no type is `TPP`", "did you mean `TTP`?"),
        ("name", 5, "expected `(` after `name`", "name(…)"),
        ("name()", 6, "`name` needs a value", "name(~text)"),
        ("name(~)", 6, "expected a text", ""),
        ("name(x", 5, "not closed", ""),
        ("(name(x)", 1, "not closed", ""),
        ("name(x))", 8, "closes nothing", ""),
        ("name(x) name(y)", 9, "expected `&`, `|` or the end", "join"),
        ("name(x) &", 10, "found the end", ""),
        ("name(/x)", 6, "has no end", "another `/`"),
        ("name(/(/)", 6, "can't be used", ""),
        ("name(\"x)", 6, "quote is not closed", ""),
        ("name(a(b))", 7, "a parenthesis in a text", "quote"),
        ("all(x)", 5, "takes nothing", ""),
        ("ä & nam(x)", 1, "`ä` is no predicate", "predicates: name"),
    ] {
        let error = Filter::parse(text).unwrap_err();
        assert_eq!(error.column, column, "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
        assert!(
            error.help.as_deref().unwrap_or_default().contains(help),
            "{text}: {error}"
        );
    }
    let shown = Filter::parse("type(TTP) & nam(x)").unwrap_err().to_string();
    assert_eq!(
        shown,
        "`nam` is no predicate (column 13)\n  type(TTP) & nam(x)\n              ^ did you mean `name`?"
    );
    assert!(Filter::parse(&"(".repeat(100_000)).is_err());
    assert!(Filter::parse(&"!".repeat(100_000)).is_err());
}

#[test]
fn a_selected_case_says_why() {
    let loaded = loaded();
    let nothing = BTreeMap::new();
    let filter = Filter::parse("technique(T1003.*) & !macro(x) | lookup(~se)").unwrap();
    assert_eq!(
        filter.why(&loaded.subject(0, &nothing)),
        ["technique T1003.001", "lookup seen"]
    );
}

#[test]
fn a_change_touches_what_depends_on_it() {
    let loaded = loaded();
    let other = |file: &str| loaded.change(file, ChangeKind::Other, None);
    for (file, first, second) in [
        (
            "detections/one.yml",
            "the detection changed (detections/one.yml)",
            "",
        ),
        (
            "macros/outer.yml",
            "macro `outer` changed (macros/outer.yml)",
            "",
        ),
        (
            "macros/inner.yml",
            "macro `inner` changed (macros/inner.yml), used through `outer`",
            "",
        ),
        (
            "lookups/seen.yml",
            "lookup `seen` changed (lookups/seen.yml)",
            "",
        ),
        (
            "lookups/seen.csv",
            "lookup `seen` changed (lookups/seen.csv)",
            "",
        ),
        (
            "data_sources/s.yml",
            "data source `Sysmon EventID 1` changed (data_sources/s.yml)",
            "",
        ),
        ("data/a.log", "data `a.log` changed (data/a.log)", ""),
        (
            "baselines/b.yml",
            "",
            "baseline `Base` changed (baselines/b.yml)",
        ),
        (
            "macros/unused.yml",
            "",
            "macro `unused` changed (macros/unused.yml), used by baseline `Base`",
        ),
        (
            "dryfire.lock",
            "",
            "what data `b.log` must be changed (dryfire.lock)",
        ),
        (
            "contentctl.yml",
            "contentctl.yml changed (contentctl.yml)",
            "contentctl.yml changed (contentctl.yml)",
        ),
        ("README.md", "", ""),
    ] {
        let found = loaded.touched(&[], &[other(file)]);
        let wanted: Vec<Vec<&str>> = [first, second]
            .iter()
            .map(|why| {
                Some(*why)
                    .filter(|why| !why.is_empty())
                    .into_iter()
                    .collect()
            })
            .collect();
        assert_eq!(found, wanted, "{file}");
    }
}

#[test]
fn what_is_gone_or_renamed_touches_those_that_still_name_it() {
    let loaded = loaded();
    let gone = |file: &str, old: &str| loaded.change(file, ChangeKind::Gone, Some(old));
    let found = loaded.touched(
        &[],
        &[gone(
            "macros/x.yml",
            "name: one_filter\ndefinition: search *\n",
        )],
    );
    assert_eq!(
        found,
        [vec!["macro `one_filter` is gone (macros/x.yml)"], vec![]]
    );
    // The file is still there, and the macro in it has another name.
    let renamed = loaded.change(
        "macros/unused.yml",
        ChangeKind::Other,
        Some("name: inner(2)\ndefinition: x\n"),
    );
    let found = loaded.touched(&[], &[renamed]);
    assert_eq!(
        found[0],
        ["macro `inner` changed (macros/unused.yml), used through `outer`"]
    );
    let found = loaded.touched(
        &[],
        &[gone(
            "baselines/old.yml",
            "name: Old\nsearch: x\ntags: {detections: [One Thing]}\n",
        )],
    );
    assert_eq!(
        found,
        [vec!["baseline `Old` is gone (baselines/old.yml)"], vec![]]
    );
    let found = loaded.touched(
        &[],
        &[loaded.change("lookups/seen.csv", ChangeKind::Gone, None)],
    );
    assert_eq!(
        found,
        [vec!["lookup `seen` is gone (lookups/seen.csv)"], vec![]]
    );
}

#[test]
fn what_the_configuration_names_touches_everything_or_its_lookup() {
    let loaded = loaded();
    let setting = |lookup: Option<&str>| Setting {
        path: loaded.folder.path().join("data"),
        what: "app `data`".to_owned(),
        lookup: lookup.map(str::to_owned),
    };
    let change = [loaded.change("data/x/props.conf", ChangeKind::New, None)];
    let why = "app `data` is new (data/x/props.conf)";
    assert_eq!(
        loaded.touched(&[setting(None)], &change),
        [vec![why], vec![why]]
    );
    assert_eq!(
        loaded.touched(&[setting(Some("seen"))], &change),
        [vec![why], vec![]]
    );
    assert_eq!(loaded.touched(&[], &change), [vec![""; 0], vec![]]);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC*") {
        let _ = Filter::parse(&text);
    }

    /// Of pieces that come near to expressions.
    #[test]
    fn no_expression_makes_the_parser_panic(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "name", "type", "changed", "(", ")", "!", "&", "|", " and ", " or ", " not ", "=", "~", "/", "\\", "\"", "x", "*", "ä", " ",
            ]),
            0..40,
        )
    ) {
        let text = pieces.concat();
        if let Err(error) = Filter::parse(&text) {
            prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1);
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
