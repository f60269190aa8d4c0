//! What the server says of itself.

use serde_json::json;

use crate::entry::{BUILD, Entry, VERSION, content};
use crate::routes::{Answer, Ask};

/// `GET server/info`
pub(crate) fn info(ask: &Ask<'_>) -> Answer {
    let content = content(json!({
        "version": VERSION,
        "build": BUILD,
        "serverName": "dryfire",
        "host": "dryfire",
        "guid": "00000000-0000-0000-0000-000000000000",
        "product_type": "enterprise",
        "instance_type": "download",
        "server_roles": ["indexer", "license_master", "search_head"],
        "activeLicenseGroup": "Enterprise",
        "isFree": false,
        "isTrial": false,
        "licenseState": "OK",
        "mode": "normal",
        "os_name": "Linux",
        "startup_time": 0,
        "health_info": "green",
    }));
    let entry = Entry::system("server-info", "server/info", content);
    Ok(ask
        .shape()
        .feed("server-info", "/services/server/info", &[entry]))
}

/// `GET messages`: there is never one, so that no client waits for a restart.
pub(crate) fn messages(ask: &Ask<'_>) -> Answer {
    Ok(ask.shape().feed("messages", "/services/messages", &[]))
}
