//! What `props.conf` says of data coming in: breaking, time, rewriting.

use std::collections::BTreeMap;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span};

use crate::layers::Setting;
use crate::stanza::Reader;
use crate::transforms::{self, Transform, Transforms};

/// The index-time settings of a source, with Splunk's defaults.
#[derive(Debug, Clone)]
pub struct IndexTime {
    /// `LINE_BREAKER`; what its first group takes is dropped.
    pub line_breaker: String,
    /// `LINE_BREAKER_LOOKBEHIND`.
    pub line_breaker_lookbehind: usize,
    /// `SHOULD_LINEMERGE`.
    pub should_linemerge: bool,
    /// `BREAK_ONLY_BEFORE`.
    pub break_only_before: Option<String>,
    /// `BREAK_ONLY_BEFORE_DATE`.
    pub break_only_before_date: bool,
    /// `MUST_BREAK_AFTER`.
    pub must_break_after: Option<String>,
    /// `MUST_NOT_BREAK_AFTER`.
    pub must_not_break_after: Option<String>,
    /// `MUST_NOT_BREAK_BEFORE`.
    pub must_not_break_before: Option<String>,
    /// `MAX_EVENTS`: lines of a merged event.
    pub max_events: usize,
    /// `TRUNCATE`: bytes of a line; none for 0.
    pub truncate: Option<usize>,
    /// `TIME_PREFIX`.
    pub time_prefix: Option<String>,
    /// `TIME_FORMAT`.
    pub time_format: Option<String>,
    /// `MAX_TIMESTAMP_LOOKAHEAD`; none for -1 and 0, which mean no limit.
    pub max_timestamp_lookahead: Option<usize>,
    /// `TZ`, as written.
    pub tz: Option<String>,
    /// `DATETIME_CONFIG`.
    pub datetime_config: DatetimeConfig,
    /// `CHARSET`, as written; none is UTF-8.
    pub charset: Option<String>,
    /// `SEDCMD-`, ASCII order of the classes.
    pub sedcmds: Vec<SedCommand>,
    /// `TRANSFORMS-`, then `RULESET-`, ASCII order of the classes, each list in its order.
    pub transforms: Vec<IndexTransform>,
    /// `INDEXED_EXTRACTIONS`.
    pub indexed_extractions: Option<IndexedExtractions>,
    /// What belongs to `INDEXED_EXTRACTIONS`.
    pub structured: Structured,
    /// `HEADER_MODE`, as written (`firstline`, …).
    pub header_mode: Option<String>,
    /// `sourcetype`, where a `source::` stanza sets it.
    pub sourcetype: Option<String>,
    /// `MAX_DAYS_AGO`; none for Splunk's default, 2000.
    pub max_days_ago: Option<u32>,
    /// `MAX_DAYS_HENCE`; none for Splunk's default, 2.
    pub max_days_hence: Option<u32>,
    /// `MAX_DIFF_SECS_AGO`.
    pub max_diff_secs_ago: u64,
    /// `MAX_DIFF_SECS_HENCE`.
    pub max_diff_secs_hence: u64,
    /// `ADD_EXTRA_TIME_FIELDS`: whether `date_hour` and the like are made.
    pub add_extra_time_fields: bool,
    /// `ANNOTATE_PUNCT`: whether `punct` is made.
    pub annotate_punct: bool,
    /// `MATCH_LIMIT` of regular expressions.
    pub match_limit: u32,
    /// `DEPTH_LIMIT` of regular expressions.
    pub depth_limit: u32,
}

/// Where the time of an event comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatetimeConfig {
    /// From the text, by Splunk's own patterns where `TIME_FORMAT` is not given.
    Default,
    /// `CURRENT`: when the event is indexed.
    Current,
    /// `NONE`: no time is read from the text.
    None,
    /// A pattern file of the app; the default patterns are used instead.
    File(String),
}

