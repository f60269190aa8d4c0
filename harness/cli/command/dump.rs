//! `dryfire dump`: events of a Splunk as a dataset.

use std::io::{self, Write};
use std::path::PathBuf;

use dryfire_event::ExitCode;
use dryfire_runner::Session;
use dryfire_runner::splunk::{self, Window};

use super::{Failure, target};
use crate::args::Dump;

pub(crate) fn run(args: &Dump) -> Result<ExitCode, Failure> {
    let session = Session::load(&[PathBuf::from("dryfire.toml")], &[]);
    let connection = target::connect(&session, &args.target)?;
    let environment = connection.policy().environment;
    let client = connection
        .client()
        .map_err(|error| target::failed(&error))?;
    let runtime = splunk::runtime().map_err(|error| target::system(&error))?;
    let window = Window {
        earliest: Some(args.earliest.clone()),
        latest: Some(args.latest.clone()),
    };
    let now = splunk::now();
    let date = splunk::date(now);
    let dumped = runtime
        .block_on(splunk::dump(
            (&client, environment),
            &args.spl,
            &window,
            &args.file,
            (&date, &splunk::new_id()),
        ))
        .map_err(|error| target::failed(&error))?;
    let mut out = io::stdout().lock();
    for (path, events) in &dumped.files {
        writeln!(out, "{events} events in {}", path.display())?;
    }
    if dumped.files.is_empty() {
        writeln!(out, "the search finds no events: nothing was written")?;
        return Ok(ExitCode::NothingSelected);
    }
    writeln!(out, "described in {}", dumped.description.display())?;
    Ok(ExitCode::Passed)
}
