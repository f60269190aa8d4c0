//! What a detection's author says of it: the sections that its page has on Splunk's own site.

use dryfire_event::{Annotations, DetectionDescribed, RiskDescribed, Schedule};
use maud::{Markup, PreEscaped, html};

use super::escape::{address, slug};
use super::layout::{paragraphs, place};
use super::spl::highlight;
use crate::text::{lines, one_line};

/// A section: its anchor, its heading, its content.
pub(super) type Section = (&'static str, &'static str, Markup);

/// The sections that have content, in Splunk's order.
pub(super) fn sections(described: &DetectionDescribed) -> Vec<Section> {
    let text = |text: &Option<String>| text.as_deref().map(paragraphs);
    let all = [
        ("description", "Description", text(&described.description)),
        ("search", "Search", Some(search(described))),
        ("data-sources", "Data sources", data_sources(described)),
        ("macros", "Macros used", macros(described)),
        (
            "annotations",
            "Annotations",
            Some(annotations(&described.annotations)),
        ),
        (
            "configuration",
            "Default configuration",
            described.schedule.as_ref().map(schedule),
        ),
        (
            "implementation",
            "Implementation",
            text(&described.how_to_implement),
        ),
        (
            "false-positives",
            "Known false positives",
            text(&described.known_false_positives),
        ),
        (
            "stories",
            "Associated analytic stories",
            stories(&described.annotations.stories),
        ),
        ("risk", "Risk", described.risk.as_ref().map(risk)),
        ("drilldowns", "Drilldown searches", drilldowns(described)),
        (
            "references",
            "References",
            references(&described.references),
        ),
    ];
    all.into_iter()
        .filter_map(|(anchor, heading, content)| Some((anchor, heading, content?)))
        .collect()
}

fn search(described: &DetectionDescribed) -> Markup {
    html! {
        div class="spl" { (PreEscaped(highlight(&described.search, &described.macros))) }
        @if !described.macros.is_empty() {
            p class="soft small" { "Underlined macros open in their place." }
            details {
                summary { "The whole search with its macros expanded" }
                div class="spl" { (lines(described.expanded.trim())) }
            }
        }
        @if let Some(at) = &described.place { p class="small" { "Written in " (place(at)) } }
    }
}

fn data_sources(described: &DetectionDescribed) -> Option<Markup> {
    (!described.data_sources.is_empty()).then(|| {
        html! { div class="scroll" { table class="stack" {
            thead { tr { th scope="col" { "Name" } th scope="col" { "Source" } th scope="col" { "Sourcetype" } } }
            tbody {
                @for source in &described.data_sources {
                    tr {
                        th scope="row" { (one_line(&source.name)) }
                        td data-l="source" { @if let Some(text) = &source.source { code { (one_line(text)) } } @else { span class="soft" { "not described" } } }
                        td data-l="sourcetype" { @if let Some(text) = &source.sourcetype { code { (one_line(text)) } } @else { span class="soft" { "not described" } } }
                    }
                }
            }
        } } }
    })
}

fn macros(described: &DetectionDescribed) -> Option<Markup> {
    (!described.macros.is_empty()).then(|| {
        html! { div class="scroll" { table class="stack" {
            thead { tr { th scope="col" { "Name" } th scope="col" { "Value" } } }
            tbody {
                @for one in &described.macros {
                    tr {
                        th scope="row" { code { (one_line(&one.name)) @if !one.arguments.is_empty() { "(" (one_line(&one.arguments.join(", "))) ")" } } }
                        td { div class="spl" { (PreEscaped(highlight(&one.definition, &[]))) } }
                    }
                }
            }
        } } }
    })
}

fn annotations(annotations: &Annotations) -> Markup {
    let row = |name: &str, values: &[String]| {
        html! { @if !values.is_empty() { tr { th scope="row" { (name) } td { (one_line(&values.join(", "))) } } } }
    };
    html! { div class="scroll" { table class="facts" { tbody {
        tr { th scope="row" { "MITRE ATT&CK" } td {
            @if annotations.techniques.is_empty() { span class="soft" { "none" } }
            @for (at, technique) in annotations.techniques.iter().enumerate() {
                @if at > 0 { ", " }
                a href={ "../index.html#t-" (slug(technique)) } { (one_line(technique)) }
                " " a class="small" rel="noreferrer" href={ "https://attack.mitre.org/techniques/" (technique_path(technique)) } { "(ATT&CK)" }
            }
        } }
        (row("Kill chain", &annotations.kill_chain))
        (row("NIST", &annotations.nist))
        (row("CVE", &annotations.cves))
        (row("Asset type", annotations.asset_type.as_slice()))
        (row("Security domain", annotations.security_domain.as_slice()))
    } } } }
}

