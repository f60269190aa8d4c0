//! `rex`: takes the named groups of a pattern out of a field, or edits the field like sed (`mode=sed`).
//!
//! Without a match, or where a group takes no part in it, the row keeps what it has. `max_match=0` takes all matches;
//! with several, a field becomes a list. Each value of a list is searched (the manual does not say). `offset_field`
//! says where the groups stood: `user=0-4`.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{Body, Command as Syntax, Word};

use super::arguments::Arguments;
use super::columns::{first_of, map_many, map_singles};
use super::doc::{Doc, Example};
use super::sed::Sed;
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::pattern::{Groups, Pattern};
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Rex;

const EACH_VALUE: &str =
    "rex searches each of several values of its field; Splunk's manual does not say";
const KEPT: &str = "rex leaves a field that is there already as it is where the pattern does not match; Splunk's manual does not say";
const OVER_ITSELF: &str = "rex overwrites the field that it searches where a group has its name; published content relies on it, Splunk's manual does not say";

const DOC: Doc = Doc::new(&[
    Example::over(
        r#"[{"command":"net user bob /add"}]"#,
        r#"rex field=command "user (?<account>\w+)""#,
        r#"[{"command":"net user bob /add","account":"bob"}]"#,
    ),
    Example::over(
        r#"[{"card":"1234-5678"}]"#,
        r#"rex field=card mode=sed "s/\d{4}-/XXXX-/""#,
        r#"[{"card":"XXXX-5678"}]"#,
    ),
])
.uncertain(&[EACH_VALUE, KEPT, OVER_ITSELF]);

impl Command for Rex {
    fn name(&self) -> &'static str {
        "rex"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Pattern(word) = &syntax.body else {
            return Err(arguments.missing("a pattern"));
        };
        let field = arguments.text("field").unwrap_or_else(|| "_raw".into());
        if arguments.text("mode").is_some() {
            let sed = Sed::parse(&word.text)
                .map_err(|reason| arguments.wrong(word, &reason))
                .ok();
            return arguments
                .finish_some(sed)
                .map(|sed| Stage::Map(Arc::new(Edit { field, sed })) as Stage);
        }
        let limit = match arguments.count("max_match").unwrap_or(1) {
            0 => usize::MAX,
            limit => limit,
        };
        let offsets = arguments.text("offset_field");
        let pattern = compile(word, cx.limits.match_steps, &mut arguments);
        let op = pattern.map(|(pattern, groups)| Extract {
            field,
            pattern,
            groups,
            limit,
            offsets,
        });
        arguments.finish_some(op).map(|op| Stage::Map(Arc::new(op)))
    }
}

type NamedGroups = Vec<(Arc<str>, Vec<usize>)>;

/// The pattern, and its groups by name: a name may be given twice (`(?J)`).
fn compile(
    word: &Word,
    steps: usize,
    arguments: &mut Arguments<'_>,
) -> Option<(Pattern, NamedGroups)> {
    let pattern = match Pattern::within(steps, &word.text) {
        Ok(pattern) => pattern,
        Err(reason) => {
            let message = format!("the pattern is not valid: {reason}");
            arguments.error(&codes::meaning::BAD_PATTERN, word.at.0, message);
            return None;
        }
    };
    let mut groups: NamedGroups = Vec::new();
    for (number, name) in pattern.group_names().iter().enumerate() {
        let Some(name) = name else { continue };
        match groups.iter_mut().find(|(known, _)| known == name) {
            Some((_, numbers)) => numbers.push(number),
            None => groups.push((name.clone(), vec![number])),
        }
    }
    if groups.is_empty() {
        arguments.wrong(
            word,
            "the pattern of `rex` needs a named group such as `(?<user>…)`",
        );
    }
    Some((pattern, groups))
}

struct Extract {
    field: Arc<str>,
    pattern: Pattern,
    groups: NamedGroups,
    limit: usize,
    offsets: Option<Arc<str>>,
}

impl Extract {
    /// The values of each named group, and the places where they stood.
    fn read(&self, value: &Value, cx: &Cx<'_>) -> Vec<Value> {
        if matches!(value, Value::Multi(_)) {
            cx.uncertain(EACH_VALUE);
        }
        let mut found: Vec<Vec<Value>> = vec![Vec::new(); self.groups.len() + 1];
        for single in value.each() {
            single.with_text(|text| match self.pattern.all(text, self.limit) {
                Ok(matches) => matches
                    .iter()
                    .for_each(|groups| self.take(text, groups, &mut found)),
                Err(limit) => cx.fail(Stop::Budget(format!("the pattern of `rex`: {limit}"))),
            });
        }
        found.into_iter().map(Value::multi).collect()
    }

