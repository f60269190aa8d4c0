//! The published data sources: which family each belongs to, where its time stands, and what is known to differ.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

/// One published data source.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) sourcetype: String,
    pub(crate) source: String,
    pub(crate) fields: Vec<String>,
    pub(crate) example: String,
    placeholder: bool,
}

/// Sources that are handled by one part of the pack.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    /// What its sourcetypes begin with, in lower case.
    sourcetypes: &'static [&'static str],
    /// What its sources end with; all for an empty text.
    source: &'static str,
    /// Only breaking, time and automatic fields are promised.
    pub(crate) automatic: bool,
    /// Where the time stands, and how it is written.
    time: (&'static str, Written),
}

/// How a time is written.
#[derive(Clone, Copy)]
enum Written {
    /// ISO 8601, with or without zone.
    Iso,
    /// Seconds since 1970, with or without a fraction.
    Seconds,
    /// Milliseconds since 1970.
    Millis,
    /// As this pattern of `strftime` has it.
    As(&'static str),
    /// `May 27 09:28:36`, in the year before the tests' clock.
    Syslog,
    /// There is none: the time of the file.
    Nowhere,
}

impl Family {
    pub(crate) fn has(&self, source: &Source) -> bool {
        let sourcetype = source.sourcetype.to_ascii_lowercase();
        self.sourcetypes
            .iter()
            .any(|begin| sourcetype.starts_with(begin))
            && source.source.ends_with(self.source)
    }
}

impl Source {
    /// Why it proves nothing.
    pub(crate) fn left_out(&self) -> Option<&'static str> {
        if self.placeholder {
            return Some("the example is only a first line");
        }
        LATER
            .iter()
            .find(|(name, _)| *name == self.name)
            .map(|(_, reason)| *reason)
    }
}

pub(crate) fn sources(file: &Path) -> Vec<Source> {
    let text = std::fs::read_to_string(file).expect("a file of data sources");
    text.lines()
        .map(|line| {
            let json: Json = serde_json::from_str(line).expect("a JSON object a line");
            let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
            let fields = json["fields"].as_array().into_iter().flatten();
            Source {
                name: text("name"),
                sourcetype: text("sourcetype"),
                source: text("source"),
                fields: fields
                    .filter_map(|field| field.as_str().map(str::to_owned))
                    .collect(),
                example: text("example_log"),
                placeholder: json["placeholder"].as_bool() == Some(true),
            }
        })
        .collect()
}

/// The time of the example, read without the engine: microseconds since 1970.
pub(crate) fn time_of(source: &Source, family: &Family) -> Option<i64> {
    let (before, written) = family.time;
    let at = source.example.find(before)? + before.len();
    let text = source.example[at..].trim_start_matches([' ', ':', '"', '\'', '=']);
    let until = |end: &[char]| text.split(end).next().unwrap_or_default();
    match written {
        Written::Iso => {
            let text = until(&['"', '\'']);
            // A zone without a colon is not ISO 8601's extended form.
            let text = match text.rsplit_once('+') {
                Some((time, "0000")) => format!("{time}Z"),
                _ => text.to_owned(),
            };
            text.parse::<Timestamp>()
                .or_else(|_| utc(text.parse::<DateTime>()?))
                .ok()
                .map(Timestamp::as_microsecond)
        }
        Written::Seconds => {
            let number = until(&['"', ',', ':', '}', ' ']);
            let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
            let fraction: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
            Some(whole.parse::<i64>().ok()? * 1_000_000 + fraction)
        }
        Written::Millis => Some(until(&['"', ',', '}']).parse::<i64>().ok()? * 1000),
        Written::As(format) => civil(format, text),
        Written::Syslog => civil("%Y %b %d %H:%M:%S", &format!("2023 {text}")),
        Written::Nowhere => Some(crate::session::NOW),
    }
}

fn civil(format: &str, text: &str) -> Option<i64> {
    let parsed = jiff::fmt::strtime::BrokenDownTime::parse_prefix(format, text)
        .ok()?
        .0;
    parsed
        .to_timestamp()
        .or_else(|_| utc(parsed.to_datetime()?))
        .ok()
        .map(Timestamp::as_microsecond)
}

fn utc(time: DateTime) -> Result<Timestamp, jiff::Error> {
    TimeZone::UTC.to_timestamp(time)
}

const fn family(
    name: &'static str,
    sourcetypes: &'static [&'static str],
    source: &'static str,
    time: (&'static str, Written),
) -> Family {
    Family {
        name,
        sourcetypes,
        source,
        automatic: false,
        time,
    }
}

const fn automatic(
    name: &'static str,
    sourcetypes: &'static [&'static str],
    time: (&'static str, Written),
) -> Family {
    Family {
        automatic: true,
        ..family(name, sourcetypes, "", time)
    }
}

const SYSTEM_TIME: (&str, Written) = ("SystemTime=", Written::Iso);

