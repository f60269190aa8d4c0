//! `regex`: keeps the rows in which a field matches a pattern anywhere; `_raw` by default.
//!
//! `field!="pattern"` keeps the rows in which it does not match, those without the field among them (Search Reference,
//! "regex"; unlike `!=` of `search`). Of a list, one value is enough.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::frame::{matches_any, per_value};
use crate::pattern::Pattern;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;

pub(super) struct Regex;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"process":"cmd.exe"},{"process":"notepad.exe"}]"#,
    r#"regex process="(?i)^CMD""#,
    r#"[{"process":"cmd.exe"}]"#,
)]);

impl Command for Regex {
    fn name(&self) -> &'static str {
        "regex"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Regex(filter) = &syntax.body else {
            return Err(arguments.missing("a pattern"));
        };
        let field = filter
            .field
            .as_ref()
            .map_or("_raw", |field| &field.text)
            .into();
        let pattern = match Pattern::within(cx.limits.match_steps, &filter.pattern.text) {
            Ok(pattern) => Some(pattern),
            Err(reason) => {
                let message = format!("the pattern is not valid: {reason}");
                arguments.error(&codes::meaning::BAD_PATTERN, filter.pattern.at.0, message);
                None
            }
        };
        let op = pattern.map(|pattern| Filter {
            field,
            pattern,
            negated: filter.negated,
        });
        arguments.finish_some(op).map(|op| Stage::Map(Arc::new(op)))
    }
}

struct Filter {
    field: Arc<str>,
    pattern: Pattern,
    negated: bool,
}

impl MapOp for Filter {
    fn apply(&self, table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let matches = |text: &str| {
            self.pattern.is_match(text).unwrap_or_else(|limit| {
                cx.fail(Stop::Budget(format!("the pattern of `regex`: {limit}")));
                false
            })
        };
        let bits = per_value(&table.column_or_null(&self.field), |value| {
            matches_any(value, matches)
        });
        cx.check()?;
        Ok(table.filter(|row| bits.get(row) != self.negated))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn a_missing_field_fails_the_match_only() {
        let input = r#"[{"a":"xay"},{"a":["b","za"]},{"b":"a"}]"#;
        check(input, r#"regex a="a""#, r#"[{"a":"xay"},{"a":["b","za"]}]"#);
        check(input, r#"regex a!="a""#, r#"[{"b":"a"}]"#);
        check(
            r#"[{"_raw":"A1"},{"_raw":"a1"}]"#,
            r#"regex "^[a-z]""#,
            r#"[{"_raw":"a1"}]"#,
        );
    }

    #[test]
    fn a_bad_pattern_is_reported() {
        assert_eq!(mistakes(r#"regex a="(""#), ["DF306"]);
    }
}
