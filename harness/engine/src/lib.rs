//! Runs SPL over chunks of events. No IO, no clock, no threads of its own: all that comes in from the caller.

pub mod aggregates;
mod bits;
mod column;
pub mod commands;
mod env;
pub mod es;
pub mod eval;
mod extract;
mod frame;
pub mod functions;
mod group;
pub mod ingest;
mod literals;
mod lookup;
mod open;
mod origins;
mod pattern;
mod plan;
mod program;
pub mod reference;
mod stage;
mod stop;
mod table;
pub mod time;
mod value;
mod view;
mod wave;

pub use column::Column;
pub use env::{Budget, Cancel, Cx, Env, Limits};
pub use ingest::{Blocks, Dataset, Input, Survey};
pub use stage::Effect;
pub use stop::Stop;
pub use table::{EventKey, Origin, Table};
pub use value::Value;
pub use view::{Part, Stamp, View};
pub use wave::{Bound, ConditionHits, Inline, Outcome, Scheduler, StepRows, Trace, World, run};
