//! `data`: what is there after a restart.

use crate::client::{Client, settings};

#[test]
fn a_restart_brings_back_indexes_tokens_events_and_deletions() {
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        let mut settings = settings();
        settings.data = Some(folder.path().to_path_buf());
        Client::with(settings)
    };
    let client = start();
    client.post("/services/data/indexes", &[("name", "kept")]);
    let form = [("name", "kept"), ("index", "kept"), ("token", "of-kept")];
    assert_eq!(client.post("/services/data/inputs/http", &form).status, 201);
    for n in 0..10 {
        let body = format!(r#"{{"event":"number {n}","host":"h{n}","time":{n}}}"#);
        let sent = client.hec_with("of-kept", "/services/collector/event", body);
        assert_eq!(sent.status, 200, "{}", sent.text);
    }
    let role = [("imported_roles", "user"), ("imported_roles", "can_delete")];
    client.post("/services/authorization/roles/admin", &role);
    client.rows("search index=kept host=h3 | delete");
    let certificate = std::fs::read(client.server.certificate()).unwrap();
    drop(client);
    let client = start();
    assert_eq!(
        client.number("search index=kept | stats dc(host)", "dc(host)"),
        9
    );
    assert_eq!(
        client.number(
            "search index=kept host=h4 earliest=4 latest=5 | stats count",
            "count"
        ),
        1
    );
    let again = client.hec_with(
        "of-kept",
        "/services/collector/event",
        r#"{"event":"more"}"#,
    );
    assert_eq!(again.status, 200);
    assert_eq!(
        client.number("search index=kept | stats count", "count"),
        10
    );
    assert_eq!(
        std::fs::read(client.server.certificate()).unwrap(),
        certificate
    );
    let mut second = settings();
    second.data = Some(folder.path().to_path_buf());
    let refused = dryfire_server::Server::start(second).err().unwrap();
    assert!(refused.to_string().contains("another server"), "{refused}");
}

#[test]
fn without_data_nothing_is_left_behind() {
    let client = Client::new();
    let certificate = client.server.certificate().to_path_buf();
    assert!(certificate.is_file());
    drop(client);
    assert!(!certificate.exists());
}
