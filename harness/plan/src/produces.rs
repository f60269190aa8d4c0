//! Which fields a search can give, command by command from the start: the way forward, as `flow` is the way back.
//!
//! The sets are too large where something can't be told and never too small, so that "no row can have this field" is
//! certain whenever it is said.

use std::collections::BTreeSet;

use dryfire_diagnostic::{Span, nearest};
use dryfire_knowledge::LookupSource;
use dryfire_spl::ast::{
    Aggregate, Argument, Body, Command, ExprKind, Foreach, Lookup, NamePart, Pipeline, Rename, Sign, Stats, Target, Tstats,
};

use crate::fieldset::{FieldSet, capture, pattern_matches};
use crate::library::Library;

/// What a search can give, with the way there.
#[derive(Debug, Clone)]
pub struct Produced {
    /// What there was before the first command.
    start: FieldSet,
    steps: Vec<Step>,
}

/// A command and what rows can have after it.
#[derive(Debug, Clone)]
pub struct Step {
    /// The command's name.
    pub command: String,
    /// Its place.
    pub at: Span,
    /// The fields that rows can have after it.
    pub after: FieldSet,
    /// Fields that go on under another name: old and new.
    pub renamed: Vec<(String, String)>,
}

/// Where a field got lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The command after which no row can have it.
    pub command: String,
    /// Its place.
    pub at: Span,
    /// Whether rows could have it before that command.
    pub was_there: bool,
    /// The name under which its values go on, if they do and can still be had at the end.
    pub renamed: Option<String>,
}

impl Produced {
    /// What the search can give.
    pub fn fields(&self) -> &FieldSet {
        self.steps.last().map_or(&self.start, |step| &step.after)
    }

    /// The commands with what can be there after each.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What rows can have before the command at that place in the list.
    pub fn before(&self, index: usize) -> &FieldSet {
        index.checked_sub(1).and_then(|before| self.steps.get(before)).map_or(&self.start, |step| &step.after)
    }

    /// Whether a result can have the field. Field names are case-sensitive.
    pub fn contains(&self, field: &str) -> bool {
        self.fields().contains(field)
    }

    /// Where a field got lost that no result can have; nothing when a result can have it.
    pub fn lost(&self, field: &str) -> Option<Loss> {
        if self.contains(field) {
            return None;
        }
        let last = (0..self.steps.len()).rev().find(|index| self.before(*index).contains(field));
        let step = self.steps.get(last.unwrap_or(0))?;
        let renamed = step.renamed.iter().find_map(|(old, new)| {
            let new = match old.contains('*') {
                true => fill(new, &capture(old, field)?),
                false => (old == field).then(|| new.clone())?,
            };
            self.contains(&new).then_some(new)
        });
        Some(Loss { command: step.command.clone(), at: step.at, was_there: last.is_some_and(|index| index > 0), renamed })
    }

    /// The field of the results that is most likely meant: the same name under a prefix or without its own, else a similar one.
    pub fn nearest(&self, field: &str) -> Option<String> {
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
        let names: Vec<&str> = self.fields().names().filter(|name| !name.starts_with('_')).collect();
        let same = names.iter().find(|name| last(name) == last(field)).copied();
        same.or_else(|| nearest(field, names.iter().copied())).map(str::to_owned)
    }
}

/// The fields that a search over events can give.
pub fn produces(pipeline: &Pipeline, library: &Library) -> Produced {
    produces_from(pipeline, FieldSet::all(), library)
}

/// The fields that commands can give to rows that can have those of `start`.
pub fn produces_from(pipeline: &Pipeline, start: FieldSet, library: &Library) -> Produced {
    let mut produced = Produced { start: start.clone(), steps: Vec::with_capacity(pipeline.commands.len()) };
    let mut fields = start;
    for (index, command) in pipeline.commands.iter().enumerate() {
        let mut renamed = Vec::new();
        fields = after(command, fields, index == 0, library, &mut renamed);
        produced.steps.push(Step { command: command.name.clone(), at: command.at.0, after: fields.clone(), renamed });
    }
    produced
}

