//! `--data`: what must outlive the process, record after record in one file.
//!
//! A record is its length, the first bytes of its BLAKE3 hash, and its bytes. A client is told of success when the file has been
//! synced past its record; senders that wait at the same time share one sync. At the start the records are read back; one that
//! broke off at the end of the file was acknowledged to nobody, and is cut off. A record that is damaged before the end ends the
//! start with an error: what follows it would be lost unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dryfire_engine::ingest::Taken;

use crate::store::Key;

/// The file in the folder.
const FILE: &str = "journal";
/// What the file begins with: its form and version.
const HEAD: &[u8] = b"dryfire serve journal 1\n";
/// Bytes of the hash that are kept.
const HASH: usize = 8;
/// Length and hash.
const FRAME: usize = 4 + HASH;

/// Something that must outlive the process.
#[derive(Debug)]
pub(crate) enum Record {
    /// An index was made.
    Index {
        name: String,
        settings: BTreeMap<String, String>,
    },
    /// An index was removed, with its events.
    IndexGone { name: String },
    /// Events were taken.
    Events { key: Key, events: Vec<Taken> },
    /// Events were deleted, told by their numbers in their stream.
    EventsGone { key: Key, numbers: BTreeSet<u64> },
    /// A token of the event collector was made or changed.
    Token {
        name: String,
        settings: BTreeMap<String, String>,
    },
    /// A token was removed.
    TokenGone { name: String },
}

/// What the start found at the end of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Torn {
    /// Bytes that were cut off.
    pub(crate) bytes: u64,
}

/// The open file.
pub(crate) struct Journal {
    writing: Mutex<Writing>,
    syncing: Mutex<Syncing>,
}

struct Writing {
    file: File,
    /// Bytes written.
    end: u64,
    /// Set when a write failed: the file may then end in half a record, and nothing may follow it.
    broken: Option<String>,
}

