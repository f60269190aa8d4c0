//! Which fields a search needs of its events, command by command from the end.

use dryfire_spl::ast::{
    Aggregate, Argument, Body, ByField, Command, Filter, Pipeline, Search, SearchKind, Stats,
    Target,
};

use crate::fieldset::{FieldSet, capture};
use crate::lower::field_names;

/// The fields that the commands from `first` on need, when all that they give is wanted.
pub fn needs(pipeline: &Pipeline, first: usize) -> FieldSet {
    pipeline
        .commands
        .iter()
        .skip(first)
        .rev()
        .fold(FieldSet::all(), |wanted, command| before(command, wanted))
}

/// The fields that must be there before a command, so that it can give the wanted ones.
///
/// Too large a set costs time, too small a one gives wrong results: what is not known here needs everything.
pub fn before(command: &Command, mut wanted: FieldSet) -> FieldSet {
    let mut add =
        |names: &mut dyn Iterator<Item = String>| names.for_each(|name| wanted.insert(name));
    match (&command.body, command.name.as_str()) {
        (Body::Search(search), _) => add(&mut search_fields(search).into_iter()),
        (Body::Condition(condition), _) => add(&mut field_names(condition).into_iter()),
        (Body::Assignments(assignments), "eval") => {
            for assignment in assignments.iter().rev() {
                match &assignment.target {
                    Target::Field(name) => wanted.remove(name),
                    Target::Dynamic(_) => return FieldSet::all(),
                }
                field_names(&assignment.value)
                    .into_iter()
                    .for_each(|name| wanted.insert(name));
            }
        }
        (Body::Stats(stats), "stats" | "chart" | "timechart" | "sistats") => {
            return stats_fields(stats, command.name == "timechart");
        }
        // Conditions that reset `streamstats` stand in options, as text.
        (Body::Stats(_), "streamstats")
            if command
                .option("reset_before")
                .or(command.option("reset_after"))
                .is_some() =>
        {
            return FieldSet::all();
        }
        (Body::Stats(stats), "eventstats" | "streamstats") => {
            let names = stats_fields(stats, command.option("time_window").is_some());
            return wanted.union(names);
        }
        (Body::None, "delete") => return FieldSet::of(["index"]),
        (Body::Fields(fields), "table") => {
            return FieldSet::of(fields.names.iter().map(|name| name.text.clone()));
        }
        (Body::Fields(fields), "fields") if fields.sign == Some(dryfire_spl::ast::Sign::Minus) => {
            fields
                .names
                .iter()
                .filter(|name| !name.text.contains('*'))
                .for_each(|name| wanted.remove(&name.text));
        }
        (Body::Fields(fields), "fields") => {
            let mut kept = FieldSet::of(fields.names.iter().map(|name| name.text.clone()));
            ["_time", "_raw"]
                .into_iter()
                .filter(|name| wanted.contains(name))
                .for_each(|name| kept.insert(name));
            return kept;
        }
        (Body::Fields(fields), "top" | "rare") => {
            return FieldSet::of(
                fields
                    .names
                    .iter()
                    .chain(&fields.by)
                    .map(|name| name.text.clone()),
            );
        }
        (Body::Fields(fields), "xyseries" | "contingency") => {
            return FieldSet::of(fields.names.iter().map(|name| name.text.clone()));
        }
        // Without a list these look at every number of a row.
        (Body::Fields(fields), "addtotals" | "outlier" | "anomalydetection")
            if fields.names.is_empty() =>
        {
            return FieldSet::all();
        }
        (
            Body::Fields(fields),
            "dedup" | "fillnull" | "filldown" | "mvexpand" | "nomv" | "addtotals" | "addcoltotals"
            | "outlier" | "anomalydetection",
        ) => {
            add(&mut fields.names.iter().map(|name| name.text.clone()));
            fields
                .sortby
                .iter()
                .for_each(|key| wanted.insert(key.field.text.clone()));
        }
        (Body::Renames(renames), "rename") => {
            for rename in renames.iter().rev() {
                renamed(&rename.from.text, &rename.to.text, &mut wanted);
            }
        }
        (Body::Lookup(lookup), "lookup") => {
            add(&mut lookup
                .inputs
                .iter()
                .map(|input| input.name.as_ref().unwrap_or(&input.field).text.clone()));
            add(&mut command
                .option("event_time_field")
                .map(|field| field.text.clone())
                .into_iter());
        }
        (Body::Pattern(_), "rex" | "xpath") => {
            let field = command
                .option("field")
                .map_or("_raw", |field| field.text.as_str())
                .to_owned();
            wanted.insert(field);
        }
        (Body::Regex(filter), _) => {
            wanted.insert(
                filter
                    .field
                    .as_ref()
                    .map_or("_raw", |field| field.text.as_str()),
            );
        }
        (Body::Convert(conversions), _) => add(&mut conversions
            .iter()
            .map(|conversion| conversion.field.text.clone())),
        (
            Body::Field(field),
            "bin" | "makemv" | "accum" | "delta" | "fromjson" | "iplocation" | "xmlkv",
        ) => {
            wanted.insert(field.field.text.clone());
        }
        (Body::Field(_) | Body::None, "spath") => {
            wanted.insert(
                command
                    .option("input")
                    .map_or("_raw", |field| field.text.as_str()),
            );
        }
        (Body::Fields(_) | Body::None, "extract" | "multikv") | (Body::None, "xmlkv") => {
            wanted.insert("_raw")
        }
        (Body::Sort(sort), _) => add(&mut sort.keys.iter().map(|key| key.field.text.clone())),
        (Body::Count(_), "head" | "tail") => {}
        // What these do to a field that is not wanted matters to nobody.
        (Body::None, "reverse" | "addinfo" | "fillnull" | "filldown" | "addcoltotals")
        | (Body::Replace(_), _) => {}
        (Body::Table(_), "inputlookup") => {}
        (Body::Raw(raw), "rangemap") => match raw
            .text
            .split_whitespace()
            .find_map(|word| word.strip_prefix("field="))
        {
            Some(field) => wanted.insert(field.trim_matches('"')),
            None => return FieldSet::all(),
        },
        // Words in quotes are texts, but a name too many does no harm.
        (Body::Raw(raw), "strcat") => {
            add(&mut raw
                .text
                .split([' ', '\t', '\n', '\r', ',', '"'])
                .filter(|word| !word.is_empty())
                .map(str::to_owned));
        }
        (Body::Transaction(transaction), _) => {
            for (_, filter) in &transaction.filters {
                match filter {
                    Filter::Search(search) => search_fields(search)
                        .into_iter()
                        .for_each(|name| wanted.insert(name)),
                    Filter::Eval(expr) => field_names(expr)
                        .into_iter()
                        .for_each(|name| wanted.insert(name)),
                }
            }
            return FieldSet::all();
        }
        (Body::Sub(sub), "appendpipe") => {
            return sub
                .pipelines
                .iter()
                .fold(wanted, |wanted, inner| wanted.union(needs(inner, 0)));
        }
        (Body::Assignments(_), "fieldformat")
        | (_, "highlight" | "iconify" | "localop" | "redistribute" | "require" | "setfields") => {}
        (_, "xmlunescape") => wanted.insert("_raw"),
        // These keep the rows they are given; the keys of `join` must be there.
        (Body::Sub(sub), "join" | "append" | "appendcols") => {
            if command.name == "join" && sub.fields.is_empty() {
                return FieldSet::all();
            }
            add(&mut sub.fields.iter().map(|field| field.text.clone()));
            if command.option("usetime").is_some() {
                wanted.insert("_time");
            }
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
            Argument::Eval(expr) => field_names(expr)
                .into_iter()
                .for_each(|name| names.insert(name)),
        }
        if matches!(
            aggregate.function.as_str(),
            "earliest" | "latest" | "earliest_time" | "latest_time" | "rate" | "sparkline"
        ) {
            names.insert("_time");
        }
    }
    groups
        .iter()
        .for_each(|group| names.insert(group.field.text.clone()));
    names
}

