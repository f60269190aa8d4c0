//! `dryfire knowledge`: what the apps configure together, and what in them is broken.

use predicates::str::{contains, is_empty};
use serde_json::Value;

use crate::project::Project;

/// Each kind of slip once: file, line, and the text.
const SLIPS: &[(&str, u64, &str)] = &[
    ("default/props.conf", 2, "this is no setting"),
    ("default/props.conf", 3, "= value without a key"),
    ("default/props.conf", 4, "FIELDALIAS-a = target{}"),
    ("default/props.conf", 5, "FIELDALIAS_b = a AS b"),
    ("default/props.conf", 6, "EVAL-c = if(a=1,2,"),
    ("default/props.conf", 7, "EXTRACT-d = (?<x>[a-"),
    ("default/props.conf", 8, "EXTRACT-e = no names"),
    ("default/props.conf", 9, "LOOKUP-d = no_table a OUTPUT b"),
    ("default/props.conf", 10, "KV_MODE = perhaps"),
    ("default/props.conf", 11, "REPORT-f = no_such_transform"),
    ("default/props.conf", 12, "SEDCMD-h = q/a/b/"),
    ("default/props.conf", 13, "TRUNCATE = many"),
    ("default/props.conf", 14, "LINE_BREAKER = ([\\r\\n+"),
    ("default/props.conf", 15, "[source::(]"),
    ("default/transforms.conf", 2, "REGEX = (a"),
    ("default/transforms.conf", 3, "LOOKAHEAD = far"),
    ("default/eventtypes.conf", 2, "search = index=a (b"),
    ("default/tags.conf", 2, "t = perhaps"),
    ("default/macros.conf", 1, "[m(2)]"),
    ("default/data/models/X.json", 1, "{\"modelName\": nonsense}"),
];

/// An app in which all of them stand, each file with something sound at its end.
fn broken() -> Project {
    let file = |name: &str| {
        let lines = SLIPS.iter().filter(|(file, ..)| *file == name);
        lines
            .map(|(.., text)| format!("{text}\n"))
            .collect::<String>()
    };
    let props = format!(
        "[one]\n{}[good]\nEVAL-x = \"one\"\nREPORT-x = good\n",
        file("default/props.conf")
    );
    let transforms = format!(
        "[bad]\n{}[good]\nREGEX = (?<y>\\d+)\n",
        file("default/transforms.conf")
    );
    let types = format!(
        "[bad]\n{}[good]\nsearch = sourcetype=good\n",
        file("default/eventtypes.conf")
    );
    let tags = format!(
        "[a=b]\n{}[eventtype=good]\ngood_tag = enabled\n",
        file("default/tags.conf")
    );
    let macros = format!(
        "{}args = a\ndefinition = $a$\n",
        file("default/macros.conf")
    );
    Project::empty()
        .write("TA_broken/default/props.conf", props)
        .write("TA_broken/default/transforms.conf", transforms)
        .write("TA_broken/default/eventtypes.conf", types)
        .write("TA_broken/default/tags.conf", tags)
        .write("TA_broken/default/macros.conf", macros)
        .write(
            "TA_broken/default/data/models/X.json",
            file("default/data/models/X.json"),
        )
}

#[test]
fn twenty_broken_things_are_each_named_and_the_rest_is_loaded() {
    let project = broken();
    let check = ["knowledge", "check", "TA_broken", "--format"];
    let output = project.command().args(check).arg("json").assert().code(1);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let found: Vec<(String, u64)> = text
        .lines()
        .map(|line| {
            let finding: Value = serde_json::from_str(line).unwrap();
            let place = &finding["place"];
            let file = place["file"].as_str().unwrap().strip_prefix("TA_broken/");
            (file.unwrap().to_owned(), place["line"].as_u64().unwrap())
        })
        .collect();
    let mut expected: Vec<(String, u64)> = SLIPS
        .iter()
        .map(|(file, line, _)| ((*file).to_owned(), *line))
        .collect();
    let mut told = found.clone();
    told.sort();
    expected.sort();
    assert_eq!(told, expected, "{text}");
    let concise = project
        .command()
        .args(check)
        .arg("concise")
        .assert()
        .code(1);
    concise
        .stdout(contains(
            "TA_broken/default/props.conf:7:13: warning[DF412]: the pattern is not valid",
        ))
        .stdout(contains("20 findings"));
    // What is sound beside it works.
    let project = project.write("good.log", "2024-03-01 10:00:00 number 17\n");
    let arguments = [
        "events",
        "good.log",
        "--sourcetype",
        "good",
        "--app",
        "TA_broken",
        "--format",
        "json",
    ];
    let output = project
        .command()
        .args(arguments)
        .assert()
        .code(0)
        .get_output()
        .stdout
        .clone();
    let event: Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(event["fields"]["x"], "one");
    assert_eq!(event["fields"]["y"], "2024");
    assert_eq!(event["eventtypes"][0], "good");
    assert_eq!(event["tags"][0], "good_tag");
}

