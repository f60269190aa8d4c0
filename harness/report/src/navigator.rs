//! A layer for the ATT&CK Navigator: the techniques that this run proved to be detected, by detections that fired on data.
//!
//! The format is MITRE's layer format 4.5. A technique's score is the number of detections that fired for it. A technique without
//! a proof is not in the layer: it is not known to be undetected, only not shown to be detected.

use std::collections::BTreeMap;
use std::io::{self, Write};

use dryfire_event::{CaseFinished, CaseKind, Event, Verdict};
use serde_json::{Value, json};

use crate::Report;
use crate::collected::{Collected, Tested};
use crate::text::count;

/// Collects a run and writes its layer.
#[derive(Debug)]
pub struct Navigator<W: Write> {
    out: W,
    run: Collected,
}

/// How sure the proofs of a detection are, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Proof {
    Synthetic,
    Assumed,
    Full,
}

impl Proof {
    fn of(case: &CaseFinished) -> Self {
        if case.synthetic() {
            Self::Synthetic
        } else if case.assumptions.is_empty() {
            Self::Full
        } else {
            Self::Assumed
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Full => "fired on recorded data",
            Self::Assumed => "fired on recorded data, under assumptions",
            Self::Synthetic => "fired on synthetic data only",
        }
    }
}

impl<W: Write> Navigator<W> {
    /// A layer to a writer.
    pub fn new(out: W) -> Self {
        Self {
            out,
            run: Collected::default(),
        }
    }

    fn layer(&self) -> Value {
        let mut proved: BTreeMap<&str, BTreeMap<&str, Proof>> = BTreeMap::new();
        for ((_, name), tested) in &self.run.detections {
            let Some(proof) = best_proof(tested) else {
                continue;
            };
            for technique in tested.techniques() {
                let detections = proved.entry(technique).or_default();
                let kept = detections.entry(name).or_insert(proof);
                *kept = proof.max(*kept);
            }
        }
        let most = proved.values().map(BTreeMap::len).max().unwrap_or(1);
        let techniques: Vec<Value> = proved
            .iter()
            .map(|(technique, detections)| entry(technique, detections))
            .collect();
        let target = self
            .run
            .started
            .as_ref()
            .map_or("unknown", |started| started.target.as_str());
        json!({
            "name": "Proved to fire",
            "versions": { "layer": "4.5" },
            "domain": "enterprise-attack",
            "description": format!(
                "Techniques for which a detection fired on attack data in a run of Dryfire (target {target}). The score is the number of such detections; a technique that is not in the layer is not proved either way."
            ),
            "sorting": 3,
            "hideDisabled": false,
            "gradient": { "colors": ["#d4eeda", "#1a7f37"], "minValue": 0, "maxValue": most },
            "techniques": techniques,
        })
    }
}

/// The best proof that the detection fires; none where no passed case had a row.
fn best_proof(tested: &Tested) -> Option<Proof> {
    tested
        .cases
        .values()
        .filter(|case| {
            case.verdict == Verdict::Passed
                && case.case.kind != CaseKind::Validation
                && case.rows.total > 0
        })
        .map(Proof::of)
        .max()
}

fn entry(technique: &str, detections: &BTreeMap<&str, Proof>) -> Value {
    let metadata: Vec<Value> = detections
        .iter()
        .map(|(name, proof)| json!({ "name": name, "value": proof.words() }))
        .collect();
    json!({
        "techniqueID": technique,
        "score": detections.len(),
        "comment": format!("{} fired", count(detections.len() as u64, "detection")),
        "enabled": true,
        "showSubtechniques": technique.contains('.'),
        "metadata": metadata,
    })
}

impl<W: Write> Report for Navigator<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.run.event(event);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let layer = self.layer();
        serde_json::to_writer_pretty(&mut self.out, &layer)?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn layer(cases: Vec<CaseFinished>) -> Value {
        let mut out = Vec::new();
        let mut report = Navigator::new(&mut out);
        for event in sample::run_of(cases) {
            report.event(&event).unwrap();
        }
        report.finish().unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    fn fired(detection: &str, technique: &str) -> CaseFinished {
        let mut case = CaseFinished::new(
            sample::case(detection, "fires", CaseKind::Unit),
            Verdict::Passed,
        );
        case.case.techniques = vec![technique.to_owned()];
        case.rows.total = 3;
        case
    }

    fn scores(layer: &Value) -> Vec<(String, u64)> {
        layer["techniques"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| {
                (
                    entry["techniqueID"].as_str().unwrap().to_owned(),
                    entry["score"].as_u64().unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn the_score_is_the_number_of_detections_that_fired() {
        let layer = layer(vec![
            fired("A", "T1003.001"),
            fired("B", "T1003.001"),
            fired("C", "T1059"),
        ]);
        assert_eq!(
            scores(&layer),
            [("T1003.001".to_owned(), 2), ("T1059".to_owned(), 1)]
        );
        assert_eq!(layer["versions"]["layer"], "4.5");
        assert_eq!(layer["gradient"]["maxValue"], 2);
    }

    #[test]
    fn silence_and_failure_prove_nothing() {
        let mut silent = fired("A", "T1001");
        silent.rows.total = 0;
        let mut failed = fired("B", "T1002");
        failed.verdict = Verdict::failed("rows", "too many rows");
        let mut undetermined = fired("C", "T1003");
        undetermined.verdict = Verdict::undetermined("x", "y");
        let mut valid = fired("D", "T1004");
        valid.case.kind = CaseKind::Validation;
        let layer = layer(vec![silent, failed, undetermined, valid]);
        assert_eq!(scores(&layer), []);
    }

    #[test]
    fn a_weak_proof_says_so() {
        let mut assumed = fired("A", "T1001");
        assumed.assumptions.push(dryfire_event::Assumption {
            text: "x".to_owned(),
            place: None,
        });
        let layer = layer(vec![assumed]);
        assert_eq!(
            layer["techniques"][0]["metadata"][0]["value"],
            "fired on recorded data, under assumptions"
        );
    }
}
