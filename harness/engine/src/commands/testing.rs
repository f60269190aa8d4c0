//! Runs commands over a small table: what the tests of the commands are written with.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_diagnostic::{Diagnostic, Severity, SourceMap, codes};
use dryfire_knowledge::{Knowledge, LookupDefinition, LookupSource, LookupTable};
use dryfire_plan::Library;
use serde_json::Value as Json;

use super::{Lower, find};
use crate::env::{Cx, Env};
use crate::stage::{Effect, Stage};
use crate::table::{EventKey, Table};
use crate::value::Value;

/// 2023-11-14 22:13:20 UTC.
pub(super) const NOW: i64 = 1_700_000_000_000_000;

/// What came of a run.
pub(super) struct Outcome {
    pub(super) table: Table,
    pub(super) effects: Vec<Effect>,
    pub(super) notes: Vec<Diagnostic>,
}

/// A table out of a JSON array of objects.
pub(super) fn rows(json: &str) -> Table {
    let Ok(Json::Array(rows)) = serde_json::from_str(json) else {
        panic!("an array of objects: {json}")
    };
    Table::from_rows(rows.iter().map(|row| {
        let Json::Object(row) = row else {
            panic!("an object: {row}")
        };
        row.iter()
            .map(|(name, value)| (name.as_str(), cell(value)))
            .collect()
    }))
}

fn cell(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(number) => Value::Number(number.as_f64().unwrap()),
        Json::Bool(truth) => Value::text(truth.to_string()),
        Json::Array(values) => Value::multi(values.iter().map(cell)),
        Json::Object(_) => panic!("no objects in cells"),
    }
}

/// The lookups of the tests: `hosts`, exact; `agents`, with wildcards; `nets`, networks; `store`, without a table.
pub(super) fn library() -> Library {
    let mut knowledge = Knowledge::default();
    let table = |text: &str| Some(LookupTable::from_csv(text));
    let file = |name: &str| LookupDefinition::new(name, LookupSource::File(format!("{name}.csv")));
    knowledge.add_lookup(
        file("hosts"),
        table("ip,name,zone\n10.0.0.1,alpha,dmz\n10.0.0.2,beta,\n10.0.0.2,gamma,lan\n"),
    );
    let (kinds, _) = LookupDefinition::parse_match_type("WILDCARD(agent)");
    let agents = LookupDefinition {
        match_type: kinds,
        min_matches: 1,
        default_match: Some("none".into()),
        ..file("agents")
    };
    knowledge.add_lookup(agents, table("agent,tool\narkei/*,Arkei\n"));
    let store = LookupSource::KvStore {
        collection: "c".into(),
        fields: vec!["a".into()],
    };
    knowledge.add_lookup(LookupDefinition::new("store", store), None);
    let (library, _) = Library::new(Arc::new(knowledge), &mut SourceMap::new());
    library
}

/// Runs commands; the error is what lowering said.
pub(super) fn try_run(
    table: Table,
    spl: &str,
    subsearches: &[Table],
    env: &Env,
) -> Result<Outcome, Vec<Diagnostic>> {
    run_with(&library(), table, spl, subsearches, env)
}

