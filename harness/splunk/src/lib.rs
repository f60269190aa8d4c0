//! Speaks to a Splunk: its REST interface and its HTTP event collector.
//!
//! What is sent twice, and when, is decided here and nowhere else (see [`Repeat`]). [`Client`] reads and searches; what writes goes through
//! [`Lab`], which can't be made of a production server and announces each change in a journal. Nothing here knows a detection.

mod access;
mod call;
mod change;
mod client;
mod collector;
mod error;
mod export;
mod indexes;
mod info;
mod inputs;
mod jobs;
mod journal;
mod lab;
mod pages;
mod reply;
mod saved;
mod secret;
mod server;
mod transport;

/// An id that nothing else has: a UUID.
pub fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

pub use access::Context;
pub use call::Repeat;
pub use change::Change;
pub use client::Client;
pub use collector::{Announced, Collector, Event, Meta, Sent};
pub use error::{Error, Result};
pub use indexes::Index;
pub use info::Info;
pub use inputs::Token;
pub use jobs::{Done, Job, Search};
pub use lab::{Environment, Lab, Policy, Which};
pub use reply::{Entry, Message, Row};
pub use saved::SavedSearch;
pub use secret::Secret;
pub use server::{Login, Patience, Server, Trust};
