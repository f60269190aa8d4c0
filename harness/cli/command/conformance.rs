//! `dryfire conformance`: our specifications on a Splunk.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use dryfire_event::{ExitCode, FailOn, exit_code};
use dryfire_report::{Report as _, Scope};
use dryfire_runner::conformance::{self, find};
use dryfire_runner::splunk::{self, Place};
use dryfire_runner::{Session, Settings};

use super::{Failure, reports, target};
use crate::args::Conformance;
use crate::interrupt;

pub(crate) fn run(args: &Conformance) -> Result<ExitCode, Failure> {
    let usual = [PathBuf::from("harness/engine/spec")];
    let (paths, with_examples) = match args.paths.as_slice() {
        [] if args.examples => (&[][..], true),
        [] => (&usual[..], true),
        paths => (paths, args.examples),
    };
    let mut scenarios =
        find(paths).map_err(|why| Failure::new(ExitCode::Content, format!("error: {why}")))?;
    if with_examples {
        scenarios.extend(conformance::examples());
    }
    let session = Session::load(&[PathBuf::from("dryfire.toml")], &[]);
    let connection = target::connect(&session, &args.target)?;
    let place = Place::new(&connection);
    let runtime = splunk::runtime().map_err(|error| target::system(&error))?;
    let lab = connection
        .lab(&target::variables)
        .map_err(|error| target::failed(&error))?;
    let cancel = interrupt::flag();
    let run = conformance::Conformance {
        lab: &lab,
        place: &place,
        knowledge: &session.library.knowledge,
        settings: Settings {
            strict: false,
            version: env!("CARGO_PKG_VERSION"),
            ..Settings::default()
        },
        cancel: &cancel,
    };
    if args.plan {
        let steps = runtime
            .block_on(run.plan(&scenarios))
            .map_err(|error| target::failed(&error))?;
        target::print_plan(&steps)?;
        return Ok(ExitCode::Passed);
    }
    let mut reports = reports::open(&args.reports, Scope::All)?;
    let date = splunk::date(splunk::now());
    let ran = runtime.block_on(run.run(&scenarios, date, &mut |event| reports.event(&event)));
    let left = target::tell_left(&runtime.block_on(run.clean()), &args.target);
    let finished = reports.finish();
    let (summary, report) = ran.map_err(|error| target::failed(&error))??;
    finished?;
    writeln!(io::stdout(), "{}", report.sentence())?;
    if let Some(path) = &args.out {
        let cannot = |error: io::Error| {
            Failure::new(
                ExitCode::Content,
                format!("error: can't write `{}`: {error}", path.display()),
            )
        };
        let mut out = BufWriter::new(File::create(path).map_err(cannot)?);
        conformance::write(&report, &mut out).map_err(cannot)?;
        out.flush().map_err(cannot)?;
    }
    match exit_code(&summary, FailOn::default(), false) {
        ExitCode::Passed if left => Ok(ExitCode::Environment),
        code => Ok(code),
    }
}
