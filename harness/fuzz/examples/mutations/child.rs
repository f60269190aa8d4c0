//! The child process: reads inputs, runs them, says how it went.

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use crate::target::{Bench, Target};

/// The stack of rayon's threads, on which searches run.
const STACK: usize = 2 << 20;
/// Texts are kept for as long as a bench lives.
const INPUTS: usize = 2_000;

/// Where the last panic was. The engine catches its own.
static PLACE: Mutex<String> = Mutex::new(String::new());

/// The input went all the way: a search gave a result.
pub(crate) const FINISHED: &str = "finished";
/// The input was refused, with words for the user.
pub(crate) const REFUSED: &str = "refused";

pub(crate) fn serve(target: Target) {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
        let words = panic.payload_as_str().unwrap_or("").replace('\n', " ");
        *PLACE
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = format!("{place} | {words}");
    }));
    let thread = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || inputs(target));
    let ended = thread.expect("a thread").join();
    assert!(ended.is_ok(), "the child lost its thread");
}

fn inputs(target: Target) {
    let mut bench = Bench::new();
    say("ready");
    let mut done = 0;
    while let Some(input) = next() {
        PLACE
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clear();
        bench.finished = false;
        let outcome = catch_unwind(AssertUnwindSafe(|| target.run(&input, &mut bench)));
        let place = PLACE
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone();
        match outcome {
            Ok(Ok(())) if place.is_empty() => say(if bench.finished { FINISHED } else { REFUSED }),
            Ok(Err(wrong)) if place.is_empty() => {
                say(&format!("wrong | {}", wrong.replace('\n', " ")))
            }
            _ => say(&place),
        }
        done += 1;
        if done % INPUTS == 0 {
            bench = Bench::new();
        }
    }
}

fn next() -> Option<String> {
    let mut stdin = std::io::stdin().lock();
    let mut length = [0; 4];
    stdin.read_exact(&mut length).ok()?;
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    stdin.read_exact(&mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}

fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    // Without a reader there is nothing left to do: the next read ends the loop.
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
