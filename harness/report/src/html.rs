//! A web page per detection and an index: readable without JavaScript, without a server and without the network.
//!
//! Pages are written when the run ends. Everything on them comes from events; attack data is escaped, and a content security
//! policy on each page keeps a mistake there from becoming a script.

mod about;
mod escape;
mod evidence;
mod index;
pub(crate) mod layout;
mod page;
mod spl;
pub(crate) mod table;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

use dryfire_event::Event;

use self::escape::slug;
use crate::Report;
use crate::collected::{Collected, Tested};

/// The folder of the detections' pages.
const PAGES: &str = "detections";

/// Pages on which rows and values are shown as far as events carry them; in a larger run these are of cases that need attention,
/// and the others show less: a report of a whole repository must stay one that is sent and opened.
const FULL_PAGES: usize = 200;

/// Collects a run and writes its pages.
pub struct Html<W: FnMut(&str, &str) -> io::Result<()>> {
    write: W,
    run: Collected,
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
            run: Collected::default(),
        }
    }
}

impl<W: FnMut(&str, &str) -> io::Result<()>> Report for Html<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.run.event(event);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.run.summary.interrupted |= self.run.finished.is_none();
        let pages = pages(&self.run);
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

/// A page for each detection, by name.
fn pages(run: &Collected) -> Vec<Page<'_>> {
    let mut taken = BTreeSet::new();
    let mut pages: Vec<_> = run
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

#[cfg(test)]
mod tests;
