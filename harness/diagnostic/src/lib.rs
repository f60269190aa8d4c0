//! What went wrong, where, why and what to do: sources, spans and diagnostics for every crate.
//!
//! Everything a user wrote keeps its [`Span`] up to the report. A span may lie in a *derived* source (the SPL inside a
//! YAML file, the text a macro expanded to); [`SourceMap::trace`] follows it back to the file the user edits.
//! This crate knows no format, no SPL and no terminal: it renders to strings.

mod code;
pub mod codes;
mod diagnostic;
mod render;
mod source;
mod suggest;

pub use code::{Code, find_code};
pub use diagnostic::{Diagnostic, Label, Severity};
pub use render::{concise, full};
pub use source::{Place, Segment, Source, SourceId, SourceMap, Span, Trace};
pub use suggest::nearest;
