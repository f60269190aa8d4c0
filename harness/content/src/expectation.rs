//! What a test expects of a search's results, of its risk events and of its findings, and where they differ from it.

use std::fmt;

use dryfire_diagnostic::Span;

use crate::pattern::{Pattern, Row, RowPattern};
use crate::reader::Spanned;
use crate::risk_fields::RiskFields;

/// How many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// No row.
    None,
    /// One row or more.
    Any,
    /// This many.
    Exactly(u64),
    /// This many or more.
    AtLeast(u64),
    /// This many or fewer.
    AtMost(u64),
    /// Not fewer than the first, not more than the second.
    Between(u64, u64),
}

impl Count {
    /// The meaning of `expected_results` in a detection's test: absent or 1 = at least 1, 0 = none, n = at least n.
    pub fn of_expected_results(expected: Option<u64>) -> Self {
        match expected {
            None | Some(1) => Self::Any,
            Some(0) => Self::None,
            Some(n) => Self::AtLeast(n),
        }
    }

    /// Whether a number of rows is right.
    pub fn accepts(self, rows: u64) -> bool {
        match self {
            Self::None => rows == 0,
            Self::Any => rows > 0,
            Self::Exactly(n) => rows == n,
            Self::AtLeast(n) => rows >= n,
            Self::AtMost(n) => rows <= n,
            Self::Between(least, most) => (least..=most).contains(&rows),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => write!(f, "no"),
            Self::Any => write!(f, "at least 1"),
            Self::Exactly(n) => write!(f, "exactly {n}"),
            Self::AtLeast(n) => write!(f, "at least {n}"),
            Self::AtMost(n) => write!(f, "at most {n}"),
            Self::Between(least, most) => write!(f, "between {least} and {most}"),
        }
    }
}

/// What is expected of one table: the results, the risk events or the findings.
#[derive(Debug, Clone, Default)]
pub struct TableExpectation {
    /// How many rows; any number where it is not said.
    pub count: Option<Count>,
    /// Where the count is written.
    pub count_span: Option<Span>,
    /// Each must be matched by some row.
    pub rows: Vec<RowPattern>,
    /// None may be matched by any row.
    pub no_rows: Vec<RowPattern>,
}

/// What a case expects.
#[derive(Debug, Clone, Default)]
pub struct Expectation {
    /// Of the results of the whole search.
    pub results: TableExpectation,
    /// Of the events in the `risk` index.
    pub risk: Option<TableExpectation>,
    /// Of the events in the `notable` index: notables, or findings in newer versions.
    pub findings: Option<TableExpectation>,
    /// The events that the results must stem from, and no others: record ids, or line numbers where an event has none.
    pub fires_on: Vec<Spanned<u64>>,
    /// contentctl's rule that the risk and threat fields are in the results; for a detection's own tests.
    pub fields: Option<RiskFields>,
}

/// A difference between what was expected and what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What was expected, such as `at least 1 result`.
    pub expected: String,
    /// What there was, such as `none`.
    pub actual: String,
    /// For an expected row, the row that comes nearest; for a row that may not be there, that row.
    pub nearest: Option<Nearest>,
    /// Facts that explain it, each in a few words.
    pub notes: Vec<String>,
    /// The expectation's place, where it was written down.
    pub span: Option<Span>,
}

/// A row that says most about a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// Its number, counted from one.
    pub number: u64,
    /// How many rows there are.
    pub total: u64,
    /// The row.
    pub row: Row,
    /// Where it differs from what was expected.
    pub differences: Vec<Difference>,
}

/// A field that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// What was expected, as it was written.
    pub expected: String,
    /// What the row has; none when the field is not there.
    pub actual: Vec<String>,
}

impl Mismatch {
    /// Without a row and without notes.
    pub fn new(expected: impl Into<String>, actual: impl Into<String>, span: Option<Span>) -> Self {
        Self {
            expected: expected.into(),
            actual: actual.into(),
            nearest: None,
            notes: Vec::new(),
            span,
        }
    }

