//! Rules that change events on their way into the index: SEDCMD, TRANSFORMS, RULESET.
//!
//! props.conf.spec and transforms.conf.spec: sed scripts come first, then the transforms, class by class in ASCII order,
//! each list in its order. A rule sees what earlier ones made of the event. The sourcetype that an event gets here
//! decides its search-time fields; its index-time rules stay those of the sourcetype it came with. Only the copy that
//! `CLONE_SOURCETYPE` makes goes through the rules of its new one.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_knowledge::{Format, IndexTime, Knowledge, Meta, Template, TemplatePart, Transform};

use super::draft::Draft;
use super::ingest_eval::{Condition, Evals};
use super::key::{Defaults, Key};
use crate::commands::sed::Sed;
use crate::env::{Cx, Env};
use crate::pattern::{Groups, Pattern};
use crate::stop::Stop;

/// How often a copy may be copied again.
const MOST_CLONES: usize = 16;

/// The rules for events of one dataset, and those of the sourcetypes that copies get.
pub(super) struct Rewriter {
    stages: Vec<Stage>,
    defaults: Defaults,
}

struct Stage {
    sourcetype: Arc<str>,
    sed: Vec<Sed>,
    rules: Vec<Rule>,
}

struct Rule {
    work: Work,
    clone: Option<Arc<str>>,
    stop_if: Option<Condition>,
}

enum Work {
    Nothing,
    Evals(Evals),
    Match(Box<Match>),
}

struct Match {
    pattern: Pattern,
    source: Key,
    target: Key,
    /// `DEST_KEY = _meta` takes the place of all fields, unless FORMAT has `$0`.
    replaces_fields: bool,
    format: Format,
    default: Option<String>,
    repeat: bool,
    lookahead: usize,
}

/// What was found while rules were compiled.
#[derive(Default)]
pub(super) struct Found {
    /// Slips, by which a rule has no effect.
    pub(super) notes: Vec<Diagnostic>,
    /// What this engine can't do: the events are not what they would be.
    pub(super) unsupported: Vec<Diagnostic>,
}

impl Rewriter {
    /// Compiles the rules; none where nothing changes.
    pub(super) fn new(
        rules: &IndexTime,
        defaults: Defaults,
        knowledge: &Knowledge,
        found: &mut Found,
    ) -> Option<Self> {
        if rules.sedcmds.is_empty() && rules.transforms.is_empty() {
            return None;
        }
        let mut stages = vec![Stage::new(defaults.sourcetype.clone(), rules, found)];
        let mut done = 0;
        while let Some(stage) = stages.get(done) {
            done += 1;
            let clones: Vec<Arc<str>> = stage
                .rules
                .iter()
                .filter_map(|rule| rule.clone.clone())
                .collect();
            for sourcetype in clones {
                if stages.iter().all(|stage| stage.sourcetype != sourcetype) {
                    let meta = Meta {
                        source: &defaults.source,
                        host: &defaults.host,
                        sourcetype: &sourcetype,
                    };
                    let rules = knowledge.resolve(&meta).index_time;
                    stages.push(Stage::new(sourcetype.clone(), &rules, found));
                }
            }
        }
        Some(Self { stages, defaults })
    }

