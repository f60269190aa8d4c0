//! What broke, made as small as it can be, and its file.

use std::path::Path;

use crate::target::Target;
use crate::watch::Watched;

/// Stands between what was found and the input.
pub(crate) const LINE: &str = "\n----\n";

/// An input that breaks something.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// `panic`, `hang`, `memory`, `crash`.
    pub(crate) kind: &'static str,
    pub(crate) what: String,
    pub(crate) input: String,
}

impl Finding {
    pub(crate) fn new(kind: &'static str, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            input: String::new(),
        }
    }

    /// The same for findings that are probably one: a panic by its place; another by the first word of its last command.
    pub(crate) fn key(&self, target: Target) -> String {
        let what = match self.kind {
            "panic" => self.what.split(" | ").next().unwrap_or(""),
            _ => self
                .input
                .rsplit('|')
                .next()
                .unwrap_or("")
                .trim()
                .split([' ', '(', '='])
                .next()
                .unwrap_or(""),
        };
        format!("{} {} {what}", target.name(), self.kind)
    }

    pub(crate) fn write(&self, target: Target, folder: &Path) {
        let place = folder.join(format!(
            "{}-{}-{:08x}.txt",
            target.name(),
            self.kind,
            hash(&self.input)
        ));
        let text = format!(
            "{}: {}: {}{LINE}{}",
            target.name(),
            self.kind,
            self.what,
            self.input
        );
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&place, text));
        if let Err(error) = written {
            println!("{}: {error}", place.display());
        }
    }
}

fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// Cuts pieces out of the input for as long as it breaks in the same way.
pub(crate) fn smaller(found: Finding, watched: &mut Watched) -> Finding {
    // What takes seconds each time is tried less often.
    let mut tries = if found.kind == "panic" { 400 } else { 25 };
    let mut best = found;
    let mut piece = best.input.chars().count() / 2;
    while piece > 0 && tries > 0 {
        let mut at = 0;
        let mut cut = false;
        while tries > 0 && at < best.input.chars().count() {
            let input: String = best
                .input
                .chars()
                .take(at)
                .chain(best.input.chars().skip(at + piece))
                .collect();
            tries -= 1;
            match watched.run(&input) {
                Err(again)
                    if again.kind == best.kind
                        && (again.kind != "panic" || place(&again) == place(&best)) =>
                {
                    best = again;
                    cut = true;
                }
                _ => at += piece,
            }
        }
        if !cut {
            piece /= 2;
        }
    }
    best
}

fn place(finding: &Finding) -> Option<&str> {
    finding.what.split(" | ").next()
}