/// One `SEDCMD-`.
#[derive(Debug, Clone)]
pub struct SedCommand {
    /// The class.
    pub class: String,
    /// The script: `s/…/…/flags` or `y/…/…/`, several parted by blanks.
    pub script: String,
    /// The app that gave it.
    pub app: Arc<str>,
    /// Its place.
    pub at: Span,
}

/// Whether a text begins as a sed script that Splunk knows: `s` or `y` with two parts. What it is worth shows when it
/// is compiled.
fn is_sed(script: &str) -> bool {
    let mut chars = script.trim().chars();
    let known = matches!(chars.next(), Some('s' | 'y'));
    let delimiter = chars
        .next()
        .filter(|next| !next.is_alphanumeric() && !next.is_whitespace() && *next != '\\');
    let Some(delimiter) = delimiter.filter(|_| known) else {
        return false;
    };
    let mut escaped = false;
    let ends = chars.filter(|next| {
        let ends = *next == delimiter && !escaped;
        escaped = *next == '\\' && !escaped;
        ends
    });
    ends.count() >= 2
}

/// One transform of a `TRANSFORMS-` list.
#[derive(Debug, Clone)]
pub struct IndexTransform {
    /// The class.
    pub class: String,
    /// The transform.
    pub transform: Arc<Transform>,
    /// The app that listed it.
    pub app: Arc<str>,
    /// The list's place.
    pub at: Span,
}

/// `INDEXED_EXTRACTIONS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexedExtractions {
    /// JSON objects.
    Json,
    /// Comma-separated.
    Csv,
    /// Tab-separated.
    Tsv,
    /// Separated by `|`.
    Psv,
    /// W3C extended log format.
    W3c,
    /// Fields were given with the event.
    Hec,
}

/// Settings of structured data.
#[derive(Debug, Clone, Default)]
pub struct Structured {
    /// `FIELD_DELIMITER`; `ws` for any blanks.
    pub field_delimiter: Option<String>,
    /// `FIELD_QUOTE`.
    pub field_quote: Option<String>,
    /// `HEADER_FIELD_DELIMITER`.
    pub header_field_delimiter: Option<String>,
    /// `HEADER_FIELD_QUOTE`.
    pub header_field_quote: Option<String>,
    /// `HEADER_FIELD_LINE_NUMBER`; 0 is the first line that looks like one.
    pub header_field_line_number: usize,
    /// `FIELD_HEADER_REGEX`.
    pub field_header_regex: Option<String>,
    /// `FIELD_NAMES`.
    pub field_names: Vec<String>,
    /// `TIMESTAMP_FIELDS`.
    pub timestamp_fields: Vec<String>,
    /// `PREAMBLE_REGEX`.
    pub preamble_regex: Option<String>,
    /// `MISSING_VALUE_REGEX`.
    pub missing_value_regex: Option<String>,
}

