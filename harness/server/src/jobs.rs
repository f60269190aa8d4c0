//! Searches as jobs: they wait for their turn, run on threads of their own, are cancelled when they take too long, and are
//! forgotten when nobody has asked for them for a while.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dryfire_engine::Table;
use dryfire_engine::es::Actions;
use indexmap::IndexMap;

use crate::actions;
use crate::entry::Refusal;
use crate::identity::Who;
use crate::search::{self, Message, Ready};
use crate::settings::Limits;
use crate::state::State;

/// How long a job is kept that nobody asks for.
const KEPT: Duration = Duration::from_secs(600);
/// Most jobs that are kept; the oldest that are done make room.
const MOST: usize = 2000;
/// How often it is looked for jobs that take too long.
const WATCH: Duration = Duration::from_millis(200);

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Queued,
    Running,
    Done,
    Failed,
}

impl Phase {
    /// As `dispatchState` says it.
    pub(crate) fn state(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Done => "DONE",
            Self::Failed => "FAILED",
        }
    }

    /// Whether nothing more will come.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// What is known of a job so far.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) phase: Phase,
    pub(crate) started: Option<Instant>,
    pub(crate) ran: Duration,
    pub(crate) table: Arc<Table>,
    pub(crate) messages: Vec<Message>,
    pub(crate) events: u64,
    pub(crate) scanned: u64,
    pub(crate) touched: Instant,
}

/// A job.
pub(crate) struct Job {
    pub(crate) sid: String,
    pub(crate) owner: String,
    pub(crate) app: String,
    pub(crate) text: String,
    /// The saved search that it runs.
    pub(crate) label: Option<String>,
    pub(crate) earliest: Option<i64>,
    pub(crate) latest: Option<i64>,
    /// When it was asked for, microseconds since 1970.
    pub(crate) asked: i64,
    cancel: AtomicBool,
    progress: Mutex<Progress>,
    over: Condvar,
}

impl Job {
    fn held(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known now.
    pub(crate) fn progress(&self) -> Progress {
        let mut held = self.held();
        held.touched = Instant::now();
        held.clone()
    }

    /// Waits until nothing more will come.
    pub(crate) fn wait(&self) -> Progress {
        let mut held = self.held();
        while !held.phase.is_over() {
            held = self.over.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        held.touched = Instant::now();
        held.clone()
    }

    /// Ends it.
    pub(crate) fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    fn end(&self, change: impl FnOnce(&mut Progress)) {
        let mut held = self.held();
        held.ran = held.started.map_or(Duration::ZERO, |at| at.elapsed());
        held.touched = Instant::now();
        change(&mut held);
        self.over.notify_all();
    }
}

/// A job that waits for its turn.
struct Work {
    job: Arc<Job>,
    ready: Ready,
    actions: Option<Actions>,
}

/// What a job is called and what becomes of its results.
#[derive(Default)]
pub(crate) struct Terms {
    /// The id; made here where the client gives none.
    pub(crate) sid: Option<String>,
    pub(crate) app: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) actions: Option<Actions>,
}

/// All jobs.
pub(crate) struct Jobs {
    limits: Limits,
    next: AtomicU64,
    held: Mutex<Held>,
    woken: Condvar,
    stop: AtomicBool,
}

#[derive(Default)]
struct Held {
    jobs: IndexMap<String, Arc<Job>>,
    queue: VecDeque<Work>,
}

impl Jobs {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            next: AtomicU64::new(1),
            held: Mutex::default(),
            woken: Condvar::new(),
            stop: AtomicBool::new(false),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a search in the queue.
    pub(crate) fn start(&self, who: &Who, ready: Ready, terms: Terms) -> Result<Arc<Job>, Refusal> {
        let sid = match terms.sid {
            Some(sid) => sid,
            None => {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                let seconds = ready.now.div_euclid(crate::clock::SECOND);
                match &terms.label {
                    Some(_) => format!("{}__{}__search__{seconds}_{number}", who.user, who.user),
                    None => format!("{seconds}.{number}"),
                }
            }
        };
        let job = Arc::new(Job {
            sid: sid.clone(),
            owner: who.user.clone(),
            app: terms.app.unwrap_or_else(|| "search".to_owned()),
            text: ready.text.clone(),
            label: terms.label,
            earliest: ready.earliest,
            latest: ready.latest,
            asked: ready.now,
            cancel: AtomicBool::new(false),
            progress: Mutex::new(Progress {
                phase: Phase::Queued,
                started: None,
                ran: Duration::ZERO,
                table: Arc::default(),
                messages: Vec::new(),
                events: 0,
                scanned: 0,
                touched: Instant::now(),
            }),
            over: Condvar::new(),
        });
        let actions = terms.actions.map(|actions| Actions {
            sid: sid.clone(),
            ..actions
        });
        let mut held = self.held();
        if held.jobs.contains_key(&sid) {
            return Err(Refusal::new(
                409,
                format!("There is a job '{sid}' already."),
            ));
        }
        if held.queue.len() >= self.limits.queue {
            return Err(Refusal::new(
                503,
                format!(
                    "The maximum number of searches that wait is reached: {}.",
                    self.limits.queue
                ),
            ));
        }
        held.jobs.insert(sid, Arc::clone(&job));
        held.queue.push_back(Work {
            job: Arc::clone(&job),
            ready,
            actions,
        });
        drop(held);
        self.woken.notify_one();
        Ok(job)
    }

