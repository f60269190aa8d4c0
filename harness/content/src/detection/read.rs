//! Reads a detection of any format into the one model.

use std::path::Path;

use dryfire_diagnostic::{Diagnostic, Severity, codes::content, nearest};

use super::{
    AttackData, Detection, DetectionTest, Drilldown, Generation, Kind, Risk, RiskObject, Schedule,
    Status, ThreatObject, Throttling, about, shapes,
};
use crate::dataset_description::Location;
use crate::reader::{Cx, Fields, Spanned, list};
use crate::yaml::Node;

const KINDS: &[Kind] = &[Kind::Ttp, Kind::Anomaly, Kind::Hunting, Kind::Correlation];
const STATUSES: &[Status] = &[
    Status::Production,
    Status::Experimental,
    Status::Deprecated,
    Status::Removed,
    Status::Validation,
];

/// Which format the file is in. Without a mark of v4 or v6 it is v5, the format between them.
fn generation(node: &Node) -> Generation {
    let tags = node.get("tags");
    if node.get("rba").is_some() {
        Generation::V5
    } else if let Some(tags) = tags {
        if shapes::V4_TAGS_ONLY
            .iter()
            .any(|key| tags.get(key).is_some())
        {
            Generation::V4
        } else {
            Generation::V5
        }
    } else if shapes::V6_ONLY.iter().any(|key| node.get(key).is_some()) {
        Generation::V6
    } else {
        Generation::V5
    }
}

/// Reads a detection; nothing when something is missing that it can't be run without. `root` is the index of its root
/// and, where that is a content repository, its folder.
pub(crate) fn read(
    node: &Node,
    path: &Path,
    root: (usize, Option<&Path>),
    cx: &mut Cx<'_>,
) -> Option<Detection> {
    let generation = generation(node);
    let (shape, tag_shape) = match generation {
        Generation::V4 => (&shapes::V4, &shapes::TAGS_V4),
        Generation::V5 => (&shapes::V5, &shapes::TAGS),
        Generation::V6 => (&shapes::V6, &shapes::V6),
    };
    // contentctl 4 let unknown keys pass; in newer files they are worth a warning, and contentctl has the last word.
    cx.unknown_keys = (generation != Generation::V4).then_some(Severity::Warning);
    let fields = Fields::new(node, shape, cx)?;
    // In v6 the tags stand at the top level.
    let tags = match generation {
        Generation::V6 => Some(fields),
        _ => fields
            .get("tags")
            .and_then(|node| Fields::new(node, tag_shape, cx)),
    };
    let name = fields.text("name", cx);
    let id = fields.text("id", cx);
    let status = fields
        .get("status")
        .and_then(|node| choice(node, STATUSES, Status::as_str, cx));
    let kind = fields
        .get("type")
        .and_then(|node| choice(node, KINDS, Kind::as_str, cx));
    let label = name.as_ref().map_or_else(
        || path.display().to_string(),
        |name| format!("search of {}", name.value),
    );
    let search = fields.get("search").and_then(|node| cx.spl(node, &label));
    let tests: Vec<_> = fields
        .items("tests", cx)
        .iter()
        .filter_map(|node| test(node, (path, root.1), cx))
        .collect();
    let risk = match generation {
        Generation::V4 => tags.map(|tags| observables(tags, cx)).unwrap_or_default(),
        Generation::V5 => fields
            .get("rba")
            .and_then(|node| rba(node, cx))
            .unwrap_or_default(),
        Generation::V6 => findings(fields, cx),
    };
    let manual_test = if generation == Generation::V6 {
        // An experimental test took the place of manual_test; with a unit test beside it there is something to run.
        let all = tests.iter().all(|test| test.experimental.is_some());
        tests.first().filter(|_| all).and_then(|test| {
            Some(Spanned {
                value: test.experimental.clone()?,
                span: test.name.span,
            })
        })
    } else {
        tags.and_then(|tags| tags.text("manual_test", cx))
    };
    Some(Detection {
        generation,
        path: path.to_path_buf(),
        file: cx.file,
        root: root.0,
        version: fields
            .number("version", cx)
            .map_or(0, |version| version.value),
        description: fields.text("description", cx),
        data_sources: fields.texts("data_source", cx),
        tests,
        risk,
        drilldowns: fields
            .items("drilldown_searches", cx)
            .iter()
            .filter_map(|node| drilldown(node, cx))
            .collect(),
        mitre: tags
            .map(|tags| tags.texts("mitre_attack_id", cx))
            .unwrap_or_default(),
        stories: tags
            .map(|tags| tags.texts("analytic_story", cx))
            .unwrap_or_default(),
        throttling: tags
            .and_then(|tags| tags.get("throttling"))
            .and_then(|node| throttling(node, cx)),
        dates: dates(fields, generation, cx),
        schedule: schedule(fields, generation, cx),
        security_domain: tags.and_then(|tags| tags.text("security_domain", cx)),
        manual_test,
        baselines: if generation == Generation::V6 {
            fields.texts("baselines", cx)
        } else {
            Vec::new()
        },
        about: about::read(node, generation),
        name: name?,
        id: id?,
        status: status?,
        kind: kind?,
        search: search?,
    })
}

