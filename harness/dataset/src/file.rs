//! The bytes of a dataset, read by position from any thread.

use std::fs::File;

use dryfire_diagnostic::Diagnostic;

/// The bytes of a dataset, unpacked and decoded to text where the file is not text.
#[derive(Debug)]
pub struct Content {
    place: Place,
    name: String,
    notes: Vec<Diagnostic>,
}

#[derive(Debug)]
enum Place {
    Memory(Vec<u8>),
    File(File, u64),
}

impl Content {
    pub(crate) fn memory(name: String, bytes: Vec<u8>) -> Self {
        Self {
            place: Place::Memory(bytes),
            name,
            notes: Vec::new(),
        }
    }

    pub(crate) fn file(name: String, file: File, length: u64) -> Self {
        Self {
            place: Place::File(file, length),
            name,
            notes: Vec::new(),
        }
    }

    pub(crate) fn noted(mut self, note: Option<Diagnostic>) -> Self {
        self.notes.extend(note);
        self
    }

    /// The file's name without the ending of its packing (`a.log` for `x/a.log.gz`): a hint at what is in it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What was found on the way: the data can be used, but not all of it may be there.
    pub fn notes(&self) -> &[Diagnostic] {
        &self.notes
    }

    /// How many bytes.
    pub fn len(&self) -> u64 {
        match &self.place {
            Place::Memory(bytes) => bytes.len() as u64,
            Place::File(_, length) => *length,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads at an offset; fewer bytes than asked for only at the end.
    pub fn read_at(&self, offset: u64, into: &mut [u8]) -> std::io::Result<usize> {
        match &self.place {
            Place::Memory(bytes) => {
                let rest = usize::try_from(offset)
                    .ok()
                    .and_then(|offset| bytes.get(offset..))
                    .unwrap_or(&[]);
                let count = rest.len().min(into.len());
                into[..count].copy_from_slice(&rest[..count]);
                Ok(count)
            }
            Place::File(file, _) => read_file(file, offset, into),
        }
    }
}

fn read_file(file: &File, offset: u64, into: &mut [u8]) -> std::io::Result<usize> {
    let mut done = 0;
    while done < into.len() {
        match read_some(file, offset + done as u64, &mut into[done..]) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(unix)]
fn read_some(file: &File, offset: u64, into: &mut [u8]) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

#[cfg(windows)]
fn read_some(file: &File, offset: u64, into: &mut [u8]) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}
