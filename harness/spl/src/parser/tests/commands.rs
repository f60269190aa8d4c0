//! Commands: each case gives the canonical text of a search, and some look into the tree.

use super::{command, lisp, lisp_of, parsed};
use crate::ast::{Argument, Body, Filter, NamePart, Target};
use crate::print;

#[track_caller]
fn check(text: &str, canonical: &str) {
    let tree = parsed(text);
    assert_eq!(print(&tree), canonical, "{text}");
    assert_eq!(parsed(canonical), tree, "{canonical}");
}

#[test]
fn pipelines_start_with_search_or_a_pipe() {
    check("index=a | table x", "search index=a | table x");
    check(
        "search a|rename b as c|table c",
        "search a | rename b AS c | table c",
    );
    check("\n| makeresults count=2", "| makeresults count=2");
    check("search=1", "search search=1");
    check("a ``` | b ``` | ``` c ``` head 5", "search a | head 5");
    check("a | BUCKET span=5m _time", "search a | bin span=5m _time");
}

#[test]
fn field_lists() {
    check(
        "| table a.b{}.@type, \"Source IP\" predicted(x),",
        "| table a.b{}.@type, \"Source IP\", predicted(x)",
    );
    check("| fields - a, b*", "| fields - a, b*");
    check("| fields + a", "| fields + a");
    check(
        "| dedup 3 a b keepempty=t sortby -x, +y",
        "| dedup keepempty=t 3 a, b sortby -x, y",
    );
    check(
        "| top 5 a, b showperc=f by c",
        "| top showperc=f 5 a, b by c",
    );
    check("| fillnull", "| fillnull");
    check("| fillnull value=0 a, b ", "| fillnull value=0 a, b");
    check(
        "| addtotals fieldname=Score, a b",
        "| addtotals fieldname=Score a, b",
    );
    check("| mvexpand a{}", "| mvexpand a{}");
    check(
        "| streamstats reset_after=(n==2 OR s==\")\") count",
        "| streamstats reset_after=\"(n==2 OR s==\\\")\\\")\" count",
    );
    check(
        "| multikv forceheader=1 fields a, b filter \"c d\"",
        "| multikv forceheader=1 fields, a, b, filter, \"c d\"",
    );
    check("| apply app:m threshold=0.1", "| apply threshold=0.1 app:m");
    check(
        "| anomalydetection \"count\" \"user\" action=annotate",
        "| anomalydetection action=annotate \"count\", \"user\"",
    );
}

#[test]
fn renames() {
    check(
        "| rename \"P.*\" as \"*\", X.* AS * a{} as b",
        "| rename \"P.*\" AS \"*\", X.* AS *, a{} AS b",
    );
    check(
        "| rename last as \"Last Time\",",
        "| rename last AS \"Last Time\"",
    );
    check(
        "| rename \"IsOutlier(calls)\" as x",
        "| rename \"IsOutlier(calls)\" AS x",
    );
}

#[test]
fn sort_signs() {
    check("| sort - a, b", "| sort -a, -b");
    check("| sort -a, b", "| sort -a, b");
    check("| sort count, - x", "| sort count, -x");
    check("| sort - a, + b, c", "| sort -a, b, c");
    check("| sort 0 -num(x) y", "| sort 0 -num(x), y");
    check("| sort limit=5 x desc", "| sort 5 x desc");
    check("| sort d", "| sort d");
}

