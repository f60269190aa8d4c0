//! What tests share: a server on this machine that answers as a test says, and one that plays Splunk.
//!
//! For tests only: what can't go wrong in a test may panic here.
#![expect(clippy::unwrap_used, reason = "for tests only")]
#![allow(missing_docs, clippy::allow_attributes, reason = "for tests only")]

mod http;
mod splunk;

pub use http::{Reply, Request, Scripted};
pub use splunk::{FakeSplunk, Held, PASSWORD, SESSION_KEY, TOKEN, USER};
