//! contentctl's own unit test: the risk and threat fields must be in the results.

use crate::detection::Detection;
use crate::expectation::{Count, Expectation, Mismatch, TableExpectation, actual};
use crate::pattern::Row;

/// The fields that contentctl's unit test looks for in the results.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RiskFields {
    /// Fields of risk objects.
    pub risk: Vec<String>,
    /// Fields of threat objects.
    pub threat: Vec<String>,
}

impl RiskFields {
    /// Those of a detection.
    pub fn of(detection: &Detection) -> Self {
        let unique = |names: &mut dyn Iterator<Item = &String>| {
            let mut all: Vec<String> = Vec::new();
            for name in names {
                if !all.contains(name) {
                    all.push(name.clone());
                }
            }
            all
        };
        Self {
            risk: unique(
                &mut detection
                    .risk
                    .objects
                    .iter()
                    .map(|object| &object.field.value),
            ),
            threat: unique(
                &mut detection
                    .risk
                    .threats
                    .iter()
                    .map(|threat| &threat.field.value),
            ),
        }
    }

    /// contentctl's decision on results that are there, row by row:
    /// every risk field must have a value in each row looked at; a row in which every threat field has one, too, decides for
    /// success; and at the end every threat field must have been seen in some row. The text `null` counts as no value.
    pub fn judge(&self, rows: &[Row]) -> Vec<Mismatch> {
        let mismatch = |message: String, notes: Vec<String>| {
            vec![Mismatch {
                message,
                notes,
                span: None,
            }]
        };
        let mut unseen: Vec<&String> = self.threat.iter().collect();
        for (at, row) in rows.iter().enumerate() {
            let absent: Vec<&String> = self
                .risk
                .iter()
                .filter(|field| row.values(field).is_empty())
                .collect();
            if !absent.is_empty() {
                let notes = absent
                    .iter()
                    .map(|field| format!("{field}: {}", actual(row, field)))
                    .collect();
                return mismatch(
                    format!(
                        "result {} lacks the risk object field{} {}",
                        at + 1,
                        plural(&absent),
                        names(&absent)
                    ),
                    notes,
                );
            }
            let null: Vec<&String> = self
                .risk
                .iter()
                .filter(|field| is_null(row.values(field)))
                .collect();
            if !null.is_empty() {
                return mismatch(
                    format!(
                        "result {} has no value but `null` in the risk object field{} {}",
                        at + 1,
                        plural(&null),
                        names(&null)
                    ),
                    Vec::new(),
                );
            }
            let empty = |field: &str| row.values(field).is_empty() || is_null(row.values(field));
            if self.threat.iter().all(|field| !empty(field)) {
                return Vec::new();
            }
            unseen.retain(|field| empty(field));
        }
        if unseen.is_empty() {
            return Vec::new();
        }
        mismatch(
            format!(
                "no result has a value in the threat object field{} {}",
                plural(&unseen),
                names(&unseen)
            ),
            Vec::new(),
        )
    }
}

fn is_null(values: &[String]) -> bool {
    matches!(values, [only] if only == "null")
}

fn plural(fields: &[&String]) -> &'static str {
    if fields.len() == 1 { "" } else { "s" }
}

fn names(fields: &[&String]) -> String {
    fields
        .iter()
        .map(|field| format!("`{field}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// contentctl's unit test on the results of a search: some result, and the risk and threat fields in it.
pub fn contentctl_unit(detection: &Detection, rows: &[Row]) -> Vec<Mismatch> {
    let results = TableExpectation {
        count: Some(Count::Any),
        ..TableExpectation::default()
    };
    Expectation {
        results,
        fields: Some(RiskFields::of(detection)),
        ..Expectation::default()
    }
    .judge(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
        text.split(' ')
            .filter_map(|pair| pair.split_once('='))
            .collect()
    }

    #[test]
    fn the_risk_field_rule_is_contentctls() {
        let fields = RiskFields {
            risk: vec!["dest".into()],
            threat: vec!["p".into(), "q".into()],
        };
        #[rustfmt::skip]
        let table: &[(&[&str], Option<&str>)] = &[
            (&["dest=h p=1 q=2"], None),
            (&["p=1 q=2"], Some("result 1 lacks the risk object field `dest`")),
            (&["dest=null p=1 q=2"], Some("result 1 has no value but `null` in the risk object field `dest`")),
            (&["dest=h p=1", "dest=h q=2"], None),
            (&["dest=h p=1", "dest=h p=2 q=null"], Some("no result has a value in the threat object field `q`")),
            (&["dest=h p=1 q=2", "p=1"], None),
            (&["dest=h p=1", "q=1"], Some("result 2 lacks the risk object field `dest`")),
            (&["dest= p=1 q=2"], None),
        ];
        for (rows, expected) in table {
            let rows: Vec<_> = rows.iter().map(|text| row(text)).collect();
            assert_eq!(
                fields.judge(&rows).first().map(|one| one.message.as_str()),
                *expected,
                "{rows:?}"
            );
        }
        assert!(RiskFields::default().judge(&[row("a=1")]).is_empty());
    }
}
