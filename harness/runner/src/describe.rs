//! Detections as reports show them: what the content says of each, with its macros and its schedule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dryfire_content::{Detection, Generation, Kind, Repository, Risk};
use dryfire_diagnostic::SourceMap;
use dryfire_event::{
    Annotations, DataSourceNamed, DetectionDescribed, DrilldownDescribed, MacroUsed, RiskDescribed,
    RiskObjectDescribed, Schedule, ThreatDescribed,
};
use dryfire_spl::Macros;

use crate::evidence;
use crate::macros::Scope;
use crate::session::{Prepared, Session};

/// contentctl's schedule where neither the detection nor a deployment says another.
const CRON: &str = "0 * * * *";
/// The window that belongs to it.
const WINDOW: (&str, &str) = ("-70m@m", "-10m@m");

/// The detections that the session has cases of, in order of path.
pub(crate) fn detections(session: &Session) -> Vec<DetectionDescribed> {
    let tested: BTreeSet<*const Detection> = session
        .cases
        .iter()
        .map(|case| Arc::as_ptr(&case.detection))
        .collect();
    let mut scopes: BTreeMap<usize, Scope> = BTreeMap::new();
    session
        .repository
        .detections
        .iter()
        .zip(&session.prepared)
        .filter(|(detection, _)| tested.contains(&Arc::as_ptr(detection)))
        .map(|(detection, prepared)| {
            let scope = scopes.entry(detection.root).or_insert_with(|| {
                Scope::new(
                    &session.repository,
                    detection.root,
                    &session.library.knowledge,
                )
            });
            describe(detection, prepared, scope, session)
        })
        .collect()
}

fn describe(
    detection: &Detection,
    prepared: &Prepared,
    scope: &Scope,
    session: &Session,
) -> DetectionDescribed {
    let sources = &session.sources;
    let about = &detection.about;
    let text = |source| sources.get(source).text.to_string();
    DetectionDescribed {
        id: detection.id.value.clone(),
        name: detection.name.value.clone(),
        version: detection.version,
        author: about.author.clone(),
        date: about.date.clone(),
        status: detection.status.value.as_str().to_owned(),
        kind: detection.kind.value.as_str().to_owned(),
        description: detection
            .description
            .as_ref()
            .map(|text| text.value.clone()),
        search: text(detection.search.value),
        expanded: text(prepared.expanded),
        macros: macros(prepared, scope, sources),
        data_sources: data_sources(detection, &session.repository),
        annotations: annotations(detection),
        schedule: Some(schedule(detection, &session.repository)),
        risk: risk(detection),
        known_false_positives: about.known_false_positives.clone(),
        how_to_implement: about.how_to_implement.clone(),
        references: about.references.clone(),
        drilldowns: detection
            .drilldowns
            .iter()
            .map(|drilldown| DrilldownDescribed {
                name: drilldown.name.value.clone(),
                search: text(drilldown.search.value),
                earliest: drilldown.earliest.as_ref().map(|time| time.value.clone()),
                latest: drilldown.latest.as_ref().map(|time| time.value.clone()),
            })
            .collect(),
        place: Some(evidence::place(detection.name.span, sources)),
    }
}

/// Each macro once, in the order met.
fn macros(prepared: &Prepared, scope: &Scope, sources: &SourceMap) -> Vec<MacroUsed> {
    let mut seen = BTreeSet::new();
    prepared
        .macros
        .iter()
        .filter(|used| seen.insert((used.name.as_str(), used.arguments)))
        .filter_map(|used| scope.find(&used.name, used.arguments))
        .map(|found| MacroUsed {
            name: found.name.clone(),
            arguments: found.arguments.clone(),
            definition: sources.get(found.definition).text.to_string(),
        })
        .collect()
}

/// A detection may name two that it needs together: `A AND B`.
pub(crate) fn data_sources(detection: &Detection, repository: &Repository) -> Vec<DataSourceNamed> {
    let names = detection
        .data_sources
        .iter()
        .flat_map(|source| source.value.split(" AND "));
    names
        .map(|name| {
            let known = repository
                .data_sources
                .iter()
                .find(|known| known.name.value == name.trim());
            DataSourceNamed {
                name: name.trim().to_owned(),
                source: known.and_then(|known| known.source.clone()),
                sourcetype: known.and_then(|known| known.sourcetype.clone()),
            }
        })
        .collect()
}

