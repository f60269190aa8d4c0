//! `metadata/*.meta`: which objects of an app others can see.
//!
//! default.meta.conf: the most specific stanza that sets `export` decides, local.meta before default.meta; `system` means
//! everyone, all else the app alone. Index-time settings hold for all data whatever is exported.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::conf::Conf;
use crate::text;

/// What an app exports.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    /// Whether it exports, by path: `""`, `props`, `props/stanza`, `props/stanza/key`. None: nothing was said, which is
    /// taken as everything.
    paths: Option<BTreeMap<String, bool>>,
}

impl Exports {
    /// Reads the metadata files, the weaker one first.
    pub(crate) fn new(files: &[Conf]) -> Self {
        if files.is_empty() {
            return Self::default();
        }
        let mut paths = BTreeMap::new();
        for stanza in files.iter().flat_map(|conf| &conf.stanzas) {
            let export = stanza
                .settings
                .iter()
                .find(|setting| &*setting.key == "export");
            if let Some(export) = export {
                let path: Vec<Cow<'_, str>> =
                    stanza.name.split('/').map(text::url_decode).collect();
                let shared = export.value.trim().eq_ignore_ascii_case("system");
                paths.insert(path.join("/"), shared);
            }
        }
        Self { paths: Some(paths) }
    }

    /// Whether others see an object: a kind of configuration, a stanza, and for `props` a key.
    pub(crate) fn shares(&self, kind: &str, stanza: &str, key: &str) -> bool {
        let Some(paths) = &self.paths else {
            return true;
        };
        let said = [
            format!("{kind}/{stanza}/{key}"),
            format!("{kind}/{stanza}"),
            kind.to_owned(),
            String::new(),
        ];
        said.iter()
            .find_map(|path| paths.get(path))
            .copied()
            .unwrap_or(false)
    }
}

/// The kinds of configuration whose objects can be private.
pub(crate) const OBJECTS: &[&str] = &["props", "transforms", "eventtypes", "tags", "macros"];
