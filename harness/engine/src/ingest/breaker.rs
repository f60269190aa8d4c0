//! Where events begin and end: `LINE_BREAKER`, `SHOULD_LINEMERGE` and their relatives (props.conf.spec).

use std::sync::atomic::{AtomicBool, Ordering};

use dryfire_diagnostic::Diagnostic;
use dryfire_knowledge::IndexTime;
use memchr::memmem::Finder;

use super::{Clock, compiled};
use crate::pattern::Pattern;
use crate::stop::Stop;

/// How a text is broken into events.
pub struct Breaker {
    kind: Kind,
    truncate: usize,
    has_cut: AtomicBool,
}

enum Kind {
    /// `([\r\n]+)`: each line is an event.
    Lines,
    /// `([\r\n]+)(?=<literal…)`: an event begins where a line begins with the literal, followed by white space or `>`
    /// where the pattern says so. Also right after a `>`, since test data glue events together.
    Before {
        literal: Finder<'static>,
        edge: bool,
    },
    /// Any other `LINE_BREAKER`.
    Pattern(Pattern),
    /// Lines are merged into events.
    Merge { lines: Pattern, rules: Merge },
}

struct Merge {
    break_before: Option<Pattern>,
    break_before_date: bool,
    break_after: Option<Pattern>,
    keep_after: Option<Pattern>,
    keep_before: Option<Pattern>,
    max_lines: usize,
}

impl Breaker {
    /// How many bytes before a place decide whether an event begins there.
    pub const CONTEXT: usize = 64;

    /// The breaker of a configuration.
    pub fn new(rules: &IndexTime, notes: &mut Vec<Diagnostic>) -> Self {
        let mut compile = |key: &str, pattern: &str| compiled(key, pattern, notes);
        let kind = if rules.should_linemerge {
            let merge = Merge {
                break_before: rules
                    .break_only_before
                    .as_deref()
                    .and_then(|p| compile("BREAK_ONLY_BEFORE", p)),
                break_before_date: rules.break_only_before_date,
                break_after: rules
                    .must_break_after
                    .as_deref()
                    .and_then(|p| compile("MUST_BREAK_AFTER", p)),
                keep_after: rules
                    .must_not_break_after
                    .as_deref()
                    .and_then(|p| compile("MUST_NOT_BREAK_AFTER", p)),
                keep_before: rules
                    .must_not_break_before
                    .as_deref()
                    .and_then(|p| compile("MUST_NOT_BREAK_BEFORE", p)),
                max_lines: rules.max_events.max(1),
            };
            compile("LINE_BREAKER", &rules.line_breaker).map_or(Kind::Lines, |lines| Kind::Merge {
                lines,
                rules: merge,
            })
        } else {
            match shape(&rules.line_breaker) {
                Some(kind) => kind,
                None => {
                    compile("LINE_BREAKER", &rules.line_breaker).map_or(Kind::Lines, Kind::Pattern)
                }
            }
        };
        Self {
            kind,
            truncate: rules.truncate.unwrap_or(usize::MAX),
            has_cut: AtomicBool::new(false),
        }
    }

    /// Whether an event's start can be told from the bytes around it.
    pub fn is_local(&self) -> bool {
        matches!(self.kind, Kind::Lines | Kind::Before { .. })
    }

    /// The first start of an event at or after a byte; only for local breakers.
    pub fn next_start(&self, bytes: &[u8], from: usize) -> Option<usize> {
        if from >= bytes.len() {
            return None;
        }
        match &self.kind {
            Kind::Lines => {
                let mut at = from;
                if at == 0 || is_newline(bytes[at - 1]) {
                    // Blank lines belong to the break.
                } else {
                    at += memchr::memchr2(b'\n', b'\r', bytes.get(at..)?)?;
                }
                let skipped = bytes
                    .get(at..)?
                    .iter()
                    .position(|byte| !is_newline(*byte))?;
                Some(at + skipped)
            }
            Kind::Before { literal, edge } => {
                let width = literal.needle().len();
                literal
                    .find_iter(bytes.get(from..)?)
                    .map(|at| from + at)
                    .find(|at| {
                        let edge_holds = !edge
                            || bytes
                                .get(at + width)
                                .is_none_or(|next| next.is_ascii_whitespace() || *next == b'>');
                        let before = bytes[..*at]
                            .iter()
                            .rev()
                            .find(|byte| !matches!(byte, b' ' | b'\t'));
                        edge_holds && before.is_none_or(|byte| is_newline(*byte) || *byte == b'>')
                    })
            }
            Kind::Pattern(_) | Kind::Merge { .. } => None,
        }
    }

    /// The events of a text, without the line ends between them, and cut at `TRUNCATE` bytes.
    pub fn events(&self, text: &str, clock: &Clock) -> Result<Vec<(u32, u32)>, Stop> {
        let mut starts_ends = match &self.kind {
            Kind::Lines | Kind::Before { .. } => self.local_events(text),
            Kind::Pattern(pattern) => pieces(text, pattern)?,
            Kind::Merge { lines, rules } => merge(text, &pieces(text, lines)?, rules, clock)?,
        };
        starts_ends.retain(|(start, end)| !text[*start..*end].trim().is_empty());
        // Of events that are put together, TRUNCATE cuts the lines.
        let merges = matches!(self.kind, Kind::Merge { .. });
        Ok(starts_ends
            .into_iter()
            .map(|(start, end)| {
                (
                    start,
                    if merges {
                        end
                    } else {
                        self.cut(text, start, end)
                    },
                )
            })
            .map(|(start, end)| {
                (
                    u32::try_from(start).unwrap_or(u32::MAX),
                    u32::try_from(end).unwrap_or(u32::MAX),
                )
            })
            .collect())
    }