#[test]
fn aggregations() {
    check(
        "| stats count, values( x ) as y Values(z) by a, b c,",
        "| stats count, values( x ) AS y, Values(z) by a, b, c",
    );
    check(
        "| stats sparkline, count by temp",
        "| stats sparkline, count by temp",
    );
    check(
        "| stats values(a) as aceFlags(inheritance)",
        "| stats values(a) AS aceFlags(inheritance)",
    );
    check(
        "| eventstats perc99.5(x) p50(y)",
        "| eventstats perc99.5(x), p50(y)",
    );
    check(
        "| streamstats window=2 current=1 range(_time) as d by s",
        "| streamstats window=2 current=1 range(_time) AS d by s",
    );
    check(
        "| chart count over a by b limit=5",
        "| chart count over a by b limit=5",
    );
    check(
        "| timechart limit=0 span=5m count",
        "| timechart limit=0 span=5m count",
    );
    check(
        "| timechart avg(x) by h where max in top5",
        "| timechart avg(x) by h where max in top5",
    );
    let Body::Stats(stats) =
        command("| stats count(eval(x=1 AND y)) dc(\"a b\") sparkline(avg(z), 1h) c()").body
    else {
        panic!()
    };
    let arguments: Vec<String> = stats
        .aggregates
        .iter()
        .map(|one| match &one.argument {
            Argument::None => "none".into(),
            Argument::Field(field) => super::word(field),
            Argument::Eval(expression) => lisp_of(expression),
        })
        .collect();
    assert_eq!(
        arguments,
        ["(And (= x 1) y)", "\"a b\"", "avg(z), 1h", "none"]
    );
    assert_eq!(stats.aggregates[0].text, "count(eval(x=1 AND y))");
}

#[test]
fn tstats() {
    check(
        "| tstats count summariesonly=false min(_time) as f from datamodel = E.P where P.a=x OR P.b=y by _time span=1h P.c, P.d",
        "| tstats summariesonly=false count, min(_time) AS f from datamodel=E.P where P.a=x OR P.b=y by _time span=1h, P.c, P.d",
    );
    check(
        "| tstats count FROM datamodel=W WHERE * BY W.a _time W.b span=5m",
        "| tstats count from datamodel=W where * by W.a, _time span=5m, W.b",
    );
    check(
        "| tstats count from datamodel=E by P.a prestats=t",
        "| tstats prestats=t count from datamodel=E by P.a",
    );
    check(
        "| mstats avg(t.*) as t.* where index=k AND earliest=-30d by host span=10s",
        "| mstats span=10s avg(t.*) AS t.* where index=k earliest=-30d by host",
    );
    let Body::Tstats(tstats) =
        command("| tstats count from datamodel=A.B where (a=1 b=2) OR c IN (by, d) by e").body
    else {
        panic!()
    };
    assert_eq!(
        tstats.filter.map(|filter| lisp(&filter)).unwrap(),
        "(or (and a=1 b=2) (in c by d))"
    );
}

#[test]
fn lookups_and_data() {
    check(
        "| lookup t a as b, c OUTPUTNEW d as e f",
        "| lookup t a AS b, c OUTPUTNEW d AS e, f",
    );
    check(
        "| lookup update=true t a, outputnew d",
        "| lookup update=true t a OUTPUTNEW d",
    );
    check("| lookup t a output b", "| lookup t a OUTPUT b");
    check("| lookup t key", "| lookup t key");
    check(
        "| inputlookup t.csv append=t where a=1 OR b=2",
        "| inputlookup append=t t.csv where a=1 OR b=2",
    );
    check("| from datamodel Web.Web", "| from datamodel:Web.Web");
    check(
        "| from datamodel:\"Web\".\"Web\"",
        "| from datamodel:\"Web\" \"Web\"",
    );
    check("| datamodel Web Web search", "| datamodel Web Web search");
}

#[test]
fn assignments() {
    check(
        "| eval a=1, 'b c'=\"x\", d.e=f ,",
        "| eval a=1, \"b c\"=\"x\", \"d.e\"=f",
    );
    check(
        "| eval \"PSWA Process\" = mvindex(\"PSWA Process\", 0)",
        "| eval \"PSWA Process\"=mvindex(\"PSWA Process\", 0)",
    );
    check("| eval x{key}y{}=1", "| eval x{key}y{}=1");
    let Body::Assignments(assignments) = command("| eval {k}=1").body else {
        panic!()
    };
    assert_eq!(
        assignments[0].target,
        Target::Dynamic(vec![NamePart::Field("k".into())])
    );
    check(
        "| where a=1 OR (b=2 OR c) AND NOT (d=3 AND e)",
        "| where a = 1 OR (b = 2 OR c) AND NOT (d = 3 AND e)",
    );
    check("| head (x>5) keeplast=t", "| head keeplast=t (x > 5)");
    check("| head 5", "| head 5");
}

