//! Servers that fail in the middle: each run ends in time, with what happened, and nothing is sent twice or left behind.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use dryfire_testkit::{FakeSplunk, Reply, Request, Scripted};
use serde_json::json;

use super::Lab;
use crate::project::{ON_SYSMON, Project, Run, SILENT, SYSMON};

const ON_TARGET: [&str; 4] = ["test", "manifests", "--target", "lab"];

/// Whether a request starts a detection's search.
fn detects(request: &Request) -> bool {
    request.path.ends_with("/jobs")
        && request
            .form("search")
            .is_some_and(|text| text.contains("datamodel=Endpoint"))
}

/// A run on a server that answers some requests in a way of its own.
fn run(instead: impl FnMut(&Request) -> Option<Reply> + Send + 'static) -> (Lab, Run) {
    let lab = Lab::with(Project::new(), instead);
    let run = lab.run(&ON_TARGET);
    (lab, run)
}

#[test]
fn a_session_that_expires_in_the_middle_is_renewed() {
    let searches = AtomicUsize::new(0);
    let (lab, run) = run(move |request| {
        let expired = detects(request) && searches.fetch_add(1, Ordering::Relaxed) == 1;
        expired.then(|| {
            Reply::json(401, &json!({ "messages": [{ "type": "WARN", "text": "call not properly authenticated" }] }))
        })
    });
    run.ended(0).passed(&[ON_SYSMON, SILENT]);
    lab.got_each_event_once();
    lab.is_clean();
}

#[test]
fn a_session_that_expires_again_and_again_sends_nothing_twice() {
    let asked = AtomicUsize::new(0);
    let (lab, run) = run(move |request| {
        let by_session = !request.path.starts_with("/services/collector")
            && !request.path.ends_with("/auth/login");
        let expired = by_session && asked.fetch_add(1, Ordering::Relaxed) % 5 == 4;
        expired.then(|| {
            Reply::json(401, &json!({ "messages": [{ "type": "WARN", "text": "call not properly authenticated" }] }))
        })
    });
    run.ended(0).passed(&[ON_SYSMON, SILENT]);
    assert!(lab.fake.server.count("POST", "/services/auth/login") > 10);
    lab.got_each_event_once();
    lab.is_clean();
}

#[test]
fn a_connection_that_is_reset_in_the_middle_of_a_batch_loses_and_doubles_nothing() {
    let lab = Lab::new(Project::new());
    lab.fake.server.cut_bodies("/collector/event", 2);
    lab.run(&ON_TARGET).ended(0).passed(&[ON_SYSMON, SILENT]);
    lab.got_each_event_once();
    lab.is_clean();
    // Text that the server breaks can't be counted: it is not sent again, and that is said.
    let project = lab
        .project
        .replace("dryfire.toml", "journal =", "send_as = \"raw\"\njournal =");
    let lab = Lab { project, ..lab };
    lab.fake.server.cut_bodies("/collector/raw", 1);
    let run = lab.run(&ON_TARGET);
    assert!(
        run.each("case_finished").iter().any(|case| {
            case["verdict"]
                .to_string()
                .contains("broke in the middle of POST /services/collector/raw")
        }),
        "{}",
        run.all()
    );
    lab.is_clean();
}

#[test]
fn a_server_that_is_busy_for_a_while_is_asked_again() {
    let busy = AtomicUsize::new(0);
    let (lab, run) = run(move |request| {
        let sends = request.path.contains("/collector/event");
        let refuses = (sends || detects(request)) && busy.fetch_add(1, Ordering::Relaxed) % 3 < 2;
        refuses.then(|| {
            let status = if sends { 503 } else { 429 };
            Reply::json(status, &json!({ "text": "Server is busy", "code": 9 }))
                .with("Retry-After", "0")
        })
    });
    run.ended(0).passed(&[ON_SYSMON, SILENT]);
    lab.got_each_event_once();
    lab.is_clean();
}

#[test]
fn a_batch_that_never_arrived_is_sent_again_and_one_that_did_is_not() {
    for arrives in [false, true] {
        let fake = if arrives {
            let fake = FakeSplunk::start(|_| Vec::new());
            fake.lose_answers("/collector/event", 1);
            fake
        } else {
            let reset = AtomicBool::new(false);
            FakeSplunk::start_with(
                |_| Vec::new(),
                move |request| {
                    let first = request.path.contains("/collector/event")
                        && !reset.swap(true, Ordering::Relaxed);
                    first.then_some(Reply::Nothing)
                },
            )
        };
        let lab = Lab::serve(Project::shipped(), fake);
        lab.run(&["replay", SYSMON, "--target", "lab"])
            .ended(0)
            .says(&["430 events sent, 430 found"]);
        assert_eq!(lab.fake.events().len(), 430, "arrives: {arrives}");
    }
}

#[test]
fn raw_text_goes_without_acknowledgement_where_that_is_said() {
    let lab = Lab::new(Project::new());
    let project = lab.project.replace(
        "dryfire.toml",
        "journal =",
        "send_as = \"raw\"\nacknowledge = false\njournal =",
    );
    let lab = Lab { project, ..lab };
    // This server makes an event of each line, and some events have several.
    let run = lab.run(&ON_TARGET);
    run.ended(1)
        .case(ON_SYSMON)
        .is("undetermined", "event-count");
    run.says(&["the server made 442 events of 430: line breaking or a filter for `XmlWinEventLog` differs there"]);
    assert_eq!(lab.fake.server.count("POST", "/services/collector/ack"), 0);
    assert_eq!(
        lab.fake.server.count("POST", "/services/collector/event"),
        0
    );
    assert!(lab.fake.server.count("POST", "/services/collector/raw") >= 4);
    lab.is_clean();
}

