//! A summary in GitHub's Markdown, for a pull request or a job: counts, what needs attention with its place, what the passes rest on.
//!
//! Attack data must not become links, mentions, formulas or HTML there, so all that means something to GitHub is escaped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use dryfire_event::{CaseFinished, Event, Finding, RunStarted, Severity, Summary, Verdict};

use crate::detail::Detail;
use crate::github::place;
use crate::style::Paint;
use crate::text::{count, cut, lines, number, one_line, seconds};
use crate::{EXPECTED_FAILURE, Report};

/// Rows of the table of what needs attention.
const ROWS: usize = 50;
/// Cases of one reason in it; failed ones always have a row.
const OF_ONE_REASON: u64 = 3;
/// Cases that are told in full.
const IN_FULL: usize = 10;
/// Bytes of a case that is told in full: GitHub takes a comment of 65,536 characters.
const DETAIL_BYTES: usize = 4_000;
/// Assumptions listed.
const ASSUMPTIONS: usize = 20;

/// Collects a run and writes its summary.
#[derive(Debug)]
pub struct Markdown<W: Write> {
    out: W,
    started: Option<RunStarted>,
    summary: Summary,
    elapsed_micros: Option<u64>,
    /// Cases that need attention, failed ones first, then by detection, test and id.
    attention: BTreeMap<(u8, String, String, String), CaseFinished>,
    /// Assumptions of passes and how many cases carry them.
    assumptions: BTreeMap<String, u64>,
    synthetic: u64,
    simulated: u64,
    /// Failures that somebody answers for, by detection, test and id.
    expected: BTreeMap<(String, String, String), String>,
    findings: Vec<Finding>,
}