#[test]
fn patterns() {
    check(
        r#"| rex field=a.b{}.c "(?<x>[a-z|]+)\\d" max_match=0"#,
        r#"| rex field=a.b{}.c max_match=0 "(?<x>[a-z|]+)\\d""#,
    );
    check(
        r#"| rex mode=sed "s/\x00//g""#,
        r#"| rex mode=sed "s/\\x00//g""#,
    );
    check(r#"| regex _raw != "x|y""#, r#"| regex _raw!="x|y""#);
    check(r#"| regex "x""#, r#"| regex "x""#);
    check(
        r#"| convert timeformat="%Y" ctime(*Time), num(x) AS y"#,
        r#"| convert timeformat="%Y" ctime(*Time) num(x) AS y"#,
    );
    check(
        r#"| replace "a" with "b", c with d in x y"#,
        r#"| replace "a" WITH "b", c WITH d IN x, y"#,
    );
    check("| bin _time as t span=10m", "| bin span=10m _time AS t");
    check(
        "| spath input=x path=a{}.b output=c",
        "| spath input=x path=a{}.b output=c",
    );
    check("| spath output=c a{}.b", "| spath output=c a{}.b");
    check("| makemv delim=\" \" a", "| makemv delim=\" \" a");
    check(
        "| extract pairdelim=\";\" kvdelim=\":\"",
        "| extract pairdelim=\";\" kvdelim=\":\"",
    );
}

#[test]
fn brackets() {
    check(
        "a | join type=outer x, y [| inputlookup t]",
        "search a | join type=outer x y [inputlookup t]",
    );
    check(
        "a | join x type=inner[search b|table x]",
        "search a | join type=inner x [search b | table x]",
    );
    check(
        "a | join left=L right=R where L.a=R.b [search c]",
        "search a | join left=L right=R where L.a=R.b [search c]",
    );
    check(
        "a | append [ search b ] | appendpipe [stats count]",
        "search a | append [search b] | appendpipe [stats count]",
    );
    check(
        "| multisearch [search a] [search b]",
        "| multisearch [search a] [search b]",
    );
    check(
        "a | foreach x* 'y z' [eval '<<FIELD>>'=1 | x]",
        "search a | foreach x* \"y z\" [eval '<<FIELD>>'=1 | x]",
    );
    check(
        r#"a | map search="search x=\"$y$\" \\| z" maxsearches=5"#,
        r#"search a | map maxsearches=5 search="search x=\"$y$\" \\| z""#,
    );
    check("a | map [search $x$]", "search a | map [search $x$]");
    check(
        "a | return 5 $x [search b]",
        "search a | return 5 $x [search b]",
    );
}

#[test]
fn transactions() {
    let text = "| transaction user maxSpan=2m startsWith=(a=\"x y\" b=1) endswith=eval(c>1) host";
    check(
        text,
        "| transaction maxspan=2m user, host startswith=(a=\"x y\" b=1) endswith=eval(c > 1)",
    );
    let Body::Transaction(transaction) = command(text).body else {
        panic!()
    };
    assert!(
        matches!(&transaction.filters[..], [(a, Filter::Search(_)), (b, Filter::Eval(_))] if a == "startswith" && b == "endswith")
    );
}

#[test]
fn commands_without_a_grammar_keep_their_text() {
    check(
        "| fit DensityFunction x by \"a,b\" into m dist=norm",
        "| fit DensityFunction x by \"a,b\" into m dist=norm",
    );
    check(
        r#"| cyberchef infield="a" jsonrecipe="[{"op":"x","args":[true]}]""#,
        r#"| cyberchef infield="a" jsonrecipe="[{"op":"x","args":[true]}]""#,
    );
    let Body::Raw(raw) = command("| return x [search \"]\" | head 1]").body else {
        panic!()
    };
    assert_eq!(raw.pipelines[0].commands.len(), 2);
}
