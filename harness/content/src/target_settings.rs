//! `[targets.NAME]` of `dryfire.toml`: where a Splunk is and what may be done with it. No secret stands there.

use std::path::{Path, PathBuf};

use crate::paths::join;
use crate::reader::{Cx, Fields, Shape, Spanned};
use crate::yaml::{Node, Value};

/// What a server is to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// It may be written to.
    Lab,
    /// It is only read.
    Prod,
}

/// How to say who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// Name and password, exchanged for a session key.
    #[default]
    Session,
    /// Name and password with every request.
    Basic,
    /// An authentication token.
    Token,
}

/// How events are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SendAs {
    /// Broken and timed here.
    #[default]
    Events,
    /// As text that the server breaks and times.
    Raw,
}

/// A Splunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSettings {
    /// What users call it.
    pub name: Spanned<String>,
    /// Lab or prod. Without it, or with a word that is neither, it is prod: nothing writes there.
    pub environment: Environment,
    /// The management address.
    pub url: Option<Spanned<String>>,
    /// The address of the event collector; port 8088 of the same host without it.
    pub hec_url: Option<Spanned<String>>,
    /// An Attack Range configuration that says where the server is and what its password is.
    pub attack_range: Option<Spanned<PathBuf>>,
    /// The user.
    pub user: Option<String>,
    /// How to say who we are.
    pub way: Way,
    /// Indexes that may be written to; `*` stands for any text.
    pub indexes: Vec<String>,
    /// An index that is there already; without it each run makes its own.
    pub index: Option<String>,
    /// The app whose knowledge searches see.
    pub app: Option<String>,
    /// Certificates to trust, too.
    pub ca_file: Option<Spanned<PathBuf>>,
    /// Whether no certificate is judged.
    pub insecure: bool,
    /// Whether the collector is asked for acknowledgements; without it, wherever the server is not Splunk Cloud.
    pub acknowledge: Option<bool>,
    /// How events are sent.
    pub send_as: SendAs,
    /// Sourcetypes whose events are sent as raw text, whatever else is said.
    pub raw_sourcetypes: Vec<String>,
    /// Where changes are written down.
    pub journal: Option<PathBuf>,
    /// How long to wait.
    pub timeouts: Timeouts,
}

/// How long to wait, in seconds, where it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Option<u64>,
    /// For an answer to go on.
    pub read: Option<u64>,
    /// For a search to end.
    pub search: Option<u64>,
    /// For events to be acknowledged.
    pub acknowledge: Option<u64>,
    /// For a number of events to change, before it is taken for the last.
    pub settle: Option<u64>,
}

/// Indexes that may be written to where nothing is said.
const INDEXES: &str = "dryfire_*";

/// The indexes of an Attack Range, which is a lab by its nature.
const RANGE_INDEXES: [&str; 8] = [
    INDEXES, "attack", "main", "proxy", "test", "unix", "win", "zeek",
];

const TARGET: Shape = Shape {
    what: "a target",
    keys: &[
        "environment",
        "url",
        "hec_url",
        "attack_range",
        "user",
        "login",
        "indexes",
        "index",
        "app",
        "ca_file",
        "insecure",
        "acknowledge",
        "send_as",
        "raw_sourcetypes",
        "journal",
        "timeouts",
    ],
    required: &["environment"],
};
const TIMEOUTS: Shape = Shape {
    what: "`timeouts`",
    keys: &["connect", "read", "search", "acknowledge", "settle"],
    required: &[],
};

/// Reads all targets.
pub(crate) fn read(node: &Node, folder: &Path, cx: &mut Cx<'_>) -> Vec<TargetSettings> {
    if !matches!(node.value, Value::Mapping(_)) {
        cx.invalid(node, "targets: `[targets.NAME]`");
    }
    node.entries()
        .iter()
        .filter_map(|entry| {
            let name = Spanned {
                value: entry.key.clone(),
                span: cx.span(&entry.key_range),
            };
            target(name, &entry.value, folder, cx)
        })
        .collect()
}

fn target(
    name: Spanned<String>,
    node: &Node,
    folder: &Path,
    cx: &mut Cx<'_>,
) -> Option<TargetSettings> {
    let fields = Fields::new(node, &TARGET, cx)?;
    let environment = word(
        &fields,
        "environment",
        &[("lab", Environment::Lab), ("prod", Environment::Prod)],
        cx,
    );
    let path = |key: &str, cx: &mut Cx<'_>| {
        let text = fields.text(key, cx)?;
        Some(text.map(|path| join(folder, &path)))
    };
    let texts = |key: &str, cx: &mut Cx<'_>| -> Vec<String> {
        let found = fields.texts(key, cx);
        found.into_iter().map(|text| text.value).collect()
    };
    let ways = [
        ("session", Way::Session),
        ("basic", Way::Basic),
        ("token", Way::Token),
    ];
    let forms = [("events", SendAs::Events), ("raw", SendAs::Raw)];
    let indexes = texts("indexes", cx);
    let timeouts = fields
        .get("timeouts")
        .and_then(|node| Fields::new(node, &TIMEOUTS, cx))
        .map(|fields| {
            let mut seconds = |key: &str| fields.number(key, cx).map(|number| number.value);
            Timeouts {
                connect: seconds("connect"),
                read: seconds("read"),
                search: seconds("search"),
                acknowledge: seconds("acknowledge"),
                settle: seconds("settle"),
            }
        });
    Some(TargetSettings {
        environment: environment.unwrap_or(Environment::Prod),
        url: fields.text("url", cx),
        hec_url: fields.text("hec_url", cx),
        attack_range: path("attack_range", cx),
        user: fields.text("user", cx).map(|text| text.value),
        way: word(&fields, "login", &ways, cx).unwrap_or_default(),
        indexes: match () {
            () if fields.get("indexes").is_some() => indexes,
            () if fields.get("attack_range").is_some() => RANGE_INDEXES.map(str::to_owned).to_vec(),
            () => vec![INDEXES.to_owned()],
        },
        index: fields.text("index", cx).map(|text| text.value),
        app: fields.text("app", cx).map(|text| text.value),
        ca_file: path("ca_file", cx),
        insecure: fields.truth("insecure", cx).unwrap_or(false),
        acknowledge: fields.truth("acknowledge", cx),
        send_as: word(&fields, "send_as", &forms, cx).unwrap_or_default(),
        raw_sourcetypes: texts("raw_sourcetypes", cx),
        journal: path("journal", cx).map(|path| path.value),
        timeouts: timeouts.unwrap_or_default(),
        name,
    })
}

/// One of a few words.
fn word<T: Copy>(
    fields: &Fields<'_>,
    key: &str,
    known: &[(&str, T)],
    cx: &mut Cx<'_>,
) -> Option<T> {
    let node = fields.get(key)?;
    let said = fields.text(key, cx)?;
    let found = known.iter().find(|(word, _)| *word == said.value);
    if found.is_none() {
        let words: Vec<String> = known.iter().map(|(word, _)| format!("`{word}`")).collect();
        cx.invalid(node, &words.join(" or "));
    }
    found.map(|(_, value)| *value)
}
