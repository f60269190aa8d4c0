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
    },
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
}

impl Announcement {
    fn line(&self) -> Line {
        Line::Will {
            number: self.number,
            change: self.change.clone(),
            at: self.at,
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
                        Ok(Line::Will { number, change, at }) => {
                            open.insert(number, Announcement { number, change, at });
                            next = next.max(number + 1);
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
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let one = Announcement {
            number,
            change: change.clone(),
            at: now.ok().map(|since| since.as_secs()),
        };
        self.write(&one.line())?;
        self.open.insert(number, one);
        Ok(number)
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

fn write(file: &mut File, line: &Line) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)?;
    file.sync_data()
}