    /// What becomes of events: changed, copied, dropped.
    pub(super) fn apply(&self, drafts: Vec<Draft>) -> Result<Vec<Draft>, Stop> {
        let (env, cancel) = (Env::all_time(self.defaults.now), AtomicBool::new(false));
        let cx = Cx::new(&env, &cancel);
        let mut kept = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let mut open = vec![(draft, 0, 0)];
            while let Some((mut draft, stage, depth)) = open.pop() {
                let mut clones = Vec::new();
                self.run(stage, &mut draft, &mut clones, &cx)?;
                if !draft.dropped {
                    kept.push(draft);
                }
                if depth < MOST_CLONES {
                    // The copies follow their event, the first one first.
                    let next = clones.into_iter().rev();
                    open.extend(next.map(|(draft, stage)| (draft, stage, depth + 1)));
                }
            }
        }
        Ok(kept)
    }

    fn run(
        &self,
        stage: usize,
        draft: &mut Draft,
        clones: &mut Vec<(Draft, usize)>,
        cx: &Cx<'_>,
    ) -> Result<(), Stop> {
        let stage = &self.stages[stage];
        for sed in &stage.sed {
            draft.raw = sed
                .edit(&draft.raw)
                .map_err(|limit| Stop::Budget(format!("SEDCMD: {limit}")))?;
        }
        for rule in &stage.rules {
            match &rule.work {
                Work::Nothing => {}
                Work::Evals(evals) => evals.apply(draft, &self.defaults, cx)?,
                Work::Match(work) => {
                    let own = draft
                        .kind
                        .sourcetype
                        .as_ref()
                        .unwrap_or(&self.defaults.sourcetype);
                    // A copy must differ from its event; otherwise the event itself is changed.
                    let clone = rule.clone.as_ref().filter(|clone| *clone != own);
                    match clone {
                        None => work.apply(draft, &self.defaults)?,
                        Some(sourcetype) => {
                            let mut copy = draft.clone();
                            copy.kind.sourcetype = Some(sourcetype.clone());
                            if work.apply(&mut copy, &self.defaults)? {
                                let stage = self
                                    .stages
                                    .iter()
                                    .position(|stage| stage.sourcetype == *sourcetype);
                                clones.extend(stage.map(|stage| (copy, stage)));
                            }
                            true
                        }
                    };
                }
            }
            if let Some(condition) = &rule.stop_if
                && condition.holds(draft, &self.defaults, cx)
            {
                break;
            }
        }
        Ok(())
    }
}

impl Stage {
    fn new(sourcetype: Arc<str>, rules: &IndexTime, found: &mut Found) -> Self {
        let mut sed = Vec::new();
        for command in &rules.sedcmds {
            match Sed::parse(&command.script) {
                Ok(script) => sed.push(script),
                Err(why) => found.notes.push(note(
                    format!("SEDCMD-{} has no effect: {why}", command.class),
                    command.at,
                )),
            }
        }
        let rules = rules
            .transforms
            .iter()
            .filter_map(|listed| Rule::new(&listed.transform, found))
            .collect();
        Self {
            sourcetype,
            sed,
            rules,
        }
    }
}

impl Rule {
    fn new(transform: &Transform, found: &mut Found) -> Option<Self> {
        let name = &transform.name;
        let mut unsupported = |why: String| {
            let message = format!(
                "[{name}] changes events at index time in a way that can't be done here: {why}"
            );
            found
                .unsupported
                .push(Diagnostic::error(&codes::dataset::CONF_VALUE, message).at(transform.at, ""));
        };
        let stop_if = match transform
            .stop_processing_if
            .as_deref()
            .map(Condition::parse)
        {
            Some(Err(why)) => {
                unsupported(why);
                return None;
            }
            Some(Ok(condition)) => Some(condition),
            None => None,
        };
        if let Some(text) = &transform.ingest_eval {
            return match Evals::parse(text) {
                Ok(evals) => Some(Self {
                    work: Work::Evals(evals),
                    clone: None,
                    stop_if,
                }),
                Err(why) => {
                    unsupported(why);
                    None
                }
            };
        }
        if stop_if.is_some() {
            // All other settings but INGEST_EVAL are set aside by STOP_PROCESSING_IF.
            return Some(Self {
                work: Work::Nothing,
                clone: None,
                stop_if,
            });
        }
        match Match::new(transform) {
            Ok(work) => Some(Self {
                work: Work::Match(Box::new(work)),
                clone: transform.clone_sourcetype.as_deref().map(Arc::from),
                stop_if: None,
            }),
            Err(why) => {
                let message = format!("the index-time transform [{name}] has no effect: {why}");
                found.notes.push(note(message, transform.at));
                None
            }
        }
    }
}

