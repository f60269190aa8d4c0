//! Where events come in little by little: what a server is sent is broken, timed and changed by index-time rules once, when
//! it arrives; datasets are made of what came of it.
//!
//! An event never spans two requests (Getting Data In, "Format events for HTTP Event Collector"), so that each text is
//! broken alone.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use dryfire_diagnostic::Diagnostic;
use dryfire_knowledge::Knowledge;

use super::charset;
use super::draft::{Draft, KindKey};
use super::kinds::Kinds;
use super::units::escape_invalid;
use super::{Blocks, Breaker, Chunk, Dataset, Input};
use crate::stop::Stop;

/// Bytes that an event takes beside its text.
const EVENT_BYTES: usize = std::mem::size_of::<Draft>();

/// An event as the index holds it.
#[derive(Debug, Clone)]
pub struct Taken(Draft);

impl Taken {
    /// Bytes it takes, roughly.
    pub fn bytes(&self) -> usize {
        let fields = self.0.fields.iter();
        let fields: usize = fields
            .map(|(name, value)| name.len() + value.len() + 32)
            .sum();
        EVENT_BYTES + self.0.raw.len() + fields
    }

    /// The index, where an index-time rule gave one.
    pub fn index(&self) -> Option<&Arc<str>> {
        self.0.kind.index.as_ref()
    }

    /// The event in bytes, to be kept and read back by [`Taken::read`].
    pub fn write(&self, out: &mut Vec<u8>) {
        let draft = &self.0;
        out.extend_from_slice(&draft.time.to_le_bytes());
        put(out, &draft.raw);
        let kind = &draft.kind;
        for given in [&kind.source, &kind.host, &kind.sourcetype, &kind.index] {
            out.push(u8::from(given.is_some()));
            put(out, given.as_deref().unwrap_or_default());
        }
        let count = u32::try_from(draft.fields.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&count.to_le_bytes());
        for (name, value) in &draft.fields {
            put(out, name);
            put(out, value);
        }
    }

    /// Reads an event from the front of `bytes` and moves on; none where they are no event.
    pub fn read(bytes: &mut &[u8]) -> Option<Self> {
        let time = i64::from_le_bytes(*cut(bytes)?);
        let raw = text(bytes)?.to_owned();
        let mut given = || {
            let [there] = *cut::<1>(bytes)?;
            let value = text(bytes)?;
            Some((there == 1).then(|| Arc::from(value)))
        };
        let kind = KindKey {
            source: given()?,
            host: given()?,
            sourcetype: given()?,
            index: given()?,
        };
        let mut fields = Vec::new();
        for _ in 0..u32::from_le_bytes(*cut(bytes)?) {
            fields.push((text(bytes)?.into(), text(bytes)?.into()));
        }
        Some(Self(Draft {
            raw,
            time,
            kind,
            fields,
            ..Draft::default()
        }))
    }
}

/// A text with its length before it.
fn put(out: &mut Vec<u8>, text: &str) {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn cut<'b, const N: usize>(bytes: &mut &'b [u8]) -> Option<&'b [u8; N]> {
    let (front, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(front)
}

fn text<'b>(bytes: &mut &'b [u8]) -> Option<&'b str> {
    let length = u32::from_le_bytes(*cut(bytes)?);
    let (front, rest) = bytes.split_at_checked(length as usize)?;
    *bytes = rest;
    std::str::from_utf8(front).ok()
}

impl Dataset {
    /// The dataset of an [`Intake`] without some of its events, told by their rows; the others keep theirs.
    pub fn without(&self, rows: &BTreeSet<u32>) -> Self {
        let units = self.resident.as_deref().unwrap_or_default().iter();
        let resident = units.map(|chunks| {
            let without = |chunk: &Arc<Chunk>| match chunk.without(rows) {
                Some(rest) => Arc::new(rest),
                None => Arc::clone(chunk),
            };
            chunks.iter().map(without).collect()
        });
        let resident = resident.collect();
        self.resident_copy(self.kinds.clone(), resident)
    }

    /// A dataset of the same configuration with these chunks, of which nothing is left to be broken.
    fn resident_copy(&self, kinds: Kinds, resident: Vec<Vec<Arc<Chunk>>>) -> Self {
        Self {
            kinds,
            input: self.input.clone(),
            props: Arc::clone(&self.props),
            notes: Vec::new(),
            unsupported: self.unsupported.clone(),
            blocks: Arc::new(Vec::new()),
            breaker: Breaker::new(&self.props.index_time, &mut Vec::new()),
            clock: Arc::clone(&self.clock),
            rewriter: None,
            structured: None,
            made: true,
            units: resident.len(),
            resident: Some(resident),
            spare: Mutex::default(),
        }
    }
}

/// The way in for events of one source, host and sourcetype.
#[derive(Debug)]
pub struct Intake {
    empty: Dataset,
}

impl Intake {
    /// The configuration of these events. `input.fallback_time` is when they arrive.
    pub fn new(input: Input, knowledge: &Knowledge) -> Result<Self, Stop> {
        let nothing: Arc<dyn Blocks> = Arc::new(Vec::new());
        Ok(Self {
            empty: Dataset::configured(input, nothing, knowledge)?,
        })
    }

    /// Why nothing can be concluded from these events.
    pub fn unsupported(&self) -> &[Diagnostic] {
        &self.empty.unsupported
    }

