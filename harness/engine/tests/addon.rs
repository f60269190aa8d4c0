//! An add-on that takes Windows event XML apart by transforms, as add-ons from the field do, gives what the native
//! extractor gives.

use std::sync::Arc;

use dryfire_engine::{Dataset, Input, Part, Stamp, Table, View};

#[path = "support/session.rs"]
mod session;

use session::{Manner, NOW, Session, bound};

/// Blocks first, then what is in them. A name that comes again adds a value.
const PROPS: &str = include_str!("addon/TA_windows_xml/default/props.conf");
const TRANSFORMS: &str = include_str!("addon/TA_windows_xml/default/transforms.conf");

const EVENTS: &[&str] = &[
    "<Event xmlns='http://x'><System><Provider Name='Microsoft-Windows-Sysmon' Guid='{5770385F}'/>\
     <EventID>1</EventID><Version>5</Version><Level>4</Level><Task>1</Task><Opcode>0</Opcode>\
     <Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='2023-01-01T00:00:01.1234567Z'/>\
     <EventRecordID>7</EventRecordID><Correlation/><Execution ProcessID='11' ThreadID='12'/>\
     <Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>web.example</Computer>\
     <Security UserID='S-1-5-18'/></System><EventData><Data Name='RuleName'>-</Data>\
     <Data Name='CommandLine'>cmd /c \"a &amp; b\"</Data><Data Name='Odd Name'>x</Data><Data Name='Empty'></Data>\
     <Data Name='None'/><Data Name='Twice'>1</Data><Data Name='Twice'>2</Data><Data>unnamed</Data></EventData></Event>",
    "<Event xmlns=\"http://x\"><System><Provider Name=\"Service Control Manager\" EventSourceName=\"SCM\"/>\
     <EventID Qualifiers=\"16384\">7045</EventID><TimeCreated SystemTime=\"2023-01-01T00:00:02Z\"/>\
     <Channel>System</Channel><Computer>web.example</Computer><Security UserID=\"\"/></System>\
     <EventData Name=\"Service\">\n<Data Name=\"ServiceName\">evil</Data>\n</EventData></Event>",
    "<Event xmlns='http://x'><System><Provider Name='P'/><EventID>4719</EventID>\
     <TimeCreated SystemTime='2023-01-01T00:00:03Z'/><Channel>Security</Channel></System>\
     <UserData><Inner xmlns='y'><SubjectUserName>bob</SubjectUserName></Inner></UserData>\
     <RenderingInfo Culture='en-US'><Message>Audit: a\nb</Message><Level>Information</Level></RenderingInfo></Event>",
];

fn view(session: &Session) -> View {
    let input = Input {
        name: "events".into(),
        source: "XmlWinEventLog:Test".into(),
        sourcetype: "XmlWinEventLog".into(),
        host: "h".into(),
        fallback_time: NOW,
        unit_bytes: dryfire_engine::ingest::UNIT_BYTES,
    };
    let text = EVENTS.join("\n");
    let data = Dataset::open(
        input,
        Arc::new(text.into_bytes()),
        &session.library.knowledge,
    );
    let stamp = Stamp {
        index: "main".into(),
        host: None,
        shift: 0,
    };
    View {
        parts: vec![Part {
            data: Arc::new(data.expect("a dataset")),
            stamp,
        }],
    }
}

fn rows(session: &mut Session, spl: &str) -> Table {
    let search = session.prepare(spl).expect("a sound search");
    let bound = bound(search, view(session));
    session
        .run(&[bound], &Manner::default())
        .swap_remove(0)
        .expect("rows")
        .table
}

#[test]
fn transforms_give_what_the_native_extractor_gives() {
    let files = [("props.conf", PROPS), ("transforms.conf", TRANSFORMS)];
    let files = files.map(|(name, text)| (format!("default/{name}"), text.to_owned()));
    let (mut native, mut addon) = (Session::new(&[]), Session::new(&files));
    let every = "search index=* | table *";
    let (expected, found) = (rows(&mut native, every), rows(&mut addon, every));
    assert_eq!(expected.len(), EVENTS.len());
    let names: Vec<Arc<str>> = expected.names().chain(found.names()).cloned().collect();
    assert!(names.len() > 40);
    for row in 0..EVENTS.len() {
        for name in &names {
            assert_eq!(
                found.column_or_null(name).get(row),
                expected.column_or_null(name).get(row),
                "{name} in row {row}"
            );
        }
    }
    // And where one field is asked for: the literal must be sought in the raw text, the extraction run.
    let one = "search Twice=2 CommandLine=\"*a &amp; b*\" | table Twice ServiceName";
    let (expected, found) = (rows(&mut native, one), rows(&mut addon, one));
    assert_eq!((expected.len(), found.len()), (1, 1));
    assert_eq!(found.value(0, "Twice"), expected.value(0, "Twice"));
}