impl<W: Write> Markdown<W> {
    /// A report to a writer.
    pub fn new(out: W) -> Self {
        Self {
            out,
            started: None,
            summary: Summary::default(),
            elapsed_micros: None,
            attention: BTreeMap::new(),
            assumptions: BTreeMap::new(),
            synthetic: 0,
            simulated: 0,
            expected: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    fn case(&mut self, finished: &CaseFinished) {
        if finished.verdict == Verdict::Passed {
            self.synthetic += u64::from(finished.synthetic());
            self.simulated += u64::from(!finished.simulated.is_empty());
            let texts: BTreeSet<_> = finished
                .assumptions
                .iter()
                .map(|assumption| &assumption.text)
                .collect();
            for text in texts {
                *self.assumptions.entry(text.clone()).or_default() += 1;
            }
        }
        if let Some(reason) = finished.verdict.reason()
            && reason.category == EXPECTED_FAILURE
        {
            let case = &finished.case;
            let key = (case.detection.clone(), case.test.clone(), case.id.clone());
            self.expected.insert(key, reason.text.clone());
        }
        if finished.verdict.needs_attention() {
            let case = &finished.case;
            let rank = u8::from(!matches!(finished.verdict, Verdict::Failed { .. }));
            let key = (
                rank,
                case.detection.clone(),
                case.test.clone(),
                case.id.clone(),
            );
            self.attention.insert(key, finished.clone());
        }
    }

    fn render(&self) -> String {
        let mut out = String::from("## Dryfire\n\n");
        self.counts(&mut out);
        self.table(&mut out);
        self.in_full(&mut out);
        self.expected(&mut out);
        self.rests_on(&mut out);
        self.outside(&mut out);
        out
    }

    fn counts(&self, out: &mut String) {
        let summary = &self.summary;
        let head = match (
            summary.interrupted || self.elapsed_micros.is_none(),
            summary.cases(),
        ) {
            (true, _) => "**Interrupted.** ",
            (false, 0) => "**No case was selected.** ",
            _ => "",
        };
        let counts = [
            (summary.passed, "passed", "✅"),
            (summary.failed, "failed", "❌"),
            (summary.undetermined, "undetermined", "❔"),
            (summary.errors.total(), "errors", "⚠️"),
            (summary.skipped, "skipped", "⏭️"),
            (summary.cancelled, "cancelled", "⏹️"),
        ];
        let shown: Vec<_> = counts
            .iter()
            .enumerate()
            .filter(|(at, (cases, ..))| *at < 2 || *cases > 0)
            .map(|(_, (cases, word, sign))| format!("{sign} **{}** {word}", number(*cases)))
            .collect();
        let _ = writeln!(out, "{head}{}\n", shown.join(" · "));
        if let Some(started) = &self.started {
            let time = self
                .elapsed_micros
                .map_or_else(String::new, |micros| format!(" · {}", seconds(micros)));
            let _ = writeln!(
                out,
                "<sub>dryfire {} · target {} · {}{time}</sub>\n",
                text(&started.dryfire_version),
                text(&started.target),
                started.mode.label()
            );
        }
    }

    fn table(&self, out: &mut String) {
        if self.attention.is_empty() {
            return;
        }
        out.push_str("| verdict | detection | test | reason | place |\n|---|---|---|---|---|\n");
        let mut seen: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        let mut rows = 0;
        let mut left: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for finished in self.attention.values() {
            let Some(reason) = finished.verdict.reason() else {
                continue;
            };
            let key = (finished.verdict.label(), reason.category.as_str());
            let of_reason = seen.entry(key).or_default();
            *of_reason += 1;
            let failed = matches!(finished.verdict, Verdict::Failed { .. });
            if rows >= ROWS || (!failed && *of_reason > OF_ONE_REASON) {
                *left.entry(key).or_default() += 1;
                continue;
            }
            rows += 1;
            let at = place(finished).map_or_else(String::new, |place| text(&place.to_string()));
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {at} |",
                finished.verdict.label(),
                text(&finished.case.detection),
                text(&finished.case.test),
                reason_cell(&reason.text, &finished.selected),
            );
        }
        out.push('\n');
        for ((verdict, category), cases) in left {
            let _ = writeln!(
                out,
                "- and {} {verdict} ({})",
                count(cases, "more case"),
                text(category)
            );
        }
        out.push('\n');
    }

    fn in_full(&self, out: &mut String) {
        let detail = Detail {
            width: 140,
            paint: Paint { color: false },
        };
        for finished in self.attention.values().take(IN_FULL) {
            let mut rendered = detail.render(finished);
            if rendered.len() > DETAIL_BYTES {
                let end = (0..=DETAIL_BYTES)
                    .rev()
                    .find(|end| rendered.is_char_boundary(*end))
                    .unwrap_or(0);
                rendered.truncate(end);
                rendered.push_str("\n…");
            }
            let title = format!(
                "{}: {} · {}",
                finished.verdict.label(),
                finished.case.detection,
                finished.case.test
            );
            let _ = writeln!(
                out,
                "<details><summary>{}</summary>\n\n{}\n</details>\n",
                text(&title),
                fenced(&rendered)
            );
        }
    }

    fn expected(&self, out: &mut String) {
        if self.expected.is_empty() {
            return;
        }
        let failures = count(self.expected.len() as u64, "expected failure");
        let _ = writeln!(out, "<details><summary>{failures}</summary>\n");
        for ((detection, test, _), why) in self.expected.iter().take(ROWS) {
            let _ = writeln!(
                out,
                "- {} · {}: {}",
                text(detection),
                text(test),
                text(&cut(why, 300))
            );
        }
        if self.expected.len() > ROWS {
            let more = count((self.expected.len() - ROWS) as u64, "more");
            let _ = writeln!(out, "- and {more}");
        }
        out.push_str("\n</details>\n\n");
    }

    fn rests_on(&self, out: &mut String) {
        let mut said: Vec<String> = Vec::new();
        if self.synthetic > 0 {
            said.push(format!(
                "{} passed on synthetic data, written for the test and not recorded from an attack",
                count(self.synthetic, "case")
            ));
        }
        if self.simulated > 0 {
            said.push(format!(
                "{} passed with parts of Splunk simulated",
                count(self.simulated, "case")
            ));
        }
        let mut assumptions: Vec<_> = self.assumptions.iter().collect();
        assumptions.sort_by_key(|(_, cases)| std::cmp::Reverse(**cases));
        said.extend(
            assumptions
                .iter()
                .take(ASSUMPTIONS)
                .map(|(assumed, cases)| {
                    format!(
                        "{} passed assuming: {}",
                        count(**cases, "case"),
                        text(assumed)
                    )
                }),
        );
        if assumptions.len() > ASSUMPTIONS {
            said.push(format!(
                "and {}",
                count((assumptions.len() - ASSUMPTIONS) as u64, "more assumption")
            ));
        }
        if !said.is_empty() {
            let _ = writeln!(
                out,
                "<details><summary>What the passes rest on</summary>\n\n- {}\n\n</details>\n",
                said.join("\n- ")
            );
        }
    }

    fn outside(&self, out: &mut String) {
        let bad: Vec<_> = self
            .findings
            .iter()
            .filter(|finding| finding.severity >= Severity::Warning)
            .collect();
        if bad.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "<details><summary>{} outside of cases</summary>\n",
            count(bad.len() as u64, "finding")
        );
        for finding in bad.iter().take(IN_FULL) {
            let _ = writeln!(out, "{}\n", fenced(finding.rendered.trim_end()));
        }
        if bad.len() > IN_FULL {
            let _ = writeln!(out, "and {}\n", count((bad.len() - IN_FULL) as u64, "more"));
        }
        out.push_str("</details>\n");
    }
}

