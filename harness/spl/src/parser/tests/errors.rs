//! What people read when a search is wrong.

use super::findings;

#[track_caller]
fn check(text: &str, lines: &[&str]) {
    assert_eq!(findings(text), lines, "{text}");
}

#[test]
fn unknown_names_are_suggested() {
    check(
        "a | tabel x",
        &["t:1:5: error[DF203]: there is no command `tabel` (did you mean `table`?)"],
    );
    check(
        "a | dedup x keepemty=t",
        &["t:1:13: error[DF204]: `dedup` has no option `keepemty` (did you mean `keepempty`?)"],
    );
    check(
        "a | table x=1",
        &["t:1:11: error[DF204]: `table` has no option `x` (`table` takes no options)"],
    );
    check(
        "a | append [index=b]",
        &[
            "t:1:13: error[DF203]: there is no command `index` (a subsearch starts with a command, such as `search`)",
        ],
    );
}

#[test]
fn missing_partners_are_shown_at_the_opener() {
    check(
        "a=\"x | table b",
        &["t:1:3: error[DF202]: this quote is not closed"],
    );
    check(
        "a | where (b=1 | table c",
        &["t:1:11: error[DF202]: this parenthesis is not closed"],
    );
    check(
        "a | eval b=if(c, d | table c",
        &["t:1:14: error[DF202]: this parenthesis is not closed"],
    );
    check(
        "a | stats count(b | table c",
        &["t:1:16: error[DF202]: this parenthesis is not closed"],
    );
    check(
        "(a OR b | table c",
        &["t:1:1: error[DF202]: this parenthesis is not closed"],
    );
    check(
        "a) | table c",
        &["t:1:2: error[DF202]: this parenthesis closes nothing"],
    );
    check(
        "a | append [search b",
        &["t:1:12: error[DF202]: this bracket is not closed"],
    );
    check(
        "a ] | table c",
        &["t:1:3: error[DF202]: this bracket closes nothing"],
    );
}

#[test]
fn the_message_says_what_was_expected() {
    check(
        "a | rename b c",
        &["t:1:14: error[DF201]: expected `AS`, found `c` (write `rename b AS new_name`)"],
    );
    check(
        "a | stats by c",
        &[
            "t:1:15: error[DF201]: expected an aggregation such as `count` or `values(field)`, found the end of the search",
        ],
    );
    check(
        "a | stats values by c",
        &["t:1:11: error[DF201]: `values` needs a field in parentheses, such as `values(field)`"],
    );
    check(
        "a | eval b | head 1",
        &[
            "t:1:12: error[DF201]: expected `=`, found the end of the command (`eval` gives a field a value, as in `eval name=lower(user)`)",
        ],
    );
    check(
        "a | eval b=1 c=2",
        &[
            "t:1:14: error[DF201]: expected an operator or `,`, found `c` (is a `,` missing before `c`?)",
        ],
    );
    check(
        "a | where b=",
        &[
            "t:1:13: error[DF201]: expected a field, a value or a function, found the end of the search",
        ],
    );
    check(
        "a | where b=1 AND",
        &[
            "t:1:18: error[DF201]: expected a field, a value or a function, found the end of the search",
        ],
    );
    check(
        "a AND",
        &["t:1:6: error[DF201]: expected a search term after `AND`, found the end of the search"],
    );
    check(
        "a OR | head 1",
        &["t:1:6: error[DF201]: expected a search term after `OR`, found the end of the command"],
    );
    check(
        "a=",
        &["t:1:3: error[DF201]: expected a value, found the end of the search"],
    );
    check(
        "a | lookup t",
        &["t:1:13: error[DF201]: expected a column to match, found the end of the search"],
    );
    check(
        "a | join x",
        &["t:1:11: error[DF201]: expected a subsearch in brackets, found the end of the search"],
    );
    check(
        "a | reverse b",
        &["t:1:13: error[DF201]: expected the end of the command, found `b`"],
    );
    check(
        "a | `m` | head",
        &["t:1:5: error[DF201]: a macro call stands here that was not expanded"],
    );
    check("", &["t:1:1: error[DF201]: there is no search here"]);
    check(
        "a | | head 1",
        &["t:1:3: error[DF201]: there is no command after this pipe"],
    );
    check(
        "a |",
        &["t:1:3: error[DF201]: there is no command after this pipe"],
    );
}

#[test]
fn all_errors_show_at_once() {
    check(
        "a | tabel x | rename b c | append [search (x | wher y] | head 1",
        &[
            "t:1:5: error[DF203]: there is no command `tabel` (did you mean `table`?)",
            "t:1:24: error[DF201]: expected `AS`, found `c` (write `rename b AS new_name`)",
            "t:1:43: error[DF202]: this parenthesis is not closed",
            "t:1:48: error[DF203]: there is no command `wher` (did you mean `where`?)",
        ],
    );
}

#[test]
fn a_missing_first_pipe_is_a_warning() {
    check(
        "tstats count from datamodel=x",
        &[
            "t:1:1: warning[DF201]: without a pipe before it, `tstats` is a word to search for, not a command (write `| tstats …`)",
        ],
    );
    check("from=1", &[]);
}

#[test]
fn operators_need_their_sides() {
    check(
        "a | search IN (b)",
        &["t:1:12: error[DF201]: `IN` stands between a field and a list in parentheses"],
    );
    check(
        "OR a",
        &["t:1:1: error[DF201]: expected a search term, found `OR`"],
    );
}

#[test]
fn likely_slips_are_warnings() {
    check(
        "a or \"or\"",
        &["t:1:3: warning[DF201]: `or` is a word to search for; the operator is written `OR`"],
    );
    check("t>=now()", &[]);
    check(
        "t>=f(a, b)",
        &[
            "t:1:1: warning[DF307]: `search` compares with text and does not compute the right side (use `where` to compare with the result of a function)",
        ],
    );
}

#[test]
fn options_take_what_they_say() {
    check(
        "a | join type=outter b [search c]",
        &["t:1:15: error[DF307]: `type` takes one of inner, outer, left, not `outter`"],
    );
    check(
        "a | dedup b keepempty=maybe",
        &["t:1:23: error[DF307]: `keepempty` takes `true` or `false`, not `maybe`"],
    );
    check(
        "a | rex max_match=x \"b\"",
        &["t:1:19: error[DF307]: `max_match` takes a whole number, not `x`"],
    );
    check("a | map maxsearches=$n$ search=\"b\"", &[]);
    check(
        "a | where b=[search c]",
        &["t:1:13: error[DF302]: a subsearch within an expression is not supported yet"],
    );
}
