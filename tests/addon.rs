//! An add-on that uses every directive of real add-ons: what comes of each, as a table of expected fields
//! (`addon/expected.md`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use predicates::str::contains;
use serde_json::{Value, json};

use crate::project::{Project, dryfire, repository};

/// What real add-ons use, and what shows in the add-on's files that it does so, too.
const DIRECTIVES: &[(&str, &str)] = &[
    // props.conf: which stanza holds
    ("[sourcetype]", "[te:layers]"),
    ("[source::…]", "[source::...layers.log]"),
    ("[host::…]", "[host::layer*]"),
    ("(?::){0}", "[(?::){0}te:prior*]"),
    ("priority", "\npriority = 5"),
    ("literal over pattern", "[source::priority.log]"),
    ("local over default", "EVAL-d = \"local\""),
    ("an empty value", "EVAL-e =\n"),
    ("settings for all", "EVAL-te_everywhere"),
    ("continued line", "\\\n"),
    ("sourcetype", "\nsourcetype = "),
    ("rename", "\nrename = "),
    // props.conf: index time
    ("LINE_BREAKER", "\nLINE_BREAKER = "),
    ("SHOULD_LINEMERGE", "\nSHOULD_LINEMERGE = true"),
    ("BREAK_ONLY_BEFORE", "\nBREAK_ONLY_BEFORE = "),
    ("BREAK_ONLY_BEFORE_DATE", "\nBREAK_ONLY_BEFORE_DATE = "),
    ("MUST_BREAK_AFTER", "\nMUST_BREAK_AFTER = "),
    ("MUST_NOT_BREAK_AFTER", "\nMUST_NOT_BREAK_AFTER = "),
    ("MUST_NOT_BREAK_BEFORE", "\nMUST_NOT_BREAK_BEFORE = "),
    ("MAX_EVENTS", "\nMAX_EVENTS = "),
    ("TRUNCATE", "\nTRUNCATE = "),
    ("TIME_PREFIX", "\nTIME_PREFIX = "),
    ("TIME_FORMAT", "\nTIME_FORMAT = "),
    ("MAX_TIMESTAMP_LOOKAHEAD", "\nMAX_TIMESTAMP_LOOKAHEAD = "),
    ("MAX_DAYS_AGO", "\nMAX_DAYS_AGO = "),
    ("TZ", "\nTZ = "),
    ("DATETIME_CONFIG", "\nDATETIME_CONFIG = "),
    ("SEDCMD- s", "\nSEDCMD-1_mask = s/"),
    ("SEDCMD- y", "\nSEDCMD-2_letters = y/"),
    ("INDEXED_EXTRACTIONS = json", "INDEXED_EXTRACTIONS = json"),
    ("INDEXED_EXTRACTIONS = csv", "INDEXED_EXTRACTIONS = csv"),
    ("INDEXED_EXTRACTIONS = tsv", "INDEXED_EXTRACTIONS = tsv"),
    ("INDEXED_EXTRACTIONS = psv", "INDEXED_EXTRACTIONS = psv"),
    ("INDEXED_EXTRACTIONS = w3c", "INDEXED_EXTRACTIONS = w3c"),
    ("FIELD_DELIMITER", "\nFIELD_DELIMITER = "),
    ("FIELD_NAMES", "\nFIELD_NAMES = "),
    ("FIELD_HEADER_REGEX", "\nFIELD_HEADER_REGEX = "),
    ("TIMESTAMP_FIELDS", "\nTIMESTAMP_FIELDS = "),
    ("RULESET-", "\nRULESET-"),
    // transforms.conf: index time
    ("MetaData:Host", "DEST_KEY = MetaData:Host"),
    ("MetaData:Source", "DEST_KEY = MetaData:Source\n"),
    ("MetaData:Sourcetype", "DEST_KEY = MetaData:Sourcetype"),
    ("_MetaData:Index", "DEST_KEY = _MetaData:Index"),
    ("DEST_KEY = queue", "DEST_KEY = queue"),
    ("nullQueue", "FORMAT = nullQueue"),
    ("DEST_KEY = _raw", "DEST_KEY = _raw"),
    ("DEST_KEY = _meta", "DEST_KEY = _meta"),
    ("WRITE_META", "\nWRITE_META = "),
    ("REPEAT_MATCH", "\nREPEAT_MATCH = "),
    ("LOOKAHEAD", "\nLOOKAHEAD = "),
    ("DEFAULT_VALUE", "\nDEFAULT_VALUE = "),
    ("INGEST_EVAL", "\nINGEST_EVAL = "),
    ("STOP_PROCESSING_IF", "\nSTOP_PROCESSING_IF = "),
    ("CLONE_SOURCETYPE", "\nCLONE_SOURCETYPE = "),
    // Search time
    ("EXTRACT-", "\nEXTRACT-"),
    ("in user", " in user\n"),
    ("REPORT-", "\nREPORT-"),
    ("FIELDALIAS-", "\nFIELDALIAS-"),
    ("AS", " AS "),
    ("ASNEW", " ASNEW "),
    ("EVAL-", "\nEVAL-"),
    ("LOOKUP-", "\nLOOKUP-"),
    ("OUTPUT", " OUTPUT "),
    ("OUTPUTNEW", " OUTPUTNEW "),
    ("KV_MODE = auto", "KV_MODE = auto\n"),
    ("KV_MODE = auto_escaped", "KV_MODE = auto_escaped"),
    ("KV_MODE = json", "KV_MODE = json"),
    ("KV_MODE = xml", "KV_MODE = xml"),
    ("KV_MODE = none", "KV_MODE = none"),
    ("AUTO_KV_JSON", "\nAUTO_KV_JSON = "),
    ("FORMAT", "FORMAT = $1::$2"),
    ("SOURCE_KEY", "\nSOURCE_KEY = "),
    ("DELIMS", "\nDELIMS = "),
    ("FIELDS", "\nFIELDS = "),
    ("MV_ADD", "\nMV_ADD = "),
    ("CLEAN_KEYS", "\nCLEAN_KEYS = false"),
    ("KEEP_EMPTY_VALS", "\nKEEP_EMPTY_VALS = "),
    ("_KEY_", "(?<_KEY_1>"),
    ("_VAL_", "(?<_VAL_1>"),
    ("MATCH_LIMIT", "\nMATCH_LIMIT = "),
    ("[[module]]", "[[te_base:path]]"),
    // Lookups
    ("filename", "\nfilename = "),
    ("case_sensitive_match", "\ncase_sensitive_match = "),
    ("match_type WILDCARD", "match_type = WILDCARD("),
    ("match_type CIDR", "match_type = CIDR("),
    ("max_matches", "\nmax_matches = "),
    ("min_matches", "\nmin_matches = "),
    ("default_match", "\ndefault_match = "),
    ("time_field", "\ntime_field = "),
    ("time_format", "\ntime_format = "),
    // The other files
    ("eventtypes.conf", "search = eventtype=te_inner"),
    ("tags.conf", "[eventtype=te_login]"),
    ("enabled", " = enabled"),
    ("disabled", " = disabled"),
    ("%2F", "[path=%2F"),
    ("%6e", "[account=a%6en]"),
    ("macros.conf", "`te_who(ann)`"),
    ("INDEXED", "\nINDEXED = "),
    ("INDEXED_VALUE", "\nINDEXED_VALUE = "),
    ("TOKENIZER", "\nTOKENIZER = "),
    ("limits.conf limit", "\nlimit = 5"),
    ("limits.conf maxchars", "\nmaxchars = 80"),
    ("export = system", "export = system"),
    ("export = none", "export = none"),
    ("data models", "\"modelName\""),
    ("Eval calculation", "\"calculationType\": \"Eval\""),
    ("Rex calculation", "\"calculationType\": \"Rex\""),
    ("Lookup calculation", "\"calculationType\": \"Lookup\""),
    ("child constraint", "\"parentName\": \"Found\""),
    // Two apps
    ("apps at index time", "LINE_BREAKER = (,)"),
    ("apps at search time", "EVAL-app = \"TA_other\""),
];