/// What rows can have after a command.
fn after(command: &Command, mut fields: FieldSet, first: bool, library: &Library, renamed: &mut Vec<(String, String)>) -> FieldSet {
    let named = |option: &str, default: &str| command.option(option).map_or(default, |word| word.text.as_str()).to_owned();
    let on = |option: &str| command.option(option).is_some_and(|word| matches!(word.text.to_ascii_lowercase().as_str(), "t" | "true" | "1" | "yes"));
    match (&command.body, command.name.as_str()) {
        // Rows go or stay, values change: names do not.
        (Body::Search(_) | Body::Condition(_) | Body::Regex(_) | Body::Sort(_) | Body::Replace(_), _) => {}
        (Body::Count(_), "head" | "tail") => {}
        (_, "dedup" | "reverse" | "uniq" | "makemv" | "nomv" | "mvexpand" | "mvcombine" | "filldown" | "fieldformat" | "selfjoin") => {}
        (_, "outputlookup" | "outputcsv" | "collect" | "sendemail" | "sendalert" | "highlight" | "abstract" | "iconify" | "scrub") => {}
        (_, "require" | "redistribute" | "outlier" | "overlap" | "delete" | "makecontinuous" | "xmlunescape" | "outputtext") => {}
        (Body::Fields(list), "fillnull") => list.names.iter().for_each(|name| fields.insert(name.text.clone())),
        (Body::None, "fillnull") => {}
        (Body::Assignments(assignments), _) => {
            for assignment in assignments {
                match &assignment.target {
                    Target::Field(name) if is_null(&assignment.value.kind) => fields.remove(name),
                    Target::Field(name) => {
                        if let ExprKind::Field(old) = &assignment.value.kind {
                            renamed.push((old.clone(), name.clone()));
                        }
                        fields.insert(name.clone());
                    }
                    Target::Dynamic(parts) => fields.insert(dynamic(parts)),
                }
            }
        }
        (Body::Stats(stats), "stats") => return stats_after(stats, &fields, renamed),
        (Body::Stats(stats), "eventstats" | "streamstats") => {
            let made = aggregates_after(&stats.aggregates, &fields, &BTreeSet::new(), renamed);
            return fields.union(made);
        }
        (Body::Tstats(tstats), _) if !on("prestats") && !on("chart") => {
            let mut made = tstats_after(tstats, renamed);
            // A span makes buckets of time, for `mstats` also without `_time` among the groups.
            let spans = tstats.by.iter().flat_map(|by| &by.options).chain(&command.options);
            if spans.into_iter().any(|option| option.name == "span") {
                made.insert("_time");
            }
            return if on("append") && !first { fields.union(made) } else { made };
        }
        (Body::Fields(list), "table") => return narrowed(list.names.iter().map(|name| name.text.as_str()), &fields),
        (Body::Fields(list), "fields") if list.sign == Some(Sign::Minus) => list.names.iter().for_each(|name| without(&mut fields, &name.text)),
        (Body::Fields(list), "fields") => {
            return narrowed(list.names.iter().map(|name| name.text.as_str()).chain(["_*"]), &fields);
        }
        (Body::Fields(list), "top" | "rare") => {
            let mut made = FieldSet::of(list.names.iter().chain(&list.by).map(|name| name.text.clone()));
            made.insert(named("countfield", "count"));
            made.insert(named("percentfield", "percent"));
            return made;
        }
        (Body::Fields(list), "untable") => return FieldSet::of(list.names.iter().map(|name| name.text.clone())),
        (Body::Fields(_) | Body::None, "addtotals" | "addcoltotals") => {
            fields.insert(named("fieldname", "Total"));
            fields.insert(named("labelfield", "Total"));
        }
        (Body::Renames(renames), _) => return renamed_after(renames, fields, renamed),
        (Body::Lookup(lookup), _) => return lookup_after(lookup, fields, library),
        (Body::Table(table), "inputlookup") => {
            let columns = columns(&table.table.text, library).map_or_else(FieldSet::all, FieldSet::of);
            return if on("append") && !first { fields.union(columns) } else { columns };
        }
        (Body::Pattern(pattern), "rex") => {
            groups(&pattern.text).into_iter().for_each(|name| fields.insert(name));
            command.option("offset_field").into_iter().for_each(|field| fields.insert(field.text.clone()));
        }
        (Body::Pattern(_), "xpath") => fields.insert(named("outfield", "xpath")),
        (Body::Convert(conversions), _) => {
            for conversion in conversions {
                if let Some(name) = &conversion.name {
                    fields.insert(name.text.clone());
                }
            }
        }
        (Body::Field(field), "bin" | "accum") => field.name.iter().for_each(|name| fields.insert(name.text.clone())),
        (Body::Field(field), "delta") => {
            fields.insert(field.name.as_ref().map_or_else(|| format!("delta({})", field.field.text), |name| name.text.clone()));
        }
        (Body::Field(field), "spath") => fields.insert(named("output", &field.field.text)),
        (Body::None, "spath") if command.option("path").is_some() => fields.insert(named("output", &named("path", ""))),
        (Body::Field(_), "iplocation") => {
            let prefix = named("prefix", "");
            for name in ["City", "Country", "Region", "lat", "lon", "Continent", "MetroCode", "Timezone"] {
                fields.insert(format!("{prefix}{name}"));
            }
        }
        (_, "addinfo") => ["info_min_time", "info_max_time", "info_sid", "info_search_time"].into_iter().for_each(|name| fields.insert(name)),
        (Body::Raw(_), "rangemap") => fields.insert("range"),
        (Body::Raw(raw), "strcat") => {
            let target = raw.text.split_whitespace().last().unwrap_or_default();
            fields.insert(target.trim_matches('"'));
        }
        (Body::None, "reltime") => fields.insert("reltime"),
        (Body::Raw(_), "typer") => fields.insert("eventtype"),
        (Body::Transaction(_), _) => {
            for name in ["duration", "eventcount", "closed_txn", "field_match_sum", "linecount", "txn_id", "_txn_id"] {
                fields.insert(name);
            }
        }
        (Body::Foreach(foreach), _) => return foreach_after(foreach, fields),
        (Body::None, "makeresults") if command.options.iter().all(|option| option.name == "count") => return FieldSet::of(["_time"]),
        (Body::Sub(sub), "join" | "append" | "appendcols") => {
            let inner = sub.pipelines.iter().map(|inner| produces(inner, library).fields().clone());
            return inner.fold(fields, FieldSet::union);
        }
        (Body::Sub(sub), "appendpipe") => {
            let inner: Vec<_> = sub.pipelines.iter().map(|inner| produces_from(inner, fields.clone(), library).fields().clone()).collect();
            return inner.into_iter().fold(fields, FieldSet::union);
        }
        (Body::Sub(sub), "multisearch") => {
            let inner = sub.pipelines.iter().map(|inner| produces(inner, library).fields().clone());
            return inner.fold(FieldSet::none(), FieldSet::union);
        }
        _ => return FieldSet::all(),
    }
    fields
}

