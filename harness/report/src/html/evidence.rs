//! What stands behind the verdict on a case: the reason, expected against actual, the way of the rows, the rows, the settings.

use dryfire_event::{CaseFinished, CaseKind, Condition, Finding, Mismatch, NearestRow, Trace};
use maud::{Markup, html};

use super::layout::{badge, mark_badges, marks, place};
use super::table::{self, Limits};
use crate::detail::app;
use crate::text::{bytes, count, duration, lines, number, one_line};

/// Values shown that are near to what a condition asks for.
const NEAREST_VALUES: usize = 5;
/// Characters of a value that nothing is asked of.
const OTHER_VALUE: usize = 300;

/// A case, folded unless it needs attention.
pub(super) fn case(anchor: &str, finished: &CaseFinished, limits: Limits) -> Markup {
    let attention = finished.verdict.needs_attention();
    let verdict = finished.verdict.label();
    html! {
        details class={ "case " (verdict) } open[attention] {
            summary {
                (badge(verdict)) " " (one_line(test_name(finished))) " " span class="soft small" { (finished.case.kind.label()) }
                (mark_badges(&marks([finished])))
            }
            div id=(anchor) {
                @if let Some(reason) = finished.verdict.reason() {
                    p class="why" { strong { (one_line(&reason.text)) } " " span class="soft small" { "(" (one_line(&reason.category)) ")" } }
                }
                @if let Some(at) = &finished.case.place { p class="small" { "Test at " (place(at)) } }
                @for why in &finished.selected { p class="small" { "Selected: " (one_line(why)) } }
                @for one in &finished.mismatches { (mismatch(one, limits)) }
                @for one in &finished.findings { (finding(one)) }
                (steps(&finished.trace))
                (conditions(&finished.trace))
                @if !finished.rows.first.is_empty() {
                    h4 { "Result" }
                    (table::rows("Rows of the search", &finished.rows.first, finished.rows.total, limits))
                }
                (made("Risk events", &finished.risk_events, finished, limits))
                (made("Findings", &finished.findings_made, finished, limits))
                (settings(finished))
            }
        }
    }
}

/// The test's name; a detection without tests has a case without one.
pub(super) fn test_name(finished: &CaseFinished) -> &str {
    if finished.case.test.is_empty() {
        "no test"
    } else {
        &finished.case.test
    }
}

fn mismatch(mismatch: &Mismatch, limits: Limits) -> Markup {
    html! {
        h4 { "Expected and actual" }
        div class="scroll" { table class="facts diff" {
            tbody {
                tr { th scope="row" { "expected" } td class="good" { (one_line(&mismatch.expected)) } }
                tr { th scope="row" { "actual" } td class="bad" { (lines(&mismatch.actual)) } }
                @if let Some(at) = &mismatch.place { tr { th scope="row" { "written at" } td { (place(at)) } } }
            }
        } }
        @if let Some(nearest) = &mismatch.nearest { (nearest_row(nearest, limits)) }
    }
}

/// The fields that differ; the others are folded, since a risk event has dozens of them.
fn nearest_row(nearest: &NearestRow, limits: Limits) -> Markup {
    let differs = |name: &str| {
        let mut differences = nearest.differences.iter();
        differences.any(|difference| difference.field == name)
    };
    let others: Vec<_> = nearest
        .row
        .fields
        .iter()
        .filter(|field| !differs(&field.name))
        .collect();
    let short = Limits {
        value: limits.value.min(OTHER_VALUE),
        ..limits
    };
    html! {
        div class="scroll" role="region" tabindex="0" aria-label="The row that comes nearest" {
            table class="rows diff" {
                caption { "The row that comes nearest is row " (number(nearest.number)) ". It differs here" }
                thead { tr { th scope="col" { "field" } th scope="col" { "is" } th scope="col" { "expected" } } }
                tbody {
                    @for difference in &nearest.differences {
                        tr {
                            th scope="row" { (one_line(&difference.field)) }
                            td class="bad" { (table::value(&difference.actual, limits)) }
                            td class="good" { (lines(&difference.expected)) }
                        }
                    }
                }
            }
        }
        @if !others.is_empty() {
            details {
                summary { "Besides, it has " (count(others.len() as u64, "field")) }
                div class="scroll" { table class="rows" { tbody {
                    @for field in others { tr { th scope="row" { (one_line(&field.name)) } td { (table::value(&field.values, short)) } } }
                } } }
            }
        }
    }
}

/// A diagnostic with its source lines.
pub(super) fn finding(finding: &Finding) -> Markup {
    html! { pre tabindex="0" aria-label=(format!("{} {}", finding.severity, finding.code)) { (lines(finding.rendered.trim_end())) } }
}

