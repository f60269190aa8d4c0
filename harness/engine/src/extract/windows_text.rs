//! Windows events in Splunk's classic text: `DRYFIRE_FORMAT = windows_event_text`.
//!
//! A line with the time, lines `Key=value`, and `Message=` with the rest of the event. It gives what Splunk's own
//! transforms for these sources give (`wel-message`, `wel-eq-kv`, `wel-col-kv`): the pairs of the head, `Message` as a
//! whole, and of its lines after the first those of the form `Name:` with white space and a value. Names are cleaned, a
//! name that occurs again becomes a list, empty values are absent. Without `Message=` there is nothing.
//!
//! An event that begins with `<Event` is read as XML: inputs of this name deliver both.

use std::sync::Arc;

use indexmap::IndexSet;

/// Whether the event is XML, not text.
pub(super) fn is_xml(event: &str) -> bool {
    event.trim_start().starts_with("<Event")
}

/// Reads the wanted fields of one event.
pub(super) fn read<'e>(event: &'e str, wanted: &[Arc<str>], found: &mut [Vec<&'e str>]) {
    walk(event, &mut |name, value| {
        let same = |wanted: &&Arc<str>| cleaned(name).eq(wanted.chars());
        if let Some(place) = wanted.iter().position(|name| same(&name)) {
            found[place].push(value);
        }
    });
}

/// The names that one event has.
pub(super) fn names(event: &str, names: &mut IndexSet<String>) {
    walk(event, &mut |name, _| {
        names.insert(cleaned(name).collect());
    });
}

fn walk<'e>(event: &'e str, give: &mut dyn FnMut(&'e str, &'e str)) {
    // The last line that begins so, as a greedy pattern finds it.
    let Some(at) = event.rfind("\nMessage=") else {
        return;
    };
    let message = &event[at + "\nMessage=".len()..];
    for line in event[..at].lines() {
        if let Some((name, value)) = line.split_once('=')
            && !value.is_empty()
        {
            give(name, value);
        }
    }
    if !message.is_empty() {
        give("Message", message);
    }
    // A pair needs a line end before it.
    for line in message.split(['\r', '\n']).skip(1) {
        if let Some((name, value)) = line.split_once(':')
            && value.starts_with([' ', '\t'])
            && !value.trim().is_empty()
        {
            give(name, value.trim());
        }
    }
}

/// Splunk's key cleaning: other characters become `_`, and leading ones and digits go.
fn cleaned(name: &str) -> impl Iterator<Item = char> {
    let clean = |next: char| {
        if next.is_ascii_alphanumeric() {
            next
        } else {
            '_'
        }
    };
    name.chars()
        .map(clean)
        .skip_while(|next| *next == '_' || next.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_the_message_and_its_lines() {
        let event = "03/04/2024 05:06:07 AM\nLogName=Security\nEventCode=4625\nMessage=An account failed: to log on.\n\n\
                     Subject:\n\tAccount Name:\t\tAA$\n\tLogon ID:\t\t0x3E7\n\nAccount For Which Logon Failed:\n\
                     \tAccount Name:\t\tbob\n\tAccount Domain:\t\t\n\tURL:http://x";
        let mut found = Vec::new();
        walk(event, &mut |name, value| {
            found.push(format!("{}={value}", cleaned(name).collect::<String>()));
        });
        let message = &event[event.find("An account").unwrap()..];
        let message = format!("Message={message}");
        assert_eq!(
            found,
            [
                "LogName=Security",
                "EventCode=4625",
                message.as_str(),
                "Account_Name=AA$",
                "Logon_ID=0x3E7",
                "Account_Name=bob"
            ]
        );
    }

    #[test]
    fn without_a_message_there_is_nothing() {
        let mut found = IndexSet::new();
        names("03/04/2024 05:06:07 AM\nLogName=Security", &mut found);
        assert!(found.is_empty());
    }
}
