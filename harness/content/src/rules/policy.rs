//! What `dryfire.toml` says of rules: a profile, severities by rule and path, and what exists elsewhere.

use std::path::Path;

use dryfire_diagnostic::{Code, Diagnostic, Severity, SourceMap, codes};

use super::{ALL, Profile, find};
use crate::pattern::Pattern;

/// The severity that a user gives to a rule, for some paths.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The code.
    pub code: &'static Code,
    /// How bad; none switches the rule off.
    pub severity: Option<Severity>,
    /// For these files: globs from the folder of `dryfire.toml`. Nothing means all.
    pub paths: Vec<Pattern>,
}

/// How bad findings are.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Whose word counts where nothing else is said.
    pub profile: Profile,
    /// The later wins.
    pub settings: Vec<Setting>,
    /// The folder that paths are written from, absolute.
    pub folder: std::path::PathBuf,
}

/// What the content names and another app brings.
#[derive(Debug, Clone, Default)]
pub struct External {
    /// Macros, without the number of arguments.
    pub macros: Vec<Pattern>,
    /// Lookups.
    pub lookups: Vec<Pattern>,
    /// Stories.
    pub stories: Vec<Pattern>,
}

/// Whether one of the patterns fits a name.
pub(super) fn is_among(patterns: &[Pattern], name: &str) -> bool {
    let names = [name.to_owned()];
    patterns.iter().any(|pattern| pattern.matches(&names))
}

impl External {
    /// Whether the finding is that a macro is not there which exists elsewhere. Its search can't be run all the same.
    pub fn excuses(&self, finding: &Diagnostic, sources: &SourceMap) -> bool {
        if finding.code.id != codes::syntax::UNKNOWN_MACRO.id || self.macros.is_empty() {
            return false;
        }
        let text = finding
            .primary
            .as_ref()
            .map_or("", |label| sources.text(label.span));
        let name = text.trim_matches('`').split('(').next().unwrap_or_default();
        is_among(&self.macros, name.trim())
    }
}

impl Policy {
    /// How bad a rule's finding is. `refused` says whether the profile's contentctl refuses the file for it.
    pub(crate) fn of_rule(
        &self,
        code: &Code,
        own: Severity,
        refused: bool,
        file: &Path,
    ) -> Option<Severity> {
        match self.setting(code, file) {
            Some(set) => set,
            None if self.profile == Profile::Dryfire => Some(own),
            None => refused.then_some(Severity::Error),
        }
    }

    /// Applies what is said to a finding that no rule made; false where it is not to be told.
    pub fn settle(&self, finding: &mut Diagnostic, sources: &SourceMap) -> bool {
        if find(finding.code.id).is_some() {
            return true;
        }
        let place = finding
            .primary
            .as_ref()
            .map(|label| sources.place(label.span));
        let file = place.as_ref().map_or("", |place| &*place.name);
        let severity = match self.setting(finding.code, Path::new(file)) {
            Some(set) => set,
            None => self.profile.of_others(finding.code, finding.severity),
        };
        if let Some(severity) = severity {
            finding.severity = severity;
        }
        severity.is_some()
    }

    fn setting(&self, code: &Code, file: &Path) -> Option<Option<Severity>> {
        let mut fitting = self.settings.iter().rev().filter(|one| one.code == code);
        let first = fitting.next()?;
        let path = self.relative(file);
        let found = std::iter::once(first)
            .chain(fitting)
            .find(|one| one.paths.is_empty() || is_among(&one.paths, &path))?;
        Some(found.severity)
    }

    /// The path from the folder of `dryfire.toml`, with `/` between the parts.
    fn relative(&self, file: &Path) -> String {
        let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
        let path = absolute.strip_prefix(&self.folder).unwrap_or(&absolute);
        let parts: Vec<_> = path
            .components()
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        parts.join("/")
    }
}

/// The code of a rule's name, or of any code.
pub fn code(name: &str) -> Option<&'static Code> {
    dryfire_diagnostic::find_code(name).or_else(|| find(name).map(|rule| rule.code))
}

/// All names that a rule or code goes by.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter()
        .map(|rule| rule.name)
        .chain(codes::all().map(|code| code.id))
}
