//! Names that commands make out of names: aggregations, renames, lists of fields, columns of lookups.

use std::collections::BTreeSet;

use dryfire_knowledge::LookupSource;
use dryfire_spl::ast::{Aggregate, Argument, Lookup, Rename, Stats, Tstats};

use crate::fieldset::{FieldSet, capture, pattern_matches};
use crate::library::Library;
use crate::lower::term_prefix;

/// The pattern's stars, filled.
pub(super) fn fill(pattern: &str, parts: &[&str]) -> String {
    let mut pieces = pattern.split('*');
    let mut name = pieces.next().unwrap_or_default().to_owned();
    for (place, piece) in pieces.enumerate() {
        name.push_str(parts.get(place).copied().unwrap_or("*"));
        name.push_str(piece);
    }
    name
}

pub(super) fn stats_after(
    stats: &Stats,
    fields: &FieldSet,
    renamed: &mut Vec<(String, String)>,
) -> FieldSet {
    let by: BTreeSet<String> = stats.by.iter().map(|by| by.field.text.clone()).collect();
    aggregates_after(&stats.aggregates, fields, &by, renamed).union(FieldSet::Some(by))
}

pub(super) fn aggregates_after(
    aggregates: &[Aggregate],
    fields: &FieldSet,
    by: &BTreeSet<String>,
    renamed: &mut Vec<(String, String)>,
) -> FieldSet {
    let mut made = FieldSet::none();
    for aggregate in aggregates {
        let output = aggregate
            .name
            .as_ref()
            .map_or(&aggregate.text, |name| &name.text);
        let Argument::Field(field) = &aggregate.argument else {
            made.insert(output.clone());
            continue;
        };
        renamed.push((field.text.clone(), output.clone()));
        match fields {
            FieldSet::Some(names) if field.text.contains('*') && !fields.is_open() => {
                let fitting = names.iter().filter(|name| !by.contains(*name));
                fitting
                    .filter_map(|name| capture(&field.text, name))
                    .for_each(|parts| made.insert(fill(output, &parts)));
            }
            _ => made.insert(output.clone()),
        }
    }
    made
}

pub(super) fn tstats_after(tstats: &Tstats, renamed: &mut Vec<(String, String)>) -> FieldSet {
    let mut made = FieldSet::none();
    for aggregate in &tstats.aggregates {
        let output = aggregate
            .name
            .as_ref()
            .map_or(&aggregate.text, |name| &name.text);
        if let Argument::Field(field) = &aggregate.argument {
            renamed.push((field.text.clone(), output.clone()));
        }
        made.insert(output.clone());
    }
    tstats
        .by
        .iter()
        .for_each(|by| made.insert(term_prefix(&by.field.text).unwrap_or(&by.field.text)));
    made
}

/// Those of the names and patterns that can be there.
pub(super) fn narrowed<'a>(listed: impl Iterator<Item = &'a str>, fields: &FieldSet) -> FieldSet {
    let mut kept = FieldSet::none();
    for name in listed {
        match fields {
            _ if !name.contains('*') => {
                if fields.contains(name) {
                    kept.insert(name);
                }
            }
            FieldSet::Some(names) if !fields.is_open() => {
                names
                    .iter()
                    .filter(|known| pattern_matches(name, known))
                    .for_each(|known| kept.insert(known.clone()));
            }
            _ => kept.insert(name),
        }
    }
    kept
}

pub(super) fn without(fields: &mut FieldSet, name: &str) {
    match fields {
        FieldSet::Some(names) => {
            names.retain(|known| known.contains('*') || !pattern_matches(name, known))
        }
        FieldSet::AllExcept(_) if !name.contains('*') => fields.remove(name),
        FieldSet::AllExcept(_) => {}
    }
}

pub(super) fn renamed_after(
    renames: &[Rename],
    mut fields: FieldSet,
    renamed: &mut Vec<(String, String)>,
) -> FieldSet {
    for Rename { from, to } in renames {
        let (from, to) = (from.text.as_str(), to.text.as_str());
        if from == to {
            continue;
        }
        renamed.push((from.to_owned(), to.to_owned()));
        if !from.contains('*') {
            if fields.contains(from) {
                fields.remove(from);
                fields.insert(to);
            }
            continue;
        }
        let open = fields.is_open();
        match &mut fields {
            FieldSet::Some(names) => {
                let moved: Vec<String> = names
                    .iter()
                    .filter(|name| !name.contains('*') && pattern_matches(from, name))
                    .cloned()
                    .collect();
                for name in moved {
                    names.remove(&name);
                    names.extend(capture(from, &name).map(|parts| fill(to, &parts)));
                }
                if open {
                    names.insert(to.to_owned());
                }
            }
            FieldSet::AllExcept(_) => fields.insert(to),
        }
    }
    fields
}

pub(super) fn lookup_after(lookup: &Lookup, mut fields: FieldSet, library: &Library) -> FieldSet {
    match &lookup.output {
        Some(output) => {
            for field in &output.fields {
                fields.insert(field.name.as_ref().unwrap_or(&field.field).text.clone());
            }
        }
        None => {
            let Some(columns) = columns(&lookup.table.text, library) else {
                return FieldSet::all();
            };
            let matched = |column: &String| {
                lookup
                    .inputs
                    .iter()
                    .any(|input| input.field.text == *column)
            };
            columns
                .into_iter()
                .filter(|column| !matched(column))
                .for_each(|column| fields.insert(column));
        }
    }
    fields
}

/// The columns of a lookup, where they are known.
pub fn columns(table: &str, library: &Library) -> Option<Vec<String>> {
    let lookup = library.lookup(table)?;
    if lookup.has_any_column() {
        return None;
    }
    if let Some(native) = lookup.native() {
        return Some(
            native
                .columns()
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
        );
    }
    if let Some(table) = lookup.table() {
        return Some(table.columns().to_vec());
    }
    match &lookup.definition.source {
        LookupSource::KvStore { fields, .. } | LookupSource::External { fields, .. }
            if !fields.is_empty() =>
        {
            Some(fields.iter().cloned().chain(["_key".to_owned()]).collect())
        }
        _ => None,
    }
}
