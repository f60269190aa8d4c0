//! The commands Dryfire knows: their options and the grammar of their arguments.

mod combining;
mod datasets;
mod evaluating;
mod extracting;
mod fields;
mod learning;
mod ordering;
mod other;
mod reporting;
mod searching;

/// The grammar of a command's arguments, apart from its options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Options only.
    None,
    /// A search expression.
    Search,
    /// A boolean expression.
    Condition,
    /// `field = expression, …`.
    Assignments,
    /// A list of fields.
    Fields,
    /// `field AS name, …`.
    Renames,
    /// Aggregations with `by`, and `over` for charts.
    Stats,
    /// Aggregations over a data model or metrics.
    Tstats,
    /// `table column AS field OUTPUT …`.
    Lookup,
    /// A lookup table by name.
    Table,
    /// A dataset by kind and name.
    From,
    /// A saved search by name, with what it is filled in with.
    Saved,
    /// A pattern.
    Pattern,
    /// `field = pattern`.
    Regex,
    /// `function(field) AS name …`.
    Convert,
    /// One field with an optional new name.
    Field,
    /// Sort keys.
    Sort,
    /// A count, or a condition.
    Count,
    /// Fields and subsearches.
    Sub,
    /// Field patterns and a template.
    Foreach,
    /// A search to run for each row.
    Map,
    /// `"a" WITH "b" IN fields`.
    Replace,
    /// Fields and filters.
    Transaction,
    /// Kept as it stands.
    Raw,
}

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// `true`, `false`, `t`, `f`, `1`, `0`.
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// Any text.
    Text,
    /// A field's name.
    Field,
    /// A length of time, or the width of a bucket.
    Span,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// An option: `name=value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionSpec {
    /// The canonical name, in lower case.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// What it takes.
    pub kind: OptionKind,
    /// One line: what it does.
    pub summary: &'static str,
}

impl OptionSpec {
    const fn new(name: &'static str, kind: OptionKind, summary: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            kind,
            summary,
        }
    }

    /// What the option takes, when `value` is not that. Values with tokens (`$x$`, `<<FIELD>>`) are not known yet.
    pub(crate) fn refusal(&self, value: &str) -> Option<String> {
        const BOOLEANS: [&str; 8] = ["t", "f", "true", "false", "1", "0", "yes", "no"];
        let is_one_of = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(value));
        let (fits, wanted) = match self.kind {
            OptionKind::Bool => (is_one_of(&BOOLEANS), "`true` or `false`".to_owned()),
            OptionKind::Int => (value.parse::<i64>().is_ok(), "a whole number".to_owned()),
            OptionKind::Number => (value.parse::<f64>().is_ok(), "a number".to_owned()),
            OptionKind::OneOf(words) => (is_one_of(words), format!("one of {}", words.join(", "))),
            OptionKind::Text | OptionKind::Field | OptionKind::Span => (true, String::new()),
        };
        (!fits && !value.contains(['$', '<'])).then_some(wanted)
    }
}

/// What a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// The name, in lower case.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// One line: what the command does.
    pub summary: &'static str,
    /// One line: how it is written.
    pub syntax: &'static str,
    /// Its options, in any order.
    pub options: &'static [OptionSpec],
    /// The grammar of its other arguments.
    pub shape: Shape,
    /// Whether it makes rows out of nothing and so stands first.
    pub generating: bool,
    /// Whether it comes with an app, not with Splunk.
    pub external: bool,
}

impl Signature {
    const fn new(
        name: &'static str,
        shape: Shape,
        summary: &'static str,
        syntax: &'static str,
    ) -> Self {
        Self {
            name,
            aliases: &[],
            summary,
            syntax,
            options: &[],
            shape,
            generating: false,
            external: false,
        }
    }

    const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn options(mut self, options: &'static [OptionSpec]) -> Self {
        self.options = options;
        self
    }

    const fn generating(mut self) -> Self {
        self.generating = true;
        self
    }

    const fn external(mut self) -> Self {
        self.external = true;
        self
    }

