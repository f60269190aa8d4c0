//! Logging in, and what the server shows and lets be changed.

use reqwest::Method;

use crate::client::{Client, PASSWORD};

#[test]
fn a_key_is_needed_and_a_wrong_password_gives_none() {
    let client = Client::new();
    let wrong = [("username", "admin"), ("password", "wrong")];
    let reply = client.post("/services/auth/login", &wrong);
    assert_eq!(reply.status, 401);
    assert!(
        reply.text.contains("<msg type=\"WARN\">Login failed"),
        "{}",
        reply.text
    );
    let request = client.http.get(client.url("/services/server/info"));
    assert_eq!(client.send(request).status, 401);
    let request = client.http.get(client.url("/services/server/info"));
    let reply = client.send(request.basic_auth("admin", Some(PASSWORD)));
    assert_eq!(reply.status, 200);
    let right = [
        ("username", "admin"),
        ("password", PASSWORD),
        ("cookie", "1"),
    ];
    let reply = client.post("/services/auth/login", &right);
    assert!(reply.text.contains("<sessionKey>"), "{}", reply.text);
}

#[test]
fn every_reply_says_what_becomes_of_the_connection() {
    let client = Client::new();
    assert_eq!(client.get("/services/server/info").connection, "Keep-Alive");
    let request = client.http.get(client.url("/services/messages"));
    let request = request.header("Authorization", format!("Splunk {}", client.key));
    let reply = client.send(request.header("Connection", "Close"));
    assert_eq!(reply.connection, "Close");
}

#[test]
fn what_is_not_there_is_a_message_in_the_form_that_was_asked_for() {
    let client = Client::new();
    for path in [
        "/services/no/such/thing",
        "/",
        "/en-US/app",
        "/services/apps/local/none",
    ] {
        let reply = client.get(path);
        assert_eq!(reply.status, 404, "{path}");
        assert!(
            reply.text.contains("<msg type=\"ERROR\">"),
            "{}",
            reply.text
        );
    }
    let reply = client.get("/services/data/indexes/none?output_mode=json");
    assert_eq!(reply.status, 404);
    assert_eq!(reply.json()["messages"][0]["type"], "ERROR");
    assert_eq!(client.delete("/services/server/info").status, 405);
}

#[test]
fn an_index_is_made_shown_and_removed() {
    let client = Client::new();
    let path = "/services/data/indexes/";
    let reply = client.post(path, &[("name", "lab")]);
    assert_eq!(reply.status, 201, "{}", reply.text);
    let again = client.post(path, &[("name", "lab")]);
    assert_eq!(again.status, 409);
    assert!(again.text.contains("already exists"), "{}", again.text);
    let list = client.get("/services/data/indexes/?count=-1&offset=0").text;
    assert!(
        list.contains("<title>lab</title>") && list.contains("rel=\"alternate\""),
        "{list}"
    );
    let shown = client
        .get("/services/data/indexes/lab?output_mode=json")
        .json();
    assert_eq!(shown["entry"][0]["content"]["totalEventCount"], 0);
    for bad in ["../x", "UPPER", "a/b", "_x", "", "a b"] {
        assert_eq!(client.post(path, &[("name", bad)]).status, 400, "{bad}");
    }
    assert_eq!(client.delete("/services/data/indexes/lab").status, 200);
    assert_eq!(client.get("/services/data/indexes/lab").status, 404);
    assert_eq!(client.delete("/services/data/indexes/main").status, 400);
}

#[test]
fn an_input_is_found_by_all_forms_of_its_name() {
    let client = Client::new();
    let inputs = "/servicesNS/nobody/splunk_httpinput/data/inputs/http";
    let encoded = format!("{inputs}/http%3A%252F%252FLAB");
    assert_eq!(client.get(&encoded).status, 404);
    let form = [
        ("name", "LAB"),
        ("index", "main"),
        ("indexes", "main,history"),
        ("useACK", "True"),
    ];
    let reply = client.post("/services/data/inputs/http", &form);
    assert_eq!(reply.status, 201, "{}", reply.text);
    for path in [
        encoded,
        format!("{inputs}/LAB"),
        "/services/data/inputs/http/LAB/".to_owned(),
    ] {
        let shown = client.get(&format!("{path}?output_mode=json")).json();
        let entry = &shown["entry"][0];
        assert_eq!(entry["name"], "http://LAB");
        assert_eq!(entry["content"]["useACK"], true);
        assert!(entry["content"]["token"].as_str().unwrap().len() > 30);
    }
    assert_eq!(client.post("/services/data/inputs/http", &form).status, 409);
    let unknown = [("name", "other"), ("index", "nowhere")];
    assert_eq!(
        client.post("/services/data/inputs/http", &unknown).status,
        400
    );
    assert_eq!(client.delete(&format!("{inputs}/LAB")).status, 200);
}

#[test]
fn settings_are_kept_and_shown() {
    let client = Client::new();
    let path = "/servicesNS/nobody/Splunk_SA_CIM/properties/datamodels/Endpoint/acceleration";
    assert_eq!(client.post(path, &[("value", "True")]).status, 200);
    assert_eq!(client.get(path).text, "True");
    let list = client.get("/servicesNS/nobody/Splunk_SA_CIM/configs/conf-datamodels");
    assert!(
        list.status == 200 && list.text.contains("<title>Endpoint</title>"),
        "{}",
        list.text
    );
}

#[test]
fn a_role_limits_what_its_members_see_and_do() {
    let mut client = Client::new();
    for index in ["one", "two"] {
        client.post("/services/data/indexes", &[("name", index)]);
        let path = format!("/services/collector/raw?index={index}&sourcetype=lines");
        assert_eq!(client.hec(&path, format!("event of {index}\n")).status, 200);
    }
    let role = [
        ("name", "narrow"),
        ("srchIndexesAllowed", "one"),
        ("srchIndexesDefault", "one"),
        ("capabilities", "search"),
    ];
    assert_eq!(
        client.post("/services/authorization/roles", &role).status,
        201
    );
    let user = [
        ("name", "guest"),
        ("password", "guest"),
        ("roles", "narrow"),
    ];
    assert_eq!(
        client.post("/services/authentication/users", &user).status,
        201
    );
    assert_eq!(client.number("search index=* | stats count", "count"), 2);
    let login = [
        ("username", "guest"),
        ("password", "guest"),
        ("output_mode", "json"),
    ];
    let key = client.post("/services/auth/login", &login).json();
    client.key = key["sessionKey"].as_str().unwrap().to_owned();
    for search in [
        "search index=*",
        "search *",
        "search index=one",
        "| tstats count by index",
    ] {
        let rows = client.rows(search);
        assert_eq!(rows.len(), 1, "{search}");
        assert_eq!(rows[0]["index"], "one", "{search}");
    }
    assert!(client.rows("search index=two").is_empty());
    for (method, path) in [
        (Method::POST, "/services/data/indexes"),
        (Method::POST, "/services/authentication/users"),
        (Method::DELETE, "/services/data/indexes/two"),
        (Method::POST, "/services/properties/authorize/default/x"),
    ] {
        let reply = client.call(method, path, "name=x&value=1&password=x&roles=admin");
        assert_eq!(reply.status, 403, "{path}: {}", reply.text);
    }
}
