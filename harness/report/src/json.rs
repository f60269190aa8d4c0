//! JSON lines: each event as one object on one line, for other programs. The schema is `dryfire-event`'s.

use std::io::{self, Write};

use dryfire_event::Event;

use crate::Report;

/// Writes each event as it comes.
#[derive(Debug)]
pub struct Json<W: Write> {
    out: W,
}

impl<W: Write> Json<W> {
    /// A report to a writer.
    pub fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Report for Json<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, event)?;
        self.out.write_all(b"\n")?;
        // A reader at the other end of a pipe follows the run, and a run that is killed leaves whole lines.
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn each_line_is_an_event() {
        let mut out = Vec::new();
        let mut report = Json::new(&mut out);
        for event in sample::run() {
            report.event(&event).unwrap();
        }
        report.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        let events: Vec<Event> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(events, sample::run());
        assert!(text.ends_with('\n'));
    }
}
