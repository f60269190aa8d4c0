//! Search jobs: started, asked for, read page by page.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::clock;
use crate::effects::is_plain;
use crate::entry::{Entry, Refusal, content};
use crate::http::{Reply, escape};
use crate::jobs::{Job, Phase, Progress, Terms};
use crate::results::Wanted;
use crate::routes::{Answer, Ask};
use crate::search::{self, Message, Question};

const COLLECTION: &str = "search/jobs";
const PATH: &str = "/services/search/jobs";

pub(super) fn entry(job: &Job, progress: &Progress) -> Entry {
    let is_over = progress.phase.is_over();
    let ran = match progress.started {
        Some(at) if !is_over => at.elapsed(),
        _ => progress.ran,
    };
    let rows = progress.table.len();
    let messages: Vec<Json> = progress
        .messages
        .iter()
        .map(|message| json!({"type": message.kind, "text": message.text}))
        .collect();
    let time = |bound: Option<i64>, open: i64| clock::shown(bound.unwrap_or(open));
    let is_failed = progress.phase == Phase::Failed;
    let mut content = content(json!({
        "sid": job.sid,
        "dispatchState": progress.phase.state(),
        "doneProgress": if is_over { "1.00000" } else { "0.00000" },
        "isDone": is_over,
        "isFailed": is_failed,
        "isFinalized": false,
        "isPaused": false,
        "isPreviewEnabled": false,
        "isSaved": false,
        "isZombie": false,
        "isEventsPreviewEnabled": false,
        "eventCount": progress.events,
        "eventAvailableCount": if progress.table.keys.is_some() { rows } else { 0 },
        "resultCount": rows,
        "resultPreviewCount": rows,
        "resultIsStreaming": progress.table.keys.is_some(),
        "scanCount": progress.scanned,
        "runDuration": format!("{:.3}", ran.as_secs_f64()),
        "earliestTime": time(job.earliest, 0),
        "latestTime": time(job.latest, job.asked),
        "published": clock::shown(job.asked),
        "ttl": 600,
        "priority": 5,
        "search": job.text,
        "eventSearch": job.text,
        "keywords": "",
        "messages": messages,
        "request": {"search": job.text},
    }));
    if let Some(label) = &job.label {
        content.insert("label".to_owned(), Json::String(label.clone()));
        content.insert("isSavedSearch".to_owned(), Json::Bool(true));
    }
    Entry {
        name: job.sid.clone(),
        collection: COLLECTION,
        owner: job.owner.clone(),
        app: job.app.clone(),
        sharing: "global",
        content,
    }
}

fn known(ask: &Ask<'_>) -> Result<Arc<Job>, Refusal> {
    let sid = ask.names[0];
    let job = ask.state.jobs.get(&ask.who, sid);
    job.ok_or_else(|| Refusal {
        kind: "FATAL",
        ..Refusal::new(404, "Unknown sid.")
    })
}

/// What the client asks.
fn question(ask: &Ask<'_>) -> Result<Question, Refusal> {
    let time = |name: &str| ask.params.get(name).map(str::to_owned);
    for mode in [
        ask.params.get("search_mode"),
        ask.params.get("indexedRealtime"),
    ] {
        if mode.is_some_and(|mode| mode == "realtime") {
            return Err(Refusal::search("Real-time searches are not run here."));
        }
    }
    Ok(Question {
        text: ask.required("search")?.to_owned(),
        earliest: time("earliest_time"),
        latest: time("latest_time"),
    })
}

/// Starts what the client asks.
fn start(ask: &Ask<'_>) -> Result<Arc<Job>, Refusal> {
    let ready = search::prepare(ask.state, &ask.who, &question(ask)?)?;
    let sid = ask.params.get("id").filter(|sid| !sid.is_empty());
    if let Some(sid) = sid.filter(|sid| !is_plain(sid)) {
        return Err(Refusal::bad(format!("Invalid sid '{sid}'.")));
    }
    let terms = Terms {
        sid: sid.map(str::to_owned),
        app: ask.app.map(str::to_owned),
        ..Terms::default()
    };
    ask.state.jobs.start(&ask.who, ready, terms)
}

/// The id of a job that was started.
pub(super) fn started(ask: &Ask<'_>, sid: &str) -> Reply {
    if ask.shape().json {
        return Reply::json(201, &json!({"sid": sid}));
    }
    let sid = escape(sid);
    Reply::xml(
        201,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>\n  <sid>{sid}</sid>\n</response>\n"
        ),
    )
}

/// `POST search/jobs`
pub(crate) fn create(ask: &Ask<'_>) -> Answer {
    match ask.params.get("exec_mode").unwrap_or("normal") {
        "normal" => Ok(started(ask, &start(ask)?.sid)),
        "blocking" => {
            let job = start(ask)?;
            job.wait();
            Ok(started(ask, &job.sid))
        }
        "oneshot" => oneshot(ask),
        other => Err(Refusal::bad(format!("Invalid exec_mode '{other}'."))),
    }
}