    /// On one line.
    pub fn message(&self) -> String {
        format!("expected {}, got {}", self.expected, self.actual)
    }
}

impl Nearest {
    /// A row by its index, with nothing said of differences.
    fn row(rows: &[Row], at: usize) -> Option<Self> {
        Some(Self {
            number: at as u64 + 1,
            total: rows.len() as u64,
            row: rows.get(at)?.clone(),
            differences: Vec::new(),
        })
    }
}

impl Expectation {
    /// Expects no result at all.
    pub fn silence() -> Self {
        Self {
            results: TableExpectation {
                count: Some(Count::None),
                ..TableExpectation::default()
            },
            ..Self::default()
        }
    }

    /// Compares the results of the search. Risk events and findings have their own [`TableExpectation::judge`].
    pub fn judge(&self, rows: &[Row]) -> Vec<Mismatch> {
        let mut found = self.results.judge("result", rows);
        if let (Some(fields), false) = (&self.fields, rows.is_empty()) {
            found.extend(fields.judge(rows));
        }
        found
    }
}

impl TableExpectation {
    /// Compares rows; `noun` says in messages what a row is: `result`, `risk event`, `finding`.
    pub fn judge(&self, noun: &str, rows: &[Row]) -> Vec<Mismatch> {
        let mut found = Vec::new();
        let number = rows.len() as u64;
        if let Some(count) = self.count.filter(|count| !count.accepts(number)) {
            let one = matches!(
                count,
                Count::Any | Count::Exactly(1) | Count::AtLeast(1) | Count::AtMost(1)
            );
            let expected = format!("{count} {noun}{}", if one { "" } else { "s" });
            let mut mismatch = Mismatch::new(expected, counted(number), self.count_span);
            // Of results that should not be there, the first says most about why they are.
            if count == Count::None {
                mismatch.nearest = Nearest::row(rows, 0);
            }
            found.push(mismatch);
        }
        for pattern in &self.rows {
            if !rows.iter().any(|row| pattern.matches(row)) {
                found.push(missing(pattern, noun, rows));
            }
        }
        for pattern in &self.no_rows {
            let hits = || (0..rows.len()).filter(|at| pattern.matches(&rows[*at]));
            if let Some(first) = hits().next() {
                let expected = format!("no {noun} with {pattern}");
                let mut mismatch =
                    Mismatch::new(expected, counted(hits().count() as u64), Some(pattern.span));
                mismatch.nearest = Nearest::row(rows, first);
                found.push(mismatch);
            }
        }
        found
    }
}

/// A number of rows in words.
pub(crate) fn counted(number: u64) -> String {
    match number {
        0 => "none".to_owned(),
        number => number.to_string(),
    }
}

/// No row fits: says which one comes nearest and what is different there.
fn missing(pattern: &RowPattern, noun: &str, rows: &[Row]) -> Mismatch {
    let expected = format!("a {noun} with {pattern}");
    let actual = match rows.len() {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}, which is another"),
        all => format!("{all} {noun}s, none like it"),
    };
    let mut mismatch = Mismatch::new(expected, actual, Some(pattern.span));
    let nearest = (0..rows.len()).min_by_key(|at| pattern.misses(&rows[*at]).count());
    let Some(mut nearest) = nearest.and_then(|at| Nearest::row(rows, at)) else {
        return mismatch;
    };
    for (name, pattern) in pattern.misses(&nearest.row) {
        let values = nearest.row.values(name);
        nearest.differences.push(Difference {
            field: name.to_owned(),
            expected: pattern.to_string(),
            actual: values.to_vec(),
        });
        if values.is_empty() {
            mismatch.notes.extend(like(&nearest.row, name));
        }
    }
    // With one field wrong, its value is the line to look at.
    if let [only] = nearest.differences.as_slice() {
        mismatch.span = pattern.place_of(&only.field).or(mismatch.span);
    }
    mismatch.nearest = Some(nearest);
    mismatch
}

