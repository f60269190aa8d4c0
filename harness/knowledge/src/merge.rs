//! The files of all apps, parsed and laid over one another in Splunk's orders of precedence.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, SourceMap, codes};

use crate::app::{App, AppSummary, FileKind, FileText, Origin};
use crate::conf::{self, Conf};
use crate::layers::Layered;
use crate::lookups::TableFile;
use crate::metadata::{Exports, OBJECTS};
use crate::model::Model;
use crate::model_json;

/// One app, parsed.
pub(crate) struct Parsed<'a> {
    /// The app.
    pub(crate) app: &'a App,
    default: BTreeMap<&'a str, Conf>,
    local: BTreeMap<&'a str, Conf>,
    exports: Exports,
}

impl Parsed<'_> {
    /// Whether it belongs to the built-in pack.
    pub(crate) fn is_pack(&self) -> bool {
        self.app.origin == Origin::Pack
    }

    /// The note that it keeps objects to itself, where it does.
    fn private(&self) -> Option<Diagnostic> {
        let mut hidden = 0;
        let mut first = None;
        for (name, conf) in self.default.iter().chain(&self.local) {
            if !OBJECTS.contains(name) {
                continue;
            }
            for stanza in &conf.stanzas {
                for setting in &stanza.settings {
                    if !self.exports.shares(name, &stanza.name, &setting.key) {
                        hidden += 1;
                        first.get_or_insert((setting.key_at, format!("{name}/{}", stanza.name)));
                    }
                }
            }
        }
        let (at, path) = first?;
        let (settings, are) = match hidden {
            1 => ("1 setting".to_owned(), "is"),
            count => (format!("{count} settings"), "are"),
        };
        let message = format!(
            "the app `{}` keeps {settings} to itself, which {are} not used here",
            self.app.name
        );
        Some(
            Diagnostic::note(&codes::dataset::APP_PRIVATE, message)
                .at(at, "the first of them")
                .because(
                    "a search outside of the app sees only what its metadata export to `system`",
                )
                .help(format!(
                    "`export = system` under `[{path}]` or `[]` of metadata/local.meta shares it"
                )),
        )
    }
}

/// What reports say of it.
pub(crate) fn summary(app: &App) -> AppSummary {
    AppSummary {
        name: app.name.clone(),
        version: app.version.clone(),
        origin: app.origin.clone(),
    }
}

/// Parses the files of an app; none for an app that is switched off.
pub(crate) fn parse<'a>(
    app: &'a App,
    sources: &SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Parsed<'a>> {
    let mut parsed = Parsed {
        app,
        default: BTreeMap::new(),
        local: BTreeMap::new(),
        exports: Exports::default(),
    };
    let mut found = Vec::new();
    let mut metadata = Vec::new();
    for file in &app.files {
        let FileText::Source(source) = file.text else {
            continue;
        };
        match FileKind::of(&file.path) {
            Some(FileKind::Conf { name, local }) => {
                let conf = conf::parse(source, sources, &mut found);
                let files = if local {
                    &mut parsed.local
                } else {
                    &mut parsed.default
                };
                files.insert(name, conf);
            }
            Some(FileKind::Meta) => {
                // Files ascend by path, so that local.meta comes after default.meta.
                metadata.push(conf::parse(source, sources, &mut Vec::new()));
            }
            _ => {}
        }
    }
    let state = [&parsed.local, &parsed.default]
        .into_iter()
        .find_map(|files| {
            let install = files
                .get("app")?
                .stanzas
                .iter()
                .find(|stanza| &*stanza.name == "install")?;
            install
                .settings
                .iter()
                .find(|setting| &*setting.key == "state")
        });
    if let Some(state) = state.filter(|state| state.value.eq_ignore_ascii_case("disabled")) {
        let message = format!("the app `{}` is switched off in its app.conf", app.name);
        diagnostics.push(Diagnostic::note(&codes::dataset::CONF_SKIPPED, message).at(state.at, ""));
        return None;
    }
    if !parsed.is_pack() {
        parsed.exports = Exports::new(&metadata);
        diagnostics.extend(parsed.private());
    }
    diagnostics.append(&mut found);
    Some(parsed)
}

