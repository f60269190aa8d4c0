//! From bytes to events: breaking, time, chunks.
//!
//! A dataset is cut into units by position, so that a large file is read, searched and dropped piece by piece on any
//! thread. An event belongs to the unit in which it starts. Where the breaking rule can only be told from the start of
//! the file (line merging, a pattern), the whole is read as one unit.

mod breaker;
mod charset;
mod chunk;
mod draft;
mod guess;
mod ingest_eval;
mod intake;
mod key;
mod kinds;
mod rewrite;
mod structured;
mod survey;
mod timestamp;
mod units;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_knowledge::{Knowledge, KvMode, Meta, Props};

pub use breaker::Breaker;
pub use chunk::Chunk;
pub use guess::{Guess, guess};
pub use intake::{Intake, Taken};
pub use kinds::Kind;
pub use survey::Survey;
pub use timestamp::{Clock, Shown};
pub use units::Placed;

use draft::Draft;
use key::Defaults;
use kinds::Kinds;
use rewrite::{Found, Rewriter};
use structured::Structured;
use units::Buffer;

use crate::pattern::Pattern;
use crate::stop::Stop;
use crate::wave::Scheduler;

/// Most events of a chunk: codes of a column are 16 bits wide, and 0 is null.
pub const CHUNK_EVENTS: usize = 65_535;
/// Bytes of a unit.
pub const UNIT_BYTES: usize = 8 << 20;
/// Up to this size a dataset stays in memory, so that many searches share it.
const RESIDENT_BYTES: u64 = 64 << 20;

/// Where the bytes of a dataset are. The caller does the reading.
pub trait Blocks: Send + Sync {
    /// How many bytes.
    fn len(&self) -> u64;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads at most `into.len()` bytes at an offset; fewer only at the end.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, String>;
}

impl Blocks for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, String> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.get(offset..))
            .unwrap_or(&[]);
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

/// What the caller says of a dataset.
#[derive(Debug, Clone)]
pub struct Input {
    /// What a user knows it by.
    pub name: Arc<str>,
    /// `source`
    pub source: Arc<str>,
    /// `sourcetype`
    pub sourcetype: Arc<str>,
    /// `host`
    pub host: Arc<str>,
    /// The time of events in which none can be read: microseconds since 1970.
    pub fallback_time: i64,
    /// Bytes of a unit; [`UNIT_BYTES`] unless a test says otherwise.
    pub unit_bytes: usize,
}

/// A dataset, ready to be searched. It never changes.
pub struct Dataset {
    /// What it is.
    pub input: Input,
    /// The configuration of its events.
    pub props: Arc<Props>,
    /// What was noticed while it was read.
    pub notes: Vec<Diagnostic>,
    /// What would have changed the events, had it been done: nothing can be concluded from them.
    pub unsupported: Vec<Diagnostic>,
    blocks: Arc<dyn Blocks>,
    breaker: Breaker,
    clock: Arc<Clock>,
    /// Index-time rules, where some change events.
    rewriter: Option<Rewriter>,
    structured: Option<Structured>,
    /// Whether events are not pieces of the data as they are: rules, structure or cut lines make them.
    made: bool,
    kinds: Kinds,
    units: usize,
    resident: Option<Vec<Vec<Arc<Chunk>>>>,
    /// Buffers that are not in use; never more than there are threads.
    spare: Mutex<Vec<Buffer>>,
}

impl std::fmt::Debug for Dataset {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Dataset")
            .field("input", &self.input)
            .field("units", &self.units)
            .finish_non_exhaustive()
    }
}

impl Dataset {
    /// Opens a dataset. Small ones are broken at once and stay in memory.
    pub fn open(
        input: Input,
        blocks: Arc<dyn Blocks>,
        knowledge: &Knowledge,
    ) -> Result<Self, Stop> {
        let mut dataset = Self::configured(input, blocks, knowledge)?;
        let local = dataset.breaker.is_local() && dataset.structured.is_none();
        let stays = !local || dataset.blocks.len() <= RESIDENT_BYTES;
        if !dataset.breaker.is_local() && !dataset.made && dataset.units > 0 {
            dataset.made = dataset.with_text(0, |text, _| Ok(dataset.breaker.cuts_lines(text)))?;
        }
        if dataset.made {
            dataset.rewrite(stays, knowledge)?;
        } else if stays {
            let units: Result<Vec<_>, Stop> =
                (0..dataset.units).map(|unit| dataset.read(unit)).collect();
            dataset.resident = Some(units?);
            dataset.spare = Mutex::default();
        }
        if dataset.breaker.has_cut() {
            let limit = dataset.props.index_time.truncate.unwrap_or_default();
            let message = format!(
                "events of {} are longer than TRUNCATE = {limit} bytes and were cut",
                dataset.input.name
            );
            dataset.notes.push(
                Diagnostic::warning(&codes::dataset::EVENT_CUT, message)
                    .help("Splunk cuts them, too; set TRUNCATE for their sourcetype where production does"),
            );
        }
        Ok(dataset)
    }