#[test]
fn an_acknowledgement_that_never_comes_is_an_error_of_the_target() {
    let (lab, run) = run(|request| {
        request
            .path
            .ends_with("/ack")
            .then(|| Reply::json(200, &json!({ "acks": { "0": false } })))
    });
    run.ended(3).case(ON_SYSMON).is("error", "target");
    run.says(&["the acknowledgement of 1 of 1 batches gave no answer within 1 s"]);
    lab.is_clean();
}

#[test]
fn a_job_that_fails_or_stays_queued_ends_in_time() {
    for (content, code, verdict, told) in [
        (
            json!({ "isDone": true, "isFailed": true, "dispatchState": "FAILED", "messages": [{ "type": "FATAL", "text": "search process died" }] }),
            1,
            "failed",
            "search process died",
        ),
        (
            json!({ "isDone": false, "isFailed": false, "dispatchState": "QUEUED" }),
            3,
            "error",
            "(queued) gave no answer within 1 s",
        ),
    ] {
        let detecting = std::sync::Mutex::new(Vec::new());
        let (lab, run) = run(move |request| {
            let mut jobs = detecting.lock().unwrap();
            if detects(request) {
                jobs.push(request.form("id").unwrap());
            }
            let asked = request
                .path
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
            (request.method == "GET" && jobs.contains(&asked)).then(|| {
                Reply::json(
                    200,
                    &json!({ "entry": [{ "name": asked, "content": content }] }),
                )
            })
        });
        run.ended(code);
        assert_eq!(run.case(ON_SYSMON).verdict(), verdict, "{}", run.all());
        run.says(&[told]);
        lab.is_clean();
    }
}

#[test]
fn a_page_of_results_that_is_cut_is_read_again() {
    let cut = AtomicBool::new(false);
    let (lab, run) = run(move |request| {
        let first = request.path.ends_with("/results") && !cut.swap(true, Ordering::Relaxed);
        first.then(|| Reply::Cut {
            promised: 5000,
            body: b"{\"results\":[{\"cou".to_vec(),
        })
    });
    run.ended(0).passed(&[ON_SYSMON, SILENT]);
    lab.got_each_event_once();
    lab.is_clean();
}

#[test]
fn answers_without_end_of_another_kind_or_from_elsewhere_are_said() {
    let elsewhere = Scripted::start(|_| Reply::status(200));
    let address = elsewhere.url().to_string();
    for (reply, told) in [
        (Reply::Endless(1 << 31), "is larger than 268435456 bytes"),
        (
            Reply::Whole {
                status: 200,
                headers: vec![("Content-Type".into(), "text/html".into())],
                body: b"<html>".to_vec(),
            },
            "its content type is `text/html`",
        ),
        (
            Reply::Whole {
                status: 302,
                headers: vec![("Location".into(), address.clone())],
                body: Vec::new(),
            },
            "redirects are not followed",
        ),
    ] {
        let (lab, run) = run(move |request| detects(request).then(|| reply.clone()));
        run.ended(3).case(ON_SYSMON).is("error", "target");
        run.says(&[told]);
        lab.is_clean();
    }
    assert!(
        elsewhere.requests().is_empty(),
        "no credentials go elsewhere"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn answers_that_are_too_large_end_within_bounded_memory() {
    let dense = format!("{{\"entry\":[{}{{}}]}}", "{\"\":0},".repeat(6 << 20));
    for (reply, told) in [
        // 2 GiB of blanks, of which a quarter is ever held.
        (Reply::Endless(1 << 31), "is larger than 268435456 bytes"),
        // 42 MB that would become 4 GB.
        (
            Reply::Whole {
                status: 200,
                headers: vec![("Content-Type".into(), "application/json".into())],
                body: dense.into_bytes(),
            },
            "would take more than 1073741824 bytes of memory",
        ),
    ] {
        let lab = Lab::with(Project::new(), move |request| {
            detects(request).then(|| reply.clone())
        });
        let run = lab.run_within(1 << 30, &ON_TARGET);
        assert_eq!(run.code, 3, "{}", run.all());
        run.says(&[told]);
        lab.is_clean();
    }
}

#[test]
fn a_certificate_that_nobody_signed_ends_the_run_unless_the_user_trusts_it() {
    let server = Scripted::start_tls(|_| Reply::status(200));
    let url = server.url();
    let toml = |more: &str| {
        format!("[targets.lab]\nurl = \"{url}\"\nenvironment = \"lab\"\njournal = \"j\"\n{more}")
    };
    let lab = Lab::serve(Project::new(), FakeSplunk::start(|_| Vec::new()));
    let project = lab.project.write("dryfire.toml", toml(""));
    let lab = Lab { project, ..lab };
    let run = lab.run(&ON_TARGET);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr.contains("is not trusted") && run.stderr.contains("set `insecure = true`"),
        "{}",
        run.all()
    );
    assert!(server.requests().is_empty());
    let certificate = server.certificate.clone().unwrap();
    for more in ["ca_file = \"ca.pem\"\n", "insecure = true\n"] {
        let project = lab.project.command().get_current_dir().unwrap().to_owned();
        std::fs::write(project.join("ca.pem"), &certificate).unwrap();
        std::fs::write(project.join("dryfire.toml"), toml(more)).unwrap();
        // It is reached, and is no Splunk.
        let run = lab.run(&ON_TARGET);
        assert_eq!(run.code, 3, "{}", run.all());
        assert!(!run.stderr.contains("is not trusted"), "{}", run.all());
    }
    assert!(!server.requests().is_empty());
}
