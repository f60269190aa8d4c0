//! Laws of the engine, held by generated data and generated searches: the way a wave is run changes nothing in what
//! comes out, to the byte.
//!
//! Each law runs on fixed seeds, so that a run repeats, and then on fresh ones. `PROPTEST_CASES` sets how many.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use dryfire_engine::{Blocks, Bound, Dataset, Inline, Input, Outcome, Part, Scheduler, Stamp, Stop, View};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

#[path = "support/data.rs"]
mod data;
#[path = "support/searches.rs"]
mod searches;
#[path = "support/session.rs"]
mod session;

use data::{Data, any_data};
use session::{Manner, NOW, Session, bound, texts};

/// Sizes of units that cut events, names and letters; the last one cuts nothing.
const UNITS: &[usize] = &[64, 65, 200, 777, 4096, 8 << 20];

/// How much of a line that differs is shown.
const SHOWN: usize = 1_500;

/// Data and searches over it.
type Case = (Data, Vec<String>);

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(24)
}

/// Runs a law on fixed seeds and on fresh ones.
fn hold(most_events: usize, most_searches: usize, law: impl Fn(&mut Session, Case) -> Result<(), TestCaseError>) {
    let strategy = any_data(most_events).prop_flat_map(move |data| {
        let searches = prop::collection::vec(searches::search(data.kind), 1..=most_searches);
        (Just(data), searches)
    });
    let session = RefCell::new(Session::new(&data::files()));
    for fixed in [true, false] {
        let config = Config { cases: cases(), failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
        let mut runner = match fixed {
            true => TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32])),
            false => TestRunner::new(config),
        };
        let done = runner.run(&strategy, |case| law(&mut session.borrow_mut(), case));
        assert!(done.is_ok(), "{} seeds: {}", if fixed { "fixed" } else { "fresh" }, done.unwrap_err());
    }
}

/// Shuffled units on so many threads.
struct Scrambled {
    threads: usize,
    seed: usize,
}

impl Scheduler for Scrambled {
    fn for_each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        let mut order: Vec<usize> = (0..count).collect();
        let mut state = self.seed as u64 | 1;
        for last in (1..count).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(last, usize::try_from(state >> 33).unwrap_or(0) % (last + 1));
        }
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..self.threads {
                scope.spawn(|| {
                    while let Some(unit) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                        work(*unit);
                    }
                });
            }
        });
    }
}

fn open(data: &Data, unit_bytes: usize, session: &Session) -> Arc<Dataset> {
    open_blocks(data, unit_bytes, Arc::new(data.bytes.clone()), session)
}

fn open_blocks(data: &Data, unit_bytes: usize, blocks: Arc<dyn Blocks>, session: &Session) -> Arc<Dataset> {
    let input = Input {
        name: "data".into(),
        source: data.kind.source().into(),
        sourcetype: data.kind.sourcetype().into(),
        host: "dryfire".into(),
        fallback_time: NOW,
        unit_bytes,
    };
    Arc::new(Dataset::open(input, blocks, &session.library.knowledge).unwrap())
}

fn part(data: &Arc<Dataset>, index: &str, shift: i64) -> Part {
    Part { data: data.clone(), stamp: Stamp { index: index.into(), host: None, shift } }
}

fn view(data: &Arc<Dataset>) -> View {
    View { parts: vec![part(data, "main", 0)] }
}

fn prepare(session: &mut Session, searches: &[String], view: &View) -> Vec<Bound> {
    let prepare = |spl: &String| match session.prepare(spl) {
        Ok(search) => bound(search, view.clone()),
        Err(errors) => panic!("the generator made a search that does not parse: {spl}: {}", errors[0].message),
    };
    searches.iter().map(prepare).collect()
}

fn run(session: &Session, wave: &[Bound], scheduler: &dyn Scheduler, prefilter: bool) -> Vec<String> {
    let outcomes = session.run(wave, &Manner { scheduler, cancel: &AtomicBool::new(false), prefilter });
    outcomes.iter().map(written).collect()
}

/// All that an outcome says.
fn written(outcome: &Result<Outcome, Stop>) -> String {
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(stop) => return format!("{stop:?}"),
    };
    let table = &outcome.table;
    let mut text = format!("{:?}\n", table.names().collect::<Vec<_>>());
    for row in 0..table.len() {
        let cells: Vec<String> = table.columns().map(|(_, column)| format!("{:?}", texts(column.get(row)))).collect();
        let _ = writeln!(text, "{}", cells.join(" "));
    }
    let rows: Vec<u64> = outcome.trace.steps.iter().map(|step| step.rows).collect();
    let _ = write!(text, "{:?}\n{:?}\n{rows:?}", outcome.notes, outcome.assumptions);
    text
}

fn same(searches: &[String], how: &str, expected: &[String], found: &[String]) -> Result<(), TestCaseError> {
    for (spl, (expected, found)) in searches.iter().zip(expected.iter().zip(found)) {
        if expected != found {
            let (left, right): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
            let place = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
            let line = |lines: &[&str]| lines.get(place).map_or("nothing".to_owned(), |line| line.chars().take(SHOWN).collect());
            let (left_line, right_line, count) = (line(&left), line(&right), (left.len(), right.len()));
            prop_assert!(false, "{how}: {spl}\nlines: {count:?}; line {place}:\n- {left_line}\n+ {right_line}\n");
        }
    }
    Ok(())
}

