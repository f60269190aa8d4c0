//! Rules on the form of a detection, and on the list of rules.

use super::super::{ALL, find};
use super::{V4, V5, V6, check_change, said};

#[test]
fn nothing_is_said_of_what_is_right() {
    for detection in [V4, V5, V6] {
        assert_eq!(said(detection, "one.yml"), [""; 0], "{detection}");
    }
}

#[test]
fn the_filter_macro_is_there_and_last() {
    check_change(
        V4,
        (" | `one_filter`", ""),
        &[(
            "count by des^t'",
            "error[DF107]",
            "does not end with its filter macro `one_filter`",
        )],
    );
    check_change(
        V4,
        ("`one_filter`", "`one_filter` | where count>1"),
        &[("^`one_filter`", "warning[DF107]", "is not last")],
    );
    check_change(V4, ("`one_filter`", "`one_filter` ```end```"), &[]);
    let found = said(&V4.replace("`one_filter`", "`two_filter`"), "one.yml");
    assert!(
        found[0].contains(" error[DF107]") && found[0].contains("is `two_filter`, but"),
        "{found:?}"
    );
}

#[test]
fn names_ids_dates_and_techniques_are_well_formed() {
    let found = said(V4, "two.yml");
    assert!(
        found
            .iter()
            .any(|one| one.contains("warning[DF110]") && one.contains("not `one.yml`")),
        "{found:?}"
    );
    check_change(
        V4,
        ("9364ee8e-", "9364ee8-"),
        &[("id: ^", "error[DF111]", "not a UUID")],
    );
    check_change(
        V5,
        ("2024-05-01", "2024-02-30"),
        &[("date: ^", "error[DF113]", "not a date")],
    );
    check_change(
        V6,
        (
            "modification_date: 2024-05-01",
            "modification_date: 2025-01-02",
        ),
        &[("modification_date: ^", "warning[DF113]", "in the future")],
    );
    check_change(
        V6,
        ("[T1059]", "[T1059.1]"),
        &[("[^T1059", "error[DF114]", "not a technique id")],
    );
    check_change(
        V6,
        ("[T1059]", "[T1059, T1059.003]"),
        &[("[^T1059", "error[DF114]", "beside its own sub-technique")],
    );
    check_change(V6, ("[T1059]", "[T1059, T1105.003]"), &[]);
    let long = "a".repeat(68);
    let found = said(
        &V5.replace("name: One", &format!("name: {long}"))
            .replace("one_filter", &format!("{long}_filter")),
        &format!("{long}.yml"),
    );
    assert!(
        found.len() == 1 && found[0].starts_with("1:7: error[DF112]"),
        "{found:?}"
    );
}

#[test]
fn schedules_run_and_leave_no_gaps() {
    check_change(
        V6,
        ("0 * * * *", "0 24 * * *"),
        &[("cron_schedule: ^", "error[DF115]", "the hour can't be `24`")],
    );
    check_change(
        V6,
        ("-70m@m", "70m ago"),
        &[("earliest_time: ^", "error[DF115]", "not a time")],
    );
    check_change(
        V6,
        ("latest_time: -10m@m", "latest_time: -80m@m"),
        &[("earliest_time: ^", "error[DF115]", "holds no time")],
    );
    check_change(
        V6,
        ("0 * * * *", "0 */2 * * *"),
        &[(
            "earliest_time: ^",
            "warning[DF116]",
            "looks at 60 minutes, but the longest pause between runs is 120",
        )],
    );
    check_change(V6, ("-70m@m", "-1d@d"), &[]);
}

#[test]
fn risk_fits_the_type() {
    check_change(
        V4,
        ("[Victim]", "[Attacker]"),
        &[("type: ^TTP", "error[DF123]", "role `Victim`")],
    );
    let (before, after) = (
        V5.split_once("rba:").unwrap().0,
        V5.split_once("drilldown_searches:").unwrap().1,
    );
    let without = format!("{before}drilldown_searches:{after}");
    check_change(&without, ("type: TTP", "type: Hunting"), &[]);
    check_change(
        &without,
        ("type: TTP", "type: TTP"),
        &[("type: ^TTP", "error[DF123]", "needs an `rba` block")],
    );
    check_change(
        V5,
        ("type: TTP", "type: Hunting"),
        &[(
            "type: ^Hunting",
            "error[DF123]",
            "must not have an `rba` block",
        )],
    );
    check_change(
        V6,
        ("type: TTP", "type: Correlation"),
        &[(
            "type: ^Corr",
            "error[DF123]",
            "must not have `intermediate_findings`",
        )],
    );
    check_change(
        V6,
        ("type: TTP", "type: Anomaly"),
        &[(
            "type: ^Anomaly",
            "error[DF123]",
            "must not have a `finding`",
        )],
    );
    check_change(
        V5,
        ("type: system, score: 64", "type: host, score: 101"),
        &[
            ("- {field: ^dest", "error[DF124]", "`host`"),
            ("- {field: ^dest", "error[DF124]", "101"),
        ],
    );
    check_change(
        V6,
        ("{field: user,", "{field: dest,"),
        &[("- {field: ^dest", "error[DF124]", "two scores")],
    );
}

#[test]
fn tests_are_there_and_say_what_their_data_is() {
    let without = V5.split_once("tests:").unwrap().0;
    check_change(
        without,
        ("type: TTP", "type: TTP"),
        &[("name: ^One", "error[DF127]", "needs tests")],
    );
    check_change(without, ("production", "experimental"), &[]);
    check_change(
        without,
        ("throttling:", "manual_test: needs a lab\n  throttling:"),
        &[],
    );
    check_change(
        V5,
        (", sourcetype: t", ""),
        &[("{data: ^x.log", "error[DF128]", "no `sourcetype`")],
    );
}

#[test]
fn rules_ascend_and_can_be_found() {
    let codes: Vec<&str> = ALL.iter().map(|rule| rule.code.id).collect();
    assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    assert!(
        find("df118").is_some_and(|rule| rule.name == "risk-field")
            && find("risk-field").is_some()
            && find("x").is_none()
    );
}
