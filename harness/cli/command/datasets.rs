//! `dryfire datasets`: which data content names, what of it is there, and whether it is what was meant.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use dryfire_content::Location;
use dryfire_dataset::fetch::{Fetched, LOCK_FILE, Locked, shown};
use dryfire_dataset::open;
use dryfire_engine::{Table, Value};
use dryfire_event::ExitCode;
use dryfire_runner::{LoadError, Session};

use super::{Failure, fetch, unreadable};
use crate::args::{Datasets, DatasetsCommand, Fetching, Format};
use crate::{interrupt, output};

pub(crate) fn run(args: &Datasets) -> Result<ExitCode, Failure> {
    let (paths, fetching) = match &args.command {
        DatasetsCommand::List(list) => (&list.paths, OFFLINE),
        DatasetsCommand::Fetch(fetch) => (&fetch.paths, FETCH),
        DatasetsCommand::Check(check) => (&check.paths, OFFLINE),
    };
    let mut session = Session::load(paths, &[]);
    unreadable(&session)?;
    let cancel = interrupt::flag();
    let datasets = named(&session);
    let Some(fetcher) = fetch::fetcher(fetching, &session.datasets)? else {
        return Ok(ExitCode::Passed);
    };
    let addresses = datasets.keys().filter_map(Location::address);
    session
        .remote
        .fetch(addresses, &fetcher, &cancel, &fetch::told);
    match &args.command {
        DatasetsCommand::List(list) => show(&datasets, &session, list.format),
        DatasetsCommand::Fetch(args) => fetched(&datasets, &session, args.lock),
        DatasetsCommand::Check(_) => check(&datasets, &session),
    }
}

const OFFLINE: Fetching = Fetching {
    fetch: false,
    offline: true,
};
const FETCH: Fetching = Fetching {
    fetch: true,
    offline: false,
};

/// What is named, in order, and by how many tests.
fn named(session: &Session) -> BTreeMap<Location, usize> {
    let mut found: BTreeMap<Location, usize> = BTreeMap::new();
    for description in &session.repository.dataset_descriptions {
        for dataset in &description.datasets {
            found.entry(dataset.location.clone()).or_default();
        }
    }
    for case in &session.cases {
        for dataset in &case.datasets {
            *found.entry(dataset.location.clone()).or_default() += 1;
        }
    }
    found
}

/// What is there of a dataset.
enum State<'s> {
    Cached(&'s Fetched),
    Here(u64),
    Not(LoadError),
}

impl<'s> State<'s> {
    fn of(location: &Location, session: &'s Session) -> Self {
        match location {
            Location::Url(address) => match session.remote.get(address) {
                Ok(fetched) => Self::Cached(fetched),
                Err(error) => Self::Not(error),
            },
            Location::Path(path) => match open(path) {
                Ok(content) => Self::Here(content.len()),
                Err(error) => Self::Not(LoadError::Dataset(error)),
            },
        }
    }
}

fn name(location: &Location) -> String {
    location
        .address()
        .map_or_else(|| location.to_string(), shown)
}

fn show(
    datasets: &BTreeMap<Location, usize>,
    session: &Session,
    format: Format,
) -> Result<ExitCode, Failure> {
    #[expect(clippy::cast_precision_loss, reason = "counts and sizes")]
    let number = |count: u64| Value::Number(count as f64);
    let rows = datasets.iter().map(|(location, tests)| {
        let (state, size, sha256) = match State::of(location, session) {
            State::Cached(fetched) => ("cached", Some(fetched.size), Some(&fetched.sha256)),
            State::Here(size) => ("here", Some(size), None),
            State::Not(error) => (error.category(), None, None),
        };
        let is_locked = location
            .address()
            .is_some_and(|address| session.remote.lock.get(address).is_some());
        let text =
            |text: Option<&String>| text.map_or(Value::Null, |text| Value::text(text.as_str()));
        vec![
            ("dataset", Value::text(name(location))),
            ("state", Value::text(state)),
            ("tests", number(*tests as u64)),
            ("bytes", size.map_or(Value::Null, number)),
            ("locked", Value::text(if is_locked { "yes" } else { "no" })),
            ("sha256", text(sha256)),
        ]
    });
    let mut out = BufWriter::new(io::stdout().lock());
    output::write(&Table::from_rows(rows), format, &mut out)?;
    out.flush()?;
    Ok(ExitCode::Passed)
}

/// Tells what could not be fetched, and writes the lock file where that was asked for.
fn fetched(
    datasets: &BTreeMap<Location, usize>,
    session: &Session,
    locks: bool,
) -> Result<ExitCode, Failure> {
    let mut wrong = Vec::new();
    let (mut there, mut bytes) = (0, 0);
    let mut lock = session.remote.lock.clone();
    for address in datasets.keys().filter_map(Location::address) {
        match session.remote.get(address) {
            Ok(found) => {
                there += 1;
                bytes += found.size;
                let locked = Locked {
                    sha256: found.sha256.clone(),
                    size: found.size,
                };
                lock.insert(address, locked);
            }
            Err(error) => wrong.push(error.diagnostic()),
        }
    }
    let mut out = io::stdout().lock();
    let all = there + wrong.len();
    writeln!(
        out,
        "{there} of {all} datasets are in the cache, {} MiB",
        bytes.div_ceil(1 << 20)
    )?;
    if locks {
        std::fs::write(&session.lock_file, lock.to_string())?;
        writeln!(out, "wrote {}", session.lock_file.display())?;
    }
    match wrong.is_empty() {
        true => Ok(ExitCode::Passed),
        false => Err(Failure::of(ExitCode::Environment, &wrong, &session.sources)),
    }
}

/// Whether all is there, and is what it was when it was fetched.
fn check(datasets: &BTreeMap<Location, usize>, session: &Session) -> Result<ExitCode, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut damaged: Vec<PathBuf> = Vec::new();
    let (mut sound, mut absent, mut unlocked) = (0, 0, 0);
    for location in datasets.keys() {
        let line = match State::of(location, session) {
            State::Here(_) => None,
            State::Cached(fetched) if fetched.is_sound()? => {
                unlocked += usize::from(session.remote.lock.get(&fetched.address).is_none());
                None
            }
            State::Cached(fetched) => {
                damaged.push(fetched.path.clone());
                let path = fetched.path.display();
                Some(format!("damaged: remove {path} and fetch it again"))
            }
            State::Not(error) => {
                absent += 1;
                Some(error.diagnostic().message)
            }
        };
        match line {
            Some(line) => writeln!(out, "{}: {}", name(location), output::visible(&line))?,
            None => sound += 1,
        }
    }
    writeln!(
        out,
        "{sound} datasets are sound, {} damaged, {absent} not there; {unlocked} of the fetched ones are not in {LOCK_FILE}",
        damaged.len()
    )?;
    out.flush()?;
    Ok(match (damaged.is_empty(), absent) {
        (false, _) => ExitCode::Failed,
        (true, 0) => ExitCode::Passed,
        (true, _) => ExitCode::Environment,
    })
}
