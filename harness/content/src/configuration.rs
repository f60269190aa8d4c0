//! `dryfire.toml`: what holds for every run in a content repository.
//!
//! The file is found by walking up from the first path of the run, to the root of the repository. Its tree is that of the
//! YAML reader, so that both kinds of files are read, checked and reported alike. A new section is a key of
//! [`CONFIGURATION`] and a field of [`Configuration`].

use std::ops::Range;
use std::path::{Path, PathBuf};

use dryfire_diagnostic::{Diagnostic, Severity, SourceMap, codes};
use toml::Spanned as At;
use toml::de::{DeTable, DeValue};

use crate::expected_failure::{self, ExpectedFailure};
use crate::given_lookup::{self, GivenLookup};
use crate::paths::{join, shorten};
use crate::reader::{Cx, Fields, Shape, Spanned};
use crate::repository::is_root;
use crate::rule_settings;
use crate::rules::{External, Policy};
use crate::target_settings::{self, TargetSettings};
use crate::yaml::{Entry, Node, Style, Value};

/// The file's name.
pub const CONFIGURATION_FILE: &str = "dryfire.toml";

/// The lock file's name.
pub(crate) const LOCK_FILE: &str = "dryfire.lock";

const CONFIGURATION: Shape = Shape {
    what: "dryfire.toml",
    keys: &[
        "apps",
        "lookups",
        "iplocation",
        "limits",
        "targets",
        "datasets",
        "expected_failure",
        "rules",
        "external",
    ],
    required: &[],
};
const DATASETS: Shape = Shape {
    what: "`[datasets]`",
    keys: &["cache", "fetch", "limit_mib"],
    required: &[],
};
const IPLOCATION: Shape = Shape {
    what: "`[iplocation]`",
    keys: &["database"],
    required: &["database"],
};

/// What `dryfire.toml` says; nothing where there is none.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// The file.
    pub path: Option<PathBuf>,
    /// Apps, used as those of `--app` are, which stand over them.
    pub apps: Vec<PathBuf>,
    /// Rows for lookups.
    pub lookups: Vec<GivenLookup>,
    /// The database of places that `iplocation` asks.
    pub places: Option<Spanned<PathBuf>>,
    /// Limits of Splunk: `stanza.setting` of limits.conf, and the number.
    pub limits: Vec<(Spanned<String>, u64)>,
    /// Splunks to run on.
    pub targets: Vec<TargetSettings>,
    /// Data behind addresses.
    pub datasets: DatasetSettings,
    /// Cases that are known to fail.
    pub expected_failures: Vec<ExpectedFailure>,
    /// How bad findings are.
    pub rules: Policy,
    /// Names that other apps bring.
    pub external: External,
    /// Where the lock file of datasets is, or would be written: beside this file, or at the root of the repository.
    pub lock: PathBuf,
}

/// What is said of data behind addresses. What is secret stands in the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatasetSettings {
    /// The cache's folder.
    pub cache: Option<PathBuf>,
    /// Whether every run may fetch.
    pub fetch: bool,
    /// Most MiB of one dataset.
    pub limit_mib: Option<u64>,
}

impl Configuration {
    /// Reads the file that holds for these paths; none for the current folder.
    pub fn find(paths: &[PathBuf], sources: &mut SourceMap, out: &mut Vec<Diagnostic>) -> Self {
        let here = PathBuf::from(".");
        let first = paths.first().unwrap_or(&here);
        let Some(path) = file_above(first, CONFIGURATION_FILE) else {
            return Self {
                lock: file_above(first, LOCK_FILE)
                    .unwrap_or_else(|| root_of(first).join(LOCK_FILE)),
                ..Self::default()
            };
        };
        let lock = path.with_file_name(LOCK_FILE);
        Self {
            lock,
            ..Self::load(path, sources, out)
        }
    }

    fn load(path: PathBuf, sources: &mut SourceMap, out: &mut Vec<Diagnostic>) -> Self {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("`{}` can't be read: {error}", path.display());
                out.push(Diagnostic::error(&codes::content::UNREADABLE, message));
                return Self::default();
            }
        };
        let file = sources.add(path.display().to_string(), text);
        let mut cx = Cx::new(file, sources, out, Some(Severity::Error));
        let text = cx.text.clone();
        match DeTable::parse(&text) {
            Ok(table) => read(&node(table.get_ref(), range(&table.span())), path, &mut cx),
            Err(error) => {
                let at = error.span().unwrap_or(0..0);
                let message = format!("not valid TOML: {}", error.message());
                let found = Diagnostic::error(&codes::configuration::TOML, message);
                cx.out.push(found.at(cx.span(&range(&at)), ""));
                Self {
                    path: Some(path),
                    ..Self::default()
                }
            }
        }
    }
}

