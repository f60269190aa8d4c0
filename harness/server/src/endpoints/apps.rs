//! Installed apps.

use serde_json::json;

use crate::entry::{Entry, Refusal, content};
use crate::routes::{Answer, Ask};
use crate::state::InstalledApp;

const COLLECTION: &str = "apps/local";

fn entry(name: &str, app: &InstalledApp) -> Entry {
    let content = content(json!({
        "version": app.version,
        "label": app.label,
        "disabled": false,
        "visible": true,
        "configured": true,
        "check_for_updates": false,
    }));
    Entry::system(name, COLLECTION, content)
}

/// `GET apps/local`
pub(crate) fn list(ask: &Ask<'_>) -> Answer {
    let apps = ask.state.apps.iter();
    let entries: Vec<Entry> = apps.map(|(name, app)| entry(name, app)).collect();
    Ok(ask
        .shape()
        .feed("localapps", "/services/apps/local", &entries))
}

/// `GET apps/local/NAME`
pub(crate) fn show(ask: &Ask<'_>) -> Answer {
    let name = ask.names[0];
    let app = ask.state.apps.get(name);
    let app = app.ok_or_else(|| Refusal::not_found(name))?;
    Ok(ask
        .shape()
        .feed("localapps", "/services/apps/local", &[entry(name, app)]))
}