struct Syncing {
    file: File,
    /// Bytes that are on disk.
    end: u64,
    broken: Option<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal {
    /// Opens the journal of a folder, or begins one, and gives what it holds.
    pub(crate) fn open(folder: &Path) -> Result<(Self, Vec<Record>, Option<Torn>), String> {
        let path = folder.join(FILE);
        let told = |error: std::io::Error| format!("{}: {error}", path.display());
        std::fs::create_dir_all(folder).map_err(told)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(told)?;
        if file.try_lock().is_err() {
            return Err(format!("{}: another server has it open", path.display()));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(told)?;
        let is_new = bytes.len() < HEAD.len() && HEAD.starts_with(&bytes);
        if !is_new && !bytes.starts_with(HEAD) {
            return Err(format!(
                "{}: this is no journal of dryfire serve",
                path.display()
            ));
        }
        let (records, whole) = match is_new {
            true => (Vec::new(), 0),
            false => read(&bytes).map_err(|at| {
                format!(
                    "{}: damaged at byte {at}, before its end. What follows would be lost: restore the file, or move it away to start empty",
                    path.display()
                )
            })?,
        };
        let torn = (whole < bytes.len() && !is_new).then(|| Torn {
            bytes: (bytes.len() - whole) as u64,
        });
        file.set_len(whole as u64).map_err(told)?;
        file.seek(SeekFrom::End(0)).map_err(told)?;
        let mut end = whole as u64;
        if is_new {
            file.write_all(HEAD).map_err(told)?;
            end = HEAD.len() as u64;
        }
        file.sync_all().map_err(told)?;
        if let Ok(folder) = File::open(folder) {
            // So that the file's name is on disk, too, where folders can be synced.
            let _ = folder.sync_all();
        }
        let second = file.try_clone().map_err(told)?;
        let journal = Self {
            writing: Mutex::new(Writing {
                file,
                end,
                broken: None,
            }),
            syncing: Mutex::new(Syncing {
                file: second,
                end,
                broken: None,
            }),
        };
        Ok((journal, records, torn))
    }

    /// Writes a record. It is safe when [`Journal::sync`] has returned for the place given back.
    pub(crate) fn append(&self, record: &Record) -> Result<u64, String> {
        let mut frame = vec![0; FRAME];
        record.write(&mut frame);
        let length = u32::try_from(frame.len() - FRAME)
            .map_err(|_| "a record is larger than 4 GiB".to_owned())?;
        let hash = blake3::hash(&frame[FRAME..]);
        frame[..4].copy_from_slice(&length.to_le_bytes());
        frame[4..FRAME].copy_from_slice(&hash.as_bytes()[..HASH]);
        let mut writing = lock(&self.writing);
        if let Some(why) = &writing.broken {
            return Err(why.clone());
        }
        if let Err(error) = writing.file.write_all(&frame) {
            // Half a record may be there: cut it off, or write nothing more.
            let end = writing.end;
            let undone = writing.file.set_len(end);
            let undone = undone.and_then(|()| writing.file.seek(SeekFrom::Start(end)));
            if undone.is_err() {
                writing.broken = Some(format!("the journal can't be written: {error}"));
            }
            return Err(format!("the journal can't be written: {error}"));
        }
        writing.end += frame.len() as u64;
        Ok(writing.end)
    }

    /// Returns when all records up to that place are on disk.
    pub(crate) fn sync(&self, place: u64) -> Result<(), String> {
        let mut syncing = lock(&self.syncing);
        if let Some(why) = &syncing.broken {
            return Err(why.clone());
        }
        if syncing.end >= place {
            return Ok(());
        }
        let end = lock(&self.writing).end;
        if let Err(error) = syncing.file.sync_data() {
            // After a failed sync nobody knows what is on disk, and a second one may succeed untruly.
            let why = format!("the journal can't be synced: {error}");
            syncing.broken = Some(why.clone());
            return Err(why);
        }
        syncing.end = end;
        Ok(())
    }
}

/// The records and where the last whole one ends; the place of damage before the end.
fn read(bytes: &[u8]) -> Result<(Vec<Record>, usize), usize> {
    let mut records = Vec::new();
    let mut at = HEAD.len();
    while at < bytes.len() {
        let rest = &bytes[at..];
        // What a file system may leave behind a write that was never synced.
        if rest.iter().all(|byte| *byte == 0) {
            break;
        }
        let Some((frame, body)) = rest.split_first_chunk::<FRAME>() else {
            break;
        };
        let length = [frame[0], frame[1], frame[2], frame[3]];
        let length = u32::from_le_bytes(length) as usize;
        let Some((body, after)) = body.split_at_checked(length) else {
            break;
        };
        let is_whole = blake3::hash(body).as_bytes()[..HASH] == frame[4..];
        match Record::read(body).filter(|_| is_whole) {
            Some(record) => records.push(record),
            None if after.is_empty() => break,
            None => return Err(at),
        }
        at += FRAME + length;
    }
    Ok((records, at))
}

impl Record {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Index { name, settings } => {
                out.push(1);
                put(out, name);
                put_settings(out, settings);
            }
            Self::IndexGone { name } => {
                out.push(2);
                put(out, name);
            }
            Self::Events { key, events } => {
                out.push(3);
                put_key(out, key);
                put_number(out, events.len() as u64);
                events.iter().for_each(|event| event.write(out));
            }
            Self::EventsGone { key, numbers } => {
                out.push(4);
                put_key(out, key);
                put_number(out, numbers.len() as u64);
                numbers.iter().for_each(|number| put_number(out, *number));
            }
            Self::Token { name, settings } => {
                out.push(5);
                put(out, name);
                put_settings(out, settings);
            }
            Self::TokenGone { name } => {
                out.push(6);
                put(out, name);
            }
        }
    }