/// Runs commands that can name the objects of a library.
pub(super) fn run_with(
    library: &Library,
    table: Table,
    spl: &str,
    subsearches: &[Table],
    env: &Env,
) -> Result<Outcome, Vec<Diagnostic>> {
    let mut sources = SourceMap::new();
    let source = sources.add("test", format!("| {spl}"));
    let parsed = dryfire_spl::parse(source, &sources);
    let errors: Vec<_> = parsed
        .diagnostics
        .into_iter()
        .filter(|found| found.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{spl}: {errors:?}");
    let flag = AtomicBool::new(false);
    let cx = Cx::new(env, &flag);
    let mut effects = Vec::new();
    let mut table = table;
    let mut subsearches = subsearches;
    for (index, syntax) in parsed.pipeline.commands.iter().enumerate() {
        let command = find(&syntax.name).unwrap_or_else(|| panic!("no command {}", syntax.name));
        let stage = command.lower(
            syntax,
            &Lower {
                library,
                subsearches,
                limits: &env.limits,
                is_first: false,
                before: &parsed.pipeline.commands[..index],
            },
        )?;
        if let dryfire_spl::ast::Body::Sub(sub) = &syntax.body
            && syntax.name != "appendpipe"
        {
            subsearches = &subsearches[sub.pipelines.len()..];
        }
        let (first, second) = halves(&table);
        table = match stage {
            // In two chunks, so that every test tells whether a row knows another.
            Stage::Map(op) => op
                .apply(first, &cx)
                .and_then(|first| Ok(Table::concat(vec![first, op.apply(second, &cx)?]))),
            Stage::Table(op) => op.apply(table, &cx, &mut effects),
            Stage::Source(op) => op.rows(&cx),
            Stage::Reduce(op) => {
                // Partial results of two chunks, so that merging is part of every test.
                let (mut left, mut right) = (op.begin(&cx), op.begin(&cx));
                left.push(&first, &cx).unwrap();
                right.push(&second, &cx).unwrap();
                left.merge(right, &cx).unwrap();
                left.finish(&cx)
            }
        }
        .unwrap_or_else(|stop| panic!("{spl}: {stop:?}"));
        cx.check().unwrap_or_else(|stop| panic!("{spl}: {stop:?}"));
    }
    Ok(Outcome {
        table,
        effects,
        notes: cx.take_notes(),
    })
}

/// The rows in two chunks, as events in their order.
fn halves(table: &Table) -> (Table, Table) {
    let len = u32::try_from(table.len()).unwrap();
    let mut events = table.clone();
    events.keys = Some(
        (0..len)
            .map(|row| EventKey {
                time: -i64::from(row),
                part: 0,
                unit: 0,
                row,
            })
            .collect(),
    );
    let part = |rows: std::ops::Range<u32>| {
        let mut part = events.select(&rows.collect::<Vec<_>>());
        if table.is_empty() {
            part.keys = None;
        }
        part
    };
    (part(0..len / 2), part(len / 2..len))
}

/// Runs commands that must lower.
pub(super) fn run(table: Table, spl: &str) -> Outcome {
    try_run(table, spl, &[], &Env::all_time(NOW))
        .unwrap_or_else(|errors| panic!("{spl}: {errors:?}"))
}

/// The rows that come out, in order, whatever the order of columns.
pub(super) fn check(input: &str, spl: &str, expected: &str) {
    same(&run(rows(input), spl).table, expected, spl);
}

/// Like [`check`], with the results of subsearches.
pub(super) fn check_sub(input: &str, spl: &str, subsearches: &[&str], expected: &str) {
    let subsearches: Vec<Table> = subsearches.iter().map(|json| rows(json)).collect();
    let outcome = try_run(rows(input), spl, &subsearches, &Env::all_time(NOW)).unwrap();
    same(&outcome.table, expected, spl);
}

/// The names of the columns that come out, in order.
pub(super) fn check_columns(input: &str, spl: &str, expected: &[&str]) {
    let table = run(rows(input), spl).table;
    assert_eq!(
        table.names().map(|name| &**name).collect::<Vec<_>>(),
        expected,
        "{spl}"
    );
}

/// How many open points of semantics decided something.
pub(super) fn open_points(input: &str, spl: &str, subsearches: &[&str]) -> usize {
    let subsearches: Vec<Table> = subsearches.iter().map(|json| rows(json)).collect();
    let outcome = try_run(rows(input), spl, &subsearches, &Env::all_time(NOW)).unwrap();
    let uncertain = |note: &&Diagnostic| note.code == &codes::meaning::UNCERTAIN_RULE;
    outcome.notes.iter().filter(uncertain).count()
}

#[test]
fn an_open_point_is_told_where_it_decides_only() {
    const LIST: &str = r#"[{"f":["a","b"],"k":"1"}]"#;
    const PLAIN: &str = r#"[{"f":"a","k":"1"},{"f":"b","k":"2"}]"#;
    const LACKS: &str = r#"[{"f":"a","k":"1"},{"f":"b"}]"#;
    for (input, spl, subsearches, decides) in [
        (LACKS, "join k [search x]", &[PLAIN][..], true),
        (LACKS, "join type=left k [search x]", &[PLAIN], false),
        (LACKS, "join type=left k [search x]", &[LACKS], true),
        (PLAIN, "join k [search x]", &[LACKS], false),
        (LACKS, "eventstats count by k", &[], true),
        (LACKS, "eventstats count by f", &[], false),
        (
            r#"[{"f":["10.0.0.1","x"]}]"#,
            "lookup hosts ip AS f OUTPUT name",
            &[],
            true,
        ),
        (
            r#"[{"f":"10.0.0.1"}]"#,
            "lookup hosts ip AS f OUTPUT name",
            &[],
            false,
        ),
        (r#"[{"f":""},{"k":"1"}]"#, "fillnull f", &[], true),
        (r#"[{"f":""},{"k":"1"}]"#, "fillnull k", &[], false),
        (LIST, r#"rex field=f "(?<x>.)""#, &[], true),
        (LIST, r#"rex field=k "(?<x>.)""#, &[], false),
        (LACKS, "mvexpand k", &[], true),
        (LIST, "mvexpand f", &[], false),
        (PLAIN, "replace a WITH b, a* WITH c IN f", &[], true),
        (PLAIN, "replace a WITH b, c* WITH c IN f", &[], false),
        (PLAIN, "top 1 f", &[], true),
        (PLAIN, "top 2 f", &[], false),
        ("[]", "inputlookup max=1 hosts where ip=*", &[], true),
        ("[]", "inputlookup max=3 hosts where ip=*", &[], false),
        (r#"[{"n":"0"},{"n":"100"}]"#, "bin n bins=10", &[], true),
        (r#"[{"n":"0"},{"n":"100"}]"#, "bin n span=10", &[], false),
        // What another row has decides nothing for the rows that are left.
        (
            r#"[{"f":["a","b"]},{"f":"c"}]"#,
            "where mvcount(f)=1 | eval n=len(f)",
            &[],
            false,
        ),
    ] {
        assert_eq!(
            open_points(input, spl, subsearches),
            usize::from(decides),
            "{spl} of {input}"
        );
    }
}

/// The identifiers of the mistakes that lowering finds.
pub(super) fn mistakes(spl: &str) -> Vec<&'static str> {
    let Err(errors) = try_run(Table::new(0), spl, &[], &Env::all_time(NOW)) else {
        return Vec::new();
    };
    errors.iter().map(|error| error.code.id).collect()
}

fn same(table: &Table, expected: &str, spl: &str) {
    let sorted = |table: &Table| -> Vec<Vec<(String, Value)>> {
        (0..table.len())
            .map(|row| {
                let mut cells: Vec<_> = table
                    .row(row)
                    .map(|(name, value)| (name.to_owned(), value.clone()))
                    .collect();
                cells.sort_by(|a, b| a.0.cmp(&b.0));
                cells
            })
            .collect()
    };
    assert_eq!(sorted(table), sorted(&rows(expected)), "{spl}");
}
