//! The report for people: a line for each case as it ends, what needs attention in full at the end, one summary line last.
//!
//! On a terminal a progress bar stands below the lines. Without one the output is plain lines that stay the same from run to run
//! but for the times.

mod closing;
mod options;
mod progress;

use std::borrow::Cow;
use std::io::{self, Write};

use dryfire_event::{
    CaseFinished, CaseKind, CaseRef, Event, Finding, RunStarted, Severity, Summary, Verdict,
};

use self::closing::{Closing, Shown};
pub use self::options::TerminalOptions;
use self::progress::Progress;
use crate::Report;
use crate::detail::Detail;
use crate::github::inert;
use crate::style::{Paint, Role};
use crate::text::{count, cut, duration, lines, number, one_line, padding, width};

/// The columns of a case's name below which it isn't cut to make room.
const READABLE: usize = 56;

/// Writes a run for people.
#[derive(Debug)]
pub struct Terminal<W: Write> {
    out: W,
    options: TerminalOptions,
    paint: Paint,
    progress: Progress,
    /// What the events say so far, for a run that never comes to its end.
    summary: Summary,
    closing: Closing,
    ended: bool,
}

impl<W: Write> Terminal<W> {
    /// A report to a writer.
    pub fn new(out: W, options: TerminalOptions) -> Self {
        let paint = Paint {
            color: options.color,
        };
        Self {
            out,
            paint,
            progress: Progress::new(options.progress),
            summary: Summary::default(),
            closing: Closing::new(Detail {
                width: options.width,
                paint,
            }),
            ended: false,
            options,
        }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        let text = if self.options.github {
            inert(text)
        } else {
            Cow::Borrowed(text)
        };
        self.progress.above(|| {
            self.out.write_all(text.as_bytes())?;
            self.out.flush()
        })
    }

    fn started(&mut self, started: &RunStarted) -> io::Result<()> {
        self.closing.folded = started.total_cases > self.options.fold_above;
        self.progress.begin(started.total_cases);
        let version = one_line(&started.dryfire_version);
        let target = one_line(&started.target);
        let cases = count(started.total_cases, "case");
        let line = format!(
            "dryfire {version} · target {target} · {} · {cases}",
            started.mode.label()
        );
        let line = self.paint.paint(Role::Aside, line);
        self.write(&format!("{line}\n\n"))
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let text = lines(finding.rendered.trim_end()).into_owned();
        self.write(&format!("{text}\n\n"))
    }

    fn case(&mut self, finished: &CaseFinished) -> io::Result<()> {
        self.progress.case_finished(&finished.case);
        let line = match self.closing.case(finished) {
            Shown::InFull => self.line(finished),
            Shown::FirstCounted => self.counted_from_here(finished),
            Shown::Counted => return Ok(()),
        };
        self.write(&line)
    }

    /// A case as it ends, with the reason below it where it needs attention.
    fn line(&self, finished: &CaseFinished) -> String {
        let label = format!("{:<5}", short(&finished.verdict));
        let label = self.paint.bold(Role::of(&finished.verdict), label);
        let mut line = format!("{label} {}\n", self.title_and_facts(finished));
        if let (true, Some(reason)) = (
            finished.verdict.needs_attention(),
            finished.verdict.reason(),
        ) {
            let reason = one_line(&reason.text);
            line.push_str(&format!("      {}\n", cut(&reason, self.room(6))));
        }
        line
    }

    /// Stands where the next case of its reason would.
    fn counted_from_here(&self, finished: &CaseFinished) -> String {
        let verdict = match finished.verdict {
            Verdict::Error { .. } => "errors",
            _ => finished.verdict.label(),
        };
        let reason = finished
            .verdict
            .reason()
            .map_or("", |reason| &reason.category);
        let text = format!(
            "more {verdict} for the same reason ({}) are counted",
            one_line(reason)
        );
        format!("      {}\n", self.paint.paint(Role::Aside, text))
    }

    /// Plain lines never lose anything. On a terminal the title gives way to marks and facts, but not below a readable length:
    /// then they go on a line of their own.
    fn title_and_facts(&self, finished: &CaseFinished) -> String {
        let title = title(&finished.case);
        let marks = marks(finished);
        let facts = Facts::of(finished);
        let painted = self.paint.paint_if(Role::Doubt, &marks);
        if !self.options.tty {
            return format!("{title}{painted}{}", self.aside(3, &facts.compact()));
        }
        let columns = facts.columns();
        let room = self.room(6 + width(&marks) + 3 + width(&columns));
        if room < width(&title).min(READABLE) && marks.is_empty() {
            let facts = facts.compact();
            let room = self.room(6 + 2 + width(&facts));
            let gap = 2 + room.saturating_sub(width(&title));
            return format!("{}{}", cut(&title, room), self.aside(gap, &facts));
        }
        if room < width(&title).min(READABLE) {
            let facts = self.aside(3, &facts.compact());
            return format!("{}\n     {painted}{facts}", cut(&title, self.room(6)));
        }
        let gap = 3 + room.saturating_sub(width(&title));
        format!(
            "{}{painted}{}",
            cut(&title, room),
            self.aside(gap, &columns)
        )
    }

