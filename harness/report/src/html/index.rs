//! The index: counts, filters that need no script, a list, and the same by technique, story and reason.

use std::collections::{BTreeMap, BTreeSet};

use dryfire_event::{CaseFinished, Severity};
use maud::{Markup, PreEscaped, html};

use super::escape::slug;
use super::layout::{badge, document, mark_badges, marks};
use super::{Page, evidence};
use crate::collected::{Collected, rank};
use crate::detail::app;
use crate::text::{count, number, one_line, seconds};

const STYLE: &str = include_str!("index.css");
/// Finds text in the list. Everything else on the page works without it.
pub(super) const SCRIPT: &str = include_str!("filter.js");
/// The only script that the page may run: that one, byte by byte. A test says what to write here when it changes.
pub(super) const SCRIPT_HASH: &str = "'sha256-4nzZLX9maQ2gDKEkJjHxNNIsQxA6/3mtMiDDPjiQ5kQ='";

/// The whole page.
pub(super) fn render(run: &Collected, pages: &[Page<'_>]) -> Markup {
    let groups = Groups::of(pages);
    let mut listed: Vec<&Page<'_>> = pages.iter().collect();
    listed.sort_by_key(|page| {
        page.tested
            .cases
            .values()
            .map(|case| rank(&case.verdict))
            .min()
            .unwrap_or(u8::MAX)
    });
    let body = html! {
        header { h1 { "Dryfire report" } (about(run)) }
        main {
            (tiles(run))
            (outside(run))
            h2 id="detections" { "Detections" }
            (filters(&groups))
            div class="scroll" { table class="list stack" {
                thead { tr { th scope="col" { "Detection" } th scope="col" { "Verdict" } th scope="col" { "Cases" } th scope="col" { "Type" } th scope="col" { "Status" } th scope="col" { "Techniques" } } }
                tbody id="list" { @for page in &listed { (row(page)) } }
            } }
            (grouped("reasons", "By reason", "r", &groups.reasons))
            (grouped("techniques", "By technique", "t", &groups.techniques))
            (grouped("stories", "By analytic story", "s", &groups.stories))
            (rests_on(run))
        }
        script { (PreEscaped(SCRIPT)) }
    };
    let rules = groups.rules();
    document(
        "Dryfire report",
        &format!("{STYLE}{rules}"),
        SCRIPT_HASH,
        &body,
    )
}

/// Pages by one of their values.
type By<'p, K> = BTreeMap<K, Vec<&'p Page<'p>>>;

/// Values by which the list is divided, each with its pages.
struct Groups<'p> {
    verdicts: By<'p, &'p str>,
    kinds: By<'p, &'p str>,
    statuses: By<'p, &'p str>,
    techniques: By<'p, &'p str>,
    stories: By<'p, &'p str>,
    reasons: By<'p, String>,
}

impl<'p> Groups<'p> {
    fn of(pages: &'p [Page<'p>]) -> Self {
        let mut groups = Self {
            verdicts: BTreeMap::new(),
            kinds: BTreeMap::new(),
            statuses: BTreeMap::new(),
            techniques: BTreeMap::new(),
            stories: BTreeMap::new(),
            reasons: BTreeMap::new(),
        };
        for page in pages {
            groups.verdicts.entry(page.verdict).or_default().push(page);
            for technique in page.tested.techniques() {
                groups.techniques.entry(technique).or_default().push(page);
            }
            if let Some(about) = &page.tested.described {
                groups.kinds.entry(&about.kind).or_default().push(page);
                groups.statuses.entry(&about.status).or_default().push(page);
                let stories: BTreeSet<_> = about.annotations.stories.iter().collect();
                for story in stories {
                    groups.stories.entry(story).or_default().push(page);
                }
            }
            let reasons: BTreeSet<_> = page
                .tested
                .cases
                .values()
                .filter_map(|case| {
                    Some(format!(
                        "{}: {}",
                        case.verdict.label(),
                        case.verdict.reason()?.category
                    ))
                })
                .collect();
            for reason in reasons {
                groups.reasons.entry(reason).or_default().push(page);
            }
        }
        groups
    }

    fn choices(&self) -> [(&'static str, &'static str, &By<'p, &'p str>); 3] {
        [
            ("v", "Verdict", &self.verdicts),
            ("k", "Type", &self.kinds),
            ("s", "Status", &self.statuses),
        ]
    }

    /// A choice hides the rows that don't have its class.
    fn rules(&self) -> String {
        let mut rules = String::new();
        for (prefix, _, values) in self.choices() {
            for value in values.keys() {
                let class = format!("{prefix}-{}", slug(value));
                rules.push_str(&format!(
                    "body:has(#f{class}:checked) #list>tr:not(.{class}){{display:none}}"
                ));
            }
        }
        rules
    }
}

