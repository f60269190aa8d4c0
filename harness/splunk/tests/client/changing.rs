//! What a lab makes and undoes, and what is never touched.

use super::*;

#[test]
fn what_was_made_is_undone_and_what_was_there_is_left() {
    let fake = FakeSplunk::start(|text| {
        if text.contains("| delete") {
            vec![json!({ "index": "dryfire_1", "deleted": "1", "errors": "0" })]
        } else {
            rows(2)
        }
    });
    let (lab, folder) = lab(server(fake.server.url()));
    block(async {
        lab.create_index("dryfire_1").await.unwrap();
        let token = lab
            .create_token("dryfire", "dryfire_1", true)
            .await
            .unwrap();
        assert!(token.acknowledges && token.value.expose() == TOKEN);
        lab.create_token("dryfire", "dryfire_1", true)
            .await
            .unwrap();
        let Err(refused) = lab.create_token("dryfire", "dryfire_2", true).await else {
            panic!("a token for another index")
        };
        assert!(
            told(&refused).contains("may not write to the index `dryfire_2`"),
            "{refused}"
        );
        let name = "dryfire copy / of ESCU - A, b - Rule";
        lab.create_search(lab.client(), USER, "search", name, &[("search", "index=a")])
            .await
            .unwrap();
        let found = lab.client().saved_search(name).await.unwrap().unwrap();
        assert_eq!(
            (found.search.as_str(), found.app.as_str()),
            ("index=a", "search")
        );
        assert_eq!(found.schedule, None);
        lab.dispatch(lab.client(), USER, "search", name)
            .await
            .unwrap();
        let announced = lab.announce_events(meta()).await.unwrap();
        lab.collector(token.value)
            .unwrap()
            .raw(&announced, b"x")
            .await
            .unwrap();
    });
    assert_eq!(fake.indexes(), ["main", "risk", "notable", "dryfire_1"]);
    // As after a crash: only the journal knows.
    drop(lab);
    let policy = Policy {
        environment: Environment::Lab,
        indexes: vec![],
    };
    let journal = folder.path().join("journal.jsonl");
    let again = Lab::open(client(fake.server.url()), policy, &journal).unwrap();
    let undone = block(again.clean(Which::All));
    assert!(
        undone.iter().all(|(_, result)| result.is_ok()),
        "{undone:?}"
    );
    assert_eq!(undone.len(), 6);
    assert_eq!(fake.indexes(), ["main", "risk", "notable"]);
    assert!(fake.saved().is_empty());
    assert!(block(again.clean(Which::All)).is_empty());
    let deletes: Vec<String> = fake
        .server
        .requests()
        .iter()
        .filter_map(|request| request.form("search"))
        .filter(|text| text.contains("delete"))
        .map(|text| {
            // The bounds are those of the day.
            let (begin, _) = text.split_once("_index_earliest=").unwrap();
            let (_, end) = text.split_once(" | ").unwrap();
            format!("{begin}| {end}")
        })
        .collect();
    assert_eq!(
        deletes,
        [
            "search index=\"notable\" search_name=\"dryfire copy / of ESCU - A, b - Rule\" | delete",
            "search index=\"risk\" search_name=\"dryfire copy / of ESCU - A, b - Rule\" | delete",
        ]
    );
}

#[test]
fn a_production_server_and_an_index_that_is_not_allowed_are_never_written_to() {
    let fake = FakeSplunk::start(|_| rows(0));
    let folder = tempfile::tempdir().unwrap();
    let prod = Policy {
        environment: Environment::Prod,
        indexes: vec!["*".into()],
    };
    let refused = Lab::open(client(fake.server.url()), prod, &folder.path().join("j"));
    assert!(matches!(refused, Err(Error::Protected(_))));
    let (lab, _folder) = lab(server(fake.server.url()));
    let error = block(lab.create_index("main2")).unwrap_err();
    assert!(
        told(&error).contains("allows only the indexes dryfire_*"),
        "{error}"
    );
    let meta = Meta {
        index: "main".into(),
        ..meta()
    };
    assert!(matches!(
        block(lab.announce_events(meta)),
        Err(Error::Protected(_))
    ));
    assert!(fake.server.requests().is_empty(), "nothing was even asked");
}

