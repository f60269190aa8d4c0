//! Reports: consumers of a run's events. None knows the runner, and no report knows another.
//!
//! A report writes to the writer it is given and nowhere else. It takes times from the events and reads no clock, so the same
//! events give the same bytes.

mod collected;
mod comparison;
mod detail;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod navigator;
#[cfg(test)]
mod sample;
mod sarif;
mod style;
mod summary_yml;
mod terminal;
mod text;

use std::io;

use dryfire_event::Event;

pub use comparison::{Change, Comparison, Recorded, RowChange, What};
pub use github::Github;
pub use html::Html;
pub use json::Json;
pub use junit::Junit;
pub use markdown::Markdown;
pub use navigator::Navigator;
pub use sarif::{Sarif, SarifRule};
pub use summary_yml::{Scope, SummaryYml};
pub use terminal::{Terminal, TerminalOptions};

/// The reason's category of a failure that somebody answers for: skipped, and shown all the same.
const EXPECTED_FAILURE: &str = "expected-failure";

/// A consumer of a run's events.
pub trait Report {
    /// Takes the next event. An error means that the report can't be written; the run goes on.
    fn event(&mut self, event: &Event) -> io::Result<()>;

    /// Writes what is left. Called once after the last event, also after an interrupt.
    fn finish(&mut self) -> io::Result<()>;
}

impl<R: Report + ?Sized> Report for Box<R> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        (**self).event(event)
    }

    fn finish(&mut self) -> io::Result<()> {
        (**self).finish()
    }
}

/// Several reports at once. Each gets every event, also when one before it can't be written; the first error is returned.
impl<R: Report> Report for Vec<R> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.iter_mut()
            .map(|report| report.event(event))
            .fold(Ok(()), io::Result::and)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.iter_mut()
            .map(Report::finish)
            .fold(Ok(()), io::Result::and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    /// Counts what it gets, and fails where told to.
    #[derive(Default)]
    struct Counting {
        events: usize,
        finished: bool,
        broken: bool,
    }

    impl Report for &mut Counting {
        fn event(&mut self, _event: &Event) -> io::Result<()> {
            self.events += 1;
            if self.broken {
                Err(io::Error::other("no space left"))
            } else {
                Ok(())
            }
        }

        fn finish(&mut self) -> io::Result<()> {
            self.finished = true;
            Ok(())
        }
    }

    #[test]
    fn a_broken_report_does_not_starve_the_others() {
        let mut broken = Counting {
            broken: true,
            ..Counting::default()
        };
        let mut good = Counting::default();
        let mut both = vec![&mut broken, &mut good];
        for event in sample::run() {
            assert!(both.event(&event).is_err());
        }
        both.finish().unwrap();
        assert_eq!(good.events, sample::run().len());
        assert!(good.finished && broken.finished);
    }
}
