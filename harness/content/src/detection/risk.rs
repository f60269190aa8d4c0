//! Reads what each format says of risk: observables, the `rba` block, findings.

use super::{Observable, Risk, RiskObject, ThreatObject, shapes};
use crate::reader::{Cx, Fields};
use crate::yaml::Node;

/// v4: observables with the role Victim are risk objects, those with the role Attacker threat objects.
pub(super) fn observables(tags: Fields<'_>, cx: &mut Cx<'_>) -> Risk {
    let (confidence, impact) = (tags.number("confidence", cx), tags.number("impact", cx));
    let product = confidence
        .map_or(0, |number| number.value)
        .saturating_mul(impact.map_or(0, |number| number.value));
    // Python's round(), which contentctl uses, takes a half to the even neighbour.
    let (whole, part) = (product / 100, product % 100);
    let score = whole + u64::from(part > 50 || (part == 50 && whole % 2 == 1));
    let mut risk = Risk {
        message: tags.text("message", cx),
        ..Risk::default()
    };
    for node in tags.items("observable", cx) {
        let Some(Observable {
            name: field,
            kind,
            roles,
        }) = observable(node, cx)
        else {
            continue;
        };
        if roles.iter().any(|role| role.value == "Victim") {
            risk.objects.push(RiskObject {
                field,
                kind: risk_kind(&kind).to_owned(),
                kind_at: kind.span,
                score,
                message: None,
                finding: false,
            });
        } else if roles.iter().any(|role| role.value == "Attacker") {
            risk.threats.push(ThreatObject {
                field,
                kind: threat_kind(&kind),
                kind_at: kind.span,
            });
        }
    }
    risk
}

pub(super) fn observable(node: &Node, cx: &mut Cx<'_>) -> Option<Observable> {
    let fields = Fields::new(node, &shapes::OBSERVABLE, cx)?;
    let (name, kind, roles) = (
        fields.text("name", cx),
        fields.text("type", cx),
        fields.texts("role", cx),
    );
    Some(Observable {
        name: name?,
        kind: kind?,
        roles,
    })
}

/// contentctl 4's table; `User Name` is not in it and becomes `other`.
fn risk_kind(observable: &str) -> &'static str {
    match observable.to_lowercase().as_str() {
        "user" | "username" | "email address" => "user",
        "device" | "endpoint" | "hostname" | "ip address" => "system",
        _ => "other",
    }
}

fn threat_kind(observable: &str) -> String {
    match observable.to_lowercase().as_str() {
        "process" | "process name" => "process".to_owned(),
        "file" | "file name" | "file hash" => "file_name".to_owned(),
        "ip address" => "ip_address".to_owned(),
        "uniform resource locator" | "url string" => "url".to_owned(),
        other => other.to_owned(),
    }
}

/// v5: the `rba` block.
pub(super) fn rba(node: &Node, cx: &mut Cx<'_>) -> Option<Risk> {
    let fields = Fields::new(node, &shapes::RBA, cx)?;
    let mut risk = Risk {
        message: fields.text("message", cx),
        threats: threats(fields, cx),
        ..Risk::default()
    };
    for node in fields.items("risk_objects", cx) {
        let Some(fields) = Fields::new(node, &shapes::RISK_OBJECT, cx) else {
            continue;
        };
        let (field, kind, score) = (
            fields.text("field", cx),
            fields.text("type", cx),
            fields.number("score", cx),
        );
        let (Some(field), Some(kind), Some(score)) = (field, kind, score) else {
            continue;
        };
        risk.objects.push(RiskObject {
            field,
            kind_at: kind.span,
            kind: kind.value,
            score: score.value,
            message: None,
            finding: false,
        });
    }
    Some(risk)
}

fn threats(fields: Fields<'_>, cx: &mut Cx<'_>) -> Vec<ThreatObject> {
    let mut threats = Vec::new();
    for node in fields.items("threat_objects", cx) {
        let Some(fields) = Fields::new(node, &shapes::THREAT_OBJECT, cx) else {
            continue;
        };
        let (field, kind) = (fields.text("field", cx), fields.text("type", cx));
        let (Some(field), Some(kind)) = (field, kind) else {
            continue;
        };
        threats.push(ThreatObject {
            field,
            kind_at: kind.span,
            kind: kind.value,
        });
    }
    threats
}

/// v6: `finding`, `intermediate_findings` and `threat_objects`.
pub(super) fn findings(fields: Fields<'_>, cx: &mut Cx<'_>) -> Risk {
    let mut risk = Risk {
        threats: threats(fields, cx),
        ..Risk::default()
    };
    if let Some(finding) = fields
        .get("finding")
        .and_then(|node| Fields::new(node, &shapes::FINDING, cx))
    {
        risk.finding_title = finding.text("title", cx);
        risk.objects.extend(
            finding
                .get("entity")
                .and_then(|node| entity(node, true, cx)),
        );
    }
    if let Some(more) = fields
        .get("intermediate_findings")
        .and_then(|node| Fields::new(node, &shapes::INTERMEDIATE, cx))
    {
        risk.objects.extend(
            more.items("entities", cx)
                .iter()
                .filter_map(|node| entity(node, false, cx)),
        );
    }
    risk
}

fn entity(node: &Node, finding: bool, cx: &mut Cx<'_>) -> Option<RiskObject> {
    let fields = Fields::new(node, &shapes::ENTITY, cx)?;
    let (field, kind, score) = (
        fields.text("field", cx),
        fields.text("type", cx),
        fields.number("score", cx),
    );
    let kind = kind?;
    Some(RiskObject {
        field: field?,
        kind_at: kind.span,
        kind: kind.value,
        score: score?.value,
        message: fields.text("message", cx),
        finding,
    })
}
