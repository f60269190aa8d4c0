//! Who we are on a server, and a user of our own whose searches see nothing but the indexes of a run.

use crate::call::{Repeat, segment};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::reply::Feed;
use crate::secret::Secret;

/// Who a client is to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The user's name.
    pub user: String,
    /// What the user may do.
    pub capabilities: Vec<String>,
}

impl Context {
    /// Whether the user may make users and roles.
    pub fn may_make_users(&self) -> bool {
        ["edit_user", "edit_roles"]
            .iter()
            .all(|needed| self.capabilities.iter().any(|has| has == needed))
    }
}

/// What a search of a run needs to be allowed, besides seeing its indexes.
/// It never deletes: cleaning is the account's own.
const CAPABILITIES: [&str; 6] = [
    "search",
    "schedule_search",
    "rest_properties_get",
    "accelerate_search",
    "edit_search_schedule_window",
    "list_inputs",
];

impl Client {
    /// Who we are.
    ///
    /// # Errors
    /// As any request.
    pub async fn context(&self) -> Result<Context> {
        let feed: Feed = self
            .get("/services/authentication/current-context", &[])
            .await?;
        let entry = feed.entry.first().ok_or_else(|| Error::NotSplunk {
            address: self.address(),
            what: "GET /services/authentication/current-context".to_owned(),
            why: "it names no user".to_owned(),
        })?;
        let listed = entry
            .content
            .get("capabilities")
            .and_then(|list| list.as_array());
        Ok(Context {
            user: entry.text("username").unwrap_or_default(),
            capabilities: listed
                .into_iter()
                .flatten()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
        })
    }

    /// Makes a role whose searches see these indexes, and by default no other.
    pub(crate) async fn create_role(
        &self,
        name: &str,
        indexes: &[String],
        context: &Context,
    ) -> Result<()> {
        let mut form = vec![("name", name)];
        for index in indexes {
            form.push(("srchIndexesAllowed", index));
            form.push(("srchIndexesDefault", index));
        }
        // Nobody can give away what he does not have.
        let given = CAPABILITIES
            .iter()
            .filter(|needed| context.capabilities.iter().any(|has| has == *needed));
        form.extend(given.map(|name| ("capabilities", *name)));
        self.post::<Feed>("/services/authorization/roles", &form, Repeat::Unless)
            .await
            .map(drop)
    }

    pub(crate) async fn create_user(
        &self,
        name: &str,
        password: &Secret,
        role: &str,
    ) -> Result<()> {
        let form = [
            ("name", name),
            ("password", password.expose()),
            ("roles", role),
        ];
        self.post::<Feed>("/services/authentication/users", &form, Repeat::Unless)
            .await
            .map(drop)
    }

    pub(crate) async fn remove_user(&self, name: &str) -> Result<()> {
        self.delete(&format!("/services/authentication/users/{}", segment(name)))
            .await
    }

    pub(crate) async fn remove_role(&self, name: &str) -> Result<()> {
        self.delete(&format!("/services/authorization/roles/{}", segment(name)))
            .await
    }
}
