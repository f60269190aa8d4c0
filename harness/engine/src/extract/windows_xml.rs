//! Windows event XML, as a forwarder renders it: `DRYFIRE_FORMAT = windows_event_xml`.
//!
//! It gives what the usual add-on's chain of transforms gives: the blocks as text, the elements of `<System>` that have
//! no attributes, all attributes in it, and the named `<Data>` of `<EventData>`. Entities stay as they are; empty values
//! are absent; a name that occurs again becomes a list.

use std::sync::{Arc, LazyLock};

use hashbrown::HashMap;
use indexmap::IndexSet;
use memchr::memchr;
use memchr::memmem::Finder;

/// The wanted names and where their values go.
pub(super) struct Wanted<'a> {
    places: HashMap<&'a str, usize>,
    system: bool,
    data: bool,
}

/// Names that only `<System>` gives.
const SYSTEM: &[&str] = &[
    "System_Props_Xml",
    "Guid",
    "EventSourceName",
    "EventID",
    "EventCode",
    "Qualifiers",
    "Version",
    "Level",
    "Task",
    "Opcode",
    "Keywords",
    "SystemTime",
    "EventRecordID",
    "ActivityID",
    "RelatedActivityID",
    "ProcessID",
    "ThreadID",
    "Channel",
    "Computer",
    "UserID",
];

impl<'a> Wanted<'a> {
    pub(super) fn new(names: &'a [Arc<str>]) -> Self {
        let places = names
            .iter()
            .enumerate()
            .map(|(place, name)| (&**name, place))
            .collect();
        let system_only = |name: &Arc<str>| SYSTEM.contains(&&**name);
        Self {
            places,
            system: true,
            data: !names.iter().all(system_only),
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }
}

/// Reads the wanted fields of one event.
pub(super) fn read<'e>(event: &'e str, wanted: &Wanted<'_>, found: &mut [Vec<&'e str>]) {
    walk(event, wanted.system, wanted.data, &mut |name, value| {
        let place = match clean(name) {
            None => wanted.place(name),
            Some(cleaned) => wanted.place(&cleaned),
        };
        if let Some(place) = place {
            found[place].push(value);
        }
    });
}

/// The names that one event has.
pub(super) fn names(event: &str, names: &mut IndexSet<String>) {
    walk(event, true, true, &mut |name, _| {
        let name = clean(name).unwrap_or_else(|| name.to_owned());
        if !names.contains(&name) {
            names.insert(name);
        }
    });
}

fn walk<'e>(event: &'e str, system: bool, data: bool, give: &mut dyn FnMut(&'e str, &'e str)) {
    let [system_tags, event_data, user_data, rendering] = &*TAGS;
    let mut rest = event;
    if let Some((block, after)) = block(event, system_tags) {
        if system {
            give("System_Props_Xml", block);
            read_system(block, give);
        }
        rest = after;
    }
    if !data {
        return;
    }
    if let Some((block, after)) = open_block(rest, event_data) {
        if !block.trim().is_empty() {
            give("EventData_Xml", block);
        }
        read_data(block, give);
        rest = after;
    }
    if let Some((block, after)) = open_block(rest, user_data) {
        give("UserData_Xml", block);
        rest = after;
    }
    if let Some((block, _)) = open_block(rest, rendering) {
        give("RenderingInfo_Xml", block);
        for tag in (Tags { rest: block }) {
            if matches!(
                tag.name,
                "Message" | "Level" | "Task" | "Opcode" | "Keywords" | "Channel" | "Provider"
            ) && !tag.text.is_empty()
            {
                give(tag.name, tag.text);
            }
        }
    }
}

/// The tags of the blocks. Building a finder costs more than using it once.
static TAGS: LazyLock<[(Finder<'static>, Finder<'static>); 4]> = LazyLock::new(|| {
    [
        ("<System>", "</System>"),
        ("<EventData", "</EventData>"),
        ("<UserData", "</UserData>"),
        ("<RenderingInfo", "</RenderingInfo>"),
    ]
    .map(|(open, close)| (Finder::new(open), Finder::new(close)))
});

/// The text between an opening tag as written and its closing tag, and what follows.
fn block<'e>(
    text: &'e str,
    (open, close): &(Finder<'static>, Finder<'static>),
) -> Option<(&'e str, &'e str)> {
    let start = open.find(text.as_bytes())? + open.needle().len();
    let length = close.find(&text.as_bytes()[start..])?;
    Some((
        &text[start..start + length],
        &text[start + length + close.needle().len()..],
    ))
}

/// The same for an opening tag that may have attributes.
fn open_block<'e>(
    text: &'e str,
    tags: &(Finder<'static>, Finder<'static>),
) -> Option<(&'e str, &'e str)> {
    let (inside, after) = block(text, tags)?;
    let (attributes, inside) = inside.split_once('>')?;
    let real = attributes.is_empty() || attributes.starts_with(char::is_whitespace);
    (real && !attributes.ends_with('/')).then_some((inside, after))
}

