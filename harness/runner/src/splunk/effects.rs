//! What a search does besides searching: commands that write, send or run something.

use dryfire_diagnostic::{Severity, SourceMap};
use dryfire_spl::ast::{Body, Command, Filter, Pipeline, Search, SearchKind};
use dryfire_spl::{find, parse, parse_nested};

/// Commands with effects that outlast the search: in indexes, lookups, files and models, by mail, or by a program that is run.
const WRITING: [&str; 27] = [
    "addrss",
    "collect",
    "copyresults",
    "crawl",
    "createrss",
    "dbxoutput",
    "dbxquery",
    "delete",
    "deletemodel",
    "dump",
    "fit",
    "input",
    "mcollect",
    "meventcollect",
    "outputcsv",
    "outputlookup",
    "outputraw",
    "outputtelemetry",
    "run",
    "runshellscript",
    "script",
    "sendalert",
    "sendemail",
    "stash",
    "summaryindex",
    "sumindex",
    "tscollect",
];

/// The first command of a search that writes, those of its subsearches and of `map` included.
///
/// A macro that stands in the text is not looked into: expand it before.
pub(crate) fn writes(text: &str) -> Option<String> {
    look(text).writes
}

/// Why it can't be told whether a search writes; nothing where the text shows all that it does.
pub(crate) fn unclear(text: &str) -> Option<String> {
    // Macros are expanded before quotes are read, so a call in quotes is one too.
    if text.replace("```", "").contains('`') {
        return Some("a macro in it is not expanded".to_owned());
    }
    let lower = text.to_lowercase();
    if ["savedsearch:", "savedsearch=", "savedsplunk"]
        .iter()
        .any(|named| lower.contains(named))
    {
        return Some("it names a saved search, whose text is not seen".to_owned());
    }
    if let Some(hidden) = behind_a_pipe(&lower) {
        return Some(format!("`{hidden}` stands behind a pipe in its text"));
    }
    look(text).unclear
}

/// A writing command that follows a pipe or a bracket anywhere, in quotes too: where quotes end is a matter on which a server might differ.
fn behind_a_pipe(lower: &str) -> Option<&'static str> {
    let mut pieces = lower.split(['|', '[']);
    pieces.next();
    pieces.find_map(|piece| {
        let word = piece
            .trim_start()
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next();
        WRITING.iter().copied().find(|name| Some(*name) == word)
    })
}

fn look(text: &str) -> Seen {
    let mut seen = Seen::default();
    seen.text(text, false, 0);
    seen
}

/// What was met on the way through a search.
#[derive(Default)]
struct Seen {
    writes: Option<String>,
    unclear: Option<String>,
}

/// How deep a `map` may stand in another's text.
const DEEPEST: usize = 8;

impl Seen {
    fn doubt(&mut self, why: impl FnOnce() -> String) {
        self.unclear.get_or_insert_with(why);
    }

