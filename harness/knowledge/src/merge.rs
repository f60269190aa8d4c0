//! The files of all apps, parsed and laid over one another in Splunk's orders of precedence.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, SourceMap, codes};

use crate::app::{App, AppSummary, FileKind, FileText, Origin};
use crate::conf::{self, Conf};
use crate::layers::Layered;
use crate::lookups::TableFile;
use crate::model::Model;
use crate::model_json;

/// One app, parsed.
pub(crate) struct Parsed<'a> {
    /// The app.
    pub(crate) app: &'a App,
    default: BTreeMap<&'a str, Conf>,
    local: BTreeMap<&'a str, Conf>,
}

impl Parsed<'_> {
    /// Whether it belongs to the built-in pack.
    pub(crate) fn is_pack(&self) -> bool {
        self.app.origin == Origin::Pack
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
    };
    let mut found = Vec::new();
    let mut has_metadata = false;
    let mut exported = false;
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
                has_metadata = true;
                let conf = conf::parse(source, sources, &mut Vec::new());
                let mut settings = conf.stanzas.iter().flat_map(|stanza| &stanza.settings);
                exported |= settings
                    .any(|setting| &*setting.key == "export" && &*setting.value == "system");
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
    if has_metadata && !exported && !parsed.is_pack() {
        let message = format!(
            "the app `{}` does not share its knowledge objects",
            app.name
        );
        let note = Diagnostic::note(&codes::dataset::APP_PRIVATE, message);
        diagnostics.push(note.because("no stanza of its metadata has `export = system`"));
    }
    diagnostics.append(&mut found);
    Some(parsed)
}

/// All configuration as at search time: pack before users, by name, local over default; later wins.
pub(crate) fn at_search_time(parsed: &[Parsed<'_>]) -> BTreeMap<String, Layered> {
    let mut confs: BTreeMap<String, Layered> = BTreeMap::new();
    for parsed in parsed {
        for (name, conf) in parsed.default.iter().chain(&parsed.local) {
            confs
                .entry((*name).to_owned())
                .or_default()
                .lay(conf, &parsed.app.name);
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
            if installed != *name && files.contains_key(installed) {
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
                if local != wanted {
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
