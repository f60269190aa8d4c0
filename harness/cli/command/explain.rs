//! `dryfire explain CODE`: a diagnostic's page.

use std::io::{self, Write};

use dryfire_diagnostic::{codes, find_code, nearest};
use dryfire_event::ExitCode;

use super::Failure;
use crate::args::Explain;

pub(crate) fn run(args: &Explain) -> Result<ExitCode, Failure> {
    let Some(code) = find_code(&args.code) else {
        let similar = nearest(&args.code, codes::all().map(|code| code.id)).map(|near| format!(" (did you mean {near}?)"));
        let text = format!("error: there is no diagnostic code `{}`{}", args.code, similar.unwrap_or_default());
        return Err(Failure::new(ExitCode::Content, text));
    };
    writeln!(io::stdout(), "{}: {}\n\n{}", code.id, code.title, code.page)?;
    Ok(ExitCode::Passed)
}