fn about(run: &Collected) -> Markup {
    html! {
        p class="soft" {
            @if let Some(started) = &run.started {
                "dryfire " (one_line(&started.dryfire_version)) " · target " (one_line(&started.target)) " · " (started.mode.label()) " · "
            }
            (count(run.summary.cases(), "case")) " of " (count(run.detections.len() as u64, "detection"))
            @if let Some(finished) = &run.finished { " · " (seconds(finished.elapsed_micros)) }
            @if run.summary.interrupted { " · " strong class="bad" { "interrupted" } }
        }
    }
}

fn tiles(run: &Collected) -> Markup {
    let summary = &run.summary;
    let tiles = [
        ("passed", summary.passed, "passed", true),
        ("failed", summary.failed, "failed", true),
        ("undetermined", summary.undetermined, "undetermined", true),
        ("error", summary.errors.total(), "errors", true),
        ("skipped", summary.skipped, "skipped", true),
        ("cancelled", summary.cancelled, "cancelled", false),
    ];
    html! {
        ul class="tiles" aria-label="Cases by verdict" {
            @for (class, cases, word, _) in tiles.iter().filter(|(_, cases, _, always)| *always || *cases > 0) {
                li class=(class) { b { (number(*cases)) } (word) }
            }
        }
    }
}

/// Findings that belong to no case.
fn outside(run: &Collected) -> Markup {
    let errors = run
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    html! {
        @if !run.findings.is_empty() {
            details open[errors] {
                summary { (count(run.findings.len() as u64, "finding")) " outside of cases" }
                @for finding in &run.findings { (evidence::finding(finding)) }
            }
        }
    }
}

fn filters(groups: &Groups<'_>) -> Markup {
    html! {
        form class="filters" autocomplete="off" {
            @for (prefix, name, values) in groups.choices().into_iter().filter(|(_, _, values)| values.len() > 1) {
                fieldset {
                    legend { (name) }
                    input type="radio" name=(prefix) id={ "f" (prefix) "-any" } checked;
                    label class="o" for={ "f" (prefix) "-any" } { "all" }
                    @for (value, pages) in values {
                        input type="radio" name=(prefix) id={ "f" (prefix) "-" (slug(value)) };
                        label class="o" for={ "f" (prefix) "-" (slug(value)) } { (one_line(value)) " " (number(pages.len() as u64)) }
                    }
                }
            }
            label class="find" id="find" hidden { "Text: names, techniques, stories, reasons" input type="search" id="q" name="q"; }
            span id="shown" class="soft small" role="status" {}
        }
    }
}

