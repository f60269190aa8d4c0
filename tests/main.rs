//! Whole-command tests: the built binary, run as a user runs it. One module a subject.
#![allow(clippy::allow_attributes, missing_docs)]

mod corpus;
mod data;
mod exit_codes;
mod interrupt;
mod project;
mod reports;
mod search;
mod terminal;
mod verdicts;
mod xml;