/// The fields a search expression names.
pub fn search_fields(search: &Search) -> Vec<String> {
    fn walk(search: &Search, names: &mut Vec<String>) {
        match &search.kind {
            SearchKind::And(parts) | SearchKind::Or(parts) => {
                parts.iter().for_each(|part| walk(part, names))
            }
            SearchKind::Not(inner) => walk(inner, names),
            SearchKind::Compare { field, .. } | SearchKind::In { field, .. } => {
                names.push(field.text.clone())
            }
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

#[cfg(test)]
mod tests {
    use dryfire_diagnostic::SourceMap;
    use dryfire_spl::parse;

    use super::*;

    #[track_caller]
    fn check(spl: &str, expected: &[&str]) {
        let mut sources = SourceMap::new();
        let source = sources.add("spl", format!("x=1 {spl} | table out"));
        let parsed = parse(source, &sources);
        assert!(
            parsed.diagnostics.is_empty(),
            "{spl} {:?}",
            parsed.diagnostics
        );
        let found = needs(&parsed.pipeline, 1);
        let expected = match expected {
            ["*"] => FieldSet::all(),
            names => FieldSet::of(names.iter().copied()),
        };
        assert_eq!(found, expected, "{spl}");
    }

    #[test]
    fn each_command_asks_for_what_it_reads() {
        for (spl, expected) in [
            ("| eventstats count by a", &["a", "out"][..]),
            (
                "| streamstats time_window=5m sum(b) as s by a",
                &["_time", "a", "b", "out"],
            ),
            ("| streamstats reset_before=\"(x>1)\" count", &["*"]),
            ("| spath", &["_raw", "out"]),
            ("| spath input=j path=a.b", &["j", "out"]),
            ("| xmlkv", &["_raw", "out"]),
            ("| xmlkv m", &["m", "out"]),
            ("| extract pairdelim=\";\" kvdelim=\"=\"", &["_raw", "out"]),
            ("| iplocation ip", &["ip", "out"]),
            ("| makemv delim=\",\" v", &["out", "v"]),
            ("| fromjson j", &["j", "out"]),
            ("| accum n as total", &["n", "out"]),
            ("| fillnull", &["out"]),
            ("| filldown a", &["a", "out"]),
            ("| addtotals a b", &["a", "b", "out"]),
            ("| addtotals", &["*"]),
            ("| replace \"a\" with \"b\" in c", &["out"]),
            ("| strcat a \"-\" b out", &["-", "a", "b", "out"]),
            ("| rangemap field=n low=1-5 default=high", &["n", "out"]),
            ("| xyseries a b c", &["a", "b", "c"]),
            ("| appendpipe [stats count by z]", &["out", "z"]),
            ("| join type=outer k [search y=1]", &["k", "out"]),
            ("| fieldformat n=tostring(n)", &["out"]),
            ("| setfields a=\"1\"", &["out"]),
            ("| multikv forceheader=1", &["_raw", "out"]),
            ("| anomalydetection a", &["a", "out"]),
            ("| anomalydetection", &["*"]),
            ("| contingency a b", &["a", "b"]),
            ("| xpath \"//a\" field=x", &["out", "x"]),
            ("| uniq", &["*"]),
            ("| mvcombine a", &["*"]),
            ("| transpose", &["*"]),
        ] {
            check(spl, expected);
        }
    }
}
