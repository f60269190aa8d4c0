//! Windows event logs (`.evtx`) as the text that a universal forwarder would send.
//!
//! The crate `evtx` renders a record as XML that holds the same values but is written differently: this module brings
//! it into the form that add-ons match with regular expressions (single quotes, no declaration, one event after the
//! other). Nothing of the crate shows outside. SIDs stay as they are: only the machine that wrote the log knows names.

use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ::evtx::err::EvtxError;
use ::evtx::{EvtxChunkData, EvtxParser, ParserSettings};

/// The first bytes of such a file.
pub(crate) const MAGIC: &[u8; 8] = b"ElfFile\0";

/// Chunks follow a header of this size.
const HEADER_BYTES: u64 = 4096;
/// Every chunk has this size.
const CHUNK_BYTES: u64 = 65_536;
/// The records of a chunk follow a header of this size.
const CHUNK_HEADER_BYTES: u64 = 512;
/// A record ends with a copy of its size.
const RECORD_TAIL_BYTES: u64 = 4;

/// The events of a log.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    /// One event after the other, each with a newline behind it.
    pub(crate) text: Vec<u8>,
    /// How many.
    pub(crate) events: usize,
    /// What could not be read.
    pub(crate) lost: Lost,
}

/// What of a log could not be read.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    /// Records.
    pub(crate) records: usize,
    /// Chunks, with whatever they held.
    pub(crate) chunks: usize,
    /// Where the first of them is, from the start of the file, and why.
    pub(crate) first: Option<(u64, String)>,
}

impl Lost {
    fn record(&mut self, at: u64, why: String) {
        self.records += 1;
        self.first.get_or_insert((at, why));
    }

    fn chunk(&mut self, at: u64, why: String) {
        self.chunks += 1;
        self.first.get_or_insert((at, why));
    }

    /// In words; nothing when all was read.
    pub(crate) fn words(&self) -> Option<String> {
        let (at, why) = self.first.as_ref()?;
        let counted = |count: usize, name: &str| match count {
            0 => None,
            1 => Some(format!("1 {name}")),
            _ => Some(format!("{count} {name}s")),
        };
        let parts: Vec<_> = [
            counted(self.records, "record"),
            counted(self.chunks, "chunk"),
        ]
        .into_iter()
        .flatten()
        .collect();
        Some(format!(
            "{} can't be read, the first at byte {at}: {why}",
            parts.join(" and ")
        ))
    }
}

/// Why a log gives no text.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The file's header is no event log's, or reading failed.
    NoLog(String),
    /// The text would be longer than allowed.
    TooLarge,
}

/// Decodes a log. What can't be read is left out and counted.
pub(crate) fn decode<R: Read + Seek>(mut file: R, limit: u64) -> Result<Decoded, Problem> {
    let no_log = |error: std::io::Error| Problem::NoLog(error.to_string());
    let length = file.seek(SeekFrom::End(0)).map_err(no_log)?;
    file.seek(SeekFrom::Start(0)).map_err(no_log)?;
    let mut parser =
        EvtxParser::from_read_seek(file).map_err(|error| Problem::NoLog(chain(&error)))?;
    let settings = Arc::new(ParserSettings::new().indent(false));
    let mut decoded = Decoded::default();
    let mut end = HEADER_BYTES;
    for chunk in parser.chunks() {
        match chunk {
            Ok(mut chunk) => {
                // Chunks that this module read have their number; without it the place is only not exact.
                let start = place(chunk.number.unwrap_or(0));
                end = end.max(start + CHUNK_BYTES);
                guarded(&mut decoded, start, |decoded| {
                    self::chunk(&mut chunk, start, &settings, decoded)
                });
            }
            Err(error) => {
                let start = match &error {
                    EvtxError::FailedToParseChunk { chunk_id, .. } => place(*chunk_id),
                    _ => end,
                };
                end = end.max(start.saturating_add(CHUNK_BYTES));
                decoded.lost.chunk(start, chain(&error));
            }
        }
        if decoded.text.len() as u64 > limit {
            return Err(Problem::TooLarge);
        }
    }
    // The crate reads whole chunks and says nothing of a piece behind them.
    let piece = length.saturating_sub(HEADER_BYTES) % CHUNK_BYTES;
    if piece != 0 && length - piece >= end {
        decoded.lost.chunk(
            length - piece,
            "the file ends within a chunk, as after a download that broke off".to_owned(),
        );
    }
    Ok(decoded)
}

fn place(chunk: u64) -> u64 {
    chunk
        .saturating_mul(CHUNK_BYTES)
        .saturating_add(HEADER_BYTES)
}

/// A defect of the decoder costs a chunk, not the run: logs come from anywhere.
fn guarded(decoded: &mut Decoded, start: u64, work: impl FnOnce(&mut Decoded)) {
    let (length, events) = (decoded.text.len(), decoded.events);
    if catch_unwind(AssertUnwindSafe(|| work(decoded))).is_err() {
        decoded.text.truncate(length);
        decoded.events = events;
        decoded
            .lost
            .chunk(start, "the decoder failed on it".to_owned());
    }
}

