//! What generated searches speak of: fields, values, functions, tables.

use proptest::prelude::*;
use proptest::sample::select;

/// What generated searches speak of. Each list has at least one entry.
#[derive(Debug, Clone)]
pub struct Words {
    /// Names of fields, as they are.
    pub fields: Vec<String>,
    /// Texts that fields may hold.
    pub values: Vec<String>,
    /// Functions of `eval`, with the fewest and the most arguments.
    pub functions: Vec<(String, usize, usize)>,
    /// Aggregates that take a field.
    pub aggregates: Vec<String>,
    /// A lookup, a column to match, a column to add.
    pub lookup: [String; 3],
    /// Data models: `Model.Dataset`, and fields of the dataset.
    pub models: Vec<(String, Vec<String>)>,
    /// Search expressions for subsearches.
    pub searches: Vec<String>,
    /// Whether names and texts may be of any kind: unknown options' values, characters of all planes, empty names.
    pub odd: bool,
}

/// Names and texts that are hard to write or to read.
const ODD: &[&str] = &[
    "a b",
    "päck",
    "x.y{}.z",
    "a-b",
    "\u{1f600}",
    "say \"so\"",
    r"C:\x\",
    "it's",
    "*",
    "a|b",
    "[x]",
    "(y)",
    "a=b",
    "`",
    "5",
    "by",
    "AS",
    "",
    "NOT",
    "in",
    "a,b",
    "\u{3000}",
    "tab\there",
    "$t$",
    "<<FIELD>>",
    "!",
    "-x",
    "+x",
    "line\nbreak",
    "a```b",
    r#"\""#,
    "''",
    "%",
];

impl Words {
    fn texts(&self, list: &[String], share: u32) -> BoxedStrategy<String> {
        let known = select(list.to_vec());
        if self.odd {
            prop_oneof![4 => known, share => select(ODD).prop_map(str::to_owned), 1 => "[ -~é]{1,6}"].boxed()
        } else {
            known.boxed()
        }
    }

    /// A field's name, as it is.
    pub(crate) fn raw_field(&self) -> BoxedStrategy<String> {
        // A backtick outside of double quotes is a macro's.
        self.texts(&self.fields, 1)
            .prop_map(|name| name.replace('`', "'"))
            .boxed()
    }

    /// A field's name as lists have it: bare where that is possible.
    pub(crate) fn field(&self) -> BoxedStrategy<String> {
        (self.raw_field(), any::<bool>())
            .prop_map(|(name, bare)| {
                if bare && is_plain(&name) {
                    name
                } else {
                    quoted(&name)
                }
            })
            .boxed()
    }

    /// A field's name as expressions have it. A double quote in it would begin a string for whoever looks for pipes and
    /// macros, which don't know where single quotes count.
    pub(crate) fn operand(&self) -> BoxedStrategy<String> {
        (self.raw_field(), any::<bool>())
            .prop_map(|(name, bare)| {
                if bare && is_plain(&name) {
                    name
                } else {
                    format!(
                        "'{}'",
                        name.replace('"', "")
                            .replace('\\', r"\\")
                            .replace('\'', r"\'")
                    )
                }
            })
            .boxed()
    }

    /// A new name.
    pub(crate) fn new_field(&self) -> BoxedStrategy<String> {
        let fresh = select(vec!["x", "y2", "_z", "\"new name\"", "count"]).prop_map(str::to_owned);
        prop_oneof![3 => fresh, 1 => self.field()].boxed()
    }

    /// A text in quotes.
    pub(crate) fn text(&self) -> BoxedStrategy<String> {
        self.texts(&self.values, 2)
            .prop_map(|text| quoted(&text))
            .boxed()
    }
}

/// Whether a name needs no quotes anywhere.
pub(crate) fn is_plain(name: &str) -> bool {
    let reserved = [
        "and",
        "or",
        "xor",
        "not",
        "like",
        "in",
        "as",
        "by",
        "over",
        "where",
        "output",
        "outputnew",
        "with",
        "from",
    ];
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|next| next.is_ascii_alphanumeric() || next == '_')
        && !reserved.contains(&name.to_ascii_lowercase().as_str())
}

/// A text between double quotes.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}
