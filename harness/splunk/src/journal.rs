//! What was changed on a server and is not undone yet, in a file that outlives us.
//!
//! A change is written, and the disk has it, before it is made: a crash leaves at worst a line about something that is not there.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::error::{Error, Result};

/// How long, in seconds, an announcement holds: a change that still goes on then is announced again.
const LEASE: u64 = 3600;

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// This will be done.
    Will {
        number: u64,
        change: Change,
        /// When it was announced, in seconds since 1970.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<u64>,
        /// When it is over at the latest, in the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<u64>,
    },
    /// That goes on, until this time.
    Until { number: u64, until: u64 },
    /// That has been undone, or was never done.
    Undone { number: u64 },
}

/// A change that was announced.
#[derive(Debug, Clone)]
pub(crate) struct Announcement {
    /// For [`Journal::undone`].
    pub(crate) number: u64,
    pub(crate) change: Change,
    /// When, in seconds since 1970 by our clock; journals of old do not say.
    pub(crate) at: Option<u64>,
    /// When it is over at the latest, by the same clock; journals of old do not say.
    pub(crate) until: Option<u64>,
}

impl Announcement {
    fn line(&self) -> Line {
        Line::Will {
            number: self.number,
            change: self.change.clone(),
            at: self.at,
            until: self.until,
        }
    }
}

/// The journal of one server.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    open: BTreeMap<u64, Announcement>,
    next: u64,
    /// The first number of this run: what is open below it was left by others.
    begun: u64,
    /// Held while we live: two runs can't keep one journal.
    _lock: File,
}

impl Journal {
    /// Opens a journal, or begins one.
    ///
    /// # Errors
    /// The file can't be read or written, or is no journal.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let failed = |error: &std::io::Error| {
            Error::Settings(format!(
                "the journal `{}` can't be kept: {error}",
                path.display()
            ))
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.with_extension("lock"))
            .map_err(|error| failed(&error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Settings(format!(
                    "another run works on this target (it keeps the journal `{}`): wait until it has ended",
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        let (mut open, mut next) = (BTreeMap::<u64, Announcement>::new(), 0);
        match File::open(path) {
            Ok(file) => {
                let lines: Vec<String> = BufReader::new(file)
                    .lines()
                    .collect::<std::io::Result<_>>()
                    .map_err(|error| failed(&error))?;
                let last = lines.len();
                for (at, line) in lines.iter().enumerate() {
                    match serde_json::from_str(line) {
                        Ok(Line::Will {
                            number,
                            change,
                            at,
                            until,
                        }) => {
                            let one = Announcement {
                                number,
                                change,
                                at,
                                until,
                            };
                            open.insert(number, one);
                            next = next.max(number + 1);
                        }
                        Ok(Line::Until { number, until }) => {
                            if let Some(one) = open.get_mut(&number) {
                                one.until = Some(until);
                            }
                        }
                        Ok(Line::Undone { number }) => {
                            open.remove(&number);
                        }
                        // The last line may have been cut off by a crash: what it announced was then not begun.
                        Err(_) if at + 1 == last => {}
                        Err(error) => {
                            return Err(Error::Settings(format!(
                                "line {} of the journal `{}` can't be read: {error}",
                                at + 1,
                                path.display()
                            )));
                        }
                    }
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&error)),
        }
        // Begun anew with what is open: a cut-off line goes, and the file does not grow for ever.
        let fresh = path.with_extension("new");
        let mut file = File::create(&fresh).map_err(|error| failed(&error))?;
        for one in open.values() {
            write(&mut file, &one.line()).map_err(|error| failed(&error))?;
        }
        std::fs::rename(&fresh, path).map_err(|error| failed(&error))?;
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(|error| failed(&error))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            open,
            next,
            begun: next,
            _lock: lock,
        })
    }

    /// Announces a change. The number is for [`Journal::undone`].
    ///
    /// # Errors
    /// The file can't be written: the change must not be made.
    pub(crate) fn will(&mut self, change: &Change) -> Result<u64> {
        let number = self.next;
        self.next += 1;
        let at = now();
        let one = Announcement {
            number,
            change: change.clone(),
            at,
            until: at.map(|at| at + LEASE),
        };
        self.write(&one.line())?;
        self.open.insert(number, one);
        Ok(number)
    }

    /// Notes that an announced change still goes on. Most calls write nothing: half of the time must be over.
    ///
    /// # Errors
    /// The file can't be written: the change must not go on.
    pub(crate) fn goes_on(&mut self, number: u64) -> Result<()> {
        let (Some(now), Some(one)) = (now(), self.open.get(&number)) else {
            return Ok(());
        };
        if one.until.is_some_and(|until| now + LEASE / 2 <= until) {
            return Ok(());
        }
        let until = now + LEASE;
        self.write(&Line::Until { number, until })?;
        if let Some(one) = self.open.get_mut(&number) {
            one.until = Some(until);
        }
        Ok(())
    }

    /// Notes that a change is undone.
    ///
    /// # Errors
    /// The file can't be written.
    pub(crate) fn undone(&mut self, number: u64) -> Result<()> {
        self.write(&Line::Undone { number })?;
        self.open.remove(&number);
        Ok(())
    }

    /// What is not undone, last first: the order to undo it in.
    pub(crate) fn open_changes(&self) -> Vec<Announcement> {
        self.open.values().rev().cloned().collect()
    }

    /// Whether a change was announced by this run.
    pub(crate) fn is_own(&self, number: u64) -> bool {
        number >= self.begun
    }

    fn write(&mut self, line: &Line) -> Result<()> {
        write(&mut self.file, line).map_err(|error| {
            Error::Settings(format!(
                "the journal `{}` can't be kept: {error}",
                self.path.display()
            ))
        })
    }
}

/// Seconds since 1970 by our clock.
fn now() -> Option<u64> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().map(|since| since.as_secs())
}

fn write(file: &mut File, line: &Line) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_goes_on_for_long_is_announced_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let mut journal = Journal::open(&path).unwrap();
        let index = Change::Index { name: "a".into() };
        let number = journal.will(&index).unwrap();
        let first = journal.open[&number].until;
        journal.goes_on(number).unwrap();
        assert_eq!(journal.open[&number].until, first, "not each time");
        if let Some(one) = journal.open.get_mut(&number) {
            one.until = one.at;
        }
        journal.goes_on(number).unwrap();
        drop(journal);
        let again = Journal::open(&path).unwrap();
        let one = &again.open_changes()[0];
        assert!(one.until.unwrap() >= one.at.unwrap() + LEASE);
        // A journal of an earlier version tells no end.
        drop(again);
        let line = serde_json::json!({ "will": { "number": 0, "change": index, "at": 5 } });
        std::fs::write(&path, format!("{line}\n")).unwrap();
        assert_eq!(Journal::open(&path).unwrap().open_changes()[0].until, None);
    }
}
