//! Cases, targets, waves and verdicts. It emits events and knows no report.

mod apps;
mod check;
pub mod conformance;
mod data;
mod describe;
mod events;
mod evidence;
mod explain;
mod integration;
mod local;
mod macros;
mod places;
mod remote;
mod run;
mod session;
pub mod splunk;
mod surroundings;
mod target;
mod threads;
mod verdict;
mod verify;

pub use check::{Checked, check};
pub use data::{Given, LoadError, Loaded, file, load, notes, open};
pub use events::{EventKind, EventPlace, EventSearch, Events, EventsError, of_eventtype, of_tag};
pub use evidence::{finding, place};
pub use explain::{ExplainError, Explanation, FieldSource, datasets_of, explain, where_is};
pub use local::Local;
pub use remote::Remote;
pub use run::{Settings, run};
pub use session::{Prepared, Session};
pub use target::{Answer, Failure, Produced, Request, Target, Triggered};
pub use threads::Threads;
pub use verify::{Deployment, verify};
