//! The commands: the trait, and the registry that lists them all. One file holds one command.

use dryfire_diagnostic::Diagnostic;
use dryfire_plan::Library;
use dryfire_spl::ast::Command as Syntax;

use crate::stage::Stage;
use crate::table::Table;

pub(crate) mod aggregation;
mod arguments;
mod bin;
pub(crate) mod buckets;
mod columns;
mod condition;
mod conversion;
mod convert;
mod dedup;
mod eval;
mod expression;
mod fields;
mod fillnull;
mod head;
mod order;
mod regex;
mod rename;
mod reverse;
mod rex;
mod search;
mod sed;
mod sort;
pub(crate) mod stats;
mod table;
mod tail;
mod where_;

#[cfg(test)]
mod testing;

pub(crate) use expression::Expression;

/// A search command that the engine runs.
pub trait Command: Sync {
    /// The name, as in its signature (`dryfire_spl::signature`).
    fn name(&self) -> &'static str;

    /// The stage for these arguments. All mistakes are reported, not the first only.
    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>>;
}

/// What a command can look at while it is lowered.
pub struct Lower<'a> {
    /// Macros, lookups, models, parsed event types.
    pub library: &'a Library,
    /// The results of the command's subsearches, in order.
    pub subsearches: &'a [Table],
}

const ALL: &[&dyn Command] = &[
    &bin::Bin,
    &convert::Convert,
    &dedup::Dedup,
    &eval::Eval,
    &fields::Fields,
    &fillnull::Fillnull,
    &head::Head,
    &regex::Regex,
    &rename::Rename,
    &reverse::Reverse,
    &rex::Rex,
    &search::Search,
    &sort::Sort,
    &stats::Stats,
    &table::Table,
    &tail::Tail,
    &where_::Where,
];

/// Every command, ascending by name. `search` at the start, `tstats` and `from` read events and are the planner's.
pub fn all() -> impl Iterator<Item = &'static dyn Command> {
    ALL.iter().copied()
}

/// The command of that name.
pub fn find(name: &str) -> Option<&'static dyn Command> {
    all().find(|command| command.name() == name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_ascend_and_have_signatures() {
        let names: Vec<&str> = super::all().map(|command| command.name()).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        for name in names {
            assert_eq!(dryfire_spl::find(name).map(|signature| signature.name), Some(name));
        }
    }
}
