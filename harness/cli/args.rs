//! What can be typed.

mod diff;
mod selection;
mod serve;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use dryfire_event::FailOn;

pub(crate) use diff::{Diff, DiffFormat};
pub(crate) use selection::Select;
pub(crate) use serve::{Serve, ServeFormat};

/// Replays attack data, runs the Splunk detections that should fire, and says pass or fail with the reason.
///
/// Exit codes: 0 nothing failed; 1 a case failed or is undetermined; 2 usage, or content that can't be loaded;
/// 3 a dataset or target can't be reached; 4 nothing was selected; 130 interrupted; 101 a defect of dryfire.
#[derive(Debug, Parser)]
#[command(name = "dryfire", version, max_term_width = 110)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Test detections: manifests, detection files, or a whole content repository.
    Test(Test),
    /// Check content without running it: schema, SPL, names, and the fields that risk, messages and drilldowns need.
    Validate(Validate),
    /// Run any SPL over any file, like grep for attack data.
    Search(Search),
    /// Show how a file is broken and timed, and which fields, event types, tags and data models each event gets.
    Events(Events),
    /// Show what the apps configure, and check what in an app is broken.
    Knowledge(Knowledge),
    /// Run detections over data and tell which fire on what.
    Coverage(Coverage),
    /// Tell what changed between two runs, folders or git refs: newly failing, fixed, other rows.
    Diff(Diff),
    /// Show, fetch and check the data that content names.
    Datasets(Datasets),
    /// Send attack data to a Splunk, to stay there until `--clean`.
    Replay(Replay),
    /// Write events of a Splunk into a dataset file with its YAML.
    Dump(Dump),
    /// Check, by reads only, whether a Splunk deployment is ready for content and unchanged.
    Verify(Verify),
    /// Run the executable specifications of our SPL on a Splunk, and record what it makes of them.
    Conformance(Conformance),
    /// Be a Splunk for the tools that speak to one: its REST interface and HTTP event collector over the engine.
    Serve(Serve),
    /// Print what a diagnostic code means; or what a detection does on its data, pipe by pipe.
    Explain(Explain),
    /// The reference: commands and functions with syntax, examples, what is supported and what is uncertain.
    Spl(Spl),
}

/// Which reports are written beside the terminal's.
#[derive(Debug, clap::Args)]
pub(crate) struct Reports {
    /// Write the events of the run as JSON lines.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write a JUnit report.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write web pages: an index and a page per detection.
    #[arg(long, value_name = "DIR")]
    pub(crate) html: Option<PathBuf>,
    /// Write a summary in GitHub's Markdown.
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// Write contentctl's summary.yml.
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
    /// Write a layer for the ATT&CK Navigator: techniques for which a detection fired.
    #[arg(long, value_name = "FILE")]
    pub(crate) navigator: Option<PathBuf>,
    /// Annotate the lines that are wrong, and add the summary to the job's, where GitHub Actions runs us. Without the option
    /// this is done where GITHUB_ACTIONS is true.
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub(crate) github: Option<bool>,
}

/// Whether data behind addresses is fetched.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Fetching {
    /// Fetch data that lies behind addresses, once, into the cache.
    #[arg(long)]
    pub(crate) fetch: bool,
    /// Of data behind addresses, use what the cache holds, and fetch nothing, whatever dryfire.toml says.
    #[arg(long, conflicts_with = "fetch")]
    pub(crate) offline: bool,
}

/// `dryfire test`
#[derive(Debug, clap::Args)]
pub(crate) struct Test {
    /// Manifests, detections, folders, or a content repository.
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// A Splunk app whose knowledge objects the search may use: a folder, .tgz or .spl. Can be given again.
    #[arg(long = "app", value_name = "APP")]
    pub(crate) apps: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) reports: Reports,
    /// Where the searches run: `local`, or a Splunk that dryfire.toml sets up under `[targets.NAME]`. Several, which share the
    /// tests, are separated by commas.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "local",
        value_delimiter = ','
    )]
    pub(crate) target: Vec<String>,
    /// Print everything that would be done on the target, and do nothing.
    #[arg(long)]
    pub(crate) plan: bool,
    /// Test the risk events and findings of each detection's own tests, too, as contentctl's integration tests do.
    #[arg(long)]
    pub(crate) integration: bool,
    /// A pass that depends on an assumption is undetermined.
    #[arg(long)]
    pub(crate) strict: bool,
    /// What makes the run fail, besides failed cases: undetermined, assumptions, skipped, warnings.
    #[arg(long, value_name = "LIST", default_value = "undetermined")]
    pub(crate) fail_on: FailOn,
    /// Nothing to test is no failure.
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Run no further cases after one that makes the run fail. Those that are running end first.
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Threads to use; all cores by default.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Stay, and run again what a change of a file touches, until Ctrl-C. Reports in files are those of the latest run.
    #[arg(long, conflicts_with_all = ["list", "plan", "changed", "rerun"])]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    pub(crate) fetching: Fetching,
}

