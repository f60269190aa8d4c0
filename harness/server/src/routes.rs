//! The management port: which request is answered by what.

use std::sync::Arc;

use hyper::Method;
use hyper::header::{AUTHORIZATION, HOST};

use crate::endpoints::{
    apps, configuration, context, indexes, inputs, jobs, objects, receivers, roles, saved, server,
    users,
};
use crate::entry::{Refusal, Shape};
use crate::http::{Params, Reply, Request};
use crate::identity::Who;
use crate::state::State;

/// What a client asks of an endpoint.
pub(crate) struct Ask<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) request: &'a Request,
    /// Query and form together.
    pub(crate) params: Params,
    /// What stands in the places of the pattern, decoded once.
    pub(crate) names: Vec<&'a str>,
    pub(crate) who: Who,
    /// The user and the app of `/servicesNS/USER/APP/`, where they are not `-`.
    pub(crate) owner: Option<&'a str>,
    pub(crate) app: Option<&'a str>,
    host: &'a str,
}

impl Ask<'_> {
    /// How the client wants to see entries.
    pub(crate) fn shape(&self) -> Shape<'_> {
        Shape {
            json: wants_json(&self.params),
            host: self.host,
            params: &self.params,
        }
    }

    /// Refuses who may not do that.
    pub(crate) fn needs(&self, capability: &str) -> Result<(), Refusal> {
        match self.who.may(capability) {
            true => Ok(()),
            false => {
                let text = format!(
                    "You (user={}) do not have permission to perform this operation (requires capability: {capability}).",
                    self.who.user
                );
                Err(Refusal::new(403, text))
            }
        }
    }

    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        let value = self.params.get(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| {
            Refusal::bad(format!(
                "The following required arguments are missing: {name}."
            ))
        })
    }
}

/// What an endpoint gives.
pub(crate) type Answer = Result<Reply, Refusal>;

/// An endpoint.
struct Route {
    method: Method,
    /// The segments after `/services/` or `/servicesNS/USER/APP/`; `*` stands for a name.
    pattern: &'static [&'static str],
    handler: fn(&Ask<'_>) -> Answer,
}

const fn get(pattern: &'static [&'static str], handler: fn(&Ask<'_>) -> Answer) -> Route {
    Route {
        method: Method::GET,
        pattern,
        handler,
    }
}

const fn post(pattern: &'static [&'static str], handler: fn(&Ask<'_>) -> Answer) -> Route {
    Route {
        method: Method::POST,
        pattern,
        handler,
    }
}

const fn delete(pattern: &'static [&'static str], handler: fn(&Ask<'_>) -> Answer) -> Route {
    Route {
        method: Method::DELETE,
        pattern,
        handler,
    }
}

/// All endpoints, but for logging in. The first that fits answers.
const ROUTES: &[Route] = &[
    get(&["server", "info"], server::info),
    get(&["server", "info", "*"], server::info),
    get(&["messages"], server::messages),
    get(&["authentication", "current-context"], context::current),
    get(
        &["authentication", "current-context", "context"],
        context::current,
    ),
    delete(
        &["authentication", "httpauth-tokens", "*"],
        context::log_out,
    ),
    get(&["authentication", "users"], users::list),
    post(&["authentication", "users"], users::create),
    get(&["authentication", "users", "*"], users::show),
    post(&["authentication", "users", "*"], users::change),
    delete(&["authentication", "users", "*"], users::remove),
    get(&["authorization", "roles"], roles::list),
    post(&["authorization", "roles"], roles::create),
    get(&["authorization", "roles", "*"], roles::show),
    post(&["authorization", "roles", "*"], roles::change),
    delete(&["authorization", "roles", "*"], roles::remove),
    get(&["apps", "local"], apps::list),
    get(&["apps", "local", "*"], apps::show),
    get(&["data", "indexes"], indexes::list),
    post(&["data", "indexes"], indexes::create),
    get(&["data", "indexes", "*"], indexes::show),
    post(&["data", "indexes", "*"], indexes::change),
    delete(&["data", "indexes", "*"], indexes::remove),
    get(&["data", "inputs", "http"], inputs::list),
    post(&["data", "inputs", "http"], inputs::create),
    get(&["data", "inputs", "http", "*"], inputs::show),
    post(&["data", "inputs", "http", "*"], inputs::change),
    post(&["data", "inputs", "http", "*", "enable"], inputs::enable),
    post(&["data", "inputs", "http", "*", "disable"], inputs::disable),
    delete(&["data", "inputs", "http", "*"], inputs::remove),
    post(&["data", "inputs", "oneshot"], inputs::file),
    post(&["data", "inputs", "monitor"], inputs::file),
    post(&["receivers", "simple"], receivers::simple),
    post(&["search", "jobs"], jobs::create),
    get(&["search", "jobs"], jobs::list),
    post(&["search", "jobs", "export"], jobs::export),
    get(&["search", "jobs", "export"], jobs::export),
    post(&["search", "jobs", "oneshot"], jobs::oneshot),
    get(&["search", "jobs", "*"], jobs::show),
    post(&["search", "jobs", "*"], jobs::change),
    delete(&["search", "jobs", "*"], jobs::remove),
    post(&["search", "jobs", "*", "control"], jobs::control),
    get(&["search", "jobs", "*", "results"], jobs::results),
    post(&["search", "jobs", "*", "results"], jobs::results),
    get(&["search", "jobs", "*", "results_preview"], jobs::preview),
    post(&["search", "jobs", "*", "results_preview"], jobs::preview),
    get(&["search", "jobs", "*", "events"], jobs::events),
    post(&["search", "jobs", "*", "events"], jobs::events),
    get(&["search", "jobs", "*", "search.log"], jobs::log),
    get(&["saved", "searches"], saved::list),
    post(&["saved", "searches"], saved::create),
    get(&["saved", "searches", "*"], saved::show),
    post(&["saved", "searches", "*"], saved::change),
    delete(&["saved", "searches", "*"], saved::remove),
    post(&["saved", "searches", "*", "enable"], saved::enable),
    post(&["saved", "searches", "*", "disable"], saved::disable),
    post(&["saved", "searches", "*", "dispatch"], saved::dispatch),
    get(&["saved", "searches", "*", "history"], saved::history),
    get(&["configs", "*"], configuration::stanzas),
    get(&["configs", "*", "*"], configuration::stanza),
    post(&["configs", "*", "*"], configuration::change),
    get(&["properties", "*"], configuration::stanzas),
    get(&["properties", "*", "*"], configuration::stanza),
    post(&["properties", "*", "*"], configuration::change),
    get(&["properties", "*", "*", "*"], configuration::value),
    post(&["properties", "*", "*", "*"], configuration::set_value),
    get(&["admin", "macros"], objects::macros),
    get(&["data", "transforms", "lookups"], objects::lookups),
    get(&["data", "lookup-table-files"], objects::lookup_files),
    get(&["datamodel", "model"], objects::models),
];

