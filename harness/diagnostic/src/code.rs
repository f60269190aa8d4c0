//! A diagnostic's stable code and the page that `dryfire explain CODE` prints.

use crate::codes;

/// A stable diagnostic code. Numbers are never reused.
///
/// `DF1xx` content and manifests, `DF2xx` SPL syntax, `DF3xx` SPL meaning and what is not supported,
/// `DF4xx` datasets and knowledge objects, `DF5xx` Splunk, `DF6xx` the run.
#[derive(Debug)]
pub struct Code {
    /// The code as printed, e.g. `DF201`.
    pub id: &'static str,
    /// One line: what the code means.
    pub title: &'static str,
    /// The page: what happened, why it matters, an example, what to do. Markdown.
    pub page: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Code {}

/// The registered code of that name, in any letter case.
pub fn find_code(id: &str) -> Option<&'static Code> {
    codes::all().find(|code| code.id.eq_ignore_ascii_case(id))
}
