//! The registry as a whole, and the promise of every accumulator: no cut into batches, no order of merges, and no form
//! of a column changes a result.

use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use super::*;
use crate::column::DictBuilder;
use crate::env::Env;
use crate::group::Groups;

#[test]
fn names_are_unique_and_ascend() {
    assert!(ALL.is_sorted_by(|a, b| a.spec().name < b.spec().name));
    for aggregate in all() {
        let spec = aggregate.spec();
        assert!(
            spec.summary.ends_with('.') && spec.syntax.starts_with(spec.name),
            "{}",
            spec.name
        );
    }
    for (name, canonical) in [
        ("c", "count"),
        ("mean", "avg"),
        ("distinct_count", "dc"),
        ("p95", "perc"),
        ("perc99.9", "perc"),
        ("exactperc50", "exactperc"),
        ("upperperc50", "upperperc"),
        ("values", "values"),
    ] {
        let answering: Vec<_> = all()
            .filter(|aggregate| aggregate.answers_to(name))
            .map(|one| one.spec().name)
            .collect();
        assert_eq!(answering, [canonical], "{name}");
    }
}

/// A row of the data: its groups, its values, its time in seconds.
type Row = (Vec<&'static str>, Vec<&'static str>, u8);

/// Spellings that collide as numbers, text, sizes far apart.
const VALUES: &[&str] = &[
    "1",
    "1.0",
    "01",
    "0",
    "-0",
    "0.1",
    "0.2",
    "3.99",
    "-7.25",
    "1e15",
    "-1e15",
    "123456789.123",
    "1e-9",
    "a",
    "B",
    "é",
    "",
    "10.0.0.1",
    "x y",
    "100",
];

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let groups = prop::collection::vec(prop::sample::select(vec!["g", "h", "i"]), 0..3);
    let values = prop::collection::vec(prop::sample::select(VALUES.to_vec()), 0..3);
    prop::collection::vec((groups, values, 0..6_u8), 0..60)
}

fn column(rows: &[Vec<&'static str>], form: u8) -> Column {
    let value =
        |texts: &Vec<&'static str>| Value::multi(texts.iter().map(|text| Value::from(*text)));
    match form % 3 {
        0 if rows.windows(2).all(|pair| pair[0] == pair[1]) && !rows.is_empty() => {
            Column::Const(value(&rows[0]), rows.len())
        }
        1 => rows.iter().map(value).collect(),
        _ => {
            let mut builder = DictBuilder::new(rows.len());
            rows.iter().for_each(|texts| builder.push_all(texts));
            builder.finish()
        }
    }
}

/// A partial state of some rows, with its groups.
type Part = (Groups, Box<dyn Accumulator>);

fn part(
    aggregate: &'static dyn Aggregate,
    name: &str,
    rows: &[Row],
    before: usize,
    form: u8,
    cx: &Cx<'_>,
) -> Part {
    let of = |pick: fn(&Row) -> Vec<&'static str>| rows.iter().map(pick).collect::<Vec<_>>();
    let group = column(&of(|row| row.0.clone()), form);
    let values = column(&of(|row| row.1.clone()), form.wrapping_add(1));
    let time: Column = rows
        .iter()
        .map(|row| Value::Number(f64::from(row.2)))
        .collect();
    let keys: Vec<EventKey> = (before..)
        .zip(rows)
        .map(|(place, row)| EventKey {
            time: i64::from(row.2) * 1_000_000,
            part: 0,
            unit: 0,
            row: u32::try_from(place).unwrap(),
        })
        .collect();
    let mut groups = Groups::default();
    let mut state = aggregate.start(name, &cx.env.limits);
    let pairs = groups.assign(&[group], rows.len(), cx).unwrap();
    let input = Input {
        values: Some(&values),
        time: Some(&time),
        keys: Some(&keys),
        before,
    };
    state.push(&input, &pairs, groups.len(), cx);
    (groups, state)
}

/// The result of each group, down to the last bit.
fn results((groups, mut state): Part, cx: &Cx<'_>) -> Vec<String> {
    let mut results: Vec<String> = groups
        .keys()
        .iter()
        .enumerate()
        .map(|(group, key)| format!("{key:?} {:?}", state.finish(group, cx)))
        .collect();
    results.sort();
    results
}

proptest! {
    #[test]
    fn neither_cuts_nor_merges_nor_columns_change_a_result(
        rows in rows(),
        cuts in prop::collection::vec(0..60_usize, 0..5),
        merges in prop::collection::vec(any::<prop::sample::Index>(), 10),
        forms in prop::collection::vec(any::<u8>(), 6),
        limit in 1..5_usize,
    ) {
        let mut env = Env::all_time(0);
        env.limits.list_values = limit;
        let cancel = AtomicBool::new(false);
        let cx = Cx::new(&env, &cancel);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(rows.len())).chain([0, rows.len()]).collect();
        cuts.sort_unstable();
        for aggregate in all() {
            let name = match aggregate.spec().name {
                family @ ("perc" | "exactperc" | "upperperc") => format!("{family}95"),
                name => name.to_owned(),
            };
            let whole = results(part(aggregate, &name, &rows, 0, 1, &cx), &cx);
            let mut parts: Vec<Part> = cuts
                .windows(2)
                .zip(&forms)
                .map(|(cut, form)| part(aggregate, &name, &rows[cut[0]..cut[1]], cut[0], *form, &cx))
                .collect();
            let mut merges = merges.iter();
            while parts.len() > 1 {
                let (mut groups, mut state) = parts.swap_remove(merges.next().unwrap().index(parts.len()));
                let (others, other) = parts.swap_remove(merges.next().unwrap().index(parts.len()));
                let map = groups.merge(&others);
                state.merge(other, &map, groups.len());
                parts.push((groups, state));
            }
            let merged = results(parts.swap_remove(0), &cx);
            prop_assert_eq!(&merged, &whole, "{}", name);
        }
        cx.check().unwrap();
    }
}