fn steps(trace: &Trace) -> Markup {
    let most = trace.steps.iter().map(|step| step.rows).max().unwrap_or(0);
    html! {
        @if !trace.steps.is_empty() {
            h4 { "Rows after each pipe" }
            div class="scroll" role="region" tabindex="0" aria-label="Rows after each pipe" { table {
                caption { "The length of a bar grows with the number of digits" }
                thead { tr { th scope="col" class="num" { "rows" } th scope="col" { span aria-hidden="true" {} } th scope="col" { "command" } } }
                tbody {
                    @for step in &trace.steps {
                        tr class=[(step.rows == 0).then_some("zero")] {
                            td class="num" { (number(step.rows)) }
                            td class="bar" { span style={ "width:" (share(step.rows, most)) "%" } {} }
                            td {
                                code { (one_line(&step.command)) }
                                @if let Some(at) = &step.place { br; small { (place(at)) } }
                            }
                        }
                    }
                }
            } }
        }
    }
}

/// Percent of the longest bar, by the logarithm: one row must be seen beside a million.
fn share(rows: u64, most: u64) -> u64 {
    if rows == 0 || most == 0 {
        return 0;
    }
    // Bits are exact, unlike floating point logarithms, and fine enough for a bar.
    let bits = |n: u64| u64::from(64 - n.leading_zeros());
    (100 * bits(rows) / bits(most)).max(2)
}

fn conditions(trace: &Trace) -> Markup {
    html! {
        @if !trace.conditions.is_empty() {
            h4 { "Conditions" }
            div class="scroll" role="region" tabindex="0" aria-label="Conditions" { table {
                caption { "Events that satisfy each condition alone, and what the data has instead" }
                thead { tr { th scope="col" class="num" { "events" } th scope="col" { "condition" } th scope="col" { "nearest values" } } }
                tbody { @for one in &trace.conditions { (condition(one)) } }
            } }
        }
    }
}

fn condition(condition: &Condition) -> Markup {
    let near = &condition.nearest;
    html! {
        tr class=[(condition.events == 0).then_some("zero")] {
            td class="num" { (number(condition.events)) }
            td {
                code { (one_line(&condition.text)) }
                @if let Some(at) = &condition.place { br; small { (place(at)) } }
            }
            td {
                @for (at, value) in near.iter().take(NEAREST_VALUES).enumerate() {
                    @if at > 0 { br; }
                    code { (one_line(&value.value)) } " " small class="soft" { "in " (count(value.events, "event")) }
                }
                @if near.len() > NEAREST_VALUES { br; small class="soft" { (count((near.len() - NEAREST_VALUES) as u64, "more value")) } }
            }
        }
    }
}

/// Risk events or findings; of an integration test also that there are none.
fn made(
    what: &str,
    rows: &[dryfire_event::Row],
    finished: &CaseFinished,
    limits: Limits,
) -> Markup {
    let simulated = !finished.simulated.is_empty();
    let ran = finished.case.kind == CaseKind::Integration && finished.env.is_some();
    html! {
        @if !rows.is_empty() {
            h4 { (what) @if simulated { " " span class="b mark" { "simulated" } } }
            (table::rows(what, rows, rows.len() as u64, limits))
        } @else if ran {
            h4 { (what) }
            p class="soft" { "None were made." }
        }
    }
}

fn settings(finished: &CaseFinished) -> Markup {
    let window = finished
        .env
        .as_ref()
        .map(|env| match (&env.earliest, &env.latest) {
            (None, None) => "all time".to_owned(),
            (earliest, latest) => {
                let end = |time: &Option<String>| time.clone().unwrap_or_else(|| "…".to_owned());
                format!("{} to {}", end(earliest), end(latest))
            }
        });
    html! {
        h4 { "What it ran on" }
        div class="scroll" { table class="facts" { tbody {
            @for data in &finished.datasets {
                tr { th scope="row" { "data" } td {
                    code { (one_line(&data.path)) } " " (count(data.events, "event")) ", " (bytes(data.bytes))
                    @if data.synthetic { " " span class="b mark" { "synthetic data" } }
                } }
            }
            @if !finished.fields_from.is_empty() {
                tr { th scope="row" { "fields from" } td { (finished.fields_from.iter().map(app).collect::<Vec<_>>().join(", ")) } }
            }
            @if let (Some(env), Some(window)) = (&finished.env, window) {
                tr { th scope="row" { "time" } td { (one_line(&window)) ", now " (one_line(&env.now)) ", " (one_line(&env.time_zone)) } }
            }
            @for assumption in &finished.assumptions {
                tr { th scope="row" { span class="doubt" { "assumes" } } td {
                    (one_line(&assumption.text)) @if let Some(at) = &assumption.place { " " (place(at)) }
                } }
            }
            @for part in &finished.simulated { tr { th scope="row" { span class="doubt" { "simulated" } } td { (one_line(part)) } } }
            tr { th scope="row" { "took" } td { (duration(finished.duration_micros)) } }
            tr { th scope="row" { "case" } td { code { (one_line(&finished.case.id)) } } }
        } } }
    }
}
