//! `DF1xx`: detections, manifests and the other files of a content repository.

super::codes! {
    YAML = "DF101", "the file is not valid YAML",
        "The YAML parser could not read the file. The message names the line and column; look there and on the line above.";
    UNKNOWN_KEY = "DF102", "a key is not known here",
        "A key was written that this kind of file does not have. Unknown keys are errors, because a misspelt expectation that is silently ignored would be an unearned pass.";
    INVALID_VALUE = "DF103", "a value has the wrong type or form",
        "The key is known, but its value is not what it takes. The message says what is expected.";
    MISSING_KEY = "DF104", "a required key is missing",
        "The file lacks a key that it cannot do without.";
    UNKNOWN_REFERENCE = "DF105", "a name refers to nothing",
        "A manifest names a dataset, detection or target that is not defined. The nearest name is suggested.";
    DUPLICATE = "DF106", "the same id or name is used twice",
        "Ids and names identify a detection in every report; two objects can't share one.";
    FILTER_MACRO = "DF107", "the filter macro is missing or not last",
        "Splunk's content convention ends each search with its own `<file name>_filter` macro, where users put their exceptions.";
    UNREADABLE = "DF108", "a file can't be read",
        "The file exists in the selection, but reading it failed. The message has the reason given by the system.";
    DUPLICATE_KEY = "DF109", "a key is written twice in one mapping",
        "YAML allows each key once. Most readers silently take the last one, so that the first value, which may be the one that was meant, is lost.";
}
