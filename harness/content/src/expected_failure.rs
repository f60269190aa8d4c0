//! Failures that somebody knows of and answers for, up to a day: `[[expected_failure]]` of `dryfire.toml`.

use dryfire_diagnostic::{Diagnostic, codes::configuration};

use crate::case::Case;
use crate::reader::{Cx, Fields, Shape, Spanned};
use crate::rules::Day;
use crate::yaml::Node;

const EXPECTED: Shape = Shape {
    what: "an expected failure",
    keys: &["detection", "test", "case", "owner", "reason", "expires"],
    required: &["owner", "reason", "expires"],
};

/// A failure that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedFailure {
    /// Which case.
    pub of: ExpectedOf,
    /// Who answers for it.
    pub owner: String,
    /// Why it is so.
    pub reason: String,
    /// The last day on which it is expected.
    pub expires: Spanned<Day>,
}

/// Which cases a failure is expected of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedOf {
    /// That with this id.
    Case(Spanned<String>),
    /// Those of a detection, by name or id; of one test, where that is named.
    Detection(Spanned<String>, Option<Spanned<String>>),
}

impl ExpectedFailure {
    /// Whether it is about this case.
    pub fn is_of(&self, case: &Case) -> bool {
        match &self.of {
            ExpectedOf::Case(id) => id.value == case.id.as_str(),
            ExpectedOf::Detection(named, test) => {
                let detection = &case.detection;
                let is_named = named.value == detection.name.value
                    || named.value.eq_ignore_ascii_case(&detection.id.value);
                is_named && test.as_ref().is_none_or(|test| test.value == case.test)
            }
        }
    }
}

/// Reads the list. An entry that can't be read is left out: a failure that nobody answers for is a failure.
pub(crate) fn read(items: &[Node], cx: &mut Cx<'_>) -> Vec<ExpectedFailure> {
    items.iter().filter_map(|item| one(item, cx)).collect()
}

fn one(node: &Node, cx: &mut Cx<'_>) -> Option<ExpectedFailure> {
    let fields = Fields::new(node, &EXPECTED, cx)?;
    let text = |key: &str, cx: &mut Cx<'_>| fields.text(key, cx);
    let (detection, test, case) = (text("detection", cx), text("test", cx), text("case", cx));
    let owner = text("owner", cx)?.value;
    let reason = text("reason", cx)?.value;
    let expires = text("expires", cx)?;
    let of = match (detection, test, case) {
        (Some(detection), test, None) => ExpectedOf::Detection(detection, test),
        (None, None, Some(case)) => ExpectedOf::Case(case),
        _ => {
            cx.invalid(
                node,
                "either `detection`, with or without `test`, or `case`",
            );
            return None;
        }
    };
    let Some(day) = Day::read(&expires.value) else {
        let message = format!("`{}` is not a date", expires.value);
        let found = Diagnostic::error(&configuration::EXPECTED_FAILURE, message);
        let found = found.at(expires.span, "not a date");
        cx.out
            .push(found.help("write year, month and day as 2026-01-31"));
        return None;
    };
    for (key, text) in [("owner", &owner), ("reason", &reason)] {
        if text.trim().is_empty() {
            cx.invalid(node, &format!("an `{key}` that says something"));
            return None;
        }
    }
    Some(ExpectedFailure {
        of,
        owner,
        reason,
        expires: Spanned {
            value: day,
            span: expires.span,
        },
    })
}
