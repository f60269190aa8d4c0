//! Who asks: users, roles with their index limits, session keys. All of it lives in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use uuid::Uuid;

/// The user that is there from the start.
pub(crate) const ADMIN: &str = "admin";
/// How long a session lives that nobody uses.
const SESSION: Duration = Duration::from_hours(1);
/// Most sessions; the one that was used least recently goes.
const SESSIONS: usize = 10_000;
/// What `delete` needs. Administrators don't have it by themselves, as in Splunk.
pub(crate) const DELETE: &str = "delete_by_keyword";
/// What the role `user` may do.
const USER: [&str; 6] = [
    "search",
    "schedule_search",
    "accelerate_search",
    "list_inputs",
    "rest_properties_get",
    "edit_search_schedule_window",
];
/// What the role `admin` may do beside that.
const ADMINS: [&str; 7] = [
    "admin_all_objects",
    "edit_roles",
    "edit_token_http",
    "edit_user",
    "indexes_edit",
    "list_settings",
    "rest_properties_set",
];

/// What members of a role may do and see.
#[derive(Debug, Clone, Default)]
pub(crate) struct Role {
    pub(crate) imported: Vec<String>,
    /// Indexes that searches may look in; `*` stands for any text.
    pub(crate) allowed: Vec<String>,
    /// Indexes in which searches look that name none.
    pub(crate) default: Vec<String>,
    pub(crate) capabilities: BTreeSet<String>,
}

/// A user's password, hashed with a key of this process, and roles.
struct User {
    password: blake3::Hash,
    roles: Vec<String>,
}

struct Session {
    user: String,
    used: Instant,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) user: String,
    /// The user's roles, with those that they import.
    pub(crate) roles: Vec<String>,
    pub(crate) capabilities: BTreeSet<String>,
    allowed: Vec<String>,
    default: Vec<String>,
}

impl Who {
    /// Whether searches may look in an index.
    pub(crate) fn sees(&self, index: &str) -> bool {
        self.allowed.iter().any(|pattern| matches(pattern, index))
    }

    /// Whether a search that names no index looks in this one.
    pub(crate) fn looks_in(&self, index: &str) -> bool {
        self.default.iter().any(|pattern| matches(pattern, index))
    }

    /// Whether the user may do that.
    pub(crate) fn may(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }
}

