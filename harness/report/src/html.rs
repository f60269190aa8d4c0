//! A web page per detection and an index: readable without JavaScript, without a server and without the network.
//!
//! Pages are written when the run ends. Everything on them comes from events; attack data is escaped, and a content security
//! policy on each page keeps a mistake there from becoming a script.

mod about;
mod escape;
mod evidence;
mod index;
mod layout;
mod page;
mod spl;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::PathBuf;

use dryfire_event::{
    CaseFinished, DetectionDescribed, Event, Finding, RunFinished, RunStarted, Summary, Verdict,
};

use self::escape::slug;
use crate::Report;

/// The folder of the detections' pages.
const PAGES: &str = "detections";

/// Pages on which rows and values are shown as far as events carry them; in a larger run these are of cases that need attention,
/// and the others show less: a report of a whole repository must stay one that is sent and opened.
const FULL_PAGES: usize = 200;

/// Collects a run and writes its pages.
pub struct Html<W: FnMut(&str, &str) -> io::Result<()>> {
    write: W,
    run: Run,
}

/// What a run said, ready to be written.
#[derive(Debug, Default)]
struct Run {
    started: Option<RunStarted>,
    finished: Option<RunFinished>,
    summary: Summary,
    findings: Vec<Finding>,
    /// By id and name: the order in which cases end must not show.
    detections: BTreeMap<(String, String), Tested>,
}

/// A detection and its cases.
#[derive(Debug, Default)]
struct Tested {
    described: Option<DetectionDescribed>,
    /// By kind, test and id.
    cases: BTreeMap<(String, String, String), CaseFinished>,
}

/// A detection's page.
#[derive(Debug)]
struct Page<'r> {
    /// Its file, from the index.
    file: String,
    name: &'r str,
    id: &'r str,
    tested: &'r Tested,
    verdict: &'static str,
}

impl Tested {
    /// The worst verdict of its cases.
    fn verdict(&self) -> &'static str {
        let verdicts = self.cases.values().map(|case| &case.verdict);
        verdicts
            .min_by_key(|verdict| rank(verdict))
            .map_or("skipped", Verdict::label)
    }

    fn techniques(&self) -> BTreeSet<&str> {
        let own = self
            .described
            .iter()
            .flat_map(|described| &described.annotations.techniques);
        own.chain(self.cases.values().flat_map(|case| &case.case.techniques))
            .map(String::as_str)
            .collect()
    }
}

/// What needs a reader's attention comes first.
fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Failed { .. } => 0,
        Verdict::Error { .. } => 1,
        Verdict::Undetermined { .. } => 2,
        Verdict::Cancelled => 3,
        Verdict::Passed => 4,
        Verdict::Skipped { .. } => 5,
    }
}

impl Html<Box<dyn FnMut(&str, &str) -> io::Result<()>>> {
    /// A report into a folder, which is made where it is not there.
    ///
    /// # Errors
    /// The folder can't be made.
    pub fn folder(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        fs::create_dir_all(path.join(PAGES))?;
        Ok(Self::new(Box::new(move |name, text| {
            fs::write(path.join(name), text)
        })))
    }
}

impl<W: FnMut(&str, &str) -> io::Result<()>> Html<W> {
    /// A report to whatever takes pages, each with its name.
    pub fn new(write: W) -> Self {
        Self {
            write,
            run: Run::default(),
        }
    }
}

impl<W: FnMut(&str, &str) -> io::Result<()>> Report for Html<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        let run = &mut self.run;
        run.summary.event(event);
        match event {
            Event::RunStarted(started) => run.started = Some(started.clone()),
            Event::DetectionDescribed(described) => {
                let key = (described.id.clone(), described.name.clone());
                // The first of two copies is the one that the others are copies of.
                run.detections
                    .entry(key)
                    .or_default()
                    .described
                    .get_or_insert_with(|| (**described).clone());
            }
            Event::CaseStarted(_) => {}
            Event::CaseFinished(finished) => {
                let case = &finished.case;
                let key = (
                    case.detection_id.clone().unwrap_or_default(),
                    case.detection.clone(),
                );
                let order = (
                    case.kind.label().to_owned(),
                    case.test.clone(),
                    case.id.clone(),
                );
                run.detections
                    .entry(key)
                    .or_default()
                    .cases
                    .insert(order, (**finished).clone());
            }
            Event::FindingReported(finding) => run.findings.push(finding.clone()),
            Event::RunFinished(finished) => {
                run.summary = finished.summary.clone();
                run.finished = Some(finished.clone());
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.run.summary.interrupted |= self.run.finished.is_none();
        let pages = self.run.pages();
        let mut full = FULL_PAGES;
        for page in &pages {
            let attention = page
                .tested
                .cases
                .values()
                .any(|case| case.verdict.needs_attention());
            let whole = pages.len() <= FULL_PAGES || (attention && full > 0);
            full -= usize::from(whole && full > 0);
            let limits = if whole { table::FULL } else { table::SHORT };
            (self.write)(&page.file, &page::render(page, limits).into_string())?;
        }
        (self.write)(
            "index.html",
            &index::render(&self.run, &pages).into_string(),
        )
    }
}

impl Run {
    /// A page for each detection, by name.
    fn pages(&self) -> Vec<Page<'_>> {
        let mut taken = BTreeSet::new();
        let mut pages: Vec<_> = self
            .detections
            .iter()
            .map(|((id, name), tested)| {
                let stem = slug(if id.is_empty() { name } else { id });
                let mut file = format!("{PAGES}/{stem}.html");
                let mut copy = 2;
                while !taken.insert(file.clone()) {
                    file = format!("{PAGES}/{stem}-{copy}.html");
                    copy += 1;
                }
                Page {
                    file,
                    name,
                    id,
                    tested,
                    verdict: tested.verdict(),
                }
            })
            .collect();
        pages.sort_by_key(|page| (page.name.to_lowercase(), page.file.clone()));
        pages
    }
}

#[cfg(test)]
mod tests;
