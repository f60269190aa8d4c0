//! Merging the same stanza of many files key by key, remembering which app gave each setting.

use std::collections::BTreeMap;
use std::sync::Arc;

use dryfire_diagnostic::{SourceId, SourceMap, Span};

use crate::conf::{Conf, ConfSetting};

/// A setting that won.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The value; empty where a stanza switches an inherited setting off.
    pub value: Arc<str>,
    /// The app that gave it.
    pub app: Arc<str>,
    /// The stanza that gave it.
    pub stanza: Arc<str>,
    /// The value's place.
    pub at: Span,
    /// The key's place.
    pub key_at: Span,
    /// For expressions and searches, the value as a text of its own.
    pub source: Option<SourceId>,
    pieces: Arc<[(u32, Span)]>,
}

impl Setting {
    fn new(setting: &ConfSetting, app: &Arc<str>, stanza: &Arc<str>) -> Self {
        Self {
            value: setting.value.clone(),
            app: app.clone(),
            stanza: stanza.clone(),
            at: setting.at,
            key_at: setting.key_at,
            source: None,
            pieces: setting.pieces.clone(),
        }
    }

    /// The value's place, or the key's where the value is empty.
    pub(crate) fn place(&self) -> Span {
        if self.value.is_empty() {
            self.key_at
        } else {
            self.at
        }
    }
}

/// A stanza merged from all files.
#[derive(Debug, Clone)]
pub struct Stanza {
    /// The app of the strongest file that has it.
    pub app: Arc<str>,
    /// The header in the strongest file that has it.
    pub at: Span,
    /// The settings by key, ASCII order.
    pub settings: BTreeMap<Arc<str>, Setting>,
}

impl Stanza {
    /// The value of a setting that is there and not empty.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.settings
            .get(key)
            .filter(|setting| !setting.value.is_empty())
    }
}

/// One kind of configuration, merged from all apps.
#[derive(Debug, Clone, Default)]
pub struct Layered {
    /// The stanzas by name, ASCII order. `default` is one of them.
    pub stanzas: BTreeMap<Arc<str>, Stanza>,
}

impl Layered {
    /// Lays a file over what is there.
    pub(crate) fn lay(&mut self, conf: &Conf, app: &Arc<str>) {
        self.lay_some(conf, app, |_, _| true);
    }

    /// Lays those settings (stanza, key) of a file over what is there that are wanted; a stanza without any is left out.
    pub(crate) fn lay_some(
        &mut self,
        conf: &Conf,
        app: &Arc<str>,
        wanted: impl Fn(&str, &str) -> bool,
    ) {
        for layer in &conf.stanzas {
            let is_wanted = |setting: &&ConfSetting| wanted(&layer.name, &setting.key);
            if !layer.settings.is_empty() && !layer.settings.iter().any(|one| is_wanted(&one)) {
                continue;
            }
            let stanza = self
                .stanzas
                .entry(layer.name.clone())
                .or_insert_with(|| Stanza {
                    app: app.clone(),
                    at: layer.at,
                    settings: BTreeMap::new(),
                });
            stanza.app = app.clone();
            stanza.at = layer.at;
            for setting in layer.settings.iter().filter(is_wanted) {
                stanza
                    .settings
                    .insert(setting.key.clone(), Setting::new(setting, app, &layer.name));
            }
        }
    }

    /// A setting of a stanza, or of `[default]` where the stanza does not have it.
    pub fn get(&self, stanza: &str, key: &str) -> Option<&Setting> {
        let own = self
            .stanzas
            .get(stanza)
            .and_then(|stanza| stanza.settings.get(key));
        let own = own.or_else(|| {
            self.stanzas
                .get("default")
                .and_then(|stanza| stanza.settings.get(key))
        });
        own.filter(|setting| !setting.value.is_empty())
    }

    /// The stanzas but `[default]`, with what they inherit from it.
    pub(crate) fn inherit_default(&mut self) {
        let Some(default) = self.stanzas.remove("default") else {
            return;
        };
        for stanza in self.stanzas.values_mut() {
            for (key, setting) in &default.settings {
                stanza
                    .settings
                    .entry(key.clone())
                    .or_insert_with(|| setting.clone());
            }
        }
    }

    /// Gives the wanted settings a text of their own, so that spans in them lead to the file.
    pub(crate) fn derive(&mut self, sources: &mut SourceMap, wanted: impl Fn(&str) -> bool) {
        for (name, stanza) in &mut self.stanzas {
            for (key, setting) in &mut stanza.settings {
                if !wanted(key) || setting.source.is_some() {
                    continue;
                }
                let conf = ConfSetting {
                    key: key.clone(),
                    key_at: setting.key_at,
                    value: setting.value.clone(),
                    at: setting.at,
                    pieces: setting.pieces.clone(),
                };
                setting.source = Some(conf.derive(&format!("[{name}] {key}"), sources));
            }
        }
    }
}
