//! `dryfire replay`: attack data into a Splunk.

use std::io::{self, IsTerminal, Write};

use dryfire_event::ExitCode;
use dryfire_runner::Session;
use dryfire_runner::splunk::replay::{Done, Load, Options, Replay as Run, open, plan, warnings};
use dryfire_runner::splunk::{self, Place, Step};
use dryfire_splunk::{Error, Lab, Which};
use tokio::runtime::Runtime;

use super::{Failure, fetch, target};
use crate::args::{Replay, Time};
use crate::interrupt;
use crate::output::visible;

pub(crate) fn run(args: &Replay) -> Result<ExitCode, Failure> {
    let mut session = Session::load(std::slice::from_ref(&args.from), &args.apps);
    let connection = target::connect(&session, &args.target)?;
    let (place, policy) = (Place::new(&connection), connection.policy());
    let runtime = splunk::runtime().map_err(|error| target::system(&error))?;
    let lab = connection
        .lab(&target::variables)
        .map_err(|error| target::failed(&error))?;
    if args.clean {
        return clean(args, &lab, &runtime);
    }
    let options = Options {
        index: args.index.clone(),
        host: args.host.clone(),
        source: args.source.clone(),
        sourcetype: args.sourcetype.clone(),
        to_now: args.time == Time::Now,
        rewrite: args.rewrite,
        rate: args.rate,
        resume: args.resume,
    };
    if options.resume && options.to_now {
        return Err(Failure::new(
            ExitCode::Content,
            "error: `--resume` can't go on with `--time now`: the present is another now. Undo with `--clean` and replay again",
        ));
    }
    let datasets =
        splunk::choose(&args.what, &session.repository, &mut session.sources).map_err(|wrong| {
            Failure::new(
                ExitCode::Content,
                format!("error: {}", wrong.join("\nerror: ")),
            )
        })?;
    let cancel = interrupt::flag();
    let addresses = datasets.iter().filter_map(|one| one.location.address());
    fetch::addresses(addresses, args.fetching, &mut session, &cancel)?;
    let loads = open(
        &datasets,
        &options,
        &place,
        &policy,
        &session.library.knowledge,
        &session.remote,
    )
    .map_err(|wrong| Failure::of(ExitCode::Environment, &wrong, &session.sources))?;
    let told = runtime
        .block_on(warnings(&lab, &loads, &options, splunk::now()))
        .map_err(|error| target::failed(&error))?;
    let mut errors = io::stderr().lock();
    for warning in told {
        writeln!(errors, "{}", visible(&format!("warning: {warning}")))?;
    }
    drop(errors);
    if args.plan {
        let steps = runtime
            .block_on(plan(&lab, &loads, &place, &policy))
            .map_err(|error| target::failed(&error))?;
        target::print_plan(&steps)?;
        return Ok(ExitCode::Passed);
    }
    let run = Run {
        lab: &lab,
        place: &place,
        options: &options,
        now: splunk::now(),
        cancel: &cancel,
    };
    send(&run, &loads, &runtime)
}

/// Sends all, and tells of each dataset what was sent and found.
fn send(run: &Run<'_>, loads: &[Load], runtime: &Runtime) -> Result<ExitCode, Failure> {
    let shows_progress = io::stderr().is_terminal();
    let mut sent = 0;
    let mut told = |key: &str, events: u64| {
        sent += events;
        if shows_progress {
            let _ = write!(io::stderr(), "\r{sent} events sent, now {}", visible(key));
        }
    };
    let mut all: Vec<Done> = Vec::new();
    let ended = runtime.block_on(run.run(loads, &mut told, &mut |done| all.push(done)));
    if shows_progress && sent > 0 {
        let _ = writeln!(io::stderr());
    }
    let mut out = io::stdout().lock();
    for done in &all {
        writeln!(out, "{}", visible(&line(done)))?;
    }
    let count = |of: fn(&Done) -> u64| all.iter().map(of).sum::<u64>();
    writeln!(
        out,
        "{} of {} datasets, {} events sent, {} found",
        all.len(),
        loads.len(),
        count(|done| done.replayed.sent - done.skipped),
        count(|done| done.replayed.found),
    )?;
    match ended {
        Ok(()) => {}
        Err(Error::Interrupted) => {
            return Err(Failure::new(
                ExitCode::Interrupted,
                "interrupted: `--resume` sends the rest, `--clean` undoes what was sent",
            ));
        }
        Err(error) => return Err(target::failed(&error)),
    }
    let all_found = all
        .iter()
        .all(|done| done.replayed.sent == done.replayed.found);
    Ok(if all_found {
        ExitCode::Passed
    } else {
        ExitCode::Failed
    })
}

fn line(done: &Done) -> String {
    let replayed = &done.replayed;
    let mut line = format!(
        "{}: {} events into {} (host {}, sourcetype {}; {}), {} found",
        done.key,
        replayed.sent - done.skipped,
        done.meta.index,
        done.meta.host,
        done.meta.sourcetype,
        done.form,
        replayed.found
    );
    if done.skipped > 0 {
        line.push_str(&format!("; {} were there already", done.skipped));
    }
    if replayed.kept > 0 {
        line.push_str(&format!(
            "; {} do not tell their time, and kept it",
            replayed.kept
        ));
    }
    if replayed.sent != replayed.found {
        line.push_str(&format!(
            "\n  the server made {} events of {}: line breaking, a filter or a changed host for `{}` differs there",
            replayed.found, replayed.sent, done.meta.sourcetype
        ));
    }
    line
}

/// Undoes what the journal holds.
fn clean(args: &Replay, lab: &Lab, runtime: &Runtime) -> Result<ExitCode, Failure> {
    if args.plan {
        let open = runtime.block_on(lab.open_changes(Which::All));
        let steps: Vec<Step> = open.iter().map(Step::undo).collect();
        target::print_plan(&steps)?;
        return Ok(ExitCode::Passed);
    }
    let done = runtime.block_on(lab.clean(Which::All));
    let mut out = io::stdout().lock();
    let mut left = Vec::new();
    for (change, result) in done {
        match result {
            Ok(()) => writeln!(out, "{}", visible(&format!("undone: {change}")))?,
            Err(error) => left.push((change, error)),
        }
    }
    Ok(if target::tell_left(&left, &args.target) {
        ExitCode::Environment
    } else {
        ExitCode::Passed
    })
}
