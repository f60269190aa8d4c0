//! Validation by analysis: rules over a detection and the fields that its search can give. Nothing is run.
//!
//! What a file's form demands (keys, types, words) is said by the reader, what SPL demands by parser and `plan`; the rules
//! see what they leave. One rule is one file.

use dryfire_diagnostic::{Code, Diagnostic, Severity, SourceMap};
use dryfire_plan::{Library, Produced};
use dryfire_spl::Macros;
use dryfire_spl::ast::Pipeline;

use crate::detection::{Detection, Generation, Kind, Status};
use crate::repository::Repository;

mod commands;
mod cron;
mod data_source;
mod date;
mod dead_field;
mod deployment;
mod drilldown;
mod drilldown_token;
mod field;
mod file_name;
mod filter_macro;
mod id;
mod lookup;
mod lookup_column;
mod message_token;
mod name_length;
mod no_tests;
mod output_field;
mod relative;
mod risk_field;
mod risk_matrix;
mod risk_value;
mod schedule;
mod schedule_gap;
mod story;
mod technique;
mod test_data;
mod threat_field;
mod throttling;
mod token;

pub use cron::Cron;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its code; the code's page says what is checked, why, and what to do.
    pub code: &'static Code,
    /// Its name, for people: `message-token`.
    pub name: &'static str,
    /// How bad a finding is, unless there is a reason to say less.
    pub severity: Severity,
    check: fn(&Context<'_>, &mut Findings<'_>),
}

/// Every rule, ascending by code. Repository rules (deployments) share their codes with those of detections.
pub const ALL: &[&Rule] = &[
    &filter_macro::RULE,
    &file_name::RULE,
    &id::RULE,
    &name_length::RULE,
    &date::RULE,
    &technique::RULE,
    &schedule::RULE,
    &schedule_gap::RULE,
    &message_token::RULE,
    &risk_field::RULE,
    &threat_field::RULE,
    &drilldown::RULE,
    &drilldown_token::RULE,
    &throttling::RULE,
    &risk_matrix::RULE,
    &risk_value::RULE,
    &data_source::RULE,
    &story::RULE,
    &no_tests::RULE,
    &test_data::RULE,
    &lookup_column::RULE,
    &dead_field::RULE,
    &output_field::RULE,
    &deployment::RULE,
    &lookup::RULE,
];

/// The rule of that code or name.
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    ALL.iter()
        .copied()
        .find(|rule| rule.code.id.eq_ignore_ascii_case(code_or_name) || rule.name == code_or_name)
}

/// A day, as files write it: year, month, day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub u16, pub u8, pub u8);

/// A search that parses.
#[derive(Debug, Clone, Copy)]
pub struct Analysed<'a> {
    /// Its tree, macros expanded.
    pub pipeline: &'a Pipeline,
    /// The fields it can give.
    pub produced: &'a Produced,
}

/// What a rule can look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The detection.
    pub detection: &'a Detection,
    /// The other objects.
    pub repository: &'a Repository,
    /// Lookups and data models.
    pub library: &'a Library,
    /// The macros that the detection sees.
    pub macros: &'a dyn Macros,
    /// The search; none when it does not parse, which has been said.
    pub search: Option<Analysed<'a>>,
    /// The present day, where dates are to be compared with it.
    pub today: Option<Day>,
}

impl Context<'_> {
    /// Whether the whole repository of the detection was loaded, so that what is not there does not exist.
    fn is_complete(&self) -> bool {
        let root = self.repository.roots.get(self.detection.root);
        root.is_some_and(|root| root.repository && root.complete)
    }

    fn is_production(&self) -> bool {
        self.detection.status.value == Status::Production
    }

    /// v4 has observables and a message in every detection, but only these types make risk events of them.
    fn makes_risk(&self) -> bool {
        self.detection.generation != Generation::V4
            || matches!(self.detection.kind.value, Kind::Ttp | Kind::Anomaly)
    }
}

/// Where a rule puts what it finds. The texts are at hand, to read and to derive from.
pub struct Findings<'a> {
    sources: &'a mut SourceMap,
    found: Vec<Diagnostic>,
}

impl Findings<'_> {
    fn push(&mut self, finding: Diagnostic) {
        self.found.push(finding);
    }
}

impl Rule {
    fn finding(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.code, self.severity, message)
    }
}

/// Applies all rules to a detection.
pub fn check(context: &Context<'_>, sources: &mut SourceMap) -> Vec<Diagnostic> {
    let mut findings = Findings {
        sources,
        found: Vec::new(),
    };
    for rule in ALL {
        (rule.check)(context, &mut findings);
    }
    findings.found
}

/// What is to be said of objects that are no detections: the schedules of deployments.
pub fn check_repository(repository: &Repository) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for one in &repository.deployments {
        let times = schedule::Times {
            cron: one.cron.as_ref(),
            earliest: one.earliest.as_ref(),
            latest: one.latest.as_ref(),
        };
        schedule::check_times(times, &mut found);
        schedule_gap::check_times(times, &mut found);
    }
    found
}

#[cfg(test)]
mod tests;
