//! Commands that take fields out of text: `rex`, `spath`, `extract`, `xmlkv`, …

use super::OptionKind::{Bool, Field, Int, OneOf, Text};
use super::{OptionSpec, Shape, Signature};

const REX: &[OptionSpec] = &[
    OptionSpec::new("field", Field, "the field to read; _raw by default"),
    OptionSpec::new("max_match", Int, "most matches; 0 means all"),
    OptionSpec::new("mode", OneOf(&["sed"]), "replace instead of extract"),
    OptionSpec::new("offset_field", Field, "where the places of the groups go"),
];

const SPATH: &[OptionSpec] = &[
    OptionSpec::new("input", Field, "the field to read; _raw by default"),
    OptionSpec::new("output", Field, "where the value goes"),
    OptionSpec::new("path", Text, "the path to read; all by default"),
];

const EXTRACT: &[OptionSpec] = &[
    OptionSpec::new("pairdelim", Text, "what separates the pairs"),
    OptionSpec::new("kvdelim", Text, "what separates name and value"),
    OptionSpec::new("limit", Int, "most pairs"),
    OptionSpec::new("maxchars", Int, "most characters to read"),
    OptionSpec::new("mv_add", Bool, "keep all values of a name"),
    OptionSpec::new("clean_keys", Bool, "replace odd characters in names"),
    OptionSpec::new("auto", Bool, "find the separators"),
    OptionSpec::new("reload", Bool, "read the configuration again"),
    OptionSpec::new("segment", Bool, "note the places"),
];

const MULTIKV: &[OptionSpec] = &[
    OptionSpec::new("conf", Text, "a stanza of multikv.conf"),
    OptionSpec::new("copyattrs", Bool, "copy the event's fields"),
    OptionSpec::new("forceheader", Int, "the line with the names"),
    OptionSpec::new("multitable", Bool, "several tables in an event"),
    OptionSpec::new("noheader", Bool, "no line with names"),
    OptionSpec::new("rmorig", Bool, "drop the event itself"),
];

const XMLKV: &[OptionSpec] = &[OptionSpec::new("maxinputs", Int, "most events")];
const XPATH: &[OptionSpec] = &[
    OptionSpec::new("field", Field, "the field to read; _raw by default"),
    OptionSpec::new("outfield", Field, "where the value goes"),
    OptionSpec::new("default", Text, "the value when nothing matches"),
];
const FROMJSON: &[OptionSpec] = &[OptionSpec::new("prefix", Text, "goes before each name")];
const IPLOCATION: &[OptionSpec] = &[
    OptionSpec::new("prefix", Text, "goes before each name"),
    OptionSpec::new("allfields", Bool, "all fields of the database"),
    OptionSpec::new("lang", Text, "the language of the names"),
];

super::family![
    Signature::new(
        "rex",
        Shape::Pattern,
        "takes fields out of text by a pattern",
        "rex [field=FIELD] [max_match=N] [offset_field=FIELD] (\"PATTERN\" | mode=sed \"EXPRESSION\")",
    )
    .options(REX),
    Signature::new("erex", Shape::Raw, "finds a pattern from examples", "erex FIELD examples=TEXT"),
    Signature::new(
        "spath",
        Shape::Field,
        "takes fields out of JSON or XML",
        "spath [input=FIELD] [output=FIELD] [[path=]PATH]",
    )
    .options(SPATH),
    Signature::new(
        "extract",
        Shape::Fields,
        "takes name and value pairs out of events",
        "extract [pairdelim=TEXT] [kvdelim=TEXT] [STANZAS]",
    )
    .aliases(&["kv"])
    .options(EXTRACT),
    Signature::new(
        "kvform",
        Shape::Raw,
        "takes pairs out by a form",
        "kvform [form=NAME] [field=FIELD]",
    ),
    Signature::new(
        "multikv",
        Shape::Fields,
        "takes rows out of a table in an event",
        "multikv [forceheader=N] [OPTIONS] [fields FIELDS] [filter TERMS]",
    )
    .options(MULTIKV),
    Signature::new(
        "xmlkv",
        Shape::Field,
        "takes pairs out of XML",
        "xmlkv [FIELD] [maxinputs=N]",
    )
    .options(XMLKV),
    Signature::new("xmlunescape", Shape::Raw, "resolves XML entities", "xmlunescape [maxinputs=N]"),
    Signature::new(
        "xpath",
        Shape::Pattern,
        "takes a value out of XML by a path",
        "xpath \"PATH\" [field=FIELD] [outfield=FIELD] [default=TEXT]",
    )
    .options(XPATH),
    Signature::new(
        "fromjson",
        Shape::Field,
        "takes fields out of a JSON object",
        "fromjson FIELD [prefix=TEXT]",
    )
    .options(FROMJSON),
    Signature::new(
        "iplocation",
        Shape::Field,
        "adds the place of an address",
        "iplocation [prefix=TEXT] [allfields=B] [lang=TEXT] FIELD",
    )
    .options(IPLOCATION),
];
