//! Which stanzas of `props.conf` hold for an event, and what they say together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};

use crate::hash::{ContentHash, Hasher};
use crate::index_time::{self, IndexTime};
use crate::layers::{Layered, Setting};
use crate::matcher::{Matcher, matcher};
use crate::search_time::{self, SearchTime};
use crate::stanza;
use crate::text;
use crate::transforms::Transforms;

/// What selects the configuration of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Meta<'a> {
    /// Its source.
    pub source: &'a str,
    /// Its host.
    pub host: &'a str,
    /// Its sourcetype.
    pub sourcetype: &'a str,
}

/// The configuration of events of one source, host and sourcetype.
#[derive(Debug, Clone)]
pub struct Props {
    /// How they are indexed.
    pub index_time: IndexTime,
    /// What fields they have.
    pub search_time: SearchTime,
    /// The settings behind `index_time`, with the app, stanza and place that gave each.
    pub index_settings: BTreeMap<Arc<str>, Setting>,
    /// The settings behind `search_time`. After a `rename` they are the other sourcetype's.
    pub search_settings: BTreeMap<Arc<str>, Setting>,
    /// The stanzas that matched, the weakest first.
    pub stanzas: Vec<Arc<str>>,
    /// Fields that index time gave such events; none before data were looked at.
    pub indexed: BTreeSet<Arc<str>>,
    /// Equal for equal settings and transforms (from the same apps), on every machine.
    pub id: ContentHash,
}

/// The merged `props.conf`, in both orders of precedence.
#[derive(Debug, Default)]
pub(crate) struct PropsTable {
    index: Layered,
    search: Layered,
    /// Ascending by kind, then the ASCII-larger name first, so that the first in ASCII order is laid last.
    matchers: Vec<Matcher>,
}

impl PropsTable {
    /// Prepares the merged stanzas. Settings that can't be used are reported here, once.
    pub(crate) fn new(
        index: Layered,
        search: Layered,
        index_transforms: &Transforms,
        search_transforms: &Transforms,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut matchers = Vec::new();
        // A stanza that its app keeps to itself still holds at index time.
        let private = index.stanzas.iter();
        let private = private.filter(|(name, _)| !search.stanzas.contains_key(*name));
        for (name, stanza) in search.stanzas.iter().chain(private) {
            match matcher(name) {
                Ok(Some(mut matcher)) => {
                    matcher.priority = stanza
                        .get("priority")
                        .and_then(|setting| setting.value.trim().parse().ok());
                    matchers.push(matcher);
                }
                Ok(None) => {
                    let message = format!(
                        "`[{name}]` only helps Splunk to guess a sourcetype; it has no effect here"
                    );
                    diagnostics.push(
                        Diagnostic::note(&codes::dataset::CONF_SKIPPED, message).at(stanza.at, ""),
                    );
                }
                Err(error) => {
                    let message = format!("the stanza's pattern is not valid: {error}");
                    let warning = Diagnostic::warning(&codes::dataset::CONF_LINE, message);
                    diagnostics.push(warning.at(stanza.at, "ignored"));
                }
            }
        }
        for stanza in search.stanzas.values() {
            search_time::read(
                &stanza.settings,
                search_transforms,
                BTreeSet::new(),
                diagnostics,
            );
        }
        for stanza in index.stanzas.values() {
            index_time::read(&stanza.settings, index_transforms, diagnostics);
        }
        matchers.sort_by(|a, b| (a.kind, &b.stanza).cmp(&(b.kind, &a.stanza)));
        Self {
            index,
            search,
            matchers,
        }
    }

    /// The stanzas that hold for an event, the weakest first.
    fn matching(&self, meta: &Meta<'_>) -> Vec<&Arc<str>> {
        let mut found: Vec<_> = self
            .matchers
            .iter()
            .filter_map(|matcher| Some((matcher.kind, matcher.rank(meta)?, matcher)))
            .collect();
        // Stable: among equals the order of `matchers` stays.
        found.sort_by_key(|(kind, rank, _)| (*kind, *rank));
        found
            .into_iter()
            .map(|(_, _, matcher)| &matcher.stanza)
            .collect()
    }

    /// The stanzas as at index time.
    pub(crate) fn index(&self) -> &Layered {
        &self.index
    }

    /// The stanzas as at search time.
    pub(crate) fn search(&self) -> &Layered {
        &self.search
    }

    /// Automatic lookups whose lookup is not there.
    pub(crate) fn check(&self, is_lookup: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
        let mut missing = Vec::new();
        for stanza in self.search.stanzas.values() {
            let lookups = stanza
                .settings
                .iter()
                .filter_map(|(key, setting)| Some((key.strip_prefix("LOOKUP-")?, setting)));
            for (class, setting) in lookups {
                let lookup = search_time::parse_lookup(class, setting).ok();
                if let Some(lookup) = lookup.filter(|lookup| !is_lookup(&lookup.table)) {
                    missing.push(stanza::missing(
                        setting,
                        format!("there is no lookup `{}`", lookup.table),
                    ));
                }
            }
        }
        missing
    }

