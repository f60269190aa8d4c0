//! Limits of Splunk that change what a search gives: limits.conf of Splunk 10.2, with its defaults.
//!
//! They are in force unless an app's `limits.conf` or `dryfire.toml` says otherwise. One that takes effect is told as a
//! warning ([`codes::meaning::LIMIT`]): a search whose result was cut is worth no more than its author knows of the cut.

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_knowledge::Knowledge;

use crate::env::Cx;
use crate::table::Table;

macro_rules! limits {
    ($($(#[$doc:meta])* $field:ident = $name:literal, $default:literal;)*) => {
        /// Limits of Splunk that change results.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {
            $($(#[$doc])* pub $field: usize,)*
            /// Rows of `sort` without a count. Splunk has no setting for it.
            pub sort_rows: usize,
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($field: $default,)* sort_rows: 10_000 }
            }
        }

        impl Limits {
            /// The names that [`Limits::set`] knows: `stanza.setting`, with the default.
            pub const NAMES: &[(&str, usize)] = &[$(($name, $default)),*];

            /// Changes a limit by its name in limits.conf, `stanza.setting`; false for a name that is not known.
            pub fn set(&mut self, name: &str, value: usize) -> bool {
                match name {
                    $($name => self.$field = value,)*
                    _ => return false,
                }
                true
            }
        }
    };
}

limits! {
    /// Rows of a subsearch in a search expression.
    subsearch_rows = "subsearch.maxout", 10_000;
    /// Rows of the subsearch of `join`.
    join_rows = "join.subsearch_maxout", 50_000;
    /// Rows of the subsearches of `append`, `appendcols` and `union`.
    result_rows = "searchresults.maxresultrows", 50_000;
    /// Values of `list()`.
    list_values = "stats.list_maxsize", 100;
    /// Characters that `spath` without a path reads.
    spath_characters = "spath.extraction_cutoff", 5_000;
    /// Pairs that automatic key/value extraction takes from an event.
    kv_fields = "kv.limit", 100;
    /// Bytes of an event that automatic key/value extraction reads.
    kv_characters = "kv.maxchars", 10_240;
    /// Megabytes of the rows that `mvexpand` makes; 0 for any number.
    mvexpand_megabytes = "mvexpand.max_mem_usage_mb", 500;
    /// Transactions that are open at once.
    open_transactions = "transactions.maxopentxn", 5_000;
    /// Events of the transactions that are open.
    open_events = "transactions.maxopenevents", 100_000;
    /// Steps of a match of `rex`, `regex` and extractions.
    match_steps = "rex.match_limit", 100_000;
    /// Buckets of `bin`.
    bins = "discretize.maxbins", 50_000;
    /// Rows of `top`.
    top_rows = "top.maxresultrows", 50_000;
    /// Rows of `rare`.
    rare_rows = "rare.maxresultrows", 50_000;
}

impl Limits {
    /// Settings that Splunk has and the engine does not follow, with the reason.
    pub const NOT_FOLLOWED: &[(&str, &str)] = &[
        ("subsearch.maxtime", "the engine has no clock"),
        ("join.subsearch_maxtime", "the engine has no clock"),
        (
            "kv.maxcols",
            "which fields come first depends on how Splunk spreads the search",
        ),
        (
            "rex.depth_limit",
            "the engine's compiled patterns have no depth",
        ),
        (
            "stats.maxresultrows",
            "beyond it Splunk uses the disk; results are the same",
        ),
        ("stats.maxvalues", "the engine keeps all values"),
        (
            "default.max_mem_usage_mb",
            "the engine's memory is not Splunk's; beyond it `eventstats` would add no fields",
        ),
    ];
}

impl Limits {
    /// Splunk's limits as the apps' `limits.conf` changes them; and what there can't be used. Of the file's many settings,
    /// those count that change results.
    pub fn of(knowledge: &Knowledge) -> (Self, Vec<Diagnostic>) {
        let (mut limits, mut found) = (Self::default(), Vec::new());
        let Some(conf) = knowledge.conf("limits") else {
            return (limits, found);
        };
        let names = Self::NAMES.iter().map(|(name, _)| *name);
        for name in names.chain(Self::NOT_FOLLOWED.iter().map(|(name, _)| *name)) {
            let setting = name
                .split_once('.')
                .and_then(|(stanza, key)| conf.get(stanza, key));
            let Some(setting) = setting else { continue };
            match setting.value.trim().parse() {
                Ok(number) if limits.set(name, number) => {}
                Ok(_) => found.extend(
                    Self::not_followed(name).map(|found| found.at(setting.at, "without effect")),
                ),
                Err(_) => found.push(
                    Diagnostic::warning(
                        &codes::dataset::CONF_VALUE,
                        format!("`{name}` must be a whole number"),
                    )
                    .at(setting.at, "ignored"),
                ),
            }
        }
        (limits, found)
    }

    /// The warning for a setting of Splunk's that changes nothing here.
    pub fn not_followed(name: &str) -> Option<Diagnostic> {
        let known = Self::NOT_FOLLOWED.iter().find(|(known, _)| *known == name);
        let (_, why) = known?;
        let message = format!("the limit `{name}` is not followed: {why}");
        Some(Diagnostic::warning(
            &codes::configuration::LIMIT_NAME,
            message,
        ))
    }

    /// The warning that automatic key/value extraction left something out of an event.
    pub(crate) fn events_cut(&self) -> Diagnostic {
        let message = format!(
            "automatic key/value extraction read the first {} bytes and {} pairs of longer events",
            self.kv_characters, self.kv_fields
        );
        Diagnostic::warning(&codes::meaning::LIMIT, message)
            .because("Splunk's limits, `[kv] maxchars` and `[kv] limit` of limits.conf")
    }
}

/// The warning that a limit took effect; `setting` is its name in limits.conf.
pub(crate) fn reached(message: String, setting: &str, at: Span) -> Diagnostic {
    Diagnostic::warning(&codes::meaning::LIMIT, message)
        .at(at, "")
        .because(format!("Splunk's limit, `{setting}` of limits.conf"))
}

/// The first rows of a subsearch: as many as the command asks for, else as many as the limit allows.
pub(crate) fn cut(
    rows: &Table,
    asked: Option<usize>,
    (limit, setting): (usize, &str),
    at: Span,
    cx: &Cx<'_>,
) -> Table {
    let most = asked.unwrap_or(limit);
    if rows.len() <= most {
        return rows.clone();
    }
    if asked.is_none() {
        let message = format!(
            "the first {most} of the subsearch's {} rows were taken",
            rows.len()
        );
        cx.note(reached(message, setting, at));
    }
    rows.filter(|row| row < most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_sets_its_own_limit() {
        for (name, default) in Limits::NAMES {
            let mut limits = Limits::default();
            assert!(
                limits.set(name, *default) && limits == Limits::default(),
                "{name}"
            );
            assert!(
                limits.set(name, *default + 1) && limits != Limits::default(),
                "{name}"
            );
            assert!(
                Limits::NOT_FOLLOWED.iter().all(|(other, _)| other != name),
                "{name}"
            );
        }
        assert!(!Limits::default().set("sort.maxfiles", 1));
    }
}