/// Reads the merged settings.
pub(crate) fn read(
    settings: &BTreeMap<Arc<str>, Setting>,
    transforms: &Transforms,
    diagnostics: &mut Vec<Diagnostic>,
) -> IndexTime {
    let mut reader = Reader::new(settings, diagnostics);
    let mut sedcmds = Vec::new();
    for (class, setting) in reader.classes("SEDCMD-") {
        if is_sed(&setting.value) {
            sedcmds.push(SedCommand {
                class: class.to_owned(),
                script: setting.value.to_string(),
                app: setting.app.clone(),
                at: setting.at,
            });
        } else {
            reader.warn(setting, "the sed script is neither `s/…/…/` nor `y/…/…/`");
        }
    }
    let mut rewrites = Vec::new();
    // Rule sets run after all transforms (transforms.conf.spec, `STOP_PROCESSING_IF`).
    let lists = reader
        .classes("TRANSFORMS-")
        .chain(reader.classes("RULESET-"));
    for (class, setting) in lists.collect::<Vec<_>>() {
        for transform in transforms::listed(setting, transforms, reader.diagnostics) {
            let (class, app) = (class.to_owned(), setting.app.clone());
            rewrites.push(IndexTransform {
                class,
                transform,
                app,
                at: setting.at,
            });
        }
    }
    let indexed_extractions = reader.get("INDEXED_EXTRACTIONS").and_then(|setting| {
        Some(match setting.value.to_ascii_lowercase().as_str() {
            "json" => IndexedExtractions::Json,
            "csv" => IndexedExtractions::Csv,
            "tsv" => IndexedExtractions::Tsv,
            "psv" => IndexedExtractions::Psv,
            "w3c" => IndexedExtractions::W3c,
            "hec" => IndexedExtractions::Hec,
            "none" => return None,
            _ => {
                reader.warn(
                    setting,
                    "`INDEXED_EXTRACTIONS` must be json, csv, tsv, psv, w3c or hec",
                );
                return None;
            }
        })
    });
    let datetime_config = match reader.text("DATETIME_CONFIG") {
        Some(text) if text.eq_ignore_ascii_case("current") => DatetimeConfig::Current,
        Some(text) if text.eq_ignore_ascii_case("none") => DatetimeConfig::None,
        Some(text) if !text.ends_with("etc/datetime.xml") && text != "/etc/datetime.xml" => {
            DatetimeConfig::File(text)
        }
        _ => DatetimeConfig::Default,
    };
    // `subseconds` and `none` leave date_* out.
    let extra_time = reader.text("ADD_EXTRA_TIME_FIELDS");
    let add_extra_time_fields = extra_time.is_none_or(|text| {
        text.eq_ignore_ascii_case("all") || crate::text::parse_bool(&text) == Some(true)
    });
    IndexTime {
        line_breaker: reader
            .text("LINE_BREAKER")
            .unwrap_or_else(|| "([\\r\\n]+)".to_owned()),
        line_breaker_lookbehind: reader.number("LINE_BREAKER_LOOKBEHIND").unwrap_or(100),
        should_linemerge: reader.flag("SHOULD_LINEMERGE", true),
        break_only_before: reader.text("BREAK_ONLY_BEFORE"),
        break_only_before_date: reader.flag("BREAK_ONLY_BEFORE_DATE", true),
        must_break_after: reader.text("MUST_BREAK_AFTER"),
        must_not_break_after: reader.text("MUST_NOT_BREAK_AFTER"),
        must_not_break_before: reader.text("MUST_NOT_BREAK_BEFORE"),
        max_events: reader.number("MAX_EVENTS").unwrap_or(256),
        truncate: Some(reader.number("TRUNCATE").unwrap_or(10_000)).filter(|limit| *limit > 0),
        time_prefix: reader.text("TIME_PREFIX"),
        time_format: reader.text("TIME_FORMAT"),
        max_timestamp_lookahead: usize::try_from(
            reader.number("MAX_TIMESTAMP_LOOKAHEAD").unwrap_or(128_i64),
        )
        .ok()
        .filter(|limit| *limit > 0),
        tz: reader.text("TZ"),
        datetime_config,
        charset: reader
            .text("CHARSET")
            .filter(|charset| !charset.eq_ignore_ascii_case("utf-8")),
        sedcmds,
        transforms: rewrites,
        indexed_extractions,
        structured: structured(&mut reader),
        header_mode: reader.text("HEADER_MODE"),
        sourcetype: reader.text("sourcetype"),
        max_days_ago: reader.number("MAX_DAYS_AGO"),
        max_days_hence: reader.number("MAX_DAYS_HENCE"),
        max_diff_secs_ago: reader.number("MAX_DIFF_SECS_AGO").unwrap_or(3600),
        max_diff_secs_hence: reader.number("MAX_DIFF_SECS_HENCE").unwrap_or(604_800),
        add_extra_time_fields,
        annotate_punct: reader.flag("ANNOTATE_PUNCT", true),
        match_limit: reader.number("MATCH_LIMIT").unwrap_or(100_000),
        depth_limit: reader.number("DEPTH_LIMIT").unwrap_or(1000),
    }
}

