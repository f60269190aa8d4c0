//! What runs before a test: a baseline that fills a lookup, detections that feed the risk index for a Correlation.

use std::fmt::Write;

use crate::project::Project;

fn detection(number: usize, name: &str, kind: &str, search: &str, rba: &str) -> String {
    format!(
        "name: {name}\nid: 00000000-0000-4000-8000-00000000000{number}\nversion: 1\ndate: '2026-01-01'\nauthor: A\nstatus: production\n\
         type: {kind}\ndescription: d\nsearch: |\n  {search}\nhow_to_implement: h\nknown_false_positives: k\nreferences: []\n{rba}\
         tags: {{analytic_story: [Theft], asset_type: E, mitre_attack_id: [T1078], product: [Splunk Enterprise], security_domain: access}}\n"
    )
}

/// The users of a week, and a day on which one more comes.
fn first_time_seen() -> Project {
    let seen = "sourcetype=app:log | stats earliest(_time) as firstTime by user | lookup seen user OUTPUT firstTime as before | where isnull(before)";
    Project::empty()
        .write("contentctl.yml", "app: {label: Mine}\n")
        .write("macros/m.yml", "name: m\ndefinition: x=1\n")
        .write("lookups/seen.yml", "name: seen\nlookup_type: kvstore\ncollection: seen\nfields: [user, firstTime]\n")
        .write(
            "baselines/seen.yml",
            "name: Seen Users\nid: 00000000-0000-4000-8000-0000000000aa\ntype: Baseline\nsearch: 'sourcetype=app:log | stats earliest(_time) as firstTime by user | outputlookup append=t seen'\ntags: {detections: [New User]}\n",
        )
        .write("detections/new.yml", detection(1, "New User", "Hunting", seen, ""))
        .write("data/week.log", "2026-01-01T00:00:01Z action=login user=bob\n2026-01-02T00:00:01Z action=login user=eve\n")
        .write("data/other.log", "2026-01-03T00:00:01Z action=login user=mallory\n")
        .write("data/day.log", "2026-01-09T00:00:01Z action=login user=bob\n2026-01-09T00:00:02Z action=login user=mallory\n")
        .write(
            "manifests/new.yml",
            "manifest: 1\nname: New users\ndetections: [../detections/new.yml]\ndatasets:\n  \
             week: {path: ../data/week.log, source: app, sourcetype: 'app:log'}\n  \
             other: {path: ../data/other.log, source: app, sourcetype: 'app:log'}\n  \
             nobody: {path: ../data/day.log, source: app, sourcetype: 'app:other'}\n  \
             day: {path: ../data/day.log, source: app, sourcetype: 'app:log'}\ntests:\n  \
             - name: finds who is new\n    before:\n      - {baseline: Seen Users, datasets: [week]}\n    datasets: [day]\n    expect: {results: {exactly: 1}, rows: [{user: mallory}]}\n  \
             - name: adds to what is there\n    before:\n      - {baseline: Seen Users, datasets: [week]}\n      - {baseline: ../baselines/seen.yml, datasets: [other]}\n    datasets: [day]\n    expect: {results: none}\n  \
             - name: has no ground\n    before:\n      - {baseline: Seen Users, datasets: [nobody]}\n    datasets: [day]\n  \
             - name: is told nothing\n    datasets: [day]\n",
        )
}

#[test]
fn a_baseline_fills_the_lookup_that_the_detection_reads() {
    let project = first_time_seen();
    let run = project.run(&["test", "."]);
    run.ended(1)
        .passed(&["finds who is new", "adds to what is there"]);
    // Neither does a step's rows reach another test, nor does a baseline without rows prove anything.
    run.case("is told nothing")
        .is("undetermined", "lookup-missing");
    run.case("has no ground").is("undetermined", "step");
    run.says(&["the baseline `Seen Users`, which runs before it, wrote no row to a lookup"]);
}

