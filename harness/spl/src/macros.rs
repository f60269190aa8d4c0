//! Macro expansion: textual, as Splunk does it, with every byte of the result leading back to what a user wrote.

mod call;
mod substitute;
mod template;
#[cfg(test)]
mod tests;
mod walk;

use dryfire_diagnostic::codes::syntax::{
    MACRO_ARGUMENTS, MACRO_RECURSION, TOO_LARGE, UNKNOWN_MACRO,
};
use dryfire_diagnostic::{Diagnostic, Segment, SourceId, SourceMap, Span, nearest};

/// How deep macros may nest; Splunk's own limit.
const MAX_DEPTH: usize = 100;
/// How long an expansion may become.
const MAX_BYTES: usize = 1 << 20;
/// How many calls one search may make, nested ones counted.
const MAX_CALLS: usize = 10_000;

/// A search macro.
#[derive(Debug, Clone)]
pub struct Macro {
    /// Its name, without the number of arguments.
    pub name: String,
    /// The names of its arguments.
    pub arguments: Vec<String>,
    /// What it expands to.
    pub definition: SourceId,
    /// Whether the definition is an eval expression that makes the text.
    pub is_eval: bool,
    /// An eval expression that the arguments must fulfil. Not checked.
    pub validation: Option<String>,
    /// What to say when they do not.
    pub error_message: Option<String>,
}

/// Where macros are found.
pub trait Macros {
    /// The macro of that name and number of arguments.
    fn find(&self, name: &str, arguments: usize) -> Option<&Macro>;
    /// All names with their number of arguments, sorted.
    fn names(&self) -> Vec<(String, usize)>;
}

/// A list of macros: few enough to look through.
impl Macros for Vec<Macro> {
    fn find(&self, name: &str, arguments: usize) -> Option<&Macro> {
        self.iter()
            .find(|one| one.name == name && one.arguments.len() == arguments)
    }

    fn names(&self) -> Vec<(String, usize)> {
        let mut names: Vec<(String, usize)> = self
            .iter()
            .map(|one| (one.name.clone(), one.arguments.len()))
            .collect();
        names.sort();
        names
    }
}

/// A call of a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroUse {
    /// The macro's name.
    pub name: String,
    /// How many arguments the call has.
    pub arguments: usize,
    /// The call with its backticks, in the text it stands in.
    pub call: Span,
}

/// A search with its macros expanded.
#[derive(Debug)]
pub struct Expanded {
    /// The expanded text, a derived source.
    pub source: SourceId,
    /// The calls that were expanded, nested ones too, in the order met.
    pub used: Vec<MacroUse>,
    /// The calls of macros that are not there, or not with this number of arguments.
    pub missing: Vec<MacroUse>,
    /// What was found wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Expands macros and removes comments.
///
/// A macro that is not there is an error and leaves a space. Calls in the quoted search of `map` are expanded, too; only
/// those whose name a row fills in stay as they are.
pub fn expand(source: SourceId, sources: &mut SourceMap, macros: &dyn Macros) -> Expanded {
    let mut expansion = Expansion::new(sources, macros);
    let source = expansion.expand(source);
    let Expansion {
        used,
        missing,
        diagnostics,
        ..
    } = expansion;
    Expanded {
        source,
        used,
        missing,
        diagnostics,
    }
}

/// The state of one expansion.
struct Expansion<'a> {
    sources: &'a mut SourceMap,
    macros: &'a dyn Macros,
    /// The macros in work, outermost first, with their number of arguments.
    stack: Vec<(String, usize)>,
    calls: usize,
    /// How much text was made so far.
    made: usize,
    stopped: bool,
    used: Vec<MacroUse>,
    missing: Vec<MacroUse>,
    diagnostics: Vec<Diagnostic>,
}

/// A text in the making, with the origin of its pieces.
#[derive(Debug, Default)]
struct Output {
    text: String,
    segments: Vec<Segment>,
}

