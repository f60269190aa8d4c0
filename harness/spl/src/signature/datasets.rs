//! Commands that read or write data: lookups, data models, `makeresults`, `collect`, …

use super::OptionKind::{Bool, Field, Int, OneOf, Text};
use super::{OptionSpec, Shape, Signature};

const LOOKUP: &[OptionSpec] = &[
    OptionSpec::new("local", Bool, "on the search head only"),
    OptionSpec::new("update", Bool, "follow changes of the table"),
    OptionSpec::new("event_time_field", Field, "the time of the event"),
];

const INPUTLOOKUP: &[OptionSpec] = &[
    OptionSpec::new("append", Bool, "append to the rows so far"),
    OptionSpec::new("strict", Bool, "fail when the table is missing"),
    OptionSpec::new("start", Int, "the first row"),
    OptionSpec::new("max", Int, "most rows"),
];

const OUTPUTLOOKUP: &[OptionSpec] = &[
    OptionSpec::new("append", Bool, "append to the table"),
    OptionSpec::new("create_empty", Bool, "write an empty table"),
    OptionSpec::new("createinapp", Bool, "write into the app"),
    OptionSpec::new(
        "create_context",
        OneOf(&["app", "user", "system"]),
        "where to write",
    ),
    OptionSpec::new("override_if_empty", Bool, "empty the table"),
    OptionSpec::new("max", Int, "most rows"),
    OptionSpec::new("key_field", Field, "the key of a collection"),
    OptionSpec::new("allow_updates", Bool, "change rows"),
    OptionSpec::new(
        "output_format",
        OneOf(&["splunk_sv_csv", "splunk_mv_csv"]),
        "how values are written",
    ),
];

const MAKERESULTS: &[OptionSpec] = &[
    OptionSpec::new("count", Int, "how many rows"),
    OptionSpec::new("annotate", Bool, "add more fields"),
    OptionSpec::new("splunk_server", Text, "the server"),
    OptionSpec::new("splunk_server_group", Text, "the servers"),
    OptionSpec::new("format", OneOf(&["csv", "json"]), "the form of the data"),
    OptionSpec::new("data", Text, "the rows"),
];

const CSV: &[OptionSpec] = &[
    OptionSpec::new("append", Bool, "append to what is there"),
    OptionSpec::new("dispatch", Bool, "in the folder of the search"),
    OptionSpec::new("strict", Bool, "fail when the file is missing"),
    OptionSpec::new("start", Int, "the first row"),
    OptionSpec::new("max", Int, "most rows"),
    OptionSpec::new("events", Bool, "rows are events"),
    OptionSpec::new("create_empty", Bool, "write an empty file"),
    OptionSpec::new("override_if_empty", Bool, "empty the file"),
    OptionSpec::new("singlefile", Bool, "one file"),
    OptionSpec::new("usexml", Bool, "as XML"),
];

const METADATA: &[OptionSpec] = &[
    OptionSpec::new(
        "type",
        OneOf(&["hosts", "sources", "sourcetypes"]),
        "what to list",
    ),
    OptionSpec::new("index", Text, "an index, or a pattern"),
    OptionSpec::new("splunk_server", Text, "the server"),
    OptionSpec::new("splunk_server_group", Text, "the servers"),
    OptionSpec::new(
        "datatype",
        OneOf(&["all", "event", "metric"]),
        "of events or metrics",
    ),
];

const EVENTCOUNT: &[OptionSpec] = &[
    OptionSpec::new("index", Text, "an index, or a pattern"),
    OptionSpec::new("summarize", Bool, "one row for all indexes"),
    OptionSpec::new("report_size", Bool, "add the size"),
    OptionSpec::new("list_vix", Bool, "virtual indexes too"),
    OptionSpec::new("splunk_server", Text, "the server"),
    OptionSpec::new("splunk_server_group", Text, "the servers"),
];