fn wants_json(params: &Params) -> bool {
    params
        .get("output_mode")
        .is_some_and(|mode| mode.starts_with("json"))
}

/// Answers a request on the management port.
pub(crate) fn answer(state: &Arc<State>, request: &Request) -> Reply {
    let params = request.form();
    let as_json = wants_json(&params);
    dispatch(state, request, params).unwrap_or_else(|refusal| {
        let mut reply = refusal.reply(as_json);
        if refusal.status == 401 {
            let realm = "Basic realm=\"/splunk\"".to_owned();
            reply.headers.push(("WWW-Authenticate", realm));
        }
        reply
    })
}

fn dispatch(state: &Arc<State>, request: &Request, params: Params) -> Answer {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    let (owner, app, mut path) = match path.as_slice() {
        ["services", rest @ ..] => (None, None, rest.to_vec()),
        ["servicesNS", owner, app, rest @ ..] => {
            let named = |name: &&'_ str| *name != "-";
            let (owner, app) = (Some(*owner).filter(named), Some(*app).filter(named));
            (owner, app, rest.to_vec())
        }
        _ => return Err(not_found()),
    };
    if path == ["auth", "login"] && request.method == Method::POST {
        return context::log_in(state, &params);
    }
    let authorization = request.header(AUTHORIZATION).unwrap_or_default();
    let who = state.identity.who(authorization).ok_or_else(|| Refusal {
        kind: "WARN",
        ..Refusal::new(401, "call not properly authenticated")
    })?;
    // Both versions of the search endpoints are the same here.
    if path.starts_with(&["search", "v2"]) {
        path.remove(1);
    }
    let fitting = |route: &&Route| fits(route.pattern, &path);
    let mut routes = ROUTES.iter().filter(fitting).peekable();
    if routes.peek().is_none() {
        return Err(not_found());
    }
    let Some(route) = routes.find(|route| route.method == request.method) else {
        return Err(Refusal::new(405, "Method Not Allowed"));
    };
    let places = route.pattern.iter().zip(&path);
    let names = places
        .filter(|(pattern, _)| **pattern == "*")
        .map(|(_, name)| *name);
    let ask = Ask {
        state,
        request,
        params,
        names: names.collect(),
        who,
        owner,
        app,
        host: request.header(HOST).unwrap_or("localhost:8089"),
    };
    (route.handler)(&ask)
}

fn fits(pattern: &[&str], path: &[&str]) -> bool {
    pattern.len() == path.len()
        && pattern
            .iter()
            .zip(path)
            .all(|(pattern, name)| *pattern == "*" || pattern == name)
}

fn not_found() -> Refusal {
    Refusal::new(404, "Not Found")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_reached() {
        for (place, route) in ROUTES.iter().enumerate() {
            let path: Vec<&str> = route
                .pattern
                .iter()
                .map(|part| if *part == "*" { "some name" } else { *part })
                .collect();
            let first = ROUTES
                .iter()
                .position(|other| other.method == route.method && fits(other.pattern, &path));
            assert_eq!(first, Some(place), "{:?}", route.pattern);
        }
    }
}
