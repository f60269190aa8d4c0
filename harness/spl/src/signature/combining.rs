//! Commands with subsearches: `append`, `join`, `map`, `union`, …

use super::OptionKind::{Bool, Field, Int, OneOf, Text};
use super::{OptionSpec, Shape, Signature};

const APPEND: &[OptionSpec] = &[
    OptionSpec::new("extendtimerange", Bool, "widen the time range"),
    OptionSpec::new("maxtime", Int, "most seconds"),
    OptionSpec::new("maxout", Int, "most rows"),
    OptionSpec::new("timeout", Int, "most seconds to wait"),
];

const APPENDCOLS: &[OptionSpec] = &[
    OptionSpec::new("override", Bool, "the subsearch wins"),
    OptionSpec::new("maxtime", Int, "most seconds"),
    OptionSpec::new("maxout", Int, "most rows"),
    OptionSpec::new("timeout", Int, "most seconds to wait"),
];

const JOIN: &[OptionSpec] = &[
    OptionSpec::new(
        "type",
        OneOf(&["inner", "outer", "left"]),
        "which rows stay",
    ),
    OptionSpec::new("max", Int, "most matches of a row; 0 means all"),
    OptionSpec::new("overwrite", Bool, "the subsearch wins"),
    OptionSpec::new("usetime", Bool, "only earlier or later rows"),
    OptionSpec::new("earlier", Bool, "earlier rows"),
    OptionSpec::new("left", Text, "alias of the left side"),
    OptionSpec::new("right", Text, "alias of the right side"),
    OptionSpec::new("keepsingle", Bool, "keep rows without a partner"),
];

const SELFJOIN: &[OptionSpec] = &[
    OptionSpec::new("overwrite", Bool, "the other row wins"),
    OptionSpec::new("max", Int, "most matches of a row; 0 means all"),
    OptionSpec::new("keepsingle", Bool, "keep rows without a partner"),
];

const MAP: &[OptionSpec] = &[OptionSpec::new("maxsearches", Int, "most searches")];
const APPENDPIPE: &[OptionSpec] = &[OptionSpec::new("run_in_preview", Bool, "in previews too")];
const UNION: &[OptionSpec] = &[
    OptionSpec::new("maxtime", Int, "most seconds"),
    OptionSpec::new("maxout", Int, "most rows"),
    OptionSpec::new("timeout", Int, "most seconds to wait"),
    OptionSpec::new("field", Field, "the field to order by"),
];

super::family![
    Signature::new(
        "append",
        Shape::Sub,
        "adds the rows of a subsearch",
        "append [OPTIONS] [SEARCH]"
    )
    .options(APPEND),
    Signature::new(
        "appendcols",
        Shape::Sub,
        "adds the fields of a subsearch",
        "appendcols [override=B] [SEARCH]"
    )
    .options(APPENDCOLS),
    Signature::new(
        "appendpipe",
        Shape::Sub,
        "adds the result of a pipeline over the rows",
        "appendpipe [PIPELINE]"
    )
    .options(APPENDPIPE),
    Signature::new(
        "join",
        Shape::Sub,
        "joins with a subsearch",
        "join [type=T] [max=N] [overwrite=B] [FIELDS] [SEARCH]"
    )
    .options(JOIN),
    Signature::new(
        "selfjoin",
        Shape::Fields,
        "joins with itself",
        "selfjoin [max=N] [overwrite=B] [keepsingle=B] FIELDS"
    )
    .options(SELFJOIN),
    Signature::new(
        "union",
        Shape::Sub,
        "merges datasets",
        "union [OPTIONS] DATASETS"
    )
    .options(UNION),
    Signature::new(
        "multisearch",
        Shape::Sub,
        "runs several searches at once",
        "multisearch [SEARCH] [SEARCH]…"
    )
    .generating(),
    Signature::new(
        "map",
        Shape::Map,
        "runs a search for each row",
        "map [maxsearches=N] (search=\"SEARCH\" | [SEARCH] | NAME)"
    )
    .options(MAP),
    Signature::new(
        "format",
        Shape::Raw,
        "makes one search expression of the rows",
        "format [maxresults=N] [\"ROWS START\" … ]"
    ),
    Signature::new(
        "return",
        Shape::Raw,
        "returns values from a subsearch",
        "return [N] [FIELD | ALIAS=FIELD | $FIELD]…"
    ),
];
