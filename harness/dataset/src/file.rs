//! The bytes of a dataset, read by position from any thread.

use std::fs::File;

/// Where the bytes are.
#[derive(Debug)]
pub struct Content(Place);

#[derive(Debug)]
enum Place {
    Memory(Vec<u8>),
    File(File, u64),
}

impl Content {
    pub(crate) fn memory(bytes: Vec<u8>) -> Self {
        Self(Place::Memory(bytes))
    }

    pub(crate) fn file(file: File, length: u64) -> Self {
        Self(Place::File(file, length))
    }

    /// How many bytes.
    pub fn len(&self) -> u64 {
        match &self.0 {
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
        match &self.0 {
            Place::Memory(bytes) => {
                let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or(&[]);
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