#[test]
fn a_sound_app_passes_and_one_that_is_none_is_an_error() {
    let project = Project::empty()
        .write("TA_good/default/app.conf", "[launcher]\nversion = 1.2\n")
        .write("TA_good/default/props.conf", "[good]\nEVAL-x = 1\n")
        .write("empty/readme.txt", "nothing");
    let check = |app: &str| {
        let mut command = project.command();
        command.args(["knowledge", "check", app]);
        command
    };
    check("TA_good")
        .assert()
        .code(0)
        .stdout("TA_good 1.2: 2 stanzas loaded, 0 findings\n")
        .stderr(is_empty());
    check("empty").assert().code(2).stdout(contains("DF411"));
    check("nowhere").assert().code(2).stdout(contains("DF411"));
}

#[test]
fn effective_settings_name_the_file_that_won() {
    let project = Project::empty()
        .write(
            "A_app/default/props.conf",
            "[default]\nEVAL-all = 0\n[st]\nEVAL-x = \"a\"\nEVAL-y = \"a\"\nTRUNCATE = 1\n",
        )
        .write(
            "B_app/default/props.conf",
            "[st]\nEVAL-x = \"b\"\nTRUNCATE = 2\n",
        )
        .write(
            "B_app/local/props.conf",
            "[st]\nEVAL-y = \"local\"\n[source::*.log]\nEVAL-x = \"source\"\n",
        );
    let show = |arguments: &[&str]| {
        let mut command = project.command();
        command.args(["knowledge", "show"]).args(arguments);
        command.args(["--app", "A_app", "--app", "B_app"]);
        let output = command
            .assert()
            .code(0)
            .stderr(is_empty())
            .get_output()
            .stdout
            .clone();
        String::from_utf8(output).unwrap()
    };
    // At search time the app whose name comes last wins, at index time the one whose name comes first.
    let expected = "[st]\nEVAL-all = 0\nEVAL-x = \"b\"\nEVAL-y = \"local\"\nTRUNCATE = 2\n\n";
    assert_eq!(show(&["props", "st"]), expected);
    assert!(show(&["props", "st", "--index-time"]).contains("TRUNCATE = 1\n"));
    let why = show(&["props", "st", "--why"]);
    for line in [
        "A_app/default/props.conf:2  [default]  EVAL-all = 0",
        "B_app/default/props.conf:2  [st]  EVAL-x = \"b\"",
        "B_app/local/props.conf:2  [st]  EVAL-y = \"local\"",
    ] {
        assert!(why.contains(line), "{line}\n{why}");
    }
    // For an event of a source, the stanzas that match are laid over one another.
    let event = show(&["props", "--sourcetype", "st", "--source", "a.log", "--why"]);
    assert!(event.contains("#   [st]\n#   [source::*.log]\n"), "{event}");
    assert!(
        event.contains("B_app/local/props.conf:4  [source::*.log]  EVAL-x = \"source\""),
        "{event}"
    );
    let json = show(&["props", "st", "--format", "json"]);
    let rows: Vec<Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let x = rows.iter().find(|row| row["key"] == "EVAL-x").unwrap();
    assert_eq!(
        (&x["value"], &x["app"], &x["line"]),
        (&"\"b\"".into(), &"B_app".into(), &2.into())
    );
    let apps = show(&[]);
    assert!(
        apps.contains("  A_app  -  A_app\n  B_app  -  B_app\n"),
        "{apps}"
    );

    let wrong = |arguments: &[&str]| {
        let mut command = project.command();
        command.args(["knowledge", "show"]).args(arguments);
        command.assert().code(2)
    };
    wrong(&["prop"]).stderr(contains("did you mean `props`?"));
    wrong(&["props", "XmlWinEventLo"]).stderr(contains("did you mean `XmlWinEventLog`?"));
}