/// `dryfire validate`
#[derive(Debug, clap::Args)]
pub(crate) struct Validate {
    /// Manifests, detections, folders, or a content repository.
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// A Splunk app whose knowledge objects the searches may use: a folder, .tgz or .spl. Can be given again.
    #[arg(long = "app", value_name = "APP")]
    pub(crate) apps: Vec<PathBuf>,
    /// How to show findings. JSON is one object a line.
    #[arg(long, value_enum, default_value_t = ValidateFormat::Full)]
    pub(crate) format: ValidateFormat,
    /// Whose word counts, instead of the profile in dryfire.toml: `dryfire`, or what a contentctl refuses:
    /// `contentctl-4.4`, `contentctl-5.6`, `contentctl-ng`.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// Only these rules: codes (DF118) or names (risk-field).
    #[arg(long = "rule", value_name = "CODE", num_args = 1.., value_delimiter = ',')]
    pub(crate) rules: Vec<String>,
}

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindingFormat {
    /// With the lines they are about.
    Full,
    /// A line each.
    Concise,
    /// A JSON object a line.
    Json,
}

/// How the findings of a validation are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValidateFormat {
    /// With the lines they are about.
    Full,
    /// A line each.
    Concise,
    /// A JSON object a line.
    Json,
    /// Annotations, as workflow commands of GitHub Actions.
    Github,
    /// A SARIF 2.1.0 log, for code scanning.
    Sarif,
}

/// Which data a search sees.
#[derive(Debug, clap::Args)]
pub(crate) struct Data {
    /// Source of the events; guessed from the file where it is not given.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// Sourcetype of the events; guessed from the file where it is not given.
    #[arg(long)]
    pub(crate) sourcetype: Option<String>,
    /// Host of the events.
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// Index of the events.
    #[arg(long)]
    pub(crate) index: Option<String>,
    /// A Splunk app whose knowledge objects the search may use: a folder, .tgz or .spl. Can be given again.
    #[arg(long = "app", value_name = "APP")]
    pub(crate) apps: Vec<PathBuf>,
    /// Threads to use; all cores by default.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    #[command(flatten)]
    pub(crate) fetching: Fetching,
}

/// `dryfire search`
#[derive(Debug, clap::Args)]
pub(crate) struct Search {
    /// The search.
    pub(crate) spl: String,
    /// Files to search, or addresses.
    pub(crate) files: Vec<PathBuf>,
    /// How to show the rows.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Show the rows after each command and what each condition matches.
    #[arg(long)]
    pub(crate) trace: bool,
    #[command(flatten)]
    pub(crate) data: Data,
}

/// How rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// An aligned table.
    Table,
    /// One JSON object a row.
    Json,
    /// CSV with a header.
    Csv,
    /// The raw events.
    Raw,
}

/// `dryfire events`
#[derive(Debug, clap::Args)]
pub(crate) struct Events {
    /// Files to look at, or addresses.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Only the events that this search finds.
    #[arg(long = "where", value_name = "SEARCH", default_value = "*")]
    pub(crate) search: String,
    /// Only so many events, the first of the data.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Show the fields, too, and which app, file and line gives each.
    #[arg(long)]
    pub(crate) why: bool,
    /// How to show the events. JSON is one object a line.
    #[arg(long, value_enum, default_value_t = Listing::Table)]
    pub(crate) format: Listing,
    #[command(flatten)]
    pub(crate) data: Data,
}

/// How a list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Listing {
    /// For people.
    Table,
    /// A JSON object a line.
    Json,
}

/// `dryfire knowledge`
#[derive(Debug, clap::Args)]
pub(crate) struct Knowledge {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: KnowledgeCommand,
}