impl<W: Write> Report for Markdown<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.summary.event(event);
        match event {
            Event::RunStarted(started) => self.started = Some(started.clone()),
            Event::CaseFinished(finished) => self.case(finished),
            Event::FindingReported(finding) => self.findings.push(finding.clone()),
            Event::RunFinished(finished) => {
                self.summary = finished.summary.clone();
                self.elapsed_micros = Some(finished.elapsed_micros);
            }
            Event::DetectionDescribed(_) | Event::CaseStarted(_) => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.write_all(self.render().as_bytes())?;
        self.out.flush()
    }
}

/// The reason, and why the case was looked at.
fn reason_cell(reason: &str, selected: &[String]) -> String {
    let mut cell = text(&cut(reason, 300));
    if let Some(first) = selected.first() {
        cell.push_str(&format!("<br>selected: {}", text(&cut(first, 300))));
    }
    cell
}

/// Text in a line or a cell, nothing of it Markdown, HTML, a mention, an issue, a link or a formula.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in one_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '$' => out.push_str("<span>$</span>"),
            // GitHub looks for these in the text that Markdown leaves, so that a backslash does not help: a comment parts them.
            '@' | '#' => {
                out.push(c);
                out.push_str("<!-- -->");
            }
            ':' => out.push_str(":<!-- -->"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' | '!' | '^' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // `www.` is a link without a scheme.
    out.replace("www.", "www<!-- -->.")
}

/// A block of text that no run of backticks in it ends.
pub(crate) fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}", lines(text).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use dryfire_event::ErrorKind;

    fn report(events: &[Event]) -> String {
        let mut out = Vec::new();
        let mut report = Markdown::new(&mut out);
        for event in events {
            report.event(event).unwrap();
        }
        report.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn counts_and_what_needs_attention() {
        let text = report(&sample::run());
        let head = "## Dryfire\n\n✅ **3** passed · ❌ **2** failed · ❔ **1** undetermined · ⚠️ **1** errors · ⏭️ **1** skipped · ⏹️ **1** cancelled\n\n\
            <sub>dryfire 0.1.0 · target local · all time · 0.05 s</sub>\n\n| verdict | detection | test | reason | place |\n|---|---|---|---|---|\n\
            | failed | Suspicious Rundll32 Inline HTA | names the user | no row has user=bob and dest=win-\\* | \
            detections/endpoint/windows\\_remote\\_assistance\\_spawning\\_process.yml:<!-- -->66:<!-- -->9 |\n";
        assert!(text.starts_with(head), "\n{text}");
        for part in [
            "<details><summary>failed:",
            "rows after each pipe",
            "What the passes rest on",
            "2 cases passed assuming: \\`values\\` sorts by bytes",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert_eq!(
            text.matches("<details>").count(),
            text.matches("</details>").count()
        );
    }

    #[test]
    fn attack_data_is_no_markdown() {
        let mut finished = sample::cases().remove(3);
        finished.case.detection =
            "a|b\n<script> @admin #1 $x$ https://evil.example www.evil.example *b* `c`".into();
        finished.verdict = Verdict::failed("x", "y");
        finished.trace.steps[0].command = "```` </details> @admin".into();
        let text = report(&sample::run_of(vec![finished]));
        let expected = "| failed | a\\|b\\\\n&lt;script&gt; @<!-- -->admin #<!-- -->1 <span>$</span>x<span>$</span> https:<!-- -->//evil.example www<!-- -->.evil.example \\*b\\* \\`c\\` |";
        assert!(text.contains(expected), "\n{text}");
        assert!(text.contains("\n`````text\n"), "\n{text}");
    }

    #[test]
    fn a_comment_of_any_run_fits() {
        let remote = |at: usize| {
            let mut finished = sample::cases().remove(7);
            finished.case.id = at.to_string();
            finished.verdict = Verdict::error(ErrorKind::Dataset, "remote", "r".repeat(5_000));
            finished
        };
        let failed = |at: usize| {
            let mut finished = sample::cases().remove(4);
            finished.case.id = at.to_string();
            finished
        };
        let text = report(&sample::run_of(
            (0..1_000).map(remote).chain((0..200).map(failed)).collect(),
        ));
        assert!(text.len() < 65_536, "{}", text.len());
        assert!(
            text.contains("- and 150 more cases failed (row-missing)\n"),
            "\n{text}"
        );
        assert!(text.contains("more cases error (remote)\n"), "\n{text}");
    }

    #[test]
    fn the_order_in_which_cases_end_does_not_show() {
        let mut cases = sample::cases();
        let forwards = report(&sample::run_of(cases.clone()));
        cases.reverse();
        assert_eq!(report(&sample::run_of(cases)), forwards);
    }
}
