//! Validation by analysis: rules over a detection and the fields that its search can give. Nothing is run.
//!
//! What a file's form demands (keys, types, words) is said by the reader, what SPL demands by parser and `plan`; the rules
//! see what they leave. One rule is one file.

use std::path::Path;

use dryfire_diagnostic::{Code, Diagnostic, Severity, SourceMap};
use dryfire_plan::{Library, Produced};
use dryfire_spl::Macros;
use dryfire_spl::ast::Pipeline;

use crate::detection::{Detection, Generation, Kind, Status};
use crate::repository::Repository;

mod atomic_guid;
mod backticks;
mod baseline_form;
mod category;
mod commands;
mod cron;
mod cve;
mod dashboard;
mod data_source;
mod data_source_form;
mod date;
mod dead_field;
mod deployment;
mod deployment_form;
mod deprecation;
mod drilldown;
mod drilldown_time;
mod drilldown_token;
mod duplicate_search;
mod enabled_by_default;
mod field;
mod file_name;
mod filter_macro;
mod format;
mod id;
mod lookup;
mod lookup_column;
mod lookup_form;
mod lookup_stray;
mod lookup_table;
mod macro_argument;
mod message_token;
mod metadata;
mod missing_folder;
mod name_length;
mod named_in_search;
mod no_tests;
mod objects;
mod observable;
mod output_field;
mod policy;
mod product;
mod profile;
mod reference;
mod relative;
mod repeated;
mod risk_field;
mod risk_matrix;
mod risk_value;
mod schedule;
mod schedule_choice;
mod schedule_gap;
mod security_domain;
mod stanza_length;
mod status;
mod story;
mod story_form;
mod technique;
mod template_mark;
mod test_data;
mod test_file;
mod test_form;
mod test_source;
mod threat_field;
mod throttling;
mod token;

pub use cron::Cron;
pub use policy::{External, Policy, Setting, code, names};
pub use profile::Profile;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its code; the code's page says what is checked, why, and what to do.
    pub code: &'static Code,
    /// Its name, for people: `message-token`.
    pub name: &'static str,
    /// How bad a finding is by our own judgement, unless there is a reason to say less.
    pub severity: Severity,
    /// The versions of contentctl that refuse what it finds.
    pub refused_by: &'static [Profile],
    detection: Option<fn(&Context<'_>, &mut Findings<'_>)>,
    whole: Option<fn(&Whole<'_>, &mut Findings<'_>)>,
}

/// Every rule, ascending by code.
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
    &format::RULE,
    &metadata::RULE,
    &reference::RULE,
    &status::RULE,
    &stanza_length::RULE,
    &repeated::RULE,
    &template_mark::RULE,
    &enabled_by_default::RULE,
    &named_in_search::RULE,
    &product::RULE,
    &security_domain::RULE,
    &cve::RULE,
    &atomic_guid::RULE,
    &observable::RULE,
    &test_file::RULE,
    &test_source::RULE,
    &backticks::RULE,
    &category::RULE,
    &schedule_choice::RULE,
    &test_form::RULE,
    &story_form::RULE,
    &data_source_form::RULE,
    &macro_argument::RULE,
    &lookup_form::RULE,
    &lookup_table::RULE,
    &lookup_stray::RULE,
    &deployment_form::RULE,
    &baseline_form::RULE,
    &missing_folder::RULE,
    &dashboard::RULE,
    &duplicate_search::RULE,
    &drilldown_time::RULE,
    &deprecation::RULE,
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
    /// The macros that the detection sees.
    pub macros: &'a dyn Macros,
    /// The search; none when it does not parse, which has been said.
    pub search: Option<Analysed<'a>>,
    /// Everything around it.
    pub whole: Whole<'a>,
}