/// The subcommands of `dryfire knowledge`.
#[derive(Debug, Subcommand)]
pub(crate) enum KnowledgeCommand {
    /// Show what all apps together configure, as btool does.
    Show(Show),
    /// Name what in an app is broken, with file and line.
    Check(Check),
}

/// `dryfire knowledge show`
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// A kind of configuration: props, transforms, eventtypes, tags, macros, … Without one, the apps are listed.
    pub(crate) conf: Option<String>,
    /// Only this stanza.
    pub(crate) stanza: Option<String>,
    /// Show the app, file and line of each setting.
    #[arg(long)]
    pub(crate) why: bool,
    /// Of props and transforms, what holds at index time, when other apps win than at search time.
    #[arg(long)]
    pub(crate) index_time: bool,
    /// What props say together of events of this sourcetype.
    #[arg(long)]
    pub(crate) sourcetype: Option<String>,
    /// What props say together of events of this source.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// What props say together of events of this host.
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// A Splunk app: a folder, .tgz or .spl. Can be given again. The built-in pack stands behind all.
    #[arg(long = "app", value_name = "APP")]
    pub(crate) apps: Vec<PathBuf>,
    /// How to show the settings. JSON is one object a line.
    #[arg(long, value_enum, default_value_t = Listing::Table)]
    pub(crate) format: Listing,
}

/// `dryfire knowledge check`
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// The apps to check: folders, .tgz or .spl. Each may use what the others and the built-in pack define.
    #[arg(required = true)]
    pub(crate) apps: Vec<PathBuf>,
    /// How to show findings. JSON is one object a line.
    #[arg(long, value_enum, default_value_t = FindingFormat::Full)]
    pub(crate) format: FindingFormat,
}

/// `dryfire coverage`
#[derive(Debug, clap::Args)]
pub(crate) struct Coverage {
    /// Detections, folders, or a content repository.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Data to run them over: files, folders or addresses. Can be given again.
    #[arg(long = "data", value_name = "PATH", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Run the searches one after the other instead of in one batch. It only takes longer.
    #[arg(long)]
    pub(crate) one_by_one: bool,
    /// Tell for each file alone, too.
    #[arg(long)]
    pub(crate) by_file: bool,
    /// How to show the result.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) data: Data,
}

/// `dryfire datasets`
#[derive(Debug, clap::Args)]
pub(crate) struct Datasets {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: DatasetsCommand,
}

/// The subcommands of `dryfire datasets`.
#[derive(Debug, Subcommand)]
pub(crate) enum DatasetsCommand {
    /// Show which data is named, and what of it is here or in the cache.
    List(DatasetsList),
    /// Fetch all of it into the cache.
    Fetch(DatasetsFetch),
    /// Tell what is not there, or no longer what was fetched. Nothing is fetched.
    Check(DatasetsCheck),
}

/// `dryfire datasets list`
#[derive(Debug, clap::Args)]
pub(crate) struct DatasetsList {
    /// Manifests, detections, dataset descriptions, folders, or a content repository.
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// How to show the result.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// `dryfire datasets fetch`
#[derive(Debug, clap::Args)]
pub(crate) struct DatasetsFetch {
    /// Manifests, detections, dataset descriptions, folders, or a content repository.
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Write down in dryfire.lock what each address gave: other data is refused from then on.
    #[arg(long)]
    pub(crate) lock: bool,
}

/// `dryfire datasets check`
#[derive(Debug, clap::Args)]
pub(crate) struct DatasetsCheck {
    /// Manifests, detections, dataset descriptions, folders, or a content repository.
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
}

/// `dryfire explain`
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// A diagnostic code, such as DF203; or a detection: its file, name or id.
    pub(crate) what: String,
    /// Where the detection and its tests are: manifests, detections, folders, or a content repository.
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Data to explain it on, instead of that of its tests. Can be given again.
    #[arg(long = "on", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) data: Data,
}

/// `dryfire spl`
#[derive(Debug, clap::Args)]
pub(crate) struct Spl {
    /// A command or function; without, all are listed with what the engine supports.
    pub(crate) name: Option<String>,
    /// How to show it. JSON is one object a line.
    #[arg(long, value_enum, default_value_t = ReferenceFormat::Text)]
    pub(crate) format: ReferenceFormat,
    /// Write all pages as Markdown below this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "name")]
    pub(crate) write: Option<PathBuf>,
}