#[test]
fn an_index_that_is_there_is_used_and_never_removed() {
    let fake = FakeSplunk::start(|_| rows(0));
    let folder = tempfile::tempdir().unwrap();
    let policy = Policy {
        environment: Environment::Lab,
        indexes: vec!["main".into()],
    };
    let lab = Lab::open(client(fake.server.url()), policy, &folder.path().join("j")).unwrap();
    block(lab.create_index("main")).unwrap();
    assert!(block(lab.clean(Which::All)).is_empty());
    assert!(fake.indexes().contains(&"main".to_owned()));
}

#[test]
fn a_journal_survives_a_line_that_was_cut_off() {
    let fake = FakeSplunk::start(|_| rows(0));
    let (lab, folder) = lab(server(fake.server.url()));
    block(lab.create_index("dryfire_1")).unwrap();
    drop(lab);
    let path = folder.path().join("journal.jsonl");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("{\"will\":{\"number\":1,\"chan");
    std::fs::write(&path, text).unwrap();
    let policy = Policy {
        environment: Environment::Lab,
        indexes: vec![],
    };
    let again = Lab::open(client(fake.server.url()), policy, &path).unwrap();
    assert_eq!(block(again.clean(Which::All)).len(), 1);
    assert_eq!(fake.indexes(), ["main", "risk", "notable"]);
}

/// A lab on a fake whose answers to some requests are other ones.
fn lab_with(
    instead: impl FnMut(&Request) -> Option<Reply> + Send + 'static,
) -> (FakeSplunk, Lab, tempfile::TempDir) {
    let fake = FakeSplunk::start_with(|_| rows(0), instead);
    let (lab, folder) = lab(server(fake.server.url()));
    (fake, lab, folder)
}

#[test]
fn what_the_server_refused_to_make_is_never_removed() {
    let (fake, lab, _folder) = lab_with(|request| {
        let makes = request.method == "POST"
            && [
                "/data/indexes",
                "/inputs/http",
                "/roles",
                "/saved/searches",
                "/dispatch",
            ]
            .iter()
            .any(|end| request.path.ends_with(end));
        makes.then(|| {
            Reply::json(
                403,
                &json!({ "messages": [{ "type": "ERROR", "text": "no" }] }),
            )
        })
    });
    block(async {
        lab.create_index("dryfire_1").await.unwrap_err();
        assert!(lab.create_token("t", "dryfire_1", true).await.is_err());
        assert!(lab.create_reader("r", &[]).await.is_err());
        let client = lab.client();
        lab.create_search(client, USER, "search", "s", &[])
            .await
            .unwrap_err();
        lab.dispatch(client, USER, "search", "s").await.unwrap_err();
        assert_eq!(lab.open_changes(Which::All).await, []);
        assert!(lab.clean(Which::All).await.is_empty());
    });
    assert!(
        !fake
            .server
            .requests()
            .iter()
            .any(|one| one.method == "DELETE")
    );
}

#[test]
fn an_index_that_somebody_else_made_meanwhile_is_not_ours() {
    let (_fake, lab, _folder) = lab_with(|request| {
        (request.method == "POST" && request.path.ends_with("/data/indexes")).then(|| {
            Reply::json(
                409,
                &json!({ "messages": [{ "type": "ERROR", "text": "it already exists" }] }),
            )
        })
    });
    block(lab.create_index("dryfire_1")).unwrap();
    assert_eq!(block(lab.open_changes(Which::All)), []);
}

