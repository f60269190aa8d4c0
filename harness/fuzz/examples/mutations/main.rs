//! Runs mutated searches, expressions, patterns and data, and watches for panics, hangs and memory:
//! `cargo run --release -p dryfire-fuzz --example mutations -- --seconds 600 [--seed N] [--target NAME]… [--out DIR]`.
//!
//! Inputs run in a child process, one after the other, each within two seconds of processor time and so much memory.
//! What breaks is written to a file of its own, as small as it could be made. `--replay FILE --target NAME` runs one.

#![expect(clippy::print_stdout, reason = "a program that people run")]

#[path = "../../../engine/tests/support/session.rs"]
mod session;

mod child;
mod data;
mod finding;
mod seeds;
mod target;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use dryfire_fuzz::{Noise, mutate};

use finding::Finding;
use target::Target;
use watch::Watched;

/// What the command line asks for.
struct Asked {
    seconds: u64,
    seed: u64,
    targets: Vec<Target>,
    out: PathBuf,
    memory: u64,
    replay: Option<PathBuf>,
    worker: bool,
}

const USAGE: &str = "mutations [--seconds N] [--seed N] [--target NAME]… [--memory MIB] [--out DIR] [--replay FILE]";

fn asked() -> Result<Asked, String> {
    let mut asked = Asked {
        seconds: 60,
        seed: 1,
        targets: Vec::new(),
        out: "target/mutations".into(),
        memory: 512,
        replay: None,
        worker: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} takes a value"));
        let number = |text: String| {
            text.parse::<u64>()
                .map_err(|_| format!("`{text}` is not a number"))
        };
        match word.as_str() {
            "--seconds" => asked.seconds = number(value()?)?,
            "--seed" => asked.seed = number(value()?)?,
            "--memory" => asked.memory = number(value()?)?,
            "--out" => asked.out = value()?.into(),
            "--replay" => asked.replay = Some(value()?.into()),
            "--worker" => asked.worker = true,
            "--target" => {
                let name = value()?;
                let names: Vec<&str> = Target::ALL.iter().map(|target| target.name()).collect();
                asked.targets.push(Target::named(&name).ok_or_else(|| {
                    format!(
                        "there is no target `{name}`; there are {}",
                        names.join(", ")
                    )
                })?);
            }
            other => return Err(format!("`{other}` is unknown; usage: {USAGE}")),
        }
    }
    if asked.targets.is_empty() {
        asked.targets = Target::ALL.to_vec();
    }
    Ok(asked)
}

fn main() -> ExitCode {
    match asked() {
        Ok(asked) if asked.worker => {
            child::serve(asked.targets[0]);
            ExitCode::SUCCESS
        }
        Ok(asked) => match &asked.replay {
            Some(file) => replay(&asked, file),
            None => run(&asked),
        },
        Err(why) => {
            println!("{why}");
            ExitCode::from(2)
        }
    }
}

fn replay(asked: &Asked, file: &std::path::Path) -> ExitCode {
    let Ok(input) = std::fs::read_to_string(file) else {
        println!("{} can't be read", file.display());
        return ExitCode::from(2);
    };
    // A finding's file says on its first lines what was found.
    let input = input
        .split_once(finding::LINE)
        .map_or(input.as_str(), |(_, input)| input);
    match Watched::start(asked.targets[0], asked.memory).run(input) {
        Ok(finished) => println!(
            "nothing breaks; {}",
            if finished {
                "it has a result"
            } else {
                "it is refused"
            }
        ),
        Err(finding) => {
            println!("{}: {}", finding.kind, finding.what);
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run(asked: &Asked) -> ExitCode {
    let share =
        Duration::from_secs(asked.seconds) / u32::try_from(asked.targets.len()).unwrap_or(1);
    let mut findings: BTreeMap<String, Finding> = BTreeMap::new();
    for target in &asked.targets {
        let mut noise = Noise::new(asked.seed ^ ((*target as u64) << 32));
        let seeds = seeds::of(*target, asked.seed);
        let mut watched = Watched::start(*target, asked.memory);
        let (start, mut count, mut finished, mut slowest) =
            (Instant::now(), 0_u64, 0_u64, Duration::ZERO);
        let mut found = 0;
        while start.elapsed() < share {
            let (seed, other) = (noise.below(seeds.len()), noise.below(seeds.len()));
            let input = match count < seeds.len() as u64 {
                // Each seed as it is, first.
                true => seeds[usize::try_from(count).unwrap_or(0)].clone(),
                false => mutate(&seeds[seed], &seeds[other], &mut noise),
            };
            count += 1;
            let began = Instant::now();
            let broken = watched.run(&input);
            slowest = slowest.max(began.elapsed());
            finished += u64::from(matches!(broken, Ok(true)));
            if let Err(finding) = broken {
                found += 1;
                let known = findings.contains_key(&finding.key(*target));
                if !known {
                    let finding = finding::smaller(finding, &mut watched);
                    finding.write(*target, &asked.out);
                    println!("{}: {}: {}", target.name(), finding.kind, finding.what);
                    findings.insert(finding.key(*target), finding);
                }
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{:<8} {count:>9} inputs in {seconds:>4.0} s, {:>7.0} a second; {}% went all the way; from {} seeds; slowest {:.2} s; {found} broke",
            target.name(),
            count as f64 / seconds,
            finished * 100 / count.max(1),
            seeds.len(),
            slowest.as_secs_f64()
        );
    }
    println!(
        "{} different findings in {}",
        findings.len(),
        asked.out.display()
    );
    if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
