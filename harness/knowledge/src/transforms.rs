//! `transforms.conf`: extractions and rewrites. (Its lookup stanzas are in `lookups`.)

use std::collections::BTreeMap;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};

use crate::hash::{ContentHash, Hasher};
use crate::layers::{Layered, Setting, Stanza};
use crate::stanza::{self, Reader};
use crate::text;

/// One transform.
#[derive(Debug, Clone)]
pub struct Transform {
    /// The stanza.
    pub name: Arc<str>,
    /// The app of the strongest file that has it.
    pub app: Arc<str>,
    /// The stanza's place.
    pub at: Span,
    /// `REGEX`, with `[[modules]]` expanded. None for delimiters, for `INGEST_EVAL`, and where a module is not there.
    pub regex: Option<String>,
    /// The place of `REGEX`.
    pub regex_at: Option<Span>,
    /// `FORMAT`.
    pub format: Option<Format>,
    /// `SOURCE_KEY`: `_raw`, a field, `MetaData:Host`, `field:NAME`, …
    pub source_key: String,
    /// `DEST_KEY`: `MetaData:Sourcetype`, `queue`, `_raw`, …
    pub dest_key: Option<String>,
    /// `DELIMS`: the characters that part pairs, those that part key from value.
    pub delims: Vec<String>,
    /// `FIELDS`: names of the parts that `DELIMS` makes.
    pub fields: Vec<String>,
    /// `MV_ADD`: further values are added; otherwise an existing field is kept.
    pub mv_add: bool,
    /// `CLEAN_KEYS`.
    pub clean_keys: bool,
    /// `KEEP_EMPTY_VALS`.
    pub keep_empty_vals: bool,
    /// `LOOKAHEAD`: how many characters of the source are looked at, at index time.
    pub lookahead: usize,
    /// `REPEAT_MATCH`.
    pub repeat_match: bool,
    /// `WRITE_META`.
    pub write_meta: bool,
    /// `DEFAULT_VALUE`.
    pub default_value: Option<String>,
    /// `INGEST_EVAL`, the expressions as written.
    pub ingest_eval: Option<Arc<str>>,
    /// `STOP_PROCESSING_IF`, an expression as written.
    pub stop_processing_if: Option<Arc<str>>,
    /// `CLONE_SOURCETYPE`.
    pub clone_sourcetype: Option<String>,
    /// `MATCH_LIMIT` of the regular expression.
    pub match_limit: u32,
    /// `DEPTH_LIMIT` of the regular expression.
    pub depth_limit: u32,
    /// Hash of what it does.
    pub hash: ContentHash,
}

/// `FORMAT`, both ways to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The whole value: what a `DEST_KEY` receives.
    pub whole: Template,
    /// `name::value` pairs: what a search-time extraction or `WRITE_META` makes.
    pub pairs: Vec<(Template, Template)>,
}

/// A text with references to groups of the match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Template {
    /// Its parts in order.
    pub parts: Vec<TemplatePart>,
}

/// A part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TemplatePart {
    /// Literal text.
    Text(String),
    /// `$n`. With a `DEST_KEY`, `$0` is what the key held before.
    Group(u32),
}

impl Template {
    /// Splits a text at its `$n`.
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let digits = rest[at + 1..]
                .bytes()
                .take_while(u8::is_ascii_digit)
                .count();
            let end = at + 1 + digits;
            match rest[at + 1..end].parse() {
                Ok(group) => {
                    literal.push_str(&rest[..at]);
                    if !literal.is_empty() {
                        parts.push(TemplatePart::Text(std::mem::take(&mut literal)));
                    }
                    parts.push(TemplatePart::Group(group));
                }
                Err(_) => literal.push_str(&rest[..end]),
            }
            rest = &rest[end..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(TemplatePart::Text(literal));
        }
        Self { parts }
    }

    /// The text, if no group is referred to.
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [TemplatePart::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The groups it refers to.
    pub fn groups(&self) -> impl Iterator<Item = u32> + '_ {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Group(group) => Some(*group),
            TemplatePart::Text(_) => None,
        })
    }
}

impl Format {
    /// Reads a `FORMAT`; quotes around names and values fall away.
    pub fn parse(text: &str) -> Self {
        let mut pairs = Vec::new();
        let mut token = String::new();
        // Where the first `::` outside quotes ended the name.
        let mut split = None;
        let mut in_quotes = false;
        let mut chars = text.chars().peekable();
        loop {
            let next = chars.next();
            match next {
                Some('"') => in_quotes = !in_quotes,
                Some('\\') if in_quotes && chars.peek() == Some(&'"') => token.extend(chars.next()),
                Some(':') if !in_quotes && split.is_none() && chars.peek() == Some(&':') => {
                    chars.next();
                    split = Some(token.len());
                }
                Some(blank) if blank.is_whitespace() && !in_quotes => {
                    push_pair(&mut pairs, &mut token, &mut split)
                }
                Some(other) => token.push(other),
                None => break,
            }
        }
        push_pair(&mut pairs, &mut token, &mut split);
        let unquoted = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        // `"$1"::"$2"` is not one quoted text.
        let unquoted = unquoted
            .filter(|inner| !inner.contains('"'))
            .unwrap_or(text);
        Self {
            whole: Template::parse(unquoted),
            pairs,
        }
    }
}

