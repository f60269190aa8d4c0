//! Commands that choose or name fields: `table`, `fields`, `rename`, …

use super::OptionKind::{Bool, Field, Int, Text};
use super::{OptionSpec, Shape, Signature};

super::family![
    Signature::new(
        "table",
        Shape::Fields,
        "keeps these fields, in this order",
        "table FIELDS"
    ),
    Signature::new(
        "fields",
        Shape::Fields,
        "keeps or drops fields",
        "fields [+|-] FIELDS"
    ),
    Signature::new(
        "rename",
        Shape::Renames,
        "renames fields",
        "rename FIELD AS NAME [, FIELD AS NAME]…"
    ),
    Signature::new(
        "setfields",
        Shape::Raw,
        "sets fields to fixed values",
        "setfields FIELD=\"VALUE\"…"
    ),
    Signature::new(
        "fieldsummary",
        Shape::Fields,
        "statistics of the fields",
        "fieldsummary [maxvals=N] [FIELDS]"
    )
    .options(&[OptionSpec::new("maxvals", Int, "most values to list")]),
    Signature::new(
        "highlight",
        Shape::Raw,
        "marks terms for display",
        "highlight TERMS"
    ),
    Signature::new(
        "iconify",
        Shape::Fields,
        "shows an icon for each value",
        "iconify FIELDS"
    ),
    Signature::new(
        "abstract",
        Shape::Raw,
        "shortens events for display",
        "abstract [maxterms=N] [maxlines=N]"
    ),
    Signature::new(
        "analyzefields",
        Shape::Raw,
        "how well fields predict another",
        "analyzefields classfield=FIELD"
    )
    .aliases(&["af"]),
    Signature::new(
        "tags",
        Shape::Fields,
        "adds the tags of fields",
        "tags [outputfield=FIELD] [inclname=B] [inclvalue=B] [allowed_tags=TEXT] [FIELDS]"
    )
    .options(&[
        OptionSpec::new("outputfield", Field, "where all tags go"),
        OptionSpec::new("inclname", Bool, "with the name of the field"),
        OptionSpec::new("inclvalue", Bool, "with the value of the field"),
        OptionSpec::new("allowed_tags", Text, "only these tags, parted by commas"),
    ]),
    Signature::new(
        "addinfo",
        Shape::None,
        "adds facts on the search, such as its time range",
        "addinfo"
    ),
    Signature::new(
        "typer",
        Shape::Raw,
        "adds the event types",
        "typer [eventtypes=TEXT] [maxlen=N]"
    ),
    Signature::new(
        "findtypes",
        Shape::Raw,
        "suggests event types",
        "findtypes max=N [notcovered] [useraw]"
    ),
];
