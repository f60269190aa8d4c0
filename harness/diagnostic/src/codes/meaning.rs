//! `DF3xx`: what a search means, and what the engine can't judge.

super::codes! {
    UNSUPPORTED_COMMAND = "DF301", "the engine does not run this command",
        "The command parses, but the local engine has no implementation. The verdict is *undetermined*: run the case on a Splunk target.";
    UNSUPPORTED_FUNCTION = "DF302", "the engine does not know this function",
        "The eval or statistics function is unknown or not implemented. The verdict is *undetermined*, unless the name is a misspelling: then mend it.";
    UNKNOWN_MODEL = "DF303", "the data model or dataset is not there",
        "No data model of that name is in the pack or the given apps. A model that is known to exist elsewhere makes the verdict *undetermined*.";
    UNKNOWN_MODEL_FIELD = "DF304", "the data model dataset has no such field",
        "Splunk returns null for a field that the dataset does not define, so the condition can never hold. The nearest field is suggested.";
    UNKNOWN_LOOKUP = "DF305", "there is no such lookup",
        "Neither a lookup definition nor a CSV file of that name is in the content, the given apps or the built-in pack. A search that depends on it can't be judged.";
    BAD_PATTERN = "DF306", "the regular expression is not valid",
        "PCRE2 rejects the pattern, so Splunk would too.";
    BAD_ARGUMENT = "DF307", "an argument can't be used here",
        "The command or function does not accept this argument.";
    UNCERTAIN_RULE = "DF308", "the result depends on a rule that is not confirmed",
        "Splunk's manual does not settle this point of semantics, or the field mapping was inferred. A pass carries it as an *assumption*; `--strict` makes it undetermined.";
    LIMIT = "DF309", "a limit of Splunk took effect",
        "The search ran into a limit (rows of a subsearch, of sort, list(), …) and its result was cut as Splunk would cut it.";
    UNDEFINED_EVENTTYPE = "DF310", "there is no such event type",
        "The search names an event type that no app defines; Splunk then matches nothing.";
    LIKELY_SLIP = "DF311", "this is valid SPL but hardly meant",
        "Splunk takes it, but not as most people who write it mean it: a `*` in a comparison of `where` or `eval` is a plain star; `AS` or a pattern after `by` names a field; `head word` is a condition that no row satisfies.";
    INDEXED_WORD = "DF312", "a Splunk would not find the value in its index",
        "For `field=value` Splunk first looks for events in which the words of the value stand by themselves, and only then extracts the field. Here an extraction takes the value out of a longer word (or from elsewhere), so production would miss the event. `INDEXED_VALUE = false` in fields.conf for the field makes Splunk extract first; so does a value with wildcards on both sides.";
    UNKNOWN_SAVED_SEARCH = "DF320", "there is no such saved search",
        "Neither the content nor the given apps have a saved search of that name. Detections are known by their name, and as contentctl writes them: `ESCU - NAME - Rule`. A search that depends on it can't be judged.";
}
