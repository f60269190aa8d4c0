//! Logging in and out, and who one is.

use serde_json::json;

use crate::entry::{Entry, Refusal, content};
use crate::http::{Params, Reply, escape};
use crate::routes::{Answer, Ask};
use crate::state::State;

/// `POST auth/login`
pub(crate) fn log_in(state: &State, params: &Params) -> Answer {
    let given = |name: &str| params.get(name).unwrap_or_default();
    let key = state.identity.log_in(given("username"), given("password"));
    let Some(key) = key else {
        return Err(Refusal {
            kind: "WARN",
            ..Refusal::new(401, "Login failed")
        });
    };
    if given("output_mode") == "json" {
        let body = json!({"sessionKey": key, "message": "", "code": ""});
        return Ok(Reply::json(200, &body));
    }
    let body = format!(
        "<response>\n  <sessionKey>{}</sessionKey>\n  <messages>\n    <msg code=\"\"></msg>\n  </messages>\n</response>\n",
        escape(&key)
    );
    Ok(Reply::xml(200, body))
}

/// `DELETE authentication/httpauth-tokens/KEY`
pub(crate) fn log_out(ask: &Ask<'_>) -> Answer {
    ask.state.identity.log_out(ask.names[0]);
    Ok(ask.shape().feed(
        "httpauth-tokens",
        "/services/authentication/httpauth-tokens",
        &[],
    ))
}

/// `GET authentication/current-context`
pub(crate) fn current(ask: &Ask<'_>) -> Answer {
    let who = &ask.who;
    let content = content(json!({
        "username": who.user,
        "realname": "",
        "roles": who.roles,
        "capabilities": who.capabilities,
        "defaultApp": "search",
    }));
    let entry = Entry::system("context", "authentication/current-context", content);
    let path = "/services/authentication/current-context";
    Ok(ask.shape().feed("current-context", path, &[entry]))
}
