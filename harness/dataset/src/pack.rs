//! Packed files: gzip and zstd, told by their first bytes.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// Largest window of a zstd frame: that of `zstd --long`. What needs more is refused before it is allocated.
const WINDOW_BYTES: u64 = 1 << 27;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// RFC 1952
    Gzip,
    /// RFC 8878
    Zstd,
}

impl Packing {
    /// From the first bytes; nothing when the file is not packed.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 0x08, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            // A frame to skip may stand first (`pzstd` writes one).
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Unpacks all members or frames; nothing when that gives more than `limit` bytes.
    pub(crate) fn unpack(self, file: impl Read, limit: u64) -> std::io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let mut file = BufReader::new(file);
        match self {
            Self::Gzip => {
                MultiGzDecoder::new(file)
                    .take(limit + 1)
                    .read_to_end(&mut bytes)?;
            }
            Self::Zstd => {
                while bytes.len() as u64 <= limit && !file.fill_buf()?.is_empty() {
                    frame(&mut file, limit, &mut bytes)?;
                }
            }
        }
        Ok((bytes.len() as u64 <= limit).then_some(bytes))
    }
}

/// Unpacks a frame behind what is already unpacked.
fn frame(file: &mut impl BufRead, limit: u64, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    let mut frames = FrameDecoder::new();
    frames.set_max_window_size(WINDOW_BYTES);
    let mut decoder = match StreamingDecoder::new_with_decoder(&mut *file, frames) {
        Ok(decoder) => decoder,
        Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
            length,
            ..
        })) => {
            let skipped = std::io::copy(&mut file.take(u64::from(length)), &mut std::io::sink())?;
            return if skipped == u64::from(length) {
                Ok(())
            } else {
                Err(ErrorKind::UnexpectedEof.into())
            };
        }
        Err(error) => return Err(Error::new(ErrorKind::InvalidData, error)),
    };
    let rest = limit + 1 - (bytes.len() as u64).min(limit);
    let count = (&mut decoder).take(rest).read_to_end(bytes)?;
    let decoder = decoder.into_frame_decoder();
    if (count as u64) < rest
        && decoder
            .get_checksum_from_data()
            .is_some_and(|stored| decoder.get_calculated_checksum() != Some(stored))
    {
        return Err(Error::new(
            ErrorKind::InvalidData,
            "the checksum of a zstd frame is wrong",
        ));
    }
    Ok(())
}

/// A file's name without the ending that says how it is packed.
pub(crate) fn plain_name(path: &Path) -> String {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let packed = |ending: &str| {
        ["gz", "gzip", "zst", "zstd"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    };
    match name.rsplit_once('.') {
        Some((stem, ending)) if packed(ending) && !stem.is_empty() => stem.to_owned(),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn unpack(bytes: &[u8], limit: u64) -> std::io::Result<Option<Vec<u8>>> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        Packing::of(bytes).unwrap().unpack(file, limit)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec(bytes, CompressionLevel::Fastest)
    }

    #[test]
    fn members_and_frames_are_joined() {
        assert_eq!(
            unpack(&[gzip(b"one\n"), gzip(b"two\n")].concat(), 100)
                .unwrap()
                .unwrap(),
            b"one\ntwo\n"
        );
        let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9][..]].concat();
        let frames = [skipped.clone(), zstd(b"one\n"), skipped, zstd(b"two\n")].concat();
        assert_eq!(unpack(&frames, 100).unwrap().unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn the_limit_is_exact() {
        for packed in [
            gzip(&[b'a'; 1000]),
            zstd(&[b'a'; 1000]),
            [zstd(&[b'a'; 500]), zstd(&[b'a'; 500])].concat(),
        ] {
            assert_eq!(
                unpack(&packed, 1000).unwrap().map(|bytes| bytes.len()),
                Some(1000)
            );
            assert_eq!(unpack(&packed, 999).unwrap(), None);
        }
    }

    #[test]
    fn damage_is_an_error() {
        let text: Vec<u8> = (0..5000_u32)
            .flat_map(|number| number.to_string().into_bytes())
            .collect();
        for packed in [gzip(&text), zstd(&text)] {
            assert!(unpack(&packed[..packed.len() / 2], 1 << 20).is_err());
            let mut wrong = packed.clone();
            let last = wrong.len() - 1;
            wrong[last] ^= 1;
            assert!(unpack(&wrong, 1 << 20).is_err(), "checksum or length");
            for at in 4..packed.len().min(200) {
                let mut wrong = packed.clone();
                wrong[at] ^= 0x41;
                // Any answer will do, but not a panic.
                let _ = unpack(&wrong, 1 << 20);
            }
        }
    }

    #[test]
    fn names_lose_only_how_they_are_packed() {
        for (path, name) in [
            ("x/a.log.gz", "a.log"),
            ("a.evtx.ZST", "a.evtx"),
            ("a.evtx", "a.evtx"),
            (".gz", ".gz"),
            ("", ""),
        ] {
            assert_eq!(plain_name(Path::new(path)), name);
        }
    }
}