/// All configuration as at search time: pack before users, by name, local over default; later wins.
pub(crate) fn at_search_time(parsed: &[Parsed<'_>]) -> BTreeMap<String, Layered> {
    let mut confs: BTreeMap<String, Layered> = BTreeMap::new();
    for parsed in parsed {
        for (name, conf) in parsed.default.iter().chain(&parsed.local) {
            let shares = |stanza: &str, key: &str| {
                !OBJECTS.contains(name) || parsed.exports.shares(name, stanza, key)
            };
            confs
                .entry((*name).to_owned())
                .or_default()
                .lay_some(conf, &parsed.app.name, shares);
        }
    }
    confs
}

/// One kind of configuration as at index time: earlier names win, and any app's local stands over any app's default.
pub(crate) fn at_index_time(parsed: &[Parsed<'_>], name: &str) -> Layered {
    let mut layered = Layered::default();
    for pack in [true, false] {
        let apps = || {
            parsed
                .iter()
                .rev()
                .filter(|parsed| parsed.is_pack() == pack)
        };
        let default =
            apps().filter_map(|parsed| Some((&parsed.app.name, parsed.default.get(name)?)));
        let local = apps().filter_map(|parsed| Some((&parsed.app.name, parsed.local.get(name)?)));
        for (app, conf) in default.chain(local) {
            layered.lay(conf, app);
        }
    }
    layered
}

/// The lookup files, weakest app first: app, name, text. `x.csv.default` is `x.csv` until there is one.
pub(crate) fn lookup_files(parsed: &[Parsed<'_>]) -> Vec<(Arc<str>, String, Arc<TableFile>)> {
    let mut all = Vec::new();
    for parsed in parsed {
        let app = parsed.app;
        let files = app
            .files
            .iter()
            .filter_map(|file| match FileKind::of(&file.path) {
                Some(FileKind::Lookup { name }) => Some((name, file)),
                _ => None,
            });
        let files: BTreeMap<_, _> = files.collect();
        for (name, file) in &files {
            let installed = name.strip_suffix(".default").unwrap_or(name);
            let replaced = installed != *name && files.contains_key(installed);
            if replaced || !parsed.exports.shares("lookups", installed, "") {
                continue;
            }
            let path = format!("{}/{}", app.name, file.path);
            let table = Arc::new(TableFile::new(path, file.text.clone()));
            all.push((app.name.clone(), installed.to_owned(), table));
        }
    }
    all
}

/// The data models; a later app's replaces an earlier one's of the same name, local replaces default.
pub(crate) fn models(
    parsed: &[Parsed<'_>],
    sources: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Model> {
    let mut models = BTreeMap::new();
    for parsed in parsed {
        let app = parsed.app;
        for wanted in [false, true] {
            for file in &app.files {
                let FileText::Source(source) = file.text else {
                    continue;
                };
                let Some(FileKind::Model { name, local }) = FileKind::of(&file.path) else {
                    continue;
                };
                if local != wanted
                    || !(parsed.exports.shares("models", name, "")
                        || parsed.exports.shares("datamodels", name, ""))
                {
                    continue;
                }
                if let Some(model) = model_json::read(source, name, &app.name, sources, diagnostics)
                {
                    models.insert(model.name.clone(), model);
                }
            }
        }
    }
    models
}

/// The same setting is read at index and at search time; it is reported once.
pub(crate) fn unique(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut seen = BTreeSet::new();
    let mut all = diagnostics;
    all.retain(|found| {
        seen.insert((
            found.message.clone(),
            found.primary.as_ref().map(|label| label.span),
        ))
    });
    all
}
