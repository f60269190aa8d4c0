//! Users.

use serde_json::json;

use super::new_name;
use crate::entry::{Entry, Refusal, content};
use crate::identity::ADMIN;
use crate::routes::{Answer, Ask};

const COLLECTION: &str = "authentication/users";
const PATH: &str = "/services/authentication/users";

fn entry(name: &str, roles: &[String]) -> Entry {
    let content = content(json!({
        "roles": roles,
        "realname": "",
        "email": "",
        "type": "Splunk",
        "defaultApp": "search",
    }));
    Entry::system(name, COLLECTION, content)
}

fn one(ask: &Ask<'_>, status: u16, name: &str) -> Answer {
    let users = ask.state.identity.users();
    let roles = users.get(name).ok_or_else(|| Refusal::not_found(name))?;
    let entry = entry(name, roles);
    Ok(ask.shape().feed_with(status, "users", PATH, &[entry]))
}

/// `GET authentication/users`
pub(crate) fn list(ask: &Ask<'_>) -> Answer {
    let users = ask.state.identity.users();
    let entries: Vec<Entry> = users
        .iter()
        .map(|(name, roles)| entry(name, roles))
        .collect();
    Ok(ask.shape().feed("users", PATH, &entries))
}

/// `GET authentication/users/NAME`
pub(crate) fn show(ask: &Ask<'_>) -> Answer {
    one(ask, 200, ask.names[0])
}

fn roles(ask: &Ask<'_>) -> Result<Option<Vec<String>>, Refusal> {
    let roles: Vec<String> = ask.params.all("roles").map(str::to_owned).collect();
    let known = ask.state.identity.roles();
    match roles.iter().find(|name| !known.contains_key(*name)) {
        Some(missing) => Err(Refusal::bad(format!(
            "The role '{missing}' does not exist."
        ))),
        None => Ok((!roles.is_empty()).then_some(roles)),
    }
}

/// `POST authentication/users`
pub(crate) fn create(ask: &Ask<'_>) -> Answer {
    ask.needs("edit_user")?;
    let name = new_name("user", ask.required("name")?)?;
    let password = ask.required("password")?;
    let Some(roles) = roles(ask)? else {
        return Err(Refusal::bad("A user needs at least one role."));
    };
    if ask.state.identity.users().contains_key(name) {
        return Err(Refusal::new(409, format!("User '{name}' already exists.")));
    }
    ask.state
        .identity
        .set_user(name, Some(password), Some(roles));
    one(ask, 201, name)
}

/// `POST authentication/users/NAME`
pub(crate) fn change(ask: &Ask<'_>) -> Answer {
    ask.needs("edit_user")?;
    let name = ask.names[0];
    if !ask.state.identity.users().contains_key(name) {
        return Err(Refusal::not_found(name));
    }
    let password = ask.params.get("password");
    ask.state.identity.set_user(name, password, roles(ask)?);
    one(ask, 200, name)
}

/// `DELETE authentication/users/NAME`
pub(crate) fn remove(ask: &Ask<'_>) -> Answer {
    ask.needs("edit_user")?;
    let name = ask.names[0];
    if name == ADMIN {
        return Err(Refusal::bad("The user 'admin' can't be removed."));
    }
    match ask.state.identity.remove_user(name) {
        true => list(ask),
        false => Err(Refusal::not_found(name)),
    }
}
