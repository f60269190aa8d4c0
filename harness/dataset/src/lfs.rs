//! Git LFS pointers: small text files that stand in for the data.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// Pointers are shorter than this (git-lfs specification).
const LONGEST: u64 = 1024;

/// What a pointer names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pointer {
    /// The SHA-256 of the data, in small hexadecimal digits; empty where the pointer gives none that can be used.
    pub(crate) oid: String,
    /// The size of the data.
    pub(crate) size: u64,
}

/// The data that a pointer names; nothing when the file is no pointer. The file is rewound.
pub(crate) fn pointer(file: &mut File, length: u64) -> std::io::Result<Option<Pointer>> {
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
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key));
    let oid = value("oid sha256:").map(str::trim);
    Ok(Some(Pointer {
        oid: oid
            .filter(|oid| is_sha256(oid))
            .map(str::to_ascii_lowercase)
            .unwrap_or_default(),
        size: value("size ")
            .and_then(|size| size.trim().parse().ok())
            .unwrap_or(0),
    }))
}

/// Whether a text is a SHA-256 in hexadecimal digits.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
