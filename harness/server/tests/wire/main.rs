//! The wire, as a client sees it. The client here is reqwest alone: nothing of the workspace's own client takes part.
#![expect(
    clippy::unwrap_used,
    reason = "a panic here is a failed test; clippy sees that in test functions, not in their helpers"
)]

mod client;
mod content;
mod data;
mod events;
mod hostile;
mod management;
mod searches;
