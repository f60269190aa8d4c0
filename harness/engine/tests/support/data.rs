//! Generates datasets for the laws: Windows event XML, JSON lines and key=value lines, with what makes them awkward.
//!
//! Values come from short lists, so that events share them and generated searches find something.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::wave::Data;

/// What a dataset holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sysmon,
    Security,
    Json,
    Pairs,
}

impl Kind {
    fn sourcetype(self) -> &'static str {
        match self {
            Kind::Sysmon | Kind::Security => "XmlWinEventLog",
            Kind::Json => "test:json",
            Kind::Pairs => "test:pairs",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Kind::Sysmon => "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
            Kind::Security => "XmlWinEventLog:Security",
            Kind::Json | Kind::Pairs => "test.log",
        }
    }
}

/// The configuration of [`Kind::Json`] and [`Kind::Pairs`], and a lookup.
pub(crate) fn files() -> Vec<(String, String)> {
    let lines = "SHOULD_LINEMERGE = false\nLINE_BREAKER = ([\\r\\n]+)\nTIME_FORMAT = %Y-%m-%dT%H:%M:%S.%NZ\nTZ = UTC\n";
    let props = format!(
        "[test:pairs]\n{lines}TIME_PREFIX = time=\nKV_MODE = auto\n\
         [test:json]\n{lines}TIME_PREFIX = timestamp\":\"\nKV_MODE = json\n"
    );
    let lookup = "Image,level\nC:\\Windows\\System32\\cmd.exe,3\n*powershell.exe,7\nbob,1\n";
    let transforms = "[levels]\nfilename = levels.csv\nmatch_type = WILDCARD(Image)\ncase_sensitive_match = false\nmin_matches = 1\ndefault_match = 0\n";
    // 1 + 0.5 · `count`
    let model = r#"algo,model,options
LinearRegression,"{""__mlspl_type"":[""algos.LinearRegression"",""LinearRegression""],""dict"":{""estimator"":{""dict"":{""intercept_"":1.0,""coef_"":{""npy"":""k05VTVBZAQA6AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfQoAAAAAAADgPw==""}}},""columns"":[""count""]}}","{""target_variable"":[""y""],""feature_variables"":[""count""]}"
"#;
    let saved = "[Two rows]\nsearch = | makeresults count=2 | eval n=1\n";
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    vec![
        file("default/props.conf", &props),
        file("default/transforms.conf", transforms),
        file("lookups/levels.csv", lookup),
        file("lookups/__mlspl_line.mlmodel", model),
        file("default/savedsearches.conf", saved),
    ]
}

pub(crate) const NAMES: &[&str] = &[
    "Image",
    "CommandLine",
    "User",
    "TargetObject",
    "ProcessName",
    "image",
    "Odd.Name",
    "count",
];
const RARE_NAMES: &[&str] = &[
    "Zeta",
    "LogonType",
    "Übung",
    "a b",
    "Details",
    "ParentImage",
    "TargetFilename",
    "TargetUserName",
];

/// Values as they stand in XML.
pub(crate) const VALUES: &[&str] = &[
    r"C:\Windows\System32\cmd.exe",
    r"c:\windows\system32\CMD.EXE",
    r"C:\Windows\System32\WindowsPowerShell\v1.0\PowerShell.exe",
    r"C:\Users\Ünal\Straße\päck.exe",
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\evil",
    "bob",
    "BOB",
    "NT AUTHORITY\\SYSTEM",
    "-",
    "1",
    "1.0",
    "10",
    "9",
    "0x1f",
    "10.1.2.3",
    "a=b; c=d",
    "cmd /c whoami &amp; echo &lt;x&gt;",
    "first line\nsecond   line\r\n\tthird",
    "naïve \u{212a}elvin \u{1f600} ı",
    "",
];

const TIMES: &[&str] = &["05", "05", "06", "07", "07", "08", "59"];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(&VALUES[..7]).prop_map(str::to_owned),
        8 => select(VALUES).prop_map(str::to_owned),
        2 => "[a-c]{1,3}",
        1 => "[A-Z][a-z]{2} [0-9]{1,3}",
        // Longer than a small unit.
        1 => (select(VALUES), 1..4_usize).prop_map(|(text, times)| format!("{} long ", text).repeat(times * 12)),
    ]
}

fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    let known = subsequence(NAMES.to_vec(), 0..=NAMES.len());
    let rare = subsequence(RARE_NAMES.to_vec(), 0..=2);
    (known, rare, any::<bool>()).prop_flat_map(|(mut names, rare, repeat)| {
        names.extend(rare);
        // A name that stands twice is a field with two values.
        if repeat && let Some(first) = names.first().copied() {
            names.push(first);
        }
        let values = prop::collection::vec(value(), names.len());
        values.prop_map(move |values| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .zip(values)
                .collect()
        })
    })
}