fn push_pair(pairs: &mut Vec<(Template, Template)>, token: &mut String, split: &mut Option<usize>) {
    if let Some(at) = split.take() {
        pairs.push((Template::parse(&token[..at]), Template::parse(&token[at..])));
    }
    token.clear();
}

/// The transforms by stanza.
pub(crate) type Transforms = BTreeMap<Arc<str>, Arc<Transform>>;

/// Reads all transforms of a merged `transforms.conf`. Stanzas that only define a lookup are in it too; they do nothing.
pub(crate) fn read(conf: &Layered, diagnostics: &mut Vec<Diagnostic>) -> Transforms {
    let all = conf
        .stanzas
        .iter()
        .filter(|(name, _)| name.as_ref() != "default");
    all.map(|(name, stanza)| {
        (
            name.clone(),
            Arc::new(transform(conf, name, stanza, diagnostics)),
        )
    })
    .collect()
}

fn transform(
    conf: &Layered,
    name: &Arc<str>,
    stanza: &Stanza,
    diagnostics: &mut Vec<Diagnostic>,
) -> Transform {
    let mut reader = Reader::new(&stanza.settings, diagnostics);
    let regex = reader
        .get("REGEX")
        .and_then(|setting| match expand(conf, &setting.value, 0) {
            Ok(regex) => Some(regex),
            Err(module) => {
                reader.warn(
                    setting,
                    format!("the module `[[{module}]]` contains itself"),
                );
                None
            }
        });
    let mut hasher = Hasher::default();
    for (key, setting) in &stanza.settings {
        hasher.text(key).text(&setting.value);
    }
    hasher.text(name).text(regex.as_deref().unwrap_or(""));
    let words = |setting: Option<&Setting>| -> Vec<String> {
        let words = setting
            .map(|setting| text::words(&setting.value))
            .unwrap_or_default();
        words.into_iter().map(|word| word.text).collect()
    };
    Transform {
        name: name.clone(),
        app: stanza.app.clone(),
        at: stanza.at,
        regex,
        regex_at: reader.get("REGEX").map(|setting| setting.at),
        format: reader
            .get("FORMAT")
            .map(|setting| Format::parse(&setting.value)),
        source_key: reader
            .text("SOURCE_KEY")
            .unwrap_or_else(|| "_raw".to_owned()),
        dest_key: reader.text("DEST_KEY"),
        delims: words(reader.get("DELIMS")),
        fields: words(reader.get("FIELDS")),
        mv_add: reader.flag("MV_ADD", false),
        clean_keys: reader.flag("CLEAN_KEYS", true),
        keep_empty_vals: reader.flag("KEEP_EMPTY_VALS", false),
        lookahead: reader.number("LOOKAHEAD").unwrap_or(4096),
        repeat_match: reader.flag("REPEAT_MATCH", false),
        write_meta: reader.flag("WRITE_META", false),
        default_value: reader.text("DEFAULT_VALUE"),
        ingest_eval: reader
            .get("INGEST_EVAL")
            .map(|setting| setting.value.clone()),
        stop_processing_if: reader
            .get("STOP_PROCESSING_IF")
            .map(|setting| setting.value.clone()),
        clone_sourcetype: reader.text("CLONE_SOURCETYPE"),
        match_limit: reader.number("MATCH_LIMIT").unwrap_or(100_000),
        depth_limit: reader.number("DEPTH_LIMIT").unwrap_or(1000),
        hash: hasher.finish(),
    }
}

/// How deep modules may contain modules.
const MAX_DEPTH: usize = 20;
/// How long an expanded regular expression may get.
const MAX_LENGTH: usize = 1 << 20;

/// Replaces `[[name]]` and `[[name:prefix]]` by the regular expression of the transform `name`.
///
/// Only names of transforms with a `REGEX` are replaced: `[[:alpha:]]` and `[[abc]` are ordinary classes.
fn expand(conf: &Layered, regex: &str, depth: usize) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = regex;
    while let Some(at) = rest.find("[[") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let inner = from[2..].find("]]").map(|end| &from[2..2 + end]);
        let (name, prefix) = inner
            .map(|inner| inner.split_once(':').unwrap_or((inner, "")))
            .unwrap_or_default();
        let module = conf
            .stanzas
            .get(name)
            .and_then(|stanza| stanza.get("REGEX"));
        let (Some(inner), Some(module)) = (inner, module) else {
            out.push('[');
            rest = &from[1..];
            continue;
        };
        if depth == MAX_DEPTH || out.len() > MAX_LENGTH {
            return Err(name.to_owned());
        }
        let module = expand(conf, &module.value, depth + 1)?;
        out.push_str(&with_prefix(&module, prefix));
        rest = &from[inner.len() + 4..];
    }
    out.push_str(rest);
    if out.len() > MAX_LENGTH {
        Err("…".to_owned())
    } else {
        Ok(out)
    }
}