/// The file in the folder of a path or in one above it, no higher than the root of a repository.
fn file_above(path: &Path, name: &str) -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let start = join(&here, &path.to_string_lossy());
    for folder in start.ancestors() {
        let file = folder.join(name);
        if file.is_file() {
            return Some(shorten(&file));
        }
        if is_root(folder) || folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// The root of the repository that a path is in; the current folder where it is in none.
fn root_of(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let start = join(&here, &path.to_string_lossy());
    let root = start
        .ancestors()
        .find(|folder| is_root(folder) || folder.join(".git").exists());
    root.map(shorten).unwrap_or_default()
}

fn read(root: &Node, path: PathBuf, cx: &mut Cx<'_>) -> Configuration {
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let mut read = Configuration {
        path: Some(path),
        ..Configuration::default()
    };
    let Some(fields) = Fields::new(root, &CONFIGURATION, cx) else {
        return read;
    };
    let apps = fields.texts("apps", cx);
    read.apps = apps.iter().map(|app| join(&folder, app)).collect();
    if let Some(lookups) = fields.get("lookups") {
        read.lookups = given_lookup::read(lookups, &folder, cx);
    }
    let places = fields
        .get("iplocation")
        .and_then(|node| Fields::new(node, &IPLOCATION, cx));
    read.places = places
        .and_then(|places| places.text("database", cx))
        .map(|database| database.map(|path| join(&folder, &path)));
    if let Some(targets) = fields.get("targets") {
        read.targets = target_settings::read(targets, &folder, cx);
    }
    let datasets = fields
        .get("datasets")
        .and_then(|node| Fields::new(node, &DATASETS, cx));
    if let Some(datasets) = datasets {
        read.datasets = DatasetSettings {
            cache: datasets
                .text("cache", cx)
                .map(|path| join(&folder, &path.value)),
            fetch: datasets.truth("fetch", cx).unwrap_or(false),
            limit_mib: datasets.number("limit_mib", cx).map(|number| number.value),
        };
    }
    read.expected_failures = expected_failure::read(fields.items("expected_failure", cx), cx);
    if let Some(rules) = fields.get("rules") {
        read.rules = rule_settings::read_rules(rules, &folder, cx);
    }
    if let Some(external) = fields.get("external") {
        read.external = rule_settings::read_external(external, cx);
    }
    if let Some(limits) = fields.get("limits") {
        read.limits = self::limits(limits, cx);
    }
    read
}

/// `"stanza.setting" = number`, or a table of a stanza's settings: TOML makes no difference between the two.
fn limits(node: &Node, cx: &mut Cx<'_>) -> Vec<(Spanned<String>, u64)> {
    if !matches!(node.value, Value::Mapping(_)) {
        cx.invalid(node, "limits: `\"stanza.setting\" = number`");
    }
    let mut found = Vec::new();
    for entry in node.entries() {
        let settings = entry.value.entries();
        if settings.is_empty() {
            found.extend(limit(entry.key.clone(), entry, cx));
        }
        for setting in settings {
            found.extend(limit(format!("{}.{}", entry.key, setting.key), setting, cx));
        }
    }
    found
}

fn limit(name: String, entry: &Entry, cx: &mut Cx<'_>) -> Option<(Spanned<String>, u64)> {
    let number = cx.number(&entry.value)?;
    let span = cx.span(&entry.key_range);
    Some((Spanned { value: name, span }, number.value))
}

/// A table as a node; the keys in the order of the file.
fn node(table: &DeTable<'_>, range: Range<u32>) -> Node {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_range: self::range(&key.span()),
            value: value_node(value),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_range.start);
    Node {
        value: Value::Mapping(entries),
        range,
    }
}

