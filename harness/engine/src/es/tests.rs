//! What becomes of results: objects, messages, text, and the way back through a search.

use dryfire_diagnostic::SourceMap;
use dryfire_knowledge::{Knowledge, built_in};

use super::*;
use crate::value::Value;

const NOW: i64 = 1_700_000_000_000_000;

fn actions(message: &str) -> Actions {
    let object = |field: &str, kind: &str| RiskObject {
        field: field.into(),
        kind: kind.into(),
        score: 80,
        message: message.into(),
    };
    Actions {
        search_name: "ESCU - A \"B\" - Rule".into(),
        sid: "sid".into(),
        annotations: BTreeMap::from([
            ("mitre_attack".to_owned(), vec!["T1055".to_owned()]),
            (
                "analytic_story".to_owned(),
                vec!["One".to_owned(), "Two".to_owned()],
            ),
        ]),
        risk: Some(RiskAction {
            objects: vec![object("dest", "system"), object("user", "user")],
            threats: vec![ThreatObject {
                field: "process".into(),
                kind: "process_name".into(),
            }],
        }),
        notable: None,
        throttling: None,
    }
}

/// A result out of `field=value` words; `+` parts the values of a field.
fn results(rows: &[&str]) -> Table {
    Table::from_rows(rows.iter().map(|row| {
        let pairs = row.split(' ').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, values)| {
                (
                    name,
                    Value::multi(
                        values
                            .split('+')
                            .filter(|value| !value.is_empty())
                            .map(Value::from),
                    ),
                )
            })
            .collect()
    }))
}

fn run(rows: &[&str], actions: &Actions) -> Acted {
    act(&results(rows), actions, &Env::all_time(NOW))
}

/// Object, type and message of each risk event.
fn shown(acted: &Acted) -> Vec<String> {
    let one = |event: &StashEvent, name: &str| {
        event
            .fields
            .get(name)
            .map(|values| values.join("+"))
            .unwrap_or_default()
    };
    acted
        .risk
        .iter()
        .map(|event| {
            format!(
                "{}/{}/{}",
                one(event, "risk_object"),
                one(event, "risk_object_type"),
                one(event, "risk_message")
            )
        })
        .collect()
}

