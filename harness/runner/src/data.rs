//! Datasets for the local engine: opened, broken into events, checked for what would make a test worthless.

use std::path::Path;
use std::sync::Arc;

use dryfire_content::{DatasetRef, Location};
use dryfire_dataset::fetch::{FetchError, shown};
use dryfire_dataset::{Content, DatasetError, open_as};
use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_engine::ingest::{Guess, UNIT_BYTES};
use dryfire_engine::{Blocks, Dataset, Input, Stamp, Stop, Survey};
use dryfire_knowledge::{Knowledge, Meta};

use crate::remote::Remote;
use crate::threads::Threads;

/// `host` of events whose dataset names none.
const HOST: &str = "dryfire";
/// `index` of events whose dataset names none.
pub(crate) const INDEX: &str = "main";
/// How much of a file is looked at to guess its form.
const HEAD_BYTES: usize = 16 << 10;

/// A dataset in the engine.
#[derive(Debug)]
pub struct Loaded {
    /// The events.
    pub dataset: Arc<Dataset>,
    /// How many, and when.
    pub survey: Survey,
    /// `index`
    pub index: Arc<str>,
}

impl Loaded {
    /// The stamp under which searches see it.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp {
            index: self.index.clone(),
            host: None,
            shift: 0,
        }
    }
}

/// Why there is nothing to search.
#[derive(Debug)]
pub enum LoadError {
    /// The file.
    Dataset(DatasetError),
    /// It lies behind an address that this run does not fetch.
    Remote(String),
    /// It could not be fetched.
    Fetch(FetchError),
    /// It has no events.
    NoEvents(String),
    /// Its last event is not complete.
    Truncated(String, String),
    /// An index-time rule ran into a limit.
    Budget(String, String),
    /// The engine could not read it.
    Engine(String, String),
}

impl LoadError {
    /// The finding for people.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Dataset(error) => error.diagnostic(),
            Self::Remote(address) => Diagnostic::error(
                &codes::dataset::DATASET_REMOTE,
                format!("the dataset `{}` is remote", shown(address)),
            )
            .help("`--fetch` fetches it into the cache, `--offline` uses what the cache holds"),
            Self::Fetch(error) => error.diagnostic(),
            Self::NoEvents(name) => Diagnostic::error(
                &codes::dataset::DATASET_EMPTY,
                format!("the dataset `{name}` holds no event"),
            )
            .help("a test on no data proves nothing: restore the file"),
            Self::Truncated(name, why) => Diagnostic::error(
                &codes::dataset::DATASET_TRUNCATED,
                format!("the dataset `{name}` ends within an event: {why}"),
            )
            .help("fetch the file again"),
            Self::Budget(name, limit) => Diagnostic::error(
                &codes::meaning::LIMIT,
                format!("index-time rules over `{name}` ran into a limit: {limit}"),
            )
            .help(
                "mend the pattern in props.conf or transforms.conf, or raise its MATCH_LIMIT there",
            ),
            Self::Engine(name, why) => Diagnostic::error(
                &codes::dataset::DATASET_MISSING,
                format!("the dataset `{name}` can't be read: {why}"),
            ),
        }
    }

    /// The reason's short name for tables.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Dataset(DatasetError::Missing(_) | DatasetError::Folder(_)) => "dataset-missing",
            Self::Dataset(DatasetError::Empty(_)) | Self::NoEvents(_) => "dataset-empty",
            Self::Dataset(DatasetError::LfsPointer { .. }) => "dataset-lfs-pointer",
            Self::Dataset(_) | Self::Engine(..) => "dataset-unreadable",
            Self::Budget(..) => "budget",
            Self::Remote(_) => "dataset-remote",
            Self::Fetch(error) => error.category(),
            Self::Truncated(..) => "dataset-truncated",
        }
    }
}

struct Reader(Content);

impl Blocks for Reader {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, String> {
        self.0
            .read_at(offset, into)
            .map_err(|error| error.to_string())
    }
}

/// What is said of a file's events; the rest is guessed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// `source`
    pub source: Option<&'a str>,
    /// `sourcetype`
    pub sourcetype: Option<&'a str>,
    /// `host`
    pub host: Option<&'a str>,
}

