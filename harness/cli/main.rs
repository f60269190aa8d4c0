//! The command line: arguments, one file per subcommand, exit codes. All work is done by the crates below.

mod args;
mod command;
mod interrupt;
mod output;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match args.command {
        Command::Test(test) => command::test::run(&test),
        Command::Validate(validate) => command::validate::run(&validate),
        Command::Search(search) => command::search::run(&search),
        Command::Events(events) => command::events::run(&events),
        Command::Knowledge(knowledge) => command::knowledge::run(&knowledge),
        Command::Coverage(coverage) => command::coverage::run(&coverage),
        Command::Datasets(datasets) => command::datasets::run(&datasets),
        Command::Replay(replay) => command::replay::run(&replay),
        Command::Dump(dump) => command::dump::run(&dump),
        Command::Verify(verify) => command::verify::run(&verify),
        Command::Conformance(conformance) => command::conformance::run(&conformance),
        Command::Serve(serve) => command::serve::run(&serve),
        Command::Explain(explain) => command::explain::run(&explain),
        Command::Spl(spl) => command::spl::run(&spl),
    };
    match result {
        Ok(code) => ExitCode::from(code.code()),
        Err(failure) => failure.report(),
    }
}
