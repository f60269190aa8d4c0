//! Walks XML text: elements and attributes with their paths, as `spath` and `xmlkv` name them.

use std::collections::BTreeMap;

/// An element or an attribute that was read.
pub(crate) struct Found<'p> {
    /// `Event.System.EventID`, `Event.System.Provider{@Name}`.
    pub(crate) name: &'p str,
    /// The same with the place of each element among its namesakes, from 1: `a{1}.b{2}`.
    pub(crate) indexed: &'p str,
    /// The text, entities resolved; of an element that has elements, what stands in it.
    pub(crate) text: String,
    /// Whether it has no elements in it.
    pub(crate) is_leaf: bool,
}

struct Open {
    /// Lengths of the two names before this element.
    lengths: (usize, usize),
    tag: String,
    inner: usize,
    text: String,
    has_elements: bool,
    /// How many elements of each name it has.
    counts: BTreeMap<String, usize>,
}

/// Visits every complete element, and every attribute.
pub(crate) fn walk(text: &str, visit: &mut dyn FnMut(Found<'_>)) {
    let (mut name, mut indexed) = (String::new(), String::new());
    let mut open: Vec<Open> = Vec::new();
    let mut roots: BTreeMap<String, usize> = BTreeMap::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|start| at + start) {
        if let Some(element) = open.last_mut() {
            element.text.push_str(&decode(&text[at..start]));
        }
        let rest = &text[start..];
        if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let Some(end) = data.find("]]>") else { return };
            if let Some(element) = open.last_mut() {
                element.text.push_str(&data[..end]);
            }
            at = start + 9 + end + 3;
            continue;
        }
        let end_mark = if rest.starts_with("<!--") { "-->" } else { ">" };
        let Some(end) = tag_end(rest, end_mark) else {
            return;
        };
        at = start + end;
        let tag = &rest[1..end - end_mark.len()];
        if tag.starts_with(['!', '?']) {
            continue;
        }
        if let Some(closing) = tag.strip_prefix('/') {
            // Elements that were never closed end with the one around them.
            let Some(place) = open
                .iter()
                .rposition(|element| element.tag == closing.trim())
            else {
                continue;
            };
            while open.len() > place {
                if let Some(element) = open.pop() {
                    close(
                        &element,
                        &text[element.inner..start],
                        &mut name,
                        &mut indexed,
                        visit,
                    );
                }
            }
            continue;
        }
        let is_empty = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        let split = tag.find(char::is_whitespace).unwrap_or(tag.len());
        let (called, attributes) = tag.split_at(split);
        if called.is_empty() {
            continue;
        }
        let lengths = (name.len(), indexed.len());
        let counts = match open.last_mut() {
            Some(parent) => {
                parent.has_elements = true;
                &mut parent.counts
            }
            None => &mut roots,
        };
        let count = counts.entry(called.to_owned()).or_default();
        *count += 1;
        let dot = if name.is_empty() { "" } else { "." };
        name.push_str(&format!("{dot}{called}"));
        indexed.push_str(&format!("{dot}{called}{{{count}}}"));
        each_attribute(attributes, |attribute, value| {
            let (name, indexed) = (
                format!("{name}{{@{attribute}}}"),
                format!("{indexed}{{@{attribute}}}"),
            );
            visit(Found {
                name: &name,
                indexed: &indexed,
                text: decode(value),
                is_leaf: true,
            });
        });
        let tag = called.to_owned();
        let element = Open {
            lengths,
            tag,
            inner: at,
            text: String::new(),
            has_elements: false,
            counts: BTreeMap::new(),
        };
        if is_empty {
            close(&element, "", &mut name, &mut indexed, visit);
        } else {
            open.push(element);
        }
    }
}

fn close(
    element: &Open,
    inner: &str,
    name: &mut String,
    indexed: &mut String,
    visit: &mut dyn FnMut(Found<'_>),
) {
    let text = if element.has_elements {
        inner.trim().to_owned()
    } else {
        element.text.trim().to_owned()
    };
    visit(Found {
        name,
        indexed,
        text,
        is_leaf: !element.has_elements,
    });
    name.truncate(element.lengths.0);
    indexed.truncate(element.lengths.1);
}

/// The place after a tag; `>` in a quoted value does not end it.
fn tag_end(text: &str, mark: &str) -> Option<usize> {
    if mark != ">" {
        return text.find(mark).map(|end| end + mark.len());
    }
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => {}
        }
    }
    None
}

fn each_attribute(text: &str, mut give: impl FnMut(&str, &str)) {
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after
            .chars()
            .next()
            .filter(|quote| matches!(quote, '"' | '\''))
        else {
            return;
        };
        let Some((value, after)) = after[1..].split_once(quote) else {
            return;
        };
        give(name.trim(), value);
        rest = after;
    }
}

/// Text with its entities resolved.
pub(super) fn decode(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let entity = after
            .split_once(';')
            .and_then(|(name, after)| Some((character(name)?, after)));
        match entity {
            Some((character, after)) => {
                decoded.push(character);
                rest = after;
            }
            None => {
                decoded.push('&');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn elements_and_attributes_have_paths() {
        let mut found = Vec::new();
        super::walk(
            "<?xml?><a x='1>2'><!-- <n> --><b>1</b><b>&lt;2</b><c/></a><d",
            &mut |one| {
                found.push(format!("{} {} {}", one.name, one.indexed, one.text));
            },
        );
        assert_eq!(
            found,
            [
                "a{@x} a{1}{@x} 1>2",
                "a.b a{1}.b{1} 1",
                "a.b a{1}.b{2} <2",
                "a.c a{1}.c{1} ",
                "a a{1} <!-- <n> --><b>1</b><b>&lt;2</b><c/>"
            ]
        );
    }
}