fn read_system<'e>(block: &'e str, give: &mut dyn FnMut(&'e str, &'e str)) {
    for tag in (Tags { rest: block }) {
        if tag.name == "EventID" && !tag.text.is_empty() {
            give("EventCode", tag.text);
        }
        if tag.attributes.is_empty() && !tag.text.is_empty() {
            give(tag.name, tag.text);
        }
        let mut attributes = tag.attributes;
        while let Some((name, after)) = attributes.split_once('=') {
            let Some(quote @ ('\'' | '"')) = after.chars().next() else {
                break;
            };
            let Some((value, after)) = after[1..].split_once(quote) else {
                break;
            };
            if !value.is_empty() {
                give(name.trim(), value);
            }
            attributes = after;
        }
    }
}

/// Values are encoded, so that a `<` always begins a tag.
fn read_data<'e>(block: &'e str, give: &mut dyn FnMut(&'e str, &'e str)) {
    let bytes = block.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        at += found + 1;
        let Some(named) = bytes[at..].strip_prefix(b"Data Name=") else {
            continue;
        };
        let Some(quote @ (b'\'' | b'"')) = named.first().copied() else {
            continue;
        };
        let name_at = at + "Data Name=".len() + 1;
        let Some(name_length) = memchr(quote, &bytes[name_at..]) else {
            return;
        };
        let after = name_at + name_length + 1;
        // `<Data Name='x'/>` has no value.
        if bytes.get(after) != Some(&b'>') {
            at = after;
            continue;
        }
        let text_at = after + 1;
        let Some(length) = memchr(b'<', &bytes[text_at..]) else {
            return;
        };
        if length > 0 {
            give(
                &block[name_at..name_at + name_length],
                &block[text_at..text_at + length],
            );
        }
        at = text_at + length;
    }
}

/// Elements in a row: `<Name attributes>text</Name>` and `<Name attributes/>`.
struct Tags<'e> {
    rest: &'e str,
}

struct Tag<'e> {
    name: &'e str,
    attributes: &'e str,
    text: &'e str,
}

impl<'e> Iterator for Tags<'e> {
    type Item = Tag<'e>;

    fn next(&mut self) -> Option<Tag<'e>> {
        loop {
            let start = memchr(b'<', self.rest.as_bytes())?;
            let inside = &self.rest[start + 1..];
            let end = memchr(b'>', inside.as_bytes())?;
            let (head, after) = (&inside[..end], &inside[end + 1..]);
            if head.starts_with('/') {
                self.rest = after;
                continue;
            }
            let (head, empty) = head
                .strip_suffix('/')
                .map_or((head, false), |head| (head, true));
            let (name, attributes) = head.split_once(char::is_whitespace).unwrap_or((head, ""));
            let text = if empty {
                ""
            } else {
                &after[..memchr(b'<', after.as_bytes()).unwrap_or(0)]
            };
            self.rest = after;
            return Some(Tag {
                name,
                attributes,
                text,
            });
        }
    }
}

/// The name with Splunk's key cleaning: what is no letter, digit or `_` becomes `_`; leading `_` and digits go. `None`
/// where nothing changes.
fn clean(name: &str) -> Option<String> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let starts_well = name.as_bytes().first().is_none_or(u8::is_ascii_alphabetic);
    if starts_well && name.as_bytes().iter().all(plain) {
        return None;
    }
    let kept = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let cleaned: String = name
        .chars()
        .map(|character| if kept(character) { character } else { '_' })
        .collect();
    Some(
        cleaned
            .trim_start_matches(|start: char| start == '_' || start.is_ascii_digit())
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = "<Event xmlns='x'><System><Provider Name='Microsoft-Windows-Sysmon' Guid='{5}'/>\
        <EventID Qualifiers='7'>1</EventID><Level>4</Level><Security UserID=''/></System><EventData>\
        <Data Name='Product Name'>a &amp; b</Data><Data Name='X'>1</Data><Data Name='X'>2</Data><Data Name='E'></Data>\
        <Data Name='F'/><Data>unnamed</Data></EventData></Event>";

    #[track_caller]
    fn check(name: &str, expected: &[&str]) {
        let names = [Arc::from(name)];
        let mut found = vec![Vec::new()];
        read(EVENT, &Wanted::new(&names), &mut found);
        assert_eq!(found[0], expected, "{name}");
    }

    #[test]
    fn each_part_gives_its_fields() {
        check("Name", &["Microsoft-Windows-Sysmon"]);
        check("EventID", &[]);
        check("EventCode", &["1"]);
        check("Qualifiers", &["7"]);
        check("Level", &["4"]);
        check("UserID", &[]);
        check("Product_Name", &["a &amp; b"]);
        check("X", &["1", "2"]);
        check("E", &[]);
        check("F", &[]);
    }
}
