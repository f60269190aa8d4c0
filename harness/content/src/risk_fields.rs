//! contentctl's own unit test: the risk and threat fields must be in the results.

use std::collections::BTreeMap;

use dryfire_diagnostic::Span;

use crate::detection::Detection;
use crate::expectation::{
    Count, Difference, Expectation, Mismatch, Nearest, TableExpectation, like,
};
use crate::pattern::Row;
use crate::reader::Spanned;

/// The fields that contentctl's unit test looks for in the results.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RiskFields {
    /// Fields of risk objects.
    pub risk: Vec<String>,
    /// Fields of threat objects.
    pub threat: Vec<String>,
    /// Where each field is written.
    pub spans: BTreeMap<String, Span>,
}

impl RiskFields {
    /// Those of a detection.
    pub fn of(detection: &Detection) -> Self {
        let mut fields = Self::default();
        for object in &detection.risk.objects {
            fields.add(&object.field, |fields| &mut fields.risk);
        }
        for threat in &detection.risk.threats {
            fields.add(&threat.field, |fields| &mut fields.threat);
        }
        fields
    }

    /// A field that several objects name counts once.
    fn add(&mut self, field: &Spanned<String>, list: impl Fn(&mut Self) -> &mut Vec<String>) {
        self.spans.entry(field.value.clone()).or_insert(field.span);
        let list = list(self);
        if !list.contains(&field.value) {
            list.push(field.value.clone());
        }
    }

    /// contentctl's decision on results that are there, row by row:
    /// every risk field must have a value in each row looked at; a row in which every threat field has one, too, decides for
    /// success; and at the end every threat field must have been seen in some row. The text `null` counts as no value.
    pub fn judge(&self, rows: &[Row]) -> Vec<Mismatch> {
        let mut unseen: Vec<&String> = self.threat.iter().collect();
        for (at, row) in rows.iter().enumerate() {
            let absent: Vec<&String> = self
                .risk
                .iter()
                .filter(|field| row.values(field).is_empty())
                .collect();
            let null: Vec<&String> = self
                .risk
                .iter()
                .filter(|field| is_null(row.values(field)))
                .collect();
            let (wrong, what) = match (absent.is_empty(), null.is_empty()) {
                (true, true) => (Vec::new(), ""),
                (false, _) => (absent, "lacks"),
                (true, false) => (null, "has nothing but `null` in"),
            };
            if !wrong.is_empty() {
                let differences = wrong
                    .iter()
                    .map(|field| Difference {
                        field: (*field).clone(),
                        expected: "a value".to_owned(),
                        actual: row.values(field).to_vec(),
                    })
                    .collect();
                let notes = wrong.iter().filter_map(|field| like(row, field));
                return vec![Mismatch {
                    expected: "every result to have its risk objects".to_owned(),
                    actual: format!("result {}, which {what} {}", at + 1, names(&wrong)),
                    nearest: Some(Nearest {
                        number: at as u64 + 1,
                        total: rows.len() as u64,
                        row: row.clone(),
                        differences,
                    }),
                    notes: if what == "lacks" {
                        notes.collect()
                    } else {
                        Vec::new()
                    },
                    span: self.span_of(&wrong),
                }];
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
        let span = self.span_of(&unseen);
        let expected = "a result in which each threat object has a value";
        let actual = format!("results without a value in {}", names(&unseen));
        let mut mismatch = Mismatch::new(expected, actual, span);
        if let Some(row) = rows.first() {
            mismatch
                .notes
                .extend(unseen.iter().filter_map(|field| like(row, field)));
        }
        vec![mismatch]
    }

    /// Where the first of some fields is written.
    fn span_of(&self, fields: &[&String]) -> Option<Span> {
        fields
            .first()
            .and_then(|field| self.spans.get(*field))
            .copied()
    }
}

fn is_null(values: &[String]) -> bool {
    matches!(values, [only] if only == "null")
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
            spans: BTreeMap::new(),
        };
        #[rustfmt::skip]
        let table: &[(&[&str], Option<&str>)] = &[
            (&["dest=h p=1 q=2"], None),
            (&["p=1 q=2"], Some("result 1, which lacks `dest`")),
            (&["dest=null p=1 q=2"], Some("result 1, which has nothing but `null` in `dest`")),
            (&["dest=h p=1", "dest=h q=2"], None),
            (&["dest=h p=1", "dest=h p=2 q=null"], Some("results without a value in `q`")),
            (&["dest=h p=1 q=2", "p=1"], None),
            (&["dest=h p=1", "q=1"], Some("result 2, which lacks `dest`")),
            (&["dest= p=1 q=2"], None),
        ];
        for (rows, expected) in table {
            let rows: Vec<_> = rows.iter().map(|text| row(text)).collect();
            assert_eq!(
                fields.judge(&rows).first().map(|one| one.actual.as_str()),
                *expected,
                "{rows:?}"
            );
        }
        assert!(RiskFields::default().judge(&[row("a=1")]).is_empty());
    }
}
