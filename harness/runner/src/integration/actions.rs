//! From a detection to the actions of its saved search, as contentctl would write them into savedsearches.conf.

use std::collections::BTreeMap;

use dryfire_content::{Case, Detection, Kind, Root, Spanned, Triggers, yaml};
use dryfire_engine::es::{
    Actions, Entity, NotableAction, RiskAction, RiskObject, ThreatObject, Throttling,
    kill_chain_phases,
};

/// The label of Splunk's own content app; for content that belongs to no app.
pub(crate) const LABEL: &str = "ESCU";

/// The label of a content repository's app, from its `contentctl.yml`.
pub(crate) fn label(root: &Root) -> String {
    let text = std::fs::read_to_string(root.path.join("contentctl.yml")).unwrap_or_default();
    let document = yaml::parse(&text);
    let label = document
        .root
        .as_ref()
        .and_then(|root| root.get("app")?.get("label")?.text());
    label
        .filter(|label| !label.is_empty())
        .unwrap_or(LABEL)
        .to_owned()
}

/// The actions of a case's detection.
pub(super) fn of(case: &Case, triggers: Triggers, label: &str) -> Actions {
    let sid = case
        .id
        .as_str()
        .replace(|character: char| !character.is_ascii_alphanumeric(), "_");
    of_detection(&case.detection, triggers, label, format!("dryfire_{sid}"))
}

/// The actions of a detection, in the job of that id.
pub(super) fn of_detection(
    detection: &Detection,
    triggers: Triggers,
    label: &str,
    sid: String,
) -> Actions {
    Actions {
        search_name: format!("{label} - {} - Rule", detection.name.value),
        sid,
        annotations: annotations(detection),
        risk: triggers.risk.then(|| risk(detection)),
        notable: triggers.notable.then(|| notable(detection)),
        throttling: detection.throttling.as_ref().map(|throttling| Throttling {
            fields: throttling
                .fields
                .iter()
                .map(|field| field.value.clone())
                .collect(),
            period: throttling
                .period
                .as_ref()
                .map(|period| period.value.clone()),
        }),
    }
}

fn risk(detection: &Detection) -> RiskAction {
    let common = detection.risk.message.as_ref();
    let objects = detection
        .risk
        .objects
        .iter()
        .filter(|object| !object.finding);
    RiskAction {
        objects: objects
            .map(|object| RiskObject {
                field: object.field.value.clone(),
                kind: object.kind.clone(),
                score: object.score,
                message: object
                    .message
                    .as_ref()
                    .or(common)
                    .map(|message| message.value.clone())
                    .unwrap_or_default(),
            })
            .collect(),
        threats: detection
            .risk
            .threats
            .iter()
            .map(|threat| ThreatObject {
                field: threat.field.value.clone(),
                kind: threat.kind.clone(),
            })
            .collect(),
    }
}

/// Up to v5 the title is the detection's name, which is what the deployments of published content say.
fn notable(detection: &Detection) -> NotableAction {
    let entity = detection.risk.objects.iter().find(|object| object.finding);
    let title = detection
        .risk
        .finding_title
        .as_ref()
        .unwrap_or(&detection.name);
    NotableAction {
        title: title.value.clone(),
        description: detection
            .description
            .as_ref()
            .map(|text| text.value.trim().to_owned())
            .unwrap_or_default(),
        security_domain: detection
            .security_domain
            .as_ref()
            .map(|domain| domain.value.clone())
            .unwrap_or_default(),
        severity: severity(detection).to_owned(),
        entity: entity.map(|object| Entity {
            field: object.field.value.clone(),
            kind: object.kind.clone(),
            score: object.score,
        }),
    }
}

/// contentctl's table over the highest score.
fn severity(detection: &Detection) -> &'static str {
    match detection
        .risk
        .objects
        .iter()
        .map(|object| object.score)
        .max()
    {
        None => "high",
        Some(0..=20) => "informational",
        Some(21..=40) => "low",
        Some(41..=60) => "medium",
        Some(61..=80) => "high",
        Some(_) => "critical",
    }
}

fn annotations(detection: &Detection) -> BTreeMap<String, Vec<String>> {
    let texts = |list: &[Spanned<String>]| {
        list.iter()
            .map(|text| text.value.clone())
            .collect::<Vec<_>>()
    };
    let mitre = texts(&detection.mitre);
    let network = detection
        .security_domain
        .as_ref()
        .is_some_and(|domain| domain.value == "network");
    let monitoring = detection.kind.value == Kind::Ttp;
    BTreeMap::from([
        ("analytic_story".to_owned(), texts(&detection.stories)),
        (
            "cis20".to_owned(),
            vec![if network { "CIS 13" } else { "CIS 10" }.to_owned()],
        ),
        ("cve".to_owned(), detection.about.cves.clone()),
        ("data_source".to_owned(), texts(&detection.data_sources)),
        ("kill_chain_phases".to_owned(), kill_chain_phases(&mitre)),
        ("mitre_attack".to_owned(), mitre),
        (
            "nist".to_owned(),
            vec![if monitoring { "DE.CM" } else { "DE.AE" }.to_owned()],
        ),
        (
            "type".to_owned(),
            vec![detection.kind.value.as_str().to_owned()],
        ),
    ])
}
