//! The risk action: one event for each value of each risk object of a result.

use super::event::Draft;
use super::message::fill;
use super::{Acted, PLACEHOLDERS, RiskAction, Suppressed, Why, assumed};

/// Adds the risk events of one result.
pub(super) fn act(action: &RiskAction, draft: &Draft<'_>, acted: &mut Acted) {
    let (mut threats, mut threat_kinds) = (Vec::new(), Vec::new());
    for threat in &action.threats {
        for value in draft.values(&threat.field) {
            threats.push(value);
            threat_kinds.push(threat.kind.clone());
        }
    }
    for object in &action.objects {
        let values = draft.values(&object.field);
        match values.as_slice() {
            [] => {
                acted.assumptions.insert(assumed::EMPTY);
                acted.suppressed.push(Suppressed {
                    row: draft.row,
                    why: Why::NoObject(object.field.clone()),
                });
            }
            [_] => {}
            _ => {
                acted.assumptions.insert(assumed::SEVERAL);
            }
        }
        for value in values {
            if PLACEHOLDERS.contains(&value.to_ascii_lowercase().as_str()) {
                acted.assumptions.insert(assumed::PLACEHOLDER);
            }
            let message = fill(&object.message, draft.results, draft.row);
            if message.several {
                acted.assumptions.insert(assumed::SEVERAL_IN_TEXT);
            }
            if message.nothing {
                acted.assumptions.insert(assumed::NOTHING_IN_TEXT);
            }
            acted.risk.push(draft.event(
                "risk",
                [
                    (
                        "contributing_events_search",
                        draft.contributing(&object.field, &value),
                    ),
                    ("risk_message", vec![message.text]),
                    ("risk_object", vec![value]),
                    ("risk_object_type", vec![object.kind.clone()]),
                    ("risk_score", vec![object.score.to_string()]),
                    ("threat_object", threats.clone()),
                    ("threat_object_type", threat_kinds.clone()),
                ],
            ));
        }
    }
}
