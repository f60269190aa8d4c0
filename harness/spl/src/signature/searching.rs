//! Commands that find or keep events: `search`, `where`, `tstats`, `dedup`, `head`, …

use super::OptionKind::{Bool, Int, Span, Text};
use super::{OptionSpec, Shape, Signature};

const TSTATS: &[OptionSpec] = &[
    OptionSpec::new("summariesonly", Bool, "only accelerated summaries"),
    OptionSpec::new(
        "allow_old_summaries",
        Bool,
        "also summaries of an older model",
    ),
    OptionSpec::new("fillnull_value", Text, "stands for a missing group field"),
    OptionSpec::new("prestats", Bool, "output for a later stats"),
    OptionSpec::new("append", Bool, "append to the rows so far"),
    OptionSpec::new("local", Bool, "on the search head only"),
    OptionSpec::new("include_reduced_buckets", Bool, "reduced buckets too"),
    OptionSpec::new("chunk_size", Int, "how much to read at a time"),
    OptionSpec::new("span", Span, "width of the _time buckets"),
];

const MSTATS: &[OptionSpec] = &[
    OptionSpec::new("prestats", Bool, "output for a later stats"),
    OptionSpec::new("append", Bool, "append to the rows so far"),
    OptionSpec::new("backfill", Bool, "fill a real-time window"),
    OptionSpec::new("update_period", Int, "milliseconds between updates"),
    OptionSpec::new("fillnull_value", Text, "stands for a missing group field"),
    OptionSpec::new("chunk_size", Int, "how much to read at a time"),
    OptionSpec::new("chart", Bool, "output as a chart"),
    OptionSpec::new("every", Span, "sample the buckets"),
    OptionSpec::new("span", Span, "width of the _time buckets"),
];

const DEDUP: &[OptionSpec] = &[
    OptionSpec::new("keepevents", Bool, "keep the rows, drop the fields"),
    OptionSpec::new("keepempty", Bool, "keep rows that lack a field"),
    OptionSpec::new("consecutive", Bool, "only neighbours"),
];

const HEAD: &[OptionSpec] = &[
    OptionSpec::new("limit", Int, "how many"),
    OptionSpec::new("null", Bool, "a null condition counts as true"),
    OptionSpec::new("keeplast", Bool, "keep the row that ended it"),
];

super::family![
    Signature::new(
        "search",
        Shape::Search,
        "keeps the events that match",
        "search EXPRESSION"
    ),
    Signature::new(
        "where",
        Shape::Condition,
        "keeps the rows for which a condition holds",
        "where CONDITION"
    ),
    Signature::new(
        "regex",
        Shape::Regex,
        "keeps the rows whose field matches a pattern",
        "regex [FIELD=|FIELD!=]\"PATTERN\""
    ),
    Signature::new(
        "dedup",
        Shape::Fields,
        "keeps the first row of each combination",
        "dedup [N] FIELDS [keepevents=B] [keepempty=B] [consecutive=B] [sortby KEYS]"
    )
    .options(DEDUP),
    Signature::new(
        "head",
        Shape::Count,
        "keeps the first rows",
        "head [N | (CONDITION)] [keeplast=B] [null=B]"
    )
    .options(HEAD),
    Signature::new(
        "tail",
        Shape::Count,
        "keeps the last rows, in reverse",
        "tail [N]"
    ),
    Signature::new(
        "uniq",
        Shape::None,
        "drops rows equal to the one before",
        "uniq"
    ),
    Signature::new(
        "tstats",
        Shape::Tstats,
        "aggregates over a data model or indexed fields",
        "tstats [OPTIONS] AGGREGATES from datamodel=M[.D] [where EXPRESSION] [by FIELDS [span=S]]"
    )
    .options(TSTATS)
    .generating(),
    Signature::new(
        "mstats",
        Shape::Tstats,
        "aggregates metrics",
        "mstats [OPTIONS] AGGREGATES [where EXPRESSION] [by FIELDS] [span=S]"
    )
    .options(MSTATS)
    .generating(),
    Signature::new(
        "searchtxn",
        Shape::Raw,
        "finds events of a transaction type",
        "searchtxn NAME SEARCH"
    )
    .generating(),
    Signature::new(
        "set",
        Shape::Sub,
        "set operation on two subsearches",
        "set (union|diff|intersect) [SEARCH] [SEARCH]"
    )
    .generating(),
    Signature::new(
        "typeahead",
        Shape::Raw,
        "suggests search terms",
        "typeahead prefix=TEXT count=N"
    )
    .generating(),
    Signature::new(
        "walklex",
        Shape::Raw,
        "lists the terms of an index",
        "walklex type=T index=I"
    )
    .generating(),
    Signature::new(
        "relevancy",
        Shape::None,
        "scores how well events match",
        "relevancy"
    ),
    Signature::new(
        "localize",
        Shape::Raw,
        "makes time ranges around events",
        "localize [OPTIONS]"
    ),
];
