//! Whether a detection makes risk events, and notables or findings: by the deployment of its type, or by what v6 says itself.

use crate::detection::{Detection, Generation, Kind};
use crate::repository::Repository;

/// What the results of a detection bring about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Triggers {
    /// Risk events (v6: intermediate findings).
    pub risk: bool,
    /// Notables (v6: findings).
    pub notable: bool,
}

impl Triggers {
    /// Those of a detection. Where no deployment of its type is loaded, contentctl's own defaults are in force.
    pub fn of(detection: &Detection, repository: &Repository) -> Self {
        let objects = &detection.risk.objects;
        if detection.generation == Generation::V6 {
            return Self {
                risk: objects.iter().any(|object| !object.finding),
                notable: objects.iter().any(|object| object.finding),
            };
        }
        let kind = detection.kind.value;
        let deployment = repository.deployments.iter().find(|one| {
            one.kind
                .as_deref()
                .is_some_and(|name| name.eq_ignore_ascii_case(kind.as_str()))
        });
        let (risk, notable) = match (deployment, kind) {
            (Some(deployment), _) => (deployment.risk, deployment.notable),
            (None, Kind::Ttp) => (true, true),
            (None, Kind::Anomaly) => (true, false),
            (None, Kind::Correlation) => (false, true),
            (None, Kind::Hunting) => (false, false),
        };
        Self {
            risk: risk && !objects.is_empty(),
            notable,
        }
    }

    /// Whether nothing comes of it.
    pub fn is_nothing(self) -> bool {
        !self.risk && !self.notable
    }
}
