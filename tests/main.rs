//! Whole-command tests: the built binary, run as a user runs it. One module a subject.
#![expect(
    clippy::unwrap_used,
    reason = "a panic here is a failed test; clippy sees that in test functions, not in their helpers"
)]

mod addon;
mod assumed;
mod changed;
mod configuration;
mod corpus;
mod data;
mod diff;
mod events;
mod exit_codes;
mod expected_failures;
mod fetch;
mod hostile;
mod interrupt;
mod knowledge;
mod mistakes;
mod places;
mod project;
mod reports;
mod search;
mod serve;
mod spl;
mod splunk;
mod steps;
mod terminal;
mod validate;
mod verdicts;
mod xml;