    /// All that is known of events of this source, host and sourcetype.
    pub(crate) fn resolve(
        &self,
        meta: &Meta<'_>,
        index: &Transforms,
        search: &Transforms,
    ) -> Props {
        let meta = Meta {
            source: meta.source.trim_end(),
            ..*meta
        };
        let mut stanzas = self.matching(&meta);
        let index_settings = lay(&self.index, &stanzas);
        let mut search_settings = lay(&self.search, &stanzas);
        let rename = search_settings
            .get("rename")
            .filter(|setting| !setting.value.is_empty())
            .cloned();
        if let Some(rename) = rename {
            stanzas = self.matching(&Meta {
                sourcetype: &rename.value,
                ..meta
            });
            search_settings = lay(&self.search, &stanzas);
            search_settings.insert("rename".into(), rename);
        }
        let inferred = inferred(&self.search, &stanzas);
        // Everything was reported when the stanzas were merged.
        let mut reported = Vec::new();
        let index_time = index_time::read(&index_settings, index, &mut reported);
        let search_time = search_time::read(&search_settings, search, inferred, &mut reported);
        let id = id(&index_settings, &search_settings, &index_time, &search_time);
        let stanzas = stanzas.into_iter().cloned().collect();
        Props {
            index_time,
            search_time,
            index_settings,
            search_settings,
            stanzas,
            indexed: BTreeSet::new(),
            id,
        }
    }
}

impl Props {
    /// The same for events that have further fields from index time.
    #[must_use]
    pub fn with_indexed(mut self, names: BTreeSet<Arc<str>>) -> Self {
        if !names.is_empty() {
            let mut hasher = Hasher::default();
            hasher.hash(self.id);
            for name in &names {
                hasher.text(name);
            }
            self.id = hasher.finish();
        }
        self.indexed = names;
        self
    }
}

/// The settings of these stanzas, later ones over earlier ones.
fn lay(conf: &Layered, stanzas: &[&Arc<str>]) -> BTreeMap<Arc<str>, Setting> {
    let mut settings = BTreeMap::new();
    for stanza in stanzas.iter().filter_map(|name| conf.stanzas.get(*name)) {
        settings.extend(
            stanza
                .settings
                .iter()
                .map(|(key, setting)| (key.clone(), setting.clone())),
        );
    }
    settings
}

/// The fields named by any matching stanza's `DRYFIRE_INFERRED` or `DRYFIRE_INFERRED-class`.
fn inferred(conf: &Layered, stanzas: &[&Arc<str>]) -> BTreeSet<String> {
    let stanzas = stanzas.iter().filter_map(|name| conf.stanzas.get(*name));
    let settings = stanzas.flat_map(|stanza| &stanza.settings);
    let wanted = settings.filter(|(key, _)| {
        key.strip_prefix("DRYFIRE_INFERRED")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    });
    wanted
        .flat_map(|(_, setting)| text::comma_list(&setting.value))
        .collect()
}

