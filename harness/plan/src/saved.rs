//! Saved searches put in the place of the commands that run them: `savedsearch NAME` and `from savedsearch:NAME`.
//!
//! Search Reference, "savedsearch": it runs the search and gives its rows, `$token$` in it replaced by what the caller
//! says, unless `nosubstitution=true`. So the caller and what it names become one search, with every place leading back
//! to the text that somebody wrote. savedsearches.conf.spec, `disabled`: one that is switched off can't be run.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Segment, Severity, SourceId, SourceMap, Span, codes};
use dryfire_knowledge::{Knowledge, Macros, SavedSearch};
use dryfire_spl::ast::{Body, Command, Opt, Pipeline, Search, SearchKind};
use dryfire_spl::{expand, parse};

/// How deep saved searches may name one another.
const MAX_DEPTH: usize = 16;
/// How many a search may run, nested ones counted.
const MAX_COUNT: usize = 1_000;

/// The search with all saved searches that it names in their places, and what is wrong with them. A name that leads
/// nowhere stays: the search may be judged elsewhere.
pub fn inline(
    mut pipeline: Pipeline,
    knowledge: &Knowledge,
    macros: &dyn Macros,
    sources: &mut SourceMap,
) -> (Pipeline, Vec<Diagnostic>) {
    let mut inlining = Inlining {
        knowledge,
        macros,
        sources,
        stack: Vec::new(),
        count: 0,
        diagnostics: Vec::new(),
    };
    inlining.pipeline(&mut pipeline);
    (pipeline, inlining.diagnostics)
}

/// The saved search that a command runs, and what fills it in.
pub fn named(command: &Command) -> Option<(String, &[Opt])> {
    match &command.body {
        Body::Saved(saved) => Some((saved.name.text.clone(), &saved.tokens)),
        Body::From(from) if command.name == "from" && from.kind == "savedsearch" => {
            let words: Vec<&str> = from.words.iter().map(|word| word.text.as_str()).collect();
            Some((words.join(" "), &[]))
        }
        _ => None,
    }
}

struct Inlining<'a> {
    knowledge: &'a Knowledge,
    macros: &'a dyn Macros,
    sources: &'a mut SourceMap,
    /// The saved searches in work, outermost first.
    stack: Vec<Arc<str>>,
    count: usize,
    diagnostics: Vec<Diagnostic>,
}

