//! Reads typed values out of merged settings; what can't be used becomes a warning.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::str::FromStr;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};

use crate::layers::Setting;
use crate::text;

/// Merged settings and the place for warnings about them.
pub(crate) struct Reader<'a> {
    settings: &'a BTreeMap<Arc<str>, Setting>,
    /// The warnings so far.
    pub(crate) diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    /// A reader of these settings.
    pub(crate) fn new(
        settings: &'a BTreeMap<Arc<str>, Setting>,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            settings,
            diagnostics,
        }
    }

    /// A setting that is there and not empty.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Setting> {
        self.settings
            .get(key)
            .filter(|setting| !setting.value.is_empty())
    }

    /// The value of a setting that is there and not empty.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(|setting| setting.value.to_string())
    }

    /// A truth value, or Splunk's default.
    pub(crate) fn flag(&mut self, key: &str, default: bool) -> bool {
        let Some(setting) = self.get(key) else {
            return default;
        };
        text::parse_bool(&setting.value).unwrap_or_else(|| {
            self.warn(setting, format!("`{key}` must be true or false"));
            default
        })
    }

    /// A number that may be absent.
    pub(crate) fn number<T: FromStr>(&mut self, key: &str) -> Option<T> {
        let setting = self.get(key)?;
        let number = setting.value.trim().parse().ok();
        if number.is_none() {
            self.warn(setting, format!("`{key}` must be a number"));
        }
        number
    }

    /// The non-empty settings whose key begins with `prefix`, with the rest of the key, in ASCII order.
    pub(crate) fn classes(
        &self,
        prefix: &'static str,
    ) -> impl Iterator<Item = (&'a str, &'a Setting)> + use<'a> {
        let all = self
            .settings
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(prefix));
        all.filter(|(_, setting)| !setting.value.is_empty())
            .map(move |(key, setting)| (&key[prefix.len()..], setting))
    }

    /// Says that a value can't be used.
    pub(crate) fn warn(&mut self, setting: &Setting, message: impl Into<String>) {
        self.diagnostics.push(unusable(setting, message));
    }
}

/// The warning that a value can't be used.
pub(crate) fn unusable(setting: &Setting, message: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(&codes::dataset::CONF_VALUE, message).at(setting.place(), "ignored")
}

/// The warning that a setting names something that is not there.
pub(crate) fn missing(setting: &Setting, message: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(&codes::dataset::CONF_REFERENCE, message).at(setting.place(), "")
}