#[test]
fn an_index_whose_answer_was_lost_is_made_once_and_is_ours() {
    let fake = FakeSplunk::start(|_| rows(0));
    let inner = fake.server.url();
    let proxy = Scripted::start(move |request| {
        let reply = forward(&inner, request);
        if request.method == "POST" && request.path.ends_with("/data/indexes") {
            return Reply::Nothing;
        }
        reply
    });
    let (lab, _folder) = lab(server(proxy.url()));
    block(lab.create_index("dryfire_1")).unwrap();
    assert_eq!(fake.server.count("POST", "/services/data/indexes"), 1);
    assert_eq!(block(lab.clean(Which::All)).len(), 1);
    assert_eq!(fake.indexes(), ["main", "risk", "notable"]);
}

#[test]
fn a_name_leads_nowhere_else() {
    let fake = FakeSplunk::start(|_| rows(0));
    let (lab, folder) = lab(server(fake.server.url()));
    for name in [
        "dryfire_x/../../../authentication/users/victim",
        "dryfire_..",
        "dryfire_A",
        "dryfire_*",
        "_dryfire",
    ] {
        let error = block(lab.create_index(name)).unwrap_err();
        assert!(matches!(error, Error::Protected(_)), "{name}: {error}");
    }
    assert!(fake.server.requests().is_empty(), "nothing was even asked");
    drop(lab);
    // A journal of an earlier version may hold such names.
    let path = folder.path().join("journal.jsonl");
    let changes = ["x/../../authentication/users/victim", "..", "%2e%2e"]
        .map(|name| json!({ "index": { "name": name } }));
    let text: String = changes
        .iter()
        .enumerate()
        .map(|(number, change)| {
            format!(
                "{}\n",
                json!({ "will": { "number": number, "change": change } })
            )
        })
        .collect();
    std::fs::write(&path, text).unwrap();
    let policy = Policy {
        environment: Environment::Lab,
        indexes: vec![],
    };
    let again = Lab::open(client(fake.server.url()), policy, &path).unwrap();
    assert_eq!(block(again.clean(Which::All)).len(), 3);
    let deleted: Vec<String> = fake
        .server
        .requests()
        .into_iter()
        .filter(|one| one.method == "DELETE")
        .map(|one| one.path)
        .collect();
    assert_eq!(deleted.len(), 3);
    for path in deleted {
        let name = path.strip_prefix("/services/data/indexes/").unwrap();
        assert!(!name.is_empty() && !name.contains('/'), "{path}");
    }
}

#[test]
fn deleting_reaches_no_host_by_pattern_and_nothing_older_or_newer_than_the_run() {
    let fake = FakeSplunk::start(|_| rows(0));
    let (lab, folder) = lab(server(fake.server.url()));
    let wide = Meta {
        host: "web*".into(),
        ..meta()
    };
    let error = block(lab.announce_events(wide)).err().unwrap();
    assert!(matches!(error, Error::Protected(_)), "{error}");

    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    block(lab.announce_events(meta())).unwrap();
    block(lab.clean(Which::All));
    let sent: Vec<String> = fake
        .server
        .requests()
        .iter()
        .filter_map(|request| request.form("search"))
        .collect();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let bound = |name: &str| -> u64 {
        let (_, rest) = sent[0].split_once(&format!("{name}=")).unwrap();
        rest.split(' ').next().unwrap().parse().unwrap()
    };
    let (earliest, latest) = (bound("_index_earliest"), bound("_index_latest"));
    assert!(earliest <= now && earliest + 2 * 86_400 > now, "{earliest}");
    assert!(latest > now && latest < now + 2 * 86_400, "{latest}");
    drop(lab);

    // A journal of an earlier version may hold such a host.
    let path = folder.path().join("journal.jsonl");
    let change =
        json!({ "events": { "index": "a", "host": "web*", "source": "s", "sourcetype": "t" } });
    let line = json!({ "will": { "number": 0, "change": change } });
    std::fs::write(&path, format!("{line}\n")).unwrap();
    let policy = Policy {
        environment: Environment::Lab,
        indexes: vec![],
    };
    let again = Lab::open(client(fake.server.url()), policy, &path).unwrap();
    let before = fake.server.requests().len();
    let done = block(again.clean(Which::All));
    assert!(matches!(done[0].1, Err(Error::Protected(_))));
    assert_eq!(fake.server.requests().len(), before, "no search");
}
