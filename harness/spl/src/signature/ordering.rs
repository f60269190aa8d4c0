//! Commands that order or turn the table: `sort`, `reverse`, `transpose`, `xyseries`, …

use super::OptionKind::{Bool, Field, Int, Text};
use super::{OptionSpec, Shape, Signature};

const SORT: &[OptionSpec] = &[OptionSpec::new("limit", Int, "most rows; 0 means all")];

const TRANSPOSE: &[OptionSpec] = &[
    OptionSpec::new("int", Int, "most rows"),
    OptionSpec::new("column_name", Field, "where the names go"),
    OptionSpec::new("header_field", Field, "holds the new names"),
    OptionSpec::new("include_empty", Bool, "keep empty columns"),
];

const XYSERIES: &[OptionSpec] = &[
    OptionSpec::new("grouped", Bool, "the input is sorted by group"),
    OptionSpec::new("sep", Text, "joins series and value"),
    OptionSpec::new("format", Text, "how names are made"),
];

super::family![
    Signature::new(
        "sort",
        Shape::Sort,
        "orders the rows",
        "sort [N] [+|-]FIELD… [desc]"
    )
    .options(SORT),
    Signature::new("reverse", Shape::None, "reverses the rows", "reverse"),
    Signature::new(
        "transpose",
        Shape::Count,
        "turns rows into columns",
        "transpose [N] [column_name=FIELD] [header_field=FIELD] [include_empty=B]"
    )
    .options(TRANSPOSE),
    Signature::new(
        "xyseries",
        Shape::Fields,
        "makes a table out of a list",
        "xyseries [grouped=B] X SERIES VALUES"
    )
    .aliases(&["maketable"])
    .options(XYSERIES),
    Signature::new(
        "untable",
        Shape::Fields,
        "makes a list out of a table",
        "untable X SERIES VALUE"
    ),
];