fn folder() -> PathBuf {
    repository().join("tests/addon")
}

/// A row of the table: event, field, value, what it shows.
type Row = (String, String, Value, Vec<String>);

/// A file that is loaded, and what is expected of it.
struct Case {
    file: String,
    sourcetype: Option<String>,
    host: Option<String>,
    search: Option<String>,
    text: String,
    rows: Vec<Row>,
}

fn cases() -> Vec<Case> {
    let page = fs::read_to_string(folder().join("expected.md")).unwrap();
    page.split("\n## ").skip(1).map(case).collect()
}

fn case(section: &str) -> Case {
    let (head, rest) = section.split_once("```\n").unwrap();
    let (text, table) = rest.split_once("```\n").unwrap();
    let mut lines = head.lines();
    let file = lines.next().unwrap().to_owned();
    let of = |name: &str| {
        let found = head
            .lines()
            .skip(1)
            .find_map(|line| line.strip_prefix(name));
        found.map(|value| value.trim_start_matches(": ").to_owned())
    };
    let rows = table.lines().filter(|line| line.starts_with("| "));
    let rows = rows.skip(1).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [event, field, value, shows] = cells[..] else {
            panic!("{file}: not four cells: {line}")
        };
        let value = serde_json::from_str(value).unwrap_or_else(|why| panic!("{line}: {why}"));
        let shows = shows.split(", ").map(|name| name.trim().to_owned());
        let shows = shows.filter(|name| !name.is_empty());
        (
            event.trim().to_owned(),
            field.to_owned(),
            value,
            shows.collect(),
        )
    });
    Case {
        rows: rows.collect(),
        sourcetype: of("sourcetype"),
        host: of("host"),
        search: of("search"),
        text: text.to_owned(),
        file,
    }
}

