//! What a detection says of itself for people: nothing of it changes a verdict.

use super::Generation;
use crate::yaml::{Node, Value};

/// What a detection says of itself for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// `author`
    pub author: Option<String>,
    /// `date`; in v6 `modification_date`, or else `creation_date`.
    pub date: Option<String>,
    /// `how_to_implement`
    pub how_to_implement: Option<String>,
    /// `known_false_positives`
    pub known_false_positives: Option<String>,
    /// `references`
    pub references: Vec<String>,
    /// `asset_type`
    pub asset_type: Option<String>,
    /// `cve`
    pub cves: Vec<String>,
    /// `impact` (v4)
    pub impact: Option<u64>,
    /// `confidence` (v4)
    pub confidence: Option<u64>,
    /// `custom_schedule` (v6): cron expression, begin and end of the window.
    pub schedule: Option<[Option<String>; 3]>,
}

/// Takes what is there. What is of another form than expected is left out and not complained about here: no test depends on it.
pub(super) fn read(node: &Node, generation: Generation) -> About {
    let tags = match generation {
        Generation::V6 => Some(node),
        _ => node.get("tags"),
    };
    let tag = |key: &str| tags.and_then(|tags| tags.get(key));
    let date = ["date", "modification_date", "creation_date"];
    let schedule = node.get("custom_schedule").map(|schedule| {
        ["cron_schedule", "earliest_time", "latest_time"].map(|key| text(schedule.get(key)))
    });
    About {
        author: text(node.get("author")),
        date: date.iter().find_map(|key| text(node.get(key))),
        how_to_implement: text(node.get("how_to_implement")),
        known_false_positives: text(node.get("known_false_positives")),
        references: texts(node.get("references")),
        asset_type: text(tag("asset_type")),
        cves: texts(tag("cve")),
        impact: text(tag("impact")).and_then(|number| number.parse().ok()),
        confidence: text(tag("confidence")).and_then(|number| number.parse().ok()),
        schedule,
    }
}

fn text(node: Option<&Node>) -> Option<String> {
    let text = node.filter(|node| !node.is_null())?.text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn texts(node: Option<&Node>) -> Vec<String> {
    match node.map(|node| &node.value) {
        Some(Value::Sequence(items)) => items.iter().filter_map(|item| text(Some(item))).collect(),
        _ => text(node).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, generation: Generation, expected: About) {
        let document = crate::yaml::parse(text);
        assert_eq!(read(&document.root.unwrap(), generation), expected);
    }

    #[test]
    fn each_format_has_its_places() {
        let own = || About {
            author: Some("A".into()),
            date: Some("2026-01-02".into()),
            references: vec!["https://a".into()],
            cves: vec!["CVE-2026-1".into()],
            ..About::default()
        };
        check(
            "author: A\ndate: '2026-01-02'\nreferences: [https://a]\ntags: {cve: [CVE-2026-1], impact: 80, confidence: 50}",
            Generation::V4,
            About {
                impact: Some(80),
                confidence: Some(50),
                ..own()
            },
        );
        check(
            "author: A\ncreation_date: 2025-01-01\nmodification_date: 2026-01-02\nreferences: https://a\ncve: [CVE-2026-1]\n\
             custom_schedule: {cron_schedule: 5 * * * *}",
            Generation::V6,
            About {
                schedule: Some([Some("5 * * * *".into()), None, None]),
                ..own()
            },
        );
    }

    #[test]
    fn what_is_of_another_form_is_left_out() {
        check(
            "author: [a]\nreferences: {a: b}\ndate: ~\ntags: []",
            Generation::V5,
            About::default(),
        );
    }
}