    fn local_events(&self, text: &str) -> Vec<(usize, usize)> {
        let bytes = text.as_bytes();
        let mut events = Vec::new();
        let mut start = if bytes.is_empty() { None } else { Some(0) };
        while let Some(from) = start {
            let next = self.next_start(bytes, from + 1);
            let next = match &self.kind {
                // A line ends at its newline, wherever the next one starts.
                Kind::Lines => {
                    let end = memchr::memchr2(b'\n', b'\r', &bytes[from..])
                        .map_or(bytes.len(), |at| from + at);
                    events.push((from, end));
                    self.next_start(bytes, end).filter(|next| *next > from)
                }
                _ => {
                    let end = next.unwrap_or(bytes.len());
                    let kept = text[from..end]
                        .trim_end_matches(['\r', '\n', ' ', '\t'])
                        .len();
                    events.push((from, from + kept));
                    next
                }
            };
            start = next;
        }
        events
    }

    /// Whether lines are put together some of which are too long.
    pub fn cuts_lines(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Merge { .. })
            && text
                .split(['\r', '\n'])
                .any(|line| line.len() > self.truncate)
    }

    /// The text of an event whose lines are cut at `TRUNCATE` bytes each.
    pub fn with_short_lines(&self, event: &str) -> String {
        let mut kept = String::with_capacity(event.len());
        for line in event.split_inclusive('\n') {
            let text = line.trim_end_matches(['\r', '\n']);
            kept.push_str(&text[..self.cut(text, 0, text.len())]);
            kept.push_str(&line[text.len()..]);
        }
        kept
    }

    /// Whether `TRUNCATE` has cut something so far.
    pub fn has_cut(&self) -> bool {
        self.has_cut.load(Ordering::Relaxed)
    }

    fn cut(&self, text: &str, start: usize, end: usize) -> usize {
        if end - start <= self.truncate {
            return end;
        }
        self.has_cut.store(true, Ordering::Relaxed);
        let mut cut = start + self.truncate;
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        cut
    }
}

/// The forms of `LINE_BREAKER` whose breaks show locally.
fn shape(pattern: &str) -> Option<Kind> {
    let rest = pattern
        .strip_prefix(r"([\r\n]+)")
        .or_else(|| pattern.strip_prefix(r"([\n\r]+)"))?;
    if rest.is_empty() {
        return Some(Kind::Lines);
    }
    let ahead = rest.strip_prefix("(?=")?.strip_suffix(')')?;
    let (literal, edge) = match ahead.strip_suffix(r"[\s>]") {
        Some(literal) => (literal, true),
        None => (ahead, false),
    };
    let plain = literal
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"<>_ =:-".contains(&byte));
    (plain && !literal.is_empty()).then(|| Kind::Before {
        literal: Finder::new(literal).into_owned(),
        edge,
    })
}

/// Splits at each match of a breaker: the text of the first group that took part is dropped; without groups, the break
/// is before the match.
fn pieces(text: &str, pattern: &Pattern) -> Result<Vec<(usize, usize)>, Stop> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let matches = pattern
        .all(text, usize::MAX)
        .map_err(|limit| Stop::Budget(format!("LINE_BREAKER: {limit}")))?;
    for groups in matches {
        let whole = groups.first().copied().flatten().unwrap_or((start, start));
        let (end, next) = groups
            .iter()
            .skip(1)
            .copied()
            .flatten()
            .next()
            .unwrap_or((whole.0, whole.0));
        if end >= start && next > start {
            pieces.push((start, end));
            start = next;
        }
    }
    // The line end that closes the text belongs to no event.
    let last = text[start..].trim_end_matches(['\r', '\n']).len();
    if last > 0 {
        pieces.push((start, start + last));
    }
    Ok(pieces)
}

/// Puts lines together until a rule breaks before or after one.
fn merge(
    text: &str,
    lines: &[(usize, usize)],
    rules: &Merge,
    clock: &Clock,
) -> Result<Vec<(usize, usize)>, Stop> {
    let hit = |pattern: &Option<Pattern>, line: &str| match pattern {
        Some(pattern) => pattern
            .is_match(line)
            .map_err(|limit| Stop::Budget(format!("line merging: {limit}"))),
        None => Ok(false),
    };
    let mut events: Vec<(usize, usize)> = Vec::new();
    let (mut count, mut closed, mut held) = (0, true, false);
    for (start, end) in lines {
        let line = &text[*start..*end];
        let begins = || match &rules.break_before {
            Some(_) => hit(&rules.break_before, line),
            None => Ok(rules.break_before_date && clock.shows_date(line)),
        };
        // MUST_NOT_BREAK_AFTER holds until MUST_BREAK_AFTER; MAX_EVENTS is a limit whatever else is said.
        let breaks = closed
            || count >= rules.max_lines
            || (!held && begins()? && !hit(&rules.keep_before, line)?);
        match events.last_mut() {
            Some(event) if !breaks => {
                event.1 = *end;
                count += 1;
            }
            _ => {
                events.push((*start, *end));
                count = 1;
            }
        }
        closed = hit(&rules.break_after, line)?;
        held = !closed && (held || hit(&rules.keep_after, line)?);
    }
    Ok(events)
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}
