//! The endpoints of the management port, one family a file.

pub(crate) mod apps;
pub(crate) mod configuration;
pub(crate) mod context;
pub(crate) mod indexes;
pub(crate) mod inputs;
pub(crate) mod jobs;
pub(crate) mod objects;
pub(crate) mod receivers;
pub(crate) mod roles;
pub(crate) mod saved;
pub(crate) mod server;
pub(crate) mod users;

use crate::effects::{is_plain, why};
use crate::entry::Refusal;
use crate::store::StoreError;

/// A name that something may get.
fn new_name<'n>(what: &str, name: &'n str) -> Result<&'n str, Refusal> {
    match is_plain(name) {
        true => Ok(name),
        false => Err(Refusal::bad(format!("Invalid {what} name '{name}'."))),
    }
}

/// A name that no file is ever named by: it may hold slashes.
fn new_title<'n>(what: &str, name: &'n str) -> Result<&'n str, Refusal> {
    match !name.is_empty() && name.len() <= 1024 && !name.chars().any(char::is_control) {
        true => Ok(name),
        false => Err(Refusal::bad(format!("Invalid {what} name '{name}'."))),
    }
}

/// What the store refused.
fn refused(error: &StoreError) -> Refusal {
    let status = match error {
        StoreError::NoIndex(_) => 400,
        StoreError::Full => 503,
        StoreError::Journal(_) | StoreError::Engine(_) => 500,
    };
    Refusal::new(status, why(error))
}
