//! The data that mutated searches run on: a few events of each kind.

use std::sync::Arc;

use dryfire_engine::{Dataset, Input, Part, Stamp, Stop, View};

use crate::session::{NOW, Session};

/// Sysmon's sourcetype and source.
pub(crate) const XML: (&str, &str) = (
    "XmlWinEventLog",
    "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
);

/// Events as they stand in the data: sourcetype, source, text.
pub(crate) fn events() -> Vec<(&'static str, &'static str, String)> {
    let xml = |record: usize, code: u32, image: &str, user: &str| {
        format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>{code}</EventID>\
             <TimeCreated SystemTime='2023-11-14T22:1{record}:05.123456Z'/><EventRecordID>{record}</EventRecordID><Channel>Microsoft-Windows-Sysmon/Operational</Channel>\
             <Computer>host{record}</Computer></System><EventData><Data Name='Image'>{image}</Data><Data Name='CommandLine'>{image} /c \"whoami &amp; x\"</Data>\
             <Data Name='User'>{user}</Data><Data Name='ProcessId'>{record}0</Data></EventData></Event>\n"
        )
    };
    let sysmon = [
        xml(0, 1, r"C:\Windows\System32\cmd.exe", r"NT AUTHORITY\SYSTEM"),
        xml(
            1,
            1,
            r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
            "bob",
        ),
        xml(2, 13, r"C:\Users\Ünal\päck.exe", "alice"),
        xml(3, 11, "", "bob"),
    ]
    .concat();
    let json = "{\"timestamp\":\"2023-11-14T22:13:05Z\",\"id\":1,\"User\":\"bob\",\"nested\":{\"a\":[{\"b\":1},{\"b\":\"x\"}],\"c\":null}}\n\
                {\"timestamp\":\"2023-11-14T22:13:06Z\",\"id\":2.50,\"User\":[\"a\",\"b\"],\"Image\":\"p\\u00e4ck\"}\n";
    let pairs = "time=2023-11-14T22:13:05Z id=1 User=bob src=10.1.2.3 msg=\"a, b=c\"\ntime=2023-11-14T22:13:07Z id=2 User=\"al ice\" count=5\n";
    vec![
        (XML.0, XML.1, sysmon),
        ("_json", "test.json", json.to_owned()),
        ("test:pairs", "test.log", pairs.to_owned()),
    ]
}

/// A dataset of one text.
pub(crate) fn part(
    sourcetype: &str,
    source: &str,
    text: &str,
    unit_bytes: usize,
    session: &Session,
) -> Result<Part, Stop> {
    let input = Input {
        name: "data".into(),
        source: source.into(),
        sourcetype: sourcetype.into(),
        host: "host".into(),
        fallback_time: NOW,
        unit_bytes,
    };
    let data = Dataset::open(
        input,
        Arc::new(text.as_bytes().to_vec()),
        &session.library.knowledge,
    )?;
    Ok(Part {
        data: Arc::new(data),
        stamp: Stamp {
            index: "main".into(),
            host: None,
            shift: 0,
        },
    })
}

/// All of [`events`].
pub(crate) fn view(session: &Session) -> View {
    let opened = |(sourcetype, source, text): (_, _, String)| {
        part(sourcetype, source, &text, 8 << 20, session).expect("data that can be read")
    };
    View {
        parts: events().into_iter().map(opened).collect(),
    }
}
