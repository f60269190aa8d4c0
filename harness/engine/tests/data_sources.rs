//! The pack against what a real Splunk gave: for each data source of the corpus beside the repository, its example
//! event is read as the source says, and the names of its fields are compared with the published list.
//!
//! The folder is `$DRYFIRE_CORPUS`, or `corpus` of the shared workspace beside the repository; without it nothing is
//! tested. `cargo test -p dryfire-engine --test data_sources -- --nocapture` prints the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dryfire_engine::{Dataset, Inline, Input, Part, Stamp, View};
use dryfire_plan::{EventFields, EventMeta};

#[path = "support/published.rs"]
mod published;
#[path = "support/session.rs"]
mod session;

use published::{BEYOND, DIFFERENT, FAMILIES, Family, LATER, Source, sources, time_of};
use session::{Manner, NOW, Session, bound};

/// The least share of the normalised names that the configuration must be able to give.
const SHARE: f64 = 0.97;

/// What every event has, and what Splunk's own list leaves out.
const ALWAYS: &[&str] = &[
    "_raw",
    "_time",
    "host",
    "index",
    "linecount",
    "source",
    "sourcetype",
    "eventtype",
    "tag",
];

/// `timestamp=none` is how Splunk marks an event in which it found no time; we read the time.
const MARKS: &[&str] = &["timestamp"];

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("DRYFIRE_CORPUS").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// What the engine made of one example.
struct Seen {
    /// Names of the fields that have a value.
    names: BTreeSet<String>,
    /// Names that the configuration can give, and those of the event's own text.
    possible: BTreeSet<String>,
    events: usize,
    time: Option<i64>,
}

/// Figures of a family.
#[derive(Default)]
struct Tally {
    sources: usize,
    expected: usize,
    possible: usize,
    there: usize,
    absent: Vec<String>,
    all: usize,
    present: usize,
    beyond: BTreeSet<String>,
    broken: usize,
    timed: usize,
}

