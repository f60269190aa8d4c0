//! Whole-command tests: the built binary, run as a user runs it. One module a subject.
#![expect(
    clippy::unwrap_used,
    reason = "a panic here is a failed test; clippy sees that in test functions, not in their helpers"
)]

mod addon;
mod assumed;
mod configuration;
mod corpus;
mod data;
mod events;
mod exit_codes;
mod fetch;
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
mod terminal;
mod validate;
mod verdicts;
mod xml;