/// What a rule over the whole selection can look at.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'a> {
    /// The objects.
    pub repository: &'a Repository,
    /// Lookups and data models.
    pub library: &'a Library,
    /// The present day, where dates are to be compared with it.
    pub today: Option<Day>,
    /// How bad findings are.
    pub policy: &'a Policy,
    /// What exists elsewhere.
    pub external: &'a External,
}

impl<'a> std::ops::Deref for Context<'a> {
    type Target = Whole<'a>;

    fn deref(&self) -> &Whole<'a> {
        &self.whole
    }
}

impl Context<'_> {
    /// Whether the whole repository of the detection was loaded, so that what is not there does not exist.
    fn is_complete(&self) -> bool {
        self.whole.is_complete(self.detection.root)
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

impl Whole<'_> {
    fn is_complete(&self, root: usize) -> bool {
        let root = self.repository.roots.get(root);
        root.is_some_and(|root| root.repository && root.complete)
    }
}

/// Where a rule puts what it finds. The texts are at hand, to read and to derive from.
pub struct Findings<'a> {
    sources: &'a mut SourceMap,
    found: Vec<Found>,
}

/// A finding, and whether it goes beyond what any contentctl looks at.
struct Found {
    finding: Diagnostic,
    beyond: bool,
}

impl Findings<'_> {
    fn push(&mut self, finding: Diagnostic) {
        self.found.push(Found {
            finding,
            beyond: false,
        });
    }

    /// What the rule finds and contentctl does not.
    fn beyond(&mut self, finding: Diagnostic) {
        self.found.push(Found {
            finding,
            beyond: true,
        });
    }

    /// Settles what a rule has found, and gives the places to the next.
    fn settle(
        &mut self,
        rule: &Rule,
        policy: &Policy,
        file: Option<&Path>,
        out: &mut Vec<Diagnostic>,
    ) {
        for Found {
            mut finding,
            beyond,
        } in self.found.drain(..)
        {
            // What SPL's parser says of a drilldown is settled with all that it says.
            if finding.code != rule.code {
                out.push(finding);
                continue;
            }
            let refused = !beyond && rule.refused_by.contains(&policy.profile);
            let place = finding.primary.as_ref().map(|label| label.span);
            let name = place.map(|span| self.sources.place(span).name);
            let own = name.as_deref().map(Path::new);
            let path = file.or(own).unwrap_or(Path::new(""));
            let severity = policy.of_rule(rule.code, finding.severity, refused, path);
            if let Some(severity) = severity {
                finding.severity = severity;
                out.push(finding);
            }
        }
    }
}

impl Rule {
    const fn new(code: &'static Code, name: &'static str, severity: Severity) -> Self {
        Self {
            code,
            name,
            severity,
            refused_by: &[],
            detection: None,
            whole: None,
        }
    }

    const fn detections(mut self, check: fn(&Context<'_>, &mut Findings<'_>)) -> Self {
        self.detection = Some(check);
        self
    }

    const fn whole(mut self, check: fn(&Whole<'_>, &mut Findings<'_>)) -> Self {
        self.whole = Some(check);
        self
    }

    const fn refused_by(mut self, profiles: &'static [Profile]) -> Self {
        self.refused_by = profiles;
        self
    }

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
    let mut out = Vec::new();
    let file = Some(context.detection.path.as_path());
    for rule in ALL {
        if let Some(check) = rule.detection {
            check(context, &mut findings);
            findings.settle(rule, context.policy, file, &mut out);
        }
    }
    out
}

/// Applies the rules on objects that are no detections, and on all together.
pub fn check_whole(whole: &Whole<'_>, sources: &mut SourceMap) -> Vec<Diagnostic> {
    let mut findings = Findings {
        sources,
        found: Vec::new(),
    };
    let mut out = Vec::new();
    for rule in ALL {
        if let Some(check) = rule.whole {
            check(whole, &mut findings);
            findings.settle(rule, whole.policy, None, &mut out);
        }
    }
    out
}

#[cfg(test)]
mod tests;
