//! That pages hold what they must, escape what they must, and load nothing.

use std::collections::BTreeMap;

use dryfire_event::{CaseFinished, CaseKind, Event, Field, Verdict};
use sha2::{Digest, Sha256};

use super::{Html, index};
use crate::{Report, sample};

fn report(events: &[Event]) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut html = Html::new(|name: &str, text: &str| {
        assert!(
            pages.insert(name.to_owned(), text.to_owned()).is_none(),
            "{name} is written twice"
        );
        Ok(())
    });
    for event in events {
        html.event(event).unwrap();
    }
    html.finish().unwrap();
    drop(html);
    pages
}

/// The page of the detection that the sample describes.
fn described(events: &[Event]) -> String {
    report(events)
        .remove("detections/ced50492-8849-11ec-9f68-acde48001122.html")
        .unwrap_or_else(|| panic!("no page"))
}

/// The sample's cases that belong to the described detection.
fn own() -> Vec<CaseFinished> {
    let name = sample::described().name;
    sample::cases()
        .into_iter()
        .filter(|finished| finished.case.detection == name)
        .collect()
}

#[test]
fn a_page_has_the_sections_of_splunks_own() {
    let page = described(&sample::run_of(own()));
    let headings: Vec<_> = page
        .split("<section id=\"")
        .skip(1)
        .filter_map(|rest| rest.split_once("<h2>")?.1.split_once("</h2>"))
        .map(|(heading, _)| heading)
        .collect();
    let expected = [
        "Detection testing",
        "Description",
        "Search",
        "Data sources",
        "Macros used",
        "Annotations",
        "Default configuration",
        "Implementation",
        "Known false positives",
        "Associated analytic stories",
        "Risk",
        "Drilldown searches",
        "References",
    ];
    assert_eq!(headings, expected);
    for part in [
        "<summary>`windows_shells`</summary>",
        "0 * * * *",
        "-70m@m",
        "$process_name$ on $dest$",
        "version 3",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn what_needs_attention_is_open_and_a_pass_says_what_it_rests_on() {
    let page = described(&sample::run_of(own()));
    assert_eq!(
        page.matches("<details class=\"case failed\" open>").count(),
        1
    );
    assert_eq!(page.matches("<details class=\"case passed\">").count(), 2);
    for part in [
        "synthetic data",
        "simulated",
        "assumptions",
        "`values` sorts by bytes",
        "no row came back",
        "msra2.exe",
        "in 3 events",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn attack_data_is_no_markup() {
    let bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u{202e}\u{1b}[31m";
    let mut cases = own();
    for finished in &mut cases {
        for row in &mut finished.rows.first {
            row.fields.push(Field::single(bad, bad));
        }
        finished.case.test = bad.to_owned();
        finished.risk_events.clone_from(&finished.rows.first);
        finished
            .trace
            .steps
            .iter_mut()
            .for_each(|step| step.command = bad.to_owned());
        finished
            .datasets
            .iter_mut()
            .for_each(|data| data.name = bad.to_owned());
        finished.verdict = Verdict::failed(bad, bad);
    }
    let mut about = sample::described();
    for text in [
        &mut about.search,
        &mut about.expanded,
        &mut about.kind,
        &mut about.status,
        &mut about.macros[0].definition,
    ] {
        *text = bad.to_owned();
    }
    about.description = Some(bad.to_owned());
    about.references.push(bad.to_owned());
    about.annotations.techniques.push(bad.to_owned());
    about.annotations.stories.push(bad.to_owned());
    let mut events = sample::run_of(cases);
    events.insert(1, Event::DetectionDescribed(Box::new(about)));
    for (name, page) in report(&events) {
        let own_scripts = usize::from(name == "index.html");
        assert_eq!(page.matches("<script").count(), own_scripts, "{name}");
        assert!(!page.contains("<img"), "{name}");
        assert!(!page.contains(['\u{202e}', '\u{1b}']), "{name}");
        assert!(!page.contains("href=\"javascript:"), "{name}");
    }
}

#[test]
fn pages_load_nothing() {
    for (name, page) in report(&sample::run()) {
        assert!(page.contains("default-src 'none'"), "{name}");
        for loader in ["<link", "<img", "src=", "url(", "@import", "<iframe"] {
            assert!(!page.contains(loader), "{name}: {loader}");
        }
    }
}

#[test]
fn the_policy_lets_the_one_script_run() {
    let digest = Sha256::digest(index::SCRIPT.as_bytes());
    assert_eq!(
        index::SCRIPT_HASH,
        format!("'sha256-{}'", base64(&digest)),
        "write this hash to index.rs"
    );
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| {
            bits << 8 | u32::from(three.get(at).copied().unwrap_or(0))
        });
        for digit in 0..=three.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text + &"=".repeat((3 - bytes.len() % 3) % 3)
}

#[test]
fn every_link_within_leads_somewhere() {
    let pages = report(&sample::run());
    for (name, page) in &pages {
        for link in page
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('"'))
            .map(|(link, _)| link)
        {
            if link.starts_with("http") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => name.as_str(),
                file => file.trim_start_matches("../"),
            };
            let target = pages
                .get(target)
                .unwrap_or_else(|| panic!("{name}: {link}"));
            assert!(
                anchor.is_empty() || target.contains(&format!("id=\"{anchor}\"")),
                "{name}: {link}"
            );
        }
    }
}

#[test]
fn the_index_lists_what_needs_attention_first_and_filters_without_a_script() {
    let pages = report(&sample::run());
    let index = &pages["index.html"];
    let (_, list) = index.split_once("<tbody id=\"list\">").unwrap();
    let at = |name: &str| list.find(name).unwrap_or_else(|| panic!("{name}"));
    assert!(at("Suspicious Rundll32 Inline HTA") < at("Access LSASS Memory"));
    assert!(at("Access LSASS Memory") < at("Detect Renamed PSExec"));
    assert!(index.contains("body:has(#fv-failed:checked) #list>tr:not(.v-failed){display:none}"));
    assert!(
        index.contains("id=\"fv-failed\"")
            && index.contains("<tr class=\"v-failed k-ttp s-production\">")
    );
}

#[test]
fn two_detections_of_one_id_have_two_pages_and_a_case_without_an_id_has_one() {
    let mut cases = vec![
        CaseFinished::new(sample::case("A", "t", CaseKind::Unit), Verdict::Passed),
        CaseFinished::new(sample::case("B", "t", CaseKind::Unit), Verdict::Passed),
        CaseFinished::new(sample::case("../C", "t", CaseKind::Unit), Verdict::Passed),
    ];
    cases[2].case.detection_id = None;
    let mut events = sample::run_of(cases);
    events.retain(|event| !matches!(event, Event::DetectionDescribed(_)));
    let names: Vec<_> = report(&events).into_keys().collect();
    let id = "ced50492-8849-11ec-9f68-acde48001122";
    assert_eq!(
        names,
        [
            "detections/c.html".to_owned(),
            format!("detections/{id}-2.html"),
            format!("detections/{id}.html"),
            "index.html".to_owned()
        ]
    );
}

#[test]
fn the_order_in_which_cases_end_does_not_show() {
    let mut cases = sample::cases();
    let forwards = report(&sample::run_of(cases.clone()));
    cases.reverse();
    assert_eq!(report(&sample::run_of(cases)), forwards);
}

#[test]
fn an_interrupted_run_is_written_too() {
    let mut events = sample::run();
    events.pop();
    assert!(report(&events)["index.html"].contains("interrupted"));
    assert!(report(&[])["index.html"].contains("no cases of no detections"));
}