    /// The events of a text.
    pub fn text(&self, bytes: &[u8]) -> Result<Vec<Taken>, Stop> {
        let charset = self.empty.props.index_time.charset.as_deref();
        let charset = charset.filter(|charset| !charset.eq_ignore_ascii_case("auto"));
        let decoded = match charset.and_then(|charset| charset::text(charset, bytes)) {
            Some(text) => text,
            None => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => escape_invalid(bytes),
            },
        };
        if decoded.is_empty() {
            return Ok(Vec::new());
        }
        let drafts = self.empty.drafts(0, &decoded, 0)?;
        Ok(drafts.into_iter().map(Taken).collect())
    }

    /// An event that is broken already, and timed where the sender knows the time. Index-time rules see it all the same.
    pub fn event(
        &self,
        raw: String,
        time: Option<i64>,
        fields: Vec<(Arc<str>, Arc<str>)>,
    ) -> Result<Vec<Taken>, Stop> {
        let mut draft = Draft {
            raw,
            time: time.unwrap_or(self.empty.input.fallback_time),
            ..Draft::default()
        };
        for (name, value) in fields {
            draft.add(name, value);
        }
        let drafts = match &self.empty.rewriter {
            Some(rewriter) => rewriter.apply(vec![draft])?,
            None => vec![draft],
        };
        Ok(drafts.into_iter().map(Taken).collect())
    }

    /// The events as a dataset of one unit: the row of an event is its place in the list.
    pub fn dataset<'a>(
        &self,
        events: impl IntoIterator<Item = &'a Taken>,
        knowledge: &Knowledge,
    ) -> Dataset {
        let empty = &self.empty;
        let drafts: Vec<&Draft> = events.into_iter().map(|event| &event.0).collect();
        let mut kinds = Kinds::new(&empty.input, &empty.props);
        kinds.learn(drafts.iter().copied(), knowledge);
        kinds.settle();
        let chunks = kinds.chunks(0, &drafts, &empty.clock);
        empty.resident_copy(kinds, vec![chunks])
    }
}

#[cfg(test)]
mod tests {
    use dryfire_diagnostic::SourceMap;
    use dryfire_knowledge::built_in;

    use super::super::UNIT_BYTES;
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn knowledge() -> Knowledge {
        let mut sources = SourceMap::new();
        let apps = built_in(&mut sources);
        Knowledge::merge(&apps, &mut sources).0
    }

    fn intake(knowledge: &Knowledge) -> Intake {
        let input = Input {
            name: "sent".into(),
            source: "s".into(),
            // One of the built-in pack whose events are lines.
            sourcetype: "aws:firehose:json".into(),
            host: "h".into(),
            fallback_time: 1_700_000_000 * SECOND,
            unit_bytes: UNIT_BYTES,
        };
        Intake::new(input, knowledge).unwrap()
    }

    fn events(dataset: &Dataset) -> Vec<(String, i64)> {
        let chunks = dataset.load(0).unwrap();
        let of = |chunk: &Arc<super::super::Chunk>| -> Vec<(String, i64)> {
            let places = 0..u32::try_from(chunk.len()).unwrap();
            let texts = places.map(|place| chunk.event(place).to_owned());
            texts.zip(chunk.times().iter().copied()).collect()
        };
        chunks.iter().flat_map(of).collect()
    }

    #[test]
    fn texts_are_broken_alone_and_make_one_dataset() {
        let knowledge = knowledge();
        let intake = intake(&knowledge);
        let mut taken = intake.text(b"one\ntwo").unwrap();
        taken.extend(intake.text(b"\xffthree\n").unwrap());
        taken.extend(
            intake
                .event("four\nlines".to_owned(), Some(7), Vec::new())
                .unwrap(),
        );
        let dataset = intake.dataset(&taken, &knowledge);
        let found = events(&dataset);
        let texts: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["one", "two", "\\xFFthree", "four\nlines"]);
        // Where no time can be read, it is that of arrival.
        assert_eq!(found[2].1, 1_700_000_000 * SECOND);
        assert_eq!(found[3].1, 7);
    }

    #[test]
    fn events_are_hidden_and_the_others_keep_their_rows() {
        let knowledge = knowledge();
        let intake = intake(&knowledge);
        let taken = intake.text(b"a\nb\nc\n").unwrap();
        let whole = intake.dataset(&taken, &knowledge);
        let rest = whole.without(&BTreeSet::from([1]));
        let texts: Vec<String> = events(&rest).into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts, ["a", "c"]);
        assert_eq!(rest.load(0).unwrap()[0].row(1), 2);
        let none = rest.without(&BTreeSet::from([0, 2]));
        assert!(events(&none).is_empty());
    }

    #[test]
    fn an_event_comes_back_from_its_bytes() {
        let fields = vec![("key".into(), "value".into())];
        let knowledge = knowledge();
        let [event] = &intake(&knowledge)
            .event("text".to_owned(), Some(5), fields)
            .unwrap()[..]
        else {
            panic!("one event")
        };
        let mut bytes = Vec::new();
        event.write(&mut bytes);
        let back = Taken::read(&mut bytes.as_slice()).unwrap();
        assert_eq!(format!("{back:?}"), format!("{event:?}"));
        for end in 0..bytes.len() {
            assert!(Taken::read(&mut &bytes[..end]).is_none(), "cut at {end}");
        }
    }

    #[test]
    fn an_empty_text_is_no_event() {
        let knowledge = knowledge();
        assert!(intake(&knowledge).text(b"").unwrap().is_empty());
    }
}
