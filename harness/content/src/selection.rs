//! Which cases a run is about: a filter expression, what changed since a commit, one part of several.

mod affected;
mod grammar;
mod matcher;
mod names;
mod predicate;
mod shard;
mod uses;

pub use affected::{Change, ChangeKind, Setting, affected};
pub use grammar::FilterError;
pub use predicate::{PREDICATES, Predicate, Subject};
pub use shard::{Shard, stable_hash};
pub use uses::{Used, Uses};

use grammar::Expr;

/// A filter expression, such as `type(TTP) & technique(T1003) & !macro(~filter)`.
#[derive(Debug, Clone)]
pub struct Filter {
    text: String,
    expr: Expr,
}

impl Filter {
    /// Reads an expression.
    ///
    /// # Errors
    /// Where it is wrong, with the column.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self {
            text: text.to_owned(),
            expr: grammar::parse(text)?,
        })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds for a case.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        self.expr.holds(subject)
    }

    /// What of the case made it hold: `technique T1003.001`. Empty where it holds by what the case is not.
    pub fn why(&self, subject: &Subject<'_>) -> Vec<String> {
        let mut why = Vec::new();
        self.expr.why(subject, &mut why);
        why.dedup();
        why
    }

    /// The commits that `changed()` is asked about: none for the default.
    pub fn bases(&self) -> Vec<Option<String>> {
        let mut bases = Vec::new();
        self.expr.bases(&mut bases);
        bases
    }
}

#[cfg(test)]
mod tests;
