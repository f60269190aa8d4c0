//! Windows event XML, as a forwarder renders it: `DRYFIRE_FORMAT = windows_event_xml`.
//!
//! It gives what the usual add-on's chain of transforms gives: the blocks as text, the elements of `<System>` that have
//! no attributes, all attributes in it, and the named `<Data>` of `<EventData>`. Entities stay as they are; empty values
//! are absent; a name that occurs again becomes a list.

use std::sync::Arc;

use hashbrown::HashMap;
use indexmap::IndexSet;
use memchr::{memchr, memmem};

/// The wanted names and where their values go.
pub(super) struct Wanted<'a> {
    places: HashMap<&'a str, usize>,
    system: bool,
    data: bool,
}

/// Names that only `<System>` gives.
const SYSTEM: &[&str] = &[
    "System_Props_Xml", "Guid", "EventSourceName", "EventID", "EventCode", "Qualifiers", "Version", "Level", "Task",
    "Opcode", "Keywords", "SystemTime", "EventRecordID", "ActivityID", "RelatedActivityID", "ProcessID", "ThreadID",
    "Channel", "Computer", "UserID",
];

impl<'a> Wanted<'a> {
    pub(super) fn new(names: &'a [Arc<str>]) -> Self {
        let places = names.iter().enumerate().map(|(place, name)| (&**name, place)).collect();
        let system_only = |name: &Arc<str>| SYSTEM.contains(&&**name);
        Self { places, system: true, data: !names.iter().all(system_only) }
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
    let mut rest = event;
    if let Some((block, after)) = block(event, "<System>", "</System>") {
        if system {
            give("System_Props_Xml", block);
            read_system(block, give);
        }
        rest = after;
    }
    if !data {
        return;
    }
    if let Some((block, after)) = open_block(rest, "<EventData", "</EventData>") {
        if !block.trim().is_empty() {
            give("EventData_Xml", block);
        }
        read_data(block, give);
        rest = after;
    }
    if let Some((block, after)) = open_block(rest, "<UserData", "</UserData>") {
        give("UserData_Xml", block);
        rest = after;
    }
    if let Some((block, _)) = open_block(rest, "<RenderingInfo", "</RenderingInfo>") {
        give("RenderingInfo_Xml", block);
        for tag in (Tags { rest: block }) {
            if matches!(tag.name, "Message" | "Level" | "Task" | "Opcode" | "Keywords" | "Channel" | "Provider") && !tag.text.is_empty() {
                give(tag.name, tag.text);
            }
        }
    }
}

/// The text between an opening tag as written and its closing tag, and what follows.
fn block<'e>(text: &'e str, open: &str, close: &str) -> Option<(&'e str, &'e str)> {
    let start = memmem::find(text.as_bytes(), open.as_bytes())? + open.len();
    let length = memmem::find(&text.as_bytes()[start..], close.as_bytes())?;
    Some((&text[start..start + length], &text[start + length + close.len()..]))
}

/// The same for an opening tag that may have attributes.
fn open_block<'e>(text: &'e str, open: &str, close: &str) -> Option<(&'e str, &'e str)> {
    let (inside, after) = block(text, open, close)?;
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
            let Some(quote @ ('\'' | '"')) = after.chars().next() else { break };
            let Some((value, after)) = after[1..].split_once(quote) else { break };
            if !value.is_empty() {
                give(name.trim(), value);
            }
            attributes = after;
        }
    }
}

fn read_data<'e>(block: &'e str, give: &mut dyn FnMut(&'e str, &'e str)) {
    let mut rest = block;
    while let Some(at) = memmem::find(rest.as_bytes(), b"<Data ") {
        rest = &rest[at + 6..];
        let Some(named) = rest.strip_prefix("Name=") else { continue };
        let Some(quote @ ('\'' | '"')) = named.chars().next() else { continue };
        let Some(length) = memchr(quote as u8, &named.as_bytes()[1..]) else { return };
        let (name, after) = (&named[1..=length], &named[length + 2..]);
        let Some(text) = after.trim_start().strip_prefix('>') else {
            rest = after;
            continue;
        };
        let Some(length) = memmem::find(text.as_bytes(), b"</Data>") else { return };
        if length > 0 {
            give(name, &text[..length]);
        }
        rest = &text[length..];
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
            let (head, empty) = head.strip_suffix('/').map_or((head, false), |head| (head, true));
            let (name, attributes) = head.split_once(char::is_whitespace).unwrap_or((head, ""));
            let text = if empty { "" } else { &after[..memchr(b'<', after.as_bytes()).unwrap_or(0)] };
            self.rest = after;
            return Some(Tag { name, attributes, text });
        }
    }
}

/// The name with Splunk's key cleaning: what is no letter, digit or `_` becomes `_`; leading `_` and digits go. `None`
/// where nothing changes.
fn clean(name: &str) -> Option<String> {
    let plain = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let bad_start = |character: char| character == '_' || character.is_ascii_digit();
    if name.chars().all(plain) && !name.starts_with(bad_start) {
        return None;
    }
    let cleaned: String = name.chars().map(|character| if plain(character) { character } else { '_' }).collect();
    Some(cleaned.trim_start_matches(bad_start).to_owned())
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