/// How the reference is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReferenceFormat {
    /// For the terminal.
    Text,
    /// A JSON object a line.
    Json,
    /// Markdown.
    Markdown,
}

/// `dryfire replay`
#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    /// Data files, addresses, dataset descriptions, folders; or the name, id, technique or story of detections whose data is meant.
    #[arg(required_unless_present = "clean")]
    pub(crate) what: Vec<String>,
    /// The Splunk, as dryfire.toml sets it up under `[targets.NAME]`.
    #[arg(long, value_name = "NAME")]
    pub(crate) target: String,
    /// Where detections are looked for by name.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub(crate) from: PathBuf,
    /// The index. Without it: the data's own where the target allows it, the target's, or `dryfire_replay`.
    #[arg(long)]
    pub(crate) index: Option<String>,
    /// The host, by which events are found again and undone. Without it, each dataset has its own.
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// The source, whatever the data says.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// The sourcetype, whatever the data says.
    #[arg(long)]
    pub(crate) sourcetype: Option<String>,
    /// Which times events get: their own, or such that the last one is now.
    #[arg(long, value_enum, default_value_t = Time::Original)]
    pub(crate) time: Time,
    /// With `--time now`: move the times in the text, too.
    #[arg(long)]
    pub(crate) rewrite: bool,
    /// Send no more events a second.
    #[arg(long, value_name = "EVENTS")]
    pub(crate) rate: Option<u64>,
    /// Go on where an earlier replay ended.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Print everything that would be done, and do nothing.
    #[arg(long)]
    pub(crate) plan: bool,
    /// Undo what replays and broken-off tests left on the target.
    #[arg(long, conflicts_with_all = ["what", "resume"])]
    pub(crate) clean: bool,
    /// A Splunk app whose line breaking and times apply: a folder, .tgz or .spl. Can be given again.
    #[arg(long = "app", value_name = "APP")]
    pub(crate) apps: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) fetching: Fetching,
}

/// Which times events get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Time {
    /// Their own.
    Original,
    /// The last one is now, the others are as long before it as they were.
    Now,
}

/// `dryfire dump`
#[derive(Debug, clap::Args)]
pub(crate) struct Dump {
    /// The search for the events, such as `index=win host=ar-win-1`.
    pub(crate) spl: String,
    /// The file to write; its YAML stands beside it. Nothing is overwritten.
    pub(crate) file: PathBuf,
    /// The Splunk, as dryfire.toml sets it up under `[targets.NAME]`.
    #[arg(long, value_name = "NAME")]
    pub(crate) target: String,
    /// From this time on, as Splunk writes it: -1h, 2026-11-24T10:00:00.
    #[arg(long, default_value = "-1h", allow_hyphen_values = true)]
    pub(crate) earliest: String,
    /// To before this time.
    #[arg(long, default_value = "now", allow_hyphen_values = true)]
    pub(crate) latest: String,
}

/// `dryfire verify`
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// Detections, folders, or a content repository.
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// The Splunk, as dryfire.toml sets it up under `[targets.NAME]`.
    #[arg(long, value_name = "NAME")]
    pub(crate) target: String,
    /// A Splunk app whose macros and lookups the content uses: a folder, .tgz or .spl. Can be given again.
    #[arg(long = "app", value_name = "APP")]
    pub(crate) apps: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) reports: Reports,
    /// What makes the run fail, besides failed checks: undetermined, warnings.
    #[arg(long, value_name = "LIST", default_value = "undetermined")]
    pub(crate) fail_on: FailOn,
}

/// `dryfire conformance`
#[derive(Debug, clap::Args)]
pub(crate) struct Conformance {
    /// Specifications: files or folders. Without any, and without `--examples`: those of harness/engine/spec, and the examples.
    pub(crate) paths: Vec<PathBuf>,
    /// The examples of the reference, too (`dryfire spl NAME` shows them).
    #[arg(long)]
    pub(crate) examples: bool,
    /// The Splunk, a lab, as dryfire.toml sets it up under `[targets.NAME]`.
    #[arg(long, value_name = "NAME")]
    pub(crate) target: String,
    /// Print everything that would be done on the target, and do nothing.
    #[arg(long)]
    pub(crate) plan: bool,
    /// Write what is to be recorded: the versions of Splunk and its apps, and the outcome of each scenario.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reports: Reports,
}
