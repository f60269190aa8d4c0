//! Which cases are run.

use clap::ValueEnum;
use dryfire_content::selection::{Filter, PREDICATES, Shard};
use dryfire_report::Scope;

/// Which cases are run.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct Select {
    /// Only the cases for which this expression holds, such as `type(TTP) & technique(T1003) & !macro(~filter)`.
    #[arg(short = 'E', long, value_name = "EXPR", value_parser = filter, long_help = filter_help())]
    pub(crate) filter: Option<Filter>,
    /// Only the cases that depend on what changed: detections, macros, lookups, data sources, baselines, data, apps. Nothing
    /// to test is no failure then.
    #[arg(long)]
    pub(crate) changed: bool,
    /// The commit since which it changed. Without it, the remote's default branch, else the branch's upstream, else HEAD.
    /// What is not committed counts, too.
    #[arg(
        long,
        value_name = "COMMIT",
        requires = "changed",
        allow_hyphen_values = false
    )]
    pub(crate) base: Option<String>,
    /// Only one part of several, such as 2/3. Each case is in one part; cases that read the same data stay together.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// Only the cases that did not pass when they were last run here.
    #[arg(long, value_enum, value_name = "WHICH")]
    pub(crate) rerun: Option<Rerun>,
    /// Print the cases that would be run, and why, and run nothing.
    #[arg(long)]
    pub(crate) list: bool,
}

impl Select {
    /// What a report calls the choice.
    pub(crate) fn scope(&self) -> Scope {
        if self.changed {
            Scope::Changes
        } else if self.filter.is_some() || self.shard.is_some() || self.rerun.is_some() {
            Scope::Selected
        } else {
            Scope::All
        }
    }
}

/// Which cases of the last run are run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rerun {
    /// Those that failed, could not be judged or were cancelled.
    Failed,
}

fn filter(text: &str) -> Result<Filter, String> {
    Filter::parse(text).map_err(|error| error.to_string())
}

/// The help, from the list of predicates.
fn filter_help() -> String {
    let mut help = String::from(
        "Only the cases for which this expression holds, such as `type(TTP) & technique(T1003) & !macro(~filter)`.\n\n\
         Predicates are joined with & | ! (and, or, not) and parentheses. What stands in a predicate is a glob; =text is \
         that text, ~text a part, /…/ a regular expression. Letter case counts in regular expressions only.\n",
    );
    for (_, name, about) in PREDICATES {
        help.push_str(&format!("\n  {:<14} {about}", format!("{name}()")));
    }
    help
}
