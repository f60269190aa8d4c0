//! Executable specifications: what SPL makes of data, as small cases. The local engine runs them in its own tests, a Splunk by
//! `dryfire conformance`. This crate only reads them.

mod file;
mod rows;

pub use file::{Events, Expect, Object, Scenario, Standing, read};
pub use rows::{over_rows, plain};
