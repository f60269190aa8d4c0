//! `dryfire.toml` and what manifests say of lookups: rows for collections, apps, limits, the database of places.

use predicates::prelude::*;
use predicates::str::contains;

use crate::places;
use crate::project::{DETECTION, MANIFEST, ON_SECURITY, ON_SYSMON, Project, place};

/// The detection asks a collection who owns a host, and passes over hosts with an owner.
fn asks_a_collection() -> Project {
    Project::new()
        .replace(
            DETECTION,
            "| `windows_remote_assistance_spawning_process_filter`",
            "| lookup host_owners dest OUTPUT owner | where isnull(owner) | `windows_remote_assistance_spawning_process_filter`",
        )
        .write("owners/default/app.conf", "[launcher]\nversion = 1.0\n")
        .write("owners/metadata/default.meta", "[]\nexport = system\n")
        .write(
            "owners/default/transforms.conf",
            "[host_owners]\nexternal_type = kvstore\ncollection = owners\nfields_list = _key, dest, owner\n",
        )
        .write("dryfire.toml", "apps = [\"owners\"]\n")
}

#[test]
fn a_collection_of_which_nothing_is_said_leaves_the_case_undetermined() {
    let run = asks_a_collection().test(&[]);
    run.ended(1);
    run.case(ON_SYSMON).is("undetermined", "lookup-missing");
    run.says(&["collection `owners`", "host_owners: empty"]);
}

#[test]
fn an_empty_collection_is_declared_for_the_whole_repository() {
    let project = asks_a_collection().write(
        "dryfire.toml",
        "apps = [\"owners\"]\n[lookups]\nhost_owners = \"empty\"\n",
    );
    project.test(&[]).ended(0).passed(&[ON_SYSMON, ON_SECURITY]);
}

#[test]
fn a_test_stands_over_its_manifest_and_that_over_the_configuration() {
    let project = asks_a_collection()
        .write(
            "dryfire.toml",
            "apps = [\"owners\"]\n[lookups]\nhost_owners = \"empty\"\n",
        )
        .replace(
            MANIFEST,
            "\ntests:\n",
            "\nlookups:\n  host_owners:\n    - { dest: wkstn-042.corp.example, owner: ann }\ntests:\n",
        )
        .replace(
            MANIFEST,
            "  - name: fires on the Windows Security log\n",
            "  - name: fires on the Windows Security log\n    lookups: { host_owners: none.csv }\n",
        )
        .write("manifests/none.csv", "dest,owner\nother,bob\n");
    let run = project.test(&[]);
    run.ended(1).passed(&[ON_SECURITY]);
    run.case(ON_SYSMON).is("failed", "no-results");
}

#[test]
fn mistakes_in_lookups_are_shown_at_their_place_and_no_test_runs_on_half_of_them() {
    let project = asks_a_collection().replace(
        MANIFEST,
        "\ntests:\n",
        "\nlookups: { host_owners: none.csv }\ntests:\n",
    );
    let run = project.test(&[]);
    run.ended(2);
    assert!(run.each("case_finished").is_empty(), "{}", run.all());
    let found = &run.findings()[0];
    assert_eq!(found["code"], "DF108");
    assert_eq!(place(found), project.place_of(MANIFEST, "none.csv"));

    let project = project.replace(MANIFEST, "\nlookups: {", "\nlookup: {");
    project
        .test(&[])
        .ended(1)
        .says(&["did you mean `lookups`?"]);

    let project = project.replace(
        MANIFEST,
        "\nlookup: { host_owners: none.csv }",
        "\nlookups: { host_owner: empty }",
    );
    let run = project.test(&[]);
    run.ended(1).says(&["did you mean `host_owners`?"]);
    run.case(ON_SYSMON).is("undetermined", "lookup-missing");
}

#[test]
fn a_lookup_that_nobody_defines_is_whatever_it_is_declared_to_be() {
    let project = Project::new()
        .replace(
            DETECTION,
            "| `windows_remote_assistance_spawning_process_filter`",
            "| lookup asset_lookup_by_str asset AS dest OUTPUT category | where isnull(category) | `windows_remote_assistance_spawning_process_filter`",
        )
        .write("dryfire.toml", "[lookups]\nasset_lookup_by_str = \"empty\"\n");
    project.test(&[]).ended(0).passed(&[ON_SYSMON]);
    let run = project
        .write(
            "dryfire.toml",
            "[lookups]\nasset_lookup_by_str = [{ asset = \"wkstn-042.corp.example\", category = \"pc\" }]\n",
        )
        .test(&[]);
    run.case(ON_SYSMON).is("failed", "no-results");
}

