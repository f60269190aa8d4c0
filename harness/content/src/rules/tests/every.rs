//! Each rule that came with the profiles fires on one change and not without it.

use super::super::{Profile, find};
use super::{V4, V5, V6, found};

/// Rule, the file changed, its text, what is replaced, by what.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const DETECTION: &str = "detections/endpoint/one.yml";
const MACRO: &str = "name: m(1)\ndefinition: index=$a$\narguments: [a]\n";
const LOOKUP: &str = "name: t\nlookup_type: csv\nmatch_type: [WILDCARD(a)]\n";
const STORY: &str = "name: Tale\nid: 9364ee8e-a39a-11eb-8f1d-acde48001123\nversion: 1\ndate: 2024-01-01\nauthor: A\ndescription: D\nnarrative: N\ntags: {category: [Malware], product: [Splunk Cloud], usecase: Compliance}\n";
const SOURCE: &str = "name: Sysmon 1\nsource: s\nsourcetype: t\n";
const DEPLOYMENT: &str = "name: H\ntype: Hunting\nscheduling: {cron_schedule: 0 * * * *, earliest_time: -70m@m, latest_time: -10m@m, schedule_window: auto}\n";
const BASELINE: &str =
    "name: B\ntype: Baseline\nsearch: index=a\ntags: {analytic_story: [Tale], detections: [One]}\n";
const DASHBOARD: &str = "name: D\n";

const CASES: &[Case] = &[
    ("metadata", DETECTION, V5, "author: A\n", ""),
    (
        "reference",
        DETECTION,
        V5,
        "author: A",
        "author: A\nreferences: [a wiki]",
    ),
    (
        "status",
        "stories/tale.yml",
        STORY,
        "author: A",
        "author: A\nstatus: draft",
    ),
    (
        "stanza-length",
        DETECTION,
        V5,
        "name: One",
        "name: A name with so many letters in it that no saved search of any app can be named after it",
    ),
    (
        "repeated",
        DETECTION,
        V5,
        "[T1059.001]",
        "[T1059.001, T1059.001]",
    ),
    (
        "template-mark",
        DETECTION,
        V5,
        "author: A",
        "author: __UPDATE__",
    ),
    (
        "enabled-by-default",
        DETECTION,
        V5,
        "status: production",
        "status: experimental\nenabled_by_default: true",
    ),
    ("product", DETECTION, V5, "[Splunk Cloud]", "[Splunk Clod]"),
    (
        "security-domain",
        DETECTION,
        V5,
        "domain: endpoint",
        "domain: endpoints",
    ),
    (
        "cve",
        DETECTION,
        V6,
        "asset_type: E",
        "cve: [cve-2024-1]\nasset_type: E",
    ),
    (
        "atomic-guid",
        DETECTION,
        V6,
        "asset_type: E",
        "atomic_guid: [T1059]\nasset_type: E",
    ),
    (
        "observable",
        DETECTION,
        V4,
        "type: Hostname",
        "type: Host Name",
    ),
    (
        "named-in-search",
        DETECTION,
        V4,
        "| stats count by dest ",
        "| eval x=1 ",
    ),
    ("test-file", DETECTION, V5, "{data: x.log", "{data: y.log"),
    (
        "test-source",
        DETECTION,
        V5,
        "source: s, sourcetype: t",
        "source: u, sourcetype: v",
    ),
    (
        "backticks",
        DETECTION,
        V4,
        "| `one_filter`",
        "| ```c````one_filter`",
    ),
    (
        "category",
        DETECTION,
        V6,
        "category: endpoint",
        "category: cloud",
    ),
    (
        "schedule-choice",
        DETECTION,
        V6,
        "custom_schedule:",
        "schedule: hourly\ncustom_schedule:",
    ),
    (
        "test-form",
        DETECTION,
        V6,
        "  attack_data:\n  - {data: x.log, source: s, sourcetype: t}\n",
        "",
    ),
    (
        "drilldown-time",
        DETECTION,
        V5,
        "earliest_offset: 1",
        "earliest_offset: one day",
    ),
    (
        "deprecation",
        DETECTION,
        V6,
        "status: production",
        "status: deprecated",
    ),
    (
        "story-form",
        "stories/tale.yml",
        STORY,
        "narrative: N\n",
        "",
    ),
    (
        "data-source-form",
        "data_sources/a.yml",
        SOURCE,
        "source: s\n",
        "",
    ),
    ("macro-argument", "macros/m.yml", MACRO, "$a$", "$b$"),
    (
        "lookup-form",
        "lookups/t.yml",
        LOOKUP,
        "WILDCARD(a)",
        "WILD(a)",
    ),
    (
        "lookup-table",
        "lookups/t.csv",
        "a,b\n1,2\n",
        "1,2",
        "1,2,3",
    ),
    ("lookup-stray", "lookups/t.csv", "a,b\n1,2\n", "", ""),
    (
        "deployment-form",
        "deployments/hunting.yml",
        DEPLOYMENT,
        ", schedule_window: auto",
        "",
    ),
    (
        "baseline-form",
        "baselines/b.yml",
        BASELINE,
        "[One]",
        "[Two]",
    ),
    (
        "dashboard",
        "dashboards/d.yml",
        DASHBOARD,
        "name: D",
        "name: E",
    ),
    ("duplicate-search", DETECTION, V5, "name: One", "name: One"),
];