#[test]
fn each_value_of_an_object_is_an_event_and_an_empty_one_is_none() {
    let acted = run(
        &[
            "dest=h1+h2 user=bob process=p+q",
            "dest= user=-",
            "user=null",
        ],
        &actions("$user$ on $dest$ $gone$"),
    );
    assert_eq!(
        shown(&acted),
        [
            "h1/system/bob on h1\nh2 $gone$",
            "h2/system/bob on h1\nh2 $gone$",
            "bob/user/bob on h1\nh2 $gone$",
            "-/user/- on  $gone$",
            "null/user/null on  $gone$"
        ]
    );
    assert_eq!(
        acted.suppressed,
        [1, 2].map(|row| Suppressed {
            row,
            why: Why::NoObject("dest".into())
        })
    );
    assert_eq!(acted.assumptions.len(), 5, "{:?}", acted.assumptions);
    assert_eq!(acted.risk[0].fields["threat_object"], ["p", "q"]);
    assert_eq!(
        acted.risk[0].fields["threat_object_type"],
        ["process_name", "process_name"]
    );
    assert_eq!(acted.risk[0].fields["analyticstories"], ["One", "Two"]);
    assert_eq!(
        acted.risk[0].fields["annotations.mitre_attack.mitre_tactic_id"],
        ["TA0004", "TA0005"]
    );
    assert_eq!(
        acted.risk[0].fields["annotations"],
        [r#"{"analytic_story":["One","Two"],"mitre_attack":["T1055"]}"#]
    );
    assert!(
        run(&["dest=h user=u"], &actions("m"))
            .assumptions
            .is_empty()
    );
}

#[test]
fn the_text_is_that_of_the_common_action_model() {
    let row = vec![
        ("_time", Value::Number(1_600_000_000.25)),
        ("_raw", Value::from("r")),
        ("_hidden", Value::from("h")),
        ("date_hour", Value::from("1")),
        ("host", Value::from("s")),
        ("tag::x", Value::from("t")),
        ("dest", Value::from("C:\\a \"b\",\nc")),
        ("user", Value::multi(["u", "v"].map(Value::from))),
        ("count", Value::Number(3.0)),
    ];
    let mut plain = actions("m");
    plain.annotations.clear();
    let acted = act(&Table::from_rows([row]), &plain, &Env::all_time(NOW));
    assert_eq!(
        acted.risk[0].raw(),
        "1600000000.25, search_name=\"ESCU - A \\\"B\\\" - Rule\", \
         contributing_events_search=\"| savedsearch \\\"ESCU - A \\\"B\\\" - Rule\\\" | search dest=\\\"C:\\\\\\\\a \\\\\\\"b\\\\\\\",\nc\\\"\", \
         count=\"3\", dest=\"C:\\\\a \\\"b\\\",\nc\", info_max_time=\"+Infinity\", info_min_time=\"0.000\", info_search_time=\"1700000000.000\", \
         orig_action_name=\"risk\", orig_host=\"s\", orig_raw=\"r\", orig_rid=\"0\", orig_sid=\"sid\", orig_tag::x=\"t\", orig_time=\"1600000000.25\", \
         risk_message=\"m\", risk_object=\"C:\\\\a \\\"b\\\",\nc\", risk_object_type=\"system\", risk_score=\"80\", user=\"u\", user=\"v\""
    );
}

#[test]
fn notables_and_findings() {
    let action = NotableAction {
        title: "On $dest$".into(),
        description: "d".into(),
        security_domain: "endpoint".into(),
        severity: "high".into(),
        entity: None,
    };
    let entity = Entity {
        field: "dest".into(),
        kind: "system".into(),
        score: 80,
    };
    let of = |entity: Option<Entity>| Actions {
        risk: None,
        notable: Some(NotableAction {
            entity,
            ..action.clone()
        }),
        ..actions("")
    };
    let notables = run(&["dest=h1+h2 rule_title=own status=7", "user=u"], &of(None)).notable;
    assert_eq!(notables.len(), 2);
    assert_eq!(notables[0].fields["orig_rule_title"], ["On h1\nh2"]);
    assert_eq!(
        (
            &notables[0].fields["orig_status"],
            notables[0].fields.get("entity")
        ),
        (&vec!["7".to_owned()], None)
    );
    let acted = run(&["dest=h1+h2", "user=u"], &of(Some(entity)));
    assert_eq!(
        acted
            .notable
            .iter()
            .map(|event| event.fields["entity"].join("+"))
            .collect::<Vec<_>>(),
        ["h1", "h2"]
    );
    assert_eq!(
        acted.suppressed,
        [Suppressed {
            row: 1,
            why: Why::NoEntity("dest".into())
        }]
    );
}

#[test]
fn throttling_lets_the_first_result_of_its_fields_through() {
    let rows = [
        "dest=a user=u",
        "dest=a user=v",
        "dest=b user=u",
        "user=u",
        "user=v",
    ];
    let throttled = |fields: &[&str], period: &str| {
        let throttling = Throttling {
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            period: Some(period.into()),
        };
        let acted = run(
            &rows,
            &Actions {
                throttling: Some(throttling),
                ..actions("m")
            },
        );
        acted
            .suppressed
            .iter()
            .filter(|one| one.why == Why::Throttled)
            .map(|one| one.row)
            .collect::<Vec<_>>()
    };
    assert_eq!(throttled(&["dest"], "3600s"), [1, 4]);
    assert_eq!(throttled(&["dest", "user"], "1h"), [0; 0]);
    assert_eq!(throttled(&[], "1h"), [1, 2, 3, 4]);
    assert_eq!(throttled(&["dest"], "0s"), [0; 0]);
}

#[test]
fn the_written_events_are_read_back_field_by_field() {
    let rows = [
        "dest=h1 user=a,b\\c\"d process==x=1,y=\"2\"",
        "dest=h2+h3 user=1700000000,",
    ];
    let acted = run(
        &rows,
        &actions("line\n2020-01-01 12:00:00 and\n1700000001 x=\"$user$\", $dest$"),
    );
    let mut sources = SourceMap::new();
    let (knowledge, _) = Knowledge::merge(&built_in(&mut sources), &mut sources);
    let dataset = open(&acted.risk, "s", &knowledge).unwrap();
    let chunks = dataset.load(0).unwrap();
    assert_eq!(
        chunks.iter().map(|chunk| chunk.len()).sum::<usize>(),
        acted.risk.len()
    );
    for (row, event) in (0..).zip(&acted.risk) {
        let raw = chunks[0].event(row);
        let names: Vec<Arc<str>> = event
            .fields
            .keys()
            .map(|name| name.as_str().into())
            .collect();
        let columns = crate::extract::extract(
            dryfire_plan::Format::Stash,
            std::iter::once(raw),
            &names,
            &crate::Limits::default(),
        )
        .0;
        for (name, column) in names.iter().zip(columns) {
            let read: Vec<String> = column
                .get(0)
                .each()
                .iter()
                .map(|value| value.to_text().to_string())
                .collect();
            assert_eq!(read, event.fields[&**name], "{name} of {raw}");
        }
        assert_eq!(chunks[0].times()[row as usize], event.time);
    }
}