/// Seconds and a fraction, or no time at all.
fn time() -> impl Strategy<Value = Option<String>> {
    let fraction = select(vec!["0000000", "5000000", "1234567"]);
    prop_oneof![
        8 => (select(TIMES), fraction).prop_map(|(second, fraction)| Some(format!("2023-11-14T22:13:{second}.{fraction}Z"))),
        1 => Just(None),
    ]
}

fn xml(
    kind: Kind,
    code: u32,
    time: Option<String>,
    fields: &[(String, String)],
    record: usize,
) -> String {
    let (provider, channel) = match kind {
        Kind::Sysmon => (
            "Microsoft-Windows-Sysmon",
            "Microsoft-Windows-Sysmon/Operational",
        ),
        _ => ("Microsoft-Windows-Security-Auditing", "Security"),
    };
    let created = time
        .map(|time| format!("<TimeCreated SystemTime='{time}'/>"))
        .unwrap_or_default();
    let data: String = fields
        .iter()
        .map(|(name, value)| format!("<Data Name='{name}'>{value}</Data>"))
        .collect();
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{provider}'/><EventID>{code}</EventID>\
         <Keywords>0x8020000000000000</Keywords>{created}<EventRecordID>{record}</EventRecordID><Execution ProcessID='4' ThreadID='8'/>\
         <Channel>{channel}</Channel><Computer>host{}.example</Computer></System><EventData>{data}</EventData></Event>",
        record % 3
    )
}

fn json(time: Option<String>, fields: &[(String, String)], record: usize) -> String {
    let mut object = serde_json::Map::new();
    if let Some(time) = time {
        object.insert("timestamp".to_owned(), time.into());
    }
    object.insert("id".to_owned(), record.into());
    for (name, value) in fields {
        // A name that stands twice becomes a list.
        match object.get_mut(name) {
            Some(known) => *known = serde_json::json!([known.take(), value]),
            None => drop(
                object.insert(
                    name.clone(),
                    value
                        .parse::<i64>()
                        .map_or_else(|_| value.clone().into(), Into::into),
                ),
            ),
        }
    }
    if record % 4 == 1 {
        object.insert(
            "nested".to_owned(),
            serde_json::json!({"a": [{"b": record}, {"b": "x"}], "c": null, "d": true}),
        );
    }
    let text = serde_json::Value::Object(object).to_string();
    // Any letter of a JSON text may be spelt by its number.
    if record % 2 == 1 {
        text.replace("bob", "b\\u006fb").replace("cmd", "c\\u006Dd")
    } else {
        text
    }
}

fn pairs(time: Option<String>, fields: &[(String, String)], record: usize) -> String {
    let time = time.map(|time| format!("time={time} ")).unwrap_or_default();
    let fields = fields.iter().map(|(name, value)| {
        let value = value.replace(['\n', '\r'], " ");
        format!(" {}=\"{value}\"", name.replace(' ', "_"))
    });
    format!("{time}id={record}{}", fields.collect::<String>())
}

/// What stands between two events. Data that were glued together have nothing there.
fn between(kind: Kind) -> impl Strategy<Value = &'static str> {
    match kind {
        Kind::Sysmon | Kind::Security => {
            select(vec!["\n", "\n", "\n", "\r\n", "", "\n\n\n", "\n  ", "\n\t"])
        }
        Kind::Json | Kind::Pairs => {
            select(vec!["\n", "\n", "\r\n", "\n\n", "\r", "\n \n", "\n", "\n"])
        }
    }
}

/// A dataset of one kind.
fn data(kind: Kind, most: usize) -> impl Strategy<Value = Data> {
    let codes = match kind {
        Kind::Sysmon => vec![1, 1, 1, 3, 7, 11, 12, 13, 13, 22, 255],
        _ => vec![4688, 4688, 4624, 4625, 4657, 1102, 5140],
    };
    let event = (
        select(codes),
        time(),
        fields(),
        between(kind),
        prop::bool::weighted(0.03),
    );
    prop::collection::vec(event, 1..=most).prop_map(move |events| {
        let mut bytes = Vec::new();
        for (record, (code, time, fields, between, broken)) in events.into_iter().enumerate() {
            let text = match kind {
                Kind::Sysmon | Kind::Security => xml(kind, code, time, &fields, record),
                Kind::Json => json(time, &fields, record),
                Kind::Pairs => pairs(time, &fields, record),
            };
            let start = bytes.len();
            bytes.extend_from_slice(text.as_bytes());
            if broken {
                // Not UTF-8: one byte of a value is lost.
                let place = start + text.len() - text.len() / 8 - 1;
                bytes[place] = 0xff;
            }
            bytes.extend_from_slice(between.as_bytes());
        }
        Data {
            source: kind.source(),
            sourcetype: kind.sourcetype(),
            bytes,
        }
    })
}

/// A dataset of any kind.
pub(crate) fn any_data(most: usize) -> impl Strategy<Value = (Kind, Data)> {
    let data = move |kind| data(kind, most).prop_map(move |data| (kind, data));
    prop_oneof![
        5 => data(Kind::Sysmon),
        2 => data(Kind::Security),
        2 => data(Kind::Json),
        2 => data(Kind::Pairs),
    ]
}
