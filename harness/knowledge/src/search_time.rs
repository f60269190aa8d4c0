//! What `props.conf` says of fields: extraction, aliases, calculated fields, automatic lookups.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, SourceId, Span};

use crate::layers::Setting;
use crate::stanza::Reader;
use crate::text::{self, Word};
use crate::transforms::{self, Transform, Transforms};

/// At most so many extractions, lists of transforms, and lookups are followed for an event: each sees what those before
/// it made, and no add-on has nearly as many.
const MOST_CHAINED: usize = 300;
/// At most so many aliases and calculated fields.
const MOST_NAMES: usize = 10_000;

/// The search-time settings of a source, in the order in which Splunk applies them.
#[derive(Debug, Clone, Default)]
pub struct SearchTime {
    /// `rename`: the name by which searches know the sourcetype. All else here is already that sourcetype's.
    pub rename: Option<String>,
    /// `DRYFIRE_FORMAT`, our own key: a native extractor of the engine, such as `windows_event_xml`.
    pub format: Option<String>,
    /// `EXTRACT-`, ASCII order of the classes.
    pub extracts: Vec<Extract>,
    /// `REPORT-`, ASCII order of the classes, each list in its order.
    pub reports: Vec<Report>,
    /// `KV_MODE`.
    pub kv_mode: KvMode,
    /// `AUTO_KV_JSON`: whether `KV_MODE = auto` reads JSON, too.
    pub auto_kv_json: bool,
    /// `KV_TRIM_SPACES`.
    pub kv_trim_spaces: bool,
    /// `FIELDALIAS-`, ASCII order of the classes.
    pub aliases: Vec<Alias>,
    /// `EVAL-`, ASCII order of the fields; all see the values from before any of them.
    pub evals: Vec<Calculated>,
    /// `LOOKUP-`, ASCII order of the classes.
    pub lookups: Vec<AutoLookup>,
    /// Whether there are more settings of a kind than are followed.
    pub is_excessive: bool,
    /// `DRYFIRE_INFERRED` and `DRYFIRE_INFERRED-class`, our own keys: fields whose mapping is inferred, not known.
    pub inferred: BTreeSet<String>,
    /// `MATCH_LIMIT` of regular expressions.
    pub match_limit: u32,
    /// `DEPTH_LIMIT` of regular expressions.
    pub depth_limit: u32,
}

/// One `EXTRACT-`.
#[derive(Debug, Clone)]
pub struct Extract {
    /// The class.
    pub class: String,
    /// The regular expression; Splunk reads it as `(?ms)`.
    pub pattern: String,
    /// The field it reads; `_raw` where none is named.
    pub in_field: Option<String>,
    /// The pattern's place.
    pub at: Span,
    /// The app that gave it.
    pub app: Arc<str>,
}

/// One transform of a `REPORT-` list.
#[derive(Debug, Clone)]
pub struct Report {
    /// The class.
    pub class: String,
    /// The transform.
    pub transform: Arc<Transform>,
    /// The list's place.
    pub at: Span,
    /// The app that listed it.
    pub app: Arc<str>,
}

/// `KV_MODE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KvMode {
    /// `key=value`, and JSON with `AUTO_KV_JSON`.
    #[default]
    Auto,
    /// The same, with `\"` and `\\` understood in quoted values.
    AutoEscaped,
    /// JSON paths.
    Json,
    /// XML paths.
    Xml,
    /// Tables, as `multikv` reads them.
    Multi,
    /// Nothing.
    None,
}

/// One alias of a `FIELDALIAS-`.
#[derive(Debug, Clone)]
pub struct Alias {
    /// The class.
    pub class: String,
    /// The field that is there.
    pub from: String,
    /// The further name.
    pub to: String,
    /// `ASNEW`: an existing field of that name stays.
    pub new_only: bool,
    /// The setting's place.
    pub at: Span,
    /// The app that gave it.
    pub app: Arc<str>,
}

/// One `EVAL-`.
#[derive(Debug, Clone)]
pub struct Calculated {
    /// The field it makes.
    pub field: String,
    /// The expression.
    pub expression: SourceId,
    /// The expression's place in the file.
    pub at: Span,
    /// The app that gave it.
    pub app: Arc<str>,
}