impl Output {
    /// Adds a text that stands byte by byte at `from`.
    fn copy(&mut self, text: &str, from: Span) {
        self.push(
            text,
            Segment {
                start: 0,
                from,
                verbatim: true,
                call: None,
            },
        );
    }

    /// Adds a text for which the whole of `from` stands.
    fn stand_in(&mut self, text: &str, from: Span) {
        self.push(
            text,
            Segment {
                start: 0,
                from,
                verbatim: false,
                call: None,
            },
        );
    }

    fn push(&mut self, text: &str, segment: Segment) {
        if text.is_empty() {
            return;
        }
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.segments.push(Segment { start, ..segment });
        self.text.push_str(text);
    }
}

impl<'a> Expansion<'a> {
    fn new(sources: &'a mut SourceMap, macros: &'a dyn Macros) -> Self {
        Self {
            sources,
            macros,
            stack: Vec::new(),
            calls: 0,
            made: 0,
            stopped: false,
            used: Vec::new(),
            missing: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// The expansion of a whole text, as a source derived from it.
    fn expand(&mut self, source: SourceId) -> SourceId {
        let text = self.sources.get(source).text.clone();
        let name = self.sources.get(source).name.clone();
        let output = self.walk(source, &text);
        self.sources.derive(name, output.text, output.segments)
    }

    /// Counts a call and its text against the limits.
    fn may_go_on(&mut self, call: Span, bytes: usize) -> bool {
        self.calls += 1;
        self.made += bytes;
        if self.stopped {
            return false;
        }
        if self.calls > MAX_CALLS || self.made > MAX_BYTES {
            self.stopped = true;
            let message = format!(
                "the search makes more than {MAX_CALLS} macro calls or {MAX_BYTES} bytes of them"
            );
            self.diagnostics
                .push(Diagnostic::error(&TOO_LARGE, message).at(call, "stopped at this call"));
        }
        !self.stopped
    }

    /// Whether the call would go round in a circle, or too deep; then it is reported.
    fn is_endless(&mut self, usage: &MacroUse) -> bool {
        let key = (usage.name.clone(), usage.arguments);
        let message = if let Some(first) = self.stack.iter().position(|entry| *entry == key) {
            let chain: Vec<String> = self
                .stack
                .iter()
                .skip(first)
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            format!(
                "the macro `{}` calls itself: {} → `{}`",
                usage.name,
                chain.join(" → "),
                usage.name
            )
        } else if self.stack.len() >= MAX_DEPTH {
            format!("macros are nested more than {MAX_DEPTH} deep")
        } else {
            return false;
        };
        self.diagnostics.push(
            Diagnostic::error(&MACRO_RECURSION, message).at(usage.call, "this call never ends"),
        );
        true
    }

    /// Reports a macro that is not there.
    fn report_missing(&mut self, usage: MacroUse) {
        let names = self.macros.names();
        let counts: Vec<usize> = names
            .iter()
            .filter(|(name, _)| *name == usage.name)
            .map(|(_, count)| *count)
            .collect();
        let given = plural(usage.arguments);
        let diagnostic = if counts.is_empty() {
            let near = nearest(&usage.name, names.iter().map(|(name, _)| name.as_str()));
            let message = format!("there is no macro `{}` with {given}", usage.name);
            let help = near.map(|near| format!("did you mean `{near}`?"));
            Diagnostic::error(&UNKNOWN_MACRO, message)
                .at(usage.call, "not defined")
                .opt_help(help)
        } else {
            let takes: Vec<String> = counts.into_iter().map(plural).collect();
            let message = format!(
                "the macro `{}` takes {}, not {given}",
                usage.name,
                takes.join(" or ")
            );
            Diagnostic::error(&MACRO_ARGUMENTS, message)
                .at(usage.call, format!("called with {given}"))
        };
        self.diagnostics.push(diagnostic);
        self.missing.push(usage);
    }
}

fn plural(count: usize) -> String {
    match count {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        _ => format!("{count} arguments"),
    }
}
