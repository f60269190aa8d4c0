//! Small content repositories in a temporary folder: what is loaded, which cases come of it, and what is said of slips.

#![expect(clippy::unwrap_used, reason = "in tests, a panic is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

use dryfire_content::{Case, CaseKind, Count, Location, Repository, Row, Skip, cases, load};
use dryfire_diagnostic::{SourceMap, concise};
use tempfile::TempDir;

/// Writes files out of one text: `=== path` starts a file.
fn folder(files: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in files.split("=== ").skip(1) {
        let (name, text) = part.split_once('\n').unwrap();
        let path = folder.path().join(name.trim());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Loads paths of the folder and shows what is wrong, with places by file name.
fn loaded(folder: &Path, paths: &[&str]) -> (Repository, SourceMap, Vec<String>) {
    let mut sources = SourceMap::new();
    let paths: Vec<PathBuf> = paths.iter().map(|path| folder.join(path)).collect();
    let repository = load(&paths, &mut sources);
    let prefix = format!("{}/", folder.display());
    let said = repository
        .diagnostics
        .iter()
        .map(|finding| concise(finding, &sources).replace(&prefix, ""))
        .collect();
    (repository, sources, said)
}

fn detection(name: &str, id: &str, extra: &str) -> String {
    format!(
        "name: {name}\nid: {id}\nversion: 1\nstatus: production\ntype: Hunting\nsearch: index=main `one_filter`\n{extra}"
    )
}

fn ids(cases: &[Case]) -> Vec<&str> {
    cases.iter().map(|case| case.id.as_str()).collect()
}

#[test]
fn a_single_detection_brings_macros_and_lookups_of_its_repository_and_a_filter_macro() {
    let files = format!(
        "=== repo/contentctl.yml\npath: .\n=== repo/macros/m.yml\nname: m(1)\narguments: [x]\ndefinition: user=$x$\n\
         === repo/lookups/l.yml\nname: l\nlookup_type: csv\nmatch_type: [WILDCARD(user), CIDR(ip)]\nmin_matches: '1'\n=== repo/detections/endpoint/one.yml\n{}\
         === repo/detections/endpoint/two.yml\n{}=== repo/stories/s.yml\nname: S\n",
        detection("One", "1", ""),
        detection("Two", "2", "")
    );
    let folder = folder(&files);
    let (repository, sources, said) = loaded(folder.path(), &["repo/detections/endpoint/one.yml"]);
    assert_eq!(said, [""; 0]);
    assert_eq!(
        (
            repository.detections.len(),
            repository.lookups.len(),
            repository.stories.len()
        ),
        (1, 1, 0)
    );
    let macros: Vec<_> = repository
        .macros_of(repository.detections[0].root)
        .map(|one| {
            (
                one.name.as_str(),
                sources.get(one.definition).text.as_ref(),
                one.supplied,
            )
        })
        .collect();
    assert_eq!(
        macros,
        [("m", "user=$x$", false), ("one_filter", "search *", true)]
    );
    assert_eq!(repository.lookups[0].match_types.len(), 2);
    assert!(!repository.roots[0].complete);
    let (repository, _, _) = loaded(folder.path(), &["repo", "repo/detections/endpoint/one.yml"]);
    assert_eq!(
        (
            repository.detections.len(),
            repository.stories.len(),
            repository.roots[0].complete
        ),
        (2, 1, true)
    );
    let cases = cases(&repository);
    assert_eq!(ids(&cases), ["1//", "2//"]);
    assert!(cases.iter().all(|case| case.skip == Some(Skip::NoTests)));
}

#[test]
fn a_manifest_makes_cases_with_what_its_datasets_say() {
    let one = detection(
        "One",
        "1",
        "tests:\n- name: own\n  attack_data:\n  - data: https://x.example/datasets/a/b.log\n    sourcetype: t\n  expected_results: 3\n",
    );
    let files = format!(
        "=== m/qbot.yml\nmanifest: 1\nname: M\ndetections: [one.yml, {{name: Two}}]\ndatasets:\n  a: {{description: ../data/datasets/x/d.yml, name: first}}\n  \
         b: {{path: b.log, sourcetype: tb, host: h}}\ntests:\n- name: t1\n  detection: One\n  datasets: [a, b]\n  silent_on: b\n  expect:\n    results: {{between: [1, 3]}}\n    \
         rows: [{{user: 'a*', gone: null}}]\n- name: t2\n  detection: '2'\n  type: validation\n- name: t3\n  detection: two\n  datasets: a\n  skip: later\n\
         === m/one.yml\n{one}=== data/datasets/x/d.yml\nenvironment: Synthetic lab\ndatasets:\n- name: first\n  path: /datasets/x/one.log\n  sourcetype: ta\n  source: sa\n\
         === two.yml\n{}",
        detection("Two", "2", "").replace("search: index=main", "search: |\n  index=main\n ")
    );
    let folder = folder(&files.replace("detection: two", "detection: Two"));
    let (repository, _, said) = loaded(folder.path(), &["m/qbot.yml", "two.yml"]);
    assert_eq!(said, [""; 0]);
    let cases = cases(&repository);
    assert_eq!(
        ids(&cases),
        [
            "1/t1/a+b",
            "1/t1/silent on b",
            "2/t2/",
            "2/t3/a",
            "1/own/a/b.log"
        ]
    );
    let first = &cases[0].datasets[0];
    assert!(
        matches!(&first.location, Location::Path(path) if path.ends_with("data/datasets/x/one.log")),
        "{first:?}"
    );
    assert_eq!(
        (
            first.sourcetype.as_deref(),
            first.source.as_deref(),
            first.synthetic
        ),
        (Some("ta"), Some("sa"), true)
    );
    assert_eq!(
        cases[0].expectation.results.count,
        Some(Count::Between(1, 3))
    );
    assert!(
        cases[0]
            .expectation
            .judge(&[Row::from_iter([("user", "ann")])])
            .is_empty()
    );
    assert_eq!(cases[1].expectation.results.count, Some(Count::None));
    assert_eq!(cases[2].kind, CaseKind::Validation);
    assert_eq!(cases[3].skip, Some(Skip::Asked("later".into())));
    assert_eq!(cases[4].expectation.results.count, Some(Count::AtLeast(3)));
    assert_eq!(
        cases[4].datasets[0].location,
        Location::Url("https://x.example/datasets/a/b.log".into())
    );
}

#[test]
fn the_skip_rules_are_contentctls_and_a_manifest_overrides_them() {
    let data = "tests:\n- name: own\n  attack_data: [{data: a.log}]\n";
    let correlation = detection("C", "c", data).replace("Hunting", "Correlation");
    let files = format!(
        "=== d/a.yml\n{}=== d/b.yml\n{}=== d/c.yml\n{correlation}=== d/d.yml\n{}=== m.yml\nmanifest: 1\nname: M\ndetections: [d/c.yml]\ndatasets: {{x: {{path: x.log}}}}\n\
         tests: [{{name: t, datasets: x}}]\n",
        detection(
            "A",
            "a",
            &format!("tags: {{manual_test: needs a person}}\n{data}")
        ),
        detection("B", "b", data).replace("production", "experimental"),
        detection("D", "d", data),
    );
    let folder = folder(&files);
    let (repository, _, said) = loaded(folder.path(), &["d", "m.yml"]);
    assert_eq!(said, [""; 0]);
    let shown: Vec<_> = cases(&repository)
        .iter()
        .map(|case| {
            (
                case.id.to_string(),
                case.skip.as_ref().map(ToString::to_string),
            )
        })
        .collect();
    let expected = [
        ("c/t/x", None),
        (
            "a/own/a.log",
            Some("must be tested by hand: needs a person"),
        ),
        (
            "b/own/a.log",
            Some("status is experimental, not production"),
        ),
        (
            "c/own/a.log",
            Some("a correlation needs risk data; a manifest can give it some"),
        ),
        ("d/own/a.log", None),
    ];
    assert_eq!(
        shown,
        expected.map(|(id, skip)| (id.to_owned(), skip.map(str::to_owned)))
    );
}

#[test]
fn every_slip_in_a_manifest_is_said_at_its_place() {
    let files = format!(
        "=== d.yml\n{}=== data.yml\ndatasets: [{{name: one, path: a.log}}, {{name: two, path: b.log}}]\n=== m.yml\n\
manifest: 1
name: M
detections: [d.yml, nowhere.yml, {{name: Onne}}]
dataset: x
datasets:
  a: {{ path: a.log }}
  b: {{ description: data.yml, name: tow }}
  c: {{ description: data.yml }}
  d: {{ path: x.log, description: data.yml }}
tests:
- name: t1
  datasets: [aa]
  expect:
    result: any
    results: 5
    rows: [{{user: '/(/'}}, {{}}]
- name: t1
  detection: Two
  datasets: a
  type: unti
- name: t2
- name: t3
  type: unit
  datasets: a
  expect: {{ risk: {{ results: any }}, results: {{ exactly: -1 }} }}
- name: t4
  datasets: a
  expect: {{ results: none, rows: [{{a: 1}}] }}
- nam: t5
",
        detection("One", "1", "")
    );
    let folder = folder(&files);
    let (repository, _, said) = loaded(folder.path(), &["m.yml"]);
    let expected = "\
m.yml:4:1: error[DF102]: a manifest has no key `dataset` (did you mean `datasets`?)
m.yml:9:6: error[DF103]: expected either `path`, or `description` with the `name` of a data set in it, found a mapping of `path`, `description`
m.yml:14:5: error[DF102]: an expectation has no key `result` (did you mean `results`?)
m.yml:15:14: error[DF103]: expected `none`, `any` (one or more), {exactly: n}, {at_least: n}, {at_most: n} or {between: [a, b]}, found `5`
m.yml:16:19: error[DF103]: the regular expression can't be used (to match a text that begins and ends with `/`, write {equals: …})
m.yml:16:27: error[DF103]: expected a mapping of field names to values, found an empty mapping
m.yml:20:9: error[DF103]: expected one of `unit`, `integration`, `validation`, found `unti` (did you mean `unit`?)
m.yml:21:9: error[DF104]: the test `t2` names no data (name keys of `datasets:` in `datasets: […]`, or in `silent_on: […]` where no result may come)
m.yml:25:13: error[DF103]: `risk` is judged in integration tests (add `type: integration` to the test)
m.yml:25:57: error[DF103]: expected a whole number, found `-1`
m.yml:28:22: error[DF103]: an expectation can't have rows that must appear and no results
m.yml:29:3: error[DF102]: a test has no key `nam` (did you mean `name`?)
m.yml:29:3: error[DF104]: a test lacks the key `name`
m.yml:17:9: error[DF106]: two tests are named `t1`
m.yml:3:21: error[DF108]: `nowhere.yml` can't be read: No such file or directory (os error 2)
m.yml:3:34: error[DF105]: no detection in the selection is named `Onne` (did you mean `One`?)
m.yml:7:37: error[DF105]: `data.yml` describes no data set named `tow` (did you mean `two`?)
m.yml:8:21: error[DF104]: `data.yml` describes 2 data sets: `name` must say which
m.yml:12:14: error[DF105]: the manifest has no data set `aa` (did you mean `a`?)
m.yml:18:14: error[DF105]: none of the manifest's detections has the name or id `Two`";
    assert_eq!(said.join("\n"), expected);
    // What is broken is not run with the rest of its expectations.
    assert_eq!(ids(&cases(&repository)), [""; 0]);
}

#[test]
fn content_with_slips_warns_and_goes_on_where_it_can() {
    let files = format!(
        "=== a.yml\n{}=== b.yml\n{}=== c.yml\nname: C\nid: c\nstatus: prod\ntype: ttp\nsearch: [x]\n=== d.yml\na: 'b\n=== e.yml\nname: x\nname: y\ndefinition: z\n=== f.txt\nx\n",
        detection(
            "A",
            "a",
            "serach: x\nrba: {message: m, risk_objects: [{field: f, type: user, score: high}]}\n"
        ),
        detection("A", "A", ""),
    );
    let folder = folder(&files);
    let (repository, _, said) = loaded(folder.path(), &[".", "gone.yml"]);
    let said: Vec<_> = said
        .iter()
        .map(|line| line.trim_start_matches("./"))
        .collect();
    let expected = "\
a.yml:7:1: warning[DF102]: a detection has no key `serach` (did you mean `search`?)
a.yml:8:64: error[DF103]: expected a whole number, found `high`
c.yml:3:9: error[DF103]: expected one of `production`, `experimental`, `deprecated`, `removed`, `validation`, found `prod`
c.yml:5:9: error[DF103]: expected a search, found a list
d.yml:1:4: error[DF101]: not valid YAML: unclosed quote
e.yml:2:1: error[DF109]: the key `name` is written twice
error[DF108]: `gone.yml` can't be read: No such file or directory (os error 2)
b.yml:2:5: error[DF106]: two detections have the id `a`
b.yml:1:7: error[DF106]: two detections have the name `A`";
    assert_eq!(said.join("\n"), expected);
    assert_eq!(
        (
            repository.detections.len(),
            repository.macros.iter().filter(|one| !one.supplied).count()
        ),
        (2, 1)
    );
}

#[test]
fn the_old_form_of_a_dataset_description_is_understood() {
    let folder = folder(
        "=== d.yml\nauthor: x\ndate: 2020-01-01\nenvironment: attack_range\ndataset:\n- https://x.example/raw/datasets/T1/a/windows-sysmon.log\nsourcetypes:\n- XmlWinEventLog\nreferences: []\n",
    );
    let (repository, _, said) = loaded(folder.path(), &["d.yml"]);
    assert_eq!(said, [""; 0]);
    let one = &repository.dataset_descriptions[0];
    assert!(!one.synthetic);
    assert_eq!(
        (
            one.datasets[0].name.value.as_str(),
            one.datasets[0].sourcetype.as_deref()
        ),
        ("windows-sysmon", Some("XmlWinEventLog"))
    );
    assert_eq!(one.datasets[0].location.key(), "T1/a/windows-sysmon.log");
}

#[test]
fn the_manifests_of_this_repository_load() {
    let (repository, sources, said) = loaded(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")),
        &["manifests"],
    );
    assert_eq!(said, [""; 0]);
    let cases = cases(&repository);
    let id = "ced50492-8849-11ec-9f68-acde48001122";
    let expected = [
        format!("{id}/fires on Sysmon process creation/sysmon"),
        format!("{id}/fires on the Windows Security log/security"),
        format!("{id}/fires on CrowdStrike process events/crowdstrike"),
        format!("{id}/makes risk events and notables of Sysmon process creation/sysmon"),
        format!("{id}/makes risk events and notables of the Windows Security log/security"),
        format!("{id}/makes risk events and notables of CrowdStrike process events/crowdstrike"),
        format!("{id}/is silent on a help desk's ordinary day/silent on benign"),
        format!("{id}/is valid/"),
    ];
    assert_eq!(
        ids(&cases),
        expected.iter().map(String::as_str).collect::<Vec<_>>()
    );
    for case in &cases[..3] {
        assert_eq!(
            (
                case.expectation.results.rows.len(),
                case.expectation.results.no_rows.len()
            ),
            (5, 2)
        );
        for data in &case.datasets {
            assert!(
                data.synthetic && matches!(&data.location, Location::Path(path) if path.is_file()),
                "{data:?}"
            );
        }
    }
    let detection = &repository.detections[0];
    assert!(
        sources
            .get(detection.search.value)
            .text
            .starts_with("| tstats `security_content_summariesonly` count")
    );
    assert_eq!(
        detection.filter_macro(),
        "windows_remote_assistance_spawning_process_filter"
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]
    #[test]
    fn no_damage_to_a_file_makes_the_loader_panic(cut in 0.0..1.0f64, length in 0usize..60, put in "[-:\\[\\]{}'\"|>*& \n\ta1]{0,4}", which in 0usize..2) {
        let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../manifests"));
        let names = ["qbot_msra.yml", "detections/windows_remote_assistance_spawning_process.yml"];
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("detections")).unwrap();
        for (at, name) in names.iter().enumerate() {
            let mut text = fs::read_to_string(here.join(name)).unwrap();
            if at == which {
                let start = (text.len() as f64 * cut) as usize;
                if text.is_char_boundary(start) && text.is_char_boundary((start + length).min(text.len())) {
                    text.replace_range(start..(start + length).min(text.len()), &put);
                }
            }
            fs::write(folder.path().join(name), text).unwrap();
        }
        let (repository, sources, _) = loaded(folder.path(), &["."]);
        for finding in &repository.diagnostics {
            dryfire_diagnostic::full(finding, &sources, false);
        }
        cases(&repository);
    }
}
