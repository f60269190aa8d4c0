//! Precedence between apps and files, and what several modules' tests build on.

use std::collections::BTreeMap;

use dryfire_diagnostic::{Diagnostic, SourceMap, codes};

use super::Knowledge;
use crate::app::{App, AppFile, FileKind, FileText, Origin};
use crate::layers::Layered;
use crate::lookups::{LookupDefinition, LookupSource};
use crate::props::{Meta, Props};
use crate::table::LookupTable;

/// Merges files given as (`pack` or `user`, app, path, text).
pub(crate) fn merge(files: &[(&str, &str, &str, &str)]) -> (Knowledge, SourceMap, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let mut apps: BTreeMap<(&str, &str), App> = BTreeMap::new();
    for (origin, name, path, text) in files {
        let app = apps.entry((*origin, *name)).or_insert_with(|| App {
            name: (*name).into(),
            version: None,
            origin: if *origin == "pack" {
                Origin::Pack
            } else {
                Origin::Path((*name).into())
            },
            files: Vec::new(),
        });
        let text = match FileKind::of(path) {
            Some(kind) if kind.has_spans() => {
                FileText::Source(sources.add(format!("{name}/{path}"), *text))
            }
            _ => FileText::Shared((*text).into()),
        };
        app.files.push(AppFile {
            path: (*path).to_owned(),
            text,
        });
    }
    let apps: Vec<_> = apps.into_values().collect();
    let (knowledge, diagnostics) = Knowledge::merge(&apps, &mut sources);
    (knowledge, sources, diagnostics)
}

/// The props of sourcetype `st` from one `props.conf` that must be sound.
pub(crate) fn props(text: &str) -> Props {
    let (knowledge, _, diagnostics) = merge(&[("user", "A", "default/props.conf", text)]);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    knowledge.resolve(&Meta {
        source: "s",
        host: "h",
        sourcetype: "st",
    })
}

/// One file as merged configuration.
pub(crate) fn layered(name: &str, text: &str) -> Layered {
    let (knowledge, _, _) = merge(&[("user", "A", &format!("default/{name}.conf"), text)]);
    knowledge.conf(name).cloned().unwrap_or_default()
}

#[test]
fn which_file_wins() {
    let file = "default/props.conf";
    let local = "local/props.conf";
    let one = "[st]\nTRUNCATE = 1\nrename = 1\n";
    let two = "[st]\nTRUNCATE = 2\nrename = 2\n";
    // Files, then the winners at index and at search time.
    type Case<'a> = (&'a [(&'a str, &'a str, &'a str, &'a str)], usize, &'a str);
    let cases: &[Case<'_>] = &[
        (
            &[("user", "A", file, one), ("user", "A", local, two)],
            2,
            "2",
        ),
        (
            &[("user", "A", file, one), ("user", "B", file, two)],
            1,
            "2",
        ),
        (
            &[("user", "B", file, one), ("user", "a", file, two)],
            1,
            "2",
        ),
        // Any app's local stands over any app's default at index time.
        (
            &[("user", "A", file, one), ("user", "B", local, two)],
            2,
            "2",
        ),
        (
            &[("user", "A", local, one), ("user", "B", file, two)],
            1,
            "2",
        ),
        (
            &[("pack", "A", file, one), ("user", "Z", file, two)],
            2,
            "2",
        ),
        (
            &[("pack", "Z", file, one), ("user", "A", file, two)],
            2,
            "2",
        ),
        (
            &[("pack", "A", local, one), ("user", "A", file, two)],
            2,
            "2",
        ),
        (
            &[("pack", "A", file, one), ("pack", "B", file, two)],
            1,
            "2",
        ),
    ];
    for (files, index, search) in cases {
        let (knowledge, _, _) = merge(files);
        let props = knowledge.resolve(&Meta {
            source: "s",
            host: "h",
            sourcetype: "st",
        });
        assert_eq!(props.index_time.truncate, Some(*index), "{files:?}");
        assert_eq!(
            props.search_time.rename.as_deref(),
            Some(*search),
            "{files:?}"
        );
    }
}

#[test]
fn switched_off_and_private_apps() {
    let (knowledge, _, diagnostics) = merge(&[
        (
            "user",
            "A",
            "default/app.conf",
            "[install]\nstate = disabled\n",
        ),
        ("user", "A", "default/tags.conf", "[a=b]\nt = enabled\n"),
        (
            "user",
            "B",
            "metadata/default.meta",
            "[]\naccess = read : [ * ]\n",
        ),
        ("user", "B", "default/tags.conf", "[a=c]\nt = enabled\n"),
        (
            "user",
            "C",
            "metadata/default.meta",
            "[]\nexport = system\n",
        ),
        (
            "user",
            "D",
            "default/limits.conf",
            "[default]\nx = 1\n[kv]\nlimit = 5\n",
        ),
    ]);
    let codes: Vec<_> = diagnostics.iter().map(|found| found.code.id).collect();
    assert_eq!(codes, ["DF414", "DF415"]);
    assert!(knowledge.tags().is_empty());
    assert_eq!(knowledge.apps().len(), 3);
    let limits = knowledge.conf("limits").unwrap();
    assert_eq!(limits.get("kv", "limit").unwrap().value.as_ref(), "5");
    assert_eq!(limits.get("kv", "x").unwrap().value.as_ref(), "1");
}

