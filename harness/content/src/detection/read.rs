//! Reads a detection of any format into the one model.

use std::path::Path;

use dryfire_diagnostic::{Diagnostic, Severity, codes::content, nearest};

use super::{
    AttackData, Deprecation, Detection, DetectionTest, Drilldown, Extra, Generation, Kind,
    Schedule, Status, Throttling, about, risk, shapes,
};
use crate::dataset_description::Location;
use crate::object::{self, ObjectKind};
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
        Generation::V4 => tags
            .map(|tags| risk::observables(tags, cx))
            .unwrap_or_default(),
        Generation::V5 => fields
            .get("rba")
            .and_then(|node| risk::rba(node, cx))
            .unwrap_or_default(),
        Generation::V6 => risk::findings(fields, cx),
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
    let name = name?;
    let tags_node = match generation {
        Generation::V6 => Some(node),
        _ => node.get("tags"),
    };
    Some(Detection {
        object: object::read(
            node,
            tags_node,
            name.clone(),
            ObjectKind::Detection,
            (path, root.0),
        ),
        extra: extra(fields, tags, generation, cx),
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
        name,
        id: id?,
        status: status?,
        kind: kind?,
        search: search?,
    })
}

/// What only some formats have.
fn extra(
    fields: Fields<'_>,
    tags: Option<Fields<'_>>,
    generation: Generation,
    cx: &mut Cx<'_>,
) -> Extra {
    let mut extra = Extra {
        tests_at: fields.entry("tests").map(|entry| cx.span(&entry.key_range)),
        ..Extra::default()
    };
    match (generation, tags) {
        (Generation::V4, Some(tags)) => {
            // Whether these are right has been said when the risk was read.
            let said = cx.out.len();
            extra.confidence = tags.number("confidence", cx);
            extra.impact = tags.number("impact", cx);
            extra.observables = tags
                .items("observable", cx)
                .iter()
                .filter_map(|node| risk::observable(node, cx))
                .collect();
            cx.out.truncate(said);
            extra.required_fields = tags.texts("required_fields", cx);
        }
        (Generation::V6, _) => {
            extra.schedule_name = fields.text("schedule", cx);
            extra.deprecation = fields.get("deprecation_info").and_then(|node| {
                let inner = Fields::new(node, &shapes::DEPRECATION, cx)?;
                Some(Deprecation {
                    at: cx.span(&node.range),
                    reason: inner.text("reason", cx),
                    removed_in_version: inner.text("removed_in_version", cx),
                    replacements: inner.texts("replacement_content", cx),
                })
            });
        }
        _ => {}
    }
    extra
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
    let says_why = why.is_some();
    let experimental = kind
        .filter(|kind| kind.value == "experimental")
        .map(|_| why.unwrap_or_else(|| "the test is experimental".to_owned()));
    Some(DetectionTest {
        experimental,
        says_why,
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
