//! What a saved search does with its results: its settings, read as the risk and notable actions of Enterprise Security read
//! them, and carried out by the engine's simulation.

use std::collections::BTreeMap;

use dryfire_engine::es::{
    self, Actions, NotableAction, RiskAction, RiskObject, ThreatObject, Throttling,
};
use serde_json::Value as Json;

use crate::effects::why;
use crate::http::is_on;
use crate::search::{Answer, Message};
use crate::state::State;
use crate::store::Key;

/// Settings of a saved search.
pub(crate) type Settings = BTreeMap<String, String>;

/// The actions of a saved search; nothing where none of them is one that is simulated.
pub(crate) fn of(name: &str, settings: &Settings) -> Result<Option<Actions>, String> {
    let on = |key: &str| settings.get(key).is_some_and(|value| is_on(value));
    let text = |key: &str| settings.get(key).cloned().unwrap_or_default();
    let risk = match on("action.risk") {
        true => Some(risk(settings)?),
        false => None,
    };
    let notable = on("action.notable").then(|| NotableAction {
        title: text("action.notable.param.rule_title"),
        description: text("action.notable.param.rule_description"),
        security_domain: text("action.notable.param.security_domain"),
        severity: text("action.notable.param.severity"),
        entity: None,
    });
    if risk.is_none() && notable.is_none() {
        return Ok(None);
    }
    let fields = text("alert.suppress.fields");
    let throttling = on("alert.suppress").then(|| Throttling {
        fields: fields
            .split(',')
            .map(str::trim)
            .filter(|field| !field.is_empty())
            .map(str::to_owned)
            .collect(),
        period: settings.get("alert.suppress.period").cloned(),
    });
    Ok(Some(Actions {
        search_name: name.to_owned(),
        sid: String::new(),
        annotations: annotations(settings)?,
        risk,
        notable,
        throttling,
    }))
}