fn id(
    index_settings: &BTreeMap<Arc<str>, Setting>,
    search_settings: &BTreeMap<Arc<str>, Setting>,
    index_time: &IndexTime,
    search_time: &SearchTime,
) -> ContentHash {
    let mut hasher = Hasher::default();
    for settings in [index_settings, search_settings] {
        hasher.text(&settings.len().to_string());
        for (key, setting) in settings {
            hasher
                .text(key)
                .text(&setting.value)
                .text(&setting.app)
                .text(&setting.stanza);
        }
    }
    for rewrite in &index_time.transforms {
        hasher.hash(rewrite.transform.hash);
    }
    for report in &search_time.reports {
        hasher.hash(report.transform.hash);
    }
    for field in &search_time.inferred {
        hasher.text(field);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::tests::merge;

    /// The value of `KEY` for an event.
    fn value(conf: &str, source: &str, host: &str, sourcetype: &str) -> Option<String> {
        let (knowledge, _, diagnostics) = merge(&[("user", "A", "default/props.conf", conf)]);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let props = knowledge.resolve(&Meta {
            source,
            host,
            sourcetype,
        });
        props
            .search_settings
            .get("KEY")
            .map(|setting| setting.value.to_string())
    }

    #[test]
    fn which_stanza_wins() {
        let s = "[default]\nKEY = d\n[st]\nKEY = st\n";
        let h = "[host::h*]\nKEY = h\n";
        let cases = [
            (s.to_owned(), "x", "x", "x", "d"),
            (s.to_owned(), "x", "x", "st", "st"),
            (s.to_owned(), "x", "x", "ST", "d"),
            (
                format!("KEY = top\n{}", "[st]\nOTHER = 1\n"),
                "x",
                "x",
                "st",
                "top",
            ),
            (format!("{s}{h}"), "x", "H1", "st", "h"),
            (
                format!("{s}{h}[source::/v/...]\nKEY = s\n"),
                "/v/a/b",
                "h1",
                "st",
                "s",
            ),
            // Literal before pattern; priority turns it round.
            (
                "[source::a...]\nKEY = p\n[source::abc]\nKEY = l\n".to_owned(),
                "abc",
                "",
                "",
                "l",
            ),
            (
                "[source::a...]\nKEY = p\npriority = 101\n[source::abc]\nKEY = l\n".to_owned(),
                "abc",
                "",
                "",
                "p",
            ),
            // Among patterns the first in ASCII order.
            (
                "[source::a...]\nKEY = first\n[source::ab...]\nKEY = second\n".to_owned(),
                "abc",
                "",
                "",
                "first",
            ),
            // Blanks at the end of a source don't count.
            ("[source::abc]\nKEY = l\n".to_owned(), "abc  ", "", "", "l"),
            (
                "[(?::){0}aws:*]\nKEY = p\n".to_owned(),
                "",
                "",
                "aws:x:y",
                "p",
            ),
            (
                "[(?::){0}aws:*]\nKEY = p\n[aws:x]\nKEY = l\n".to_owned(),
                "",
                "",
                "aws:x",
                "l",
            ),
        ];
        for (conf, source, host, sourcetype, expected) in cases {
            assert_eq!(
                value(&conf, source, host, sourcetype).as_deref(),
                Some(expected),
                "{conf}"
            );
        }
    }

    #[test]
    fn patterns() {
        let cases = [
            ("...", "anything", true),
            ("*.log", "a.log", true),
            ("*.log", "a/b.log", false),
            ("*.log", "axlog", false),
            (".../*.log", "/a/b/c.log", true),
            ("WinEventLog...", "WinEventLog:Security", true),
            ("WinEventLog...", "wineventlog:Security", false),
            ("WinEventLog...", "XmlWinEventLog:Security", false),
            ("C:\\\\logs\\\\*", "C:\\logs\\a", true),
            ("....(evt|evtx)", "x.evtx", true),
            ("(?!bad)...", "bad", false),
            ("(?!bad)...", "good", true),
            // Equal text matches even where it reads as a pattern.
            ("x (y)", "x (y)", true),
            ("eventhub://a.b/c;", "eventhub://a.b/c;", true),
        ];
        for (pattern, source, expected) in cases {
            let found = value(&format!("[source::{pattern}]\nKEY = 1\n"), source, "", "").is_some();
            assert_eq!(found, expected, "{pattern} {source}");
        }
        assert!(value("[host::Web*]\nKEY = 1\n", "", "WEB01", "").is_some());
    }

    #[test]
    fn stanzas_merge_key_by_key_and_empty_values_switch_off() {
        let (knowledge, sources, diagnostics) = merge(&[
            (
                "user",
                "A",
                "default/props.conf",
                "[st]\nFIELDALIAS-a = a AS b\nEVAL-x = 1\nDRYFIRE_INFERRED = p\n",
            ),
            (
                "user",
                "A",
                "default/transforms.conf",
                "[t]\nREGEX = (?<y>.)\n",
            ),
            (
                "user",
                "B",
                "default/props.conf",
                "[source::s]\nFIELDALIAS-a =\nREPORT-r = t\nDRYFIRE_INFERRED = q\n",
            ),
        ]);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let props = knowledge.resolve(&Meta {
            source: "s",
            host: "",
            sourcetype: "st",
        });
        assert!(props.search_time.aliases.is_empty());
        assert_eq!(
            (
                props.search_time.evals.len(),
                props.search_time.reports.len()
            ),
            (1, 1)
        );
        assert_eq!(props.search_time.inferred.len(), 2);
        let eval = &props.search_settings["EVAL-x"];
        assert_eq!(
            (
                eval.app.as_ref(),
                eval.stanza.as_ref(),
                sources.place(eval.at).line
            ),
            ("A", "st", 3)
        );
        assert_eq!(props.stanzas.len(), 2);
        let other = knowledge.resolve(&Meta {
            source: "s",
            host: "other",
            sourcetype: "st",
        });
        assert_eq!(props.id, other.id);
        assert_ne!(
            props.id,
            knowledge
                .resolve(&Meta {
                    source: "t",
                    host: "",
                    sourcetype: "st"
                })
                .id
        );
    }

    #[test]
    fn rename_takes_the_other_sourcetypes_fields() {
        let conf =
            "[old]\nrename = new\nTRUNCATE = 1\nEVAL-x = 1\n[new]\nTRUNCATE = 2\nEVAL-y = 1\n";
        let (knowledge, _, _) = merge(&[("user", "A", "default/props.conf", conf)]);
        let props = knowledge.resolve(&Meta {
            source: "",
            host: "",
            sourcetype: "old",
        });
        assert_eq!(props.index_time.truncate, Some(1));
        assert_eq!(props.search_time.rename.as_deref(), Some("new"));
        let fields: Vec<_> = props
            .search_time
            .evals
            .iter()
            .map(|eval| eval.field.as_str())
            .collect();
        assert_eq!(fields, ["y"]);
    }

    #[test]
    fn stanzas_without_effect_are_named() {
        let conf = "[rule::x]\nMORE_THAN_75 = y\n[source::(]\nKEY = 1\n";
        let (_, _, diagnostics) = merge(&[("user", "A", "default/props.conf", conf)]);
        let codes: Vec<_> = diagnostics.iter().map(|found| found.code.id).collect();
        assert_eq!(codes, ["DF414", "DF410"]);
    }
}
