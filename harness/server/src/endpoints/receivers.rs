//! Events over the management port.

use super::refused;
use crate::entry::Refusal;
use crate::http::Reply;
use crate::routes::{Answer, Ask};
use crate::store::Key;

/// `POST receivers/simple`: the body is raw text.
pub(crate) fn simple(ask: &Ask<'_>) -> Answer {
    ask.needs("search")?;
    let query = &ask.request.query;
    let or = |name: &str, default: &str| {
        let given = query.get(name).filter(|value| !value.is_empty());
        given.unwrap_or(default).to_owned()
    };
    let index = or("index", "main");
    if !ask.who.sees(&index) {
        return Err(Refusal::new(
            403,
            format!("You may not write into the index '{index}'."),
        ));
    }
    let key = Key {
        index: index.into(),
        host: or("host", "dryfire").into(),
        source: or("source", "www").into(),
        sourcetype: or("sourcetype", "web_input").into(),
    };
    let events = ask.state.store.broken(&key, &ask.request.body);
    let events = events.map_err(|error| refused(&error))?;
    let put = ask.state.store.put(vec![(key, events)]);
    put.map_err(|error| refused(&error))?;
    let body = "<response><results><result><field k='_index'><value><text>ok</text></value></field></result></results></response>";
    Ok(Reply::xml(200, body))
}
