//! Finds and opens datasets: paths today; addresses, caches and archives belong here, too. It knows no event.

mod file;
mod lfs;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use dryfire_diagnostic::{Diagnostic, codes};
use flate2::read::MultiGzDecoder;

pub use file::Content;

/// Why a dataset can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// Nothing is at the path.
    #[error("the dataset `{}` is not there", .0.display())]
    Missing(PathBuf),
    /// The path is a folder.
    #[error("`{}` is a folder, not a dataset", .0.display())]
    Folder(PathBuf),
    /// The file has no bytes.
    #[error("the dataset `{}` is empty", .0.display())]
    Empty(PathBuf),
    /// A Git LFS pointer stands in for the data.
    #[error("`{}` is a Git LFS pointer to {size} bytes, not the data", .path.display())]
    LfsPointer {
        /// The file.
        path: PathBuf,
        /// The size of the data it points to.
        size: u64,
    },
    /// Reading failed.
    #[error("`{}` can't be read: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// The unpacked data would be larger than allowed.
    #[error("`{}` unpacks to more than {} MiB", .0.display(), UNPACKED_BYTES >> 20)]
    TooLarge(PathBuf),
}

/// Most bytes that a packed dataset may unpack to.
const UNPACKED_BYTES: u64 = 4 << 30;

impl DatasetError {
    /// The finding for people: what is wrong and what to do.
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, help) = match self {
            Self::Missing(_) => (&codes::dataset::DATASET_MISSING, "check the path; it is relative to the file that names it"),
            Self::Folder(_) => (&codes::dataset::DATASET_MISSING, "name a file in it"),
            Self::Empty(_) => (&codes::dataset::DATASET_EMPTY, "a test on no data proves nothing: restore the file"),
            Self::LfsPointer { .. } => (&codes::dataset::LFS_POINTER, "run `git lfs pull` for this path"),
            Self::Unreadable { .. } => (&codes::dataset::DATASET_MISSING, "check the file and its permissions"),
            Self::TooLarge(_) => (&codes::dataset::DATASET_MISSING, "unpack it by hand, if that is meant"),
        };
        Diagnostic::error(code, self.to_string()).help(help)
    }
}

/// Opens the data at a path. A `.gz` file is unpacked into memory; any other is read in place, piece by piece.
pub fn open(path: &Path) -> Result<Content, DatasetError> {
    let unreadable = |reason| DatasetError::Unreadable { path: path.to_owned(), reason };
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => DatasetError::Missing(path.to_owned()),
        _ => unreadable(error),
    })?;
    if metadata.is_dir() {
        return Err(DatasetError::Folder(path.to_owned()));
    }
    if metadata.len() == 0 {
        return Err(DatasetError::Empty(path.to_owned()));
    }
    let mut file = File::open(path).map_err(unreadable)?;
    if let Some(size) = lfs::pointer(&mut file, metadata.len()).map_err(unreadable)? {
        return Err(DatasetError::LfsPointer { path: path.to_owned(), size });
    }
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz")) {
        let mut bytes = Vec::new();
        let count = MultiGzDecoder::new(file).take(UNPACKED_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        return match count as u64 {
            0 => Err(DatasetError::Empty(path.to_owned())),
            count if count > UNPACKED_BYTES => Err(DatasetError::TooLarge(path.to_owned())),
            _ => Ok(Content::memory(bytes)),
        };
    }
    Ok(Content::file(file, metadata.len()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn write(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn each_way_to_have_no_data_is_told_apart() {
        let (folder, empty) = write("a.log", b"");
        assert!(matches!(open(&empty), Err(DatasetError::Empty(_))));
        assert!(matches!(open(&folder.path().join("b.log")), Err(DatasetError::Missing(_))));
        assert!(matches!(open(folder.path()), Err(DatasetError::Folder(_))));
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n";
        let (_folder, path) = write("c.log", pointer.as_bytes());
        assert!(matches!(open(&path), Err(DatasetError::LfsPointer { size: 12345, .. })));
    }

    #[test]
    fn packed_and_plain_read_the_same() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(b"one\ntwo\n").unwrap();
        let (_a, packed) = write("a.log.gz", &packer.finish().unwrap());
        let (_b, plain) = write("a.log", b"one\ntwo\n");
        for path in [packed, plain] {
            let content = open(&path).unwrap();
            let mut bytes = [0; 16];
            assert_eq!(content.len(), 8);
            let count = content.read_at(4, &mut bytes).unwrap();
            assert_eq!(&bytes[..count], b"two\n");
        }
    }
}
