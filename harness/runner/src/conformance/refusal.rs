//! What a server's refusal says of a scenario. Splunk's errors have no codes, so that words are all there is: a refusal confirms
//! an error only where its words are of the same kind, and speak of what the scenario's search names.

use dryfire_spec::{Expect, Scenario};

use super::outcome::Outcome;

/// Of what kind an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Syntax,
    Command,
    Macro,
    SavedSearch,
    Model,
    Lookup,
    Pattern,
    Argument,
}

impl Kind {
    /// What it says is not there: the words must name it.
    fn is_lack(self) -> bool {
        matches!(
            self,
            Self::Command | Self::Macro | Self::SavedSearch | Self::Model | Self::Lookup
        )
    }
}

/// Words by which Splunk tells each kind: all of the first list and one of the second. The first kind that fits counts.
const WORDS: [(Kind, &[&str], &[&str]); 10] = [
    (Kind::Command, &["unknown search command"], &[""]),
    (Kind::Macro, &["macro"], &ABSENT),
    (Kind::SavedSearch, &["saved search"], &ABSENT),
    (Kind::Model, &["data model"], &ABSENT),
    (Kind::Model, &["datamodel"], &ABSENT),
    (Kind::Lookup, &["lookup"], &ABSENT),
    (
        Kind::Pattern,
        &["regex"],
        &["invalid", "compil", "could not", "cannot"],
    ),
    (
        Kind::Syntax,
        &[],
        &[
            "mismatched",
            "unbalanced",
            "unable to parse the search",
            "malformed",
            "missing a search command before",
            "comparator",
        ],
    ),
    (
        Kind::Argument,
        &[],
        &[
            "argument",
            "invalid option",
            "fields cannot be assigned",
            "wildcard",
            "invalid value",
        ],
    ),
    (Kind::Argument, &["specifier"], &["invalid"]),
];

/// How Splunk says that something is not there.
const ABSENT: [&str; 7] = [
    "not found",
    "cannot be found",
    "could not be found",
    "could not find",
    "unable to find",
    "does not exist",
    "could not construct",
];

/// The kinds of Splunk's errors that are ours of that code; none where that can't be told.
fn kinds(code: &str) -> &'static [Kind] {
    match code {
        "DF201" | "DF202" => &[Kind::Syntax],
        "DF203" => &[Kind::Command],
        "DF204" => &[Kind::Argument],
        "DF205" | "DF206" | "DF207" => &[Kind::Macro],
        "DF303" => &[Kind::Model],
        "DF305" => &[Kind::Lookup],
        "DF306" => &[Kind::Pattern, Kind::Argument],
        "DF307" => &[Kind::Argument, Kind::Syntax],
        "DF320" => &[Kind::SavedSearch],
        _ => &[],
    }
}

/// What a refusal in these words says of a scenario.
pub(super) fn judge(scenario: &Scenario, said: &str) -> Outcome {
    let words = said.to_lowercase();
    let spl = scenario.spl.to_lowercase();
    let kind = kind(&words).filter(|_| is_about(&words, &spl));
    match (&scenario.expect, kind) {
        (Expect::Error(code), Some(kind)) if kinds(code).contains(&kind) => {
            if kind.is_lack() && !names(&words, &spl) {
                Outcome::Unknown(format!(
                    "the server lacks something else than the search names: {said}"
                ))
            } else {
                Outcome::Holds
            }
        }
        (Expect::Error(code), _) => Outcome::Unknown(format!(
            "an error {code} is expected, and whether the server's is the same can't be told: {said}"
        )),
        // A search that it takes for wrong is refused by rule; one that it can't run is not.
        (Expect::Rows { .. }, Some(Kind::Syntax | Kind::Pattern | Kind::Argument)) => {
            Outcome::Differs {
                why: format!("rows are expected, and the server refuses: {said}"),
                lines: Vec::new(),
            }
        }
        (Expect::Rows { .. }, _) => {
            Outcome::Unknown(format!("the server can't run the search: {said}"))
        }
    }
}

fn kind(words: &str) -> Option<Kind> {
    WORDS.iter().find_map(|(kind, all, any)| {
        let fits = all.iter().all(|word| words.contains(word))
            && any.iter().any(|word| words.contains(word));
        fits.then_some(*kind)
    })
}

/// Whether the command that the words blame is the scenario's, and none of those that only bring its rows.
fn is_about(words: &str, spl: &str) -> bool {
    let blamed = words.split_once("error in '").and_then(|(_, rest)| {
        let (name, rest) = rest.split_once('\'')?;
        rest.starts_with(" command").then_some(name)
    });
    blamed.is_none_or(|name| name == "search" || spl.contains(name))
}