/// Of a field that is not there, the name that may have been meant.
pub(crate) fn like(row: &Row, name: &str) -> Option<String> {
    let near = dryfire_diagnostic::nearest(name, row.fields.keys().map(String::as_str))?;
    Some(format!("there is no field `{name}`, but `{near}`"))
}

impl RowPattern {
    /// A pattern made in code, for tests and for callers without a manifest.
    pub fn of(fields: impl IntoIterator<Item = (String, Pattern)>, span: Span) -> Self {
        Self {
            fields: fields.into_iter().collect(),
            places: Vec::new(),
            span,
        }
    }
}

#[cfg(test)]
mod tests {
    use dryfire_diagnostic::SourceMap;

    use super::*;

    fn row(text: &str) -> Row {
        text.split(' ')
            .filter_map(|pair| pair.split_once('='))
            .collect()
    }

    fn pattern(text: &str) -> RowPattern {
        let span = Span::new(SourceMap::new().add("m", ""), 0, 0);
        let parse = |value: &str| {
            if value.is_empty() {
                Pattern::Absent
            } else {
                Pattern::parse(value).unwrap()
            }
        };
        RowPattern::of(
            text.split(' ')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), parse(value))),
            span,
        )
    }

    #[test]
    fn counts_say_expected_and_actual() {
        #[rustfmt::skip]
        let table = [
            (Count::None, 0, None), (Count::None, 2, Some("expected no results, got 2")),
            (Count::Any, 3, None), (Count::Any, 0, Some("expected at least 1 result, got none")),
            (Count::Exactly(5), 5, None), (Count::Exactly(5), 4, Some("expected exactly 5 results, got 4")),
            (Count::AtLeast(2), 1, Some("expected at least 2 results, got 1")), (Count::AtMost(1), 2, Some("expected at most 1 result, got 2")),
            (Count::Between(2, 4), 4, None), (Count::Between(2, 4), 5, Some("expected between 2 and 4 results, got 5")),
        ];
        for (count, number, expected) in table {
            let rows = vec![row("a=1"); number];
            let found = TableExpectation {
                count: Some(count),
                ..TableExpectation::default()
            }
            .judge("result", &rows);
            assert_eq!(found.first().map(Mismatch::message).as_deref(), expected);
        }
        assert_eq!(
            [None, Some(0), Some(1), Some(3)].map(Count::of_expected_results),
            [Count::Any, Count::None, Count::Any, Count::AtLeast(3)]
        );
    }

    #[test]
    fn a_missing_row_names_the_nearest_one() {
        let rows = [
            row("user=bob process=a.exe dest=h1"),
            row("user=ann proces_id=7 process=b.exe dest=h1"),
            row("user=ann process=b.exe process=c.exe dest=h2"),
        ];
        let expectation = TableExpectation {
            rows: vec![
                pattern("user=ann process=c.exe dest=h2 gone="),
                pattern("user=ann process=b.* dest=h3 process_id=7"),
            ],
            no_rows: vec![pattern("user=/^b/"), pattern("user=eve")],
            ..TableExpectation::default()
        };
        let found = expectation.judge("result", &rows);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(
            found[0].message(),
            "expected a result with user = `ann`, process = `b.*`, dest = `h3`, process_id = `7`, got 3 results, none like it"
        );
        let nearest = found[0].nearest.as_ref().unwrap();
        let differences: Vec<_> = nearest
            .differences
            .iter()
            .map(|one| (&*one.field, &*one.expected, one.actual.join(";")))
            .collect();
        assert_eq!((nearest.number, nearest.total), (2, 3));
        assert_eq!(
            differences,
            [
                ("dest", "`h3`", "h1".to_owned()),
                ("process_id", "`7`", String::new())
            ]
        );
        assert_eq!(
            found[0].notes,
            ["there is no field `process_id`, but `proces_id`"]
        );
        assert_eq!(
            found[1].message(),
            "expected no result with user = `/^b/`, got 1"
        );
        assert_eq!(found[1].nearest.as_ref().map(|row| row.number), Some(1));
    }
}
