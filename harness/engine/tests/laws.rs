//! Laws of the engine, held by generated data and generated searches: the way a wave is run changes nothing in what
//! comes out, to the byte.
//!
//! Each law runs on fixed seeds, so that a run repeats, and then on fresh ones. `PROPTEST_CASES` sets how many.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use dryfire_engine::{Bound, Dataset, Inline, Stop, View};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

#[path = "support/data.rs"]
mod data;
#[path = "support/every_command.rs"]
mod every_command;
#[path = "support/outcome.rs"]
mod outcome;
#[path = "support/searches.rs"]
mod searches;
#[path = "support/session.rs"]
mod session;
#[path = "support/wave.rs"]
mod wave;

use data::any_data;
use outcome::{run, same, written};
use session::Session;
use wave::{Data, Scrambled, inline, kind, open, open_large, part, prepare, view};

/// Sizes of units that cut events, names and letters; the last one cuts nothing.
const UNITS: &[usize] = &[64, 65, 200, 777, 4096, 8 << 20];

/// Data and searches over it.
type Case = (Data, Vec<String>);

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(150)
}

/// Runs a law on fixed seeds and on fresh ones; `times` as many cases where they are cheap and what they look for is
/// rare.
fn hold(
    times: u32,
    most_events: usize,
    most_searches: usize,
    law: impl Fn(&mut Session, Case) -> Result<(), TestCaseError>,
) {
    let strategy = any_data(most_events).prop_flat_map(move |(kind, data)| {
        let searches = prop::collection::vec(searches::search(kind), 1..=most_searches);
        (Just(data), searches)
    });
    let session = RefCell::new(Session::new(&data::files()));
    for fixed in [true, false] {
        let config = Config {
            cases: times * cases(),
            failure_persistence: None,
            max_shrink_iters: 2_000,
            ..Config::default()
        };
        let mut runner = match fixed {
            true => {
                TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
            }
            false => TestRunner::new(config),
        };
        if let Err(broken) = runner.run(&strategy, |case| law(&mut session.borrow_mut(), case)) {
            panic!("{} seeds: {broken}", if fixed { "fixed" } else { "fresh" });
        }
    }
}

/// The columns of a search that keeps all fields follow the chunks today, so they are not compared here; `transpose`
/// makes rows of them.
#[test]
fn the_size_of_units_does_not_matter() {
    hold(1, 12, 3, |session, (data, mut searches)| {
        searches.retain(|spl| !spl.contains("transpose"));
        units_do_not_matter(session, &data, &searches, true)
    });
}

#[test]
fn the_size_of_units_does_not_matter_to_columns() {
    hold(1, 12, 3, |session, (data, searches)| {
        units_do_not_matter(session, &data, &searches, false)
    });
}

fn units_do_not_matter(
    session: &mut Session,
    data: &Data,
    searches: &[String],
    any_columns: bool,
) -> Result<(), TestCaseError> {
    let whole = prepare(session, searches, &view(&open(data, 8 << 20, session)));
    let run = |wave: &[Bound]| -> Vec<String> {
        let outcomes = session.run(wave, &inline(&AtomicBool::new(false)));
        outcomes
            .iter()
            .map(|outcome| written(outcome, any_columns))
            .collect()
    };
    let expected = run(&whole);
    for unit in UNITS {
        let cut = prepare_again(&whole, &view(&open(data, *unit, session)));
        same(
            searches,
            &format!("units of {unit} bytes"),
            &expected,
            &run(&cut),
        )?;
    }
    Ok(())
}

fn prepare_again(wave: &[Bound], view: &View) -> Vec<Bound> {
    wave.iter()
        .map(|known| Bound {
            view: view.clone(),
            ..known.clone()
        })
        .collect()
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let seed = Cell::new(0);
    hold(1, 16, 4, |session, (data, searches)| {
        let wave = prepare(session, &searches, &view(&open(&data, 300, session)));
        let expected = run(session, &wave, &Inline, true);
        for threads in [1, 2, 8] {
            seed.set(seed.get() + 1);
            let scheduler = Scrambled {
                threads,
                seed: seed.get(),
            };
            same(
                &searches,
                &format!("{threads} threads"),
                &expected,
                &run(session, &wave, &scheduler, true),
            )?;
        }
        Ok(())
    });
}

#[test]
fn the_prefilter_does_not_matter() {
    hold(10, 16, 1, |session, (data, searches)| {
        let wave = prepare(session, &searches, &view(&open(&data, 2_000, session)));
        let expected = run(session, &wave, &Inline, false);
        same(
            &searches,
            "with the prefilter",
            &expected,
            &run(session, &wave, &Inline, true),
        )
    });
}

#[test]
fn a_wave_gives_what_its_searches_give_alone() {
    hold(1, 16, 6, |session, (data, searches)| {
        let wave = prepare(session, &searches, &view(&open(&data, 1_000, session)));
        let alone: Vec<String> = wave
            .iter()
            .flat_map(|one| run(session, std::slice::from_ref(one), &Inline, true))
            .collect();
        same(
            &searches,
            "together",
            &alone,
            &run(session, &wave, &Inline, true),
        )?;
        let shuffled = Scrambled {
            threads: 2,
            seed: 3,
        };
        same(
            &searches,
            "together, on two threads",
            &alone,
            &run(session, &wave, &shuffled, true),
        )
    });
}

