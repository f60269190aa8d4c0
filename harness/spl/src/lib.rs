//! The SPL language: command signatures, lexer, parser, AST, printer and macro expansion.
//!
//! Pure: no IO, no clock. Parsing never fails; it returns a tree and diagnostics.
//! A search goes through [`expand`] (macros and comments), then [`parse`]; [`print`] writes a tree as canonical text.

pub mod ast;
mod lexer;
pub mod macros;
mod parser;
mod printer;
pub mod signature;
mod structure;

pub use macros::{Expanded, Macro, MacroUse, Macros, expand};
pub use parser::{Parse, parse, parse_assignments, parse_expression, parse_nested, parse_search};
pub use printer::{print, print_command, print_expression, print_search};
pub use signature::{OptionKind, OptionSpec, Shape, Signature, find};