fn structured(reader: &mut Reader<'_>) -> Structured {
    let delimiter = |text: Option<String>| {
        text.map(|text| match text.to_ascii_lowercase().as_str() {
            "tab" | "\\t" => "\t".to_owned(),
            "space" => " ".to_owned(),
            "pipe" => "|".to_owned(),
            "comma" => ",".to_owned(),
            "fs" => "\x1c".to_owned(),
            "gs" => "\x1d".to_owned(),
            "rs" => "\x1e".to_owned(),
            "us" => "\x1f".to_owned(),
            "whitespace" => "ws".to_owned(),
            // \xHH
            code if code.len() == 4 && code.starts_with("\\x") => {
                u8::from_str_radix(&code[2..], 16).map_or(text, |byte| char::from(byte).to_string())
            }
            _ => text,
        })
    };
    let list = |text: Option<String>| {
        text.map(|text| crate::text::comma_list(&text))
            .unwrap_or_default()
    };
    Structured {
        field_delimiter: delimiter(reader.text("FIELD_DELIMITER")),
        field_quote: reader.text("FIELD_QUOTE"),
        header_field_delimiter: delimiter(reader.text("HEADER_FIELD_DELIMITER")),
        header_field_quote: reader.text("HEADER_FIELD_QUOTE"),
        header_field_line_number: reader.number("HEADER_FIELD_LINE_NUMBER").unwrap_or(0),
        field_header_regex: reader.text("FIELD_HEADER_REGEX"),
        field_names: list(reader.text("FIELD_NAMES")),
        timestamp_fields: list(reader.text("TIMESTAMP_FIELDS")),
        preamble_regex: reader.text("PREAMBLE_REGEX"),
        missing_value_regex: reader.text("MISSING_VALUE_REGEX"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::tests::props;

    #[test]
    fn defaults() {
        let index = props("[other]\nTRUNCATE = 1\n").index_time;
        assert_eq!(index.line_breaker, "([\\r\\n]+)");
        assert!(
            index.should_linemerge && index.break_only_before_date && index.add_extra_time_fields
        );
        assert_eq!(
            (
                index.max_events,
                index.truncate,
                index.max_timestamp_lookahead
            ),
            (256, Some(10_000), Some(128))
        );
        assert_eq!(
            (index.max_days_ago, index.datetime_config),
            (None, DatetimeConfig::Default)
        );
    }

    #[test]
    fn values() {
        let index = props(
            "[st]\nTRUNCATE = 0\nMAX_TIMESTAMP_LOOKAHEAD = -1\nDATETIME_CONFIG = Current\nSHOULD_LINEMERGE = FALSE\n\
             INDEXED_EXTRACTIONS = JSON\nFIELD_DELIMITER = tab\nFIELD_NAMES = a, b\nADD_EXTRA_TIME_FIELDS = subseconds\n\
             SEDCMD-b = y/ab/AB/\nSEDCMD-a = s/x\\/y/\\1/g\n",
        )
        .index_time;
        assert_eq!(
            (index.truncate, index.max_timestamp_lookahead),
            (None, None)
        );
        assert_eq!(index.datetime_config, DatetimeConfig::Current);
        assert!(!index.should_linemerge && !index.add_extra_time_fields);
        assert_eq!(index.indexed_extractions, Some(IndexedExtractions::Json));
        assert_eq!(index.structured.field_delimiter.as_deref(), Some("\t"));
        assert_eq!(index.structured.field_names, ["a", "b"]);
        assert_eq!(
            index
                .sedcmds
                .iter()
                .map(|sed| sed.class.as_str())
                .collect::<Vec<_>>(),
            ["a", "b"]
        );
    }

    #[test]
    fn sed_scripts() {
        for good in ["s/a\\/b/c/g", "s|\\d|x|2", "y/ab/cd/", "s/a/b/ s/c/d/g"] {
            assert!(is_sed(good), "{good}");
        }
        for bad in ["", "s", "s/a/b", "q/a/b/", "sxaxbx"] {
            assert!(!is_sed(bad), "{bad}");
        }
    }
}