#[test]
fn a_step_that_names_nothing_takes_its_test_out() {
    let project = first_time_seen().replace(
        "manifests/new.yml",
        "{baseline: Seen Users, datasets: [nobody]}",
        "{baseline: Sen Users, datasets: [nobody]}",
    );
    let run = project.run(&["test", "."]);
    assert!(
        run.stdout.contains("did you mean `Seen Users`?"),
        "{}",
        run.all()
    );
    let names: Vec<String> = run
        .each("case_finished")
        .iter()
        .map(|case| case["case"]["test"].as_str().unwrap().to_owned())
        .collect();
    assert!(!names.contains(&"has no ground".to_owned()), "{names:?}");
}

const FED_BY_RISK: &str = "| tstats summariesonly=false sum(All_Risk.calculated_risk_score) as risk_score, dc(source) as source_count \
    from datamodel=Risk.All_Risk where All_Risk.analyticstories=\"Theft\" by All_Risk.risk_object | where source_count >= 5";

/// Five detections that give the user a score, and a Correlation over them.
fn correlation() -> Project {
    let mut project = Project::empty()
        .write("contentctl.yml", "app: {label: Mine}\n")
        .write("macros/m.yml", "name: m\ndefinition: x=1\n")
        .write(
            "detections/all.yml",
            detection(9, "Theft Rises", "Correlation", FED_BY_RISK, ""),
        );
    let mut log = String::new();
    let (mut detections, mut steps) = (String::from("../detections/all.yml"), String::new());
    for number in 1..=5 {
        writeln!(log, "2026-01-01T00:00:0{number}Z action=a{number} user=bob").unwrap();
        let rba = "rba:\n  message: $user$ did it\n  risk_objects: [{field: user, type: user, score: 20}]\n  threat_objects: []\n";
        let search = format!("sourcetype=app:log action=a{number} | stats count by user");
        let text = detection(number, &format!("Feeds {number}"), "Anomaly", &search, rba);
        project = project.write(&format!("detections/feeds{number}.yml"), text);
        write!(detections, ", ../detections/feeds{number}.yml").unwrap();
        writeln!(
            steps,
            "      - {{detection: Feeds {number}, datasets: [log]}}"
        )
        .unwrap();
    }
    let four: String = steps
        .lines()
        .take(4)
        .map(|line| format!("{line}\n"))
        .collect();
    let manifest = format!(
        "manifest: 1\nname: Theft\ndetections: [{detections}]\ndatasets:\n  log: {{path: ../data/app.log, source: app, sourcetype: 'app:log'}}\ntests:\n  \
         - name: five fire\n    detection: Theft Rises\n    before:\n{steps}    expect: {{results: {{exactly: 1}}, rows: [{{All_Risk.risk_object: bob, source_count: 5}}]}}\n  \
         - name: four are too few\n    detection: Theft Rises\n    before:\n{four}    expect: {{results: none}}\n"
    );
    project
        .write("data/app.log", log)
        .write("manifests/theft.yml", manifest)
}

#[test]
fn a_correlation_fires_on_the_risk_of_the_detections_before_it() {
    let run = correlation().run(&["test", "manifests"]);
    run.ended(0).passed(&["five fire", "four are too few"]);
    let case = run.case("five fire");
    assert_eq!(
        case.0["simulated"][0], "the risk events of Enterprise Security",
        "{}",
        case.0
    );
}

#[test]
fn a_feeding_detection_that_finds_nothing_or_can_t_be_judged_leaves_the_correlation_undetermined() {
    for (search, why) in [
        ("action=none", "found nothing, so that nothing came of it"),
        (
            "action=a3 | lookup nowhere user OUTPUT x",
            "can't be judged: ",
        ),
        ("action=a3 | stats count by", "is not valid: "),
    ] {
        let project = correlation().replace("detections/feeds3.yml", "action=a3", search);
        let run = project.run(&["test", "manifests"]);
        run.case("five fire").is("undetermined", "step");
        run.case("four are too few").is("undetermined", "step");
        run.says(&[&format!(
            "the detection `Feeds 3`, which runs before it, {why}"
        )]);
    }
}

#[test]
fn a_step_without_data_is_a_mistake() {
    let project = correlation();
    let project = project.replace(
        "manifests/theft.yml",
        "{detection: Feeds 2, datasets: [log]}",
        "{detection: Feeds 2}",
    );
    let run = project.run(&["test", "manifests"]);
    assert!(
        run.code != 0 && run.stdout.contains("`datasets`"),
        "{}",
        run.all()
    );
}