/// Opens a dataset that a case names. Source and sourcetype are guessed where they are not given.
pub fn load(
    dataset: &DatasetRef,
    knowledge: &Knowledge,
    remote: &Remote,
) -> Result<Loaded, LoadError> {
    let name = dataset.location.to_string();
    let given = Given {
        source: dataset.source.as_deref(),
        sourcetype: dataset.sourcetype.as_deref(),
        host: dataset.host.as_deref(),
    };
    let mut loaded = open(&dataset.location, given, knowledge, remote)?;
    let survey = loaded
        .survey(&Threads)
        .map_err(|stop| engine(&name, &stop))?;
    if survey.events == 0 {
        return Err(LoadError::NoEvents(name));
    }
    if let Some(why) = loaded.truncated().map_err(|stop| engine(&name, &stop))? {
        return Err(LoadError::Truncated(name, why.to_owned()));
    }
    loaded.notes = notes(&loaded);
    let index = dataset.index.as_deref().unwrap_or(INDEX).into();
    Ok(Loaded {
        dataset: Arc::new(loaded),
        survey,
        index,
    })
}

/// What is to be said of data by now: large data are broken into events, and maybe cut, as they are read.
pub fn notes(dataset: &Dataset) -> Vec<Diagnostic> {
    let mut notes = dataset.notes.clone();
    let is_told = notes
        .iter()
        .any(|note| note.code == &codes::dataset::EVENT_CUT);
    notes.extend(dataset.cut().filter(|_| !is_told));
    notes
}

/// Opens a file without looking at all of it.
pub fn file(path: &Path, given: Given<'_>, knowledge: &Knowledge) -> Result<Dataset, LoadError> {
    let location = Location::Path(path.to_owned());
    open(&location, given, knowledge, &Remote::default())
}

/// Opens data without looking at all of it.
pub fn open(
    location: &Location,
    given: Given<'_>,
    knowledge: &Knowledge,
    remote: &Remote,
) -> Result<Dataset, LoadError> {
    // What was fetched is known by its address: where a cache is must not show in results.
    let (path, known_as) = match location {
        Location::Path(path) => (path.as_path(), path.display().to_string()),
        Location::Url(address) => (remote.path(address)?, shown(address)),
    };
    let known_as = Path::new(&known_as);
    let content = open_as(path, known_as).map_err(LoadError::Dataset)?;
    let name = known_as.display().to_string();
    let mut head = vec![0; HEAD_BYTES];
    let count = content
        .read_at(0, &mut head)
        .map_err(|error| LoadError::Engine(name.clone(), error.to_string()))?;
    let guessed = Guess::of(&String::from_utf8_lossy(&head[..count]), content.name());
    let notes = content.notes().to_vec();
    let source = given
        .source
        .map(str::to_owned)
        .or(guessed.source)
        .unwrap_or_else(|| name.clone());
    let host = given.host.unwrap_or(HOST);
    // What an input says goes before what an app says of the source, and that before a guess (props.conf.spec,
    // `sourcetype`).
    let of_source = knowledge.resolve(&Meta {
        source: &source,
        host,
        sourcetype: "",
    });
    let sourcetype = given.sourcetype.map(str::to_owned);
    let sourcetype = sourcetype.or(of_source.index_time.sourcetype);
    let input = Input {
        name: name.as_str().into(),
        source: source.into(),
        sourcetype: sourcetype.unwrap_or(guessed.sourcetype).into(),
        host: host.into(),
        fallback_time: 0,
        unit_bytes: UNIT_BYTES,
    };
    let mut dataset = Dataset::open(input, Arc::new(Reader(content)), knowledge)
        .map_err(|stop| engine(&name, &stop))?;
    dataset.notes.extend(notes);
    Ok(dataset)
}

fn engine(name: &str, stop: &Stop) -> LoadError {
    let why = match stop {
        Stop::Budget(limit) => return LoadError::Budget(name.to_owned(), limit.clone()),
        Stop::Data(why) | Stop::Defect(why) => why.clone(),
        Stop::Unsupported(found) | Stop::Fault(found) => found.message.clone(),
        Stop::Cancelled => "interrupted".to_owned(),
    };
    LoadError::Engine(name.to_owned(), why)
}
