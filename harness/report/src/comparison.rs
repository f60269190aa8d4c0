//! Two runs compared, case by case: what fails now that did not, what was fixed, whose rows changed, and what changed in the content.
//!
//! Cases are matched by their stable id. Times never count as a difference.

mod html;
mod markdown;
mod rows;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use dryfire_event::{AppUsed, CaseFinished, CaseRef, DetectionDescribed, Event, Verdict};

use crate::collected::{Collected, Tested};
pub use rows::RowChange;

/// The events of one of the two runs.
#[derive(Debug)]
pub struct Recorded {
    name: String,
    run: Collected,
}

impl Recorded {
    /// A run with nothing in it yet. `name` is what reports call it, such as a file or a git ref.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            run: Collected::default(),
        }
    }

    /// Takes the next event.
    pub fn event(&mut self, event: &Event) {
        self.run.event(event);
    }

    /// Whether the run came to its end: without it, cases that are missing say nothing.
    pub fn is_whole(&self) -> bool {
        self.run
            .finished
            .as_ref()
            .is_some_and(|finished| !finished.summary.interrupted)
    }

    fn cases(&self) -> BTreeMap<&str, (&CaseFinished, &Tested)> {
        self.run
            .detections
            .values()
            .flat_map(|tested| tested.cases.values().map(move |case| (case, tested)))
            .map(|(case, tested)| (case.case.id.as_str(), (case, tested)))
            .collect()
    }
}

/// What became of a case. The order is the one in which a reader wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It fails, is undetermined or in error, and was not before.
    NewlyFailing,
    /// It passed, and is not tested any more: gone, skipped, or not reached.
    NoLongerTested,
    /// It needs attention as before, for another reason.
    OtherReason,
    /// Its rows, risk events or findings changed, the verdict did not.
    Rows,
    /// It passes under other assumptions.
    Assumptions,
    /// It failed, was undetermined or in error, and passes.
    Fixed,
    /// It was not there before, and nothing is wrong with it.
    Added,
    /// It is not there any more, and did not pass before.
    Removed,
    /// Any other change of verdict.
    Other,
}

impl What {
    /// All of them, in order.
    pub const ALL: [Self; 9] = [
        Self::NewlyFailing,
        Self::NoLongerTested,
        Self::OtherReason,
        Self::Rows,
        Self::Assumptions,
        Self::Fixed,
        Self::Added,
        Self::Removed,
        Self::Other,
    ];

    /// The words used in reports.
    pub fn label(self) -> &'static str {
        match self {
            Self::NewlyFailing => "newly failing",
            Self::NoLongerTested => "no longer tested",
            Self::OtherReason => "failing for another reason",
            Self::Rows => "other rows",
            Self::Assumptions => "other assumptions",
            Self::Fixed => "fixed",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Other => "other verdict",
        }
    }

    fn of(before: Option<&CaseFinished>, after: Option<&CaseFinished>) -> Option<Self> {
        let (before, after) = match (before, after) {
            (None, None) => return None,
            (None, Some(after)) if after.verdict.needs_attention() => {
                return Some(Self::NewlyFailing);
            }
            (None, Some(_)) => return Some(Self::Added),
            (Some(before), None) if before.verdict == Verdict::Passed => {
                return Some(Self::NoLongerTested);
            }
            (Some(_), None) => return Some(Self::Removed),
            (Some(before), Some(after)) => (before, after),
        };
        if before.verdict.label() == after.verdict.label() {
            return Self::same_verdict(before, after);
        }
        Some(
            match (
                before.verdict.needs_attention(),
                after.verdict.needs_attention(),
            ) {
                (false, true) => Self::NewlyFailing,
                (true, false) if after.verdict == Verdict::Passed => Self::Fixed,
                (true, true) => Self::OtherReason,
                _ if before.verdict == Verdict::Passed => Self::NoLongerTested,
                _ => Self::Other,
            },
        )
    }

    fn same_verdict(before: &CaseFinished, after: &CaseFinished) -> Option<Self> {
        if before.verdict != after.verdict {
            return Some(if after.verdict.needs_attention() {
                Self::OtherReason
            } else {
                Self::Other
            });
        }
        if !rows::changes(before, after).is_empty() {
            return Some(Self::Rows);
        }
        let set = |case| assumed(Some(case)).into_iter().collect::<BTreeSet<&str>>();
        (set(before) != set(after)).then_some(Self::Assumptions)
    }
}