    /// A dataset with its configuration, of which nothing is broken yet.
    fn configured(
        input: Input,
        blocks: Arc<dyn Blocks>,
        knowledge: &Knowledge,
    ) -> Result<Self, Stop> {
        let meta = Meta {
            source: &input.source,
            host: &input.host,
            sourcetype: &input.sourcetype,
        };
        let props = Arc::new(knowledge.resolve(&meta));
        let mut notes = Vec::new();
        let breaker = Breaker::new(&props.index_time, &mut notes);
        let clock = Arc::new(Clock::new(
            &props.index_time,
            input.fallback_time,
            &mut notes,
        ));
        let defaults = Defaults {
            source: input.source.clone(),
            host: input.host.clone(),
            sourcetype: input.sourcetype.clone(),
            now: input.fallback_time,
        };
        let mut found = Found::default();
        let rewriter = Rewriter::new(&props.index_time, defaults, knowledge, &mut found);
        notes.append(&mut found.notes);
        let structured = Structured::new(&props.index_time, &mut notes);
        let blocks = match props.index_time.charset.as_deref() {
            Some(charset) if !charset.eq_ignore_ascii_case("auto") => {
                match charset::decoded(charset, &*blocks) {
                    Some(decoded) => decoded.map_err(Stop::Data)?,
                    None => {
                        let message = format!(
                            "CHARSET = {charset} can't be read here, so bytes are taken as UTF-8"
                        );
                        notes.push(Diagnostic::warning(&codes::dataset::CONF_VALUE, message));
                        blocks
                    }
                }
            }
            _ => blocks,
        };
        let local = breaker.is_local() && structured.is_none();
        let unit_bytes = if local {
            input.unit_bytes.max(1) as u64
        } else {
            u64::MAX
        };
        let units = usize::try_from(blocks.len().div_ceil(unit_bytes)).unwrap_or(usize::MAX);
        Ok(Self {
            kinds: Kinds::new(&input, &props),
            input,
            props,
            notes,
            unsupported: found.unsupported,
            blocks,
            breaker,
            clock,
            made: rewriter.is_some() || structured.is_some(),
            rewriter,
            structured,
            units,
            resident: None,
            spare: Mutex::default(),
        })
    }

    /// Runs the index-time rules once over all units, to learn which kinds of events there are.
    fn rewrite(&mut self, stays: bool, knowledge: &Knowledge) -> Result<(), Stop> {
        let mut resident = Vec::new();
        for unit in 0..self.units {
            let drafts = self.with_text(unit, |text, offset| self.drafts(unit, text, offset))?;
            self.kinds.learn(&drafts, knowledge);
            if stays {
                resident.push(self.kinds.chunks(unit_number(unit)?, &drafts, &self.clock));
            }
        }
        self.kinds.settle();
        self.resident = stays.then_some(resident);
        Ok(())
    }

    /// The events of a text after all index-time rules.
    fn drafts(&self, unit: usize, text: &str, offset: u64) -> Result<Vec<Draft>, Stop> {
        let drafts = match &self.structured {
            Some(form) => form.read(text, &self.clock, self.input.fallback_time)?,
            None => {
                let cuts = self.breaker.cuts_lines(text);
                let events = self.breaker.events(text, &self.clock)?;
                let mut last = self.carry(unit, text, &events)?;
                let drafts = events.iter().map(|(start, end)| {
                    let raw = &text[*start as usize..*end as usize];
                    last = self.clock.read(raw).unwrap_or(last);
                    let raw = if cuts {
                        self.breaker.with_short_lines(raw)
                    } else {
                        raw.to_owned()
                    };
                    Draft {
                        raw,
                        time: last,
                        origin: offset + u64::from(*start),
                        ..Draft::default()
                    }
                });
                drafts.collect()
            }
        };
        match &self.rewriter {
            Some(rewriter) => rewriter.apply(drafts),
            None => Ok(drafts),
        }
    }

    /// The kinds of events it has. The first is that of events which no index-time rule changed.
    pub fn kinds(&self) -> &[Kind] {
        self.kinds.list()
    }

    /// How many units.
    pub fn units(&self) -> usize {
        self.units
    }

    /// Bytes.
    pub fn bytes(&self) -> u64 {
        self.blocks.len()
    }

    /// The event of a unit, and the line of the dataset at which it begins, from 1.
    pub fn locate(&self, unit: u32, row: u32) -> Result<Option<(u64, String)>, Stop> {
        for chunk in self.load(unit as usize)? {
            if let Some(place) = chunk.place_of(row) {
                let line = self.line_at(chunk.origin(place))?;
                return Ok(Some((line, chunk.event(place).to_owned())));
            }
        }
        Ok(None)
    }

    /// The chunks of a unit.
    pub fn load(&self, unit: usize) -> Result<Vec<Arc<Chunk>>, Stop> {
        match &self.resident {
            Some(units) => Ok(units.get(unit).cloned().unwrap_or_default()),
            None => self.read(unit),
        }
    }

    /// Whether the events are in memory.
    pub fn is_resident(&self) -> bool {
        self.resident.is_some()
    }

