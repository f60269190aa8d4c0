//! Prints a sample run as each report shows it (HTML goes to `target/look`): `cargo run -p dryfire-report --example look -- wide|narrow|plain|folded|junit|json|github|markdown|html [EVENTS.jsonl]`.

use std::io;

use dryfire_report::{Github, Html, Json, Junit, Markdown, Report, Terminal, TerminalOptions};

#[path = "../src/sample.rs"]
mod sample;

fn main() -> io::Result<()> {
    let look = std::env::args().nth(1).unwrap_or_default();
    let detected = TerminalOptions::detect();
    let out = io::stdout().lock();
    let mut report: Box<dyn Report> = match look.as_str() {
        "wide" => Box::new(Terminal::new(
            out,
            TerminalOptions {
                width: 120,
                tty: true,
                ..detected
            },
        )),
        "narrow" => Box::new(Terminal::new(
            out,
            TerminalOptions {
                width: 64,
                tty: true,
                ..detected
            },
        )),
        "folded" => Box::new(Terminal::new(
            out,
            TerminalOptions {
                fold_above: 3,
                ..detected
            },
        )),
        "junit" => Box::new(Junit::new(out)),
        "json" => Box::new(Json::new(out)),
        "github" => Box::new(Github::new(out)),
        "markdown" => Box::new(Markdown::new(out)),
        "html" => Box::new(Html::folder("target/look")?),
        _ => Box::new(Terminal::new(out, detected)),
    };
    // A run that `--json` wrote, in place of the sample.
    let events = match std::env::args().nth(2) {
        Some(path) => std::fs::read_to_string(path)?
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?,
        None => sample::run(),
    };
    for event in events {
        report.event(&event)?;
        if detected.progress {
            std::thread::sleep(std::time::Duration::from_millis(150));
        }
    }
    report.finish()
}
