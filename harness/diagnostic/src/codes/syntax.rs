//! `DF2xx`: SPL syntax and macro expansion.

super::codes! {
    SYNTAX = "DF201", "the search is not valid SPL at this point",
        "The parser found something else than the grammar of the command allows. It goes on after the next pipe, so that all errors show at once.";
    UNBALANCED = "DF202", "a quote, bracket or parenthesis is not closed",
        "The label points to the opening mark that has no partner.";
    UNKNOWN_COMMAND = "DF203", "there is no such command",
        "The word after a pipe must be a search command. The nearest command is suggested.";
    UNKNOWN_OPTION = "DF204", "the command has no such option",
        "The option is not in the command's signature. `dryfire spl COMMAND` prints what it takes.";
    UNKNOWN_MACRO = "DF205", "there is no such macro",
        "No macro of that name and number of arguments is defined in the content, the given apps or the built-in pack. A detection's own `<name>_filter` macro is created when it is missing, as contentctl does.";
    MACRO_RECURSION = "DF206", "macros expand without end",
        "A macro calls itself, directly or through others, or the expansion is nested more than 100 deep (Splunk's own limit).";
    MACRO_ARGUMENTS = "DF207", "the macro takes another number of arguments",
        "A macro of this name exists, but not with this number of arguments.";
    TOO_LARGE = "DF208", "the search is too large or nested too deeply",
        "Limits on the size and depth of a search protect the process from hostile input.";
}