/// One `LOOKUP-`.
#[derive(Debug, Clone)]
pub struct AutoLookup {
    /// The class.
    pub class: String,
    /// The lookup.
    pub table: String,
    /// Columns and the fields that must equal them.
    pub inputs: Vec<(String, String)>,
    /// Columns and the fields that receive them; none for all columns that are no inputs.
    pub outputs: Option<Vec<(String, String)>>,
    /// `OUTPUTNEW`: existing fields stay.
    pub new_only: bool,
    /// The setting's place.
    pub at: Span,
    /// The app that gave it.
    pub app: Arc<str>,
}

/// Reads the merged settings. `inferred` was collected over all matching stanzas, because it adds up.
pub(crate) fn read(
    settings: &BTreeMap<Arc<str>, Setting>,
    transforms: &Transforms,
    inferred: BTreeSet<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> SearchTime {
    let mut reader = Reader::new(settings, diagnostics);
    for (key, setting) in settings {
        if let Some(class) = key.strip_prefix("FIELDALIAS_") {
            reader.warn(
                setting,
                format!("`{key}` is not a setting; `FIELDALIAS-{class}` is meant"),
            );
        }
    }
    let extracts = reader.classes("EXTRACT-").map(|(class, setting)| {
        let (pattern, in_field) = split_in(&setting.value);
        let in_field = in_field.map(str::to_owned);
        let at = Span {
            end: setting
                .at
                .end
                .min(setting.at.start.saturating_add(length(pattern))),
            ..setting.at
        };
        // A pattern over several lines: its length says nothing of its place.
        let at = if pattern.contains('\n') {
            setting.at
        } else {
            at
        };
        Extract {
            class: class.to_owned(),
            pattern: pattern.to_owned(),
            in_field,
            at,
            app: setting.app.clone(),
        }
    });
    let mut extracts: Vec<Extract> = extracts.collect();
    let mut reports = Vec::new();
    for (class, setting) in reader.classes("REPORT-") {
        for transform in transforms::listed(setting, transforms, reader.diagnostics) {
            reports.push(Report {
                class: class.to_owned(),
                transform,
                at: setting.at,
                app: setting.app.clone(),
            });
        }
    }
    let kv_mode = reader.get("KV_MODE").map_or(KvMode::Auto, |setting| {
        match setting.value.to_ascii_lowercase().as_str() {
            "auto" => KvMode::Auto,
            "auto_escaped" => KvMode::AutoEscaped,
            "json" => KvMode::Json,
            "xml" => KvMode::Xml,
            "none" => KvMode::None,
            multi if multi == "multi" || multi.starts_with("multi:") => KvMode::Multi,
            _ => {
                reader.warn(
                    setting,
                    "`KV_MODE` must be auto, auto_escaped, json, xml, multi or none",
                );
                KvMode::Auto
            }
        }
    });
    let mut aliases = Vec::new();
    for (class, setting) in reader.classes("FIELDALIAS-") {
        match parse_aliases(&setting.value) {
            Ok(list) => aliases.extend(list.into_iter().map(|(from, to, new_only)| {
                let (class, app) = (class.to_owned(), setting.app.clone());
                Alias {
                    class,
                    from,
                    to,
                    new_only,
                    at: setting.at,
                    app,
                }
            })),
            Err(word) => reader.warn(
                setting,
                format!("an alias is `field AS other`; there is no AS after `{word}`"),
            ),
        }
    }
    let mut evals = Vec::new();
    for (field, setting) in reader.classes("EVAL-") {
        let Some(expression) = setting.source else {
            continue;
        };
        if is_eval_command(&setting.value) {
            reader.warn(
                setting,
                "the expression begins with `eval`; only what stands behind `field =` belongs here",
            );
            continue;
        }
        evals.push(Calculated {
            field: field.to_owned(),
            expression,
            at: setting.at,
            app: setting.app.clone(),
        });
    }
    let mut lookups = Vec::new();
    for (class, setting) in reader.classes("LOOKUP-") {
        match parse_lookup(class, setting) {
            Ok(lookup) => lookups.push(lookup),
            Err(message) => reader.warn(setting, message),
        }
    }
    let is_excessive = [
        surplus("EXTRACT-", &mut extracts, MOST_CHAINED, &mut reader),
        surplus("REPORT-", &mut reports, MOST_CHAINED, &mut reader),
        surplus("FIELDALIAS-", &mut aliases, MOST_NAMES, &mut reader),
        surplus("EVAL-", &mut evals, MOST_NAMES, &mut reader),
        surplus("LOOKUP-", &mut lookups, MOST_CHAINED, &mut reader),
    ];
    SearchTime {
        is_excessive: is_excessive.contains(&true),
        rename: reader.text("rename"),
        format: reader.text("DRYFIRE_FORMAT"),
        extracts,
        reports,
        kv_mode,
        auto_kv_json: reader.flag("AUTO_KV_JSON", true),
        kv_trim_spaces: reader.flag("KV_TRIM_SPACES", true),
        aliases,
        evals,
        lookups,
        inferred,
        match_limit: reader.number("MATCH_LIMIT").unwrap_or(100_000),
        depth_limit: reader.number("DEPTH_LIMIT").unwrap_or(1000),
    }
}

/// Drops what is more than can be followed; whether something was.
fn surplus<T>(kind: &'static str, list: &mut Vec<T>, most: usize, reader: &mut Reader<'_>) -> bool {
    if list.len() <= most {
        return false;
    }
    list.truncate(most);
    let last = reader.classes(kind).last().map(|(_, setting)| setting);
    if let Some(setting) = last {
        let message = format!("an event has more than {most} rules by `{kind}…`");
        reader.warn(setting, message);
    }
    true
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// Parts `regex in field`. Splunk takes a trailing ` in word` as the field, whatever was meant.
pub(crate) fn split_in(value: &str) -> (&str, Option<&str>) {
    let is_name = |name: &str| {
        name.chars()
            .all(|next| next.is_alphanumeric() || "_.{}:-@".contains(next))
    };
    let parts = value
        .rsplit_once(char::is_whitespace)
        .filter(|(_, field)| !field.is_empty() && is_name(field));
    let pattern = parts.and_then(|(before, _)| before.trim_end().strip_suffix("in"));
    let pattern = pattern
        .filter(|pattern| pattern.ends_with(char::is_whitespace))
        .map(str::trim_end);
    match (pattern.filter(|pattern| !pattern.is_empty()), parts) {
        (Some(pattern), Some((_, field))) => (pattern, Some(field)),
        _ => (value, None),
    }
}

/// Reads `a AS b, "c d" ASNEW e`; the error is the word after which AS is missing.
fn parse_aliases(value: &str) -> Result<Vec<(String, String, bool)>, String> {
    let mut list = Vec::new();
    let mut words = text::words(value).into_iter();
    while let Some(from) = words.next() {
        let new_only = match words.next() {
            Some(word) if word.is("as") => false,
            Some(word) if word.is("asnew") => true,
            _ => return Err(from.text),
        };
        let Some(to) = words.next() else {
            return Err(from.text);
        };
        list.push((from.text, to.text, new_only));
    }
    Ok(list)
}

/// Whether an expression was written as a whole command: `eval x = …`.
fn is_eval_command(value: &str) -> bool {
    let rest = value
        .get(..4)
        .filter(|word| word.eq_ignore_ascii_case("eval"))
        .and(value.get(4..));
    rest.is_some_and(|rest| rest.starts_with(char::is_whitespace) && rest.contains('='))
}

/// Reads `table column AS field … OUTPUT column AS field …`.
pub(crate) fn parse_lookup(class: &str, setting: &Setting) -> Result<AutoLookup, &'static str> {
    let mut words = text::words(&setting.value).into_iter();
    let table = words.next().ok_or("the lookup's name is missing")?.text;
    let words: Vec<Word> = words.collect();
    let border = words
        .iter()
        .position(|word| word.is("output") || word.is("outputnew"));
    let inputs = columns(&words[..border.unwrap_or(words.len())])?;
    if inputs.is_empty() {
        return Err("an automatic lookup needs a column to match");
    }
    let outputs = border.map(|at| columns(&words[at + 1..])).transpose()?;
    Ok(AutoLookup {
        class: class.to_owned(),
        table,
        inputs,
        // OUTPUT with nothing behind it is as good as no OUTPUT.
        outputs: outputs.filter(|outputs| !outputs.is_empty()),
        new_only: border.is_some_and(|at| words[at].is("outputnew")),
        at: setting.at,
        app: setting.app.clone(),
    })
}

/// Reads `column AS field, column`; a column without AS is the field of its name.
fn columns(words: &[Word]) -> Result<Vec<(String, String)>, &'static str> {
    let mut list = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(column) = words.next() {
        if column.is("output") || column.is("outputnew") {
            return Err("OUTPUT or OUTPUTNEW stands twice");
        }
        let field = match words.next_if(|word| word.is("as")) {
            Some(_) => words.next().ok_or("there is no field after AS")?,
            None => column,
        };
        list.push((column.text.clone(), field.text.clone()));
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::tests::{merge, props};
    use crate::props::Meta;

    #[test]
    fn aliases() {
        type Case<'a> = (&'a str, &'a [(&'a str, &'a str, bool)]);
        let cases: &[Case<'_>] = &[
            ("a AS b", &[("a", "b", false)]),
            (
                "a as b c aS d, e ASNEW f",
                &[("a", "b", false), ("c", "d", false), ("e", "f", true)],
            ),
            ("\"Quoted Name\" AS y", &[("Quoted Name", "y", false)]),
            ("x{}.y AS z,", &[("x{}.y", "z", false)]),
        ];
        for (text, expected) in cases {
            let aliases = props(&format!("[st]\nFIELDALIAS-x = {text}\n"))
                .search_time
                .aliases;
            let found: Vec<_> = aliases
                .iter()
                .map(|a| (a.from.as_str(), a.to.as_str(), a.new_only))
                .collect();
            assert_eq!(found, *expected, "{text}");
        }
    }

    #[test]
    fn slips_are_warnings() {
        for text in [
            "FIELDALIAS-x = target{}",
            "FIELDALIAS-x = a AS",
            "FIELDALIAS_dvc = a AS b",
            "EVAL-action = eval action=if(a=1, 2, 3)",
            "LOOKUP-x = table",
            "LOOKUP-x = table a OUTPUT b OUTPUTNEW c",
            "KV_MODE = maybe",
            "REPORT-x = nope",
            "SEDCMD-x = nope",
        ] {
            let (knowledge, _, diagnostics) = merge(&[(
                "user",
                "A",
                "default/props.conf",
                &format!("[st]\n{text}\n"),
            )]);
            assert_eq!(diagnostics.len(), 1, "{text}: {diagnostics:?}");
            let search = knowledge
                .resolve(&Meta {
                    source: "s",
                    host: "h",
                    sourcetype: "st",
                })
                .search_time;
            assert!(
                search.aliases.is_empty() && search.evals.is_empty() && search.lookups.is_empty()
            );
        }
    }

    #[test]
    fn extracts_and_lookups() {
        let search = props(
            "[st]\nEXTRACT-b = ^(?<x>.*) in user$\nEXTRACT-a = (?<y>a b)  in  src.ip\nKV_MODE = None\n\
             lookup_z = t c AS f d, e OUTPUTNEW g as h i\nLOOKUP-a = u k\nEVAL-z = if(a=\"eval x=1\",1,2)\nEVAL-empty =\n\
             DRYFIRE_INFERRED = a, b\nDRYFIRE_INFERRED-more = c\nDRYFIRE_FORMAT = windows_event_xml\n",
        )
        .search_time;
        let extracts: Vec<_> = search
            .extracts
            .iter()
            .map(|e| (e.pattern.as_str(), e.in_field.as_deref()))
            .collect();
        assert_eq!(
            extracts,
            [("(?<y>a b)", Some("src.ip")), ("^(?<x>.*) in user$", None)]
        );
        assert_eq!(search.kv_mode, KvMode::None);
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let [first, second] = search.lookups.as_slice() else {
            panic!("{:?}", search.lookups)
        };
        assert_eq!(
            (first.table.as_str(), first.outputs.as_ref(), first.new_only),
            ("u", None, false)
        );
        assert_eq!(
            second.inputs,
            [pair("c", "f"), pair("d", "d"), pair("e", "e")]
        );
        assert_eq!(
            second.outputs.as_deref(),
            Some(&[pair("g", "h"), pair("i", "i")][..])
        );
        assert!(second.new_only);
        assert_eq!(search.evals.len(), 1);
        assert_eq!(
            search
                .inferred
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
        assert_eq!(search.format.as_deref(), Some("windows_event_xml"));
    }
}
