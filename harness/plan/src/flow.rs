//! Which fields a search needs of its events, command by command from the end.

use dryfire_spl::ast::{Aggregate, Argument, Body, ByField, Command, Filter, Pipeline, Search, SearchKind, Stats, Target};

use crate::fieldset::{FieldSet, capture};
use crate::lower::field_names;

/// The fields that the commands from `first` on need, when all that they give is wanted.
pub fn needs(pipeline: &Pipeline, first: usize) -> FieldSet {
    pipeline.commands.iter().skip(first).rev().fold(FieldSet::all(), |wanted, command| before(command, wanted))
}

/// The fields that must be there before a command, so that it can give the wanted ones.
///
/// Too large a set costs time, too small a one gives wrong results: what is not known here needs everything.
pub fn before(command: &Command, mut wanted: FieldSet) -> FieldSet {
    let mut add = |names: &mut dyn Iterator<Item = String>| names.for_each(|name| wanted.insert(name));
    match (&command.body, command.name.as_str()) {
        (Body::Search(search), _) => add(&mut search_fields(search).into_iter()),
        (Body::Condition(condition), _) => add(&mut field_names(condition).into_iter()),
        (Body::Assignments(assignments), "eval") => {
            for assignment in assignments.iter().rev() {
                match &assignment.target {
                    Target::Field(name) => wanted.remove(name),
                    Target::Dynamic(_) => return FieldSet::all(),
                }
                field_names(&assignment.value).into_iter().for_each(|name| wanted.insert(name));
            }
        }
        (Body::Stats(stats), "stats" | "chart" | "timechart" | "sistats") => return stats_fields(stats, command.name == "timechart"),
        (Body::Stats(stats), "eventstats" | "streamstats") => {
            let names = stats_fields(stats, false);
            return wanted.union(names);
        }
        (Body::Fields(fields), "table") => return FieldSet::of(fields.names.iter().map(|name| name.text.clone())),
        (Body::Fields(fields), "fields") if fields.sign == Some(dryfire_spl::ast::Sign::Minus) => {
            fields.names.iter().filter(|name| !name.text.contains('*')).for_each(|name| wanted.remove(&name.text));
        }
        (Body::Fields(fields), "fields") => {
            let mut kept = FieldSet::of(fields.names.iter().map(|name| name.text.clone()));
            ["_time", "_raw"].into_iter().filter(|name| wanted.contains(name)).for_each(|name| kept.insert(name));
            return kept;
        }
        (Body::Fields(fields), "top" | "rare") => {
            return FieldSet::of(fields.names.iter().chain(&fields.by).map(|name| name.text.clone()));
        }
        (Body::Fields(fields), "dedup" | "fillnull" | "mvexpand" | "nomv") => {
            add(&mut fields.names.iter().map(|name| name.text.clone()));
            fields.sortby.iter().for_each(|key| wanted.insert(key.field.text.clone()));
        }
        (Body::Renames(renames), "rename") => {
            for rename in renames.iter().rev() {
                renamed(&rename.from.text, &rename.to.text, &mut wanted);
            }
        }
        (Body::Lookup(lookup), "lookup") => {
            add(&mut lookup.inputs.iter().map(|input| input.name.as_ref().unwrap_or(&input.field).text.clone()));
        }
        (Body::Pattern(_), "rex") => {
            let field = command.option("field").map_or("_raw", |field| field.text.as_str()).to_owned();
            wanted.insert(field);
        }
        (Body::Regex(filter), _) => {
            wanted.insert(filter.field.as_ref().map_or("_raw", |field| field.text.as_str()));
        }
        (Body::Convert(conversions), _) => add(&mut conversions.iter().map(|conversion| conversion.field.text.clone())),
        (Body::Field(field), "bin") => wanted.insert(field.field.text.clone()),
        (Body::Sort(sort), _) => add(&mut sort.keys.iter().map(|key| key.field.text.clone())),
        (Body::Count(_), "head" | "tail") => {}
        (Body::None, "reverse") => {}
        (Body::Transaction(transaction), _) => {
            for (_, filter) in &transaction.filters {
                match filter {
                    Filter::Search(search) => search_fields(search).into_iter().for_each(|name| wanted.insert(name)),
                    Filter::Eval(expr) => field_names(expr).into_iter().for_each(|name| wanted.insert(name)),
                }
            }
            return FieldSet::all();
        }
        // `join` and `append` keep the rows they are given; the keys of `join` must be there.
        (Body::Sub(sub), "join" | "append") => {
            if command.name == "join" && sub.fields.is_empty() {
                return FieldSet::all();
            }
            add(&mut sub.fields.iter().map(|field| field.text.clone()));
        }
        _ => return FieldSet::all(),
    }
    wanted
}

fn renamed(from: &str, to: &str, wanted: &mut FieldSet) {
    if !from.contains('*') {
        let was_wanted = wanted.contains(to);
        wanted.remove(to);
        if was_wanted {
            wanted.insert(from);
        }
        return;
    }
    if let FieldSet::Some(names) = wanted.clone() {
        for name in names {
            if name.contains('*') {
                // A pattern over new names: which old ones it stands for can't be told.
                *wanted = FieldSet::all();
                return;
            }
            if let Some(parts) = capture(to, &name) {
                let mut pieces = from.split('*');
                let mut old = pieces.next().unwrap_or_default().to_owned();
                for (part, piece) in parts.iter().zip(pieces) {
                    old.push_str(part);
                    old.push_str(piece);
                }
                wanted.insert(old);
            }
        }
    }
}

fn stats_fields(stats: &Stats, timechart: bool) -> FieldSet {
    let groups: Vec<&ByField> = stats.by.iter().chain(&stats.over).collect();
    let mut names = aggregation_fields(&stats.aggregates, &groups);
    if timechart {
        names.insert("_time");
    }
    names
}

/// The fields that aggregations and groups read.
pub fn aggregation_fields(aggregates: &[Aggregate], groups: &[&ByField]) -> FieldSet {
    let mut names = FieldSet::none();
    for aggregate in aggregates {
        match &aggregate.argument {
            Argument::None => {}
            Argument::Field(field) => names.insert(field.text.clone()),
            Argument::Eval(expr) => field_names(expr).into_iter().for_each(|name| names.insert(name)),
        }
        if matches!(aggregate.function.as_str(), "earliest" | "latest" | "earliest_time" | "latest_time" | "rate" | "sparkline") {
            names.insert("_time");
        }
    }
    groups.iter().for_each(|group| names.insert(group.field.text.clone()));
    names
}

/// The fields a search expression names.
pub fn search_fields(search: &Search) -> Vec<String> {
    fn walk(search: &Search, names: &mut Vec<String>) {
        match &search.kind {
            SearchKind::And(parts) | SearchKind::Or(parts) => parts.iter().for_each(|part| walk(part, names)),
            SearchKind::Not(inner) => walk(inner, names),
            SearchKind::Compare { field, .. } | SearchKind::In { field, .. } => names.push(field.text.clone()),
            SearchKind::Term { .. } | SearchKind::Text(_) => names.push("_raw".to_owned()),
            SearchKind::Time { .. } => names.push("_time".to_owned()),
            SearchKind::Sub(_) | SearchKind::All => {}
        }
    }
    let mut names = Vec::new();
    walk(search, &mut names);
    // `*` alone matches rows without any text, too.
    names.sort();
    names.dedup();
    names
}