fn chunk(
    data: &mut EvtxChunkData,
    start: u64,
    settings: &Arc<ParserSettings>,
    decoded: &mut Decoded,
) {
    let mut chunk = match data.parse(Arc::clone(settings)) {
        Ok(chunk) => chunk,
        Err(error) => return decoded.lost.chunk(start, chain(&error)),
    };
    // Where the next record begins as long as none was lost, which makes the place of the first loss exact.
    let mut next = start + CHUNK_HEADER_BYTES;
    for record in chunk.iter() {
        let at = next;
        let rendered = record.and_then(|record| {
            let end = record.binxml_offset + u64::from(record.binxml_size) + RECORD_TAIL_BYTES;
            next = start.saturating_add(end);
            record.into_xml_bytes()
        });
        match rendered {
            Ok(record) => {
                rewrite(&record.data, &mut decoded.text);
                decoded.text.push(b'\n');
                decoded.events += 1;
            }
            Err(EvtxError::FailedToReadRecordAt { offset, source, .. }) => {
                decoded
                    .lost
                    .record(start.saturating_add(offset), chain(&*source));
            }
            Err(error) => decoded.lost.record(at, chain(&error)),
        }
    }
}

/// An error with its causes: the crate's own words end at the first.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

/// Rewrites the crate's XML: no declaration, attributes in single quotes. It has escaped both quotes within attributes
/// and none in text, as Windows does.
fn rewrite(xml: &[u8], out: &mut Vec<u8>) {
    let mut rest = xml;
    if rest.starts_with(b"<?xml ") {
        rest = rest.split_at(after(rest, b"?>")).1.trim_ascii_start();
    }
    while let Some(open) = rest.iter().position(|byte| *byte == b'<') {
        let (text, markup) = rest.split_at(open);
        out.extend_from_slice(text);
        let (end, quotes) = match markup {
            [b'<', b'!', b'[', ..] => (after(markup, b"]]>"), false),
            [b'<', b'?', ..] => (after(markup, b"?>"), false),
            _ => (after(markup, b">"), true),
        };
        let (markup, behind) = markup.split_at(end);
        if quotes {
            out.extend(
                markup
                    .iter()
                    .map(|byte| if *byte == b'"' { b'\'' } else { *byte }),
            );
        } else {
            out.extend_from_slice(markup);
        }
        rest = behind;
    }
    out.extend_from_slice(rest);
}

/// Where the bytes behind a mark begin; the end when it is not there.
fn after(bytes: &[u8], mark: &[u8]) -> usize {
    bytes
        .windows(mark.len())
        .position(|window| window == mark)
        .map_or(bytes.len(), |at| at + mark.len())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn rewritten(xml: &str) -> String {
        let mut out = Vec::new();
        rewrite(xml.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_form_is_a_forwarders() {
        for (from, to) in [
            (
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Event a=\"1\"/>",
                "<Event a='1'/>",
            ),
            (
                "<Data Name=\"x\">say \"a &gt; b\"</Data>",
                "<Data Name='x'>say \"a &gt; b\"</Data>",
            ),
            (
                "<D a=\"it&apos;s &gt;&quot;\" b=\"\"></D>",
                "<D a='it&apos;s &gt;&quot;' b=''></D>",
            ),
            (
                "<D><![CDATA[<a b=\"c\">]]></D>",
                "<D><![CDATA[<a b=\"c\">]]></D>",
            ),
            (
                "<D><?t a=\"b\"?>\r\n\ttext</D>",
                "<D><?t a=\"b\"?>\r\n\ttext</D>",
            ),
            ("no markup", "no markup"),
            ("<open", "<open"),
            ("", ""),
        ] {
            assert_eq!(rewritten(from), to);
        }
    }

    #[test]
    fn what_is_lost_is_told() {
        let mut lost = Lost::default();
        assert_eq!(lost.words(), None);
        lost.record(10, "bad".to_owned());
        lost.record(20, "worse".to_owned());
        lost.chunk(30, "gone".to_owned());
        assert_eq!(
            lost.words().unwrap(),
            "2 records and 1 chunk can't be read, the first at byte 10: bad"
        );
    }

    #[test]
    fn a_defect_costs_a_chunk() {
        let mut decoded = Decoded::default();
        decoded.text.extend(b"kept");
        guarded(&mut decoded, 4096, |decoded| {
            decoded.text.extend(b"lost");
            decoded.events += 1;
            panic!("a test's");
        });
        assert_eq!((decoded.text.as_slice(), decoded.events), (&b"kept"[..], 0));
        assert_eq!(decoded.lost.chunks, 1);
    }

    #[test]
    fn no_log_is_no_panic() {
        for bytes in [
            &b""[..],
            MAGIC,
            &[0; 8192],
            &[MAGIC.as_slice(), &[0; 4088]].concat(),
        ] {
            let decoded = decode(Cursor::new(bytes.to_vec()), 1 << 20);
            assert!(!matches!(decoded, Ok(Decoded { events: 1.., .. })));
        }
    }
}