    /// Gives the text of a unit to `look` before anything is computed of it; where it says no, the unit has no events
    /// to offer and is not broken.
    pub fn load_if(
        &self,
        unit: usize,
        look: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Arc<Chunk>>, Stop> {
        match &self.resident {
            Some(units) => Ok(units.get(unit).cloned().unwrap_or_default()),
            None => self.with_text(unit, |text, offset| {
                // What rules write need not stand in the text.
                if self.made || look(text) {
                    self.chunks(unit, text.to_owned(), offset)
                } else {
                    Ok(Vec::new())
                }
            }),
        }
    }

    /// How many events, and when. Reads the whole dataset.
    pub fn survey(&self, scheduler: &dyn Scheduler) -> Result<Survey, Stop> {
        let found: Mutex<Result<Survey, Stop>> = Mutex::new(Ok(Survey::default()));
        scheduler.for_each(self.units, &|unit| {
            let chunks = self.load(unit);
            // The times are read before the lock is taken: that is most of the work.
            let counted = chunks.map(|chunks| {
                let mut survey = Survey::default();
                survey.add(&chunks);
                survey
            });
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            *found = match (&*found, counted) {
                (Ok(before), Ok(counted)) => Ok(before.with(counted)),
                (Err(stop), _) => Err(stop.clone()),
                (_, Err(stop)) => Err(stop),
            };
        });
        found.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the last event is not complete, where its form tells: a download that broke off.
    pub fn truncated(&self) -> Result<Option<&'static str>, Stop> {
        // Rules may cut events on purpose.
        let Some(unit) = self
            .units
            .checked_sub(1)
            .filter(|_| self.rewriter.is_none())
        else {
            return Ok(None);
        };
        let chunks = self.load(unit)?;
        let Some((chunk, row)) = chunks
            .last()
            .and_then(|chunk| Some((chunk, u32::try_from(chunk.len().checked_sub(1)?).ok()?)))
        else {
            return Ok(None);
        };
        let event = chunk.event(row).trim_end();
        let rules = &self.props.search_time;
        if rules.format.as_deref() == Some("windows_event_xml")
            && event.starts_with("<Event")
            && !event.ends_with("</Event>")
        {
            return Ok(Some("the last event has no closing </Event>"));
        }
        let json = rules.kv_mode == KvMode::Json && event.starts_with('{');
        Ok((json && !event.ends_with('}')).then_some("the last JSON object is not closed"))
    }

    fn read(&self, unit: usize) -> Result<Vec<Arc<Chunk>>, Stop> {
        self.with_text(unit, |text, offset| {
            self.chunks(unit, text.to_owned(), offset)
        })
    }

    fn chunks(&self, unit: usize, text: String, offset: u64) -> Result<Vec<Arc<Chunk>>, Stop> {
        let unit_number = unit_number(unit)?;
        if self.made {
            let drafts = self.drafts(unit, &text, offset)?;
            return Ok(self.kinds.chunks(unit_number, &drafts, &self.clock));
        }
        let events = self.breaker.events(&text, &self.clock)?;
        let carry = self.carry(unit, &text, &events)?;
        let chunk =
            |raw: String, events: &[(u32, u32)], first_row: usize, carry: i64, offset: u64| {
                Arc::new(Chunk {
                    raw,
                    events: events.into(),
                    first_row: u32::try_from(first_row).unwrap_or(u32::MAX),
                    unit: unit_number,
                    clock: self.clock.clone(),
                    times: OnceLock::new(),
                    carry,
                    offset,
                    moved: None,
                })
            };
        if events.len() <= CHUNK_EVENTS {
            return Ok(vec![chunk(text, &events, 0, carry, offset)]);
        }
        let mut chunks: Vec<Arc<Chunk>> = Vec::new();
        for (index, part) in events.chunks(CHUNK_EVENTS).enumerate() {
            let from = part.first().map_or(0, |event| event.0);
            let to = part.last().map_or(0, |event| event.1);
            let moved: Vec<(u32, u32)> = part
                .iter()
                .map(|(start, end)| (start - from, end - from))
                .collect();
            let carry = chunks
                .last()
                .and_then(|last| last.times().last().copied())
                .unwrap_or(carry);
            chunks.push(chunk(
                text[from as usize..to as usize].to_owned(),
                &moved,
                index * CHUNK_EVENTS,
                carry,
                offset + u64::from(from),
            ));
        }
        Ok(chunks)
    }
}

fn unit_number(unit: usize) -> Result<u32, Stop> {
    u32::try_from(unit).map_err(|_| Stop::Data("too many units".to_owned()))
}

/// A setting's pattern; none where it is not valid, which is noted.
fn compiled(key: &str, pattern: &str, notes: &mut Vec<Diagnostic>) -> Option<Pattern> {
    match Pattern::new(pattern) {
        Ok(pattern) => Some(pattern),
        Err(reason) => {
            notes.push(Diagnostic::warning(
                &codes::dataset::CONF_VALUE,
                format!("{key} is not a valid pattern, so it is ignored: {reason}"),
            ));
            None
        }
    }
}
