//! Commands that compute or change values: `eval`, `convert`, `bin`, `fillnull`, `replace`, …

use super::OptionKind::{Bool, Field, Int, Number, Span, Text};
use super::{OptionSpec, Shape, Signature};

const BIN: &[OptionSpec] = &[
    OptionSpec::new("span", Span, "width of a bucket"),
    OptionSpec::new("bins", Int, "most buckets"),
    OptionSpec::new("minspan", Span, "least width of a bucket"),
    OptionSpec::new("start", Number, "least value"),
    OptionSpec::new("end", Number, "greatest value"),
    OptionSpec::new("aligntime", Text, "where the buckets start"),
];

const ADDTOTALS: &[OptionSpec] = &[
    OptionSpec::new("row", Bool, "add up each row"),
    OptionSpec::new("col", Bool, "add up each column"),
    OptionSpec::new("labelfield", Field, "where the label of the total row goes"),
    OptionSpec::new("label", Text, "the label of the total row"),
    OptionSpec::new("fieldname", Field, "where the sum goes"),
];

const ADDCOLTOTALS: &[OptionSpec] = &[
    OptionSpec::new("labelfield", Field, "where the label goes"),
    OptionSpec::new("label", Text, "the label"),
];

const MAKEMV: &[OptionSpec] = &[
    OptionSpec::new("delim", Text, "what separates the values"),
    OptionSpec::new("tokenizer", Text, "a pattern whose first group is a value"),
    OptionSpec::new("allowempty", Bool, "keep empty values"),
    OptionSpec::new("setsv", Bool, "join the values again"),
];

const MVCOMBINE: &[OptionSpec] = &[OptionSpec::new("delim", Text, "what joins the values")];
const MVEXPAND: &[OptionSpec] = &[OptionSpec::new(
    "limit",
    Int,
    "most values of a row; 0 means all",
)];
const FILLNULL: &[OptionSpec] = &[OptionSpec::new("value", Text, "what to fill in")];
const CONVERT: &[OptionSpec] = &[OptionSpec::new(
    "timeformat",
    Text,
    "the format of ctime and mktime",
)];
const DELTA: &[OptionSpec] = &[OptionSpec::new("p", Int, "how many rows back")];
const MAKECONTINUOUS: &[OptionSpec] = &[
    OptionSpec::new("span", Span, "width of a bucket"),
    OptionSpec::new("bins", Int, "most buckets"),
    OptionSpec::new("start", Number, "least value"),
    OptionSpec::new("end", Number, "greatest value"),
    OptionSpec::new("aligntime", Text, "where the buckets start"),
];

super::family![
    Signature::new(
        "eval",
        Shape::Assignments,
        "computes fields",
        "eval FIELD=EXPRESSION [, FIELD=EXPRESSION]…"
    ),
    Signature::new(
        "fieldformat",
        Shape::Assignments,
        "formats a field for display only",
        "fieldformat FIELD=EXPRESSION"
    ),
    Signature::new(
        "convert",
        Shape::Convert,
        "converts values",
        "convert [timeformat=TEXT] FUNCTION(FIELD) [AS NAME]…"
    )
    .options(CONVERT),
    Signature::new(
        "bin",
        Shape::Field,
        "puts numbers or times into buckets",
        "bin [span=S] [bins=N] FIELD [AS NAME]"
    )
    .aliases(&["bucket", "discretize"])
    .options(BIN),
    Signature::new(
        "makecontinuous",
        Shape::Field,
        "adds rows for missing buckets",
        "makecontinuous [FIELD] [span=S] [bins=N]"
    )
    .options(MAKECONTINUOUS),
    Signature::new(
        "fillnull",
        Shape::Fields,
        "fills fields that are missing",
        "fillnull [value=TEXT] [FIELDS]"
    )
    .options(FILLNULL),
    Signature::new(
        "filldown",
        Shape::Fields,
        "fills fields from the row before",
        "filldown [FIELDS]"
    ),
    Signature::new(
        "replace",
        Shape::Replace,
        "replaces whole values",
        "replace (\"A\" WITH \"B\")… [IN FIELDS]"
    ),
    Signature::new(
        "rangemap",
        Shape::Raw,
        "names the range of a number",
        "rangemap field=FIELD NAME=LOW-HIGH… [default=NAME]"
    ),
    Signature::new(
        "addtotals",
        Shape::Fields,
        "adds up fields",
        "addtotals [row=B] [col=B] [fieldname=FIELD] [label=TEXT] [labelfield=FIELD] [FIELDS]"
    )
    .options(ADDTOTALS),
    Signature::new(
        "addcoltotals",
        Shape::Fields,
        "adds a row of totals",
        "addcoltotals [labelfield=FIELD] [label=TEXT] [FIELDS]"
    )
    .options(ADDCOLTOTALS),
    Signature::new(
        "accum",
        Shape::Field,
        "running total of a field",
        "accum FIELD [AS NAME]"
    ),
    Signature::new(
        "delta",
        Shape::Field,
        "difference to the row before",
        "delta FIELD [AS NAME] [p=N]"
    )
    .options(DELTA),
    Signature::new(
        "autoregress",
        Shape::Raw,
        "copies values of rows before",
        "autoregress FIELD [AS NAME] [p=N]"
    ),
    Signature::new(
        "strcat",
        Shape::Raw,
        "joins fields and texts",
        "strcat [allrequired=B] PARTS… FIELD"
    ),
    Signature::new(
        "makemv",
        Shape::Field,
        "splits a field into values",
        "makemv [delim=TEXT | tokenizer=PATTERN] [allowempty=B] FIELD"
    )
    .options(MAKEMV),
    Signature::new(
        "nomv",
        Shape::Fields,
        "joins the values of a field",
        "nomv FIELD"
    ),
    Signature::new(
        "mvcombine",
        Shape::Fields,
        "merges rows that differ in one field",
        "mvcombine [delim=TEXT] FIELD"
    )
    .options(MVCOMBINE),
    Signature::new(
        "mvexpand",
        Shape::Fields,
        "one row for each value of a field",
        "mvexpand FIELD [limit=N]"
    )
    .options(MVEXPAND),
    Signature::new(
        "foreach",
        Shape::Foreach,
        "runs a template for each field",
        "foreach PATTERNS [TEMPLATE]"
    )
    .options(FOREACH),
    Signature::new(
        "reltime",
        Shape::None,
        "the time since an event, in words",
        "reltime"
    ),
    Signature::new(
        "scrub",
        Shape::Raw,
        "makes events anonymous",
        "scrub [OPTIONS]"
    ),
    Signature::new(
        "tojson",
        Shape::Raw,
        "makes JSON of fields",
        "tojson [FUNCTION(FIELD)…] [output_field=FIELD]"
    ),
];

const FOREACH: &[OptionSpec] = &[
    OptionSpec::new(
        "mode",
        super::OptionKind::OneOf(&["multifield", "multivalue", "json_array", "auto_collections"]),
        "what to go through",
    ),
    OptionSpec::new("fieldstr", Text, "stands for <<FIELD>>"),
    OptionSpec::new("matchstr", Text, "stands for <<MATCHSTR>>"),
    OptionSpec::new("matchseg1", Text, "stands for <<MATCHSEG1>>"),
    OptionSpec::new("matchseg2", Text, "stands for <<MATCHSEG2>>"),
    OptionSpec::new("matchseg3", Text, "stands for <<MATCHSEG3>>"),
    OptionSpec::new("itemstr", Text, "stands for <<ITEM>>"),
    OptionSpec::new("iterstr", Text, "stands for <<ITER>>"),
];