/// A value out of a list of words, in any letter case.
fn choice<T: Copy>(
    node: &Node,
    all: &[T],
    word: impl Fn(T) -> &'static str,
    cx: &mut Cx<'_>,
) -> Option<Spanned<T>> {
    let text = cx.text(node)?;
    if let Some(found) = all
        .iter()
        .copied()
        .find(|one| word(*one).eq_ignore_ascii_case(text.trim()))
    {
        return Some(Spanned {
            value: found,
            span: text.span,
        });
    }
    let words: Vec<&str> = all.iter().copied().map(word).collect();
    let help = nearest(&text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    let message = format!("expected one of {}, found `{}`", list(&words), text.value);
    cx.out.push(
        Diagnostic::error(&content::INVALID_VALUE, message)
            .at(text.span, "not one of them")
            .opt_help(help),
    );
    None
}

fn test(node: &Node, place: (&Path, Option<&Path>), cx: &mut Cx<'_>) -> Option<DetectionTest> {
    let fields = Fields::new(node, &shapes::TEST, cx)?;
    let kind = fields.text("test_type", cx);
    let why = fields.text("description", cx).map(|text| text.value);
    let experimental = kind
        .filter(|kind| kind.value == "experimental")
        .map(|_| why.unwrap_or_else(|| "the test is experimental".to_owned()));
    Some(DetectionTest {
        experimental,
        attack_data: fields
            .items("attack_data", cx)
            .iter()
            .filter_map(|node| attack_data(node, place, cx))
            .collect(),
        expected_results: fields.number("expected_results", cx),
        name: fields.text("name", cx)?,
    })
}

fn attack_data(node: &Node, place: (&Path, Option<&Path>), cx: &mut Cx<'_>) -> Option<AttackData> {
    let fields = Fields::new(node, &shapes::ATTACK_DATA, cx)?;
    let data = fields.text("data", cx)?;
    Some(AttackData {
        location: Location::resolve_in(data.value.trim(), place.0, place.1),
        span: data.span,
        source: fields.text("source", cx).map(|text| text.value),
        sourcetype: fields.text("sourcetype", cx).map(|text| text.value),
        host: fields.text("host", cx).map(|text| text.value),
        index: fields
            .text("index", cx)
            .or_else(|| fields.text("custom_index", cx))
            .map(|text| text.value),
    })
}

/// v4: observables with the role Victim are risk objects, those with the role Attacker threat objects.
fn observables(tags: Fields<'_>, cx: &mut Cx<'_>) -> Risk {
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
        let Some(fields) = Fields::new(node, &shapes::OBSERVABLE, cx) else {
            continue;
        };
        let (field, kind, roles) = (
            fields.text("name", cx),
            fields.text("type", cx),
            fields.texts("role", cx),
        );
        let (Some(field), Some(kind)) = (field, kind) else {
            continue;
        };
        if roles.iter().any(|role| role.value == "Victim") {
            risk.objects.push(RiskObject {
                field,
                kind: risk_kind(&kind).to_owned(),
                score,
                message: None,
                finding: false,
            });
        } else if roles.iter().any(|role| role.value == "Attacker") {
            risk.threats.push(ThreatObject {
                field,
                kind: threat_kind(&kind),
            });
        }
    }
    risk
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
fn rba(node: &Node, cx: &mut Cx<'_>) -> Option<Risk> {
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
            kind: kind.value,
        });
    }
    threats
}

/// v6: `finding`, `intermediate_findings` and `threat_objects`.
fn findings(fields: Fields<'_>, cx: &mut Cx<'_>) -> Risk {
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
    Some(RiskObject {
        field: field?,
        kind: kind?.value,
        score: score?.value,
        message: fields.text("message", cx),
        finding,
    })
}

fn drilldown(node: &Node, cx: &mut Cx<'_>) -> Option<Drilldown> {
    let fields = Fields::new(node, &shapes::DRILLDOWN, cx)?;
    let name = fields.text("name", cx)?;
    let search = fields
        .get("search")
        .and_then(|node| cx.spl(node, &format!("drilldown search {}", name.value)))?;
    Some(Drilldown {
        name,
        search,
        earliest: fields.text("earliest_offset", cx),
        latest: fields.text("latest_offset", cx),
    })
}

fn dates(fields: Fields<'_>, generation: Generation, cx: &mut Cx<'_>) -> Vec<Spanned<String>> {
    let keys: &[&str] = match generation {
        Generation::V6 => &["creation_date", "modification_date"],
        Generation::V4 | Generation::V5 => &["date"],
    };
    keys.iter().filter_map(|key| fields.text(key, cx)).collect()
}

fn schedule(fields: Fields<'_>, generation: Generation, cx: &mut Cx<'_>) -> Option<Schedule> {
    let node = match generation {
        Generation::V4 => None,
        Generation::V5 => {
            Fields::new(fields.get("deployment")?, &shapes::DEPLOYMENT, cx)?.get("scheduling")
        }
        Generation::V6 => fields.get("custom_schedule"),
    }?;
    let fields = Fields::new(node, &shapes::SCHEDULE, cx)?;
    Some(Schedule {
        cron: fields.text("cron_schedule", cx),
        earliest: fields.text("earliest_time", cx),
        latest: fields.text("latest_time", cx),
    })
}

fn throttling(node: &Node, cx: &mut Cx<'_>) -> Option<Throttling> {
    let fields = Fields::new(node, &shapes::THROTTLING, cx)?;
    Some(Throttling {
        fields: fields.texts("fields", cx),
        period: fields.text("period", cx),
    })
}
