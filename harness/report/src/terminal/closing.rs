//! The end of the report: cases that need attention in full, what the passes rest on, the counts.

use std::collections::{BTreeMap, BTreeSet};

use dryfire_event::{AppUsed, CaseFinished, FindingCounts, Severity, Summary, Verdict};

use super::{short, title};
use crate::EXPECTED_FAILURE;
use crate::detail::{Detail, app};
use crate::style::Role;
use crate::text::{count, cut, number, one_line, padding, seconds};

/// How many undetermined cases and errors of one reason are shown in full when cases are folded. Failed ones always are.
const IN_FULL: u64 = 3;

/// Whether a case gets a line of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// It does.
    InFull,
    /// It is the first of its reason that does not.
    FirstCounted,
    /// It is only counted.
    Counted,
}

/// Collects during the run what is written at its end.
#[derive(Debug)]
pub(super) struct Closing {
    detail: Detail,
    /// Whether passing and skipped cases are only counted.
    pub(super) folded: bool,
    /// Cases that need attention, rendered, and whether they failed.
    attention: Vec<(bool, String)>,
    /// How many cases each verdict and category has so far.
    seen: BTreeMap<(&'static str, String), u64>,
    /// Assumptions of passes and how many cases carry them.
    assumptions: BTreeMap<String, u64>,
    /// Apps that gave fields, and to how many cases.
    apps: BTreeMap<AppUsed, u64>,
    /// Passes on synthetic data.
    synthetic: u64,
    /// Warnings on passes, as code and message.
    warnings: BTreeMap<String, u64>,
    /// Passes in which parts of Splunk were imitated.
    simulated: BTreeMap<String, u64>,
    /// Failures that somebody answers for.
    expected: BTreeMap<String, u64>,
}

impl Closing {
    /// Nothing collected yet.
    pub(super) fn new(detail: Detail) -> Self {
        Self {
            detail,
            folded: false,
            attention: Vec::new(),
            seen: BTreeMap::new(),
            assumptions: BTreeMap::new(),
            apps: BTreeMap::new(),
            synthetic: 0,
            warnings: BTreeMap::new(),
            simulated: BTreeMap::new(),
            expected: BTreeMap::new(),
        }
    }

    /// Takes a case, and says how it is shown as it ends.
    pub(super) fn case(&mut self, finished: &CaseFinished) -> Shown {
        for app in &finished.fields_from {
            *self.apps.entry(app.clone()).or_default() += 1;
        }
        if finished.verdict == Verdict::Passed {
            self.synthetic += u64::from(finished.synthetic());
            add(
                &mut self.assumptions,
                finished
                    .assumptions
                    .iter()
                    .map(|assumption| assumption.text.clone()),
            );
            add(&mut self.simulated, finished.simulated.iter().cloned());
            let warnings = finished
                .findings
                .iter()
                .filter(|finding| finding.severity >= Severity::Warning);
            add(
                &mut self.warnings,
                warnings.map(|finding| {
                    format!(
                        "{}[{}]: {}",
                        finding.severity, finding.code, finding.message
                    )
                }),
            );
        }
        if let Some(reason) = finished.verdict.reason()
            && reason.category == EXPECTED_FAILURE
        {
            let text = format!("{}: {}", title(&finished.case), reason.text);
            *self.expected.entry(text).or_default() += 1;
        }
        if finished.verdict.needs_attention() {
            let category = finished
                .verdict
                .reason()
                .map(|reason| reason.category.clone())
                .unwrap_or_default();
            let seen = self
                .seen
                .entry((finished.verdict.label(), category))
                .or_default();
            *seen += 1;
            let failed = matches!(finished.verdict, Verdict::Failed { .. });
            let seen = *seen;
            if failed || !self.folded || seen <= IN_FULL {
                self.attention.push((failed, self.in_full(finished)));
                return Shown::InFull;
            }
            return if seen == IN_FULL + 1 {
                Shown::FirstCounted
            } else {
                Shown::Counted
            };
        }
        if self.folded {
            Shown::Counted
        } else {
            Shown::InFull
        }
    }

    fn in_full(&self, finished: &CaseFinished) -> String {
        let paint = self.detail.paint;
        let role = Role::of(&finished.verdict);
        let label = paint.bold(role, short(&finished.verdict));
        let heading = paint.paint(Role::Heading, title(&finished.case));
        let rule = paint.paint(Role::Aside, "─".repeat(self.detail.width.min(100)));
        format!(
            "{rule}\n{label}  {heading}\n{}",
            self.detail.render(finished)
        )
    }

    /// The whole end of the report.
    pub(super) fn render(&self, summary: &Summary, elapsed_micros: Option<u64>) -> String {
        let mut out = String::new();
        // What failed stands last, next to the counts, where a reader's eye is.
        let (failed, others): (Vec<_>, Vec<_>) =
            self.attention.iter().partition(|(failed, _)| *failed);
        for (_, case) in others.into_iter().chain(failed) {
            out.push('\n');
            out.push_str(case);
        }
        if !self.attention.is_empty() {
            out.push_str(
                &self
                    .detail
                    .paint
                    .paint(Role::Aside, "─".repeat(self.detail.width.min(100))),
            );
            out.push('\n');
        }
        self.not_in_full(&mut out);
        self.by_reason(&mut out, summary);
        self.rests_on(&mut out);
        out.push('\n');
        self.findings(&mut out, summary);
        out.push_str(&self.last_line(summary, elapsed_micros));
        out
    }

    fn not_in_full(&self, out: &mut String) {
        let left = self
            .seen
            .iter()
            .filter(|((label, _), cases)| self.folded && *label != "failed" && **cases > IN_FULL);
        for ((label, category), cases) in left {
            let more = number(cases - IN_FULL);
            let plural = if *label == "error" && cases - IN_FULL > 1 {
                "s"
            } else {
                ""
            };
            out.push_str(&format!(
                "and {more} more {label}{plural} for the same reason ({})\n",
                one_line(category)
            ));
        }
    }