/// The same dataset twice in one wave, under other stamps: each search sees its own.
#[test]
fn a_search_sees_its_own_stamp_only() {
    hold(1, 10, 2, |session, (data, searches)| {
        let opened = open(&data, 1_000, session);
        let counted = "index=* | stats count values(index) AS index min(_time) AS t".to_owned();
        let searches = [searches, vec![counted]].concat();
        let mut stamps = [
            part(&opened, "other", 0),
            part(&opened, "main", 0),
            part(&opened, "main", 86_400_000_000),
            part(&opened, "main", 0),
        ];
        stamps[3].stamp.host = Some("elsewhere".into());
        let wave: Vec<Bound> = stamps
            .iter()
            .flat_map(|stamped| {
                prepare(
                    session,
                    &searches,
                    &View {
                        parts: vec![stamped.clone()],
                    },
                )
            })
            .collect();
        let named: Vec<String> = stamps.iter().flat_map(|_| searches.clone()).collect();
        let alone: Vec<String> = wave
            .iter()
            .flat_map(|one| run(session, std::slice::from_ref(one), &Inline, true))
            .collect();
        same(
            &named,
            "under four stamps",
            &alone,
            &run(session, &wave, &Inline, true),
        )?;
        // The stamps are seen: the count is the same, index and time are not.
        let counts: Vec<&String> = alone
            .iter()
            .skip(searches.len() - 1)
            .step_by(searches.len())
            .collect();
        prop_assert!(counts[0] != counts[1] && counts[1] != counts[2]);
        // What one stamp rules out, another may have: the prefilter must not mix them up.
        let asked = ["index=main | stats count".to_owned()];
        let wave: Vec<Bound> = stamps[..2]
            .iter()
            .flat_map(|stamped| {
                prepare(
                    session,
                    &asked,
                    &View {
                        parts: vec![stamped.clone()],
                    },
                )
            })
            .collect();
        let found = run(session, &wave, &Inline, true);
        prop_assert!(found[0].contains("[\"0\"]"), "{}", found[0]);
        prop_assert!(
            found[1].contains(&format!("[\"{}\"]", count_of(&opened))),
            "{}",
            found[1]
        );
        // A view of two stamps holds both, as the sum of what each holds.
        let both = View {
            parts: stamps[..2].to_vec(),
        };
        let count = format!(
            "index=* | stats count | where count={}",
            2 * count_of(&opened)
        );
        let counted = prepare(session, &[count], &both);
        prop_assert!(
            !session.run(&counted, &inline(&AtomicBool::new(false)))[0]
                .as_ref()
                .unwrap()
                .table
                .is_empty()
        );
        Ok(())
    });
}

fn count_of(data: &Dataset) -> u64 {
    data.survey(&Inline).expect("data that can be read").events
}

/// A dataset that is read piece by piece gives what it gives in memory.
#[test]
fn where_the_events_are_kept_does_not_matter() {
    hold(1, 40, 3, |session, (data, searches)| {
        let unit = 16 << 10;
        let kept = prepare(session, &searches, &view(&open(&data, unit, session)));
        let expected = run(session, &kept, &Inline, true);
        let read = prepare_again(&kept, &view(&open_large(&data, unit, || (), session)));
        same(
            &searches,
            "read piece by piece",
            &expected,
            &run(session, &read, &Inline, true),
        )
    });
}

/// A chunk holds at most 65,535 events; a unit can hold more.
#[test]
fn a_unit_of_many_events_is_cut_into_chunks() {
    let mut session = Session::new(&data::files());
    let line = |number: u32| match number % 7 {
        0 => format!(
            "time=2023-11-14T22:13:{:02}.5Z n={number} k=a\n",
            number % 60
        ),
        // These have the time of the event before.
        rest => format!("n={number} k={rest}\n"),
    };
    let bytes = (0..140_000).map(line).collect::<String>().into_bytes();
    let data = Data {
        source: "test.log",
        sourcetype: "test:pairs",
        bytes,
    };
    let searches = [
        "n=* | stats count dc(n) AS d sum(n) AS s min(_time) AS a max(_time) AS b latest(n) AS l",
        "n=* | stats count sum(_time) AS t BY k",
        "n=*99 k=3 | table n _time | head 300",
        "n=65535 OR n=65536 OR n=131070 | table n k _time",
    ]
    .map(str::to_owned);
    let kept = view(&open(&data, 8 << 20, &session));
    let whole = prepare(&mut session, &searches, &kept);
    let expected = run(&session, &whole, &Inline, true);
    assert!(expected[0].contains("140000"), "{}", expected[0]);
    let cut = prepare_again(&whole, &view(&open(&data, 100_000, &session)));
    let found = run(&session, &cut, &Inline, true);
    same(&searches, "units of 100,000 bytes", &expected, &found).unwrap();
}

/// A law over searches that find nothing or fail says nothing: how many of them do is watched.
#[test]
fn generated_searches_find_something() {
    let counts = Cell::new((0_u32, 0_u32, 0_u32));
    let kinds: RefCell<BTreeMap<String, u32>> = RefCell::default();
    hold(1, 16, 4, |session, (data, searches)| {
        let wave = prepare(session, &searches, &view(&open(&data, 8 << 20, session)));
        for (outcome, spl) in session
            .run(&wave, &inline(&AtomicBool::new(false)))
            .iter()
            .zip(&searches)
        {
            let (all, rows, failed) = counts.get();
            let found = outcome
                .as_ref()
                .is_ok_and(|outcome| !outcome.table.is_empty());
            counts.set((
                all + 1,
                rows + u32::from(found),
                failed + u32::from(outcome.is_err()),
            ));
            if let Err(stop) = outcome {
                let defect = matches!(stop, Stop::Defect(_));
                prop_assert!(!defect, "{spl}: {stop:?}");
                *kinds.borrow_mut().entry(kind(stop)).or_default() += 1;
            }
        }
        Ok(())
    });
    let (all, rows, failed) = counts.get();
    assert!(
        rows * 10 >= all * 4,
        "{rows} of {all} searches find something"
    );
    assert!(
        failed * 20 <= all,
        "{failed} of {all} searches fail: {:?}",
        kinds.borrow()
    );
}
