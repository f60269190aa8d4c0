//! The notable action: one notable for each result, or one finding for each value of its entity.

use super::event::{Draft, StashEvent};
use super::message::fill;
use super::{Acted, NotableAction, Suppressed, Why, assumed};

/// What the action says of a notable itself. A result's own field of that name describes the original event.
const OWN: &[&str] = &[
    "rule_name",
    "rule_title",
    "rule_description",
    "security_domain",
    "nes_fields",
    "drilldown_name",
    "drilldown_search",
    "governance",
    "control",
    "status",
    "owner",
    "default_owner",
    "drilldown_earliest_offset",
    "drilldown_latest_offset",
    "next_steps",
    "recommended_actions",
];

/// Adds the notables of one result.
pub(super) fn act(action: &NotableAction, draft: &Draft<'_>, acted: &mut Acted) {
    let Some(entity) = &action.entity else {
        let event = notable(action, draft, Vec::new(), acted);
        acted.notable.push(event);
        return;
    };
    let values = draft.values(&entity.field);
    if values.is_empty() {
        acted.assumptions.insert(assumed::EMPTY);
        acted.suppressed.push(Suppressed {
            row: draft.row,
            why: Why::NoEntity(entity.field.clone()),
        });
    }
    if values.len() > 1 {
        acted.assumptions.insert(assumed::SEVERAL);
    }
    for value in values {
        let own = vec![
            (
                "contributing_events_search",
                draft.contributing(&entity.field, &value),
            ),
            ("entity", vec![value.clone()]),
            ("entity_type", vec![entity.kind.clone()]),
            ("finding_score", vec![entity.score.to_string()]),
            ("risk_object", vec![value]),
            ("risk_object_type", vec![entity.kind.clone()]),
            ("risk_score", vec![entity.score.to_string()]),
        ];
        let event = notable(action, draft, own, acted);
        acted.notable.push(event);
    }
}

fn notable(
    action: &NotableAction,
    draft: &Draft<'_>,
    more: Vec<(&'static str, Vec<String>)>,
    acted: &mut Acted,
) -> StashEvent {
    let title = fill(&action.title, draft.results, draft.row);
    let description = fill(&action.description, draft.results, draft.row);
    if title.several || description.several {
        acted.assumptions.insert(assumed::SEVERAL_IN_TEXT);
    }
    if title.nothing || description.nothing {
        acted.assumptions.insert(assumed::NOTHING_IN_TEXT);
    }
    // The text of a notable holds the filled title and description under `orig_`; the macro `notable` gives the plain names.
    let own = vec![
        ("detection_type", vec!["ebd".to_owned()]),
        ("orig_rule_description", vec![description.text.clone()]),
        ("orig_rule_title", vec![title.text.clone()]),
        ("rule_description", vec![description.text]),
        ("rule_title", vec![title.text]),
        ("security_domain", vec![action.security_domain.clone()]),
        ("severity", vec![action.severity.clone()]),
    ];
    let mut event = draft.event("notable", []);
    for name in OWN {
        if let Some(values) = event.fields.remove(*name) {
            event.fields.insert(format!("orig_{name}"), values);
        }
    }
    for (name, values) in own.into_iter().chain(more) {
        if values.iter().any(|value| !value.is_empty()) {
            event.fields.insert(name.to_owned(), values);
        }
    }
    event
}
