//! Splunk's HTTP interfaces over the engine: the management port with its REST endpoints, and the HTTP event collector.
//!
//! It shares no code with the client of this workspace (`harness/splunk`), so that neither confirms the other's mistakes.
//! [`Server::start`] loads content and apps, opens both ports and returns; searches run on threads of their own.

mod actions;
mod clock;
mod collector;
mod effects;
mod endpoints;
mod entry;
mod http;
mod identity;
mod jobs;
mod journal;
mod results;
mod routes;
mod saved;
mod search;
mod server;
mod settings;
mod state;
mod store;
mod tls;

pub use server::{Server, StartError};
pub use settings::{Certificate, Limits, Settings};
