//! Each command of the registry, one by one: it is generated, it runs, and the laws hold for it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use dryfire_engine::Inline;
use dryfire_fuzz::{command, is_known, plain};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::data::{self, any_data};
use crate::outcome::{run, same};
use crate::searches::{supported, words};
use crate::session::Session;
use crate::wave::{Scrambled, open, prepare, view};

/// How many waves are run for each command.
const CASES: u32 = 14;

#[test]
fn the_laws_hold_for_every_command() {
    let session = RefCell::new(Session::new(&data::files()));
    let mut idle = Vec::new();
    for signature in supported() {
        let strategy = any_data(12).prop_flat_map(move |(kind, data)| {
            let written = command(signature, &words(kind)).prop_map(move |text| {
                let text = plain(&text);
                if signature.generating {
                    format!("| {text}")
                } else {
                    format!("* | {text}")
                }
            });
            (Just(data), prop::collection::vec(written, 3))
        });
        let config = Config {
            cases: CASES,
            failure_persistence: None,
            max_shrink_iters: 500,
            ..Config::default()
        };
        let mut runner =
            TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]));
        let ran = RefCell::new(BTreeSet::new());
        let held = runner.run(&strategy, |(data, searches)| {
            let mut session = session.borrow_mut();
            let data = view(&open(&data, 500, &session));
            let wave = prepare(&mut session, &searches, &data);
            let expected = run(&session, &wave, &Inline, true);
            for (spl, outcome) in searches.iter().zip(&expected) {
                prop_assert!(!outcome.starts_with("Defect"), "{}: {}", spl, outcome);
                ran.borrow_mut().insert(
                    ["Unsupported", "Fault", "Budget"]
                        .iter()
                        .all(|stop| !outcome.starts_with(stop)),
                );
            }
            let scrambled = Scrambled {
                threads: 2,
                seed: 5,
            };
            same(
                &searches,
                "on two threads",
                &expected,
                &run(&session, &wave, &scrambled, true),
            )?;
            same(
                &searches,
                "without the prefilter",
                &expected,
                &run(&session, &wave, &Inline, false),
            )?;
            let alone: Vec<String> = wave
                .iter()
                .flat_map(|one| run(&session, std::slice::from_ref(one), &Inline, true))
                .collect();
            same(&searches, "together", &alone, &expected)
        });
        if let Err(broken) = held {
            panic!("{}: {broken}", signature.name);
        }
        // A law over searches that are all refused says nothing. Kept arguments without a template may all be wrong.
        if !ran.into_inner().contains(&true) && is_known(signature) {
            idle.push(signature.name);
        }
    }
    assert!(
        idle.is_empty(),
        "no generated search with these commands runs: {idle:?}"
    );
}