/// A case that is not as it was.
#[derive(Debug)]
pub struct Change {
    /// What became of it.
    pub what: What,
    /// The case, as it is after where it is there.
    pub case: CaseRef,
    /// As it was; none for one that was not there.
    pub before: Option<CaseFinished>,
    /// As it is; none for one that is gone.
    pub after: Option<CaseFinished>,
    /// What changed in the rows, risk events and findings.
    pub rows: Vec<RowChange>,
    /// What changed in the detection itself, in words.
    pub causes: Vec<String>,
}

impl Change {
    /// A verdict with its reason, rows and assumptions, on one line.
    fn told(case: Option<&CaseFinished>) -> String {
        let Some(case) = case else {
            return "not there".to_owned();
        };
        let mut told = case.verdict.label().to_owned();
        if let Some(reason) = case.verdict.reason() {
            told.push_str(": ");
            told.push_str(&reason.text);
        } else if case.env.is_some() {
            told.push_str(" with ");
            told.push_str(&crate::text::count(case.rows.total, "row"));
        }
        told
    }

    /// Assumptions that one of the two has and the other has not, with `+` or `-`.
    fn assumptions(&self) -> Vec<(char, &str)> {
        let mut shown: Vec<(char, &str)> = Vec::new();
        for (sign, case, other) in [
            ('-', &self.before, &self.after),
            ('+', &self.after, &self.before),
        ] {
            let there: Vec<&str> = assumed(other.as_ref());
            for text in assumed(case.as_ref()) {
                if !there.contains(&text) && !shown.contains(&(sign, text)) {
                    shown.push((sign, text));
                }
            }
        }
        shown
    }
}

/// The texts of what a case assumes.
fn assumed(case: Option<&CaseFinished>) -> Vec<&str> {
    case.iter()
        .flat_map(|case| &case.assumptions)
        .map(|assumption| assumption.text.as_str())
        .collect()
}

/// Two runs compared.
#[derive(Debug)]
pub struct Comparison {
    before: String,
    after: String,
    /// What makes the two less comparable.
    pub cautions: Vec<String>,
    /// The cases that changed, most important first, then by detection and test.
    pub changes: Vec<Change>,
    /// How many cases are as they were.
    pub same: u64,
}

