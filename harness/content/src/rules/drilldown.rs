//! Drilldown searches parse, and there are as many as contentctl demands.

use dryfire_diagnostic::{Segment, Severity, SourceId, SourceMap, Span, codes::content};
use dryfire_spl::{expand, parse};

use super::profile::ONLY_5;
use super::token::tokens;
use super::{Context, Findings, Rule};
use crate::detection::{Drilldown, Generation, Kind};

pub(super) const RULE: Rule = Rule::new(&content::DRILLDOWN, "drilldown", Severity::Error)
    .detections(check)
    .refused_by(ONLY_5);

/// Stands for the detection's own search.
const ORIGINAL: &str = "%original_detection_search%";

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    for drilldown in &detection.drilldowns {
        let source = filled(drilldown, out.sources);
        let expanded = expand(source, out.sources, context.macros);
        let parsed = parse(expanded.source, out.sources);
        for finding in expanded.diagnostics.into_iter().chain(parsed.diagnostics) {
            out.beyond(finding);
        }
    }
    if detection.generation != Generation::V5 {
        return;
    }
    for drilldown in &detection.drilldowns {
        let missing = [
            (&drilldown.earliest, "earliest_offset"),
            (&drilldown.latest, "latest_offset"),
        ];
        for (_, key) in missing.iter().filter(|(offset, _)| offset.is_none()) {
            let mut finding = RULE
                .finding(format!("the drilldown has no `{key}`"))
                .at(drilldown.name.span, format!("`{key}` is missing"));
            finding.severity = Severity::Warning;
            out.push(finding.help("contentctl demands the key; its value may be null"));
        }
        if drilldown.name.chars().count() < 5 {
            out.push(
                RULE.finding("the drilldown's name is shorter than 5 characters")
                    .at(drilldown.name.span, "too short"),
            );
        }
    }
    if !context.is_production() || detection.kind.value == Kind::Hunting {
        return;
    }
    let has_original = detection
        .drilldowns
        .iter()
        .any(|one| out.sources.get(one.search.value).text.contains(ORIGINAL));
    if detection.drilldowns.len() < 2 {
        let message = format!(
            "a production detection needs two drilldown searches, this has {}",
            detection.drilldowns.len()
        );
        out.push(
            RULE.finding(message)
                .at(detection.name.span, "`drilldown_searches` is too short"),
        );
    } else if let (false, Some(first)) = (has_original, detection.drilldowns.first()) {
        let message = format!("no drilldown search holds `{ORIGINAL}`");
        out.push(
            RULE.finding(message)
                .at(first.name.span, "one of them must show the results"),
        );
    }
}

/// The drilldown with words in place of tokens. The detection's own search, which is looked at elsewhere, is any search.
fn filled(drilldown: &Drilldown, sources: &mut SourceMap) -> SourceId {
    let own = drilldown.search.value;
    let source = sources.get(own);
    let (text, name) = (source.text.clone(), source.name.clone());
    let mut places: Vec<(usize, usize, &str)> = tokens(&text)
        .iter()
        .map(|token| (token.start, token.end, "token"))
        .collect();
    places.extend(
        text.match_indices(ORIGINAL)
            .map(|(at, found)| (at, at + found.len(), "search *")),
    );
    places.sort_unstable();
    let mut made = String::new();
    let mut segments = Vec::new();
    let mut add = |piece: &str, from: (usize, usize), verbatim: bool| {
        if !piece.is_empty() {
            let start = u32::try_from(made.len()).unwrap_or(u32::MAX);
            segments.push(Segment {
                start,
                from: Span::new(own, from.0, from.1),
                verbatim,
                call: None,
            });
            made.push_str(piece);
        }
    };
    let mut at = 0;
    for (start, end, word) in places {
        add(text.get(at..start).unwrap_or_default(), (at, start), true);
        add(word, (start, end), false);
        at = end;
    }
    add(text.get(at..).unwrap_or_default(), (at, text.len()), true);
    sources.derive(name, made, segments)
}
