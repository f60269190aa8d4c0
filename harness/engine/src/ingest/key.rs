//! What index-time rules read and write: the keys of transforms.conf.

use std::sync::Arc;

use super::draft::Draft;
use crate::value::Value;

/// A key of an event (transforms.conf.spec, "KEYS").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// `_raw`
    Raw,
    /// `_time`
    Time,
    /// `queue`
    Queue,
    /// `MetaData:Source`
    Source,
    /// `MetaData:Host`
    Host,
    /// `MetaData:Sourcetype`
    Sourcetype,
    /// `_MetaData:Index`
    Index,
    /// `_meta`, the fields of the index.
    Meta,
    /// `field:NAME` and `fields:A,B`.
    Fields(Vec<String>),
    /// Where a forwarder sends the event: nothing that a search sees.
    Routing,
}

/// What events of a dataset have where no rule said otherwise.
#[derive(Debug, Clone)]
pub(super) struct Defaults {
    pub(super) source: Arc<str>,
    pub(super) host: Arc<str>,
    pub(super) sourcetype: Arc<str>,
    pub(super) now: i64,
}

impl Key {
    /// A key as `SOURCE_KEY` and `DEST_KEY` name it.
    pub(super) fn named(name: &str) -> Option<Key> {
        Some(match name {
            "_raw" => Key::Raw,
            "_time" => Key::Time,
            "_meta" => Key::Meta,
            "queue" => Key::Queue,
            "MetaData:Source" => Key::Source,
            "MetaData:Host" => Key::Host,
            "MetaData:Sourcetype" => Key::Sourcetype,
            "_MetaData:Index" | "MetaData:Index" => Key::Index,
            "_TCP_ROUTING" | "_SYSLOG_ROUTING" => Key::Routing,
            _ => {
                let list = name
                    .strip_prefix("field:")
                    .or_else(|| name.strip_prefix("fields:"))?;
                Key::Fields(list.split(',').map(|name| name.trim().to_owned()).collect())
            }
        })
    }

    /// What a value of this key begins with: `host::` and the like.
    pub(super) fn prefix(&self) -> &'static str {
        match self {
            Key::Source => "source::",
            Key::Host => "host::",
            Key::Sourcetype => "sourcetype::",
            _ => "",
        }
    }

    /// The value as a rule reads it, prefix included.
    pub(super) fn read(&self, draft: &Draft, defaults: &Defaults) -> String {
        let kind = &draft.kind;
        let text = match self {
            Key::Raw => return draft.raw.clone(),
            Key::Time => return draft.time.div_euclid(1_000_000).to_string(),
            Key::Queue if draft.dropped => "nullQueue",
            Key::Queue => "indexQueue",
            Key::Source => kind.source.as_ref().unwrap_or(&defaults.source),
            Key::Host => kind.host.as_ref().unwrap_or(&defaults.host),
            Key::Sourcetype => kind.sourcetype.as_ref().unwrap_or(&defaults.sourcetype),
            Key::Index => kind.index.as_deref().unwrap_or("default"),
            Key::Routing => "",
            Key::Meta => {
                let pairs = draft
                    .fields
                    .iter()
                    .map(|(name, value)| format!("{name}::{value}"));
                return pairs.collect::<Vec<_>>().join(" ");
            }
            Key::Fields(names) => {
                let values = names.iter().filter_map(|name| draft.first(name));
                return values.map(|value| &**value).collect::<Vec<_>>().join(" ");
            }
        };
        format!("{}{text}", self.prefix())
    }

    /// Writes a value, prefix included; what does not fit the key changes nothing.
    pub(super) fn write(&self, value: &str, draft: &mut Draft) {
        let Some(text) = value.strip_prefix(self.prefix()) else {
            return;
        };
        if matches!(self, Key::Source | Key::Host | Key::Sourcetype | Key::Index) {
            if text.is_empty() {
                return;
            }
            let kind = &mut draft.kind;
            let place = match self {
                Key::Source => &mut kind.source,
                Key::Host => &mut kind.host,
                Key::Sourcetype => &mut kind.sourcetype,
                _ => &mut kind.index,
            };
            *place = Some(text.into());
            return;
        }
        match self {
            Key::Raw => text.clone_into(&mut draft.raw),
            Key::Time => {
                if let Some(time) = text.trim().parse().ok().and_then(crate::time::from_seconds) {
                    draft.time = time;
                }
            }
            Key::Queue => match text {
                "nullQueue" => draft.dropped = true,
                "indexQueue" => draft.dropped = false,
                _ => {}
            },
            _ => {}
        }
    }
}

/// The key, or the fields, that a name in `INGEST_EVAL` stands for.
pub(super) fn eval_value(name: &str, draft: &Draft, defaults: &Defaults) -> Value {
    let kind = &draft.kind;
    let of_key = |key: Key| Value::text(key.read(draft, defaults));
    let plain = |own: &Option<Arc<str>>, default: &Arc<str>| {
        Value::Text(own.as_ref().unwrap_or(default).clone())
    };
    match name {
        "_raw" => Value::text(draft.raw.as_str()),
        "_time" => crate::frame::seconds(draft.time),
        "queue" => of_key(Key::Queue),
        "source" => plain(&kind.source, &defaults.source),
        "host" => plain(&kind.host, &defaults.host),
        "sourcetype" => plain(&kind.sourcetype, &defaults.sourcetype),
        "index" => kind
            .index
            .clone()
            .map_or_else(|| "default".into(), Value::Text),
        "linecount" => Value::text(draft.raw.lines().count().to_string()),
        _ => match name.strip_prefix("mv:") {
            Some(name) => Value::multi(draft.all(name).cloned().map(Value::Text)),
            None => draft
                .first(name.strip_prefix("field:").unwrap_or(name))
                .cloned()
                .map_or(Value::Null, Value::Text),
        },
    }
}

/// Writes the result of an `INGEST_EVAL`; `replace` is `:=`.
pub(super) fn eval_write(name: &str, value: &Value, replace: bool, draft: &mut Draft) {
    let text = value.to_text();
    let key = match name {
        "_raw" => Some(Key::Raw),
        "_time" => Some(Key::Time),
        "queue" => Some(Key::Queue),
        "index" => Some(Key::Index),
        "source" => Some(Key::Source),
        "host" => Some(Key::Host),
        "sourcetype" => Some(Key::Sourcetype),
        _ => Key::named(name).filter(|key| !matches!(key, Key::Fields(_))),
    };
    match key {
        // Nothing is not a value of a key.
        Some(_) if value.is_null() => {}
        Some(Key::Time) => {
            if let Some(time) = value.as_number().and_then(crate::time::from_seconds) {
                draft.time = time;
            }
        }
        Some(key) => key.write(&format!("{}{text}", key.prefix()), draft),
        None => {
            let name = name.strip_prefix("field:").unwrap_or(name);
            if replace {
                draft.fields.retain(|(field, _)| &**field != name);
            }
            for single in value.each() {
                draft.add(name, single.to_text());
            }
        }
    }
}
