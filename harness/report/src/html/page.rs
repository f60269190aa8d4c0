//! The page of a detection: the tests of this run first, then what its author says of it.

use dryfire_event::{CaseFinished, CaseKind};
use maud::{Markup, html};

use super::about::{Section, sections};
use super::layout::{badge, document, mark_badges, marks};
use super::table::Limits;
use super::{Page, evidence};
use crate::text::{duration, number, one_line};

/// The whole page.
pub(super) fn render(page: &Page<'_>, limits: Limits) -> Markup {
    let mut all: Vec<Section> = vec![("testing", "Detection testing", testing(page, limits))];
    all.extend(page.tested.described.iter().flat_map(sections));
    let body = html! {
        header {
            p class="small" { a href="../index.html" { "← all detections" } }
            h1 { (one_line(page.name)) }
            (facts(page))
        }
        div class="with-nav" {
            nav aria-label="Sections" {
                h2 { "On this page" }
                ul { @for (anchor, heading, _) in &all { li { a href={ "#" (anchor) } { (heading) } } } }
            }
            main {
                @for (anchor, heading, content) in &all {
                    section id=(anchor) { h2 { (heading) } (content) }
                }
            }
        }
    };
    document(page.name, "", "'none'", &body)
}

fn facts(page: &Page<'_>) -> Markup {
    let described = page.tested.described.as_ref();
    html! {
        div class="mark-list" {
            (badge(page.verdict))
            @if let Some(about) = described {
                span class="b tag" { (one_line(&about.kind)) }
                span class="b tag" { (one_line(&about.status)) }
                @if about.version > 0 { span class="b tag" { "version " (about.version) } }
            }
        }
        p class="soft small" {
            @if let Some(date) = described.and_then(|about| about.date.as_ref()) { "Updated " (one_line(date)) " · " }
            @if let Some(author) = described.and_then(|about| about.author.as_ref()) { (one_line(author)) " · " }
            code { (one_line(page.id)) }
        }
    }
}

fn testing(page: &Page<'_>, limits: Limits) -> Markup {
    let cases: Vec<_> = page.tested.cases.values().collect();
    html! {
        @if cases.is_empty() { p class="soft" { "No case of it ended in this run." } }
        @else {
            div class="scroll" role="region" tabindex="0" aria-label="Detection testing" { table class="tests stack" {
                thead { tr {
                    th scope="col" { "Test type" } th scope="col" { "Test" } th scope="col" { "Status" } th scope="col" class="num" { "Rows" }
                    th scope="col" class="num" { "Time" } th scope="col" { "Dataset" } th scope="col" { "Source" } th scope="col" { "Sourcetype" }
                } }
                tbody { @for (at, finished) in cases.iter().enumerate() { (row(at, finished)) } }
            } }
            @for (at, finished) in cases.iter().enumerate() { (evidence::case(&anchor(at), finished, limits)) }
        }
    }
}

fn row(at: usize, finished: &CaseFinished) -> Markup {
    let ran = finished.env.is_some();
    let each = |text: &dyn Fn(&dryfire_event::DatasetUsed) -> String| {
        html! { @for (at, data) in finished.datasets.iter().enumerate() { @if at > 0 { br; } code { (one_line(&text(data))) } } }
    };
    html! {
        tr {
            td data-l="type" { (finished.case.kind.label()) }
            th scope="row" { a href={ "#" (anchor(at)) } { (one_line(evidence::test_name(finished))) } }
            td data-l="status" { (badge(finished.verdict.label())) (mark_badges(&marks([finished]))) }
            td data-l="rows" class="num" { @if ran && finished.case.kind != CaseKind::Validation { (number(finished.rows.total)) } }
            td data-l="time" class="num" { (duration(finished.duration_micros)) }
            td data-l="dataset" { (each(&|data| data.name.clone())) }
            td data-l="source" { (each(&|data| data.source.clone())) }
            td data-l="sourcetype" { (each(&|data| data.sourcetype.clone())) }
        }
    }
}

fn anchor(at: usize) -> String {
    format!("case-{}", at + 1)
}