fn row(page: &Page<'_>) -> Markup {
    let about = page.tested.described.as_ref();
    let mut classes = format!("v-{}", slug(page.verdict));
    if let Some(about) = about {
        classes.push_str(&format!(
            " k-{} s-{}",
            slug(&about.kind),
            slug(&about.status)
        ));
    }
    let cases = &page.tested.cases;
    let rests_on = marks(cases.values());
    let worst = cases.values().min_by_key(|case| rank(&case.verdict));
    let stories = about
        .map(|about| about.annotations.stories.join(" · "))
        .unwrap_or_default();
    html! {
        tr class=(classes) {
            td {
                a class="n" href=(page.file) { (one_line(page.name)) } (mark_badges(&rests_on))
                @if let Some(reason) = worst.and_then(|case| case.verdict.reason()) { span class="reason" { (one_line(&reason.text)) } }
                @if !stories.is_empty() { span class="soft small" { (one_line(&stories)) } }
            }
            td { (badge(page.verdict)) }
            td class="small" { (tally(cases.values())) }
            td class="small" { @if let Some(about) = about { (one_line(&about.kind)) } }
            td class="small" { @if let Some(about) = about { (one_line(&about.status)) } }
            td class="small" {
                @for (at, technique) in page.tested.techniques().into_iter().enumerate() {
                    @if at > 0 { " " }
                    a href={ "#t-" (slug(technique)) } { (one_line(technique)) }
                }
            }
        }
    }
}

/// `2 passed, 1 failed`; of a single case nothing, since its verdict stands beside it.
fn tally<'c>(cases: impl ExactSizeIterator<Item = &'c CaseFinished>) -> String {
    if cases.len() == 1 {
        return "1 case".to_owned();
    }
    let mut counts: BTreeMap<(u8, &str), u64> = BTreeMap::new();
    for case in cases {
        *counts
            .entry((rank(&case.verdict), case.verdict.label()))
            .or_default() += 1;
    }
    let parts: Vec<_> = counts
        .iter()
        .map(|((_, label), cases)| format!("{} {label}", number(*cases)))
        .collect();
    parts.join(", ")
}

fn grouped<K: AsRef<str>>(
    anchor: &str,
    heading: &str,
    prefix: &str,
    groups: &BTreeMap<K, Vec<&Page<'_>>>,
) -> Markup {
    html! {
        @if !groups.is_empty() {
            h2 id=(anchor) { (heading) }
            div class="groups" {
                @for (value, pages) in groups {
                    details {
                        summary { (one_line(value.as_ref())) " " span class="soft small" { (number(pages.len() as u64)) } }
                        // A browser that is sent to an anchor opens what is folded around it.
                        ul id={ (prefix) "-" (slug(value.as_ref())) } {
                            @for page in pages { li { a href=(page.file) { (one_line(page.name)) } " " (badge(page.verdict)) } }
                        }
                    }
                }
            }
        }
    }
}

/// What the passes rest on, and the apps in force.
fn rests_on(run: &Collected) -> Markup {
    let mut assumptions: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut synthetic, mut simulated) = (0, 0);
    let passed = run
        .detections
        .values()
        .flat_map(|tested| tested.cases.values())
        .filter(|case| case.verdict.label() == "passed");
    for case in passed {
        let texts: BTreeSet<_> = case
            .assumptions
            .iter()
            .map(|assumption| assumption.text.as_str())
            .collect();
        for text in texts {
            *assumptions.entry(text).or_default() += 1;
        }
        synthetic += u64::from(case.synthetic());
        simulated += u64::from(!case.simulated.is_empty());
    }
    html! {
        h2 id="rests-on" { "What the passes rest on" }
        @if synthetic > 0 { p { span class="b mark" { "synthetic data" } " " (passes(synthetic)) " on data written for the test, not recorded from an attack." } }
        @if simulated > 0 { p { span class="b mark" { "simulated" } " " (passes(simulated)) " with parts of Splunk imitated." } }
        @if assumptions.is_empty() { p class="soft" { "No pass rests on an assumption." } }
        @else { ul { @for (text, cases) in &assumptions { li { (one_line(text)) " " span class="soft small" { (count(*cases, "case")) } } } } }
        @if let Some(started) = run.started.as_ref().filter(|started| !started.knowledge.is_empty()) {
            details { summary { (count(started.knowledge.len() as u64, "app")) " in force" } ul { @for used in &started.knowledge { li { (app(used)) } } } }
        }
    }
}

fn passes(n: u64) -> String {
    if n == 1 {
        "1 pass".to_owned()
    } else {
        format!("{} passes", number(n))
    }
}
