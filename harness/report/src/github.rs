//! GitHub Actions: annotations at the lines of YAML and SPL that are wrong, as workflow commands on standard output.
//!
//! GitHub shows ten errors, ten warnings and ten notices of a step: what failed comes first, and of one reason only a few.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use dryfire_event::{CaseFinished, Event, Finding, Place, Severity, Verdict};

use crate::text::{count, lines, one_line};
use crate::{EXPECTED_FAILURE, Report};

/// Errors and undetermined cases of one reason that get an annotation of their own.
const OF_ONE_REASON: u64 = 3;
/// Annotations of one level.
const OF_ONE_LEVEL: usize = 50;

/// Writes annotations when the run ends.
#[derive(Debug)]
pub struct Github<W: Write> {
    out: W,
    /// By level, then what failed before what could not be judged, in the order they ended.
    annotations: Vec<(Level, u8, Annotation)>,
    /// How many cases each verdict and category has so far.
    seen: BTreeMap<(&'static str, String), u64>,
}

/// The words GitHub has for severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Note => Self::Notice,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// One annotation.
#[derive(Debug, PartialEq, Eq)]
struct Annotation {
    title: String,
    place: Option<Place>,
    message: String,
}

impl<W: Write> Github<W> {
    /// A report to standard output, or wherever the runner reads commands.
    pub fn new(out: W) -> Self {
        Self {
            out,
            annotations: Vec::new(),
            seen: BTreeMap::new(),
        }
    }

    fn case(&mut self, finished: &CaseFinished) {
        let Some(reason) = finished.verdict.reason() else {
            return self.findings_of_a_pass(finished);
        };
        if reason.category == EXPECTED_FAILURE {
            let annotation = Annotation {
                title: format!("expected failure: {}", finished.case.detection),
                place: place(finished).cloned(),
                message: message(finished),
            };
            self.annotations.push((Level::Notice, 0, annotation));
        }
        if !finished.verdict.needs_attention() {
            return;
        }
        let key = (finished.verdict.label(), reason.category.clone());
        let seen = self.seen.entry(key).or_default();
        *seen += 1;
        let failed = matches!(finished.verdict, Verdict::Failed { .. });
        if !failed && *seen > OF_ONE_REASON {
            return;
        }
        let title = format!("{}: {}", finished.verdict.label(), finished.case.detection);
        let annotation = Annotation {
            title,
            place: place(finished).cloned(),
            message: message(finished),
        };
        self.annotations
            .push((Level::Error, u8::from(!failed), annotation));
    }

    fn findings_of_a_pass(&mut self, finished: &CaseFinished) {
        for finding in &finished.findings {
            self.finding(finding);
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let mut message = finding.message.clone();
        for more in finding.notes.iter().chain(&finding.help) {
            message.push('\n');
            message.push_str(more);
        }
        let annotation = Annotation {
            title: format!("{} {}", finding.severity, finding.code),
            place: finding.place.clone(),
            message,
        };
        let level = Level::of(finding.severity);
        let same =
            |(other, _, known): &(Level, u8, Annotation)| (*other, known) == (level, &annotation);
        // The cases of one detection share its findings.
        if !self.annotations.iter().any(same) {
            self.annotations.push((level, 2, annotation));
        }
    }

    fn write(&mut self) -> io::Result<()> {
        self.annotations
            .sort_by_key(|(level, order, _)| (*level, *order));
        for level in [Level::Error, Level::Warning, Level::Notice] {
            let all: Vec<_> = self
                .annotations
                .iter()
                .filter(|(of, ..)| *of == level)
                .collect();
            for (_, _, annotation) in all.iter().take(OF_ONE_LEVEL) {
                writeln!(self.out, "{}", command(level, annotation))?;
            }
        }
        for ((verdict, category), cases) in &self.seen {
            if *verdict != "failed" && *cases > OF_ONE_REASON {
                let more = count(cases - OF_ONE_REASON, "more case");
                let annotation = Annotation {
                    title: format!("{verdict}: {more}"),
                    place: None,
                    message: format!("{more} for the same reason ({category})"),
                };
                writeln!(self.out, "{}", command(Level::Error, &annotation))?;
            }
        }
        self.out.flush()
    }
}

impl<W: Write> Report for Github<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::CaseFinished(finished) => self.case(finished),
            Event::FindingReported(finding) => self.finding(finding),
            Event::RunStarted(_)
            | Event::DetectionDescribed(_)
            | Event::CaseStarted(_)
            | Event::RunFinished(_) => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.write()
    }
}

/// Where to look first: the error in the search, the expectation that was not met, the condition that nothing satisfies, the test.
pub(crate) fn place(finished: &CaseFinished) -> Option<&Place> {
    let worst = finished
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let unmet = finished
        .trace
        .conditions
        .iter()
        .filter(|condition| condition.events == 0);
    worst
        .filter_map(|finding| finding.place.as_ref())
        .chain(
            finished
                .mismatches
                .iter()
                .filter_map(|one| one.place.as_ref()),
        )
        .chain(unmet.filter_map(|condition| condition.place.as_ref()))
        .chain(&finished.case.place)
        .next()
}

