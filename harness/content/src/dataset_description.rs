//! The YAML file that stands beside a data set in attack_data, in its new form and in its old one.

use std::fmt;
use std::path::{Path, PathBuf};

use dryfire_diagnostic::{SourceId, Span};

use crate::paths::{join, shorten};
use crate::reader::{Cx, Fields, Shape, Spanned};
use crate::yaml::Node;

/// Where data is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// A file, ready to open. Nobody has looked whether it exists.
    Path(PathBuf),
    /// An address.
    Url(String),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Url(url) => url.fmt(f),
        }
    }
}

impl Location {
    /// What a YAML file at `from` means by `text`: an address, a path from attack_data's root (`/datasets/…`), or a path
    /// from the file's own folder.
    pub fn resolve(text: &str, from: &Path) -> Self {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        if scheme.is_some_and(|scheme| {
            !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
        }) {
            return Self::Url(text.to_owned());
        }
        let folder = from.parent().unwrap_or(Path::new(""));
        if let Some(below) = text.strip_prefix("/datasets/") {
            // The root of attack_data is the nearest folder above that has a `datasets` folder.
            let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
            if let Some(root) = absolute
                .ancestors()
                .find(|above| above.join("datasets").is_dir())
            {
                return Self::Path(shorten(&join(&root.join("datasets"), below)));
            }
        }
        Self::Path(join(folder, text))
    }

    /// The same for a detection's test: contentctl takes a relative path from the root of the content repository. A path
    /// from the file's own folder is taken, too, where only that exists.
    pub(crate) fn resolve_in(text: &str, from: &Path, root: Option<&Path>) -> Self {
        match (Self::resolve(text, from), root) {
            (Self::Path(beside), Some(root)) if !text.starts_with('/') => {
                let below = join(root, text);
                Self::Path(if !below.exists() && beside.exists() {
                    beside
                } else {
                    below
                })
            }
            (location, _) => location,
        }
    }

    /// The address, where it is one.
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::Path(_) => None,
            Self::Url(address) => Some(address),
        }
    }

    /// A short stable name for case ids: the part after attack_data's `datasets/` folder, else the file's name.
    pub fn key(&self) -> String {
        let text = self.to_string().replace('\\', "/");
        match text.rsplit_once("/datasets/") {
            Some((_, below)) => below.to_owned(),
            None => text.rsplit('/').next().unwrap_or(&text).to_owned(),
        }
    }
}

/// A dataset file of attack_data.
#[derive(Debug, Clone)]
pub struct DatasetDescription {
    /// The file.
    pub path: PathBuf,
    /// The file's text.
    pub file: SourceId,
    /// `id`
    pub id: Option<Spanned<String>>,
    /// `description`
    pub description: Option<String>,
    /// `environment`
    pub environment: Option<String>,
    /// Whether the environment says that the data is synthetic.
    pub synthetic: bool,
    /// MITRE ATT&CK techniques.
    pub mitre: Vec<Spanned<String>>,
    /// The data files.
    pub datasets: Vec<DescribedDataset>,
}

/// One data file of a description.
#[derive(Debug, Clone)]
pub struct DescribedDataset {
    /// Its name; in the old form, which has none, the file's stem.
    pub name: Spanned<String>,
    /// Where it is.
    pub location: Location,
    /// `sourcetype`. The old form names sourcetypes without saying which is whose: taken where there is one only.
    pub sourcetype: Option<String>,
    /// `source`
    pub source: Option<String>,
    /// `host`, an addition of ours.
    pub host: Option<String>,
    /// `index`
    pub index: Option<String>,
}

const DESCRIPTION: Shape = Shape {
    what: "a dataset description",
    keys: &[
        "author",
        "id",
        "date",
        "description",
        "environment",
        "directory",
        "mitre_technique",
        "datasets",
        "dataset",
        "sourcetypes",
        "references",
    ],
    required: &[],
};
const DATASET: Shape = Shape {
    what: "a dataset",
    keys: &["name", "path", "sourcetype", "source", "host", "index"],
    required: &["path"],
};

/// Reads a description.
pub(crate) fn read(node: &Node, path: &Path, cx: &mut Cx<'_>) -> Option<DatasetDescription> {
    let fields = Fields::new(node, &DESCRIPTION, cx)?;
    let environment = fields.text("environment", cx).map(|text| text.value);
    let mut datasets: Vec<_> = fields
        .items("datasets", cx)
        .iter()
        .filter_map(|item| dataset(item, path, cx))
        .collect();
    let sourcetypes = fields.texts("sourcetypes", cx);
    for text in fields.texts("dataset", cx) {
        let location = Location::resolve(&text.value, path);
        let sourcetype = match sourcetypes.as_slice() {
            [only] => Some(only.value.clone()),
            _ => None,
        };
        let name = Spanned {
            value: stem(&text.value),
            span: text.span,
        };
        datasets.push(DescribedDataset {
            name,
            location,
            sourcetype,
            source: None,
            host: None,
            index: None,
        });
    }
    Some(DatasetDescription {
        path: path.to_path_buf(),
        file: cx.file,
        id: fields.text("id", cx),
        description: fields.text("description", cx).map(|text| text.value),
        synthetic: environment
            .as_ref()
            .is_some_and(|text| text.to_lowercase().contains("synthetic")),
        environment,
        mitre: fields.texts("mitre_technique", cx),
        datasets,
    })
}

fn dataset(node: &Node, path: &Path, cx: &mut Cx<'_>) -> Option<DescribedDataset> {
    let fields = Fields::new(node, &DATASET, cx)?;
    let place = fields.text("path", cx)?;
    let name = fields.text("name", cx).unwrap_or_else(|| Spanned {
        value: stem(&place.value),
        span: place.span,
    });
    Some(DescribedDataset {
        name,
        location: Location::resolve(&place.value, path),
        sourcetype: fields.text("sourcetype", cx).map(|text| text.value),
        source: fields.text("source", cx).map(|text| text.value),
        host: fields.text("host", cx).map(|text| text.value),
        index: fields.text("index", cx).map(|text| text.value),
    })
}

fn stem(text: &str) -> String {
    let file = text.rsplit('/').next().unwrap_or(text);
    file.split('.').next().unwrap_or(file).to_owned()
}

impl DescribedDataset {
    /// The place of its name.
    pub fn span(&self) -> Span {
        self.name.span
    }
}
