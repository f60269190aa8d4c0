//! The progress bar below the lines: how many cases are done, and which one has been running longest.

use std::time::Duration;

use dryfire_event::CaseRef;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::title;

/// How often the bar is drawn while nothing happens, so that its clock goes on.
const TICK: Duration = Duration::from_millis(200);

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
        self.begin_on(total_cases, ProgressDrawTarget::stderr());
        if let Some(bar) = &self.bar {
            bar.enable_steady_tick(TICK);
        }
    }

    fn begin_on(&mut self, total_cases: u64, target: ProgressDrawTarget) {
        let bar = ProgressBar::with_draw_target(Some(total_cases), target);
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
            // A wave of searches starts hundreds of cases at once: the message says no more of it than that there are others.
            if self.running.len() <= 2 {
                self.message();
            }
        }
    }

    /// A case has its verdict.
    pub(super) fn case_finished(&mut self, case: &CaseRef) {
        let longest = self.running.first().is_some_and(|(id, _)| *id == case.id);
        self.running.retain(|(id, _)| *id != case.id);
        if longest || self.running.len() == 1 {
            self.message();
        }
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
            [(_, first), ..] => format!("{first} and others"),
        };
        bar.set_message(message);
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use dryfire_event::CaseKind;
    use indicatif::TermLike;

    use super::*;
    use crate::sample;

    /// A terminal that counts how often it is drawn on.
    #[derive(Debug, Clone, Default)]
    struct Counting(Arc<AtomicUsize>);

    impl TermLike for Counting {
        fn width(&self) -> u16 {
            100
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, _: &str) -> io::Result<()> {
            Ok(())
        }
        fn write_str(&self, _: &str) -> io::Result<()> {
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    #[test]
    fn a_wave_that_starts_is_drawn_a_few_times() {
        let terminal = Counting::default();
        let mut progress = Progress::new(true);
        progress.begin_on(
            512,
            ProgressDrawTarget::term_like(Box::new(terminal.clone())),
        );
        for at in 0..512 {
            progress.case_started(&sample::case("D", &format!("t{at}"), CaseKind::Unit));
        }
        let draws = terminal.0.load(Ordering::Relaxed);
        assert!(draws <= 4, "{draws} draws");
        assert_eq!(progress.running.len(), 512);
    }
}