/// The rows of a search that nobody asks for again; a failure is a refusal.
fn once(ask: &Ask<'_>) -> Result<Progress, Refusal> {
    let job = start(ask)?;
    let progress = job.wait();
    ask.state.jobs.remove(&job);
    match progress.phase {
        Phase::Failed => Err(Refusal::search(said(&progress.messages))),
        _ => Ok(progress),
    }
}

fn said(messages: &[Message]) -> String {
    let texts: Vec<&str> = messages.iter().map(|one| one.text.as_str()).collect();
    match texts.is_empty() {
        true => "The search was cancelled.".to_owned(),
        false => texts.join("; "),
    }
}

/// `POST search/jobs` with `exec_mode=oneshot`, `POST search/jobs/oneshot`
pub(crate) fn oneshot(ask: &Ask<'_>) -> Answer {
    let wanted = Wanted::of(&without_search(ask))?;
    let progress = once(ask)?;
    Ok(wanted.reply(&progress.table, &progress.messages))
}

/// `search/jobs/export`
pub(crate) fn export(ask: &Ask<'_>) -> Answer {
    let wanted = Wanted::of(&without_search(ask))?.everything();
    let progress = once(ask)?;
    Ok(wanted.export(&progress.table, &progress.messages))
}

/// The parameters but for `search`, which means something else where results are read.
fn without_search(ask: &Ask<'_>) -> crate::http::Params {
    ask.params.without("search")
}

/// `GET search/jobs`
pub(crate) fn list(ask: &Ask<'_>) -> Answer {
    let jobs = ask.state.jobs.list(&ask.who);
    let entries: Vec<Entry> = jobs.iter().map(|job| entry(job, &job.progress())).collect();
    Ok(ask.shape().feed("jobs", PATH, &entries))
}

/// `GET search/jobs/SID`
pub(crate) fn show(ask: &Ask<'_>) -> Answer {
    let job = known(ask)?;
    let entry = entry(&job, &job.progress());
    Ok(ask.shape().alone(&entry))
}

/// `POST search/jobs/SID`: nothing of a job can be changed.
pub(crate) fn change(ask: &Ask<'_>) -> Answer {
    show(ask)
}

/// `DELETE search/jobs/SID`
pub(crate) fn remove(ask: &Ask<'_>) -> Answer {
    let job = known(ask)?;
    ask.state.jobs.remove(&job);
    Ok(done(ask, "Search job cancelled."))
}

/// `POST search/jobs/SID/control`
pub(crate) fn control(ask: &Ask<'_>) -> Answer {
    let job = known(ask)?;
    match ask.required("action")? {
        "cancel" => {
            ask.state.jobs.remove(&job);
            Ok(done(ask, "Search job cancelled."))
        }
        "finalize" => {
            // Partial results are no results: the search ends without any.
            if !job.progress().phase.is_over() {
                job.cancel();
            }
            Ok(done(ask, "Search job finalized."))
        }
        "touch" | "setttl" | "save" | "unsave" | "enablepreview" | "disablepreview"
        | "setpriority" | "unpause" => {
            job.progress();
            Ok(done(ask, "Search job changed."))
        }
        other => Err(Refusal::bad(format!(
            "The action '{other}' is not done here."
        ))),
    }
}

fn done(ask: &Ask<'_>, text: &str) -> Reply {
    let info = Refusal {
        status: 200,
        kind: "INFO",
        text: text.to_owned(),
    };
    info.reply(ask.shape().json)
}

/// `search/jobs/SID/results`
pub(crate) fn results(ask: &Ask<'_>) -> Answer {
    let wanted = Wanted::of(&ask.params)?;
    let progress = known(ask)?.progress();
    match progress.phase.is_over() {
        true => Ok(wanted.reply(&progress.table, &progress.messages)),
        false => Ok(Reply::no_content()),
    }
}

/// `search/jobs/SID/results_preview`: there is nothing before the end.
pub(crate) fn preview(ask: &Ask<'_>) -> Answer {
    results(ask)
}

/// `search/jobs/SID/events`: the events, where the rows still are events.
pub(crate) fn events(ask: &Ask<'_>) -> Answer {
    let wanted = Wanted::of(&ask.params)?;
    let progress = known(ask)?.progress();
    if !progress.phase.is_over() {
        return Ok(Reply::no_content());
    }
    let none = dryfire_engine::Table::default();
    let table = match progress.table.keys.is_some() {
        true => &progress.table,
        false => &none,
    };
    Ok(wanted.reply(table, &progress.messages))
}

/// `GET search/jobs/SID/search.log`
pub(crate) fn log(ask: &Ask<'_>) -> Answer {
    let progress = known(ask)?.progress();
    let lines = progress.messages.iter();
    let lines: Vec<String> = lines
        .map(|message| format!("{} {}\n", message.kind, message.text))
        .collect();
    Ok(Reply::text(200, lines.concat()))
}