fn is_null(value: &ExprKind) -> bool {
    matches!(value, ExprKind::Call { function, .. } if function == "null")
}

fn dynamic(parts: &[NamePart]) -> String {
    let piece = |part: &NamePart| match part {
        NamePart::Text(text) => text.clone(),
        NamePart::Field(_) => "*".to_owned(),
    };
    parts.iter().map(piece).collect()
}

/// The pattern's stars, filled.
fn fill(pattern: &str, parts: &[&str]) -> String {
    let mut pieces = pattern.split('*');
    let mut name = pieces.next().unwrap_or_default().to_owned();
    for (place, piece) in pieces.enumerate() {
        name.push_str(parts.get(place).copied().unwrap_or("*"));
        name.push_str(piece);
    }
    name
}

fn stats_after(stats: &Stats, fields: &FieldSet, renamed: &mut Vec<(String, String)>) -> FieldSet {
    let by: BTreeSet<String> = stats.by.iter().map(|by| by.field.text.clone()).collect();
    aggregates_after(&stats.aggregates, fields, &by, renamed).union(FieldSet::Some(by))
}

fn aggregates_after(aggregates: &[Aggregate], fields: &FieldSet, by: &BTreeSet<String>, renamed: &mut Vec<(String, String)>) -> FieldSet {
    let mut made = FieldSet::none();
    for aggregate in aggregates {
        let output = aggregate.name.as_ref().map_or(&aggregate.text, |name| &name.text);
        let Argument::Field(field) = &aggregate.argument else {
            made.insert(output.clone());
            continue;
        };
        renamed.push((field.text.clone(), output.clone()));
        match fields {
            FieldSet::Some(names) if field.text.contains('*') && !fields.is_open() => {
                let fitting = names.iter().filter(|name| !by.contains(*name));
                fitting.filter_map(|name| capture(&field.text, name)).for_each(|parts| made.insert(fill(output, &parts)));
            }
            _ => made.insert(output.clone()),
        }
    }
    made
}

fn tstats_after(tstats: &Tstats, renamed: &mut Vec<(String, String)>) -> FieldSet {
    let mut made = FieldSet::none();
    for aggregate in &tstats.aggregates {
        let output = aggregate.name.as_ref().map_or(&aggregate.text, |name| &name.text);
        if let Argument::Field(field) = &aggregate.argument {
            renamed.push((field.text.clone(), output.clone()));
        }
        made.insert(output.clone());
    }
    tstats.by.iter().for_each(|by| made.insert(by.field.text.clone()));
    made
}

