//! Passes that rest on something a Splunk may not do: each carries it as an assumption, and `--strict` takes none.

use crate::project::Project;

/// A detection over three events of one kind, and a test on them.
fn project(search: &str, expect: &str) -> Project {
    Project::empty()
        .write(
            "detections/one.yml",
            format!(
                "name: One\nid: 11111111-2222-4333-8444-555555555555\nversion: 1\ndate: '2026-01-01'\nauthor: A\nstatus: production\ntype: Hunting\n\
                 description: D\ndata_source: [Any]\nsearch: '{search}'\nhow_to_implement: none\nknown_false_positives: none\nreferences: []\n\
                 tags:\n  analytic_story: []\n  asset_type: Endpoint\n  mitre_attack_id: [T1059]\n  product: [Splunk Enterprise]\n  security_domain: endpoint\n"
            ),
        )
        .write(
            "manifests/one.yml",
            format!(
                "manifest: 1\nname: One\ndetections: [../detections/one.yml]\ndatasets:\n  data: {{ path: data.log, sourcetype: short, source: s }}\n\
                 tests:\n  - name: one\n    datasets: [data]\n    expect:\n      results: {{ exactly: {expect} }}\n"
            ),
        )
        .write(
            "manifests/data.log",
            "2024-07-01T12:00:00Z code=Xabcdef\n2024-07-01T12:00:01Z code=X abc\n2024-07-01T12:00:02Z other\n",
        )
        .write(
            "app/default/props.conf",
            "[short]\nSHOULD_LINEMERGE = false\nEXTRACT-short = code=X ?(?<short>\\w{3})\n",
        )
        .write(
            "app/default/savedsearches.conf",
            "[bounded]\nsearch = index=* short=* | table short\ndispatch.earliest_time = -1h\n",
        )
}

/// The assumption of a pass that only `--strict` takes away.
#[track_caller]
fn assumes(search: &str, expect: &str, words: &str) {
    let project = project(search, expect);
    let run = project.test(&["--app", "app"]);
    let case = run.case("one");
    case.is("passed", "");
    let told = case.0["assumptions"].to_string();
    assert!(told.contains(words), "{search}: {told}\n{}", run.all());
    let strict = project.test(&["--app", "app", "--strict"]);
    strict.case("one").is("undetermined", "assumptions");
}

#[test]
fn a_value_that_the_index_does_not_hold_as_a_word() {
    assumes(
        "index=* short=abc | table short",
        "2",
        "does not stand in them as a word",
    );
}

#[test]
fn a_time_range_of_a_saved_search() {
    assumes("| savedsearch bounded", "2", "has a time range of its own");
}

#[test]
fn silence_of_a_search_that_looks_elsewhere() {
    assumes(
        "index=nowhere short=abc | table short",
        "0",
        "its silence proves nothing",
    );
}

#[test]
fn silence_over_the_data_it_looks_at_assumes_nothing() {
    let run = project("index=* short=zzz | table short", "0").test(&["--app", "app"]);
    let case = run.case("one");
    case.is("passed", "");
    assert_eq!(case.0["assumptions"].as_array().map_or(0, Vec::len), 0);
}

#[test]
fn what_an_event_type_or_a_tag_asks_the_index_counts_as_well() {
    for (file, text, search) in [
        (
            "eventtypes.conf",
            "[of_short]\nsearch = short=abc\n",
            "index=* eventtype=of_short | table short",
        ),
        (
            "tags.conf",
            "[short=abc]\nof_short = enabled\n",
            "index=* tag=of_short | table short",
        ),
    ] {
        let project = project(search, "2").write(&format!("app/default/{file}"), text);
        let run = project.test(&["--app", "app"]);
        let case = run.case("one");
        case.is("passed", "");
        let told = case.0["assumptions"].to_string();
        assert!(told.contains("as a word"), "{file}: {told}\n{}", run.all());
        let strict = project.test(&["--app", "app", "--strict"]);
        strict.case("one").is("undetermined", "assumptions");
    }
}

#[test]
fn what_was_cut_off_is_told_with_the_verdict() {
    let cut = project("index=* short=abc | table short", "1").replace(
        "app/default/props.conf",
        "[short]\n",
        "[short]\nTRUNCATE = 30\n",
    );
    let run = cut.test(&["--app", "app"]);
    let case = run.case("one");
    case.is("passed", "");
    assert_eq!(case.finding("DF425")["severity"], "warning");
    // A last event that TRUNCATE cut is no broken download.
    let json = project("index=* a=1 | table a", "1")
        .write(
            "app/default/props.conf",
            "[short]\nSHOULD_LINEMERGE = false\nKV_MODE = json\nTRUNCATE = 30\nEXTRACT-a = \"a\":(?<a>\\d)\n",
        )
        .write(
            "manifests/data.log",
            "{\"time\":\"2024-07-01\",\"a\":1,\"text\":\"more than thirty bytes\"}\n",
        );
    let run = json.test(&["--app", "app"]);
    run.case("one").is("passed", "");
    run.case("one").finding("DF425");
    let beyond = project("index=* late=1 | table late", "0")
        .write("app/default/limits.conf", "[kv]\nlimit = 1\n")
        .write(
            "manifests/data.log",
            "2024-07-01T12:00:00Z first=1 late=1\n",
        );
    let run = beyond.test(&["--app", "app"]);
    assert_eq!(
        run.case("one").finding("DF309")["severity"],
        "warning",
        "{}",
        run.all()
    );
}
