//! Cases, targets, waves and verdicts. It emits events and knows no report.

mod data;
mod evidence;
mod local;
mod macros;
mod run;
mod session;
mod target;
mod threads;
mod verdict;

pub use data::{Given, LoadError, Loaded, file, load};
pub use evidence::{finding, place};
pub use local::Local;
pub use run::{Settings, run};
pub use session::{Prepared, Session};
pub use target::{Answer, Failure, Request, Target};
pub use threads::Threads;