    fn text(&mut self, text: &str, nested: bool, depth: usize) {
        if depth > DEEPEST {
            self.doubt(|| "searches are nested too deep in it".to_owned());
            return;
        }
        let mut sources = SourceMap::new();
        let source = sources.add("search", text);
        let parsed = if nested {
            parse_nested(source, &sources)
        } else {
            parse(source, &sources)
        };
        self.pipeline(&parsed.pipeline, depth);
        let error = parsed
            .diagnostics
            .iter()
            .find(|diagnostic| diagnostic.severity == Severity::Error);
        if let Some(error) = error {
            self.doubt(|| format!("it can't be read: {}", error.message));
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, depth: usize) {
        for command in &pipeline.commands {
            self.command(command, depth);
        }
    }

    fn command(&mut self, command: &Command, depth: usize) {
        let name = command.name.as_str();
        if WRITING.contains(&name) {
            self.writes.get_or_insert_with(|| name.to_owned());
        } else if find(name).is_none_or(|signature| signature.external) {
            self.doubt(|| format!("what `{name}` does is not known"));
        } else if matches!(name, "map" | "savedsearch") {
            self.doubt(|| format!("`{name}` runs a search that is not seen as it runs"));
        }
        match &command.body {
            Body::Search(search) => self.search(search, depth),
            Body::Tstats(tstats) => {
                if let Some(filter) = &tstats.filter {
                    self.search(filter, depth);
                }
            }
            Body::Table(table) => {
                if let Some(filter) = &table.filter {
                    self.search(filter, depth);
                }
            }
            Body::Transaction(transaction) => {
                for (_, filter) in &transaction.filters {
                    if let Filter::Search(search) = filter {
                        self.search(search, depth);
                    }
                }
            }
            Body::From(from) if !matches!(from.kind.as_str(), "datamodel" | "lookup") => {
                self.doubt(|| format!("what `from {}` stands for is not seen", from.kind));
            }
            Body::Sub(sub) => {
                for pipeline in &sub.pipelines {
                    self.pipeline(pipeline, depth);
                }
            }
            Body::Raw(raw) => {
                for pipeline in &raw.pipelines {
                    self.pipeline(pipeline, depth);
                }
            }
            Body::Map(text) => self.text(&text.text, !text.quoted, depth + 1),
            Body::Foreach(foreach) => {
                // What the marks stand for are fields' names.
                let template = foreach.template.text.replace("<<", "").replace(">>", "");
                self.text(&template, true, depth + 1);
            }
            _ => {}
        }
    }

    fn search(&mut self, search: &Search, depth: usize) {
        match &search.kind {
            SearchKind::And(parts) | SearchKind::Or(parts) => {
                for part in parts {
                    self.search(part, depth);
                }
            }
            SearchKind::Not(inner) => self.search(inner, depth),
            SearchKind::Sub(pipeline) => self.pipeline(pipeline, depth),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{unclear, writes};

    #[test]
    fn commands_that_write_are_named_wherever_they_stand() {
        for (text, name) in [
            ("index=main | outputlookup assets.csv", "outputlookup"),
            ("| tstats count | Collect index=summary", "collect"),
            ("index=main | delete", "delete"),
            (
                "index=a [search index=b | outputcsv x | fields y]",
                "outputcsv",
            ),
            (
                "index=a | append [search b | sendemail to=\"a@b\"]",
                "sendemail",
            ),
            (
                "index=a | appendpipe [stats count | sendalert x]",
                "sendalert",
            ),
            (
                "| inputlookup a where [search b | script python x]",
                "script",
            ),
            (
                "index=a | map search=\"search x=$x$ | collect index=y\"",
                "collect",
            ),
            ("index=a | map [search b | outputlookup c]", "outputlookup"),
            (
                "index=a | foreach * [eval x=1 | outputlookup c]",
                "outputlookup",
            ),
            (
                "index=a | set union [search b | tscollect namespace=x] [search c]",
                "tscollect",
            ),
            ("`macro` x | outputlookup c", "outputlookup"),
        ] {
            assert_eq!(writes(text).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn a_search_that_only_reads_is_clear() {
        for text in [
            "index=main sourcetype=x | stats count by user | where count > 3",
            "index=main \"outputlookup\" collect | table delete",
            "| tstats count from datamodel=Endpoint.Processes where Processes.user=* by Processes.dest",
            "| inputlookup assets.csv | lookup other x OUTPUT y",
            "| from datamodel:Web.Web | head 5",
            "index=a ```a comment | with a pipe``` | rex \"(?<x>a|b)\"",
            "index=a | foreach a_* [eval x='<<FIELD>>'] | join user [search index=b]",
        ] {
            assert_eq!(writes(text), None, "{text}");
            assert_eq!(unclear(text), None, "{text}");
        }
    }

    #[test]
    fn what_the_text_does_not_show_is_unclear() {
        for text in [
            "index=main | `write_it`",
            "`base` | stats count",
            "index=main | frobnicate",
            "index=main | stats count by",
            "index=main | where x=\"open",
            "| savedsearch other",
            "| from savedsearch:other",
            "index=a | map search=\"$cmd$\"",
            "index=a 'x | outputlookup y'",
            "index=a \"x | outputlookup y\"",
            "index=a | eval x=[search b | collect index=c]",
            "index=a | sample 5",
        ] {
            assert!(unclear(text).is_some(), "{text}");
        }
    }
}