/// The families; the first that fits has a source.
pub(crate) const FAMILIES: &[Family] = &[
    family(
        "sysmon",
        &["xmlwineventlog"],
        "Sysmon/Operational",
        SYSTEM_TIME,
    ),
    family(
        "windows security",
        &["xmlwineventlog"],
        ":Security",
        SYSTEM_TIME,
    ),
    family(
        "windows system",
        &["xmlwineventlog"],
        ":System",
        SYSTEM_TIME,
    ),
    family(
        "windows others",
        &["xmlwineventlog", "wineventlog"],
        "",
        SYSTEM_TIME,
    ),
    family("sysmon linux", &["sysmon:linux"], "", SYSTEM_TIME),
    family(
        "cloudtrail",
        &["aws:cloudtrail"],
        "",
        ("\"eventTime\"", Written::Iso),
    ),
    family(
        "microsoft 365",
        &["o365:management"],
        "",
        ("\"CreationTime\"", Written::Iso),
    ),
    family(
        "entra id",
        &["azure:monitor:aad"],
        "",
        ("\"time\"", Written::Iso),
    ),
    family(
        "auditd",
        &["linux:audit"],
        "",
        ("msg=audit(", Written::Seconds),
    ),
    family("linux_secure", &["linux_secure"], "", ("", Written::Syslog)),
    family(
        "suricata",
        &["suricata"],
        "",
        ("\"timestamp\"", Written::Iso),
    ),
    family(
        "crowdstrike",
        &["crowdstrike:events:sensor"],
        "",
        ("\"timestamp\"", Written::Millis),
    ),
    automatic(
        "security hub",
        &["aws:securityhub"],
        ("\"UpdatedAt\"", Written::Iso),
    ),
    automatic(
        "azure audit",
        &["mscs:azure:audit"],
        ("\"eventTimestamp\"", Written::Iso),
    ),
    automatic(
        "defender",
        &["mscs:azure:eventhub"],
        ("\"time\"", Written::Iso),
    ),
    automatic(
        "google workspace",
        &["gws:reports"],
        ("\"time\"", Written::Iso),
    ),
    automatic(
        "kubernetes",
        &["_json"],
        ("\"requestReceivedTimestamp\"", Written::Iso),
    ),
    automatic("falco", &["kube:container:falco"], ("", Written::Nowhere)),
    automatic(
        "nginx",
        &["nginx:plus:kv"],
        ("time_local=", Written::As("%d/%b/%Y:%H:%M:%S %z")),
    ),
    automatic(
        "osquery",
        &["osquery:results"],
        ("\"unixTime\"", Written::Seconds),
    ),
    automatic(
        "pan",
        &["pan:threat"],
        ("THREAT,url,2305,", Written::As("%Y/%m/%d %H:%M:%S")),
    ),
    automatic(
        "google suite drive",
        &["gsuite:drive"],
        ("\"timestamp\"", Written::Iso),
    ),
    automatic(
        "google suite mail",
        &["gsuite:gmail"],
        ("\"timestamp\"", Written::Seconds),
    ),
    automatic(
        "ivanti",
        &["ivanti_vtm"],
        ("[", Written::As("%d/%b/%Y:%H:%M:%S %z")),
    ),
    automatic("powershell input", &["pwsh:"], ("", Written::Nowhere)),
    automatic(
        "splunk",
        &["splunkd_ui_access"],
        ("timestamp", Written::As("%m-%d-%Y %H:%M:%S%.f")),
    ),
];

/// Sources that prove nothing, and why.
pub(crate) const LATER: &[(&str, &str)] = &[
    (
        "PingID",
        "a wrong pairing: the sourcetype is that of Windows, the event is JSON",
    ),
    (
        "Splunk Stream IP",
        "a wrong pairing: the event is an nginx access",
    ),
];

/// Names that the configuration can't give, by source.
pub(crate) const DIFFERENT: &[(&str, &[&str])] = &[
    (
        "Windows Event Log Security 4739",
        // The data behind the list holds classic text, too, of which it is the severity.
        &["severity"],
    ),
    (
        "CrowdStrike ProcessRollup2",
        // Switches of the add-on's own lookups, and a time that only its input knows.
        &[
            "host_res_aid",
            "resolve_dest",
            "resolve_process_integrity_level",
            "event_ingest_time",
        ],
    ),
];

/// Fields of examples that are not in the published list: family, field, why it is right all the same. `*` stands for all fields of the family.
pub(crate) const BEYOND: &[(&str, &str, &str)] = &[
    (
        "sysmon",
        "loaded_file",
        "7: published detections ask for the library by this name",
    ),
    ("sysmon", "loaded_file_path", "7: the same"),
    (
        "sysmon",
        "original_file_name",
        "7: published detections ask for it; the event names the library's",
    ),
    (
        "sysmon",
        "process_guid",
        "7: published detections group by the loading process",
    ),
    ("sysmon", "process_id", "7: the same"),
    (
        "windows security",
        "EventData_Xml",
        "4688: the list was put together by hand; all others have it",
    ),
    ("windows security", "System_Props_Xml", "4688: the same"),
    (
        "windows security",
        "ProcessId",
        "4688: the same; the event has it",
    ),
    (
        "windows security",
        "Le",
        "5141: the example is damaged, <Le> stands for <Level>",
    ),
    (
        "microsoft 365",
        "user_agent",
        "Change user license: the example names an agent as others do that list it",
    ),
    (
        "microsoft 365",
        "user_agent_change",
        "Change user license: the same",
    ),
    (
        "entra id",
        "*",
        "all lists but one were made without the add-on",
    ),
    ("auditd", "a0", "the list has msg twice, in the place of a0"),
    (
        "suricata",
        "*",
        "the list was made without the add-on of 2026, whose names these are",
    ),
    ("crowdstrike", "LinkName", "the event has it"),
    ("crowdstrike", "ShowWindowFlags", "the event has it"),
    ("crowdstrike", "name", "the event has it"),
    ("osquery", "action", "the event has it"),
    (
        "defender",
        "*",
        "the list names the columns of the table, not the fields of the event",
    ),
    ("azure audit", "description", "the event has it, empty"),
    (
        "azure audit",
        "subStatus.localizedValue",
        "the event has it, empty",
    ),
    ("nginx", "cookie", "the event has it"),
    ("nginx", "uri_query", "the event has it, as -"),
    ("nginx", "user", "the event has it, as -"),
];
