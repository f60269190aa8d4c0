//! `fires_on`: the raw events that the results must stem from, and no others.

use crate::expectation::Mismatch;
use crate::reader::Spanned;

/// An event behind a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBehind {
    /// The dataset.
    pub dataset: String,
    /// The line at which it begins, from 1.
    pub line: u64,
    /// Its record id, where it is a Windows event.
    pub record_id: Option<u64>,
}

impl EventBehind {
    /// What a manifest calls it: the record id, or the line where there is none.
    fn number(&self) -> u64 {
        self.record_id.unwrap_or(self.line)
    }

    fn describe(&self) -> String {
        match self.record_id {
            Some(id) => format!("record {id} ({}:{})", self.dataset, self.line),
            None => format!("{}:{}", self.dataset, self.line),
        }
    }
}

/// Compares the events behind each row with those a manifest names.
pub fn judge(wanted: &[Spanned<u64>], rows: &[Vec<EventBehind>]) -> Vec<Mismatch> {
    let mut found = Vec::new();
    for number in wanted {
        let behind =
            |row: &Vec<EventBehind>| row.iter().any(|event| event.number() == number.value);
        if !rows.iter().any(behind) {
            found.push(Mismatch {
                expected: format!("a result that stems from event {}", number.value),
                actual: "none".to_owned(),
                nearest: None,
                notes: Vec::new(),
                span: Some(number.span),
            });
        }
    }
    for (place, row) in rows.iter().enumerate() {
        let others: Vec<String> = row
            .iter()
            .filter(|event| !wanted.iter().any(|number| number.value == event.number()))
            .map(EventBehind::describe)
            .collect();
        if !others.is_empty() {
            found.push(Mismatch {
                expected: "results that stem from the named events only".to_owned(),
                actual: format!("result {} that stems from {}", place + 1, others.join(", ")),
                nearest: None,
                notes: Vec::new(),
                span: wanted.first().map(|first| first.span),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use dryfire_diagnostic::{SourceMap, Span};

    use super::*;

    #[test]
    fn each_named_event_and_no_other() {
        let span = Span::new(SourceMap::new().add("m", ""), 0, 0);
        let wanted = [7, 12].map(|value| Spanned { value, span });
        let event = |line, record_id| EventBehind {
            dataset: "a.log".to_owned(),
            line,
            record_id,
        };
        let good = [vec![event(1, Some(7))], vec![event(12, None)]];
        assert_eq!(judge(&wanted, &good), []);
        let found = judge(&wanted, &[vec![event(7, Some(9))]]);
        let words: Vec<String> = found.iter().map(Mismatch::message).collect();
        assert_eq!(
            words,
            [
                "expected a result that stems from event 7, got none",
                "expected a result that stems from event 12, got none",
                "expected results that stem from the named events only, got result 1 that stems from record 9 (a.log:7)",
            ]
        );
    }
}
