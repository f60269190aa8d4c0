//! Profiles: whose word counts. A profile of contentctl finds what that version refuses, and finds it an error.

use dryfire_diagnostic::{Code, Severity, codes};

/// Whose word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Profile {
    /// Everything, each rule as bad as it is by our own judgement.
    #[default]
    Dryfire,
    /// What contentctl 4.4 refuses.
    Contentctl44,
    /// What contentctl 5.6 refuses.
    Contentctl56,
    /// What contentctl-ng refuses.
    ContentctlNg,
}

use Profile::{Contentctl44, Contentctl56, ContentctlNg};

/// All versions of contentctl.
pub(super) const ALL_VERSIONS: &[Profile] = &[Contentctl44, Contentctl56, ContentctlNg];
/// Those since the fifth.
pub(super) const SINCE_5: &[Profile] = &[Contentctl56, ContentctlNg];
/// The fifth only.
pub(super) const ONLY_5: &[Profile] = &[Contentctl56];
/// Before the sixth format.
pub(super) const BEFORE_NG: &[Profile] = &[Contentctl44, Contentctl56];
/// The fourth only.
pub(super) const ONLY_4: &[Profile] = &[Contentctl44];
/// The newest only.
pub(super) const ONLY_NG: &[Profile] = &[ContentctlNg];

impl Profile {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Dryfire,
        Self::Contentctl44,
        Self::Contentctl56,
        Self::ContentctlNg,
    ];

    /// As `dryfire.toml` and `--profile` write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dryfire => "dryfire",
            Self::Contentctl44 => "contentctl-4.4",
            Self::Contentctl56 => "contentctl-5.6",
            Self::ContentctlNg => "contentctl-ng",
        }
    }

    /// The profile of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }

    /// How bad a finding is that no rule made: of the reader, or of SPL. Nothing where the profile does not look.
    pub(super) fn of_others(self, code: &Code, own: Severity) -> Option<Severity> {
        if self == Self::Dryfire {
            return Some(own);
        }
        let is = |one: &&Code| one.id == code.id;
        let refused: &[&Code] = match self {
            // contentctl 4 passed over keys it did not know.
            Self::Contentctl44 => &REFUSED_BY_ALL,
            _ => &REFUSED_SINCE_5,
        };
        if refused.iter().any(is) {
            return Some(Severity::Error);
        }
        // Python's reader takes the last of two keys.
        if code.id == codes::content::DUPLICATE_KEY.id {
            return None;
        }
        // Nobody but Splunk looks at SPL: a profile of contentctl does not fail for it, and does not hide it either.
        if code.id.starts_with("DF2") || code.id.starts_with("DF3") {
            return Some(own.min(Severity::Warning));
        }
        // Manifests, apps and dryfire.toml are ours alone.
        Some(own)
    }
}

static REFUSED_BY_ALL: [&Code; 6] = [
    &codes::content::YAML,
    &codes::content::UNREADABLE,
    &codes::content::INVALID_VALUE,
    &codes::content::MISSING_KEY,
    &codes::content::DUPLICATE,
    &codes::syntax::UNKNOWN_MACRO,
];
static REFUSED_SINCE_5: [&Code; 7] = [
    &codes::content::YAML,
    &codes::content::UNREADABLE,
    &codes::content::INVALID_VALUE,
    &codes::content::MISSING_KEY,
    &codes::content::DUPLICATE,
    &codes::syntax::UNKNOWN_MACRO,
    &codes::content::UNKNOWN_KEY,
];