fn says(files: &[(&str, &str)], rule: &str, profile: Profile) -> bool {
    !of(files, rule, profile).is_empty()
}

/// What the rule says.
fn of(files: &[(&str, &str)], rule: &str, profile: Profile) -> Vec<String> {
    let code = format!("[{}]", find(rule).unwrap().code.id);
    let (own, others, _) = found(files, profile);
    let all = own.into_iter().chain(others);
    all.filter(|one| one.contains(&code)).collect()
}

#[test]
fn each_fires_on_its_change_and_not_without_it() {
    for (rule, file, text, from, to) in CASES {
        let more: &[(&str, &str)] = &[
            ("lookups/t.yml", LOOKUP),
            ("lookups/t.csv", "a,b\n1,2\n"),
            ("dashboards/d.json", "{\"title\": \"D\"}"),
            (DETECTION, V5),
        ];
        let twin = V5
            .replace("name: One", "name: Twin")
            .replace("9364ee8e", "9364ee8f")
            .replace("one_filter", "twin_filter");
        let with = |text: &str, extra: &[(&str, &str)]| {
            let files: Vec<(&str, &str)> = [more, &[(*file, text)], extra].concat();
            of(&files, rule, Profile::Dryfire)
        };
        // The other objects of the usual repository are bare; the one that is changed is right.
        let before = with(text, &[]);
        assert!(
            !before.iter().any(|one| one.contains(file)),
            "{rule} fires on what is right: {before:?}"
        );
        assert!(text.contains(from), "{rule}");
        let changed = text.replacen(from, to, 1);
        let extra: &[(&str, &str)] = match *rule {
            "duplicate-search" => &[("detections/endpoint/twin.yml", &twin)],
            "lookup-stray" => &[("lookups/u.csv", "a\n")],
            _ => &[],
        };
        assert!(
            with(&changed, extra).len() > before.len(),
            "{rule} does not fire"
        );
    }
}

#[test]
fn a_profile_of_contentctl_tells_what_that_version_refuses() {
    for (profile, format) in [
        (Profile::Contentctl44, V4),
        (Profile::Contentctl56, V5),
        (Profile::ContentctlNg, V6),
    ] {
        let (own, ..) = found(&[(DETECTION, format)], profile);
        assert_eq!(own, [""; 0], "{profile:?}");
        for other in [V4, V5, V6].iter().filter(|other| **other != format) {
            assert!(
                says(&[(DETECTION, other)], "format", profile),
                "{profile:?}"
            );
        }
    }
    assert!(says(
        &[(DETECTION, V5)],
        "missing-folder",
        Profile::Contentctl56
    ));
    for other in [Profile::Contentctl44, Profile::Dryfire] {
        assert!(!says(&[(DETECTION, V5)], "missing-folder", other));
    }
    // A field that is dropped before it is asked for is our finding alone.
    let dead = V5.replace("| `one_filter`", "| search gone=1 | `one_filter`");
    assert!(says(&[(DETECTION, &dead)], "dead-field", Profile::Dryfire));
    assert!(!says(
        &[(DETECTION, &dead)],
        "dead-field",
        Profile::Contentctl56
    ));
}
