//! Lookups: definitions in `transforms.conf`, and CSV files that can be named without one.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use dryfire_diagnostic::{Diagnostic, Span, codes};

use crate::app::FileText;
use crate::hash::{ContentHash, Hasher};
use crate::layers::{Layered, Stanza};
use crate::stanza::Reader;
use crate::table::LookupTable;
use crate::text;

/// How a lookup is done.
#[derive(Debug, Clone)]
pub struct LookupDefinition {
    /// The name that searches use.
    pub name: String,
    /// Where the rows are.
    pub source: LookupSource,
    /// Columns whose cells are patterns, taken literally: a column that is not in the table has no effect, so that the
    /// real one is compared exactly, as on Splunk.
    pub match_type: Vec<(MatchKind, String)>,
    /// Whether letter case counts.
    pub case_sensitive: bool,
    /// With fewer matches, `default_match` fills up.
    pub min_matches: usize,
    /// At most so many matches give values.
    pub max_matches: usize,
    /// The value where nothing matches.
    pub default_match: Option<String>,
    /// The column with the time from which a row holds.
    pub time_field: Option<String>,
    /// The format of that time; seconds since 1970 where absent.
    pub time_format: Option<String>,
    /// The greatest age of a row, in seconds.
    pub max_offset_secs: Option<u64>,
    /// The least age of a row, in seconds.
    pub min_offset_secs: Option<u64>,
    /// A filter over the rows, as written.
    pub filter: Option<String>,
    /// The app that defines it; empty for the content repository.
    pub app: Arc<str>,
    /// The stanza; none for a bare file or one that the content repository gives.
    pub at: Option<Span>,
}

/// Where a lookup's rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupSource {
    /// A CSV file.
    File(String),
    /// A collection of the KV store, with the fields of `fields_list`. Without Splunk it has no rows.
    KvStore {
        /// The collection.
        collection: String,
        /// `fields_list`.
        fields: Vec<String>,
    },
    /// A script or a built-in of Splunk, such as `geo`. It can't be run here.
    External {
        /// `external_type`.
        kind: String,
        /// `external_cmd`.
        command: Option<String>,
        /// `fields_list`.
        fields: Vec<String>,
    },
}

/// How the cells of a column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatchKind {
    /// `*` stands for any text.
    Wildcard,
    /// The cell is a network.
    Cidr,
}

impl LookupDefinition {
    /// A definition with Splunk's defaults.
    pub fn new(name: impl Into<String>, source: LookupSource) -> Self {
        Self {
            name: name.into(),
            source,
            match_type: Vec::new(),
            case_sensitive: true,
            min_matches: 0,
            max_matches: 100,
            default_match: None,
            time_field: None,
            time_format: None,
            max_offset_secs: None,
            min_offset_secs: None,
            filter: None,
            app: "".into(),
            at: None,
        }
    }

    /// Reads a `match_type`: `WILDCARD(a), CIDR(b)`. The second part lists what can't be used.
    pub fn parse_match_type(text: &str) -> (Vec<(MatchKind, String)>, Vec<String>) {
        let mut kinds = Vec::new();
        let mut bad = Vec::new();
        let mut rest = text;
        while let Some(close) = rest.find(')') {
            let item = rest[..close].trim_matches([',', ' ', '\t', '\n']);
            match item.split_once('(') {
                Some((kind, column)) if kind.trim().eq_ignore_ascii_case("wildcard") => {
                    kinds.push((MatchKind::Wildcard, column.trim().to_owned()));
                }
                Some((kind, column)) if kind.trim().eq_ignore_ascii_case("cidr") => {
                    kinds.push((MatchKind::Cidr, column.trim().to_owned()));
                }
                // EXACT is what every column is anyway.
                Some((kind, _)) if kind.trim().eq_ignore_ascii_case("exact") => {}
                _ => bad.push(format!("{item})")),
            }
            rest = &rest[close + 1..];
        }
        let rest = rest.trim_matches([',', ' ', '\t', '\n']);
        if !rest.is_empty() {
            bad.push(rest.to_owned());
        }
        (kinds, bad)
    }

    /// Hash of how it is done (not of the rows, nor of the name).
    fn hash(&self, hasher: &mut Hasher) {
        for (kind, column) in &self.match_type {
            hasher
                .text(if *kind == MatchKind::Cidr {
                    "cidr"
                } else {
                    "wildcard"
                })
                .text(column);
        }
        let numbers = (
            self.case_sensitive,
            self.min_matches,
            self.max_matches,
            self.max_offset_secs,
            self.min_offset_secs,
        );
        hasher.text(&format!("{numbers:?} {:?}", self.source));
        for text in [
            &self.default_match,
            &self.time_field,
            &self.time_format,
            &self.filter,
        ] {
            hasher.text(text.as_deref().unwrap_or("\0"));
        }
    }
}