/// `T1003.001` is at `T1003/001`. Whatever else stands in a file must not lead elsewhere.
fn technique_path(technique: &str) -> String {
    let path = technique
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.');
    path.map(|c| if c == '.' { '/' } else { c }).collect()
}

fn schedule(schedule: &Schedule) -> Markup {
    let row = |name: &str, value: &Option<String>| {
        html! { tr { th scope="row" { (name) } td { @match value { Some(text) => code { (one_line(text)) }, None => span class="soft" { "not set" } } } } }
    };
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    html! { div class="scroll" { table class="facts" {
        caption { "From " (one_line(&schedule.from)) }
        tbody {
            (row("Cron schedule", &schedule.cron))
            (row("Earliest time", &schedule.earliest))
            (row("Latest time", &schedule.latest))
            tr { th scope="row" { "Creates findings" } td { (yes(schedule.makes_findings)) } }
            tr { th scope="row" { "Creates risk events" } td { (yes(schedule.makes_risk)) } }
        }
    } } }
}

fn stories(stories: &[String]) -> Option<Markup> {
    (!stories.is_empty()).then(|| {
        html! { ul { @for story in stories { li { a href={ "../index.html#s-" (slug(story)) } { (one_line(story)) } } } } }
    })
}

fn risk(risk: &RiskDescribed) -> Markup {
    let score = |name: &str, value: Option<u64>| {
        html! { @if let Some(value) = value { tr { th scope="row" { (name) } td { (value) } } } }
    };
    html! {
        div class="scroll" { table class="facts" { tbody {
            @if let Some(title) = &risk.title { tr { th scope="row" { "Finding title" } td { (lines(title)) } } }
            @if let Some(message) = &risk.message { tr { th scope="row" { "Risk message" } td { (lines(message)) } } }
            tr { th scope="row" { "Risk score" } td { strong { (risk.score) } } }
            (score("Impact", risk.impact))
            (score("Confidence", risk.confidence))
        } } }
        @if !risk.objects.is_empty() {
            div class="scroll" { table {
                caption { "Risk objects" }
                thead { tr { th scope="col" { "Field" } th scope="col" { "Type" } th scope="col" class="num" { "Score" } @if risk.objects.iter().any(|one| one.message.is_some()) { th scope="col" { "Message" } } } }
                tbody { @for object in &risk.objects {
                    tr {
                        th scope="row" { code { (one_line(&object.field)) } } td { (one_line(&object.kind)) } td class="num" { (object.score) }
                        @if let Some(message) = &object.message { td { (lines(message)) } }
                    }
                } }
            } }
        }
        @if !risk.threats.is_empty() {
            div class="scroll" { table {
                caption { "Threat objects" }
                thead { tr { th scope="col" { "Field" } th scope="col" { "Type" } } }
                tbody { @for threat in &risk.threats { tr { th scope="row" { code { (one_line(&threat.field)) } } td { (one_line(&threat.kind)) } } } }
            } }
        }
    }
}

fn drilldowns(described: &DetectionDescribed) -> Option<Markup> {
    (!described.drilldowns.is_empty()).then(|| {
        html! { @for drilldown in &described.drilldowns {
            details {
                summary { (one_line(&drilldown.name)) }
                div class="spl" { (lines(drilldown.search.trim())) }
                @if let (Some(earliest), Some(latest)) = (&drilldown.earliest, &drilldown.latest) {
                    p class="soft small" { "From " code { (one_line(earliest)) } " to " code { (one_line(latest)) } }
                }
            }
        } }
    })
}

fn references(references: &[String]) -> Option<Markup> {
    (!references.is_empty()).then(|| {
        html! { ul { @for reference in references {
            li { @match address(reference) { Some(address) => a rel="noreferrer" href=(address) { (one_line(address)) }, None => (lines(reference)) } }
        } } }
    })
}
