//! Rules on names: fields of the search, objects of the repository.

use super::{V4, V5, V6, check_change, said};

#[test]
fn tokens_and_fields_come_from_the_search() {
    check_change(
        V5,
        ("$user$ ran", "$usr$ ran"),
        &[("message: ^", "error[DF117]", "did you mean `user`?")],
    );
    check_change(
        V5,
        ("$user$ ran", "$P.user$ ran"),
        &[("message: ^", "error[DF117]", "its values go on as `user`")],
    );
    check_change(
        V5,
        ("on $dest$", "on $Dest$"),
        &[("on ^$Dest$", "error[DF117]", "did you mean `dest`?")],
    );
    check_change(
        V5,
        ("on $dest$", "on $dest"),
        &[("on ^$dest for", "warning[DF117]", "not closed")],
    );
    check_change(
        V5,
        ("{field: dest,", "{field: src,"),
        &[(
            "- {field: ^src",
            "error[DF118]",
            "`src`, which the search can't give",
        )],
    );
    check_change(
        V5,
        ("{field: process,", "{field: process_name,"),
        &[("- {field: ^process_name", "error[DF119]", "`process_name`")],
    );
    check_change(
        V5,
        ("fields: [dest]", "fields: [dst]"),
        &[("[^dst]", "error[DF122]", "did you mean `dest`?")],
    );
    check_change(
        V5,
        ("86400s", "1d"),
        &[("period: ^", "error[DF122]", "not a throttling period")],
    );
    check_change(
        V5,
        ("user=$user|s$", "user=$usr|s$"),
        &[("user=^$usr|s$", "error[DF121]", "did you mean `user`?")],
    );
    check_change(
        V5,
        ("name: View $dest$", "name: View $src$"),
        &[("View ^$src$", "error[DF121]", "`src`")],
    );
    check_change(
        V6,
        ("on $dest$", "on $host$"),
        &[("on ^$host$", "error[DF117]", "`host`")],
    );
    check_change(
        V6,
        ("Something on $dest$", "Something"),
        &[("title: ^", "error[DF117]", "has no token")],
    );
    check_change(
        V6,
        ("message: $user$ did", "message: $usr$ did"),
        &[("message: ^", "error[DF117]", "`usr`")],
    );
    check_change(
        V6,
        ("{field: user,", "{field: src,"),
        &[("- {field: ^src", "error[DF118]", "`src`")],
    );
    check_change(
        V4,
        ("name: dest, type", "name: host, type"),
        &[("{name: ^host", "error[DF118]", "`host`")],
    );
    // Events can have any field.
    check_change(V4, ("| stats count by dest ", "dest=* | eval x=1 "), &[]);
    // No risk event reads the message of a hunting search, but contentctl refuses one whose name is nowhere.
    let hunting = V4
        .replace("type: TTP", "type: Hunting")
        .replace("index=a", "index=a host=*");
    check_change(
        &hunting,
        ("On $dest$", "On $host$"),
        &[("On ^$host$", "warning[DF117]", "`host`")],
    );
    check_change(
        &hunting,
        ("On $dest$", "On $src_ip$"),
        &[("On ^$src_ip$", "error[DF117]", "`src_ip`")],
    );
}

#[test]
fn drilldowns_are_searches() {
    check_change(
        V5,
        ("IN ($dest$)", "IN ($dest$"),
        &[("IN ^($dest$", "error[DF202]", "")],
    );
    check_change(
        V5,
        ("| from datamodel", "| form datamodel"),
        &[("| ^form", "error[DF203]", "did you mean")],
    );
    check_change(
        V5,
        ("%original_detection_search% | search", "| search"),
        &[(
            "name: ^View $dest$",
            "error[DF120]",
            "no drilldown search holds",
        )],
    );
    check_change(
        V5,
        ("  latest_offset: 2\n", ""),
        &[("name: ^View risk", "warning[DF120]", "no `latest_offset`")],
    );
    let one = V5.split_once("- name: View risk").unwrap().0.to_owned()
        + "tags:"
        + V5.split_once("tags:").unwrap().1;
    let found = said(&one, "one.yml");
    assert!(
        found.len() == 1 && found[0].starts_with("1:7: error[DF120]"),
        "{found:?}"
    );
}

#[test]
fn names_lead_somewhere() {
    check_change(
        V5,
        ("AND Sysmon 3", "AND Sysmn 3"),
        &[("[^Sysmon 1", "error[DF125]", "did you mean `Sysmon 3`?")],
    );
    check_change(
        V5,
        ("[Tale]", "[Tail]"),
        &[("[^Tail]", "error[DF126]", "`Tail`")],
    );
    check_change(
        V5,
        ("lookup hosts", "lookup host"),
        &[("lookup ^host ", "error[DF305]", "did you mean `hosts`?")],
    );
    check_change(
        V5,
        ("OUTPUT site", "OUTPUT place as site"),
        &[("OUTPUT ^place", "error[DF129]", "no column `place`")],
    );
    check_change(
        V5,
        ("type: TTP", "type: Anomaly"),
        &[("type: ^Anomaly", "error[DF132]", "no deployment")],
    );
}

#[test]
fn no_command_waits_for_a_field_that_is_gone() {
    for (tail, expected) in [
        ("search dst=x", Some("did you mean `dest`?")),
        ("search dest=x OR dst=x", None),
        ("search dst=x OR src=y", Some("`dst`")),
        ("search NOT dst=x", None),
        ("where dst=\"x\" AND count>1", Some("`dst`")),
        ("where isnull(dst)", None),
        ("where match(src, \"x\")", Some("`src`")),
        ("where if(dst=\"x\", 1, 2)=2", None),
        ("stats count by dest src", Some("`src`")),
        ("dedup src", Some("`src`")),
        ("fillnull value=x src | stats count by dest src", None),
        ("search count>1", None),
    ] {
        let found = said(
            &V4.replace(
                "| `one_filter`",
                &format!("| {tail} | table dest | `one_filter`"),
            ),
            "one.yml",
        );
        let hits: Vec<&String> = found
            .iter()
            .filter(|one| one.contains("error[DF130]"))
            .collect();
        match expected {
            None => assert!(hits.is_empty(), "{tail}: {found:?}"),
            Some(words) => assert!(
                hits.len() == 1 && hits[0].contains(words),
                "{tail}: {found:?}"
            ),
        }
    }
}

#[test]
fn promises_of_data_sources_are_kept() {
    let change = (
        "| `one_filter`",
        "| stats count by user process | `one_filter`",
    );
    let found = said(&V5.replacen(change.0, change.1, 1), "one.yml");
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("7:15: warning[DF131]") && one.contains("promises `dest`")),
        "{found:?}"
    );
}
