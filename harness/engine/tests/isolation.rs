//! One search that fails, panics or is cancelled ends alone; a cancelled wave ends as a whole.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use dryfire_engine::{Inline, Outcome, Scheduler, Stop};

#[path = "support/session.rs"]
mod session;
#[path = "support/wave.rs"]
mod wave;

use session::{Manner, Session};
use wave::{Data, Scrambled, inline, kind, open, open_large, prepare, view};

/// Twelve process creations, six with `cmd.exe`.
fn processes() -> Data {
    let event = |record: usize| {
        let image = if record.is_multiple_of(2) {
            r"C:\Windows\System32\cmd.exe"
        } else {
            r"C:\Windows\explorer.exe"
        };
        format!(
            "<Event xmlns='x'><System><EventID>1</EventID><TimeCreated SystemTime='2023-11-14T22:13:{:02}.0000000Z'/>\
             <Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>a</Computer></System><EventData>\
             <Data Name='Image'>{image}</Data></EventData></Event>\n",
            record
        )
    };
    Data {
        source: "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
        sourcetype: "XmlWinEventLog",
        bytes: (0..12).map(event).collect::<String>().into_bytes(),
    }
}

/// Rows of each search, or the word for why there are none.
fn verdicts(outcomes: &[Result<Outcome, Stop>]) -> Vec<String> {
    let verdict = |outcome: &Result<Outcome, Stop>| match outcome {
        Ok(outcome) => outcome.table.len().to_string(),
        Err(Stop::Cancelled) => "cancelled".to_owned(),
        Err(Stop::Budget(_)) => "budget".to_owned(),
        Err(Stop::Defect(words)) => format!("defect: {words}"),
        Err(stop) => kind(stop),
    };
    outcomes.iter().map(verdict).collect()
}

#[test]
fn a_search_beyond_its_budget_fails_alone() {
    let mut session = Session::new(&[]);
    let data = open(&processes(), 300, &session);
    let searches = [
        "cmd.exe",
        "index=*",
        "| makeresults count=20",
        "cmd.exe | stats count",
    ]
    .map(str::to_owned);
    let mut wave = prepare(&mut session, &searches, &view(&data));
    for bound in &mut wave {
        bound.env.budget.rows = 8;
    }
    let never = AtomicBool::new(false);
    assert_eq!(
        verdicts(&session.run(&wave, &inline(&never))),
        ["6", "budget", "budget", "1"]
    );
    for bound in &mut wave {
        bound.env.budget.rows = 100;
        bound.env.budget.bytes = 1_000;
    }
    let by_bytes = verdicts(&session.run(&wave, &inline(&never)));
    assert_eq!(
        (by_bytes[1].as_str(), by_bytes[3].as_str()),
        ("budget", "1")
    );
}

#[test]
fn a_cancelled_wave_ends_in_every_search() {
    let mut session = Session::new(&[]);
    let data = open(&processes(), 300, &session);
    let searches = ["cmd.exe", "index=* | stats count", "| makeresults"].map(str::to_owned);
    let wave = prepare(&mut session, &searches, &view(&data));
    let before = AtomicBool::new(true);
    assert_eq!(
        verdicts(&session.run(&wave, &inline(&before))),
        ["cancelled"; 3]
    );

    /// Sets the flag after two units.
    struct Interrupt<'a>(&'a AtomicBool, &'a AtomicUsize);
    impl Scheduler for Interrupt<'_> {
        fn for_each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
            for unit in 0..count {
                self.0.store(unit >= 2, Ordering::Relaxed);
                work(unit);
                self.1.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    let (flag, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let outcomes = session.run(
        &wave,
        &Manner {
            scheduler: &Interrupt(&flag, &done),
            cancel: &flag,
            prefilter: true,
        },
    );
    assert_eq!(verdicts(&outcomes), ["cancelled"; 3]);
    assert!(
        done.load(Ordering::Relaxed) > 2,
        "the flag must be set while the wave runs"
    );
}

#[test]
fn a_panic_fails_the_searches_that_meet_it_alone() {
    let mut session = Session::new(&[]);
    let sound = open(&processes(), 300, &session);
    let panics = open_large(
        &processes(),
        8 << 20,
        || panic!("the disk is on fire"),
        &session,
    );
    let searches = ["cmd.exe | stats count".to_owned()];
    let mut wave = prepare(&mut session, &searches, &view(&sound));
    wave.extend(prepare(&mut session, &searches, &view(&panics)));
    wave.extend(prepare(&mut session, &searches, &view(&sound)));
    for scheduler in [
        &Inline as &dyn Scheduler,
        &Scrambled {
            threads: 2,
            seed: 5,
        },
    ] {
        let outcomes = session.run(
            &wave,
            &Manner {
                scheduler,
                cancel: &AtomicBool::new(false),
                prefilter: true,
            },
        );
        assert_eq!(
            verdicts(&outcomes),
            ["1", "defect: the disk is on fire", "1"]
        );
    }
}
