//! Why a search ended without a result.

use dryfire_diagnostic::{Diagnostic, codes::meaning};

/// Why a search ended without a result.
#[derive(Debug, Clone)]
pub enum Stop {
    /// The caller asked for it.
    Cancelled,
    /// A budget of ours ran out; the text says which.
    Budget(String),
    /// The engine can't run this construct, or data it depends on is missing: nothing may be concluded.
    Unsupported(Box<Diagnostic>),
    /// The search or an app is wrong at this place, so that Splunk would fail, too.
    Fault(Box<Diagnostic>),
    /// The data could not be read.
    Data(String),
    /// A defect of the engine.
    Defect(String),
}

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Self {
        Stop::Unsupported(Box::new(diagnostic))
    }
}

impl Stop {
    /// Whether the search could run if a lookup or data model were there.
    pub fn wants_data(&self) -> bool {
        let lacking = [&meaning::UNKNOWN_LOOKUP, &meaning::UNKNOWN_MODEL];
        match self {
            Stop::Unsupported(found) | Stop::Fault(found) => {
                lacking.iter().any(|code| **code == *found.code)
            }
            _ => false,
        }
    }
}
