//! Git LFS pointers: small text files that stand in for the data.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// Pointers are shorter than this (git-lfs specification).
const LONGEST: u64 = 1024;

/// The size of the data that a pointer names; nothing when the file is no pointer. The file is rewound.
pub(crate) fn pointer(file: &mut File, length: u64) -> std::io::Result<Option<u64>> {
    if length > LONGEST {
        return Ok(None);
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    file.seek(SeekFrom::Start(0))?;
    let Ok(text) = std::str::from_utf8(&text) else {
        return Ok(None);
    };
    if !text.starts_with("version https://git-lfs.github.com/spec/") {
        return Ok(None);
    }
    let size = text
        .lines()
        .find_map(|line| line.strip_prefix("size "))
        .and_then(|size| size.trim().parse().ok());
    Ok(Some(size.unwrap_or(0)))
}