#[test]
fn the_size_of_units_does_not_matter() {
    hold(12, 3, |session, (data, searches)| {
        let whole = prepare(session, &searches, &view(&open(&data, 8 << 20, session)));
        let expected = run(session, &whole, &Inline, true);
        for unit in UNITS {
            let cut = prepare_again(&whole, &view(&open(&data, *unit, session)));
            same(&searches, &format!("units of {unit} bytes"), &expected, &run(session, &cut, &Inline, true))?;
        }
        Ok(())
    });
}

fn prepare_again(wave: &[Bound], view: &View) -> Vec<Bound> {
    wave.iter().map(|known| Bound { view: view.clone(), ..known.clone() }).collect()
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let seed = Cell::new(0);
    hold(16, 4, |session, (data, searches)| {
        let wave = prepare(session, &searches, &view(&open(&data, 300, session)));
        let expected = run(session, &wave, &Inline, true);
        for threads in [1, 2, 8] {
            seed.set(seed.get() + 1);
            let scheduler = Scrambled { threads, seed: seed.get() };
            same(&searches, &format!("{threads} threads"), &expected, &run(session, &wave, &scheduler, true))?;
        }
        Ok(())
    });
}

#[test]
fn the_prefilter_does_not_matter() {
    hold(16, 1, |session, (data, searches)| {
        let wave = prepare(session, &searches, &view(&open(&data, 2_000, session)));
        let expected = run(session, &wave, &Inline, false);
        same(&searches, "with the prefilter", &expected, &run(session, &wave, &Inline, true))
    });
}

#[test]
fn a_wave_gives_what_its_searches_give_alone() {
    hold(16, 6, |session, (data, searches)| {
        let wave = prepare(session, &searches, &view(&open(&data, 1_000, session)));
        let alone: Vec<String> = wave.iter().flat_map(|one| run(session, std::slice::from_ref(one), &Inline, true)).collect();
        same(&searches, "together", &alone, &run(session, &wave, &Inline, true))?;
        let shuffled = Scrambled { threads: 2, seed: 3 };
        same(&searches, "together, on two threads", &alone, &run(session, &wave, &shuffled, true))
    });
}

/// The same dataset twice in one wave, under other stamps: each search sees its own.
#[test]
fn a_search_sees_its_own_stamp_only() {
    hold(10, 2, |session, (data, searches)| {
        let opened = open(&data, 1_000, session);
        let counted = "index=* | stats count values(index) AS index min(_time) AS t".to_owned();
        let searches = [searches, vec![counted]].concat();
        let mut stamps = [part(&opened, "main", 0), part(&opened, "other", 86_400_000_000), part(&opened, "main", 0)];
        stamps[2].stamp.host = Some("elsewhere".into());
        let wave: Vec<Bound> = stamps
            .iter()
            .flat_map(|stamped| prepare(session, &searches, &View { parts: vec![stamped.clone()] }))
            .collect();
        let named: Vec<String> = stamps.iter().flat_map(|_| searches.clone()).collect();
        let alone: Vec<String> = wave.iter().flat_map(|one| run(session, std::slice::from_ref(one), &Inline, true)).collect();
        same(&named, "under three stamps", &alone, &run(session, &wave, &Inline, true))?;
        // The stamps are seen: the count is the same, index and time are not.
        let last = searches.len();
        prop_assert!(alone[last - 1] != alone[2 * last - 1]);
        // A view of two stamps holds both, as the sum of what each holds.
        let both = View { parts: stamps[..2].to_vec() };
        let count = format!("index=* | stats count | where count={}", 2 * count_of(&opened));
        let counted = prepare(session, &[count], &both);
        prop_assert!(!session.run(&counted, &inline(&AtomicBool::new(false)))[0].as_ref().unwrap().table.is_empty());
        Ok(())
    });
}

fn count_of(data: &Dataset) -> u64 {
    data.survey().unwrap().events
}

fn inline(cancel: &AtomicBool) -> Manner<'_> {
    Manner { scheduler: &Inline, cancel, prefilter: true }
}

/// A law over searches that find nothing or fail says nothing: how many of them do is watched.
#[test]
fn generated_searches_find_something() {
    let counts = Cell::new((0_u32, 0_u32, 0_u32));
    let kinds: RefCell<std::collections::BTreeMap<String, u32>> = RefCell::default();
    hold(16, 4, |session, (data, searches)| {
        let wave = prepare(session, &searches, &view(&open(&data, 8 << 20, session)));
        for (outcome, spl) in session.run(&wave, &inline(&AtomicBool::new(false))).iter().zip(&searches) {
            let (all, rows, failed) = counts.get();
            let found = outcome.as_ref().is_ok_and(|outcome| !outcome.table.is_empty());
            counts.set((all + 1, rows + u32::from(found), failed + u32::from(outcome.is_err())));
            if let Err(stop) = outcome {
                let defect = matches!(stop, Stop::Defect(_));
                prop_assert!(!defect, "{spl}: {stop:?}");
                *kinds.borrow_mut().entry(kind(stop)).or_default() += 1;
            }
        }
        Ok(())
    });
    let (all, rows, failed) = counts.get();
    assert!(rows * 10 >= all * 5, "{rows} of {all} searches find something");
    assert!(failed * 20 <= all, "{failed} of {all} searches fail: {:?}", kinds.borrow());
}

fn kind(stop: &Stop) -> String {
    match stop {
        Stop::Unsupported(found) | Stop::Fault(found) => format!("{}: {}", found.code.id, found.message),
        other => format!("{other:?}"),
    }
}