/// What a run puts in the place of a lookup's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filling {
    /// No rows.
    Empty,
    /// These rows.
    Rows(LookupTable),
}

/// A lookup that Splunk leaves to a script of an app, and that is done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Native {
    /// `ut_shannon.py` of URL Toolbox: `word` to `ut_shannon`, the Shannon entropy of its characters in bits.
    Shannon,
}

impl Native {
    /// The columns, those to match first.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Shannon => &["word", "ut_shannon"],
        }
    }
}

/// A lookup: how it is done, and its rows.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// How it is done.
    pub definition: LookupDefinition,
    file: Option<Arc<TableFile>>,
    any_column: bool,
}

impl Lookup {
    /// A lookup over a table that is already there, or over none.
    pub fn new(definition: LookupDefinition, table: Option<LookupTable>) -> Self {
        let file = table.map(|table| {
            let cell = OnceLock::new();
            // The cell is new, so setting it can't fail.
            let _ = cell.set(table);
            Arc::new(TableFile {
                path: definition.name.clone(),
                text: None,
                table: cell,
            })
        });
        Self {
            definition,
            file,
            any_column: false,
        }
    }

    /// A lookup that is said to have no rows. Its columns are those of its definition or of the table it had; where
    /// neither tells, every column is taken to be there.
    fn emptied(&self) -> Self {
        let columns = match (&self.definition.source, self.table()) {
            (_, Some(table)) => table.columns().to_vec(),
            (
                LookupSource::KvStore { fields, .. } | LookupSource::External { fields, .. },
                None,
            ) => fields.clone(),
            (LookupSource::File(_), None) => Vec::new(),
        };
        let any_column = columns.is_empty() || self.any_column;
        let none: [[&str; 0]; 0] = [];
        Self {
            any_column,
            ..Self::new(
                self.definition.clone(),
                Some(LookupTable::new(columns, none)),
            )
        }
    }

    /// The same lookup over other rows.
    pub fn filled(&self, filling: &Filling) -> Self {
        match filling {
            Filling::Empty => self.emptied(),
            Filling::Rows(table) => Self::new(self.definition.clone(), Some(table.clone())),
        }
    }

    /// Whether no one knows its columns, so that any name may be one: it was declared empty, and is defined nowhere.
    pub fn has_any_column(&self) -> bool {
        self.any_column
    }

    /// What does this lookup here, if it is a script that Dryfire has of its own. Rows that were given win.
    pub fn native(&self) -> Option<Native> {
        let LookupSource::External {
            command: Some(command),
            ..
        } = &self.definition.source
        else {
            return None;
        };
        let script = command.split_whitespace().next()?;
        (script == "ut_shannon.py" && self.file.is_none()).then_some(Native::Shannon)
    }

    /// The rows, parsed at the first call; none for the KV store, scripts, and files that are not there.
    pub fn table(&self) -> Option<&LookupTable> {
        self.file.as_deref().map(TableFile::table)
    }

    /// Where the rows came from, for people; none where there are no rows.
    pub fn path(&self) -> Option<&str> {
        self.file.as_deref().map(|file| file.path.as_str())
    }

    /// Hash of how it is done and of its rows.
    pub fn hash(&self) -> ContentHash {
        let mut hasher = Hasher::default();
        self.definition.hash(&mut hasher);
        if let Some(table) = self.table() {
            hasher.hash(table.hash());
        }
        hasher.finish()
    }

    /// Warnings about the rows; parses them.
    pub fn check(&self) -> Vec<Diagnostic> {
        let Some(file) = &self.file else {
            return Vec::new();
        };
        let ragged = file.table().ragged();
        let Some(first) = ragged.first() else {
            return Vec::new();
        };
        let message = format!(
            "{} rows of {} have more or fewer cells than the header",
            ragged.len(),
            file.path
        );
        let mut warning =
            Diagnostic::warning(&codes::dataset::LOOKUP_ROWS, message).because(format!(
                "the first is on line {first}; missing cells are empty, surplus ones are dropped"
            ));
        if let Some(at) = self.definition.at {
            warning = warning.at(at, "");
        }
        vec![warning]
    }
}

/// A CSV file, parsed when it is first needed.
#[derive(Debug)]
pub(crate) struct TableFile {
    path: String,
    text: Option<FileText>,
    table: OnceLock<LookupTable>,
}

impl TableFile {
    /// A file that is not parsed yet.
    pub(crate) fn new(path: String, text: FileText) -> Self {
        Self {
            path,
            text: Some(text),
            table: OnceLock::new(),
        }
    }