/// Whether something that the words quote, but for the command that they blame, stands in the search.
fn names(words: &str, spl: &str) -> bool {
    let quoted = words.split('\'').enumerate().filter(|(at, _)| at % 2 == 1);
    let blames = words.contains("error in '");
    quoted.skip(usize::from(blames)).any(|(_, text)| {
        let name = text.split([',', '(']).next().unwrap_or_default().trim();
        !name.is_empty() && spl.contains(name)
    })
}

#[cfg(test)]
mod tests {
    use dryfire_spec::{Scenario, Standing};

    use super::*;

    fn scenario(spl: &str, expect: Expect) -> Scenario {
        Scenario {
            name: "n".into(),
            line: 1,
            standing: Standing::Confirmed,
            rows: None,
            events: Vec::new(),
            files: Vec::new(),
            zone: None,
            spl: spl.into(),
            expect,
            columns: None,
            notes: None,
            is_told: false,
        }
    }

    #[test]
    fn an_error_is_confirmed_by_one_of_its_kind_alone() {
        for (spl, code, said, holds) in [
            (
                "stast count",
                "DF203",
                "Unknown search command 'stast'.",
                true,
            ),
            (
                "stast count",
                "DF203",
                "Unknown search command 'makeresults'.",
                false,
            ),
            (
                "stast count",
                "DF203",
                "The maximum number of concurrent historical searches was reached",
                false,
            ),
            (
                "search `nowhere`",
                "DF205",
                "Error in 'SearchParser': The search specifies a macro 'nowhere' that cannot be found.",
                true,
            ),
            (
                "search `nowhere`",
                "DF205",
                "Error in 'SearchParser': The search specifies a macro 'other' that cannot be found.",
                false,
            ),
            (
                "lookup nowhere k OUTPUT v",
                "DF305",
                "Error in 'lookup' command: Could not construct lookup 'nowhere, k, OUTPUT, v'.",
                true,
            ),
            (
                "| tstats count from datamodel=Endpoints.Processes",
                "DF303",
                "Error in 'TsidxStats': Data model 'Endpoints' was not found.",
                true,
            ),
            (
                "eval a=b>1",
                "DF307",
                "Error in 'eval' command: Fields cannot be assigned a boolean result.",
                true,
            ),
            (
                "eval a=b>1",
                "DF307",
                "Error in 'makeresults' command: Invalid argument: 'format=json'",
                false,
            ),
            (
                "search \"a",
                "DF201",
                "Error in 'SearchParser': Mismatched quotes and/or parenthesis.",
                true,
            ),
            (
                "search OR a=1",
                "DF201",
                "Unknown search command 'or'.",
                false,
            ),
            (
                "rex \"(\"",
                "DF306",
                "Error in 'rex' command: Encountered an error while compiling the regex",
                true,
            ),
            (
                "| savedsearch Nowhere",
                "DF320",
                "Error in 'savedsearch' command: Unable to find saved search named 'Nowhere'.",
                true,
            ),
            (
                "mvexpand m",
                "DF309",
                "Error in 'mvexpand' command: an argument is invalid",
                false,
            ),
        ] {
            let outcome = judge(&scenario(spl, Expect::Error(code.into())), said);
            assert_eq!(outcome == Outcome::Holds, holds, "{said}: {outcome:?}");
            assert!(
                holds || matches!(outcome, Outcome::Unknown(_)),
                "{said}: {outcome:?}"
            );
        }
    }

    #[test]
    fn rows_that_are_refused_differ_only_where_the_search_is_called_wrong() {
        let rows = || Expect::Rows {
            rows: Vec::new(),
            ordered: true,
        };
        for (said, differs) in [
            (
                "Error in 'eval' command: The arguments to the 'round' function are invalid.",
                true,
            ),
            (
                "Error in 'eval' command: The expression is malformed.",
                true,
            ),
            (
                "Error in 'makeresults' command: Invalid argument: 'format=json'",
                false,
            ),
            ("Unknown search command 'eval'.", false),
            ("Your maximum disk usage quota has been reached.", false),
        ] {
            let outcome = judge(&scenario("eval a=round(b)", rows()), said);
            let found = matches!(outcome, Outcome::Differs { .. });
            assert_eq!(found, differs, "{said}: {outcome:?}");
        }
    }
}
