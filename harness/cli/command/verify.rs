//! `dryfire verify`: is a deployment ready and unchanged?

use dryfire_event::{ExitCode, exit_code};
use dryfire_report::{Report as _, Scope};
use dryfire_runner::splunk;
use dryfire_runner::{Deployment, Session, Settings};

use super::{Failure, reports, target};
use crate::args::Verify;

pub(crate) fn run(args: &Verify) -> Result<ExitCode, Failure> {
    let session = Session::load(&args.paths, &args.apps);
    let connection = target::connect(&session, &args.target)?;
    let settings = connection.settings().clone();
    let client = connection
        .client()
        .map_err(|error| target::failed(&error))?;
    let runtime = splunk::runtime().map_err(|error| target::system(&error))?;
    let mut reports = reports::open(&args.reports, Scope::All)?;
    let deployment = Deployment {
        name: &args.target,
        client: &client,
        is_lab: settings.environment == dryfire_content::Environment::Lab,
        index: settings.index.as_deref(),
    };
    let run = Settings {
        strict: false,
        version: env!("CARGO_PKG_VERSION"),
        ..Settings::default()
    };
    let verified = dryfire_runner::verify(&session, &deployment, run, &runtime, &mut |event| {
        reports.event(&event)
    });
    let finished = reports.finish();
    let summary = verified.map_err(|error| target::failed(&error))??;
    finished?;
    Ok(exit_code(&summary, args.fail_on, false))
}