/// The result over rows that are no events: in the order given, with one value each.
fn over(name: &str, values: &[(&str, f64)], limits: Limits) -> (Value, usize) {
    let mut env = Env::all_time(0);
    env.limits = limits;
    let cancel = AtomicBool::new(false);
    let cx = Cx::new(&env, &cancel);
    let column: Column = values
        .iter()
        .map(|(text, _)| {
            if text.is_empty() {
                Value::Null
            } else {
                Value::from(*text)
            }
        })
        .collect();
    let time: Column = values
        .iter()
        .map(|(_, time)| Value::Number(*time))
        .collect();
    let pairs: Vec<(u32, u32)> = (0..u32::try_from(values.len()).unwrap())
        .map(|row| (row, 0))
        .collect();
    let mut state = find(name).unwrap().start(name, &env.limits);
    state.push(
        &Input {
            values: Some(&column),
            time: Some(&time),
            keys: None,
            before: 0,
        },
        &pairs,
        1,
        &cx,
    );
    (state.finish(0, &cx), cx.take_notes().len())
}

fn text(name: &str, values: &[&str]) -> String {
    let timed: Vec<(&str, f64)> = values.iter().map(|value| (*value, 0.0)).collect();
    over(name, &timed, Limits::default())
        .0
        .to_text()
        .to_string()
}

#[test]
fn results_follow_the_manual() {
    for (name, values, result) in [
        ("count", &["a", "", "b"][..], "2"),
        ("dc", &["1", "1.0", "01", "1"], "3"),
        ("min", &["1", "c", "a", "2", "100", "b", "4", "9"], "1"),
        ("max", &["1", "c", "a", "2", "100", "b", "4", "9"], "c"),
        ("min", &["2", "1.0", "1", "01"], "1.0"),
        ("max", &["10", "9"], "10"),
        (
            "values",
            &["9", "70", "10", "100", "10", "SF", "pz"],
            "10\n100\n70\n9\nSF\npz",
        ),
        ("list", &["b", "", "a", "b"], "b\na\nb"),
        ("first", &["", "b", "a"], "b"),
        ("last", &["b", "a", ""], "a"),
        ("sum", &["1", "x", "2.5", ""], "3.5"),
        ("sum", &["x"], ""),
        ("sumsq", &["3", "4"], "25"),
        ("avg", &["1", "2", "x", "6"], "3"),
        ("median", &["38", "8", "74", "13", "37", "34", "58"], "37"),
        ("p50", &["1", "2", "3", "4"], "2.5"),
        ("range", &["1200", "1650", "x", "1400"], "450"),
        ("mode", &["www2", "www1", "www1", "www3"], "www1"),
        ("stdev", &["7"], "0"),
        ("var", &["1", "2", "3"], "1"),
        ("stdevp", &["1", "3"], "1"),
        ("estdc", &["a", "b", "a"], "2"),
        ("dc", &[""], "0"),
        ("values", &[""], ""),
    ] {
        assert_eq!(text(name, values), result, "{name} of {values:?}");
    }
}

#[test]
fn time_decides_before_order() {
    let rows = [("q", 9.0), ("p", 5.0), ("r", 1.0), ("s", 1.0), ("t", 9.0)];
    for (name, result) in [
        ("earliest", "s"),
        ("latest", "q"),
        ("earliest_time", "1"),
        ("latest_time", "9"),
        ("first", "q"),
        ("last", "t"),
    ] {
        assert_eq!(
            &*over(name, &rows, Limits::default()).0.to_text(),
            result,
            "{name}"
        );
    }
    assert_eq!(
        over("rate", &[("10", 4.0), ("2", 0.0)], Limits::default()).0,
        Value::Number(2.0)
    );
    let (line, _) = over(
        "sparkline",
        &[("a", 0.0), ("b", 2.5), ("c", 2.0)],
        Limits::default(),
    );
    assert_eq!(&*line.to_text(), "##__SPARKLINE__##\n1\n0\n2");
}