    fn table(&self) -> &LookupTable {
        self.table.get_or_init(|| match &self.text {
            Some(FileText::Static(text)) => LookupTable::from_csv(text),
            Some(FileText::Shared(text)) => LookupTable::from_csv(text),
            // Tables are never registered as sources.
            Some(FileText::Source(_)) | None => LookupTable::from_csv(""),
        })
    }
}

/// All lookups.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    defined: BTreeMap<String, Lookup>,
    /// By file name, the strongest app's.
    files: BTreeMap<String, Lookup>,
}

impl Lookups {
    /// Reads the definitions. `files` ascend by precedence: app, file name, text.
    pub(crate) fn read(
        conf: &Layered,
        files: Vec<(Arc<str>, String, Arc<TableFile>)>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut by_app = BTreeMap::new();
        let mut lookups = Self::default();
        for (app, name, file) in files {
            by_app.insert((app.clone(), name.clone()), file.clone());
            let mut definition = LookupDefinition::new(&*name, LookupSource::File(name.clone()));
            definition.app = app;
            lookups.files.insert(
                name,
                Lookup {
                    definition,
                    file: Some(file),
                    any_column: false,
                },
            );
        }
        for (name, stanza) in &conf.stanzas {
            let Some(definition) = definition(name, stanza, diagnostics) else {
                continue;
            };
            let file = match &definition.source {
                LookupSource::File(file) => {
                    // The defining app's own file comes first; the name may be used by several apps.
                    let own = stanza
                        .get("filename")
                        .map(|setting| (setting.app.clone(), file.clone()));
                    let own = own.and_then(|key| by_app.get(&key)).cloned();
                    own.or_else(|| {
                        lookups
                            .files
                            .get(file)
                            .and_then(|lookup| lookup.file.clone())
                    })
                }
                _ => None,
            };
            lookups.defined.insert(
                name.to_string(),
                Lookup {
                    definition,
                    file,
                    any_column: false,
                },
            );
        }
        lookups
    }

    /// Finds a lookup by its definition's name or its file's, with or without `.csv`.
    pub(crate) fn get(&self, name: &str) -> Option<&Lookup> {
        let found = self.defined.get(name).or_else(|| self.files.get(name));
        found.or_else(|| self.files.get(&format!("{name}.csv")))
    }

    /// Adds or replaces a lookup.
    pub(crate) fn add(&mut self, lookup: Lookup) {
        if let LookupSource::File(file) = &lookup.definition.source
            && lookup.file.is_some()
        {
            let mut definition = LookupDefinition::new(&**file, lookup.definition.source.clone());
            definition.app = lookup.definition.app.clone();
            self.files.insert(
                file.clone(),
                Lookup {
                    definition,
                    file: lookup.file.clone(),
                    any_column: lookup.any_column,
                },
            );
        }
        self.defined.insert(lookup.definition.name.clone(), lookup);
    }

    /// A lookup over a file that an app has.
    pub(crate) fn with_file(&self, definition: LookupDefinition, file: &str) -> Lookup {
        let file = self.files.get(file).and_then(|lookup| lookup.file.clone());
        Lookup {
            definition,
            file,
            any_column: false,
        }
    }

    /// The lookups that see other rows when the file or collection of this one is filled: all over the same rows. A
    /// name that is not known is a file nobody has.
    pub(crate) fn filled(&self, name: &str, filling: &Filling) -> Vec<Lookup> {
        let Some(named) = self.get(name) else {
            let source = LookupSource::File(name.to_owned());
            return vec![Lookup::new(LookupDefinition::new(name, source), None).filled(filling)];
        };
        let is_same = |other: &&Lookup| match (&named.definition.source, &other.definition.source) {
            (LookupSource::File(one), LookupSource::File(other)) => one == other,
            (
                LookupSource::KvStore { collection, .. },
                LookupSource::KvStore {
                    collection: other, ..
                },
            ) => collection == other,
            _ => named.definition.name == other.definition.name,
        };
        self.all()
            .filter(is_same)
            .map(|lookup| lookup.filled(filling))
            .collect()
    }

    /// The definitions in ASCII order, then the files.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Lookup> {
        self.defined.values().chain(self.files.values())
    }
}