    /// A job that this user may see.
    pub(crate) fn get(&self, who: &Who, sid: &str) -> Option<Arc<Job>> {
        let job = self.held().jobs.get(sid).cloned()?;
        (job.owner == who.user || who.may("admin_all_objects")).then_some(job)
    }

    /// The jobs that this user may see, the newest first.
    pub(crate) fn list(&self, who: &Who) -> Vec<Arc<Job>> {
        let held = self.held();
        let jobs = held.jobs.values().rev();
        let seen = jobs.filter(|job| job.owner == who.user || who.may("admin_all_objects"));
        seen.cloned().collect()
    }

    /// Ends a job and forgets it.
    pub(crate) fn remove(&self, job: &Job) {
        job.cancel();
        let mut held = self.held();
        held.jobs.shift_remove(&job.sid);
        // One that has not begun never will: whoever waits for it must know.
        let place = held.queue.iter().position(|work| work.job.sid == job.sid);
        let waiting = place.and_then(|place| held.queue.remove(place));
        drop(held);
        if let Some(work) = waiting {
            work.job.end(|held| held.phase = Phase::Failed);
        }
    }

    /// Ends all threads and all jobs.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let mut held = self.held();
        held.jobs.values().for_each(|job| job.cancel());
        let waiting: Vec<Work> = held.queue.drain(..).collect();
        drop(held);
        for work in waiting {
            work.job.end(|held| held.phase = Phase::Failed);
        }
        self.woken.notify_all();
    }

    fn next(&self) -> Option<Work> {
        let mut held = self.held();
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(work) = held.queue.pop_front() {
                return Some(work);
            }
            held = self
                .woken
                .wait(held)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Cancels what takes too long and forgets what is old.
    fn watch(&self) {
        let limits = &self.limits;
        let mut held = self.held();
        let mut bytes = 0;
        let mut kept = 0;
        let jobs: Vec<Arc<Job>> = held.jobs.values().rev().cloned().collect();
        for job in jobs {
            let progress = job.held();
            let is_late = progress
                .started
                .is_some_and(|at| at.elapsed() > limits.search_time);
            if progress.phase == Phase::Running && is_late {
                job.cancel();
            }
            if !progress.phase.is_over() {
                continue;
            }
            bytes += progress.table.bytes();
            kept += 1;
            let is_old = progress.touched.elapsed() > KEPT;
            // The newest stays, whatever its size: its client is about to read it.
            let is_much = (bytes > limits.result_bytes || kept > MOST) && kept > 1;
            if is_old || is_much {
                held.jobs.shift_remove(&job.sid);
            }
        }
    }
}

/// Starts the threads that run searches.
pub(crate) fn spawn(state: &Arc<State>) -> std::io::Result<Vec<std::thread::JoinHandle<()>>> {
    let mut threads = Vec::new();
    for number in 0..state.jobs.limits.searches.max(1) {
        let state = Arc::clone(state);
        let builder = std::thread::Builder::new().name(format!("search-{number}"));
        threads.push(builder.spawn(move || {
            while let Some(work) = state.jobs.next() {
                run(&state, work);
            }
        })?);
    }
    let state = Arc::clone(state);
    let builder = std::thread::Builder::new().name("watch".to_owned());
    threads.push(builder.spawn(move || {
        while !state.jobs.stop.load(Ordering::Relaxed) {
            state.jobs.watch();
            std::thread::sleep(WATCH);
        }
    })?);
    Ok(threads)
}

fn run(state: &State, work: Work) {
    let job = &work.job;
    {
        let mut held = job.held();
        held.phase = Phase::Running;
        held.started = Some(Instant::now());
    }
    let guarded = std::panic::AssertUnwindSafe(|| {
        let mut answer = search::answer(state, &work.ready, &job.cancel)?;
        if let Some(actions) = &work.actions {
            let told = actions::trigger(state, actions, &answer);
            answer
                .messages
                .extend(told.map_err(|why| Message::new("ERROR", why))?);
        }
        Ok(answer)
    });
    let answer = std::panic::catch_unwind(guarded).unwrap_or_else(|_| {
        Err(Message::new(
            "FATAL",
            "A defect of dryfire ended the search.",
        ))
    });
    job.end(|held| match answer {
        Ok(answer) => {
            held.phase = Phase::Done;
            held.table = Arc::new(answer.table);
            held.messages = answer.messages;
            held.events = answer.events;
            held.scanned = answer.scanned;
        }
        Err(message) => {
            held.phase = Phase::Failed;
            held.messages = vec![message];
        }
    });
}
