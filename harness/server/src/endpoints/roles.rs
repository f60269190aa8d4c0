//! Roles: which indexes their members see, and what they may do.

use serde_json::json;

use super::new_name;
use crate::entry::{Entry, Refusal, content};
use crate::identity::Role;
use crate::routes::{Answer, Ask};

const COLLECTION: &str = "authorization/roles";
const PATH: &str = "/services/authorization/roles";

fn entry(name: &str, role: &Role) -> Entry {
    let content = content(json!({
        "imported_roles": role.imported,
        "srchIndexesAllowed": role.allowed,
        "srchIndexesDefault": role.default,
        "capabilities": role.capabilities,
        "defaultApp": "search",
    }));
    Entry::system(name, COLLECTION, content)
}

fn one(ask: &Ask<'_>, status: u16, name: &str) -> Answer {
    let roles = ask.state.identity.roles();
    let role = roles.get(name).ok_or_else(|| Refusal::not_found(name))?;
    let entry = entry(name, role);
    Ok(ask.shape().feed_with(status, "roles", PATH, &[entry]))
}

/// `GET authorization/roles`
pub(crate) fn list(ask: &Ask<'_>) -> Answer {
    let roles = ask.state.identity.roles();
    let entries: Vec<Entry> = roles.iter().map(|(name, role)| entry(name, role)).collect();
    Ok(ask.shape().feed("roles", PATH, &entries))
}

/// `GET authorization/roles/NAME`
pub(crate) fn show(ask: &Ask<'_>) -> Answer {
    one(ask, 200, ask.names[0])
}

/// What the client sets, over what was there. Lists come as repeated keys, or as one with `;` between.
fn given(ask: &Ask<'_>, mut role: Role) -> Result<Role, Refusal> {
    let list = |key: &str| {
        let values: Vec<&str> = ask.params.all(key).collect();
        let split = values.iter().flat_map(|value| value.split(';'));
        let names: Vec<String> = split
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        (!values.is_empty()).then_some(names)
    };
    role.imported = list("imported_roles").unwrap_or(role.imported);
    role.allowed = list("srchIndexesAllowed").unwrap_or(role.allowed);
    role.default = list("srchIndexesDefault").unwrap_or(role.default);
    if let Some(names) = list("capabilities") {
        role.capabilities = names.into_iter().collect();
    }
    let known = ask.state.identity.roles();
    match role.imported.iter().find(|name| !known.contains_key(*name)) {
        Some(missing) => Err(Refusal::bad(format!(
            "The role '{missing}' does not exist."
        ))),
        None => Ok(role),
    }
}

/// `POST authorization/roles`
pub(crate) fn create(ask: &Ask<'_>) -> Answer {
    ask.needs("edit_roles")?;
    let name = new_name("role", ask.required("name")?)?;
    if ask.state.identity.roles().contains_key(name) {
        return Err(Refusal::new(
            409,
            format!("The role '{name}' already exists."),
        ));
    }
    let role = given(ask, Role::default())?;
    ask.state.identity.set_role(name, role);
    one(ask, 201, name)
}

/// `POST authorization/roles/NAME`
pub(crate) fn change(ask: &Ask<'_>) -> Answer {
    ask.needs("edit_roles")?;
    let name = ask.names[0];
    let role = ask.state.identity.roles().remove(name);
    let role = given(ask, role.ok_or_else(|| Refusal::not_found(name))?)?;
    ask.state.identity.set_role(name, role);
    one(ask, 200, name)
}

/// `DELETE authorization/roles/NAME`
pub(crate) fn remove(ask: &Ask<'_>) -> Answer {
    ask.needs("edit_roles")?;
    let name = ask.names[0];
    match ask.state.identity.remove_role(name) {
        true => list(ask),
        false => Err(Refusal::not_found(name)),
    }
}