/// An index by a pattern. `*` alone means no internal ones: those are meant where the pattern begins as they do.
fn matches(pattern: &str, index: &str) -> bool {
    if index.starts_with('_') && !pattern.starts_with('_') {
        return false;
    }
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = index.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Users, roles, sessions.
pub(crate) struct Identity {
    key: [u8; 32],
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    users: BTreeMap<String, User>,
    roles: BTreeMap<String, Role>,
    sessions: BTreeMap<String, Session>,
}

impl Identity {
    /// The user `admin` with that password, and the roles that every Splunk has.
    pub(crate) fn new(password: &str) -> Self {
        let mut key = [0; 32];
        key[..16].copy_from_slice(Uuid::new_v4().as_bytes());
        key[16..].copy_from_slice(Uuid::new_v4().as_bytes());
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let role = |imported: &[&str], allowed: &[&str], capabilities: &[&str]| Role {
            imported: list(imported),
            allowed: list(allowed),
            default: list(if allowed.is_empty() { &[] } else { &["main"] }),
            capabilities: set(capabilities),
        };
        let roles = [
            ("user", role(&[], &["*"], &USER)),
            ("power", role(&["user"], &["*"], &[])),
            (ADMIN, role(&["power"], &["*", "_*"], &ADMINS)),
            ("can_delete", role(&[], &[], &[DELETE])),
        ];
        let identity = Self {
            key,
            held: Mutex::default(),
        };
        {
            let mut held = identity.held();
            held.roles = roles
                .into_iter()
                .map(|(name, role)| (name.to_owned(), role))
                .collect();
            let admin = User {
                password: identity.hash(password),
                roles: vec![ADMIN.to_owned()],
            };
            held.users.insert(ADMIN.to_owned(), admin);
        }
        identity
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hash(&self, password: &str) -> blake3::Hash {
        blake3::keyed_hash(&self.key, password.as_bytes())
    }

    /// A session key; nothing where the password is wrong.
    pub(crate) fn log_in(&self, user: &str, password: &str) -> Option<String> {
        // Compared in constant time, by the type of the hash.
        let hash = self.hash(password);
        let mut held = self.held();
        held.users
            .get(user)
            .filter(|known| known.password == hash)?;
        if held.sessions.len() >= SESSIONS {
            let oldest = held.sessions.iter().min_by_key(|(_, session)| session.used);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                held.sessions.remove(&oldest);
            }
        }
        let key = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let session = Session {
            user: user.to_owned(),
            used: Instant::now(),
        };
        held.sessions.insert(key.clone(), session);
        Some(key)
    }

    /// Ends a session.
    pub(crate) fn log_out(&self, key: &str) {
        self.held().sessions.remove(key);
    }

    /// Who asks, by the `Authorization` header: `Splunk KEY`, `Bearer KEY`, `Basic …`.
    pub(crate) fn who(&self, authorization: &str) -> Option<Who> {
        let (scheme, value) = authorization.trim().split_once(' ')?;
        let value = value.trim();
        if scheme.eq_ignore_ascii_case("basic") {
            let decoded = BASE64_STANDARD.decode(value).ok()?;
            let text = String::from_utf8(decoded).ok()?;
            let (user, password) = text.split_once(':')?;
            let hash = self.hash(password);
            let held = self.held();
            held.users
                .get(user)
                .filter(|known| known.password == hash)?;
            return held.who(user);
        }
        if !scheme.eq_ignore_ascii_case("splunk") && !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let mut held = self.held();
        let session = held.sessions.get_mut(value)?;
        if session.used.elapsed() > SESSION {
            held.sessions.remove(value);
            return None;
        }
        session.used = Instant::now();
        let user = session.user.clone();
        held.who(&user)
    }

    /// The roles, by name.
    pub(crate) fn roles(&self) -> BTreeMap<String, Role> {
        self.held().roles.clone()
    }

    /// Makes or changes a role.
    pub(crate) fn set_role(&self, name: &str, role: Role) {
        self.held().roles.insert(name.to_owned(), role);
    }

    /// Removes a role.
    pub(crate) fn remove_role(&self, name: &str) -> bool {
        self.held().roles.remove(name).is_some()
    }

    /// The users with their roles.
    pub(crate) fn users(&self) -> BTreeMap<String, Vec<String>> {
        let held = self.held();
        let users = held.users.iter();
        users
            .map(|(name, user)| (name.clone(), user.roles.clone()))
            .collect()
    }

    /// Makes or changes a user.
    pub(crate) fn set_user(&self, name: &str, password: Option<&str>, roles: Option<Vec<String>>) {
        let hash = password.map(|password| self.hash(password));
        let mut held = self.held();
        match held.users.get_mut(name) {
            Some(user) => {
                user.password = hash.unwrap_or(user.password);
                user.roles = roles.unwrap_or_else(|| std::mem::take(&mut user.roles));
            }
            None => {
                if let Some(password) = hash {
                    let roles = roles.unwrap_or_default();
                    held.users.insert(name.to_owned(), User { password, roles });
                }
            }
        }
    }

    /// Removes a user and ends its sessions.
    pub(crate) fn remove_user(&self, name: &str) -> bool {
        let mut held = self.held();
        held.sessions.retain(|_, session| session.user != name);
        held.users.remove(name).is_some()
    }
}

impl Held {
    fn who(&self, user: &str) -> Option<Who> {
        let mut roles = self.users.get(user)?.roles.clone();
        let mut who = Who {
            user: user.to_owned(),
            roles: Vec::new(),
            capabilities: BTreeSet::new(),
            allowed: Vec::new(),
            default: Vec::new(),
        };
        // Imported roles count, too; a circle of them ends where a role comes again.
        while let Some(name) = roles.pop() {
            let Some(role) = self.roles.get(&name).filter(|_| !who.roles.contains(&name)) else {
                continue;
            };
            roles.extend(role.imported.iter().cloned());
            who.allowed.extend(role.allowed.iter().cloned());
            who.default.extend(role.default.iter().cloned());
            who.capabilities.extend(role.capabilities.iter().cloned());
            who.roles.push(name);
        }
        who.roles.sort();
        Some(who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_means_no_internal_index() {
        for (pattern, index, expected) in [
            ("*", "main", true),
            ("*", "_internal", false),
            ("_*", "_internal", true),
            ("_*", "main", false),
            ("win*", "windows", true),
            ("win*", "main", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbY", false),
            ("main", "main", true),
            ("main", "main2", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, index), expected, "{pattern} {index}");
        }
    }

    #[test]
    fn keys_and_passwords_are_checked() {
        let identity = Identity::new("right");
        assert!(identity.log_in(ADMIN, "wrong").is_none());
        assert!(identity.log_in("nobody", "right").is_none());
        let key = identity.log_in(ADMIN, "right").unwrap();
        for form in ["Splunk", "Bearer", "splunk"] {
            assert!(identity.who(&format!("{form} {key}")).is_some(), "{form}");
        }
        let basic = |text: &str| format!("Basic {}", BASE64_STANDARD.encode(text));
        assert!(identity.who(&basic("admin:right")).is_some());
        for wrong in [
            basic("admin:wrong"),
            "Splunk no".to_owned(),
            format!("Digest {key}"),
            key.clone(),
            String::new(),
        ] {
            assert!(identity.who(&wrong).is_none(), "{wrong}");
        }
        identity.log_out(&key);
        assert!(identity.who(&format!("Splunk {key}")).is_none());
    }

    #[test]
    fn roles_limit_what_is_seen_and_an_import_in_a_circle_ends() {
        let identity = Identity::new("x");
        let narrow = Role {
            imported: vec!["narrow".to_owned()],
            allowed: vec!["lab*".to_owned()],
            default: vec!["lab1".to_owned()],
            capabilities: BTreeSet::new(),
        };
        identity.set_role("narrow", narrow);
        identity.set_user("guest", Some("y"), Some(vec!["narrow".to_owned()]));
        let key = identity.log_in("guest", "y").unwrap();
        let who = identity.who(&format!("Splunk {key}")).unwrap();
        assert!(who.sees("lab2") && !who.sees("main"));
        assert!(who.looks_in("lab1") && !who.looks_in("lab2"));
        assert!(!who.may("indexes_edit"));
        identity.remove_user("guest");
        assert!(identity.who(&format!("Splunk {key}")).is_none());
    }
}
