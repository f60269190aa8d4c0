//! What a search needs and makes: fields, name resolution, lowering to nodes. Pure; used by the engine and by validation.

pub mod check;
mod fieldset;
pub mod flow;
mod library;
mod lost;
mod lower;
mod matcher;
mod node;
mod origin;
pub mod produces;
mod rule;
pub mod saved;
mod slips;

pub use fieldset::{FieldSet, capture, pattern_matches};
pub use library::{Library, PreparedCalculation, PreparedKind, PreparedObject};
pub use lost::{Lost, lost};
pub use lower::{
    Assumption, EventFields, EventMeta, Fields, Given, IndexedFields, ModelFields, ModelScope,
    Reservations, field_names, row_condition, term_prefix, text_search, without_dataset,
};
pub use matcher::{
    Matcher, TermMatcher, Wildcard, fold, is_major_breaker, parse_number, same_folded,
};
pub use node::{DatePart, Format, Graph, Meta, Node, NodeId, NodeRef, Op, Test};
pub use origin::{Functions, Transfer, required_literals};
pub use produces::{Loss, Produced, produces, produces_from};
pub use rule::{Filler, Gives, Name, Rule, RuleKind, clean_key};