    fn read(mut bytes: &[u8]) -> Option<Self> {
        let from = &mut bytes;
        let (kind, rest) = from.split_first()?;
        *from = rest;
        let record = match kind {
            1 => Self::Index {
                name: text(from)?,
                settings: settings(from)?,
            },
            2 => Self::IndexGone { name: text(from)? },
            3 => {
                let key = key(from)?;
                let count = number(from)?;
                let mut events = Vec::new();
                for _ in 0..count {
                    events.push(Taken::read(from)?);
                }
                Self::Events { key, events }
            }
            4 => {
                let key = key(from)?;
                let count = number(from)?;
                let mut numbers = BTreeSet::new();
                for _ in 0..count {
                    numbers.insert(number(from)?);
                }
                Self::EventsGone { key, numbers }
            }
            5 => Self::Token {
                name: text(from)?,
                settings: settings(from)?,
            },
            6 => Self::TokenGone { name: text(from)? },
            _ => return None,
        };
        from.is_empty().then_some(record)
    }
}

fn put_number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn put_key(out: &mut Vec<u8>, key: &Key) {
    for part in [&key.index, &key.host, &key.source, &key.sourcetype] {
        put(out, part);
    }
}

fn put_settings(out: &mut Vec<u8>, settings: &BTreeMap<String, String>) {
    put_number(out, settings.len() as u64);
    for (name, value) in settings {
        put(out, name);
        put(out, value);
    }
}

fn number(from: &mut &[u8]) -> Option<u64> {
    let (front, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u64::from_le_bytes(*front))
}

fn text(from: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(number(from)?).ok()?;
    let (front, rest) = from.split_at_checked(length)?;
    *from = rest;
    String::from_utf8(front.to_vec()).ok()
}

fn key(from: &mut &[u8]) -> Option<Key> {
    let mut part = || text(from).map(Arc::from);
    Some(Key {
        index: part()?,
        host: part()?,
        source: part()?,
        sourcetype: part()?,
    })
}

fn settings(from: &mut &[u8]) -> Option<BTreeMap<String, String>> {
    let count = number(from)?;
    let mut settings = BTreeMap::new();
    for _ in 0..count {
        settings.insert(text(from)?, text(from)?);
    }
    Some(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone(name: &str) -> Record {
        Record::IndexGone {
            name: name.to_owned(),
        }
    }

    fn names(records: &[Record]) -> Vec<&str> {
        records
            .iter()
            .filter_map(|record| match record {
                Record::IndexGone { name } => Some(name.as_str()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_file_cut_at_any_byte_keeps_every_whole_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let (journal, _, _) = Journal::open(folder.path()).unwrap();
        let first = journal.append(&gone("one")).unwrap();
        let second = journal.append(&gone("two")).unwrap();
        journal.sync(second).unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        for cut in HEAD.len()..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (journal, records, torn) = Journal::open(folder.path()).unwrap();
            let cut = cut as u64;
            let expected: &[&str] = match cut {
                cut if cut < first => &[],
                cut if cut < second => &["one"],
                _ => &["one", "two"],
            };
            assert_eq!(names(&records), expected, "cut at {cut}");
            let clean = [HEAD.len() as u64, first, second].contains(&cut);
            assert_eq!(torn.is_none(), clean, "cut at {cut}");
            // What is written next is found next time.
            let place = journal.append(&gone("three")).unwrap();
            journal.sync(place).unwrap();
            drop(journal);
            let (_, records, torn) = Journal::open(folder.path()).unwrap();
            assert_eq!(names(&records).last(), Some(&"three"), "cut at {cut}");
            assert_eq!(torn, None);
        }
    }

    #[test]
    fn damage_before_the_end_is_no_torn_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let (journal, _, _) = Journal::open(folder.path()).unwrap();
        journal.append(&gone("one")).unwrap();
        journal.append(&gone("two")).unwrap();
        drop(journal);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[HEAD.len() + FRAME + 3] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let why = Journal::open(folder.path()).err().unwrap();
        assert!(why.contains("damaged at byte 24"), "{why}");
        std::fs::write(&path, "something else, and longer than the head").unwrap();
        assert!(Journal::open(folder.path()).is_err());
    }

    #[test]
    fn a_folder_serves_one_server() {
        let folder = tempfile::tempdir().unwrap();
        let first = Journal::open(folder.path()).unwrap();
        assert!(Journal::open(folder.path()).is_err());
        drop(first);
        assert!(Journal::open(folder.path()).is_ok());
    }
}