super::family![
    Signature::new(
        "lookup",
        Shape::Lookup,
        "adds columns of a table",
        "lookup TABLE COLUMN [AS FIELD]… [OUTPUT|OUTPUTNEW COLUMN [AS FIELD]…]"
    )
    .options(LOOKUP),
    Signature::new(
        "inputlookup",
        Shape::Table,
        "reads a table",
        "inputlookup [append=B] [start=N] [max=N] TABLE [where EXPRESSION]"
    )
    .options(INPUTLOOKUP)
    .generating(),
    Signature::new(
        "outputlookup",
        Shape::Table,
        "writes a table",
        "outputlookup [append=B] [create_empty=B] [key_field=FIELD] TABLE"
    )
    .options(OUTPUTLOOKUP),
    Signature::new(
        "inputcsv",
        Shape::Table,
        "reads a CSV file",
        "inputcsv [OPTIONS] FILE"
    )
    .options(CSV)
    .generating(),
    Signature::new(
        "outputcsv",
        Shape::Table,
        "writes a CSV file",
        "outputcsv [OPTIONS] FILE"
    )
    .options(CSV),
    Signature::new(
        "outputtext",
        Shape::Raw,
        "writes the raw text",
        "outputtext [usexml=B]"
    ),
    Signature::new("from", Shape::From, "reads a dataset", "from KIND:NAME").generating(),
    Signature::new(
        "datamodel",
        Shape::From,
        "reads a data model",
        "datamodel MODEL DATASET [search | flat] [strict_fields=B]"
    )
    .options(&[
        OptionSpec::new("strict_fields", Bool, "only fields of the model"),
        OptionSpec::new("summariesonly", Bool, "only accelerated summaries"),
        OptionSpec::new(
            "allow_old_summaries",
            Bool,
            "also summaries of an older model"
        )
    ])
    .generating(),
    Signature::new(
        "makeresults",
        Shape::None,
        "makes rows",
        "makeresults [count=N] [annotate=B] [format=F data=TEXT]"
    )
    .options(MAKERESULTS)
    .generating(),
    Signature::new(
        "gentimes",
        Shape::None,
        "makes time ranges",
        "gentimes start=TIME [end=TIME] [increment=S]"
    )
    .options(&[
        OptionSpec::new("start", Text, "MM/DD/YYYY[:HH:MM:SS], or days from today"),
        OptionSpec::new("end", Text, "the same, left out itself"),
        OptionSpec::new("increment", Text, "how long each range is"),
    ])
    .generating(),
    Signature::new(
        "loadjob",
        Shape::Raw,
        "reads the result of a search",
        "loadjob (SID | savedsearch=NAME) [OPTIONS]"
    )
    .generating(),
    Signature::new(
        "savedsearch",
        Shape::Saved,
        "runs a saved search",
        "savedsearch NAME [TOKEN=VALUE]… [nosubstitution=B]"
    )
    .options(&[OptionSpec::new(
        "nosubstitution",
        Bool,
        "leave $TOKEN$ as it is"
    )])
    .generating(),
    Signature::new(
        "metadata",
        Shape::None,
        "lists hosts, sources or source types",
        "metadata type=(hosts|sources|sourcetypes) [index=I]…"
    )
    .options(METADATA)
    .generating(),
    Signature::new(
        "eventcount",
        Shape::None,
        "counts the events of indexes",
        "eventcount [index=I]… [summarize=B] [report_size=B] [list_vix=B]"
    )
    .options(EVENTCOUNT)
    .generating(),
    Signature::new(
        "dbinspect",
        Shape::Raw,
        "lists the buckets of an index",
        "dbinspect [index=I] [OPTIONS]"
    )
    .generating(),
    Signature::new(
        "rest",
        Shape::Raw,
        "reads a REST endpoint",
        "rest PATH [OPTIONS]"
    )
    .generating(),
    Signature::new(
        "mpreview",
        Shape::Raw,
        "shows metrics as events",
        "mpreview [index=I] [filter=TEXT] [OPTIONS]"
    )
    .aliases(&["msearch"])
    .generating(),
    Signature::new(
        "mcatalog",
        Shape::Tstats,
        "lists metrics",
        "mcatalog VALUES [where EXPRESSION] [by FIELDS]"
    )
    .options(&[
        OptionSpec::new("prestats", Bool, "output for a later stats"),
        OptionSpec::new("append", Bool, "append to the rows so far"),
    ])
    .generating(),
    Signature::new(
        "collect",
        Shape::Raw,
        "writes events into a summary index",
        "collect index=I [OPTIONS]"
    )
    .aliases(&["stash"]),
    Signature::new(
        "mcollect",
        Shape::Raw,
        "writes metrics into an index",
        "mcollect index=I [OPTIONS] [FIELDS]"
    ),
    Signature::new(
        "meventcollect",
        Shape::Raw,
        "writes metrics of events into an index",
        "meventcollect index=I [OPTIONS] [FIELDS]"
    ),
    Signature::new("delete", Shape::None, "hides events for good", "delete"),
];
