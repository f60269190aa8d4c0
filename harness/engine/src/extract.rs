//! Native extractors: the fields that an event's own form gives, for the names that are wanted.

mod json;
mod key_value;
mod stash;
mod windows_text;
mod windows_xml;

use std::sync::Arc;

use dryfire_plan::Format;

use crate::column::{Column, DictBuilder};

/// Extracts the wanted fields of the events, one column a name.
pub(crate) fn extract<'a>(
    format: Format,
    events: impl ExactSizeIterator<Item = &'a str>,
    wanted: &[Arc<str>],
) -> Vec<Column> {
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
                key_value::read(event, wanted, &mut found);
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
    builders.into_iter().map(DictBuilder::finish).collect()
}

/// The names that the events have, in order of first appearance.
pub(crate) fn names<'a>(format: Format, events: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names = indexmap::IndexSet::new();
    for event in events {
        match format {
            Format::WindowsEventXml => windows_xml::names(event, &mut names),
            Format::WindowsEventText if windows_text::is_xml(event) => {
                windows_xml::names(event, &mut names);
            }
            Format::WindowsEventText => windows_text::names(event, &mut names),
            Format::Json => json::names(event, &mut names),
            Format::KeyValue => key_value::names(event, &mut names),
            Format::Stash => stash::names(event, &mut names),
        }
    }
    names.into_iter().collect()
}

fn flush<S: AsRef<str>>(builders: &mut [DictBuilder], found: &mut [Vec<S>]) {
    for (builder, values) in builders.iter_mut().zip(found) {
        builder.push_all(values);
        values.clear();
    }
}