fn annotations(detection: &Detection) -> Annotations {
    // contentctl's rule, whatever the file says.
    let nist = if detection.kind.value == Kind::Ttp {
        "DE.CM"
    } else {
        "DE.AE"
    };
    Annotations {
        techniques: detection.mitre.iter().map(|id| id.value.clone()).collect(),
        stories: detection
            .stories
            .iter()
            .map(|story| story.value.clone())
            .collect(),
        // It follows from the tactics of the techniques, which no file of the content names.
        kill_chain: Vec::new(),
        nist: vec![nist.to_owned()],
        cves: detection.about.cves.clone(),
        asset_type: detection.about.asset_type.clone(),
        security_domain: detection
            .security_domain
            .as_ref()
            .map(|domain| domain.value.clone()),
    }
}

/// The detection's own schedule, or the deployment's for its type, or contentctl's.
pub(crate) fn schedule(detection: &Detection, repository: &Repository) -> Schedule {
    let kind = detection.kind.value;
    let from_type = (
        matches!(kind, Kind::Ttp | Kind::Correlation),
        matches!(kind, Kind::Ttp | Kind::Anomaly),
    );
    let (makes_findings, makes_risk) = match detection.generation {
        Generation::V6 => (
            detection.risk.objects.iter().any(|object| object.finding),
            !detection.risk.objects.is_empty(),
        ),
        Generation::V4 | Generation::V5 => from_type,
    };
    if let Some([cron, earliest, latest]) = detection.about.schedule.clone() {
        return Schedule {
            from: "the detection".to_owned(),
            cron,
            earliest,
            latest,
            makes_findings,
            makes_risk,
        };
    }
    let deployment = repository
        .deployments
        .iter()
        .filter(|_| detection.generation != Generation::V6)
        .find(|one| {
            one.kind
                .as_ref()
                .is_some_and(|other| other.eq_ignore_ascii_case(kind.as_str()))
        });
    if let Some(found) = deployment {
        return Schedule {
            from: found.name.value.clone(),
            cron: found.cron.as_ref().map(|cron| cron.value.clone()),
            earliest: found.earliest.as_ref().map(|time| time.value.clone()),
            latest: found.latest.as_ref().map(|time| time.value.clone()),
            makes_findings: found.notable,
            makes_risk: found.risk,
        };
    }
    Schedule {
        from: format!("contentctl's default for {}", kind.as_str()),
        cron: Some(CRON.to_owned()),
        earliest: Some(WINDOW.0.to_owned()),
        latest: Some(WINDOW.1.to_owned()),
        makes_findings,
        makes_risk,
    }
}

fn risk(detection: &Detection) -> Option<RiskDescribed> {
    let Risk {
        objects,
        threats,
        message,
        finding_title,
    } = &detection.risk;
    if objects.is_empty() && threats.is_empty() && message.is_none() {
        return None;
    }
    Some(RiskDescribed {
        message: message.as_ref().map(|text| text.value.clone()),
        title: finding_title.as_ref().map(|text| text.value.clone()),
        score: objects.iter().map(|object| object.score).max().unwrap_or(0),
        impact: detection.about.impact,
        confidence: detection.about.confidence,
        objects: objects
            .iter()
            .map(|object| RiskObjectDescribed {
                field: object.field.value.clone(),
                kind: object.kind.clone(),
                score: object.score,
                message: object.message.as_ref().map(|text| text.value.clone()),
            })
            .collect(),
        threats: threats
            .iter()
            .map(|threat| ThreatDescribed {
                field: threat.field.value.clone(),
                kind: threat.kind.clone(),
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_detection_is_described_with_its_macros_schedule_and_risk() {
        let manifests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manifests");
        let session = Session::load(&[manifests], &[]);
        let all = detections(&session);
        let found = all
            .iter()
            .find(|one| one.name == "Windows Remote Assistance Spawning Process");
        let found = found.unwrap_or_else(|| panic!("not among {}", all.len()));
        assert!(
            found.search.contains("`windows_shells`") && !found.expanded.contains('`'),
            "{}",
            found.expanded
        );
        let names: Vec<_> = found.macros.iter().map(|one| one.name.as_str()).collect();
        let once: BTreeSet<_> = names.iter().collect();
        assert_eq!(once.len(), names.len(), "{names:?}");
        assert!(
            names.contains(&"windows_shells") && names.contains(&"security_content_ctime"),
            "{names:?}"
        );
        let schedule = found.schedule.as_ref().map(|one| {
            (
                one.cron.as_deref(),
                one.earliest.as_deref(),
                one.makes_findings,
                one.makes_risk,
            )
        });
        assert_eq!(schedule, Some((Some(CRON), Some(WINDOW.0), true, true)));
        assert!(
            found
                .risk
                .as_ref()
                .is_some_and(|risk| risk.score > 0 && !risk.objects.is_empty())
        );
        assert!(
            found
                .place
                .as_ref()
                .is_some_and(|place| place.file.ends_with(".yml"))
        );
    }
}