    /// The option of that name or alias, in any letter case.
    pub fn option(&self, name: &str) -> Option<&'static OptionSpec> {
        let is = |other: &&str| other.eq_ignore_ascii_case(name);
        self.options
            .iter()
            .find(|option| is(&option.name) || option.aliases.iter().any(is))
    }
}

/// The command of that name or alias, in any letter case.
pub fn find(name: &str) -> Option<&'static Signature> {
    let is = |other: &&str| other.eq_ignore_ascii_case(name);
    ALL.iter()
        .copied()
        .find(|signature| is(&signature.name) || signature.aliases.iter().any(is))
}

/// The group that a command belongs to, for the reference.
pub fn group(signature: &Signature) -> &'static str {
    let is_one = |family: &&[Signature]| family.iter().any(|one| one.name == signature.name);
    FAMILIES
        .iter()
        .position(is_one)
        .map_or("Other", |family| GROUPS[family])
}

/// Declares the commands of a family and lists them in `FAMILY`.
macro_rules! family {
    ($($signature:expr),* $(,)?) => {
        /// The commands of this family.
        pub(super) const FAMILY: &[$crate::signature::Signature] = &[$($signature),*];
    };
}
use family;

const FAMILIES: [&[Signature]; 10] = [
    combining::FAMILY,
    datasets::FAMILY,
    evaluating::FAMILY,
    extracting::FAMILY,
    fields::FAMILY,
    learning::FAMILY,
    ordering::FAMILY,
    other::FAMILY,
    reporting::FAMILY,
    searching::FAMILY,
];

/// What the families are called, in their order.
const GROUPS: [&str; 10] = [
    "Combining",
    "Data sets and indexes",
    "Evaluating",
    "Extracting",
    "Fields",
    "Machine learning",
    "Ordering",
    "Other",
    "Reporting",
    "Searching",
];

const COUNT: usize = {
    let mut count = 0;
    let mut family = 0;
    while family < FAMILIES.len() {
        count += FAMILIES[family].len();
        family += 1;
    }
    count
};

static SORTED: [&Signature; COUNT] = sorted();

/// Every command, ascending by name.
pub static ALL: &[&Signature] = &SORTED;

/// Merges the families at compile time, so that a new command is written in one place only.
const fn sorted() -> [&'static Signature; COUNT] {
    let mut all: [&'static Signature; COUNT] = [&FAMILIES[0][0]; COUNT];
    let mut filled = 0;
    let mut family = 0;
    while family < FAMILIES.len() {
        let mut index = 0;
        while index < FAMILIES[family].len() {
            let next = &FAMILIES[family][index];
            let mut slot = filled;
            while slot > 0 && is_before(next.name.as_bytes(), all[slot - 1].name.as_bytes()) {
                all[slot] = all[slot - 1];
                slot -= 1;
            }
            all[slot] = next;
            filled += 1;
            index += 1;
        }
        family += 1;
    }
    all
}

const fn is_before(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return a[at] < b[at];
        }
        at += 1;
    }
    a.len() < b.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_ascending() {
        let names: Vec<_> = ALL.iter().map(|signature| signature.name).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        for signature in ALL {
            for alias in signature.aliases {
                assert!(!names.contains(alias), "{alias}");
            }
        }
    }

    #[test]
    fn aliases_and_capitals_lead_to_the_command() {
        assert_eq!(find("BUCKET").map(|signature| signature.name), Some("bin"));
        assert_eq!(find("kv").map(|signature| signature.name), Some("extract"));
        assert!(find("nosuch").is_none());
        let transaction = find("transaction").unwrap();
        assert!(transaction.option("maxSpan").is_some());
    }

    #[test]
    fn every_syntax_line_starts_with_the_name() {
        for signature in ALL {
            assert_eq!(signature.syntax.split(' ').next(), Some(signature.name));
            assert!(
                !signature.summary.is_empty() && !signature.summary.ends_with('.'),
                "{}",
                signature.name
            );
        }
    }
}
