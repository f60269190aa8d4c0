//! The small semantic cases of the corpus beside the repository: rows in, SPL, rows out.
//!
//! The folder is `$DRYFIRE_CORPUS`, or `corpus` of the shared workspace beside the repository. Without it, nothing is
//! tested. No Splunk has run these cases; [`DIFFERENT`] names those on which the engine differs, with the reason.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dryfire_engine::{Table, View};
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

#[path = "support/rows.rs"]
mod rows;
#[path = "support/session.rs"]
mod session;

use rows::{over_rows, plain, texts};
use session::{Manner, Session, bound};

/// How many cases there are.
const CASES: usize = 143;

/// Cases on which the engine differs, and why. A case that is mended must leave this table.
const DIFFERENT: &[(&str, &str)] = &[(
    "more_perc_visitors",
    "the input is copied wrongly: with 367 as the ninth count, 3858.35 comes out, as on the page",
)];

/// A row: the single values of each field that is present.
type Row = BTreeMap<String, Vec<String>>;

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("DRYFIRE_CORPUS").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

#[test]
fn the_vectors_hold() {
    let Some(folder) = corpus() else {
        println!("skipped: there is no corpus; set DRYFIRE_CORPUS");
        return;
    };
    let text = std::fs::read_to_string(folder.join("expectations/spl_vectors.jsonl")).unwrap();
    let cases: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(cases.len(), CASES, "the file has changed");
    let mut plain_session = Session::new(&[]);
    let mut failures: BTreeMap<String, String> = BTreeMap::new();
    for case in &cases {
        let files = files(case);
        let result = match files.is_empty() {
            true => check(case, &mut plain_session),
            false => check(case, &mut Session::new(&files)),
        };
        if let Err(why) = result {
            failures.insert(case["id"].as_str().unwrap().to_owned(), why);
        }
    }
    let known: Vec<&str> = DIFFERENT.iter().map(|(id, _)| *id).collect();
    let unexpected: Vec<String> = failures
        .iter()
        .filter(|(id, _)| !known.contains(&id.as_str()))
        .map(|(id, why)| format!("{id}: {why}"))
        .collect();
    let mended: Vec<&str> = known
        .into_iter()
        .filter(|id| !failures.contains_key(*id))
        .collect();
    assert!(
        unexpected.is_empty() && mended.is_empty(),
        "{} of {CASES} hold; these fail and are not in the table:\n{}\nthese hold and must leave it: {mended:?}",
        CASES - failures.len(),
        unexpected.join("\n"),
    );
}

/// The lookups of a case, as files of an app.
fn files(case: &Json) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut transforms = String::new();
    for (name, rows) in case["lookups"].as_object().into_iter().flatten() {
        let rows: Vec<&Map<String, Json>> = rows
            .as_array()
            .expect("an array of rows")
            .iter()
            .filter_map(Json::as_object)
            .collect();
        let mut columns: Vec<&String> = Vec::new();
        for column in rows.iter().flat_map(|row| row.keys()) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let line = |cells: Vec<String>| {
            let cells: Vec<String> = cells
                .iter()
                .map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")))
                .collect();
            cells.join(",") + "\n"
        };
        let mut csv = line(columns.iter().map(|column| (*column).clone()).collect());
        for row in rows {
            csv += &line(
                columns
                    .iter()
                    .map(|column| row.get(*column).map(plain).unwrap_or_default())
                    .collect(),
            );
        }
        files.push((format!("lookups/{name}.csv"), csv));
        transforms += &format!("[{name}]\nfilename = {name}.csv\n");
        for (key, value) in case["lookup_conf"][name].as_object().into_iter().flatten() {
            transforms += &format!("{key} = {}\n", plain(value));
        }
    }
    if !transforms.is_empty() {
        files.push(("default/transforms.conf".to_owned(), transforms));
    }
    files
}

fn check(case: &Json, session: &mut Session) -> Result<(), String> {
    let objects = |key: &str| -> Vec<Map<String, Json>> {
        case[key]
            .as_array()
            .expect("an array of rows")
            .iter()
            .map(|row| row.as_object().expect("a row").clone())
            .collect()
    };
    let spl = over_rows(&objects("input"), case["spl"].as_str().expect("a search"));
    let search = session
        .prepare(&spl)
        .map_err(|errors| format!("{spl}: {:?}", errors[0].message))?;
    let mut bound = bound(search, View::default());
    if let Some(zone) = case["tz"].as_str() {
        bound.env.zone = TimeZone::get(zone).map_err(|error| error.to_string())?;
    }
    let outcome = session.run(&[bound], &Manner::default()).swap_remove(0);
    let table = outcome.map_err(|stop| format!("{stop:?}"))?.table;
    let tolerance = case["float_tol"].as_f64().unwrap_or(0.0);
    let mut actual = rows(&table);
    let mut expected: Vec<Row> = objects("expect").iter().map(row).collect();
    if case["ordered"] != Json::Bool(true) {
        actual.sort();
        expected.sort();
    }
    let same = actual.len() == expected.len()
        && actual
            .iter()
            .zip(&expected)
            .all(|(a, b)| alike(a, b, tolerance));
    if same {
        Ok(())
    } else {
        Err(format!("expected {expected:?}, got {actual:?}"))
    }
}

fn rows(table: &Table) -> Vec<Row> {
    (0..table.len())
        .map(|row| {
            table
                .row(row)
                .map(|(name, value)| (name.to_owned(), normal(texts(value))))
                .collect()
        })
        .collect()
}

fn row(object: &Map<String, Json>) -> Row {
    let present = object.iter().filter(|(_, value)| !value.is_null());
    present
        .map(|(name, value)| {
            let values = match value {
                Json::Array(values) => values.iter().map(plain).collect(),
                single => vec![plain(single)],
            };
            (name.clone(), normal(values))
        })
        .collect()
}

/// `1`, `1.0` and `"1"` are the same to these cases.
fn normal(values: Vec<String>) -> Vec<String> {
    let number = |text: &String| text.parse::<f64>().ok().filter(|number| number.is_finite());
    values
        .into_iter()
        .map(|text| number(&text).map_or(text, |number| number.to_string()))
        .collect()
}

fn alike(a: &Row, b: &Row, tolerance: f64) -> bool {
    let close = |a: &String, b: &String| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= tolerance * a.abs().max(1.0),
        _ => a == b,
    };
    let same = |a: &Vec<String>, b: &Vec<String>| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b))
    };
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|((a, left), (b, right))| a == b && same(left, right))
}