#[test]
fn examples_get_the_fields_that_splunk_gave() {
    let Some(folder) = corpus() else {
        println!("skipped: there is no corpus; set DRYFIRE_CORPUS");
        return;
    };
    let sources = sources(&folder.join("expectations/data_sources.jsonl"));
    let session_made = &mut Session::new(&[]);
    let mut tallies: BTreeMap<usize, Tally> = BTreeMap::new();
    let mut failures: Vec<String> = Vec::new();
    let mut unused: BTreeSet<usize> = (0..BEYOND.len()).collect();
    let mut left_out = String::new();
    for source in &sources {
        if let Some(reason) = source.left_out() {
            let _ = writeln!(left_out, "  {}: {reason}", source.name);
            continue;
        }
        let Some((place, family)) = family(source) else {
            failures.push(format!(
                "{}: no family has {}",
                source.name, source.sourcetype
            ));
            continue;
        };
        let seen = look(source, session_made);
        let tally = tallies.entry(place).or_default();
        let found = judge(source, family, &seen, tally, &mut unused);
        failures.extend(
            found
                .into_iter()
                .map(|why| format!("{}: {why}", source.name)),
        );
    }
    println!("{}\nleft out:\n{left_out}", table(&tallies));
    let unused: Vec<String> = unused
        .into_iter()
        .map(|place| format!("BEYOND[{place}] {:?} is no longer needed", BEYOND[place]))
        .collect();
    failures.extend(unused);
    assert!(
        failures.is_empty(),
        "{} differences\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn family(source: &Source) -> Option<(usize, &'static Family)> {
    FAMILIES
        .iter()
        .enumerate()
        .find(|(_, family)| family.has(source))
}

/// Reads the example as a file of its own.
fn look(source: &Source, session: &mut Session) -> Seen {
    let input = Input {
        name: source.name.as_str().into(),
        source: source.source.as_str().into(),
        sourcetype: source.sourcetype.as_str().into(),
        host: "dryfire".into(),
        fallback_time: NOW,
        unit_bytes: dryfire_engine::ingest::UNIT_BYTES,
    };
    // Twice, so that the boundary between events is seen, too.
    let text = format!("{0}\n{0}\n", source.example.trim_end());
    let data = Dataset::open(
        input,
        Arc::new(text.into_bytes()),
        &session.library.knowledge,
    )
    .expect("an example that opens");
    let data = Arc::new(data);
    let meta = EventMeta {
        index: "main".into(),
        host: "dryfire".into(),
        source: source.source.as_str().into(),
        sourcetype: source.sourcetype.as_str().into(),
    };
    let declared =
        EventFields::new(&session.library, &session.sources, &meta, &data.props).declared();
    let part = Part {
        data,
        stamp: Stamp {
            index: "main".into(),
            host: None,
            shift: 0,
        },
    };
    let search = session
        .prepare("search index=main")
        .expect("a search that parses");
    let manner = Manner {
        scheduler: &Inline,
        cancel: &AtomicBool::new(false),
        prefilter: true,
    };
    let outcome = session
        .run(&[bound(search, View { parts: vec![part] })], &manner)
        .swap_remove(0)
        .unwrap_or_else(|stop| panic!("{}: {stop:?}", source.name));
    let table = &outcome.table;
    let mut names = BTreeSet::new();
    let mut time = None;
    for (name, value) in (0..table.len().min(1)).flat_map(|row| table.row(row)) {
        if value.is_null() {
            continue;
        }
        if name == "_time" {
            let seconds: Option<f64> = value.to_text().parse().ok();
            #[expect(clippy::cast_possible_truncation, reason = "microseconds since 1970")]
            let micros = seconds.map(|seconds| (seconds * 1e6).round() as i64);
            time = micros;
        }
        names.insert(name.to_owned());
    }
    let mut possible: BTreeSet<String> = declared.into_iter().collect();
    possible.extend(names.iter().cloned());
    Seen {
        names,
        possible,
        events: table.len(),
        time,
    }
}

/// Counts, and says what is not as it should be.
fn judge(
    source: &Source,
    family: &Family,
    seen: &Seen,
    tally: &mut Tally,
    unused: &mut BTreeSet<usize>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let normalised: Vec<&String> = source
        .fields
        .iter()
        .filter(|name| is_normalised(name))
        .collect();
    let missing: Vec<&str> = normalised
        .iter()
        .filter(|name| !MARKS.contains(&name.as_str()) || source.example.contains("timestamp"))
        .filter(|name| !seen.possible.contains(**name))
        .map(|name| name.as_str())
        .collect();
    tally.sources += 1;
    tally.expected += normalised.len();
    tally.possible += normalised.len() - missing.len();
    let absent: Vec<&str> = normalised
        .iter()
        .filter(|name| !seen.names.contains(**name))
        .map(|name| name.as_str())
        .collect();
    tally.there += normalised.len() - absent.len();
    if !absent.is_empty() {
        tally
            .absent
            .push(format!("{}: {}", source.name, absent.join(" ")));
    }
    tally.all += source.fields.len();
    tally.present += source
        .fields
        .iter()
        .filter(|name| seen.names.contains(*name))
        .count();
    #[expect(clippy::cast_precision_loss, reason = "some dozens of names")]
    let share = 1.0 - missing.len() as f64 / normalised.len().max(1) as f64;
    let known = DIFFERENT
        .iter()
        .find(|(name, _)| *name == source.name)
        .map_or(&[][..], |(_, fields)| *fields);
    let needless = known.iter().filter(|name| !missing.contains(name));
    wrong.extend(needless.map(|name| format!("DIFFERENT {name:?} is no longer needed")));
    let missing: Vec<&str> = missing
        .into_iter()
        .filter(|name| !known.contains(name))
        .collect();
    if share < SHARE && !missing.is_empty() && !family.automatic {
        wrong.push(format!(
            "the configuration can't give {}",
            missing.join(" ")
        ));
    }
    let beyond: Vec<&String> = seen
        .names
        .iter()
        .filter(|name| !ALWAYS.contains(&name.as_str()) && !name.starts_with("tag::"))
        .filter(|name| !source.fields.contains(*name))
        .collect();
    for name in beyond {
        let reason = BEYOND.iter().position(|(of, field, _)| {
            *of == family.name && (*field == name.as_str() || *field == "*")
        });
        tally.beyond.insert(name.clone());
        match reason {
            Some(place) => {
                unused.remove(&place);
            }
            None => wrong.push(format!("`{name}` is not in the list")),
        }
    }
    match seen.events {
        2 => tally.broken += 1,
        other => wrong.push(format!("two events were broken into {other}")),
    }
    let time = time_of(source, family);
    match (seen.time, time) {
        (Some(found), Some(right)) if found == right => tally.timed += 1,
        (found, right) => wrong.push(format!("_time is {found:?}, not {right:?}")),
    }
    wrong
}

/// Names of common fields are lower case and no paths.
fn is_normalised(name: &str) -> bool {
    name.chars()
        .all(|next| next.is_ascii_lowercase() || next.is_ascii_digit() || "_:".contains(next))
}

fn table(tallies: &BTreeMap<usize, Tally>) -> String {
    let mut text = format!(
        "{:<22} {:>7} {:>15} {:>15} {:>15} {:>7} {:>7}  beyond the list\n",
        "family", "sources", "can be given", "on the example", "of all names", "broken", "timed"
    );
    for (place, tally) in tallies {
        let share = |part: usize, whole: usize| {
            #[expect(clippy::cast_precision_loss, reason = "some thousands of names")]
            let percent = 100.0 * part as f64 / whole.max(1) as f64;
            format!("{part}/{whole} {percent:>3.0}%")
        };
        let beyond: Vec<&str> = tally.beyond.iter().map(String::as_str).collect();
        let _ = writeln!(
            text,
            "{:<22} {:>7} {:>15} {:>15} {:>15} {:>7} {:>7}  {}",
            FAMILIES[*place].name,
            tally.sources,
            share(tally.possible, tally.expected),
            share(tally.there, tally.expected),
            share(tally.present, tally.all),
            tally.broken,
            tally.timed,
            beyond.join(" ")
        );
    }
    text.push_str("\nnormalised names that are listed, but not on the example:\n");
    for line in tallies.values().flat_map(|tally| &tally.absent) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

#[test]
fn every_exception_names_a_family_and_a_reason() {
    for (family, field, reason) in BEYOND {
        assert!(
            FAMILIES.iter().any(|known| known.name == *family),
            "{family}"
        );
        assert!(!reason.is_empty(), "{family} {field}");
    }
    assert!(LATER.iter().all(|(_, reason)| !reason.is_empty()));
}