impl Inlining<'_> {
    fn pipeline(&mut self, pipeline: &mut Pipeline) {
        for (index, command) in pipeline.commands.iter_mut().enumerate() {
            if index > 0 && named(command).is_some() {
                let message = format!("`{}` makes rows and can only stand first", command.name);
                self.error(command.name_at.0, message);
            }
            self.inner(command);
        }
        // Last, because what it brings in has been through this already.
        if let Some(commands) = pipeline
            .commands
            .first()
            .and_then(|first| self.saved(first))
        {
            pipeline.commands.splice(0..1, commands);
        }
    }

    /// The subsearches of a command.
    fn inner(&mut self, command: &mut Command) {
        match &mut command.body {
            Body::Search(search) => self.search(search),
            Body::Tstats(tstats) => tstats
                .filter
                .iter_mut()
                .for_each(|search| self.search(search)),
            Body::Table(table) => table
                .filter
                .iter_mut()
                .for_each(|search| self.search(search)),
            Body::Sub(sub) => sub.pipelines.iter_mut().for_each(|sub| self.pipeline(sub)),
            Body::Raw(raw) => raw.pipelines.iter_mut().for_each(|sub| self.pipeline(sub)),
            _ => {}
        }
    }

    fn search(&mut self, search: &mut Search) {
        match &mut search.kind {
            SearchKind::And(parts) | SearchKind::Or(parts) => {
                parts.iter_mut().for_each(|part| self.search(part))
            }
            SearchKind::Not(inner) => self.search(inner),
            SearchKind::Sub(pipeline) => self.pipeline(pipeline),
            _ => {}
        }
    }

    /// The commands that stand for one that runs a saved search.
    fn saved(&mut self, command: &Command) -> Option<Vec<Command>> {
        let (name, tokens) = named(command)?;
        let saved = self.knowledge.saved_search(&name)?.clone();
        let at = command.name_at.0;
        if self.stack.contains(&saved.name) {
            self.error(at, format!("the saved search `{name}` runs itself"));
            return None;
        }
        if self.stack.len() >= MAX_DEPTH || self.count >= MAX_COUNT {
            let message = format!(
                "saved searches name one another too often: more than {MAX_DEPTH} deep or {MAX_COUNT} in all"
            );
            self.error(at, message);
            return None;
        }
        self.count += 1;
        if saved.disabled {
            let message = format!("the saved search `{name}` is disabled, so that nothing runs it");
            let error = Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(at, "");
            self.diagnostics
                .push(error.help("set `disabled = 0` in its stanza of savedsearches.conf"));
            return None;
        }
        if saved.has_window {
            // Over all time Splunk would take the saved range; whether a range is chosen is the caller's affair.
            let message = format!(
                "the saved search `{name}` has a time range of its own, which is not applied"
            );
            self.diagnostics
                .push(Diagnostic::warning(&codes::meaning::UNCERTAIN_RULE, message).at(at, ""));
        }
        let keep = command.option("nosubstitution").is_some_and(|word| {
            matches!(
                word.text.to_ascii_lowercase().as_str(),
                "t" | "true" | "1" | "yes"
            )
        });
        let filled = self.filled(&saved, if keep { None } else { Some(tokens) }, at)?;
        let expanded = expand(filled, self.sources, self.macros);
        let parsed = parse(expanded.source, self.sources);
        let found: Vec<Diagnostic> = [expanded.diagnostics, parsed.diagnostics].concat();
        let broken = found.iter().any(|found| found.severity == Severity::Error);
        self.diagnostics.extend(found);
        if broken {
            return None;
        }
        let mut pipeline = parsed.pipeline;
        self.stack.push(saved.name);
        self.pipeline(&mut pipeline);
        self.stack.pop();
        Some(pipeline.commands)
    }

    /// The text of a saved search with its tokens filled in, inside of quotes, too.
    fn filled(
        &mut self,
        saved: &SavedSearch,
        tokens: Option<&[Opt]>,
        at: Span,
    ) -> Option<SourceId> {
        let text = self.sources.get(saved.search).text.clone();
        let call = Some((at, Arc::from(format!("saved search `{}`", saved.name))));
        let mut made = String::new();
        let mut segments = Vec::new();
        let mut push = |piece: &str, from: Span, verbatim: bool| {
            if !piece.is_empty() {
                segments.push(Segment {
                    start: u32::try_from(made.len()).unwrap_or(u32::MAX),
                    from,
                    verbatim,
                    call: call.clone(),
                });
                made.push_str(piece);
            }
        };
        let mut missing = Vec::new();
        let mut from = 0;
        for (start, name) in tokens.iter().flat_map(|_| tokens_of(&text)) {
            let Some(token) = tokens
                .unwrap_or_default()
                .iter()
                .rev()
                .find(|token| token.name == name)
            else {
                missing.push(name);
                continue;
            };
            let before = text.get(from..start).unwrap_or_default();
            push(before, Span::new(saved.search, from, start), true);
            from = start + name.len() + 2;
            push(
                &token.value.text,
                Span::new(saved.search, start, from),
                false,
            );
        }
        let rest = text.get(from..).unwrap_or_default();
        push(rest, Span::new(saved.search, from, text.len()), true);
        if let Some(first) = missing.first() {
            let message = format!(
                "the saved search `{}` holds `${first}$`, and nothing is given for it",
                saved.name
            );
            let error = Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(at, "");
            self.diagnostics.push(error.help(format!(
                "write `{first}=VALUE`, or `nosubstitution=true` if it is text"
            )));
            return None;
        }
        let name = self.sources.get(saved.search).name.clone();
        Some(self.sources.derive(name, made, segments))
    }

    fn error(&mut self, at: Span, message: String) {
        self.diagnostics
            .push(Diagnostic::error(&codes::meaning::BAD_ARGUMENT, message).at(at, ""));
    }
}

