//! What the laws and the tests of isolation share: datasets in units of any size, and schedulers of any order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use dryfire_engine::{Blocks, Bound, Dataset, Inline, Input, Part, Scheduler, Stamp, Stop, View};

use crate::session::{Manner, NOW, Session, bound};

/// How many characters of a dataset a failure shows.
const SHOWN: usize = 3_000;

/// The bytes of a dataset.
#[derive(Clone)]
pub(crate) struct Data {
    pub(crate) source: &'static str,
    pub(crate) sourcetype: &'static str,
    pub(crate) bytes: Vec<u8>,
}

impl std::fmt::Debug for Data {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: String = String::from_utf8_lossy(&self.bytes)
            .chars()
            .take(SHOWN)
            .collect();
        write!(
            out,
            "{}, {} bytes:\n{text}",
            self.sourcetype,
            self.bytes.len()
        )
    }
}

/// Shuffled units on so many threads.
pub(crate) struct Scrambled {
    pub(crate) threads: usize,
    pub(crate) seed: usize,
}

impl Scheduler for Scrambled {
    fn for_each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        let mut order: Vec<usize> = (0..count).collect();
        let mut state = self.seed as u64 | 1;
        for last in (1..count).rev() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
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

pub(crate) fn open(data: &Data, unit_bytes: usize, session: &Session) -> Arc<Dataset> {
    open_blocks(data, unit_bytes, Arc::new(data.bytes.clone()), session)
}

pub(crate) fn open_blocks(
    data: &Data,
    unit_bytes: usize,
    blocks: Arc<dyn Blocks>,
    session: &Session,
) -> Arc<Dataset> {
    let input = Input {
        name: "data".into(),
        source: data.source.into(),
        sourcetype: data.sourcetype.into(),
        host: "dryfire".into(),
        fallback_time: NOW,
        unit_bytes,
    };
    Arc::new(
        Dataset::open(input, blocks, &session.library.knowledge).expect("a dataset that opens"),
    )
}

pub(crate) fn part(data: &Arc<Dataset>, index: &str, shift: i64) -> Part {
    Part {
        data: data.clone(),
        stamp: Stamp {
            index: index.into(),
            host: None,
            shift,
        },
    }
}

pub(crate) fn view(data: &Arc<Dataset>) -> View {
    View {
        parts: vec![part(data, "main", 0)],
    }
}

pub(crate) fn prepare(session: &mut Session, searches: &[String], view: &View) -> Vec<Bound> {
    let prepare = |spl: &String| match session.prepare(spl) {
        Ok(search) => bound(search, view.clone()),
        Err(errors) => panic!(
            "the generator made a search that does not parse: {spl}: {}",
            errors[0].message
        ),
    };
    searches.iter().map(prepare).collect()
}

/// Data that claim to be too large to stay in memory, and that panic or fail when they are read once more.
pub(crate) struct Large {
    bytes: Vec<u8>,
    opened: AtomicBool,
    then: fn(),
}

impl Blocks for Large {
    fn len(&self) -> u64 {
        if self.opened.load(Ordering::Relaxed) {
            self.bytes.len() as u64
        } else {
            (64 << 20) + 1
        }
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, String> {
        (self.then)();
        self.bytes.read_at(offset, into)
    }
}

pub(crate) fn open_large(
    data: &Data,
    unit_bytes: usize,
    then: fn(),
    session: &Session,
) -> Arc<Dataset> {
    let blocks = Arc::new(Large {
        bytes: data.bytes.clone(),
        opened: AtomicBool::new(false),
        then,
    });
    let dataset = open_blocks(data, unit_bytes, blocks.clone(), session);
    blocks.opened.store(true, Ordering::Relaxed);
    assert!(!dataset.is_resident());
    dataset
}

pub(crate) fn kind(stop: &Stop) -> String {
    match stop {
        Stop::Unsupported(found) | Stop::Fault(found) => {
            format!("{}: {}", found.code.id, found.message)
        }
        other => format!("{other:?}"),
    }
}

pub(crate) fn inline(cancel: &AtomicBool) -> Manner<'_> {
    Manner {
        scheduler: &Inline,
        cancel,
        prefilter: true,
    }
}
