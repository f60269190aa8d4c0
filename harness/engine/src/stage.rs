//! What commands become: stages that take tables.

use std::any::Any;
use std::sync::Arc;

use crate::env::Cx;
use crate::stop::Stop;
use crate::table::{EventKey, Table};

/// A stage of a search.
///
/// Map stages run on each chunk, in any order and on any thread, before rows are brought together; after that they run
/// on the whole table. A reduce stage ends the map phase. Table stages need all rows in their order.
#[derive(Clone)]
pub enum Stage {
    /// Row by row: knows no other row, keeps the order of rows.
    Map(Arc<dyn MapOp>),
    /// Brings rows together, in partial results that merge.
    Reduce(Arc<dyn Reduce>),
    /// Needs all rows in order.
    Table(Arc<dyn TableOp>),
    /// Makes rows; can only stand first.
    Source(Arc<dyn Generate>),
}

/// A row-wise operator.
pub trait MapOp: Send + Sync {
    /// The rows after the command.
    fn apply(&self, table: Table, cx: &Cx<'_>) -> Result<Table, Stop>;
}

/// An operator over all rows.
pub trait TableOp: Send + Sync {
    /// The rows after the command, and what is to be written.
    fn apply(&self, table: Table, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> Result<Table, Stop>;
}

/// An operator with partial results.
pub trait Reduce: Send + Sync {
    /// A fresh partial result.
    fn begin(&self, cx: &Cx<'_>) -> Box<dyn Partial>;
}

/// The partial result of a reduce stage.
pub trait Partial: Send {
    /// Takes in rows.
    fn push(&mut self, table: &Table, cx: &Cx<'_>) -> Result<(), Stop>;

    /// Takes in the partial result of the events that follow.
    fn merge(&mut self, next: Box<dyn Partial>, cx: &Cx<'_>) -> Result<(), Stop>;

    /// The rows.
    fn finish(self: Box<Self>, cx: &Cx<'_>) -> Result<Table, Stop>;

    /// For [`Partial::merge`].
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

/// A command that makes rows out of nothing or out of a table.
pub trait Generate: Send + Sync {
    /// The rows.
    fn rows(&self, cx: &Cx<'_>) -> Result<Table, Stop>;
}

/// Something a search wants to write. The target applies it between waves, in the order of cases.
#[derive(Debug, Clone)]
pub enum Effect {
    /// `outputlookup`.
    WriteLookup {
        /// The lookup.
        lookup: Arc<str>,
        /// The rows.
        rows: Table,
        /// Added to what is there, instead of in its place.
        append: bool,
    },
    /// `collect`, and the risk and notable actions.
    WriteEvents {
        /// The index.
        index: Arc<str>,
        /// The rows.
        rows: Table,
    },
    /// `delete`.
    DeleteEvents {
        /// The events.
        keys: Arc<[EventKey]>,
    },
}