/// A module's text as a group. The prefix goes before each of its group names (`(?<>…)` has an empty one);
/// a module without names becomes one group of that name.
fn with_prefix(module: &str, prefix: &str) -> String {
    let mut out = String::new();
    let mut named = false;
    let mut rest = module;
    while let Some(at) = rest.find("(?<").into_iter().chain(rest.find("(?P<")).min() {
        let open = rest[at..]
            .find('<')
            .map_or(rest.len(), |angle| at + angle + 1);
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let escaped = out[..out.len() - (open - at)]
            .bytes()
            .rev()
            .take_while(|byte| *byte == b'\\')
            .count()
            % 2
            == 1;
        if escaped || rest.starts_with(['=', '!']) {
            continue;
        }
        named = true;
        if prefix.is_empty() && rest.starts_with('>') {
            // A name that is left empty names nothing.
            out.truncate(out.len() - (open - at));
            out.push_str("(?:");
            rest = &rest[1..];
        } else {
            out.push_str(prefix);
        }
    }
    out.push_str(rest);
    match (named, prefix) {
        (false, prefix) if !prefix.is_empty() => format!("(?<{prefix}>{out})"),
        _ => format!("(?:{out})"),
    }
}

/// The transforms that a `REPORT-` or `TRANSFORMS-` setting lists, in order; a missing one is a warning.
pub(crate) fn listed(
    setting: &Setting,
    transforms: &Transforms,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Arc<Transform>> {
    let mut found = Vec::new();
    for name in text::comma_list(&setting.value) {
        match transforms.get(name.as_str()) {
            Some(transform) => found.push(transform.clone()),
            None => diagnostics.push(stanza::missing(
                setting,
                format!("there is no transform `{name}`"),
            )),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::tests::layered;

    #[test]
    fn formats() {
        let pairs = |text: &str| -> Vec<(String, String)> {
            let show = |template: &Template| {
                let parts = template.parts.iter().map(|part| match part {
                    TemplatePart::Text(text) => text.clone(),
                    TemplatePart::Group(group) => format!("<{group}>"),
                });
                parts.collect::<String>()
            };
            Format::parse(text)
                .pairs
                .iter()
                .map(|(name, value)| (show(name), show(value)))
                .collect()
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(pairs("$1::$2"), [pair("<1>", "<2>")]);
        assert_eq!(
            pairs(r#"user::"$1 x" "a b"::pre$12.$"#),
            [pair("user", "<1> x"), pair("a b", "pre<12>.$")]
        );
        assert_eq!(pairs(r#""$1"::"$2""#), [pair("<1>", "<2>")]);
        assert_eq!(pairs("a::b::c"), [pair("a", "b::c")]);
        assert_eq!(pairs("nullQueue"), []);
        assert_eq!(Format::parse("\"a b\"").whole.literal(), Some("a b"));
        assert_eq!(
            Format::parse("sourcetype::x").whole.literal(),
            Some("sourcetype::x")
        );
    }

    #[test]
    fn modules() {
        let conf = layered(
            "transforms",
            "[oct]\nREGEX = \\d{1,3}\n[word]\nREGEX = \"(?<>[^\"]*)\"\n[url]\nREGEX = (?<scheme>\\w+)://(?<=x)[[oct]]\n\
             [loop]\nREGEX = a[[loop]]\n[t]\nREGEX = [[oct:first]]\\.[[oct]] [[word:q]] [[word]] [[url:u_]] [[:alpha:]] [[nope]]\n",
        );
        let mut diagnostics = Vec::new();
        let all = read(&conf, &mut diagnostics);
        assert_eq!(
            all["t"].regex.as_deref(),
            Some(
                "(?<first>\\d{1,3})\\.(?:\\d{1,3}) (?:\"(?<q>[^\"]*)\") (?:\"(?:[^\"]*)\") \
                 (?:(?<u_scheme>\\w+)://(?<=x)(?:\\d{1,3})) [[:alpha:]] [[nope]]"
            )
        );
        assert!(all["loop"].regex.is_none());
        assert_eq!(diagnostics.len(), 1);
    }

    #[test]
    fn settings_and_defaults() {
        let conf = layered(
            "transforms",
            "[d]\nDELIMS = \"\\t\", \"=\"\nFIELDS = \"a\", b c\nMV_ADD = 1\nCLEAN_KEYS = FALSE\nLOOKAHEAD = many\n[e]\nREGEX = x\n",
        );
        let mut diagnostics = Vec::new();
        let all = read(&conf, &mut diagnostics);
        let d = &all["d"];
        assert_eq!(
            (d.delims.as_slice(), d.mv_add, d.clean_keys),
            (&["\t".to_owned(), "=".to_owned()][..], true, false)
        );
        assert_eq!(d.fields, ["a", "b", "c"]);
        assert_eq!(
            (
                all["e"].source_key.as_str(),
                all["e"].lookahead,
                all["e"].clean_keys
            ),
            ("_raw", 4096, true)
        );
        assert_eq!(diagnostics.len(), 1, "LOOKAHEAD: {diagnostics:?}");
    }
}
