//! The progress bar below the lines: how many cases are done, and which one has been running longest.

use dryfire_event::CaseRef;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::title;

/// A bar on standard error, or nothing.
#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    shown: bool,
    /// Running cases, the longest first: id and title.
    running: Vec<(String, String)>,
}

impl Progress {
    /// A bar that is drawn once the run begins.
    pub(super) fn new(shown: bool) -> Self {
        Self {
            bar: None,
            shown,
            running: Vec::new(),
        }
    }

    /// The run begins.
    pub(super) fn begin(&mut self, total_cases: u64) {
        if !self.shown || total_cases == 0 {
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(total_cases), ProgressDrawTarget::stderr());
        if let Ok(style) =
            ProgressStyle::with_template("{bar:24} {pos}/{len}  {elapsed_precise}  {wide_msg}")
        {
            bar.set_style(style.progress_chars("━╸─"));
        }
        self.bar = Some(bar);
    }

    /// A case begins.
    pub(super) fn case_started(&mut self, case: &CaseRef) {
        if self.bar.is_some() {
            self.running.push((case.id.clone(), title(case)));
            self.message();
        }
    }

    /// A case has its verdict.
    pub(super) fn case_finished(&mut self, case: &CaseRef) {
        self.running.retain(|(id, _)| *id != case.id);
        self.message();
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// The run ends: the bar goes away.
    pub(super) fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Writes something above the bar.
    pub(super) fn above<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    fn message(&self) {
        let Some(bar) = &self.bar else { return };
        let message = match self.running.as_slice() {
            [] => String::new(),
            [(_, only)] => only.clone(),
            [(_, first), others @ ..] => format!("{first} and {} more", others.len()),
        };
        bar.set_message(message);
    }
}
