//! Hostile input: neither depth nor size nor noise may bring the parser down.

use dryfire_diagnostic::SourceMap;

use super::findings;
use crate::{parse, parse_expression, parse_search, print, print_search};

#[track_caller]
fn check(text: &str, code: &str) {
    let found = findings(text);
    assert_eq!(found.len(), 1, "{:?}", &found[..found.len().min(3)]);
    assert!(found[0].contains(code), "{}", found[0]);
}

#[test]
fn depth_is_limited() {
    let nested = |open: &str, inner: &str, close: &str, count: usize| {
        format!("{}{inner}{}", open.repeat(count), close.repeat(count))
    };
    for (open, inner, close) in [("(", "a", ")"), ("NOT ", "a", ""), ("[search ", "a", "]")] {
        let text = nested(open, inner, close, 190);
        assert_eq!(findings(&text), [""; 0]);
        check(&nested(open, inner, close, 300), "DF208");
    }
    for (open, inner, close) in [
        ("(", "a", ")"),
        ("NOT ", "a", ""),
        ("-", "a", ""),
        ("if(b,c,", "a", ")"),
        ("a XOR b OR c AND NOT d=e+f*(", "a", ")"),
    ] {
        assert_eq!(
            findings(&format!("| where {}", nested(open, inner, close, 95))),
            [""; 0]
        );
        check(
            &format!("| where {}", nested(open, inner, close, 20_000)),
            "DF208",
        );
    }
}

#[test]
fn chains_and_size_are_limited() {
    assert_eq!(
        findings(&format!("| where a{}", " OR a".repeat(900))),
        [""; 0]
    );
    check(&format!("| where a{}", ".a".repeat(100_000)), "DF208");
    assert_eq!(
        findings(&"a=1 OR ".repeat(20_000).replace("OR ", "")),
        [""; 0]
    );
    check(&"a ".repeat(600_000), "DF208");
}

/// A small generator of numbers, so that the noise is the same each time.
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

const SEEDS: [&str; 8] = [
    r#"| tstats summariesonly=false count min(_time) as f from datamodel=E.P where P.a="x*" OR NOT P.b IN ("a","b") by _time span=1h P.c | rename "P.*" as "*""#,
    r#"sourcetype=x (a=1 OR b!="q\\") TERM(z) | eval x=if(match(a,"(?i)\d"), 'b.c'." ".d, -1.5e3), {k}y=null() | where x LIKE "%a" AND NOT y IN (1,2)"#,
    r#"a | rex field=b "(?<c>[^\"]+)" max_match=0 | join type=outer c [| inputlookup t where d=1 | table c ] | sort - a, b desc"#,
    r#"a | stats count(eval(x==1)) as n values(y) by z, w | lookup t a as b OUTPUTNEW c | convert timeformat="%Y" ctime(f) | dedup 3 a sortby -b"#,
    r#"a | transaction u startswith=(a=1) endswith=eval(b>2) maxspan=2m | foreach x* [eval '<<FIELD>>'=1] | map search="search \"$a$\"""#,
    r#"a | timechart span=5m count by h limit=5 where max in top5 | replace "a" with "b" in c | bin _time as t span=1m | head (x>1)"#,
    r#"a ``` comment | " ``` | spath input=x path=a{}.b output=c | regex d!="e|f" | append [search g | appendpipe [stats c]]"#,
    r#"| from datamodel:"W"."W" | makeresults count=1 format=csv data="a" | return 5 $x | fields - a, "b c" | top 5 a by b | mvexpand é{}"#,
];
const PIECES: [&str; 30] = [
    "\"", "'", "(", ")", "[", "]", "|", ",", "=", "!=", "\\", "`", "```", " by ", " AND ", " OR ",
    " NOT ", " IN (", " as ", "{", "}", "<", "é", "\u{2015}", " ", "*", ".", "-", "eval(", "\n",
];

#[test]
fn noise_does_not_bring_the_parser_down() {
    let mut noise = Noise(0x9E37_79B9_7F4A_7C15);
    for round in 0..20_000 {
        let mut text: Vec<char> = SEEDS[round % SEEDS.len()].chars().collect();
        for _ in 0..=noise.below(6) {
            let at = noise.below(text.len());
            match noise.below(3) {
                0 => drop(text.remove(at)),
                1 => drop(text.splice(at..at, PIECES[noise.below(PIECES.len())].chars())),
                _ => text.truncate(text.len().min(at + 2)),
            }
            if text.is_empty() {
                text.push(' ');
            }
        }
        let text: String = text.into_iter().collect();
        let mut sources = SourceMap::new();
        let source = sources.add("t", text.as_str());
        let result = parse(source, &sources);
        let _ = parse_expression(source, &sources);
        let (search, _) = parse_search(source, &sources);
        let _ = print_search(&search);
        // What was accepted survives printing, however odd it is.
        let printed = print(&result.pipeline);
        if result.diagnostics.is_empty() {
            let again = sources.add("printed", printed.as_str());
            let second = parse(again, &sources);
            assert_eq!(second.pipeline, result.pipeline, "{text}\n{printed}");
        }
    }
}
