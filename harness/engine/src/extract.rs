//! Native extractors: the fields that an event's own form gives, for the names that are wanted.

pub(crate) mod json;
mod key_value;
pub(crate) mod rule;
mod stash;
mod windows_text;
mod windows_xml;
mod xml;

use std::sync::Arc;

use dryfire_plan::Format;

use crate::column::{Column, DictBuilder};
use crate::env::Limits;

/// Extracts the wanted fields of the events, one column a name; and whether a limit kept some from being read.
pub(crate) fn extract<'a>(
    format: Format,
    events: impl ExactSizeIterator<Item = &'a str>,
    wanted: &[Arc<str>],
    limits: &Limits,
) -> (Vec<Column>, bool) {
    let mut is_cut = false;
    let mut builders: Vec<DictBuilder> = wanted
        .iter()
        .map(|_| DictBuilder::new(events.len()))
        .collect();
    match format {
        Format::WindowsEventXml => {
            let names = windows_xml::Wanted::new(wanted);
            let mut found: Vec<Vec<&str>> = vec![Vec::new(); wanted.len()];
            for event in events {
                windows_xml::read(event, &names, &mut found);
                flush(&mut builders, &mut found);
            }
        }
        Format::WindowsEventText => {
            let names = windows_xml::Wanted::new(wanted);
            let mut found: Vec<Vec<&str>> = vec![Vec::new(); wanted.len()];
            for event in events {
                if windows_text::is_xml(event) {
                    windows_xml::read(event, &names, &mut found);
                } else {
                    windows_text::read(event, wanted, &mut found);
                }
                flush(&mut builders, &mut found);
            }
        }
        Format::Json => {
            let paths = json::Paths::new(wanted);
            for event in events {
                json::read(event, &paths, &mut builders);
            }
        }
        Format::KeyValue => {
            let mut found: Vec<Vec<String>> = vec![Vec::new(); wanted.len()];
            for event in events {
                is_cut |= key_value::read(event, wanted, &mut found, limits);
                flush(&mut builders, &mut found);
            }
        }
        Format::KeyValueEscaped => {
            let mut found: Vec<Vec<String>> = vec![Vec::new(); wanted.len()];
            for event in events {
                is_cut |= key_value::read(event, wanted, &mut found, limits);
                for value in found.iter_mut().flatten() {
                    *value = key_value::unescaped(value);
                }
                flush(&mut builders, &mut found);
            }
        }
        Format::Xml => {
            let mut found: Vec<Vec<String>> = vec![Vec::new(); wanted.len()];
            for event in events {
                xml::read(event, wanted, &mut found);
                flush(&mut builders, &mut found);
            }
        }
        Format::Stash => {
            let mut found: Vec<Vec<String>> = vec![Vec::new(); wanted.len()];
            for event in events {
                stash::read(event, wanted, &mut found);
                flush(&mut builders, &mut found);
            }
        }
    }
    let columns = builders.into_iter().map(DictBuilder::finish).collect();
    (columns, is_cut)
}

/// The names that the events have, in order of first appearance.
pub(crate) fn names<'a>(
    format: Format,
    events: impl Iterator<Item = &'a str>,
    limits: &Limits,
) -> Vec<String> {
    let mut names = indexmap::IndexSet::new();
    for event in events {
        match format {
            Format::WindowsEventXml => windows_xml::names(event, &mut names),
            Format::WindowsEventText if windows_text::is_xml(event) => {
                windows_xml::names(event, &mut names);
            }
            Format::WindowsEventText => windows_text::names(event, &mut names),
            Format::Json => json::names(event, &mut names),
            Format::KeyValue | Format::KeyValueEscaped => {
                key_value::names(event, &mut names, limits);
            }
            Format::Xml => xml::names(event, &mut names),
            Format::Stash => stash::names(event, &mut names),
        }
    }
    names.into_iter().collect()
}

/// The first pair that the limits keep from being read and that `wanted` names, with no pair of its name before it.
pub(crate) fn beyond(
    event: &str,
    limits: &Limits,
    wanted: impl Fn(&str) -> bool,
) -> Option<String> {
    key_value::beyond(event, limits, wanted)
}

fn flush<S: AsRef<str>>(builders: &mut [DictBuilder], found: &mut [Vec<S>]) {
    for (builder, values) in builders.iter_mut().zip(found) {
        builder.push_all(values);
        values.clear();
    }
}
