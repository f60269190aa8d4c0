//! What tests share: a server on this machine that answers as a test says, one that plays Splunk, and one with files.
//!
//! For tests only: what can't go wrong in a test may panic here.
#![expect(clippy::unwrap_used, reason = "for tests only")]
#![allow(missing_docs, clippy::allow_attributes, reason = "for tests only")]

mod files;
mod http;
mod splunk;

pub use files::{FileServer, Play};
pub use http::{Reply, Request, Scripted};
pub use splunk::{FakeSplunk, Held, PASSWORD, SESSION_KEY, TOKEN, USER};
