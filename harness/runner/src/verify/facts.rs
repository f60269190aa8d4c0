//! What a deployment has: read once, asked by all checks.

use dryfire_splunk::{Client, Context, Entry, Error, Index, Info, Result};

/// A list, or why it can't be read.
pub(super) type List = std::result::Result<Vec<Entry>, Error>;

/// What a deployment has.
pub(super) struct Facts {
    pub(super) info: Info,
    pub(super) context: Context,
    pub(super) indexes: std::result::Result<Vec<Index>, Error>,
    pub(super) apps: List,
    pub(super) macros: List,
    pub(super) lookups: List,
    pub(super) lookup_files: List,
    pub(super) models: List,
    pub(super) searches: List,
}

impl Facts {
    /// Reads all lists. One that is refused is no error: the checks that need it are undetermined.
    pub(super) async fn read(client: &Client) -> Result<Self> {
        let list = async |path: &str| client.list(path).await;
        Ok(Self {
            info: client.info().await?.clone(),
            context: client.context().await?,
            indexes: client.indexes().await,
            apps: list("/services/apps/local").await,
            macros: list("/servicesNS/-/-/admin/macros").await,
            lookups: list("/servicesNS/-/-/data/transforms/lookups").await,
            lookup_files: list("/servicesNS/-/-/data/lookup-table-files").await,
            models: list("/servicesNS/-/-/datamodel/model").await,
            searches: list("/servicesNS/-/-/saved/searches").await,
        })
    }

    /// A macro by name and number of arguments.
    pub(super) fn macro_of(
        &self,
        name: &str,
        arguments: usize,
    ) -> std::result::Result<Option<&Entry>, &Error> {
        let title = if arguments == 0 {
            name.to_owned()
        } else {
            format!("{name}({arguments})")
        };
        let macros = self.macros.as_ref()?;
        Ok(macros.iter().find(|entry| entry.name == title))
    }
}