    /// A table of verdicts and reasons, largest first, when not every case has its own line.
    fn by_reason(&self, out: &mut String, summary: &Summary) {
        if !self.folded {
            return;
        }
        let mut table: Vec<(u64, &str, &str)> = vec![
            (summary.passed, "passed", ""),
            (summary.cancelled, "cancelled", ""),
        ];
        table.extend(
            summary
                .reasons
                .iter()
                .map(|count| (count.cases, count.verdict.as_str(), count.category.as_str())),
        );
        table.retain(|(cases, ..)| *cases > 0);
        table.sort_by_key(|&(cases, verdict, category)| {
            (std::cmp::Reverse(cases), verdict, category)
        });
        let numbers: Vec<_> = table.iter().map(|(cases, ..)| number(*cases)).collect();
        let number_width = numbers.iter().map(String::len).max().unwrap_or(0);
        self.heading(out, "cases by verdict and reason");
        for ((_, verdict, category), cases) in table.iter().zip(&numbers) {
            let row = format!(
                "  {}{cases}  {verdict:<12}  {}",
                padding(cases, number_width),
                one_line(category)
            );
            out.push_str(row.trim_end());
            out.push('\n');
        }
    }

    /// What a reader must know before trusting the passes.
    fn rests_on(&self, out: &mut String) {
        let list = |out: &mut String, heading: &str, entries: Vec<(u64, String)>| {
            if entries.is_empty() {
                return;
            }
            self.heading(out, heading);
            let numbers: Vec<_> = entries.iter().map(|(cases, _)| number(*cases)).collect();
            let number_width = numbers.iter().map(String::len).max().unwrap_or(0);
            let many = entries.iter().any(|(cases, _)| *cases != 1);
            for ((cases, text), shown) in entries.iter().zip(&numbers) {
                let unit = match (cases, many) {
                    (1, true) => "case ",
                    (1, false) => "case",
                    _ => "cases",
                };
                let line = format!(
                    "  {}{shown} {unit}  {}",
                    padding(shown, number_width),
                    one_line(text)
                );
                out.push_str(&cut(&line, self.detail.width.max(80)));
                out.push('\n');
            }
        };
        let counted = |counts: &BTreeMap<String, u64>| {
            let mut entries: Vec<_> = counts
                .iter()
                .map(|(text, cases)| (*cases, text.clone()))
                .collect();
            entries.sort_by_key(|(cases, _)| std::cmp::Reverse(*cases));
            entries
        };
        let mut apps: Vec<_> = self
            .apps
            .iter()
            .map(|(used, cases)| (*cases, app(used)))
            .collect();
        apps.sort_by_key(|(cases, _)| std::cmp::Reverse(*cases));
        list(out, "fields from", apps);
        list(out, "expected failures", counted(&self.expected));
        list(out, "passed with warnings", counted(&self.warnings));
        list(out, "passed under assumptions", counted(&self.assumptions));
        list(
            out,
            "passed with parts of Splunk simulated",
            counted(&self.simulated),
        );
        if self.synthetic > 0 {
            list(
                out,
                "passed on synthetic data",
                vec![(
                    self.synthetic,
                    "data written for the test, not recorded from an attack".to_owned(),
                )],
            );
        }
    }

    fn findings(&self, out: &mut String, summary: &Summary) {
        let FindingCounts { error, warning, .. } = summary.run_findings;
        let counts: Vec<_> = [(error, "error"), (warning, "warning")]
            .into_iter()
            .filter(|(found, _)| *found > 0)
            .map(|(found, thing)| count(found, thing))
            .collect();
        if !counts.is_empty() {
            out.push_str(&format!(
                "{} outside of cases, shown above\n",
                counts.join(" and ")
            ));
        }
    }

    fn last_line(&self, summary: &Summary, elapsed_micros: Option<u64>) -> String {
        let paint = self.detail.paint;
        let counts = [
            (summary.passed, "passed", Role::Good, true),
            (summary.failed, "failed", Role::Bad, true),
            (summary.undetermined, "undetermined", Role::Doubt, false),
            (
                summary.errors.total(),
                if summary.errors.total() == 1 {
                    "error"
                } else {
                    "errors"
                },
                Role::Bad,
                false,
            ),
            (summary.skipped, "skipped", Role::Aside, false),
            (summary.cancelled, "cancelled", Role::Aside, false),
        ];
        let shown: Vec<_> = counts
            .into_iter()
            .filter(|(cases, _, _, always)| *always || *cases > 0)
            .map(|(cases, word, role, _)| {
                let text = format!("{} {word}", number(cases));
                if cases > 0 {
                    paint.bold(role, text)
                } else {
                    text
                }
            })
            .collect();
        let head = match (summary.interrupted, summary.cases()) {
            (true, _) => "interrupted: ",
            (false, 0) => "no case was selected: ",
            (false, _) => "",
        };
        let time =
            elapsed_micros.map_or_else(String::new, |micros| format!(" in {}", seconds(micros)));
        format!("{head}{}{time}\n", shown.join(", "))
    }

    fn heading(&self, out: &mut String, text: &str) {
        out.push_str(&format!(
            "\n{}\n",
            self.detail.paint.paint(Role::Heading, text)
        ));
    }
}

/// Counts one case for each distinct text.
fn add(counts: &mut BTreeMap<String, u64>, texts: impl Iterator<Item = String>) {
    let distinct: BTreeSet<_> = texts.collect();
    for text in distinct {
        *counts.entry(text).or_default() += 1;
    }
}