/// The test, the reason, expected against actual, and what to do.
fn message(finished: &CaseFinished) -> String {
    let mut said: Vec<String> = Vec::new();
    if !finished.case.test.is_empty() {
        said.push(finished.case.test.clone());
    }
    if let Some(reason) = finished.verdict.reason() {
        said.push(reason.text.clone());
    }
    let selected = finished.selected.iter().take(3);
    said.extend(selected.map(|why| format!("selected: {why}")));
    for mismatch in finished.mismatches.iter().take(3) {
        said.push(format!(
            "expected {}, was {}",
            mismatch.expected, mismatch.actual
        ));
    }
    let unmet = finished
        .trace
        .conditions
        .iter()
        .filter(|condition| condition.events == 0);
    for condition in unmet.take(3) {
        let near = condition
            .nearest
            .first()
            .map_or_else(String::new, |near| format!("; the data has {}", near.value));
        said.push(format!("no event satisfies {}{near}", condition.text));
    }
    said.extend(
        finished
            .findings
            .iter()
            .filter_map(|finding| finding.help.clone()),
    );
    said.join("\n")
}

fn command(level: Level, annotation: &Annotation) -> String {
    let mut properties = Vec::new();
    if let Some(place) = &annotation.place {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={},col={}", place.line, place.column));
        // GitHub takes an end column on the same line only.
        if place.end_line == place.line && place.end_column > place.column {
            properties.push(format!("endColumn={}", place.end_column));
        } else if place.end_line > place.line {
            properties.push(format!("endLine={}", place.end_line));
        }
    }
    properties.push(format!("title={}", property(&annotation.title)));
    let message = data(&lines(&annotation.message));
    format!("::{} {}::{message}", level.word(), properties.join(","))
}

/// Escapes of a command's message.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes of a command's property.
fn property(text: &str) -> String {
    data(&one_line(text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}

/// Output in which nothing is a workflow command. The runner takes a line for one that begins with `::`, after white space, or that
/// has `##[` anywhere; attack data may hold either.
pub(crate) fn inert(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        // Colours stand before the text that the runner may look at.
        let plain = anstream::adapter::strip_str(line).to_string();
        let line = if plain.trim_start().starts_with("::") {
            line.replacen("::", ":\u{2060}:", 1)
        } else {
            line.to_owned()
        };
        out.push_str(&line.replace("##[", "##\u{2060}["));
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn report(events: &[Event]) -> String {
        let mut out = Vec::new();
        let mut report = Github::new(&mut out);
        for event in events {
            report.event(event).unwrap();
        }
        report.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_needs_attention_is_annotated_where_it_is_wrong() {
        let expected = "\
::error file=detections/endpoint/windows_remote_assistance_spawning_process.yml,line=16,col=11,title=failed%3A Windows Remote Assistance Spawning Process::fires on a renamed parent%0Ano row came back where at least 1 is expected%0Aexpected at least 1 row, was no rows%0Ano event satisfies Processes.parent_process_name=msra.exe; the data has msra2.exe
::error file=detections/endpoint/windows_remote_assistance_spawning_process.yml,line=66,col=9,title=failed%3A Suspicious Rundll32 Inline HTA::names the user%0Ano row has user=bob and dest=win-*%0Aexpected a row with user=bob and dest=win-*, was 9 rows, none of them
::error file=detections/endpoint/system_file_moved.yml,line=18,col=12,endColumn=34,title=undetermined%3A System Processes Run From Unexpected Locations::True Positive Test%0Alookup `is_windows_system_file` is not there%0Agive its app with `--app`, or a CSV under `lookups/`
::error file=detections/endpoint/windows_remote_assistance_spawning_process.yml,line=61,col=5,title=error%3A Access LSASS Memory for Dump Creation::True Positive Test%0Adatasets/T1003/lsass.log is a Git LFS pointer, and the file it stands for can't be fetched
::warning file=manifests/t1055.yml,line=4,col=3,title=warning DF102::unknown key `datset`%0Adid you mean `dataset`?
::warning file=manifests/t1055.yml,line=4,col=3,title=warning DF640::`maxresultrows` of limits.conf cut the subsearch at 50,000 rows%0Adid you mean `dataset`?
";
        assert_eq!(report(&sample::run()), expected);
    }

    #[test]
    fn errors_of_one_reason_are_annotated_a_few_times() {
        let remote = || {
            let mut finished = sample::cases().remove(7);
            finished.case.test = "%,:\n::error::x".into();
            finished
        };
        let text = report(&sample::run_of((0..40).map(|_| remote()).collect()));
        assert_eq!(text.matches("::error file=").count(), 3, "\n{text}");
        assert!(text.contains("::error title=error%3A 37 more cases::37 more cases for the same reason (lfs-pointer)\n"), "\n{text}");
        assert!(text.contains("::%25,:%0A::error::x%0A"), "\n{text}");
        assert!(
            text.lines()
                .all(|line| line.starts_with("::error ") || line.starts_with("::warning ")),
            "\n{text}"
        );
    }

    #[test]
    fn commands_are_broken_up() {
        assert_eq!(inert("a::b\n"), "a::b\n");
        assert_eq!(inert("  ::error::x\nb"), "  :\u{2060}:error::x\nb");
        assert_eq!(inert("\u{1b}[1m::x\n"), "\u{1b}[1m:\u{2060}:x\n");
        assert_eq!(inert("a ##[group]"), "a ##\u{2060}[group]");
    }
}