    fn take(&self, text: &str, groups: &Groups, found: &mut [Vec<Value>]) {
        let mut places = Vec::new();
        for ((name, numbers), values) in self.groups.iter().zip(found.iter_mut()) {
            let place = numbers
                .iter()
                .find_map(|number| groups.get(*number).copied().flatten());
            let Some((start, end)) = place.filter(|(start, end)| end > start) else {
                continue;
            };
            values.push(Value::text(&text[start..end]));
            if self.offsets.is_some() {
                let first = text[..start].chars().count();
                let last = first + text[start..end].chars().count() - 1;
                places.push(format!("{name}={first}-{last}"));
            }
        }
        if let (false, Some(offsets)) = (places.is_empty(), found.last_mut()) {
            offsets.push(Value::text(places.join("&")));
        }
    }
}

impl Extract {
    /// What the manual leaves open where a field is there already.
    fn tell(&self, name: &str, found: &Column, before: &Column, cx: &Cx<'_>) {
        let mut pairs = found.iter().zip(before.iter());
        if *name == *self.field {
            if pairs.any(|(found, before)| !found.is_null() && found != before) {
                cx.uncertain(OVER_ITSELF);
            }
        } else if pairs.any(|(found, before)| found.is_null() && !before.is_null()) {
            cx.uncertain(KEPT);
        }
    }
}

impl MapOp for Extract {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let input = table.column_or_null(&self.field);
        let columns = map_many(&input, self.groups.len() + 1, |value| self.read(value, cx));
        cx.check()?;
        let names = self
            .groups
            .iter()
            .map(|(name, _)| Some(name))
            .chain([self.offsets.as_ref()]);
        for (name, column) in names.zip(columns) {
            let Some(name) = name else { continue };
            let column = match table.column(name) {
                Some(before) => {
                    self.tell(name, &column, before, cx);
                    first_of(&column, before)
                }
                None => column,
            };
            table.set(name.clone(), column);
        }
        cx.charge(table.len(), table.bytes())?;
        Ok(table)
    }
}

struct Edit {
    field: Arc<str>,
    sed: Sed,
}

impl MapOp for Edit {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let Some(column) = table.column(&self.field) else {
            return Ok(table);
        };
        let edited = map_singles(column, |value| {
            value.with_text(|text| match self.sed.edit(text) {
                Ok(edited) => Value::text(edited),
                Err(limit) => {
                    cx.fail(Stop::Budget(format!("the pattern of `rex`: {limit}")));
                    Value::Null
                }
            })
        });
        cx.check()?;
        table.set(self.field.clone(), edited);
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, mistakes};

    #[test]
    fn the_first_match_or_more_of_them() {
        let input = r#"[{"t":"a=1 a=2","a":"old"},{"t":"b","a":"old"},{"a":"old"}]"#;
        let rest = r#"{"t":"b","a":"old"},{"a":"old"}]"#;
        check(
            input,
            r#"rex field=t "a=(?<a>\d)""#,
            &format!(r#"[{{"t":"a=1 a=2","a":"1"}},{rest}"#),
        );
        check(
            input,
            r#"rex field=t max_match=0 "a=(?P<a>\d)""#,
            &format!(r#"[{{"t":"a=1 a=2","a":["1","2"]}},{rest}"#),
        );
    }

    #[test]
    fn groups_that_take_no_part_leave_their_field() {
        check(
            r#"[{"_raw":"user=bob","host":"h"}]"#,
            r#"rex "user=(?<user>\w+)( host=(?<host>\w+))?""#,
            r#"[{"_raw":"user=bob","host":"h","user":"bob"}]"#,
        );
    }

    #[test]
    fn each_value_of_a_list_is_searched() {
        check(
            r#"[{"m":["x1","y","x2"]}]"#,
            r#"rex field=m "x(?<n>\d)" offset_field=o"#,
            r#"[{"m":["x1","y","x2"],"n":["1","2"],"o":["n=1-1","n=1-1"]}]"#,
        );
    }

    #[test]
    fn sed_edits_in_place() {
        check(
            r#"[{"f":"a-b-c"}]"#,
            r#"rex field=f mode=sed "s/-/+/g""#,
            r#"[{"f":"a+b+c"}]"#,
        );
        check(
            r#"[{"_raw":"12"}]"#,
            r#"rex mode=sed "y/123/abc/""#,
            r#"[{"_raw":"ab"}]"#,
        );
    }

    #[test]
    fn mistakes_are_reported() {
        assert_eq!(mistakes(r#"rex field=a "(?<a>""#), ["DF306"]);
        assert_eq!(mistakes(r#"rex field=a "x""#), ["DF307"]);
        assert_eq!(mistakes(r#"rex field=a mode=sed "x""#), ["DF307"]);
    }
}