fn risk(settings: &Settings) -> Result<RiskAction, String> {
    let key = "action.risk.param._risk";
    let list = settings.get(key).map_or("[]", String::as_str);
    let list: Vec<BTreeMap<String, Json>> =
        serde_json::from_str(list).map_err(|error| format!("{key} is no list: {error}"))?;
    let message = settings
        .get("action.risk.param._risk_message")
        .cloned()
        .unwrap_or_default();
    let mut action = RiskAction::default();
    for one in &list {
        let text = |key: &str| one.get(key).map(plain).unwrap_or_default();
        if one.contains_key("risk_object_field") {
            let score = text("risk_score");
            action.objects.push(RiskObject {
                field: text("risk_object_field"),
                kind: text("risk_object_type"),
                score: score
                    .parse()
                    .map_err(|_| format!("{key}: '{score}' is no score"))?,
                message: message.clone(),
            });
        } else if one.contains_key("threat_object_field") {
            action.threats.push(ThreatObject {
                field: text("threat_object_field"),
                kind: text("threat_object_type"),
            });
        }
    }
    Ok(action)
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn annotations(settings: &Settings) -> Result<BTreeMap<String, Vec<String>>, String> {
    let key = "action.correlationsearch.annotations";
    let Some(text) = settings.get(key).filter(|text| !text.is_empty()) else {
        return Ok(BTreeMap::new());
    };
    let found: BTreeMap<String, Json> =
        serde_json::from_str(text).map_err(|error| format!("{key} can't be read: {error}"))?;
    let lists = found.into_iter().map(|(name, value)| {
        let values = match value {
            Json::Array(values) => values.iter().map(plain).collect(),
            Json::Null => Vec::new(),
            single => vec![plain(&single)],
        };
        (name, values)
    });
    Ok(lists.collect())
}

/// Writes what a search's results bring about into the indexes `risk` and `notable`.
pub(crate) fn trigger(
    state: &State,
    actions: &Actions,
    answer: &Answer,
) -> Result<Vec<Message>, String> {
    if !state.settings.enterprise_security {
        let text = "The risk and notable actions belong to Enterprise Security, which is not installed: nothing came of the results.";
        return Ok(vec![Message::new("WARN", text)]);
    }
    let acted = es::act(&answer.table, actions, &answer.env);
    let mut batches = Vec::new();
    for (index, events) in [("risk", &acted.risk), ("notable", &acted.notable)] {
        if events.is_empty() {
            continue;
        }
        let key = Key {
            index: index.into(),
            host: "dryfire".into(),
            source: actions.search_name.as_str().into(),
            sourcetype: "stash".into(),
        };
        let taken = state.store.broken(&key, es::text(events).as_bytes());
        batches.push((key, taken.map_err(|error| why(&error))?));
    }
    state.store.put(batches).map_err(|error| why(&error))?;
    let assumed = acted.assumptions.into_iter();
    let told = assumed.map(|rule| Message::new("INFO", format!("In Enterprise Security, {rule}.")));
    Ok(told.collect())
}

/// The settings that contentctl would write for these actions.
pub(crate) fn settings(actions: &Actions) -> Settings {
    let mut made = Settings::new();
    let mut set = |key: &str, value: String| {
        made.insert(key.to_owned(), value);
    };
    let name = &actions.search_name;
    set("action.correlationsearch.enabled", "1".to_owned());
    set("action.correlationsearch.label", name.clone());
    let annotations = serde_json::to_value(&actions.annotations).unwrap_or_default();
    set(
        "action.correlationsearch.annotations",
        annotations.to_string(),
    );
    set("action.risk", u8::from(actions.risk.is_some()).to_string());
    set(
        "action.notable",
        u8::from(actions.notable.is_some()).to_string(),
    );
    if let Some(risk) = &actions.risk {
        let objects = risk.objects.iter().map(|object| {
            serde_json::json!({
                "risk_object_field": object.field,
                "risk_object_type": object.kind,
                "risk_score": object.score,
            })
        });
        let threats = risk.threats.iter().map(|threat| {
            serde_json::json!({
                "threat_object_field": threat.field,
                "threat_object_type": threat.kind,
            })
        });
        let list: Json = objects.chain(threats).collect();
        set("action.risk.param._risk", list.to_string());
        set("action.risk.param._risk_score", "0".to_owned());
        set("action.risk.param.verbose", "0".to_owned());
        let message = risk.objects.first().map(|object| object.message.clone());
        set(
            "action.risk.param._risk_message",
            message.unwrap_or_default(),
        );
    }
    if let Some(notable) = &actions.notable {
        set("action.notable.param.rule_title", notable.title.clone());
        set(
            "action.notable.param.rule_description",
            notable.description.clone(),
        );
        set(
            "action.notable.param.security_domain",
            notable.security_domain.clone(),
        );
        set("action.notable.param.severity", notable.severity.clone());
        set("action.notable.param.nes_fields", "user,dest".to_owned());
    }
    if let Some(throttling) = &actions.throttling {
        set("alert.suppress", "1".to_owned());
        set("alert.suppress.fields", throttling.fields.join(","));
        set(
            "alert.suppress.period",
            throttling.period.clone().unwrap_or_default(),
        );
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_and_actions_say_the_same() {
        let object = RiskObject {
            field: "dest".to_owned(),
            kind: "system".to_owned(),
            score: 42,
            message: "on $dest$".to_owned(),
        };
        let threat = ThreatObject {
            field: "process".to_owned(),
            kind: "process_name".to_owned(),
        };
        let actions = Actions {
            search_name: "ESCU - X - Rule".to_owned(),
            annotations: BTreeMap::from([("mitre_attack".to_owned(), vec!["T1000".to_owned()])]),
            risk: Some(RiskAction {
                objects: vec![object],
                threats: vec![threat],
            }),
            notable: Some(NotableAction {
                title: "X".to_owned(),
                ..NotableAction::default()
            }),
            throttling: Some(Throttling {
                fields: vec!["dest".to_owned(), "user".to_owned()],
                period: Some("3600s".to_owned()),
            }),
            ..Actions::default()
        };
        let read = of("ESCU - X - Rule", &settings(&actions)).unwrap().unwrap();
        assert_eq!(format!("{read:?}"), format!("{actions:?}"));
    }

    #[test]
    fn what_can_t_be_read_is_told() {
        let settings = |value: &str| {
            Settings::from([
                ("action.risk".to_owned(), "1".to_owned()),
                ("action.risk.param._risk".to_owned(), value.to_owned()),
            ])
        };
        assert!(of("x", &settings("{")).is_err());
        assert!(
            of(
                "x",
                &settings(r#"[{"risk_object_field":"a","risk_score":"high"}]"#)
            )
            .is_err()
        );
        assert!(of("x", &Settings::new()).unwrap().is_none());
    }
}