#[test]
fn index_time_transforms_and_missing_ones() {
    let (knowledge, _, diagnostics) = merge(&[
        (
            "user",
            "A",
            "default/props.conf",
            "[st]\nTRANSFORMS-b = two, nope\nTRANSFORMS-a = one, two\n",
        ),
        (
            "user",
            "A",
            "default/transforms.conf",
            "[default]\nLOOKAHEAD = 7\n[one]\nREGEX = .\nDEST_KEY = queue\nFORMAT = nullQueue\n[two]\nINGEST_EVAL = a=1\n",
        ),
    ]);
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert_eq!(diagnostics[0].code, &codes::dataset::CONF_REFERENCE);
    let index = knowledge
        .resolve(&Meta {
            source: "s",
            host: "h",
            sourcetype: "st",
        })
        .index_time;
    let names: Vec<_> = index
        .transforms
        .iter()
        .map(|rewrite| rewrite.transform.name.as_ref())
        .collect();
    assert_eq!(names, ["one", "two", "two"]);
    let [one, two, _] = index.transforms.as_slice() else {
        panic!()
    };
    assert_eq!(one.transform.lookahead, 7);
    assert_eq!(two.transform.ingest_eval.as_deref(), Some("a=1"));
}

#[test]
fn an_app_shares_what_its_metadata_export() {
    let props = "[st]\nTRUNCATE = 7\nEVAL-shared = 1\nEVAL-own = 2\n[other]\nEVAL-x = 1\n";
    let (knowledge, _, diagnostics) = merge(&[
        ("user", "A", "default/props.conf", props),
        (
            "user",
            "A",
            "default/macros.conf",
            "[m]\ndefinition = x\n[n]\ndefinition = y\n",
        ),
        (
            "user",
            "A",
            "default/tags.conf",
            "[a=b%2Fc]\nt = enabled\n[a=d]\nt = enabled\n",
        ),
        (
            "user",
            "A",
            "metadata/default.meta",
            "[]\nexport = none\n[props/st]\nexport = none\n[props/st/EVAL-shared]\nexport = system\n\
             [macros]\nexport = system\n[tags/a%3Db%252Fc]\nexport = system\n",
        ),
        (
            "user",
            "A",
            "metadata/local.meta",
            "[macros/n]\nexport = none\n",
        ),
    ]);
    let codes: Vec<_> = diagnostics.iter().map(|found| found.code.id).collect();
    assert_eq!(codes, ["DF415"]);
    let meta = Meta {
        source: "s",
        host: "h",
        sourcetype: "st",
    };
    let props = knowledge.resolve(&meta);
    // Index time asks nobody.
    assert_eq!(props.index_time.truncate, Some(7));
    let evals: Vec<_> = props
        .search_time
        .evals
        .iter()
        .map(|eval| eval.field.as_str())
        .collect();
    assert_eq!(evals, ["shared"]);
    let names: Vec<_> = knowledge.tagged("t").collect();
    assert_eq!(names, [("a", "b/c")]);
    let macros = knowledge.conf("macros").unwrap();
    assert_eq!(
        macros
            .stanzas
            .keys()
            .map(|name| &**name)
            .collect::<Vec<_>>(),
        ["m"]
    );
}

#[test]
fn check_finds_what_is_missing() {
    let (mut knowledge, _, diagnostics) = merge(&[
        (
            "user",
            "A",
            "default/props.conf",
            "[st]\nLOOKUP-x = nope k OUTPUT v\n",
        ),
        (
            "user",
            "A",
            "default/transforms.conf",
            "[t]\nfilename = gone.csv\n",
        ),
    ]);
    assert!(diagnostics.is_empty());
    assert_eq!(knowledge.check().len(), 2);
    for name in ["nope", "t"] {
        let definition = LookupDefinition::new(name, LookupSource::File(format!("{name}.csv")));
        knowledge.add_lookup(definition, Some(LookupTable::from_csv("k,v\n")));
    }
    assert!(knowledge.check().is_empty());
}

#[test]
fn workers_can_share_it() {
    fn shared<T: Send + Sync>() {}
    shared::<Knowledge>();
    shared::<Props>();
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn hostile_apps_never_panic(
        keys in proptest::collection::vec(
            ("(FIELDALIAS-|EVAL-|LOOKUP-|REPORT-|EXTRACT-|SEDCMD-|TRANSFORMS-|DELIMS|FORMAT|REGEX|FIELDS|match_type|TRUNCATE|args|definition)a?",
             "([ \\t,\"\\\\$:\\[\\]()<?/%=.*é]|AS|OUTPUT| in |t|s/|y/|\\[\\[t\\]\\]|[0-9]){0,12}"), 0..8),
        stanza in "(source::|host::|\\(\\?::\\)\\{0\\})?[t.*\\[\\](|%\\\\=é0-9)]{0,6}",
    ) {
        let body: String = keys.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        let text = format!("[{stanza}]\n{body}[t]\n{body}");
        let names = ["props", "transforms", "macros", "eventtypes", "tags"];
        let paths: Vec<_> = names.iter().map(|name| format!("default/{name}.conf")).collect();
        let files: Vec<_> = paths.iter().map(|path| ("user", "A", path.as_str(), text.as_str())).collect();
        let (knowledge, _, _) = merge(&files);
        knowledge.resolve(&Meta { source: "t.é", host: "t", sourcetype: "t" });
        knowledge.check();
    }
}