/// Those of the names and patterns that can be there.
fn narrowed<'a>(listed: impl Iterator<Item = &'a str>, fields: &FieldSet) -> FieldSet {
    let mut kept = FieldSet::none();
    for name in listed {
        match fields {
            _ if !name.contains('*') => {
                if fields.contains(name) {
                    kept.insert(name);
                }
            }
            FieldSet::Some(names) if !fields.is_open() => {
                names.iter().filter(|known| pattern_matches(name, known)).for_each(|known| kept.insert(known.clone()));
            }
            _ => kept.insert(name),
        }
    }
    kept
}

fn without(fields: &mut FieldSet, name: &str) {
    match fields {
        FieldSet::Some(names) => names.retain(|known| known.contains('*') || !pattern_matches(name, known)),
        FieldSet::AllExcept(_) if !name.contains('*') => fields.remove(name),
        FieldSet::AllExcept(_) => {}
    }
}

fn renamed_after(renames: &[Rename], mut fields: FieldSet, renamed: &mut Vec<(String, String)>) -> FieldSet {
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
                let moved: Vec<String> = names.iter().filter(|name| !name.contains('*') && pattern_matches(from, name)).cloned().collect();
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

fn lookup_after(lookup: &Lookup, mut fields: FieldSet, library: &Library) -> FieldSet {
    match &lookup.output {
        Some(output) => {
            for field in &output.fields {
                fields.insert(field.name.as_ref().unwrap_or(&field.field).text.clone());
            }
        }
        None => {
            let Some(columns) = columns(&lookup.table.text, library) else { return FieldSet::all() };
            let matched = |column: &String| lookup.inputs.iter().any(|input| input.field.text == *column);
            columns.into_iter().filter(|column| !matched(column)).for_each(|column| fields.insert(column));
        }
    }
    fields
}

/// The columns of a lookup, where they are known.
pub fn columns(table: &str, library: &Library) -> Option<Vec<String>> {
    let lookup = library.knowledge.lookup(table)?;
    if let Some(table) = lookup.table() {
        return Some(table.columns().to_vec());
    }
    match &lookup.definition.source {
        LookupSource::KvStore { fields, .. } | LookupSource::External { fields, .. } if !fields.is_empty() => {
            Some(fields.iter().cloned().chain(["_key".to_owned()]).collect())
        }
        _ => None,
    }
}

/// The names of a pattern's groups.
pub fn groups(pattern: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['\\', '(']) {
        let here = &rest[at..];
        let mut letters = here.chars();
        if letters.next() == Some('\\') {
            rest = letters.next().map_or("", |_| letters.as_str());
            continue;
        }
        rest = letters.as_str();
        let opened = ["?P<", "?<", "?'"].iter().find_map(|mark| rest.strip_prefix(mark));
        let name = opened.and_then(|text| text.find(['>', '\'']).map(|end| &text[..end]));
        names.extend(name.filter(|name| !name.is_empty() && name.chars().all(|letter| letter == '_' || letter.is_alphanumeric())).map(str::to_owned));
    }
    names
}

/// A template of `eval`s writes to the fields it is run for or to names made of theirs.
fn foreach_after(foreach: &Foreach, mut fields: FieldSet) -> FieldSet {
    for pattern in foreach.patterns.iter().filter(|pattern| !pattern.text.contains('*')) {
        fields.insert(pattern.text.clone());
    }
    for command in foreach.template.text.split('|').map(str::trim).filter(|command| !command.is_empty()) {
        let Some(assignments) = command.strip_prefix("eval ") else { return FieldSet::all() };
        // Each `=` that is no comparison ends a target; a name too many does no harm.
        let mut words = assignments.split('=').peekable();
        while let Some(before) = words.next().filter(|_| words.peek().is_some()) {
            let target = before.trim_end().rsplit([',', '(', ' ', '\n']).next().unwrap_or_default().trim_matches(['"', '\'']);
            if target == "<<FIELD>>" || target.is_empty() {
                continue;
            }
            let mut name = target.to_owned();
            while let (Some(start), Some(end)) = (name.find("<<"), name.find(">>")) {
                if end < start {
                    return FieldSet::all();
                }
                name.replace_range(start..end + 2, "*");
            }
            fields.insert(name.replace(['{', '}'], "*"));
        }
    }
    fields
}

#[cfg(test)]
mod tests;