impl Match {
    fn new(transform: &Transform) -> Result<Self, String> {
        let regex = transform.regex.as_deref().ok_or("it has no REGEX")?;
        let pattern = Pattern::limited(regex, transform.match_limit, transform.depth_limit)
            .map_err(|why| format!("its REGEX is not valid: {why}"))?;
        let unknown = |name: &str| format!("`{name}` is no key");
        let copies = transform.clone_sourcetype.is_some();
        let source =
            Key::named(&transform.source_key).ok_or_else(|| unknown(&transform.source_key))?;
        let target = match transform.dest_key.as_deref() {
            Some(name) => Key::named(name)
                .filter(|key| !matches!(key, Key::Fields(_)))
                .ok_or_else(|| unknown(name))?,
            // Without either, a copy is made and nothing in it is changed.
            None if transform.write_meta || copies => Key::Meta,
            None => return Err("it has neither DEST_KEY nor WRITE_META".to_owned()),
        };
        let format = match &transform.format {
            _ if copies && transform.dest_key.is_none() && !transform.write_meta => {
                Format::parse("")
            }
            Some(format) => format.clone(),
            None => Format::parse(&format!("{}::$1", transform.name)),
        };
        Ok(Self {
            pattern,
            source,
            replaces_fields: transform.dest_key.is_some()
                && format.whole.groups().all(|group| group != 0),
            target,
            format,
            default: transform.default_value.clone(),
            repeat: transform.repeat_match,
            lookahead: transform.lookahead,
        })
    }

    /// Whether it matched.
    fn apply(&self, draft: &mut Draft, defaults: &Defaults) -> Result<bool, Stop> {
        let text = self.source.read(draft, defaults);
        let end = text
            .char_indices()
            .nth(self.lookahead)
            .map_or(text.len(), |(at, _)| at);
        let text = &text[..end];
        let repeat = self.repeat && self.target != Key::Raw;
        let limit = if repeat { usize::MAX } else { 1 };
        let matches = self
            .pattern
            .all(text, limit)
            .map_err(|limit| Stop::Budget(format!("an index-time transform's pattern: {limit}")))?;
        if matches.is_empty() {
            if let Some(default) = self.default.as_deref().filter(|_| self.target != Key::Meta) {
                let default = format!(
                    "{}{}",
                    self.target.prefix(),
                    default
                        .strip_prefix(self.target.prefix())
                        .unwrap_or(default)
                );
                self.target.write(&default, draft);
            }
            return Ok(false);
        }
        if self.target == Key::Meta && self.replaces_fields {
            draft.fields.clear();
        }
        for groups in &matches {
            if self.target == Key::Meta {
                for (name, value) in &self.format.pairs {
                    let (name, value) =
                        (fill(name, text, groups, ""), fill(value, text, groups, ""));
                    draft.add(name, value);
                }
            } else {
                let before = self.target.read(draft, defaults);
                let value = fill(&self.format.whole, text, groups, &before);
                self.target.write(&value, draft);
            }
        }
        Ok(true)
    }
}

/// A template with the groups of a match; `$0` is what the key held before. A number beyond the groups is text.
fn fill(template: &Template, text: &str, groups: &Groups, before: &str) -> String {
    let mut out = String::new();
    for part in &template.parts {
        match part {
            TemplatePart::Text(literal) => out.push_str(literal),
            TemplatePart::Group(0) => out.push_str(before),
            TemplatePart::Group(number) => match groups.get(*number as usize) {
                Some(Some((start, end))) => out.push_str(&text[*start..*end]),
                Some(None) => {}
                None => out.push_str(&format!("${number}")),
            },
        }
    }
    out
}

fn note(message: String, at: Span) -> Diagnostic {
    Diagnostic::warning(&codes::dataset::CONF_VALUE, message).at(at, "")
}