/// The `$name$` in a text: where each begins, and its name. A `$` of a pattern has no name behind it that ends in `$`.
fn tokens_of(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(length) = text.get(at..).and_then(|rest| rest.find('$')) {
        at += length;
        let rest = text.get(at + 1..).unwrap_or_default();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '-')));
        let name = end.and_then(|end| rest.get(..end)).unwrap_or_default();
        let closed = rest
            .get(name.len()..)
            .is_some_and(|rest| rest.starts_with('$'));
        if closed && name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            found.push((at, name));
            at += name.len() + 2;
        } else {
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use dryfire_diagnostic::concise;
    use dryfire_knowledge::MacroTable;
    use dryfire_spl::print;

    use super::*;

    /// What becomes of a search, or what is wrong.
    fn inlined(spl: &str) -> Result<String, Vec<String>> {
        let mut sources = SourceMap::new();
        let mut knowledge = Knowledge::default();
        for (name, text) in [
            ("plain", "a=1 | stats count by b"),
            ("filled", "| inputlookup t where x=\"$x$\" y=$y$"),
            ("pattern", "a=1 | regex b=\"^x$|y$\""),
            ("outer", "| savedsearch plain | head 1"),
            ("circle", "a=1 [| from savedsearch:circle]"),
            ("broken", "| stats"),
            ("off", "| makeresults"),
        ] {
            knowledge.add_saved_search(SavedSearch {
                name: name.into(),
                search: sources.add(name, text),
                has_window: false,
                disabled: name == "off",
            });
        }
        let source = sources.add("s", spl);
        let parsed = parse(source, &sources);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let macros = MacroTable::default();
        let (pipeline, found) = inline(parsed.pipeline, &knowledge, &macros, &mut sources);
        if found.is_empty() {
            Ok(print(&pipeline))
        } else {
            Err(found.iter().map(|found| concise(found, &sources)).collect())
        }
    }

    #[test]
    fn the_search_stands_where_its_name_stood() {
        for (spl, expected) in [
            (
                "| savedsearch plain | head 2",
                "search a=1 | stats count by b | head 2",
            ),
            ("| from savedsearch:plain", "search a=1 | stats count by b"),
            (
                "| savedsearch outer",
                "search a=1 | stats count by b | head 1",
            ),
            (
                "x=1 [| savedsearch plain] | append [| savedsearch plain]",
                "search x=1 [search a=1 | stats count by b] | append [search a=1 | stats count by b]",
            ),
            (
                "| savedsearch filled y=2 x=\"a b\"",
                "| inputlookup t where x=\"a b\" y=2",
            ),
            ("| savedsearch pattern", "search a=1 | regex b=\"^x$|y$\""),
            (
                "| savedsearch nosubstitution=t filled",
                "| inputlookup t where x=\"$x$\" y=$y$",
            ),
            ("| savedsearch nosuch", "| savedsearch nosuch"),
        ] {
            assert_eq!(inlined(spl).as_deref(), Ok(expected), "{spl}");
        }
    }

    #[test]
    fn mistakes_lead_to_the_caller() {
        for (spl, words) in [
            ("| savedsearch filled x=1", "holds `$y$`"),
            ("| savedsearch circle", "runs itself"),
            ("a=1 | savedsearch plain", "can only stand first"),
            ("| savedsearch broken", "aggregation"),
            ("| from savedsearch:off", "is disabled"),
        ] {
            let found = inlined(spl).expect_err(spl);
            assert!(
                found.len() == 1 && found[0].contains(words),
                "{spl}: {found:?}"
            );
        }
    }
}