    /// The columns that are left beside some that are taken.
    fn room(&self, taken: usize) -> usize {
        if self.options.tty {
            self.options.width.saturating_sub(taken)
        } else {
            usize::MAX
        }
    }

    fn aside(&self, gap: usize, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        format!("{}{}", " ".repeat(gap), self.paint.paint(Role::Aside, text))
    }

    fn close(&mut self, summary: &Summary, elapsed_micros: Option<u64>) -> io::Result<()> {
        self.ended = true;
        self.progress.end();
        let text = self.closing.render(summary, elapsed_micros);
        self.write(&text)
    }
}

impl<W: Write> Report for Terminal<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.summary.event(event);
        match event {
            Event::RunStarted(started) => self.started(started),
            Event::DetectionDescribed(_) => Ok(()),
            Event::CaseStarted(started) => {
                self.progress.case_started(&started.case);
                Ok(())
            }
            Event::CaseFinished(finished) => self.case(finished),
            Event::FindingReported(finding) => self.finding(finding),
            Event::RunFinished(finished) => {
                self.close(&finished.summary, Some(finished.elapsed_micros))
            }
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        if !self.ended {
            let summary = Summary {
                interrupted: true,
                ..self.summary.clone()
            };
            self.close(&summary, None)?;
        }
        self.out.flush()
    }
}

/// The verdict in at most five letters, so that the names stand in one column.
fn short(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "PASS",
        Verdict::Failed { .. } => "FAIL",
        Verdict::Undetermined { .. } => "UNDET",
        Verdict::Skipped { .. } => "SKIP",
        Verdict::Error { .. } => "ERROR",
        Verdict::Cancelled => "STOP",
    }
}

/// Detection and test.
fn title(case: &CaseRef) -> String {
    format!("{} · {}", one_line(&case.detection), one_line(&case.test))
}

/// What a reader must know before trusting the verdict, and why a case was left out.
fn marks(finished: &CaseFinished) -> String {
    let mut marks = Vec::new();
    if let Verdict::Skipped { reason } = &finished.verdict {
        marks.push(one_line(&reason.text).into_owned());
    }
    if finished.synthetic() {
        marks.push("synthetic data".to_owned());
    }
    if !finished.simulated.is_empty() {
        marks.push("simulated".to_owned());
    }
    if !finished.assumptions.is_empty() {
        marks.push(count(finished.assumptions.len() as u64, "assumption"));
    }
    let warnings = finished
        .findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Warning)
        .count();
    if finished.verdict == Verdict::Passed && warnings > 0 {
        marks.push(count(warnings as u64, "warning"));
    }
    if marks.is_empty() {
        String::new()
    } else {
        format!(" ({})", marks.join(", "))
    }
}

/// What a case came to: its rows and its time.
struct Facts {
    rows: String,
    time: String,
}

impl Facts {
    fn of(finished: &CaseFinished) -> Self {
        let (searched, ran) = match finished.verdict {
            Verdict::Passed | Verdict::Failed { .. } => {
                (finished.case.kind != CaseKind::Validation, true)
            }
            Verdict::Undetermined { .. } | Verdict::Error { .. } => (finished.rows.total > 0, true),
            Verdict::Skipped { .. } | Verdict::Cancelled => (false, false),
        };
        let rows = match (searched, finished.rows.total) {
            (false, _) => String::new(),
            (true, 1) => "1 row".to_owned(),
            (true, rows) => format!("{} rows", number(rows)),
        };
        let time = if ran {
            duration(finished.duration_micros)
        } else {
            String::new()
        };
        Self { rows, time }
    }

    /// One after the other.
    fn compact(&self) -> String {
        let gap = if self.rows.is_empty() || self.time.is_empty() {
            ""
        } else {
            "  "
        };
        format!("{}{gap}{}", self.rows, self.time)
    }

    /// In columns that stand below those of other cases.
    fn columns(&self) -> String {
        if self.time.is_empty() {
            return String::new();
        }
        // A single row keeps its number above those of several.
        let rows = if self.rows == "1 row" {
            "1 row "
        } else {
            &self.rows
        };
        format!(
            "{}{rows}{}{}",
            padding(rows, 8),
            padding(&self.time, 8),
            self.time
        )
    }
}

#[cfg(test)]
mod tests;