#[test]
fn a_list_that_was_cut_says_so() {
    let rows: Vec<(String, f64)> = (0..300).map(|row| (row.to_string(), 0.0)).collect();
    let rows: Vec<(&str, f64)> = rows
        .iter()
        .map(|(text, time)| (text.as_str(), *time))
        .collect();
    let (list, notes) = over("list", &rows, Limits::default());
    assert_eq!((list.each().len(), notes), (100, 1));
    assert_eq!(list.each().last(), Some(&Value::from("99")));
    assert_eq!(over("list", &rows[..100], Limits::default()).1, 0);
}

/// How many open points decided something, over rows of (values, time).
fn noted(name: &str, rows: &[(&[&str], f64)]) -> usize {
    let env = Env::all_time(0);
    let cancel = AtomicBool::new(false);
    let cx = Cx::new(&env, &cancel);
    let values: Column = rows
        .iter()
        .map(|(texts, _)| Value::multi(texts.iter().map(|text| Value::from(*text))))
        .collect();
    let time: Column = rows.iter().map(|(_, time)| Value::Number(*time)).collect();
    let aggregate = find(name).unwrap();
    let mut state = aggregate.start(name, &env.limits);
    // In two parts, so that a tie between them counts.
    for (before, part) in [
        (0, 0..rows.len() / 2),
        (rows.len() / 2, rows.len() / 2..rows.len()),
    ] {
        let places: Vec<u32> = part
            .clone()
            .map(|row| u32::try_from(row).unwrap())
            .collect();
        let (values, time) = (values.select(&places), time.select(&places));
        let input = Input {
            values: Some(&values),
            time: Some(&time),
            keys: None,
            before,
        };
        let pairs: Vec<(u32, u32)> = (0..u32::try_from(part.len()).unwrap())
            .map(|row| (row, 0))
            .collect();
        let mut next = aggregate.start(name, &env.limits);
        next.push(&input, &pairs, 1, &cx);
        state.merge(next, &[0], 1);
    }
    state.finish(0, &cx);
    cx.take_notes().len()
}

#[test]
fn an_open_point_is_told_where_it_decides_only() {
    for (name, rows, decides) in [
        (
            "earliest",
            &[(&["a"][..], 1.0), (&["b"], 1.0), (&["c"], 2.0)][..],
            true,
        ),
        (
            "earliest",
            &[(&["a"], 1.0), (&["a"], 1.0), (&["b"], 2.0)],
            false,
        ),
        (
            "earliest",
            &[(&["a"], 2.0), (&["b"], 2.0), (&["c"], 1.0)],
            false,
        ),
        (
            "latest",
            &[(&["a"], 2.0), (&["c"], 1.0), (&["b"], 2.0)],
            true,
        ),
        ("latest", &[(&["a", "b"], 2.0), (&["c"], 1.0)], true),
        ("latest_time", &[(&["a"], 2.0), (&["b"], 2.0)], false),
        ("first", &[(&["a"], 2.0), (&["b"], 2.0)], false),
        ("first", &[(&["a", "b"], 1.0), (&["c"], 1.0)], true),
        ("last", &[(&["a", "b"], 1.0), (&["c"], 1.0)], false),
        ("last", &[(&["a"], 1.0), (&["c", "c"], 1.0)], false),
        ("mode", &[(&["a"], 1.0), (&["b"], 1.0)], true),
        (
            "mode",
            &[(&["a"], 1.0), (&["b"], 1.0), (&["b"], 1.0)],
            false,
        ),
        ("median", &[(&["1"], 1.0), (&["2"], 1.0)], true),
        ("median", &[(&["2"], 1.0), (&["2"], 1.0)], false),
        (
            "median",
            &[(&["1"], 1.0), (&["2"], 1.0), (&["4"], 1.0)],
            false,
        ),
        ("perc100", &[(&["1"], 1.0), (&["2"], 1.0)], false),
        ("count", &[(&["a"], 1.0), (&[""], 1.0)], true),
        ("count", &[(&["a"], 1.0), (&[], 1.0)], false),
        ("rate", &[(&["1"], 1.0), (&["2"], 2.0)], false),
        ("rate", &[(&["2"], 1.0), (&["1"], 2.0)], true),
    ] {
        assert_eq!(
            noted(name, rows),
            usize::from(decides),
            "{name} of {rows:?}"
        );
    }
    let many: Vec<String> = (0..=1001).map(|number| number.to_string()).collect();
    let many: Vec<[&str; 1]> = many.iter().map(|text| [text.as_str()]).collect();
    let many: Vec<(&[&str], f64)> = many.iter().map(|texts| (&texts[..], 1.0)).collect();
    assert_eq!((noted("perc0", &many), noted("exactperc0", &many)), (1, 0));
}
