//! What searches can give, as a table.

use std::sync::Arc;

use dryfire_diagnostic::SourceMap;
use dryfire_knowledge::{Knowledge, LookupDefinition, LookupSource, LookupTable};
use dryfire_spl::parse;

use super::*;

fn produced(spl: &str) -> (Produced, SourceMap) {
    let mut sources = SourceMap::new();
    let (mut knowledge, _) = Knowledge::merge(&[], &mut sources);
    let definition = LookupDefinition::new("hosts", LookupSource::File("hosts.csv".to_owned()));
    knowledge.add_lookup(
        definition,
        Some(LookupTable::from_csv("host,owner,site\na,b,c\n")),
    );
    let (library, _) = Library::new(Arc::new(knowledge), &mut sources);
    let source = sources.add("spl", spl);
    let parsed = parse(source, &sources);
    assert!(
        parsed.diagnostics.is_empty(),
        "{spl}: {:?}",
        parsed.diagnostics
    );
    (produces(&parsed.pipeline, &library), sources)
}

#[test]
fn each_command_makes_and_drops_what_the_manual_says() {
    // A search, fields that its rows can have, fields that they can't have.
    #[rustfmt::skip]
    let table: &[(&str, &[&str], &[&str])] = &[
        ("index=a", &["x", "_time"], &[]),
        ("index=a | stats count values(x) as xs min(_time) by a b", &["count", "xs", "min(_time)", "a", "b"], &["x", "A", "_time"]),
        ("index=a | stats count | eval y=1", &["count", "y"], &["x"]),
        ("index=a | stats values(*) as * by a", &["a", "x"], &[]),
        ("index=a | stats count by a b | stats values(*) as all_* by a", &["a", "all_b", "all_count"], &["b", "all_a", "all_x"]),
        ("index=a | stats count by a | eventstats max(count) as m", &["m", "count", "a"], &["b"]),
        ("index=a | stats count by a | streamstats sum(count)", &["sum(count)"], &["sum"]),
        ("| tstats count min(_time) as firstTime from datamodel=E.P by P.dest P.user _time span=1h", &["P.dest", "firstTime", "_time"], &["dest", "lastTime"]),
        ("| tstats count from datamodel=E.P by P.dest | rename P.* as *", &["dest", "count"], &["P.dest", "user"]),
        ("| tstats values(P.*) as * from datamodel=E.P by P.dest", &["anything"], &[]),
        ("| tstats prestats=t count by a | stats count by a", &["a", "count"], &["b"]),
        ("index=a | table a, b_*", &["a", "b_c"], &["b", "_time"]),
        ("index=a | stats count by a | table a b", &["a"], &["b", "count"]),
        ("index=a | fields a", &["a", "_time", "_raw"], &["b"]),
        ("index=a | fields - a", &["b"], &["a"]),
        ("index=a | stats count by a b | fields - a*", &["b"], &["a"]),
        ("index=a | rename a as b", &["b", "c"], &["a"]),
        ("index=a | rename a as b, b as c", &["c"], &["a", "b"]),
        ("index=a | rename a.* as *", &["x"], &[]),
        ("index=a | stats count by a | rename b as c", &["a"], &["b", "c"]),
        ("index=a | stats count by a | eval x=1, y=null()", &["x"], &["y"]),
        ("index=a | fields - a | eval a=1", &["a"], &[]),
        ("index=a | stats count by k v | eval {k}=v", &["anything"], &[]),
        ("index=a | stats count by k v | eval p_{k}=v", &["p_x"], &["x"]),
        (r#"index=a | stats count by a | rex field=a "^(?<one>\w)\((?<not one>x)(?P<two>.)(?=z)(?<!y)""#, &["one", "two"], &["z", "not one"]),
        ("index=a | stats count by host | lookup hosts host OUTPUT site as place", &["place", "host"], &["site", "owner"]),
        ("index=a | stats count by h | lookup hosts host as h", &["site", "owner", "h"], &["host"]),
        ("index=a | stats count by h | lookup unknown h", &["anything"], &[]),
        ("| inputlookup hosts", &["host", "site"], &["count"]),
        ("index=a | stats count by b | inputlookup append=t hosts", &["b", "site"], &["x"]),
        ("index=a | stats count by a | convert ctime(count) as t", &["t"], &["u"]),
        ("index=a | stats count by _time | bin _time span=1h as hour", &["hour", "_time"], &["h"]),
        ("index=a | top limit=5 a by b", &["a", "b", "count", "percent"], &["c"]),
        ("index=a | stats count by a | iplocation prefix=p_ a", &["p_Country"], &["Country"]),
        ("index=a | stats count by a | spath input=a path=b.c output=d", &["d"], &["b.c", "e"]),
        ("index=a | stats count by a | spath input=a", &["anything"], &[]),
        ("index=a | stats count by a | join a [search index=b | stats dc(z) as d by a]", &["d", "count"], &["z"]),
        ("index=a | stats count by a | append [search index=b]", &["anything"], &[]),
        ("index=a | stats count by a | appendpipe [stats sum(count) as total]", &["total", "a"], &["b"]),
        ("index=a | stats count by a | addinfo", &["info_min_time"], &["info"]),
        ("index=a | stats count by a | foreach a b [eval <<FIELD>>_n=1]", &["a_n", "b"], &["c"]),
        ("index=a | stats count by a | foreach * [eval <<FIELD>>=if(<<FIELD>>=\"null\", null(), <<FIELD>>)]", &["a"], &["c"]),
        ("index=a | stats count by a | transaction a", &["duration", "a"], &["b"]),
        ("index=a | stats count by a | strcat a \"-\" count both", &["both"], &["c"]),
        ("index=a | timechart count by a", &["anything"], &[]),
        ("index=a | stats count by a | map search=\"search x=$a$\"", &["anything"], &[]),
        ("index=a | stats count by a | where count>1 | sort - count | head 5 | dedup a | search a=1", &["a"], &["b"]),
        ("index=a | stats count by a | fillnull value=0 b", &["b"], &["c"]),
        ("| makeresults", &["_time"], &["a"]),
        ("| metadata type=hosts", &["host", "totalCount"], &["count"]),
        ("| tstats count where index=a by PREFIX(user=)", &["user=", "count"], &["user"]),
    ];
    for (spl, can, cannot) in table {
        let (produced, _) = produced(spl);
        for name in *can {
            assert!(
                produced.contains(name),
                "{name} in {spl}: {:?}",
                produced.fields()
            );
        }
        for name in *cannot {
            assert!(
                !produced.contains(name),
                "no {name} in {spl}: {:?}",
                produced.fields()
            );
        }
    }
}

#[test]
fn a_lost_field_is_traced_to_the_command_that_dropped_it() {
    #[rustfmt::skip]
    let table = [
        ("index=a | stats count by user | eval x=1", "dest", "stats count by user", true, None, None),
        ("index=a | stats values(dest) as dests by user", "dest", "stats values(dest) as dests by user", true, Some("dests"), Some("dests")),
        ("index=a | stats count by dest | rename dest as host | where count>1", "dest", "rename dest as host", true, Some("host"), None),
        ("| tstats count from datamodel=E.P by P.dest P.user | where count>1", "user", "tstats count from datamodel=E.P by P.dest P.user", false, None, Some("P.user")),
        ("index=a | stats count by process_name | table process_name", "proces_name", "stats count by process_name", true, None, Some("process_name")),
        ("| tstats count from datamodel=E.P by P.dest | rename P.* as * | fields - dest", "dest", "fields - dest", true, None, None),
    ];
    for (spl, field, command, was_there, renamed, near) in table {
        let (produced, sources) = produced(spl);
        let loss = produced.lost(field).unwrap();
        assert_eq!(sources.text(loss.at).trim(), command, "{spl}");
        assert_eq!(
            (loss.was_there, loss.renamed.as_deref()),
            (was_there, renamed),
            "{spl}"
        );
        assert_eq!(produced.nearest(field).as_deref(), near, "{spl}");
    }
    assert_eq!(produced("index=a | eval x=1").0.lost("anything"), None);
}
