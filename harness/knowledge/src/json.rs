//! Strings of a JSON text with their places: what a data model's searches need for spans.

use dryfire_diagnostic::{Segment, SourceId, SourceMap, Span};
use serde_json::value::RawValue;

/// Registers the string that `raw` holds as a text of its own, whose spans lead into `file`.
///
/// `raw` must be a slice of the file's text. None where it is no string, or an empty one.
pub(crate) fn derive(
    raw: &RawValue,
    text: &str,
    file: SourceId,
    name: &str,
    sources: &mut SourceMap,
) -> Option<SourceId> {
    let json = raw.get();
    let value: String = serde_json::from_str(json).ok()?;
    if value.is_empty() {
        return None;
    }
    let offset = offset(raw, text);
    let mut segments = Vec::new();
    let mut made: u32 = 0;
    let mut at = 1;
    let body = json.get(..json.len() - 1)?;
    // Alternates between runs without escapes, which are verbatim, and escapes, which are not.
    while at < body.len() {
        let rest = &body[at..];
        let run = rest.find('\\').unwrap_or(rest.len());
        let (length, verbatim) = if run > 0 {
            (run, true)
        } else {
            (escape(rest), false)
        };
        let from = Span::new(file, offset + at, offset + at + length);
        segments.push(Segment {
            start: made,
            from,
            verbatim,
            call: None,
        });
        let decoded = if verbatim {
            length
        } else {
            decoded(&rest[..length])
        };
        made = made.saturating_add(u32::try_from(decoded).unwrap_or(u32::MAX));
        at += length;
    }
    Some(sources.derive(name, value, segments))
}

/// Where `raw`, a slice of `text`, begins in it.
pub(crate) fn offset(raw: &RawValue, text: &str) -> usize {
    (raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// The length of the escape at the start of valid JSON text; a surrogate pair is one escape.
fn escape(rest: &str) -> usize {
    let unit = |text: &str| text.starts_with("\\u");
    let high = rest.get(2..4).is_some_and(|hex| {
        matches!(
            hex.to_ascii_lowercase().as_bytes(),
            [b'd', b'8'..=b'9' | b'a'..=b'b']
        )
    });
    match rest {
        _ if unit(rest) && high && rest.get(6..).is_some_and(unit) => 12.min(rest.len()),
        _ if unit(rest) => 6.min(rest.len()),
        _ => 2.min(rest.len()),
    }
}

/// How many bytes an escape becomes.
fn decoded(escape: &str) -> usize {
    serde_json::from_str::<String>(&format!("\"{escape}\"")).map_or(0, |text| text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_pass_escapes() {
        let text = r#"{"search": "a=\"b\" \u00fc\ud83d\ude00 | stats"}"#;
        let mut sources = SourceMap::new();
        let file = sources.add("m.json", text);
        #[derive(serde::Deserialize)]
        struct Doc<'a> {
            #[serde(borrow)]
            search: &'a RawValue,
        }
        let doc: Doc<'_> = serde_json::from_str(text).unwrap();
        let id = derive(doc.search, text, file, "search", &mut sources).unwrap();
        let value = sources.get(id).text.clone();
        assert_eq!(value.as_ref(), "a=\"b\" ü😀 | stats");
        for word in ["stats", "a=", "b"] {
            let at = value.find(word).unwrap();
            let trace = sources.trace(Span::new(id, at, at + word.len()));
            assert_eq!(sources.text(trace.origin), word);
        }
    }
}
