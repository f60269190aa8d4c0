//! What a search knows of the world: the time, the window, the zone, the limits. The caller gives it; nothing is read.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use dryfire_diagnostic::{Diagnostic, Span, codes};
use jiff::tz::TimeZone;

pub use crate::limits::Limits;
use crate::places::Places;
use crate::stop::Stop;
use crate::wave::Outcome;

/// The surroundings of one search.
#[derive(Debug, Clone)]
pub struct Env {
    /// `now()`: microseconds since 1970.
    pub now: i64,
    /// Start of the window, inclusive; none means all time.
    pub earliest: Option<i64>,
    /// End of the window, exclusive; none means open.
    pub latest: Option<i64>,
    /// The user's time zone.
    pub zone: TimeZone,
    /// The indexes in which a search looks that names none; nothing means all.
    pub default_indexes: Option<Arc<[Arc<str>]>>,
    /// Whether the caller can delete events: `delete` is refused where nothing would come of it.
    pub can_delete: bool,
    /// Splunk's limits.
    pub limits: Limits,
    /// Where addresses are; none without a database.
    pub places: Option<Arc<dyn Places>>,
    /// How much a search may use.
    pub budget: Budget,
}

impl Env {
    /// All time, UTC, Splunk's default limits.
    pub fn all_time(now: i64) -> Self {
        Self {
            now,
            earliest: None,
            latest: None,
            zone: TimeZone::UTC,
            default_indexes: None,
            can_delete: false,
            limits: Limits::default(),
            places: None,
            budget: Budget::default(),
        }
    }
}

/// How much one search may use before it fails alone.
#[derive(Debug, Clone)]
pub struct Budget {
    /// Bytes of materialised rows.
    pub bytes: usize,
    /// Rows that a command which makes rows may make.
    pub rows: usize,
}

/// Which part of the budget of bytes one value may take.
const VALUE_SHARE: usize = 16;

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: 1 << 30,
            rows: 10_000_000,
        }
    }
}

/// Runs searches that another search makes of its rows, over the same view and in the same surroundings.
pub(crate) trait Searches: Sync {
    /// The outcome of each search text, or why there is none; `at` is the command that asks.
    fn run(&self, texts: &[String], at: Span) -> Vec<Result<Outcome, Stop>>;
}

/// What operators see while they run: the surroundings, a way to stop, a place for remarks.
pub struct Cx<'a> {
    /// The surroundings.
    pub env: &'a Env,
    cancel: &'a AtomicBool,
    searches: Option<&'a dyn Searches>,
    notes: Mutex<Vec<Diagnostic>>,
    stop: Mutex<Option<Stop>>,
    expanded: AtomicU64,
}

impl<'a> Cx<'a> {
    /// A context whose search ends when `cancel` is set.
    pub fn new(env: &'a Env, cancel: &'a AtomicBool) -> Self {
        Self {
            env,
            cancel,
            searches: None,
            notes: Mutex::default(),
            stop: Mutex::default(),
            expanded: AtomicU64::new(0),
        }
    }

    /// The same context for operators that run searches themselves (`map`).
    pub(crate) fn with_searches(self, searches: &'a dyn Searches) -> Self {
        Self {
            searches: Some(searches),
            ..self
        }
    }

    /// Who runs searches from inside this one; none where that is not possible.
    pub(crate) fn searches(&self) -> Option<&'a dyn Searches> {
        self.searches
    }

    /// To be called in every loop that can be long: ends the search when it was cancelled or has failed.
    pub fn check(&self) -> Result<(), Stop> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Stop::Cancelled);
        }
        match self.lock_stop().clone() {
            Some(stop) => Err(stop),
            None => Ok(()),
        }
    }

    /// Checks the rows that an operator holds against the budget.
    pub fn charge(&self, rows: usize, bytes: usize) -> Result<(), Stop> {
        let budget = &self.env.budget;
        if rows > budget.rows {
            return Err(Stop::Budget(format!("more than {} rows", budget.rows)));
        }
        if bytes > budget.bytes {
            return Err(Stop::Budget(format!(
                "more than {} MiB of rows",
                budget.bytes >> 20
            )));
        }
        self.check()
    }

    /// Counts bytes of the rows that `mvexpand` made anywhere in the search; whether they are more than the limit.
    pub(crate) fn expand(&self, bytes: u64) -> bool {
        let limit = (self.env.limits.mvexpand_megabytes as u64).saturating_mul(1 << 20);
        let before = self.expanded.fetch_add(bytes, Ordering::Relaxed);
        limit > 0 && before.saturating_add(bytes) > limit
    }

    /// Whether one value may be so large; if not, the search fails at the next check. To be asked before a text or a list
    /// is made that can be much larger than what it is made of.
    pub(crate) fn allows(&self, bytes: usize) -> bool {
        let most = self.env.budget.bytes / VALUE_SHARE;
        if bytes > most {
            self.fail(Stop::Budget(format!("more than {most} bytes in one value")));
        }
        bytes <= most
    }

    /// Fails the search at the next check: for places that can only return a value.
    pub fn fail(&self, stop: Stop) {
        self.lock_stop().get_or_insert(stop);
    }

    /// Takes back a failure, so that other searches which share this context go on.
    pub fn recover(&self) {
        *self.lock_stop() = None;
    }

    /// A remark that belongs to the outcome, such as a limit that took effect. Each is kept once.
    pub fn note(&self, diagnostic: Diagnostic) {
        let mut notes = self.lock_notes();
        if !notes.contains(&diagnostic) {
            notes.push(diagnostic);
        }
    }

    /// A rule of semantics that Splunk's manual leaves open has just decided something: a pass will carry it as an
    /// assumption. `rule` is one sentence for the author of the search. To be called where another reading of the manual
    /// would give another value, and only there.
    pub fn uncertain(&self, rule: &str) {
        let mut notes = self.lock_notes();
        if !notes
            .iter()
            .any(|note| note.code == &codes::meaning::UNCERTAIN_RULE && note.message == rule)
        {
            notes.push(Diagnostic::note(&codes::meaning::UNCERTAIN_RULE, rule));
        }
    }

    /// Whether there are remarks.
    pub(crate) fn has_notes(&self) -> bool {
        !self.lock_notes().is_empty()
    }

    /// The remarks made so far, in an order that does not depend on which thread came first.
    pub fn take_notes(&self) -> Vec<Diagnostic> {
        let mut notes = std::mem::take(&mut *self.lock_notes());
        notes.sort_by(|a, b| (a.code.id, &a.message).cmp(&(b.code.id, &b.message)));
        notes
    }

    fn lock_notes(&self) -> std::sync::MutexGuard<'_, Vec<Diagnostic>> {
        self.notes
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn lock_stop(&self) -> std::sync::MutexGuard<'_, Option<Stop>> {
        self.stop
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A flag that ends searches from outside.
pub type Cancel = Arc<AtomicBool>;
