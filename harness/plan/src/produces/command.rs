//! What each command makes of the fields that rows can have.

use std::collections::BTreeSet;

use dryfire_spl::ast::{Body, Command, ExprKind, NamePart, Sign, Target};

use super::names::{
    aggregates_after, columns, lookup_after, narrowed, renamed_after, stats_after, tstats_after,
    without,
};
use super::template::{foreach_after, groups};
use super::{produces, produces_from};
use crate::fieldset::FieldSet;
use crate::library::Library;

/// What rows can have after a command.
pub(super) fn after(
    command: &Command,
    mut fields: FieldSet,
    first: bool,
    library: &Library,
    renamed: &mut Vec<(String, String)>,
) -> FieldSet {
    let named = |option: &str, default: &str| {
        command
            .option(option)
            .map_or(default, |word| word.text.as_str())
            .to_owned()
    };
    let on = |option: &str| {
        command.option(option).is_some_and(|word| {
            matches!(
                word.text.to_ascii_lowercase().as_str(),
                "t" | "true" | "1" | "yes"
            )
        })
    };
    match (&command.body, command.name.as_str()) {
        // Rows go or stay, values change: names do not.
        (
            Body::Search(_)
            | Body::Condition(_)
            | Body::Regex(_)
            | Body::Sort(_)
            | Body::Replace(_),
            _,
        ) => {}
        (Body::Count(_), "head" | "tail") => {}
        (
            _,
            "dedup" | "reverse" | "uniq" | "makemv" | "nomv" | "mvexpand" | "mvcombine"
            | "filldown" | "fieldformat" | "selfjoin",
        ) => {}
        (
            _,
            "outputlookup" | "outputcsv" | "collect" | "sendemail" | "sendalert" | "highlight"
            | "abstract" | "iconify" | "scrub",
        ) => {}
        (
            _,
            "require" | "redistribute" | "outlier" | "overlap" | "delete" | "makecontinuous"
            | "xmlunescape" | "outputtext" | "localop" | "rtorder",
        ) => {}
        (Body::Fields(list), "fillnull") => list
            .names
            .iter()
            .for_each(|name| fields.insert(name.text.clone())),
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
            let spans = tstats
                .by
                .iter()
                .flat_map(|by| &by.options)
                .chain(&command.options);
            if spans.into_iter().any(|option| option.name == "span") {
                made.insert("_time");
            }
            return if on("append") && !first {
                fields.union(made)
            } else {
                made
            };
        }
        (Body::Fields(list), "table") => {
            return narrowed(list.names.iter().map(|name| name.text.as_str()), &fields);
        }
        (Body::Fields(list), "fields") if list.sign == Some(Sign::Minus) => list
            .names
            .iter()
            .for_each(|name| without(&mut fields, &name.text)),
        (Body::Fields(list), "fields") => {
            return narrowed(
                list.names
                    .iter()
                    .map(|name| name.text.as_str())
                    .chain(["_*"]),
                &fields,
            );
        }
        (Body::Fields(list), "top" | "rare") => {
            let mut made = FieldSet::of(
                list.names
                    .iter()
                    .chain(&list.by)
                    .map(|name| name.text.clone()),
            );
            made.insert(named("countfield", "count"));
            made.insert(named("percentfield", "percent"));
            return made;
        }
        (Body::Fields(list), "untable") => {
            return FieldSet::of(list.names.iter().map(|name| name.text.clone()));
        }
        (Body::Fields(_) | Body::None, "addtotals" | "addcoltotals") => {
            fields.insert(named("fieldname", "Total"));
            fields.insert(named("labelfield", "Total"));
        }
        (Body::Renames(renames), _) => return renamed_after(renames, fields, renamed),
        (Body::Lookup(lookup), _) => return lookup_after(lookup, fields, library),
        (Body::Table(table), "inputlookup") => {
            let columns =
                columns(&table.table.text, library).map_or_else(FieldSet::all, FieldSet::of);
            return if on("append") && !first {
                fields.union(columns)
            } else {
                columns
            };
        }
        (Body::Pattern(pattern), "rex") => {
            groups(&pattern.text)
                .into_iter()
                .for_each(|name| fields.insert(name));
            command
                .option("offset_field")
                .into_iter()
                .for_each(|field| fields.insert(field.text.clone()));
        }
        (Body::Pattern(_), "xpath") => fields.insert(named("outfield", "xpath")),
        (Body::Convert(conversions), _) => {
            for conversion in conversions {
                if let Some(name) = &conversion.name {
                    fields.insert(name.text.clone());
                }
            }
        }
        (Body::Field(field), "bin" | "accum") => field
            .name
            .iter()
            .for_each(|name| fields.insert(name.text.clone())),
        (Body::Field(field), "delta") => {
            fields.insert(field.name.as_ref().map_or_else(
                || format!("delta({})", field.field.text),
                |name| name.text.clone(),
            ));
        }
        (Body::Field(field), "spath") => fields.insert(named("output", &field.field.text)),
        (Body::None, "spath") if command.option("path").is_some() => {
            fields.insert(named("output", &named("path", "")))
        }
        (Body::Field(_), "iplocation") => {
            let prefix = named("prefix", "");
            for name in [
                "City",
                "Country",
                "Region",
                "lat",
                "lon",
                "Continent",
                "MetroCode",
                "Timezone",
            ] {
                fields.insert(format!("{prefix}{name}"));
            }
        }
        (_, "addinfo") => [
            "info_min_time",
            "info_max_time",
            "info_sid",
            "info_search_time",
        ]
        .into_iter()
        .for_each(|name| fields.insert(name)),
        (_, "anomalydetection") if named("action", "") == "summary" => {
            return FieldSet::of([
                "num_anomalies",
                "thresh",
                "max_logprob",
                "min_logprob",
                "1st_quartile",
                "3rd_quartile",
                "iqr",
            ]);
        }
        (_, "anomalydetection") => [
            "log_event_prob",
            "probable_cause",
            "probable_cause_freq",
            "max_freq",
        ]
        .into_iter()
        .for_each(|name| fields.insert(name)),
        (Body::Raw(_), "rangemap") => fields.insert("range"),
        (Body::Raw(raw), "strcat") => {
            let target = raw.text.split_whitespace().last().unwrap_or_default();
            fields.insert(target.trim_matches('"'));
        }
        (Body::None, "reltime") => fields.insert("reltime"),
        (Body::Raw(_), "typer") => fields.insert("eventtype"),
        (Body::Transaction(_), _) => {
            for name in [
                "duration",
                "eventcount",
                "closed_txn",
                "field_match_sum",
                "linecount",
                "txn_id",
                "_txn_id",
            ] {
                fields.insert(name);
            }
        }
        (Body::Foreach(foreach), _) => return foreach_after(foreach, fields),
        (Body::None, "gentimes") => {
            return FieldSet::of(["endhuman", "endtime", "starthuman", "starttime"]);
        }
        (Body::None, "metadata") => {
            return FieldSet::of([
                "firstTime",
                "host",
                "lastTime",
                "recentTime",
                "source",
                "sourcetype",
                "totalCount",
                "type",
            ]);
        }
        (Body::None, "eventcount") => {
            return FieldSet::of(["count", "index", "provider", "server", "size_bytes"]);
        }
        (Body::None, "makeresults")
            if command.options.iter().all(|option| option.name == "count") =>
        {
            return FieldSet::of(["_time"]);
        }
        (Body::Sub(sub), "join" | "append" | "appendcols") => {
            let inner = sub
                .pipelines
                .iter()
                .map(|inner| produces(inner, library).fields().clone());
            return inner.fold(fields, FieldSet::union);
        }
        (Body::Sub(sub), "appendpipe") => {
            let inner: Vec<_> = sub
                .pipelines
                .iter()
                .map(|inner| {
                    produces_from(inner, fields.clone(), library)
                        .fields()
                        .clone()
                })
                .collect();
            return inner.into_iter().fold(fields, FieldSet::union);
        }
        (Body::Sub(sub), "multisearch") => {
            let inner = sub
                .pipelines
                .iter()
                .map(|inner| produces(inner, library).fields().clone());
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
