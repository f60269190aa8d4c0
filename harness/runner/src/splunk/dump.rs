//! A time range of an index as dataset files with their YAML, as attack_data has them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use dryfire_splunk::{Client, Environment, Error, Result, Row, Search};

use super::effects::{unclear, writes};
use super::job_id;

/// Which time is dumped, as Splunk writes it.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// From this time on.
    pub earliest: Option<String>,
    /// To before this time.
    pub latest: Option<String>,
}

/// What was written.
#[derive(Debug, Default)]
pub struct Dumped {
    /// The YAML file.
    pub description: PathBuf,
    /// The data files, with the number of their events.
    pub files: Vec<(PathBuf, u64)>,
}

/// What events of one file have in common: source, sourcetype.
type Kind = (String, String);

/// An open data file.
struct Open {
    path: PathBuf,
    file: BufWriter<File>,
    events: u64,
}

/// Writes the events that a search finds, the oldest first: a file for each source and sourcetype beside `into`, and the YAML
/// that describes them. `date` and `id` go into the YAML.
///
/// # Errors
/// `Protected` where the search would write, or on `prod` where that can't be told; as any search; a file can't be written; an event lacks its text.
pub async fn dump(
    (client, environment): (&Client, Environment),
    text: &str,
    window: &Window,
    into: &Path,
    (date, id): (&str, &str),
) -> Result<Dumped> {
    let ordered = format!(
        "{} | sort 0 + _time | fields _time _raw source sourcetype",
        text.trim()
    );
    only_reads(&ordered, environment)?;
    let mut search = Search::new(ordered, job_id());
    search.earliest.clone_from(&window.earliest);
    search.latest.clone_from(&window.latest);
    let mut open: BTreeMap<Kind, Open> = BTreeMap::new();
    client
        .export(&search, |row| write(&mut open, &row, into))
        .await?;
    let mut dumped = Dumped {
        description: into.with_extension("yml"),
        files: Vec::new(),
    };
    let stem = into.file_stem().unwrap_or_default().to_string_lossy();
    let mut yaml = format!(
        "author: dryfire\nid: {id}\ndate: '{date}'\ndescription: {}\nenvironment: {}\ndirectory: {}\nmitre_technique: []\ndatasets:\n",
        quoted(&format!("Events of the search: {text}")),
        quoted(&client.address()),
        quoted(&stem),
    );
    for ((source, sourcetype), mut open) in open {
        open.file
            .flush()
            .map_err(|error| cannot(&open.path, &error))?;
        let file = open.path.file_name().unwrap_or_default().to_string_lossy();
        yaml.push_str(&format!(
            "- name: {}\n  path: {}\n  sourcetype: {}\n  source: {}\n",
            quoted(&open.path.file_stem().unwrap_or_default().to_string_lossy()),
            quoted(&file),
            quoted(&sourcetype),
            quoted(&source),
        ));
        dumped.files.push((open.path, open.events));
    }
    if !dumped.files.is_empty() {
        std::fs::write(&dumped.description, yaml)
            .map_err(|error| cannot(&dumped.description, &error))?;
    }
    Ok(dumped)
}

/// A dump is not journaled, so it may not write anywhere; on `prod` it must be plain that it does not.
fn only_reads(text: &str, environment: Environment) -> Result<()> {
    if let Some(command) = writes(text) {
        return Err(Error::Protected(format!(
            "`{command}` writes, and a dump only reads: leave the command out of the search"
        )));
    }
    match (environment, unclear(text)) {
        (Environment::Prod, Some(why)) => Err(Error::Protected(format!(
            "the target is `prod`, and it can't be told that the search only reads: {why}. Write the search out"
        ))),
        _ => Ok(()),
    }
}

fn write(open: &mut BTreeMap<Kind, Open>, row: &Row, into: &Path) -> Result<()> {
    let text = |name: &str| row.get(name).and_then(|value| value.as_str());
    let raw = text("_raw").ok_or_else(|| {
        Error::Settings(
            "the search gives rows without `_raw`: only events can be dumped".to_owned(),
        )
    })?;
    let kind = (
        text("source").unwrap_or_default().to_owned(),
        text("sourcetype").unwrap_or_default().to_owned(),
    );
    let number = open.len();
    if !open.contains_key(&kind) {
        let path = numbered(into, number);
        // Data that somebody has is not overwritten.
        let file = File::create_new(&path).map_err(|error| cannot(&path, &error))?;
        open.insert(
            kind.clone(),
            Open {
                path,
                file: BufWriter::new(file),
                events: 0,
            },
        );
    }
    if let Some(open) = open.get_mut(&kind) {
        writeln!(open.file, "{}", raw.trim_end_matches('\n'))
            .map_err(|error| cannot(&open.path, &error))?;
        open.events += 1;
    }
    Ok(())
}

/// `a.log`, then `a-2.log`, `a-3.log`, …
fn numbered(into: &Path, number: usize) -> PathBuf {
    if number == 0 {
        return into.to_owned();
    }
    let stem = into.file_stem().unwrap_or_default().to_string_lossy();
    let ending = into.extension().unwrap_or_default().to_string_lossy();
    let name = format!("{stem}-{}", number + 1);
    let name = if ending.is_empty() {
        name
    } else {
        format!("{name}.{ending}")
    };
    into.with_file_name(name)
}

/// A text as YAML: JSON's form is one of its own.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    Error::Settings(format!("can't write `{}`: {error}", path.display()))
}