#[test]
fn the_configuration_is_found_above_the_first_path_and_its_mistakes_end_the_run() {
    for (text, code, at, help) in [
        ("[limit]\n", "DF102", "limit", "did you mean `limits`?"),
        (
            "[limits]\n\"subsearch.maxot\" = 1\n",
            "DF502",
            "\"subsearch.maxot\"",
            "did you mean `subsearch.maxout`?",
        ),
        ("apps = [\n", "DF501", "", ""),
        (
            "[iplocation]\ndatabase = \"none.mmdb\"\n",
            "DF503",
            "\"none.mmdb\"",
            "",
        ),
    ] {
        let project = Project::new().write("dryfire.toml", text);
        let run = project.run(&["test", MANIFEST]);
        run.ended(2).says(&[help]);
        let found = &run.findings()[0];
        assert_eq!(found["code"], code, "{text}");
        if !at.is_empty() {
            assert_eq!(place(found), project.place_of("dryfire.toml", at));
        }
        project
            .command()
            .args(["search", "| makeresults"])
            .assert()
            .code(2)
            .stderr(contains("dryfire.toml"));
    }
}

#[test]
fn limits_come_from_apps_and_from_the_configuration() {
    let project = Project::empty()
        .write("app/metadata/default.meta", "[]\nexport = system\n")
        .write("app/default/limits.conf", "[stats]\nlist_maxsize = 1\n")
        .write(
            "app/local/limits.conf",
            "[stats]\nlist_maxsize = 2\nmaxresultrows = 7\n",
        );
    let list = |arguments: &[&str]| {
        let mut command = project.command();
        command
            .args(["search", "| makeresults count=9 | eval a=\"x\" | stats list(a) AS a | eval n=mvcount(a) | table n"])
            .args(["--format", "csv"])
            .args(arguments);
        command.assert().code(0)
    };
    list(&[]).stdout("n\n9\n").stderr("");
    list(&["--app", "app"])
        .stdout("n\n2\n")
        .stderr(contains("list() kept the first 2 values").and(contains("not followed")));
    std::fs::write(
        project.path("dryfire.toml"),
        "apps = [\"app\"]\n[limits]\n\"stats.list_maxsize\" = 3\n",
    )
    .unwrap();
    list(&[])
        .stdout("n\n3\n")
        .stderr(contains("list() kept the first 3 values"));
}

#[test]
fn iplocation_asks_the_database_that_is_named() {
    let search = "| makeresults | eval ip=split(\"203.0.113.7 10.0.0.1 198.51.100.1\", \" \") | mvexpand ip | iplocation ip | table ip City Country Region lat lon";
    let project = Project::empty()
        .write("geo/places.mmdb", places::database([203, 0, 113], 24))
        .write(
            "dryfire.toml",
            "[iplocation]\ndatabase = \"geo/places.mmdb\"\n",
        );
    let run = |project: &Project, spl: &str| {
        let mut command = project.command();
        command.args(["search", spl, "--format", "csv"]);
        String::from_utf8(command.assert().code(0).get_output().stdout.clone()).unwrap()
    };
    assert_eq!(
        run(&project, search),
        "ip,City,Country,Region,lat,lon\n203.0.113.7,Testville,Testland,North,12.50000,-3.25000\n10.0.0.1,,,,,\n198.51.100.1,,,,,\n"
    );
    let german = "| makeresults | eval ip=\"203.0.113.7\" | iplocation lang=de prefix=p_ allfields=t ip | table p_City p_Country p_Continent p_MetroCode p_Timezone";
    assert_eq!(
        run(&project, german),
        "p_City,p_Country,p_Continent,p_MetroCode,p_Timezone\nTeststadt,Testland,Testia,501,Etc/UTC\n"
    );
    let project = project.remove("dryfire.toml");
    assert!(!run(&project, search).contains("Testland"));
}