fn value_node(value: &At<DeValue<'_>>) -> Node {
    let range = range(&value.span());
    let plain = |text: String, style: Style| Value::Scalar { text, style };
    let value = match value.get_ref() {
        DeValue::Table(table) => return node(table, range),
        DeValue::Array(items) => Value::Sequence(items.iter().map(value_node).collect()),
        DeValue::String(text) => plain(text.to_string(), Style::Double),
        DeValue::Boolean(truth) => plain(truth.to_string(), Style::Plain),
        DeValue::Integer(number) => plain(number.to_string(), Style::Plain),
        DeValue::Float(number) => plain(number.to_string(), Style::Plain),
        DeValue::Datetime(time) => plain(time.to_string(), Style::Plain),
    };
    Node { value, range }
}

fn range(span: &Range<usize>) -> Range<u32> {
    let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    clamp(span.start)..clamp(span.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given_lookup::GivenRows;

    fn find(folder: &Path, text: &str) -> (Configuration, Vec<String>, SourceMap) {
        std::fs::write(folder.join(CONFIGURATION_FILE), text).unwrap();
        let (mut sources, mut out) = (SourceMap::new(), Vec::new());
        let below = folder.join("a/b.yml");
        let read = Configuration::find(&[below], &mut sources, &mut out);
        let out = out
            .iter()
            .map(|found| dryfire_diagnostic::concise(found, &sources))
            .collect();
        (read, out, sources)
    }

    #[test]
    fn all_sections_are_read_with_their_places() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t.csv"), "a\n1\n").unwrap();
        let (read, out, sources) = find(
            folder.path(),
            "apps = [\"apps/one\"]\n[lookups]\nseen = \"empty\"\nt = \"t.csv\"\nrows = [{ z = 1, a = \"x\" }, { a = true }]\n[iplocation]\ndatabase = \"p.mmdb\"\n[limits]\n\"subsearch.maxout\" = 1_000\nstats.list_maxsize = 5\n[datasets]\ncache = \"c\"\nfetch = true\nlimit_mib = 9\n",
        );
        assert!(out.is_empty(), "{out:?}");
        assert_eq!(read.apps, [folder.path().join("apps/one")]);
        let rows: Vec<_> = read
            .lookups
            .iter()
            .map(|given| (given.name.value.as_str(), &given.rows))
            .collect();
        let written = GivenRows::Rows {
            columns: vec!["z".into(), "a".into()],
            rows: vec![vec!["1".into(), "x".into()], vec!["".into(), "true".into()]],
        };
        assert_eq!(
            rows,
            [
                ("seen", &GivenRows::Empty),
                ("t", &GivenRows::Csv("a\n1\n".into())),
                ("rows", &written)
            ]
        );
        let limits: Vec<_> = read
            .limits
            .iter()
            .map(|(name, number)| (name.value.as_str(), *number))
            .collect();
        assert_eq!(
            limits,
            [("subsearch.maxout", 1000), ("stats.list_maxsize", 5)]
        );
        let datasets = DatasetSettings {
            cache: Some(folder.path().join("c")),
            fetch: true,
            limit_mib: Some(9),
        };
        assert_eq!(read.datasets, datasets);
        assert_eq!(sources.text(read.places.unwrap().span), "\"p.mmdb\"");
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        for (text, wanted) in [
            ("lookup = 1\n", "dryfire.toml has no key `lookup`"),
            ("[iplocation]\ndatabse = \"x\"\n", "no key `databse`"),
            ("[datasets]\nfetsh = true\n", "no key `fetsh`"),
            ("[datasets]\nfetch = \"always\"\n", "true or false"),
            ("apps = [\n", "not valid TOML"),
            ("[lookups]\na = 1.csv\n", "not valid TOML"),
            ("[lookups]\na = \"none.csv\"\n", "can't be read"),
            (
                "[limits]\n\"sort.x\" = \"many\"\n",
                "expected a whole number",
            ),
        ] {
            let (_, out, _) = find(folder.path(), text);
            assert!(
                out.iter().any(|found| found.contains(wanted)),
                "{text} {out:?}"
            );
            assert!(
                out.iter().all(|found| found.contains("dryfire.toml:")),
                "{out:?}"
            );
        }
    }

    #[test]
    fn a_repository_ends_the_way_up() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/contentctl.yml"), "").unwrap();
        let (read, ..) = find(folder.path(), "apps = [\"x\"]\n");
        let lock = folder.path().join("a/dryfire.lock");
        assert_eq!((read.lock, read.path, read.apps), (lock, None, Vec::new()));
    }
}
