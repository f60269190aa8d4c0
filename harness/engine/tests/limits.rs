//! Searches that ask for more than there is: each ends with a word on the budget, before memory or time do. A result
//! that is cut without a word would be worse than none.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_engine::ingest::{Dataset, Input, UNIT_BYTES};
use dryfire_engine::{Bound, Budget, Env, Inline, Outcome, Stop, View};

#[path = "support/session.rs"]
mod session;

use session::{Manner, NOW, Session, bound};

/// A small budget, so that the tests don't need the memory that they guard.
const BUDGET: Budget = Budget {
    bytes: 16 << 20,
    rows: 50_000,
};

fn run(session: &mut Session, spl: &str) -> Result<Outcome, Stop> {
    let search = match session.prepare(spl) {
        Ok(search) => bound(search, View { parts: Vec::new() }),
        Err(errors) => return Err(Stop::from(errors[0].clone())),
    };
    let env = Env {
        budget: BUDGET,
        ..Env::all_time(NOW)
    };
    let manner = Manner {
        scheduler: &Inline,
        cancel: &AtomicBool::new(false),
        prefilter: true,
    };
    session
        .run(&[Bound { env, ..search }], &manner)
        .swap_remove(0)
}

#[test]
fn what_grows_without_end_is_stopped() {
    let doubled = format!(
        "| makeresults | eval a=\"0123456789\"{}",
        ", a=a.a".repeat(40)
    );
    let replaced = format!(
        "| makeresults | eval a=\"0123456789\"{}",
        ", a=replace(a,\"[0-9]\",a)".repeat(10)
    );
    let edited = format!(
        "| makeresults | eval a=\"aaaaaaaaaa\" | rex mode=sed field=a \"{}\"",
        "s/a/&&&&&&&&&&&&&&&&&&&&/g ".repeat(8)
    );
    let doubling = |round: u32| format!(" | foreach * [eval <<FIELD>>_{round}=1]");
    let columns = format!(
        "| makeresults | eval a=1{}",
        (0..16).map(doubling).collect::<String>()
    );
    let numbered = "| makeresults count=20000 | streamstats count AS n";
    let searches = [
        "| makeresults count=1000000000000".to_owned(),
        "| makeresults | eval x=mvrange(0,1e18)".to_owned(),
        "| makeresults | eval x=mvrange(0,1e12,\"1s\")".to_owned(),
        doubled,
        replaced,
        edited,
        columns,
        // A long text for each of many values, and between them.
        "| makeresults | eval l=mvrange(0,5000), x=mvmap(l, printf(\"%900s\",l))".to_owned(),
        "| makeresults | eval x=mvjoin(mvrange(0,5000), printf(\"%900s\",\"x\"))".to_owned(),
        "| makeresults | eval l=mvrange(0,5000), x=mvzip(l,l,printf(\"%900s\",\"x\"))".to_owned(),
        // Few rows, many partners or many values.
        "| makeresults count=1000 | eval x=1 | join max=0 x [| makeresults count=1000 | eval x=1]".to_owned(),
        "| makeresults count=1000 | eval x=mvrange(0,1000) | mvexpand x".to_owned(),
        "| makeresults count=20000 | eval x=mvrange(0,1000) | stats count BY x".to_owned(),
        "| makeresults | eval a=mvrange(0,1000), b=a, c=a, d=a | stats count BY a b c d".to_owned(),
        // Each row holds what all rows before it have.
        format!("{numbered} | streamstats values(n) AS v"),
        format!("{numbered} | xyseries n n n"),
        format!("{numbered} | eval m=n%1000 | chart limit=0 count OVER n BY m"),
        // A second of each bucket of a century.
        "| makeresults count=2 | streamstats count AS n | eval _time=n*3000000000 | timechart span=1s count".to_owned(),
        "| makeresults count=2 | streamstats count AS n | eval _time=n*3000000000 | makecontinuous span=1s _time".to_owned(),
        format!("{numbered} | map maxsearches=20000 search=\"search a\""),
    ];
    let mut session = Session::new(&[]);
    for spl in searches {
        let stop = run(&mut session, &spl).map(|outcome| outcome.table.len());
        assert!(matches!(stop, Err(Stop::Budget(_))), "{spl}: {stop:?}");
    }
}

/// What mutated searches broke: an answer or a word for the user, and no defect.
#[test]
fn what_mutations_found_stays_mended() {
    let mut session = Session::new(&[]);
    let code = |stop: Result<Outcome, Stop>| match stop {
        Ok(_) => String::new(),
        Err(Stop::Unsupported(found) | Stop::Fault(found)) => found.code.id.to_owned(),
        Err(other) => format!("{other:?}"),
    };
    for (spl, expected) in [
        ("| tstats count from datamodel=Endpoint.", "DF303"),
        // The start of a match moves back behind what the match before has consumed.
        (
            r#"| makeresults | eval a="abab" | rex mode=sed field=a "s/(?<=(?=.{0})a)b\K|ab/x/g""#,
            "",
        ),
        (
            r#"| makeresults | eval a=1 | foreach fieldstr="" matchstr="" a [eval b=2]"#,
            "",
        ),
        (
            r#"| makeresults | eval x=printf("%999999999d|%.*f|%*d", 1, 99999999, 2, 999999999, 3)"#,
            "",
        ),
        (
            "| makeresults | bin bins=1000000000 _time | bin span=1us _time",
            "",
        ),
    ] {
        assert_eq!(code(run(&mut session, spl)), expected, "{spl}");
    }
}

/// What became of the data is not known: that is no fault of the data.
#[test]
fn patterns_of_the_way_into_the_index_are_stopped() {
    let backtracks = "^(a+)+$";
    let transform = format!("[t]\nREGEX = {backtracks}\nFORMAT = x\nDEST_KEY = MetaData:Source\n");
    for setting in [
        format!("SHOULD_LINEMERGE = false\nSEDCMD-a = s/{backtracks}/x/"),
        format!("SHOULD_LINEMERGE = false\nLINE_BREAKER = {backtracks}"),
        format!("SHOULD_LINEMERGE = true\nBREAK_ONLY_BEFORE = {backtracks}"),
        "SHOULD_LINEMERGE = false\nTRANSFORMS-a = t".to_owned(),
    ] {
        let session = Session::new(&[
            ("default/props.conf".to_owned(), format!("[t]\n{setting}\n")),
            ("default/transforms.conf".to_owned(), transform.clone()),
        ]);
        let input = Input {
            name: "events".into(),
            source: "s".into(),
            sourcetype: "t".into(),
            host: "h".into(),
            fallback_time: NOW,
            unit_bytes: UNIT_BYTES,
        };
        let line = format!("{}b\n", "a".repeat(45));
        let text = line.repeat(2);
        let found = Dataset::open(
            input,
            Arc::new(text.into_bytes()),
            &session.library.knowledge,
        );
        let found = found.and_then(|data| data.survey(&Inline).map(drop));
        assert!(
            matches!(found, Err(Stop::Budget(_))),
            "{setting}: {found:?}"
        );
    }
}
