//! A child process that runs inputs, and the watch over it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::child::{FINISHED, REFUSED};
use crate::finding::Finding;
use crate::target::Target;

/// How much processor time an input may take.
const TIME: f64 = 2.0;
/// How long an input may take by the clock: the machine may be busy with something else.
const WAIT: Duration = Duration::from_secs(60);
/// How often the child is looked at.
const LOOK: Duration = Duration::from_millis(15);
/// Processor time comes in hundredths of a second.
const TICKS: f64 = 100.0;

/// A running child.
struct Running {
    process: Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

/// Runs inputs in a child and starts another one when it breaks.
pub(crate) struct Watched {
    target: Target,
    memory: u64,
    running: Option<Running>,
}

impl Watched {
    pub(crate) fn start(target: Target, memory_mib: u64) -> Self {
        Self {
            target,
            memory: memory_mib << 20,
            running: None,
        }
    }

    /// Runs one input; says whether it went all the way or was refused.
    pub(crate) fn run(&mut self, input: &str) -> Result<bool, Finding> {
        let memory = self.memory;
        let target = self.target;
        let running = self.running.get_or_insert_with(|| spawn(target));
        let answer = running.ask(input, memory);
        if matches!(&answer, Err(finding) if finding.kind != "panic") {
            self.stop();
        }
        answer.map_err(|finding| Finding {
            input: input.to_owned(),
            ..finding
        })
    }

    fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // It may have ended by itself.
            let _ = running.process.kill();
            let _ = running.process.wait();
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(target: Target) -> Running {
    let program = std::env::current_exe().expect("this program has a path");
    let mut process = Command::new(program)
        .args(["--worker", "--target", target.name()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("this program can be started again");
    let input = process.stdin.take().expect("a pipe");
    let output = process.stdout.take().expect("a pipe");
    let (send, answers) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            if line.is_err() || line.is_ok_and(|line| send.send(line).is_err()) {
                return;
            }
        }
    });
    let running = Running {
        process,
        input,
        answers,
    };
    // It is ready when it says so.
    let _ = running.answers.recv_timeout(WAIT);
    running
}

impl Running {
    fn ask(&mut self, input: &str, memory: u64) -> Result<bool, Finding> {
        let length = u32::try_from(input.len()).unwrap_or(0).to_le_bytes();
        let before = self.processor();
        let sent = self
            .input
            .write_all(&length)
            .and_then(|()| self.input.write_all(input.as_bytes()))
            .and_then(|()| self.input.flush());
        let began = Instant::now();
        while sent.is_ok() {
            match self.answers.recv_timeout(LOOK) {
                Ok(answer) if answer == FINISHED => return Ok(true),
                Ok(answer) if answer == REFUSED => return Ok(false),
                Ok(answer) => return Err(Finding::new("panic", answer)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let resident = self.resident();
            if resident > memory {
                return Err(Finding::new("memory", format!("{} MiB", resident >> 20)));
            }
            let used = self.processor() - before;
            if used > TIME || began.elapsed() > WAIT {
                return Err(Finding::new(
                    "hang",
                    format!("{used:.1} s of processor time and no end"),
                ));
            }
        }
        let ended = self
            .process
            .wait()
            .map_or_else(|error| error.to_string(), |status| status.to_string());
        Err(Finding::new("crash", ended))
    }

    /// Seconds of processor time so far; 0 where the system does not tell.
    fn processor(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))
            .unwrap_or_default();
        let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks: f64 = after_name
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<f64>().ok())
            .sum();
        ticks / TICKS
    }

    /// Bytes of memory in use; 0 where the system does not tell.
    fn resident(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))
            .unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
            .unwrap_or(0)
            << 10
    }
}
