//! What a server is.

use crate::reply::Feed;

/// What a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Its name.
    pub server_name: String,
    /// The version, such as `9.3.1`.
    pub version: String,
    /// `enterprise`, `cloud`, …
    pub instance_type: String,
    /// `search_head`, `indexer`, …
    pub roles: Vec<String>,
}

impl crate::client::Client {
    /// Whether Enterprise Security is installed.
    ///
    /// # Errors
    /// As any request.
    pub async fn has_enterprise_security(&self) -> crate::Result<bool> {
        let path = "/services/apps/local/SplunkEnterpriseSecuritySuite";
        match self.get::<Feed>(path, &[]).await {
            Ok(feed) => Ok(feed.entry.iter().any(|entry| !entry.is_on("disabled"))),
            Err(crate::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Info {
    pub(crate) fn read(feed: &Feed) -> Option<Self> {
        let entry = feed.entry.first()?;
        let roles = entry
            .content
            .get("server_roles")
            .and_then(|roles| roles.as_array());
        Some(Self {
            server_name: entry.text("serverName").unwrap_or_default(),
            version: entry.text("version")?,
            instance_type: entry
                .text("instance_type")
                .unwrap_or_else(|| "enterprise".to_owned()),
            roles: roles
                .into_iter()
                .flatten()
                .filter_map(|role| role.as_str().map(str::to_owned))
                .collect(),
        })
    }

    /// Whether this is Splunk Cloud.
    pub fn is_cloud(&self) -> bool {
        self.instance_type.eq_ignore_ascii_case("cloud")
    }

    /// The version as numbers, so that 10.0 comes after 9.4.
    pub fn numbers(&self) -> Vec<u32> {
        self.version
            .split('.')
            .map_while(|part| part.parse().ok())
            .collect()
    }

    /// Whether the second version of the search endpoints is there (from 9.0.2).
    pub fn has_second_search_version(&self) -> bool {
        self.numbers() >= vec![9, 0, 2]
    }
}
