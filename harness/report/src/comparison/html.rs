//! A comparison as one web page, without scripts.

use maud::{Markup, html};

use super::text::head;
use super::{Change, Comparison, RowChange, What};
use crate::html::layout::{document, place};
use crate::html::table::{FULL, rows};
use crate::text::one_line;

/// The whole page.
pub(super) fn render(comparison: &Comparison) -> String {
    let title = format!("Dryfire: {} → {}", comparison.before, comparison.after);
    let body = html! {
        header {
            h1 { (one_line(&title)) }
            p { (comparison.counts().join(" · ")) }
            @for caution in &comparison.cautions { p class="soft" { "Caution: " (one_line(caution)) } }
        }
        main {
            @for what in What::ALL { (section(what, comparison)) }
            @if comparison.changes.is_empty() { p { "Nothing changed." } }
        }
    };
    document(&title, "", "'none'", &body).into_string()
}

fn section(what: What, comparison: &Comparison) -> Markup {
    let changes: Vec<&Change> = comparison.of_kind(what).collect();
    html! {
        @if !changes.is_empty() {
            section {
                h2 { (what.label()) " (" (changes.len()) ")" }
                @for change in changes { (one(change)) }
            }
        }
    }
}

fn one(change: &Change) -> Markup {
    let case = &change.case;
    html! {
        article {
            h3 { (one_line(&case.detection)) " · " (one_line(&case.test)) " " span class="b tag" { (case.kind.label()) } }
            p {
                (verdict(change.before.as_ref())) " → " (verdict(change.after.as_ref()))
                @if let Some(at) = &case.place { br; (place(at)) }
            }
            @if !change.causes.is_empty() { ul { @for cause in &change.causes { li { (one_line(cause)) } } } }
            @for change in &change.rows { (changed(change)) }
            @let assumptions = change.assumptions();
            @if !assumptions.is_empty() { ul { @for (sign, text) in &assumptions { li { (sign) " assumption: " (one_line(text)) } } } }
        }
    }
}

fn verdict(case: Option<&dryfire_event::CaseFinished>) -> Markup {
    let told = Change::told(case);
    let label = case.map_or("skipped", |case| case.verdict.label());
    html! { span class={ "b " (label) } { (case.map_or("not there", |case| case.verdict.label())) }
    @if let Some(rest) = told.strip_prefix(label).filter(|rest| !rest.is_empty()) { (one_line(rest)) } }
}

fn changed(change: &RowChange) -> Markup {
    html! {
        p class="soft" { (head(change)) }
        @for (what, list) in [("gone", &change.gone), ("new", &change.new)] {
            @if !list.is_empty() { (rows(&format!("{} {}", what, change.what), list, list.len() as u64, FULL)) }
        }
    }
}
