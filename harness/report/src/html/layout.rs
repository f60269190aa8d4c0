//! What all pages share: the head with its style, badges, marks.

use dryfire_event::{CaseFinished, Place};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::text::one_line;

/// The style of all pages, in each of them: a page is a file on its own.
const STYLE: &str = include_str!("style.css");

/// A whole page. `script` says which script may run, as a source of the content security policy.
pub(crate) fn document(title: &str, style: &str, script: &str, body: &Markup) -> Markup {
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src {script}; base-uri 'none'; form-action 'none'"
    );
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { (one_line(title)) }
                style { (PreEscaped(STYLE)) (PreEscaped(style)) }
            }
            body { div class="page" { (body) } }
        }
    }
}

/// A verdict.
pub(super) fn badge(verdict: &str) -> Markup {
    html! { span class={ "b " (verdict) } { (verdict) } }
}

/// What a reader must know before trusting the verdicts on some cases.
pub(super) fn marks<'c>(cases: impl IntoIterator<Item = &'c CaseFinished>) -> Vec<&'static str> {
    let (mut synthetic, mut simulated, mut assumptions) = (false, false, false);
    for case in cases {
        synthetic |= case.synthetic();
        simulated |= !case.simulated.is_empty();
        assumptions |= !case.assumptions.is_empty();
    }
    let marks = [
        (synthetic, "synthetic data"),
        (simulated, "simulated"),
        (assumptions, "assumptions"),
    ];
    marks
        .into_iter()
        .filter_map(|(holds, mark)| holds.then_some(mark))
        .collect()
}

/// The marks as badges.
pub(super) fn mark_badges(marks: &[&str]) -> Markup {
    html! { @for mark in marks { " " span class="b mark" { (mark) } } }
}

/// A place in a file.
pub(crate) fn place(place: &Place) -> Markup {
    html! { code class="soft" { (one_line(&place.to_string())) } }
}

/// The paragraphs of a text.
pub(super) fn paragraphs(text: &str) -> Markup {
    let parts = text
        .split("\n\n")
        .map(str::trim)
        .filter(|part| !part.is_empty());
    html! { div class="prose" { @for part in parts { p { (one_line(&part.split_whitespace().collect::<Vec<_>>().join(" "))) } } } }
}
