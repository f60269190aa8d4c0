//! The commands: the trait, and the registry that lists them all. One file holds one command.

use dryfire_diagnostic::Diagnostic;
use dryfire_plan::Library;
use dryfire_spl::ast::Command as Syntax;

use crate::limits::Limits;
use crate::stage::Stage;
use crate::table::Table;

mod accum;
mod addcoltotals;
mod addinfo;
mod addtotals;
pub(crate) mod aggregation;
mod anomalydetection;
mod append;
mod appendcols;
mod appendpipe;
mod apply;
mod arguments;
mod autoregress;
mod bin;
pub(crate) mod buckets;
mod chart;
mod charting;
mod collect;
mod columns;
mod computed;
pub(crate) mod condition;
mod contingency;
mod conversion;
mod convert;
mod dedup;
mod delete;
mod delta;
pub mod doc;
mod eval;
mod eventstats;
mod expression;
mod extract;
mod fields;
mod fieldsummary;
mod filldown;
mod fillnull;
mod foreach;
mod format;
mod from;
mod fromjson;
mod gentimes;
mod head;
mod inputlookup;
mod iplocation;
mod join;
mod json_text;
mod linear_model;
mod lookup;
mod makecontinuous;
mod makemv;
mod makeresults;
mod map;
mod merging;
mod multikv;
mod multisearch;
mod mvcombine;
mod mvexpand;
mod nomv;
mod order;
mod outlier;
mod outputcsv;
mod outputlookup;
mod rangemap;
mod ranking;
mod rare;
mod regex;
mod rename;
mod replace;
mod require;
mod return_;
mod reverse;
mod rex;
mod running;
mod savedsearch;
mod search;
pub(crate) mod sed;
mod series;
mod set;
mod setfields;
mod sort;
mod spath;
pub(crate) mod stats;
mod strcat;
mod streamstats;
mod table;
mod tables;
mod tags;
mod tail;
mod text_table;
mod timechart;
mod tojson;
mod top;
mod transaction;
mod transpose;
mod trendline;
mod tstats;
mod unchanged;
mod union;
mod uniq;
pub(crate) mod unsupported;
mod untable;
mod where_;
mod words;
pub(crate) mod xml_text;
mod xmlkv;
mod xmlunescape;
mod xpath;
mod xyseries;

#[cfg(test)]
mod testing;

pub(crate) use condition::Condition;
pub use doc::Doc;
pub(crate) use expression::Expression;

/// A search command that the engine runs.
pub trait Command: Sync {
    /// The name, as in its signature (`dryfire_spl::signature`).
    fn name(&self) -> &'static str;

    /// Examples, open points and differences, for the reference.
    fn doc(&self) -> &'static Doc {
        &Doc::NONE
    }

    /// The stage for these arguments. All mistakes are reported, not the first only.
    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>>;
}

/// What a command can look at while it is lowered.
pub struct Lower<'a> {
    /// Macros, lookups, models, parsed event types.
    pub library: &'a Library,
    /// The results of the command's subsearches, in order.
    pub subsearches: &'a [Table],
    /// Splunk's limits.
    pub limits: &'a Limits,
    /// Whether nothing comes before the command.
    pub is_first: bool,
    /// The commands before it, the nearest last.
    pub before: &'a [Syntax],
}

const ALL: &[&dyn Command] = &[
    &accum::Accum,
    &addcoltotals::Addcoltotals,
    &addinfo::Addinfo,
    &addtotals::Addtotals,
    &anomalydetection::Anomalydetection,
    &append::Append,
    &appendcols::Appendcols,
    &appendpipe::Appendpipe,
    &apply::Apply,
    &autoregress::Autoregress,
    &bin::Bin,
    &chart::Chart,
    &collect::Collect,
    &contingency::Contingency,
    &convert::Convert,
    &dedup::Dedup,
    &delete::Delete,
    &delta::Delta,
    &eval::Eval,
    &eventstats::Eventstats,
    &extract::Extract,
    &unchanged::FIELDFORMAT,
    &fields::Fields,
    &fieldsummary::Fieldsummary,
    &filldown::Filldown,
    &fillnull::Fillnull,
    &foreach::Foreach,
    &format::Format,
    &from::From,
    &fromjson::Fromjson,
    &gentimes::Gentimes,
    &head::Head,
    &unchanged::HIGHLIGHT,
    &unchanged::ICONIFY,
    &inputlookup::Inputlookup,
    &iplocation::Iplocation,
    &join::Join,
    &unchanged::LOCALOP,
    &lookup::Lookup,
    &makecontinuous::Makecontinuous,
    &makemv::Makemv,
    &makeresults::Makeresults,
    &map::Map,
    &multikv::Multikv,
    &multisearch::Multisearch,
    &mvcombine::Mvcombine,
    &mvexpand::Mvexpand,
    &nomv::Nomv,
    &outlier::Outlier,
    &outputcsv::Outputcsv,
    &outputlookup::Outputlookup,
    &rangemap::Rangemap,
    &rare::Rare,
    &unchanged::REDISTRIBUTE,
    &regex::Regex,
    &rename::Rename,
    &replace::Replace,
    &require::Require,
    &return_::Return,
    &reverse::Reverse,
    &rex::Rex,
    &savedsearch::Savedsearch,
    &search::Search,
    &set::Set,
    &setfields::Setfields,
    &sort::Sort,
    &spath::Spath,
    &stats::Stats,
    &strcat::Strcat,
    &streamstats::Streamstats,
    &table::Table,
    &tags::Tags,
    &tail::Tail,
    &timechart::Timechart,
    &tojson::Tojson,
    &top::Top,
    &transaction::Transaction,
    &transpose::Transpose,
    &trendline::Trendline,
    &tstats::Tstats,
    &union::Union,
    &uniq::Uniq,
    &untable::Untable,
    &where_::Where,
    &xmlkv::Xmlkv,
    &xmlunescape::Xmlunescape,
    &xpath::Xpath,
    &xyseries::Xyseries,
];

/// Every command, ascending by name. `search`, `tstats` and others that read events at the start are the planner's.
pub fn all() -> impl Iterator<Item = &'static dyn Command> {
    ALL.iter().copied()
}

/// The command of that name.
pub fn find(name: &str) -> Option<&'static dyn Command> {
    all().find(|command| command.name() == name)
}

/// Every command that runs, with its documentation, ascending by name: those of [`all`] and the planner's own.
pub fn docs() -> impl Iterator<Item = (&'static str, &'static Doc)> {
    let mut docs: Vec<_> = all()
        .map(|command| (command.name(), command.doc()))
        .chain(crate::plan::DOCS.iter().map(|(name, doc)| (*name, *doc)))
        .collect();
    docs.sort_by_key(|(name, _)| *name);
    docs.into_iter()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_ascend_and_have_signatures() {
        let names: Vec<&str> = super::all().map(|command| command.name()).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        for name in names {
            assert_eq!(
                dryfire_spl::find(name).map(|signature| signature.name),
                Some(name)
            );
        }
    }
}
