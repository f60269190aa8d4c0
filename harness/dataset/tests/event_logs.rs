//! Event logs that the tests write themselves: whole, packed, cut off and damaged.

#![expect(clippy::unwrap_used, reason = "in tests, a panic is a failed test")]

use std::io::Write;
use std::path::{Path, PathBuf};

use dryfire_dataset::{Content, DatasetError, open};

const CHUNK: usize = 65_536;
const HEADER: usize = 4096;

/// Binary XML of a record that begins at a place of its chunk.
struct Binary {
    at: usize,
    bytes: Vec<u8>,
}

impl Binary {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn wide(&mut self, text: &str) {
        let units: Vec<u16> = text.encode_utf16().collect();
        self.push(&(units.len() as u16).to_le_bytes());
        units.iter().for_each(|unit| self.push(&unit.to_le_bytes()));
    }

    /// A name stands behind the place that points to it, where it is used first.
    fn name(&mut self, name: &str) {
        let place = (self.at + self.bytes.len() + 4) as u32;
        self.push(&place.to_le_bytes());
        self.push(&[0; 6]);
        self.wide(name);
        self.push(&[0; 2]);
    }

    fn text(&mut self, text: &str) {
        self.push(&[0x05, 0x01]);
        self.wide(text);
    }
}

/// A record `<Event Id="number">text</Event>` for a place in its chunk.
fn record(number: u64, text: &str, at: usize) -> Vec<u8> {
    let mut xml = Binary {
        at: at + 24,
        bytes: vec![0x0f, 1, 1, 0],
    };
    // An element with attributes, and its size, which nobody asks for.
    xml.push(&[0x41, 0, 0, 0, 0]);
    xml.name("Event");
    xml.push(&[0; 4]);
    xml.push(&[0x06]);
    xml.name("Id");
    xml.text(&number.to_string());
    xml.push(&[0x02]);
    xml.text(text);
    xml.push(&[0x04, 0x00]);
    let size = ((24 + xml.bytes.len() + 4) as u32).to_le_bytes();
    let time = 133_000_000_000_000_000_u64.to_le_bytes();
    [
        &[0x2a, 0x2a, 0, 0][..],
        &size,
        &number.to_le_bytes(),
        &time,
        &xml.bytes,
        &size,
    ]
    .concat()
}

fn chunk(first: u64, texts: &[&str]) -> Vec<u8> {
    let mut bytes = vec![0; 512];
    let mut last = 512;
    for (number, text) in (first..).zip(texts) {
        last = bytes.len();
        bytes.extend(record(number, text, last));
    }
    let end = first + texts.len() as u64 - 1;
    bytes[..8].copy_from_slice(b"ElfChnk\0");
    for (at, number) in [(8, first), (16, end), (24, first), (32, end)] {
        bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }
    for (at, number) in [(40, 128), (44, last), (48, bytes.len())] {
        bytes[at..at + 4].copy_from_slice(&(number as u32).to_le_bytes());
    }
    bytes.resize(CHUNK, 0);
    bytes
}

fn log(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    bytes[..8].copy_from_slice(b"ElfFile\0");
    bytes[32..36].copy_from_slice(&128_u32.to_le_bytes());
    bytes[36..42].copy_from_slice(&[1, 0, 3, 0, 0, 0x10]);
    bytes[42..44].copy_from_slice(&(chunks.len() as u16).to_le_bytes());
    [bytes, chunks.concat()].concat()
}

fn opened(name: &str, bytes: &[u8]) -> Result<Content, DatasetError> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    open(&path)
}

fn text(content: &Content) -> String {
    let mut bytes = vec![0; content.len() as usize];
    assert_eq!(content.read_at(0, &mut bytes).unwrap(), bytes.len());
    String::from_utf8(bytes).unwrap()
}

const TEXT: &str = "<Event Id='1'>a &lt; \"b\"</Event>\n<Event Id='2'>two\n lines</Event>\n<Event Id='3'>é</Event>\n";

fn whole() -> Vec<u8> {
    log(&[chunk(1, &["a < \"b\"", "two\n lines"]), chunk(3, &["é"])])
}

#[test]
fn a_log_is_read_whatever_its_name_and_packing() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&whole()).unwrap();
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    for (name, bytes, plain) in [
        ("a.evtx", whole(), "a.evtx"),
        ("a.log", whole(), "a.log"),
        ("a.evtx.gz", gzip.finish().unwrap(), "a.evtx"),
        (
            "a.evtx.zst",
            ruzstd::encoding::compress_to_vec(&whole()[..], level),
            "a.evtx",
        ),
    ] {
        let content = opened(name, &bytes).unwrap();
        assert_eq!((text(&content).as_str(), content.name()), (TEXT, plain));
        assert_eq!(content.notes(), []);
    }
}

#[test]
fn the_oldest_chunk_comes_first() {
    let turned = log(&[chunk(3, &["é"]), chunk(1, &["a < \"b\"", "two\n lines"])]);
    assert_eq!(text(&opened("a.evtx", &turned).unwrap()), TEXT);
}

#[test]
fn what_is_lost_is_noted_with_its_place() {
    let second = HEADER + 512 + record(1, "a < \"b\"", 512).len();
    let mut mark = whole();
    mark[second] = 0;
    let mut content = whole();
    content[second + 24 + 4] = 0x7f;
    let mut header = whole();
    header[HEADER + CHUNK] = 0;
    let cut = whole()[..HEADER + CHUNK + 1000].to_vec();
    for (bytes, kept, at) in [
        (mark, [true, false, true], second),
        (content, [true, false, true], second),
        (header, [true, true, false], HEADER + CHUNK),
        (cut, [true, true, false], HEADER + CHUNK),
    ] {
        let content = opened("a.evtx", &bytes).unwrap();
        let text = text(&content);
        assert_eq!(
            [1, 2, 3].map(|id| text.contains(&format!("Id='{id}'"))),
            kept
        );
        let [note] = content.notes() else {
            panic!("{:?}", content.notes())
        };
        assert!(
            note.message.contains(&format!("at byte {at}:")),
            "{}",
            note.message
        );
        assert!(
            note.message.contains(": 1 record ") || note.message.contains(": 1 chunk "),
            "{}",
            note.message
        );
    }
}

#[test]
fn a_log_without_records_is_an_error() {
    let whole = whole();
    let mut none = log(&[chunk(1, &["a"])]);
    none[HEADER + 512] = 0;
    for bytes in [
        &whole[..8],
        &whole[..100],
        &whole[..HEADER],
        &whole[..HEADER + 5000],
        &none,
    ] {
        assert!(matches!(
            opened("a.log", bytes),
            Err(DatasetError::NoRecords { .. })
        ));
    }
}

#[test]
fn no_damage_is_a_panic() {
    let bytes = log(&[chunk(1, &["first", "second"])]);
    let used = HEADER + 512 + 2 * record(1, "second", 512).len();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.evtx");
    for at in (0..128)
        .chain(HEADER..HEADER + 64)
        .chain(HEADER + 512..used)
    {
        for value in [0x0c, 0xff] {
            let mut bytes = bytes.clone();
            bytes[at] = value;
            std::fs::write(&path, bytes).unwrap();
            defended(&path);
        }
    }
}

/// Any answer will do: all, a part with a note, or an error; but not that the decoder panicked.
fn defended(path: &Path) {
    let said: String = match open(path) {
        Ok(content) => content
            .notes()
            .iter()
            .map(|note| note.message.clone())
            .collect(),
        Err(error) => error.to_string(),
    };
    assert!(!said.contains("the decoder failed"), "{said}");
}