impl Comparison {
    /// Compares two runs.
    pub fn of(before: &Recorded, after: &Recorded) -> Self {
        let (was, is) = (before.cases(), after.cases());
        let mut ids: Vec<&str> = was.keys().chain(is.keys()).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut changes = Vec::new();
        let mut same = 0;
        for id in ids {
            let (old, new) = (was.get(id), is.get(id));
            let (old_case, new_case) = (old.map(|found| found.0), new.map(|found| found.0));
            let Some(what) = What::of(old_case, new_case) else {
                same += 1;
                continue;
            };
            let Some(shown) = new_case.or(old_case) else {
                continue;
            };
            changes.push(Change {
                what,
                case: shown.case.clone(),
                rows: match (old_case, new_case) {
                    (Some(old), Some(new)) => rows::changes(old, new),
                    _ => Vec::new(),
                },
                causes: causes(
                    old.and_then(|found| found.1.described.as_ref()),
                    new.and_then(|found| found.1.described.as_ref()),
                ),
                before: old_case.cloned(),
                after: new_case.cloned(),
            });
        }
        changes.sort_by(|a, b| {
            let key = |change: &Change| {
                (
                    change.what,
                    change.case.detection.clone(),
                    change.case.kind.label(),
                    change.case.test.clone(),
                    change.case.id.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        Self {
            before: before.name.clone(),
            after: after.name.clone(),
            cautions: cautions(before, after),
            changes,
            same,
        }
    }

    /// Whether something fails that did not before.
    pub fn is_worse(&self) -> bool {
        self.of_kind(What::NewlyFailing).next().is_some()
    }

    /// The changes of one kind.
    pub fn of_kind(&self, what: What) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .filter(move |change| change.what == what)
    }

    /// The comparison as text, for a terminal without colours or a file.
    pub fn text(&self) -> String {
        text::render(self)
    }

    /// The comparison in GitHub's Markdown, for a pull request.
    pub fn markdown(&self) -> String {
        markdown::render(self)
    }

    /// The comparison as one web page.
    pub fn html(&self) -> String {
        html::render(self)
    }

    /// How many of each kind there are: `2 newly failing`, …
    fn counts(&self) -> Vec<String> {
        let mut counts: Vec<String> = What::ALL
            .into_iter()
            .map(|what| (what, self.of_kind(what).count() as u64))
            .filter(|(_, cases)| *cases > 0)
            .map(|(what, cases)| format!("{} {}", crate::text::number(cases), what.label()))
            .collect();
        counts.push(format!("{} as before", crate::text::number(self.same)));
        counts
    }
}

/// What changed in the detection: only what its search is made of.
fn causes(before: Option<&DetectionDescribed>, after: Option<&DetectionDescribed>) -> Vec<String> {
    let (Some(before), Some(after)) = (before, after) else {
        return Vec::new();
    };
    let mut causes = Vec::new();
    if before.search != after.search {
        causes.push("its search was changed".to_owned());
    }
    let macros = |described: &DetectionDescribed| -> BTreeMap<(String, usize), String> {
        described
            .macros
            .iter()
            .map(|used| {
                let key = (used.name.clone(), used.arguments.len());
                (key, used.definition.clone())
            })
            .collect()
    };
    let (was, is) = (macros(before), macros(after));
    for (key, definition) in &is {
        match was.get(key) {
            Some(old) if old != definition => causes.push(format!(
                "the macro `{}` was `{}` and is `{}`",
                key.0,
                old.trim(),
                definition.trim()
            )),
            Some(_) => {}
            None => causes.push(format!("it uses the macro `{}` now", key.0)),
        }
    }
    for key in was.keys().filter(|key| !is.contains_key(*key)) {
        causes.push(format!(
            "the macro `{}` is not found or used any more",
            key.0
        ));
    }
    causes
}

fn cautions(before: &Recorded, after: &Recorded) -> Vec<String> {
    let mut cautions = Vec::new();
    for run in [before, after] {
        if !run.is_whole() {
            cautions.push(format!(
                "`{}` did not come to its end: cases that are missing there say nothing",
                run.name
            ));
        }
    }
    if let (Some(old), Some(new)) = (&before.run.started, &after.run.started) {
        let mut differs = |what: &str, old: &str, new: &str| {
            if old != new {
                cautions.push(format!("{what} differs: {old}, then {new}"));
            }
        };
        differs("the target", &old.target, &new.target);
        differs("the mode", old.mode.label(), new.mode.label());
        differs(
            "the version of Dryfire",
            &old.dryfire_version,
            &new.dryfire_version,
        );
        let apps = |apps: &[AppUsed]| {
            let named: Vec<String> = apps
                .iter()
                .filter(|app| app.origin != "built-in")
                .map(|app| match &app.version {
                    Some(version) => format!("{} {version}", app.name),
                    None => app.name.clone(),
                })
                .collect();
            if named.is_empty() {
                "none".to_owned()
            } else {
                named.join(", ")
            }
        };
        differs(
            "the set of apps",
            &apps(&old.knowledge),
            &apps(&new.knowledge),
        );
    }
    cautions
}