/// The lookup that a stanza of `transforms.conf` defines, if it does.
fn definition(
    name: &str,
    stanza: &Stanza,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<LookupDefinition> {
    let mut reader = Reader::new(&stanza.settings, diagnostics);
    let fields = reader
        .get("fields_list")
        .map(|setting| text::comma_list(&setting.value))
        .unwrap_or_default();
    let kind = reader.text("external_type");
    let kvstore = kind
        .as_deref()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("kvstore"));
    let source = match (
        reader.text("collection"),
        reader.text("external_cmd"),
        reader.text("filename"),
    ) {
        (Some(collection), _, _) if kvstore || kind.is_none() => {
            LookupSource::KvStore { collection, fields }
        }
        (_, Some(command), _) => LookupSource::External {
            kind: kind.unwrap_or_else(|| "python".to_owned()),
            command: Some(command),
            fields,
        },
        (_, None, Some(file)) if kind.is_none() => LookupSource::File(file),
        (_, command, _) => LookupSource::External {
            kind: kind?,
            command,
            fields,
        },
    };
    let mut lookup = LookupDefinition::new(name, source);
    if let Some(setting) = reader.get("match_type") {
        let (kinds, bad) = LookupDefinition::parse_match_type(&setting.value);
        lookup.match_type = kinds;
        for item in bad {
            reader.warn(
                setting,
                format!("`{item}` is not WILDCARD(column), CIDR(column) or EXACT(column)"),
            );
        }
    }
    lookup.case_sensitive = reader.flag("case_sensitive_match", true);
    lookup.min_matches = reader.number("min_matches").unwrap_or(0);
    lookup.time_field = reader.text("time_field");
    let most = if lookup.time_field.is_some() { 1 } else { 100 };
    lookup.max_matches = reader.number("max_matches").unwrap_or(most);
    lookup.default_match = reader.text("default_match");
    lookup.time_format = reader.text("time_format");
    lookup.max_offset_secs = reader.number("max_offset_secs");
    lookup.min_offset_secs = reader.number("min_offset_secs");
    lookup.filter = reader.text("filter");
    lookup.app = stanza.app.clone();
    lookup.at = Some(stanza.at);
    Some(lookup)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::tests::merge;

    #[test]
    fn match_types_are_taken_literally() {
        let (kinds, bad) =
            LookupDefinition::parse_match_type("WILDCARD(a b), cidr(net) EXACT(x), FUZZY(y), z");
        let expected = [
            (MatchKind::Wildcard, "a b".to_owned()),
            (MatchKind::Cidr, "net".to_owned()),
        ];
        assert_eq!(kinds, expected);
        assert_eq!(bad, ["FUZZY(y)", "z"]);
    }

    #[test]
    fn found_by_name_and_by_file() {
        let (knowledge, _, diagnostics) = merge(&[
            (
                "user",
                "A",
                "default/transforms.conf",
                "[t]\nfilename = f.csv\ncase_sensitive_match = false\n[kv]\nexternal_type = kvstore\ncollection = c\nfields_list = _key, a\n[geo]\nexternal_type = geo\n[gone]\nfilename = gone.csv\n[tt]\nfilename=f.csv\ntime_field = t\n",
            ),
            ("user", "A", "lookups/f.csv", "a,b\n1,A\n"),
            ("user", "B", "lookups/f.csv", "a,b\n1,B\n"),
            ("user", "B", "lookups/d.csv.default", "a\nx\n"),
        ]);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let cell = |name: &str| {
            knowledge
                .lookup(name)
                .and_then(Lookup::table)
                .map(|table| table.cell(0, 1).to_owned())
        };
        // The definition takes its own app's file, the bare name the strongest app's.
        assert_eq!(cell("t").as_deref(), Some("A"));
        assert_eq!(cell("f.csv").as_deref(), Some("B"));
        assert_eq!(cell("f").as_deref(), Some("B"));
        assert_eq!(
            knowledge
                .lookup("d.csv")
                .and_then(Lookup::table)
                .map(LookupTable::len),
            Some(1)
        );
        let definition = |name: &str| knowledge.lookup(name).unwrap().definition.clone();
        assert!(!definition("t").case_sensitive);
        assert_eq!(
            (definition("t").max_matches, definition("tt").max_matches),
            (100, 1)
        );
        assert!(
            matches!(definition("kv").source, LookupSource::KvStore { ref fields, .. } if fields == &["_key", "a"])
        );
        assert!(
            matches!(definition("geo").source, LookupSource::External { ref kind, .. } if kind == "geo")
        );
        assert!(knowledge.lookup("gone").unwrap().table().is_none());
        assert!(knowledge.lookup("nope").is_none());
    }

    #[test]
    fn added_lookups_override() {
        let (mut knowledge, _, _) = merge(&[("user", "A", "lookups/f.csv", "a\n1\n")]);
        let definition = LookupDefinition::new("t", LookupSource::File("f.csv".into()));
        knowledge.add_lookup(definition, Some(LookupTable::from_csv("a\n2\n")));
        for name in ["t", "f", "f.csv"] {
            assert_eq!(
                knowledge.lookup(name).unwrap().table().unwrap().cell(0, 0),
                "2"
            );
        }
        assert_ne!(
            knowledge.lookup("t").unwrap().hash(),
            Lookup::new(
                LookupDefinition::new("t", LookupSource::File("f.csv".into())),
                None
            )
            .hash()
        );
    }
}
