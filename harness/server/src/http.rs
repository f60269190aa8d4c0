//! HTTP as this server needs it: connections with limits, requests read whole, replies.

mod connection;
mod form;
mod reply;
mod request;

pub(crate) use connection::{Port, serve};
pub(crate) use form::{Params, decoded, is_on};
pub(crate) use reply::{Reply, escape};
pub(crate) use request::Request;
