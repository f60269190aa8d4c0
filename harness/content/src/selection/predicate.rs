//! What a filter expression can ask of a case: one line a predicate.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::uses::Uses;
use crate::case::{Case, CaseKind, Origin};
use crate::detection::{Kind, Status};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predicate {
    /// Everything.
    All,
    /// The detection's name.
    Name,
    /// The detection's id, or the case's.
    Id,
    /// The detection's type.
    Type,
    /// The detection's status.
    Status,
    /// An analytic story.
    Story,
    /// An ATT&CK technique; a technique stands for its sub-techniques, too.
    Technique,
    /// A data source.
    DataSource,
    /// A macro, also one that only other macros use.
    Macro,
    /// A lookup that the search reads or writes.
    Lookup,
    /// The file of the detection or of the manifest.
    File,
    /// The test's name.
    Test,
    /// Unit, integration or validation.
    Kind,
    /// Whether something it depends on changed since a commit.
    Changed,
}

/// All predicates: the name, and what it is about.
pub const PREDICATES: &[(Predicate, &str, &str)] = &[
    (Predicate::Name, "name", "the detection's name"),
    (Predicate::Id, "id", "the detection's id, or the case's"),
    (
        Predicate::Type,
        "type",
        "TTP, Anomaly, Hunting, Correlation",
    ),
    (Predicate::Status, "status", "production, experimental, …"),
    (Predicate::Story, "story", "an analytic story"),
    (
        Predicate::Technique,
        "technique",
        "an ATT&CK technique, with its sub-techniques",
    ),
    (Predicate::DataSource, "data_source", "a data source"),
    (
        Predicate::Macro,
        "macro",
        "a macro, also one that other macros use",
    ),
    (
        Predicate::Lookup,
        "lookup",
        "a lookup that the search reads or writes",
    ),
    (
        Predicate::File,
        "file",
        "the file of the detection or the manifest",
    ),
    (Predicate::Test, "test", "the test's name"),
    (Predicate::Kind, "kind", "unit, integration, validation"),
    (
        Predicate::Changed,
        "changed",
        "whether it depends on a change since a commit",
    ),
    (Predicate::All, "all", "every case"),
];

/// A case with all that can be asked of it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The case.
    pub case: &'a Case,
    /// What searches use.
    pub uses: &'a Uses,
    /// Why the case is affected by changes, by the commit they are counted from.
    pub changed: &'a BTreeMap<Option<String>, Option<Vec<String>>>,
}

impl<'a> Subject<'a> {
    /// Why the case is affected by what changed since a commit; nothing where it is not.
    pub(super) fn changed_since(&self, base: Option<&str>) -> Option<&'a Vec<String>> {
        self.changed.get(&base.map(str::to_owned))?.as_ref()
    }
}

impl Predicate {
    /// The one of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let mut all = PREDICATES.iter();
        all.find(|(_, known, _)| known.eq_ignore_ascii_case(name))
            .map(|(predicate, ..)| *predicate)
    }

    pub(super) fn name(self) -> &'static str {
        let mut all = PREDICATES.iter();
        all.find(|(predicate, ..)| *predicate == self)
            .map_or("", |(_, name, _)| name)
    }

    /// The values there can be, where these are known; an argument that fits none is a mistake.
    pub(super) fn closed(self) -> &'static [&'static str] {
        match self {
            Self::Type => &["TTP", "Anomaly", "Hunting", "Correlation"],
            Self::Status => &[
                "production",
                "experimental",
                "deprecated",
                "removed",
                "validation",
            ],
            Self::Kind => &["unit", "integration", "validation"],
            _ => &[],
        }
    }

    /// What the case has of it.
    pub(super) fn values<'a>(self, subject: &Subject<'a>) -> Vec<Cow<'a, str>> {
        let case = subject.case;
        let detection = &case.detection;
        let used = || subject.uses.of(detection);
        let one = |text: &'a str| vec![Cow::Borrowed(text)];
        match self {
            Self::All | Self::Changed => Vec::new(),
            Self::Name => one(&detection.name.value),
            Self::Id => vec![detection.id.value.as_str().into(), case.id.as_str().into()],
            Self::Type => one(Kind::as_str(detection.kind.value)),
            Self::Status => one(Status::as_str(detection.status.value)),
            Self::Story => each(&detection.stories),
            Self::Technique => {
                let ids = detection.mitre.iter().map(|id| id.value.as_str());
                ids.flat_map(|id| [Some(id), id.split_once('.').map(|(above, _)| above)])
                    .flatten()
                    .map(Cow::Borrowed)
                    .collect()
            }
            Self::DataSource => {
                let named = detection.data_sources.iter();
                named
                    .flat_map(|named| named.value.split(" AND "))
                    .map(|name| Cow::Borrowed(name.trim()))
                    .collect()
            }
            Self::Macro => used()
                .into_iter()
                .flat_map(|used| used.macros.keys())
                .map(|name| Cow::Borrowed(name.as_str()))
                .collect(),
            Self::Lookup => used()
                .into_iter()
                .flat_map(|used| &used.lookups)
                .map(|name| Cow::Borrowed(name.as_str()))
                .collect(),
            Self::File => {
                let manifest = match &case.origin {
                    Origin::Manifest(path) => Some(path),
                    Origin::Detection => None,
                };
                let paths = std::iter::once(&detection.path).chain(manifest);
                paths
                    .flat_map(|path| {
                        let name = path.file_name().map(|name| name.to_string_lossy());
                        let whole = path.to_string_lossy();
                        let whole = whole
                            .strip_prefix("./")
                            .map_or(whole.clone(), |short| Cow::Owned(short.to_owned()));
                        [Some(whole), name]
                    })
                    .flatten()
                    .collect()
            }
            Self::Test => one(&case.test),
            Self::Kind => one(CaseKind::as_str(case.kind)),
        }
    }
}

fn each(texts: &[crate::reader::Spanned<String>]) -> Vec<Cow<'_, str>> {
    texts
        .iter()
        .map(|text| Cow::Borrowed(text.value.as_str()))
        .collect()
}