/// What of a case is not as the table says.
fn differences(case: &Case, apps: &[PathBuf]) -> Vec<String> {
    let project = Project::empty().write(&case.file, &case.text);
    let mut command = project.command();
    match &case.search {
        Some(search) => command.args(["search", search, &case.file]),
        None => command.args(["events", &case.file]),
    };
    command.args(["--format", "json"]);
    command.args(["--host", case.host.as_deref().unwrap_or("h")]);
    if let Some(sourcetype) = &case.sourcetype {
        command.args(["--sourcetype", sourcetype]);
    }
    for app in apps {
        command.arg("--app").arg(app);
    }
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let found: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let codes = told
        .split(|next: char| !next.is_ascii_alphanumeric())
        .filter(|word| word.len() == 5 && word.starts_with("DF"));
    let codes: BTreeSet<&str> = codes.collect();
    let mut wrong = Vec::new();
    for (event, field, value, _) in &case.rows {
        let got = match (event.as_str(), field.as_str()) {
            ("all", "count") => json!(found.len()),
            ("all", "said") => json!(codes),
            _ => {
                let place: usize = event.parse().unwrap();
                let event = found.get(place - 1).unwrap_or(&Value::Null);
                let apart = ["_time", "_raw", "eventtypes", "tags", "datasets"];
                match case.search.is_some() || apart.contains(&field.as_str()) {
                    true => event[field].clone(),
                    false => event["fields"][field].clone(),
                }
            }
        };
        let there = event == "all" || event.parse::<usize>().unwrap() <= found.len();
        if got != *value || !there {
            wrong.push(format!(
                "{}: {field} of {event} is {got} instead of {value}",
                case.file
            ));
        }
    }
    if !wrong.is_empty() {
        wrong.push(told);
    }
    wrong
}

#[test]
fn each_directive_does_what_splunk_says() {
    let apps = [folder().join("TA_everything"), folder().join("TA_other")];
    let cases = cases();
    assert!(cases.len() > 30, "{}", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .flat_map(|case| differences(case, &apps))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_directive_is_used_and_shown() {
    let mut text = String::new();
    for app in ["TA_everything", "TA_other"] {
        read(&folder().join(app), &mut text);
    }
    let cases = cases();
    let shown: BTreeSet<&str> = cases
        .iter()
        .flat_map(|case| &case.rows)
        .flat_map(|row| row.3.iter().map(String::as_str))
        .collect();
    let unused = DIRECTIVES.iter().filter(|(_, used)| !text.contains(used));
    let unused: Vec<&str> = unused.map(|(name, _)| *name).collect();
    assert!(unused.is_empty(), "not in the add-on: {unused:?}");
    let unshown = DIRECTIVES.iter().filter(|(name, _)| !shown.contains(name));
    let unshown: Vec<&str> = unshown.map(|(name, _)| *name).collect();
    assert!(unshown.is_empty(), "in no row: {unshown:?}");
}

fn read(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => read(&entry.path(), text),
            false => text.push_str(&fs::read_to_string(entry.path()).unwrap()),
        }
    }
}

#[test]
fn the_add_on_is_sound() {
    for app in ["TA_everything", "TA_other"] {
        let mut check = dryfire();
        check.args(["knowledge", "check"]).arg(folder().join(app));
        check.assert().code(0).stdout(contains(", 0 findings"));
    }
}

#[test]
fn packed_it_gives_the_same() {
    let project = Project::empty();
    let packed = |name: &str, file: &str| {
        let path = project.path(file);
        let file = fs::File::create(&path).unwrap();
        let gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        let mut archive = tar::Builder::new(gzip);
        archive.append_dir_all(name, folder().join(name)).unwrap();
        archive.into_inner().unwrap().finish().unwrap();
        path
    };
    let apps = [
        packed("TA_everything", "everything-1.0.tgz"),
        packed("TA_other", "other_10.spl"),
    ];
    let few = ["text.log", "search.log", "model.log", "between.log"];
    let cases = cases();
    let cases = cases.iter().filter(|case| few.contains(&&*case.file));
    let wrong: Vec<String> = cases.flat_map(|case| differences(case, &apps)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tables_by_kv_mode_leave_a_search_undecided() {
    let project = Project::empty().write("tables.log", "Name Job\nAda Smith\n");
    let mut command = project.command();
    command.args(["search", "Name=* | table Name", "tables.log"]);
    command.args(["--sourcetype", "te:tables", "--app"]);
    command.arg(folder().join("TA_everything"));
    let assert = command.assert().code(1);
    assert.stderr(contains("KV_MODE = multi"));
}
