//! Saved searches.

use super::jobs::started;
use super::new_name;
use crate::actions::{self, Settings};
use crate::entry::{Entry, Refusal};
use crate::http::is_on;
use crate::jobs::Terms;
use crate::routes::{Answer, Ask};
use crate::saved::SavedSearch;
use crate::search::{self, Question};

const COLLECTION: &str = "saved/searches";
const PATH: &str = "/services/saved/searches";
/// Parameters that are no settings.
const NOT_KEPT: [&str; 5] = ["name", "output_mode", "count", "offset", "eai:acl"];

fn entry(search: &SavedSearch) -> Entry {
    Entry {
        name: search.name.clone(),
        collection: COLLECTION,
        owner: search.owner.clone(),
        app: search.app.clone(),
        sharing: if search.owner == "nobody" {
            "global"
        } else {
            "user"
        },
        content: search.content(),
    }
}

fn known(ask: &Ask<'_>) -> Result<SavedSearch, Refusal> {
    let name = ask.names[0];
    let found = ask.state.saved.get(&ask.who.user, ask.app, name);
    found.ok_or_else(|| Refusal::not_found(name))
}

fn shown(ask: &Ask<'_>, status: u16, search: &SavedSearch) -> Answer {
    let entry = entry(search);
    Ok(ask.shape().feed_with(status, "savedsearch", PATH, &[entry]))
}

/// What the client sets.
fn given(ask: &Ask<'_>) -> Settings {
    let pairs = ask.params.iter();
    let pairs = pairs.filter(|(key, _)| !NOT_KEPT.contains(key));
    pairs
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// `GET saved/searches`
pub(crate) fn list(ask: &Ask<'_>) -> Answer {
    let found = ask.state.saved.list(&ask.who.user, ask.app);
    let entries: Vec<Entry> = found.iter().map(entry).collect();
    Ok(ask.shape().feed("savedsearch", PATH, &entries))
}

/// `GET saved/searches/NAME`
pub(crate) fn show(ask: &Ask<'_>) -> Answer {
    shown(ask, 200, &known(ask)?)
}

/// `POST saved/searches`
pub(crate) fn create(ask: &Ask<'_>) -> Answer {
    ask.needs("schedule_search")?;
    let name = new_name("saved search", ask.required("name")?)?;
    ask.required("search")?;
    let owner = match ask.owner {
        Some("nobody") => "nobody",
        _ => &ask.who.user,
    };
    if ask
        .owner
        .is_some_and(|named| named != "nobody" && named != ask.who.user)
    {
        ask.needs("admin_all_objects")?;
    }
    let search = SavedSearch {
        name: name.to_owned(),
        app: ask.app.unwrap_or("search").to_owned(),
        owner: owner.to_owned(),
        settings: given(ask),
    };
    if !ask.state.saved.add(search.clone()) {
        let text = format!(
            "Unable to create saved search with name '{name}'. A saved search with that name already exists."
        );
        return Err(Refusal::new(409, text));
    }
    shown(ask, 201, &search)
}

/// `POST saved/searches/NAME`
pub(crate) fn change(ask: &Ask<'_>) -> Answer {
    change_by(ask, given(ask))
}

fn change_by(ask: &Ask<'_>, settings: Settings) -> Answer {
    ask.needs("schedule_search")?;
    let mut search = known(ask)?;
    search.settings.extend(settings);
    ask.state.saved.put(search.clone());
    shown(ask, 200, &search)
}

/// `POST saved/searches/NAME/enable`
pub(crate) fn enable(ask: &Ask<'_>) -> Answer {
    change_by(
        ask,
        Settings::from([("disabled".to_owned(), "0".to_owned())]),
    )
}

/// `POST saved/searches/NAME/disable`
pub(crate) fn disable(ask: &Ask<'_>) -> Answer {
    change_by(
        ask,
        Settings::from([("disabled".to_owned(), "1".to_owned())]),
    )
}

/// `DELETE saved/searches/NAME`
pub(crate) fn remove(ask: &Ask<'_>) -> Answer {
    ask.needs("schedule_search")?;
    ask.state.saved.remove(&known(ask)?);
    list(ask)
}

/// `POST saved/searches/NAME/dispatch`
pub(crate) fn dispatch(ask: &Ask<'_>) -> Answer {
    let search = known(ask)?;
    if is_on(search.get("disabled")) {
        let text = format!("The saved search '{}' is disabled.", search.name);
        return Err(Refusal::bad(text));
    }
    let time = |name: &str| {
        let given = ask.params.get(&format!("dispatch.{name}"));
        Some(
            given
                .unwrap_or_else(|| search.get(&format!("dispatch.{name}")))
                .to_owned(),
        )
    };
    let question = Question {
        text: with_search(search.get("search")),
        earliest: time("earliest_time"),
        latest: time("latest_time"),
    };
    let ready = search::prepare(ask.state, &ask.who, &question)?;
    let actions = match ask.params.is_on("trigger_actions") {
        true => actions::of(&search.name, &search.settings).map_err(Refusal::bad)?,
        false => None,
    };
    let terms = Terms {
        sid: None,
        app: Some(search.app.clone()),
        label: Some(search.name.clone()),
        actions,
    };
    let job = ask.state.jobs.start(&ask.who, ready, terms)?;
    Ok(started(ask, &job.sid))
}

/// The text of a saved search as a search: one that begins with no pipe looks for events, also without saying so.
fn with_search(text: &str) -> String {
    let text = text.trim();
    let says_so = text
        .get(..7)
        .is_some_and(|begin| begin.eq_ignore_ascii_case("search "));
    match says_so || text.starts_with('|') {
        true => text.to_owned(),
        false => format!("search {text}"),
    }
}

/// `GET saved/searches/NAME/history`
pub(crate) fn history(ask: &Ask<'_>) -> Answer {
    let search = known(ask)?;
    let jobs = ask.state.jobs.list(&ask.who);
    let of_search = jobs
        .iter()
        .filter(|job| job.label.as_ref() == Some(&search.name));
    let entries: Vec<Entry> = of_search
        .map(|job| super::jobs::entry(job, &job.progress()))
        .collect();
    Ok(ask.shape().feed("history", PATH, &entries))
}
