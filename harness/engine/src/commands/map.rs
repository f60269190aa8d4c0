//! `map`: runs a search for each row; `$field$` in its text stands for the row's value.
//!
//! Search Reference, "map": ten searches unless `maxsearches` says otherwise; `$_serial_id$` counts them from 1; the
//! rows are replaced by those of the searches, one after the other.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::stage::{Effect, Stage, TableOp};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Map;

const SEVERAL: &str =
    "map puts several values of a field into its search one a line; Splunk's manual does not say";

const DOC: Doc = Doc::new(&[Example::over(r#"[{"user":"bob"},{"user":"amy"}]"#,r#"map search="| makeresults | eval hello=\"$user$\" | table hello""#,r#"[{"hello":"bob"},{"hello":"amy"}]"#)]).uncertain(&[SEVERAL]).differences(&["A row that lacks a field of the search makes the search undetermined, as do macros inside of the quoted search."]);

impl Command for Map {
    fn name(&self) -> &'static str {
        "map"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let search = match &syntax.body {
            Body::Map(search) => Some(pieces(&search.text)),
            _ => {
                arguments.unsupported(
                    syntax.name_at.0,
                    "the engine has no saved searches for `map` to run",
                );
                None
            }
        };
        let most = arguments.count("maxsearches").unwrap_or(10);
        if most == 0 {
            arguments.unsupported(syntax.name_at.0, "what `map maxsearches=0` does is not documented, except that it is not without limit");
        }
        // A macro whose name a row fills in is not expanded; where no row comes, that does not matter.
        let has_macros =
            matches!(&syntax.body, Body::Map(search) if search.quoted && search.text.contains('`'));
        let op = search.map(|search| Each {
            search,
            has_macros,
            most,
            at: syntax.name_at.0,
        });
        arguments
            .finish_some(op)
            .map(|op| Stage::Table(Arc::new(op)))
    }
}

/// A piece of the search text.
#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    /// `$name$`, with the name.
    Token(String),
}

/// The text cut at its tokens. A dollar sign that opens none stands for itself.
fn pieces(text: &str) -> Vec<Piece> {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name
                .contains(|letter: char| letter.is_whitespace() || "\"'|=()[]$".contains(letter))
    };
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        plain.push_str(before);
        rest = match after.split_once('$').filter(|(name, _)| is_name(name)) {
            Some((name, behind)) => {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Token(name.to_owned()));
                behind
            }
            None => {
                plain.push('$');
                after
            }
        };
    }
    plain.push_str(rest);
    pieces.push(Piece::Text(plain));
    pieces
}

/// How many searches one command may run.
const MOST_SEARCHES: usize = 10_000;

struct Each {
    search: Vec<Piece>,
    /// Whether the text holds macro calls, which were not expanded because a row makes their names.
    has_macros: bool,
    most: usize,
    at: Span,
}

impl Each {
    /// The search of a row.
    fn text(&self, table: &Table, row: usize, cx: &Cx<'_>) -> Result<String, Stop> {
        let mut text = String::new();
        for piece in &self.search {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Token(name) if name == "_serial_id" => text.push_str(&(row + 1).to_string()),
                Piece::Token(name) => {
                    let value = table.column_or_null(name).get(row).clone();
                    if value.is_null() {
                        let message =
                            format!("a row has no `{name}` to put in the place of `${name}$`");
                        let found =
                            Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message)
                                .at(self.at, "");
                        return Err(found
                            .help(
                                "leave out such rows before, or give them a value with `fillnull`",
                            )
                            .into());
                    }
                    if matches!(value, Value::Multi(_)) {
                        cx.uncertain(SEVERAL);
                    }
                    value.write_to(&mut text);
                }
            }
        }
        Ok(text)
    }
}

impl TableOp for Each {
    fn apply(&self, table: Table, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> Result<Table, Stop> {
        let Some(searches) = cx.searches() else {
            let message = "`map` can't run searches here";
            return Err(
                Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message)
                    .at(self.at, "")
                    .into(),
            );
        };
        if self.has_macros && !table.is_empty() {
            let message = "the engine does not expand macros of `map` whose names rows fill in";
            let found = Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message);
            return Err(found.at(self.at, "").into());
        }
        if table.len() > self.most {
            let message = format!(
                "`map` ran for the first {} of {} rows",
                self.most,
                table.len()
            );
            cx.note(
                Diagnostic::warning(&codes::meaning::LIMIT, message)
                    .at(self.at, "")
                    .help("raise `maxsearches`"),
            );
        }
        let rows = 0..table.len().min(self.most);
        if rows.len() > MOST_SEARCHES {
            // They run as one wave, and all their rows are held.
            let message = format!("map: more than {MOST_SEARCHES} searches");
            return Err(Stop::Budget(message));
        }
        let texts = rows
            .map(|row| self.text(&table, row, cx))
            .collect::<Result<Vec<_>, Stop>>()?;
        let mut found = Vec::with_capacity(texts.len());
        let (mut rows, mut bytes) = (0, 0);
        for outcome in searches.run(&texts, self.at) {
            let mut outcome = outcome?;
            outcome.notes.into_iter().for_each(|note| cx.note(note));
            for assumed in outcome.assumptions {
                cx.uncertain(&format!(
                    "`{}` of {} events is mapped by {} as inferred, not as known",
                    assumed.field, assumed.sourcetype, assumed.app
                ));
            }
            effects.append(&mut outcome.effects);
            outcome.table.keys = None;
            (rows, bytes) = (rows + outcome.table.len(), bytes + outcome.table.bytes());
            cx.charge(rows, bytes)?;
            found.push(outcome.table);
        }
        Ok(Table::concat(found))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::mistakes;
    use super::*;

    #[test]
    fn tokens_are_names_between_dollar_signs() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let token = |name: &str| Piece::Token(name.to_owned());
        assert_eq!(pieces("a=$x.y$ b"), [text("a="), token("x.y"), text(" b")]);
        assert_eq!(pieces("match(a, \"x$\") $b"), [text("match(a, \"x$\") $b")]);
        assert_eq!(
            pieces("\"end$\" f=$v$"),
            [text("\"end$\" f="), token("v"), text("")]
        );
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert_eq!(mistakes("map my_saved_search"), ["DF301"]);
        assert_eq!(
            mistakes("map maxsearches=0 search=\"search a=$b$\""),
            ["DF301"]
        );
    }
}
