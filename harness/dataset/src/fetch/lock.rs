//! The lock file: what the data behind each address must be.
//!
//! A line a dataset, as `sha256sum` writes them but for the size: SHA-256, size, address. `#` begins a comment.

use std::collections::BTreeMap;

use crate::lfs::is_sha256;

/// The file's name.
pub const LOCK_FILE: &str = "dryfire.lock";

/// What the data behind addresses must be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock(BTreeMap<String, Locked>);

/// What one dataset must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// Its SHA-256.
    pub sha256: String,
    /// Its size.
    pub size: u64,
}

impl Lock {
    /// Reads a file's text.
    ///
    /// # Errors
    /// Which line is wrong, counted from 1.
    pub fn parse(text: &str) -> Result<Self, usize> {
        let mut lock = Self::default();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (address, locked) = entry(line).ok_or(at + 1)?;
            // Two lines that differ leave open what is meant.
            match lock.get(address) {
                Some(known) if *known != locked => return Err(at + 1),
                _ => lock.insert(address, locked),
            }
        }
        Ok(lock)
    }

    /// What an address must give.
    pub fn get(&self, address: &str) -> Option<&Locked> {
        self.0.get(address)
    }

    /// Writes down what an address gives.
    pub fn insert(&mut self, address: &str, locked: Locked) {
        self.0.insert(address.to_owned(), locked);
    }
}

/// The file's text.
impl std::fmt::Display for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "# What the data behind each address must be: SHA-256, size, address."
        )?;
        writeln!(f, "# Written by `dryfire datasets fetch --lock`.")?;
        for (address, locked) in &self.0 {
            writeln!(f, "{}  {}  {address}", locked.sha256, locked.size)?;
        }
        Ok(())
    }
}

fn entry(line: &str) -> Option<(&str, Locked)> {
    let (sha256, rest) = line.split_once(char::is_whitespace)?;
    let (size, address) = rest.trim_start().split_once(char::is_whitespace)?;
    let locked = Locked {
        sha256: is_sha256(sha256).then(|| sha256.to_ascii_lowercase())?,
        size: size.parse().ok()?,
    };
    Some((address.trim_start(), locked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut lock = Lock::default();
        for (address, digit) in [("https://b.example/x y", 'b'), ("https://a.example/", 'a')] {
            let sha256 = String::from(digit).repeat(64);
            lock.insert(address, Locked { sha256, size: 7 });
        }
        let text = lock.to_string();
        assert_eq!(Lock::parse(&text), Ok(lock));
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert!(lines[0].ends_with("a  7  https://a.example/"), "{text}");
    }

    #[test]
    fn a_wrong_line_is_named() {
        let (one, other) = ("a".repeat(64), "b".repeat(64));
        for text in [
            format!("\n{one} x https://a.example"),
            format!("# note\n{one} 7"),
            "\nabc 7 https://a.example".to_owned(),
            format!("{one} 7 https://a.example\n{other} 7 https://a.example"),
        ] {
            assert_eq!(Lock::parse(&text), Err(2), "{text}");
        }
        assert!(Lock::parse(&format!("{one} 7 u\n{one} 7 u")).is_ok());
    }
}
