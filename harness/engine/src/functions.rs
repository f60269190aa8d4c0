//! The functions of `eval`: the trait, and the registry that lists them all.
//!
//! One file holds one group of the manual. Arity and names are checked by the compiler of expressions, not by each
//! function. What a function lets through of its arguments (`transfer`) serves the prefilter.

use std::sync::{Arc, LazyLock};

use dryfire_plan::Transfer;
use hashbrown::HashMap;

use crate::env::Cx;
use crate::value::Value;

mod plain;

mod bitwise;
mod comparison;
mod conversion;
mod cryptographic;
mod date_time;
mod forms;
mod informational;
mod json;
mod json_path;
mod mathematical;
mod multivalue;
mod printf;
mod regular;
mod statistical;
mod text;
mod trigonometry;

pub(crate) use comparison::SOME_MATCH;
pub use forms::FORMS;
pub(crate) use mathematical::round_decimal;
pub(crate) use plain::spec;

/// How far a function follows Splunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// As the manual says.
    Documented,
    /// The manual leaves a point open; the text says which. A pass that depends on it carries an assumption.
    Uncertain(&'static str),
}

/// An example that runs as a test and stands in the reference.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The expression; of fields, only that of [`SAMPLE`] is there.
    pub expression: &'static str,
    /// The result as text; several values joined by a newline; nothing for null.
    pub result: &'static str,
}

/// The field that examples can use: its name, and its values.
pub const SAMPLE: (&str, [&str; 3]) = ("ports", ["22", "443", "8080"]);

/// What the reference says of a function, and what the compiler checks.
#[derive(Debug)]
pub struct Spec {
    /// The name in lower case.
    pub name: &'static str,
    /// Fewest arguments.
    pub min: usize,
    /// Most arguments; none means any number.
    pub max: Option<usize>,
    /// `name(<arguments>)` as the manual writes it.
    pub syntax: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The manual's group.
    pub group: &'static str,
    /// How far it follows Splunk.
    pub certainty: Certainty,
    /// Examples.
    pub examples: &'static [Example],
}

/// A function of `eval`.
pub trait Function: Sync {
    /// Name, arity, documentation.
    fn spec(&self) -> &'static Spec;

    /// The value. Arguments are as many as the spec allows; null in, null out, unless the function says otherwise.
    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value;

    /// A form of the function for arguments that are constant (a pattern, a format): compiled once.
    /// `None` entries vary. The error is for the user.
    fn prepare(&self, _constants: &[Option<Value>]) -> Result<Option<Arc<dyn Prepared>>, String> {
        Ok(None)
    }

    /// What the result can hold of the arguments.
    fn transfer(&self) -> Transfer {
        Transfer::Unknown
    }
}

/// A function whose constant arguments are compiled.
pub trait Prepared: Send + Sync {
    /// The value.
    fn call(&self, arguments: &[Value], cx: &Cx<'_>) -> Value;
}

/// The groups of the manual, each ascending by name.
const GROUPS: &[&[&dyn Function]] = &[
    bitwise::ALL,
    comparison::ALL,
    conversion::ALL,
    conversion::OTHERS,
    cryptographic::ALL,
    date_time::ALL,
    date_time::OTHERS,
    informational::ALL,
    json::ALL,
    mathematical::ALL,
    multivalue::ALL,
    multivalue::OTHERS,
    statistical::ALL,
    text::ALL,
    text::OTHERS,
    trigonometry::ALL,
];

/// Every function that takes its arguments as values. The forms that don't (`if`, `case`, `coalesce`, `mvmap`, …)
/// are the compiler's; see [`FORMS`] and [`crate::eval`].
pub fn all() -> impl Iterator<Item = &'static dyn Function> {
    GROUPS.iter().flat_map(|group| group.iter().copied())
}

/// The function of that name (lower case).
pub fn find(name: &str) -> Option<&'static dyn Function> {
    static BY_NAME: LazyLock<HashMap<&'static str, &'static dyn Function>> = LazyLock::new(|| {
        all()
            .map(|function| (function.spec().name, function))
            .collect()
    });
    BY_NAME.get(name).copied()
}

#[cfg(test)]
mod tests;
