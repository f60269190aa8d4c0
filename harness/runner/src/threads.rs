//! The scheduler that spreads units of work over the machine's cores.

use std::sync::atomic::{AtomicUsize, Ordering};

use dryfire_engine::Scheduler;

/// As many workers as rayon's pool has threads; each takes the next unit when it is done with one, so that units are
/// finished nearly in order and little waits to be merged.
pub struct Threads;

impl Scheduler for Threads {
    fn for_each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        if count <= 1 {
            (0..count).for_each(work);
            return;
        }
        let next = AtomicUsize::new(0);
        rayon::broadcast(|_| {
            loop {
                let unit = next.fetch_add(1, Ordering::Relaxed);
                if unit >= count {
                    return;
                }
                work(unit);
            }
        });
    }
}

impl Threads {
    /// Uses at most so many threads from now on. Only the first call of a process counts.
    pub fn limit(threads: usize) {
        // A pool that exists already stays as it is.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global();
    }
}
