//! Saved searches: those of the content, as contentctl would have installed them, those of apps, and those that clients make.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dryfire_content::{Detection, yaml};
use dryfire_runner::Session;
use serde_json::{Map, Value as Json};

use crate::actions::{self, Settings};

/// The app that contentctl's own content is built into.
const CONTENT_APP: &str = "DA-ESS-ContentUpdate";
/// Settings of Splunk's that stand at their defaults.
const DEFAULTS: [(&str, &str); 13] = [
    ("action.email", "0"),
    ("alert.digest_mode", "1"),
    ("alert.suppress", "0"),
    ("alert_comparator", "greater than"),
    ("alert_threshold", "0"),
    ("alert_type", "number of events"),
    ("cron_schedule", ""),
    ("description", ""),
    ("disabled", "0"),
    ("dispatch.earliest_time", ""),
    ("dispatch.latest_time", ""),
    ("is_scheduled", "0"),
    ("realtime_schedule", "1"),
];

/// A saved search.
#[derive(Debug, Clone)]
pub(crate) struct SavedSearch {
    pub(crate) name: String,
    pub(crate) app: String,
    pub(crate) owner: String,
    pub(crate) settings: Settings,
}

impl SavedSearch {
    /// A setting, by default Splunk's.
    pub(crate) fn get(&self, key: &str) -> &str {
        let default = || DEFAULTS.iter().find(|(name, _)| *name == key);
        match self.settings.get(key) {
            Some(value) => value,
            None => default().map_or("", |(_, value)| *value),
        }
    }

    /// All settings. Switches are truth values, as Splunk shows them.
    pub(crate) fn content(&self) -> Map<String, Json> {
        let mut content = Map::new();
        for (key, value) in DEFAULTS {
            content.insert(key.to_owned(), Json::String(value.to_owned()));
        }
        for (key, value) in &self.settings {
            content.insert(key.clone(), Json::String(value.clone()));
        }
        for key in ["disabled", "is_scheduled"] {
            let on = content
                .get(key)
                .and_then(Json::as_str)
                .is_some_and(crate::http::is_on);
            content.insert(key.to_owned(), Json::Bool(on));
        }
        content
    }
}

/// All saved searches, by name and app.
#[derive(Default)]
pub(crate) struct Saved(Mutex<BTreeMap<(String, String), SavedSearch>>);

impl Saved {
    /// Those of content and apps.
    pub(crate) fn new(session: &Session) -> Self {
        let saved = Self::default();
        let repository = &session.repository;
        let apps: Vec<String> = repository.roots.iter().map(app_of).collect();
        let app = |root: usize| apps.get(root).map_or(CONTENT_APP, String::as_str);
        for detection in &repository.detections {
            saved.put(installed(detection, app(detection.root), session));
        }
        let mut known: Vec<String> = saved.held().keys().map(|(name, _)| name.clone()).collect();
        known.extend(
            repository
                .detections
                .iter()
                .map(|one| one.name.value.clone()),
        );
        known.extend(
            repository
                .baselines
                .iter()
                .map(|one| one.name.value.clone()),
        );
        for search in session.library.knowledge.saved_searches() {
            if known.iter().any(|name| **name == *search.name) {
                continue;
            }
            let text = session.sources.get(search.search).text.to_string();
            let disabled = u8::from(search.disabled).to_string();
            saved.put(SavedSearch {
                name: search.name.to_string(),
                app: "search".to_owned(),
                owner: "nobody".to_owned(),
                settings: Settings::from([
                    ("search".to_owned(), text),
                    ("disabled".to_owned(), disabled),
                ]),
            });
        }
        saved
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<(String, String), SavedSearch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that a user sees in an app; without an app, in all of them.
    pub(crate) fn list(&self, user: &str, app: Option<&str>) -> Vec<SavedSearch> {
        let held = self.held();
        let seen = held.values().filter(|one| {
            let is_own = one.owner == user || one.owner == "nobody";
            // What nobody owns is shared with all apps.
            is_own && (one.owner == "nobody" || app.is_none_or(|app| app == one.app))
        });
        seen.cloned().collect()
    }

    /// One of them. What is the user's own stands before what is shared.
    pub(crate) fn get(&self, user: &str, app: Option<&str>, name: &str) -> Option<SavedSearch> {
        let mut found = self.list(user, app);
        found.retain(|one| one.name == name);
        let own = found.iter().position(|one| one.owner == user);
        let place = own.unwrap_or(0);
        (place < found.len()).then(|| found.swap_remove(place))
    }

    /// Adds or replaces one.
    pub(crate) fn put(&self, search: SavedSearch) {
        let key = (search.name.clone(), search.app.clone());
        self.held().insert(key, search);
    }

    /// Adds one; `false` where its app has one of that name.
    pub(crate) fn add(&self, search: SavedSearch) -> bool {
        let key = (search.name.clone(), search.app.clone());
        let mut held = self.held();
        let is_new = !held.contains_key(&key);
        if is_new {
            held.insert(key, search);
        }
        is_new
    }

    /// Removes one.
    pub(crate) fn remove(&self, search: &SavedSearch) {
        let key = (search.name.clone(), search.app.clone());
        self.held().remove(&key);
    }
}

/// The id of a content repository's app, from its `contentctl.yml`.
pub(crate) fn app_of(root: &dryfire_content::Root) -> String {
    let text = std::fs::read_to_string(root.path.join("contentctl.yml")).unwrap_or_default();
    let document = yaml::parse(&text);
    let id = document
        .root
        .as_ref()
        .and_then(|root| root.get("app")?.get("appid")?.text());
    let id = id.filter(|id| !id.is_empty()).unwrap_or(CONTENT_APP);
    id.to_owned()
}

/// A detection's saved search, as contentctl would write it into savedsearches.conf.
fn installed(detection: &Detection, app: &str, session: &Session) -> SavedSearch {
    let actions = session.actions(detection);
    let mut settings = actions::settings(&actions);
    let mut set = |key: &str, value: &str| {
        settings.insert(key.to_owned(), value.to_owned());
    };
    let schedule = detection.schedule.as_ref();
    let deployment = session.repository.deployments.iter().find(|one| {
        let kind = one.kind.as_deref();
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case(detection.kind.value.as_str()))
    });
    let cron = schedule.and_then(|one| one.cron.as_ref());
    let cron = cron.or(deployment.and_then(|one| one.cron.as_ref()));
    let earliest = schedule.and_then(|one| one.earliest.as_ref());
    let earliest = earliest.or(deployment.and_then(|one| one.earliest.as_ref()));
    let latest = schedule.and_then(|one| one.latest.as_ref());
    let latest = latest.or(deployment.and_then(|one| one.latest.as_ref()));
    set("cron_schedule", cron.map_or("0 * * * *", |one| &one.value));
    set(
        "dispatch.earliest_time",
        earliest.map_or("-70m@m", |one| &one.value),
    );
    set(
        "dispatch.latest_time",
        latest.map_or("-10m@m", |one| &one.value),
    );
    set("disabled", "1");
    set("is_scheduled", "1");
    set("schedule_window", "auto");
    set("action.escu", "0");
    set("action.escu.enabled", "1");
    set("action.escu.search_type", "detection");
    let description = detection.description.as_ref();
    set(
        "description",
        description.map_or("", |text| text.value.trim()),
    );
    let search = session.sources.get(detection.search.value);
    set("search", search.text.trim());
    SavedSearch {
        name: session.saved_search_name(detection),
        app: app.to_owned(),
        owner: "nobody".to_owned(),
        settings,
    }
}
