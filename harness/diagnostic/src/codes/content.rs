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
        "Splunk's content convention ends each search with its own `<file name>_filter` macro, where users put their exceptions. contentctl refuses a search without it. A command after it would see rows that users wanted to be left out changed again, or no longer have the fields that their exceptions name.\n\nExample: `… | `anomalous_usage_of_7zip_filter`` in `anomalous_usage_of_7zip.yml`.";
    UNREADABLE = "DF108", "a file can't be read",
        "The file exists in the selection, but reading it failed. The message has the reason given by the system.";
    DUPLICATE_KEY = "DF109", "a key is written twice in one mapping",
        "YAML allows each key once. Most readers silently take the last one, so that the first value, which may be the one that was meant, is lost.";
    FILE_NAME = "DF110", "the file is not named after the detection",
        "contentctl derives the file's name from the detection's: letters in lower case; blanks, `-`, `.` and `/` become `_`. The name of the filter macro hangs on the file's name.\n\nExample: `Anomalous Usage-of 7zip` belongs in `anomalous_usage_of_7zip.yml`.\n\nRename the file, and the filter macro in the search with it.";
    ID = "DF111", "the id is not a UUID",
        "Ids identify a detection across renames, so they must not clash with anybody's: contentctl accepts UUIDs only.\n\nExample: `id: 9364ee8e-a39a-11eb-8f1d-acde48001122`. `uuidgen` makes a new one.";
    NAME_LENGTH = "DF112", "the name is too long",
        "Splunk limits the name of a saved search. With what Enterprise Security and the app put before and after it, 67 characters are left for the name (99 in contentctl 4).\n\nShorten the name; the description has room for the rest.";
    DATE = "DF113", "a date is not valid",
        "Dates are written as `2026-01-31` and must not lie in the future: contentctl refuses the file otherwise.";
    TECHNIQUE = "DF114", "a technique id is not valid",
        "MITRE ATT&CK techniques are written `T1059`, sub-techniques `T1059.001`. A technique must not be listed beside its own sub-technique, which already implies it.\n\nExample: of `T1059` and `T1059.001` keep `T1059.001`.";
    SCHEDULE = "DF115", "the schedule is not valid",
        "A schedule is a cron expression of five fields (minute, hour, day of month, month, day of week) and the time range of each run: `-70m@m` to `-10m@m`. Splunk refuses a saved search with another form, and a range that ends before it begins finds nothing.";
    SCHEDULE_GAP = "DF116", "the schedule leaves time unsearched",
        "The range of each run is shorter than the time between two runs, so events in between are never searched.\n\nExample: `0 */2 * * *` with `-70m@m` to `-10m@m` looks at one hour out of two. Widen the range or run more often.";
    MESSAGE_TOKEN = "DF117", "a token of the message can't be filled",
        "A `$field$` token is replaced by that field of the result. This search can give no such field, so that analysts would read the token itself; contentctl's integration test fails on it.\n\nThe search's commands were followed from its start: the message names the command that dropped the field. Add the field there (`by`, `values(field) as field`), or name one that is left.\n\nField names are case-sensitive.";
    RISK_FIELD = "DF118", "the search can't give the field of a risk object",
        "The risk score goes to the value of this field, but no result of the search can have it: no risk event would be made, and contentctl's unit test fails.\n\nExample: `field: dest` after `| stats count by user`. Add `dest` to the `by` clause, or name a field that is left.";
    THREAT_FIELD = "DF119", "the search can't give the field of a threat object",
        "The threat object takes its value from this field, but no result of the search can have it; contentctl's unit test fails.\n\nAdd the field to the search, or name one that is left.";
    DRILLDOWN = "DF120", "a drilldown search does not work",
        "Drilldown searches are run from a finding, with `$field$` tokens replaced by its values and `%original_detection_search%` by the detection's search. Since contentctl 5, a production detection that is no hunting search needs at least two, one of them with `%original_detection_search%`, and both offsets.";
    DRILLDOWN_TOKEN = "DF121", "a token of a drilldown can't be filled",
        "The drilldown's `$field$` token takes a field of the detection's results, but the search can't give it: the drilldown would look for the token's own text and find nothing.\n\nName a field that the search gives.";
    THROTTLING = "DF122", "the throttling does not work",
        "Results with the same values of these fields are suppressed for the period, written as a number and `s`, `m` or `h` (`86400s`). A field that the search can't give is empty in each result, so that the first result would suppress all others.";
    RISK_MATRIX = "DF123", "risk does not fit the detection's type",
        "What a detection raises follows from its type. v4: a TTP or Anomaly in production has at least one observable with the role Victim. v5: TTP and Anomaly have an `rba` block, Hunting and Correlation have none (the deployment decides). v6: a TTP has a `finding`, an Anomaly only `intermediate_findings`, a Correlation only a `finding`, Hunting neither.";
    RISK_VALUE = "DF124", "a risk object or threat object has a value that is not allowed",
        "Risk objects are of the type `system`, `user` or `other` with a score from 1 to 100 (from 0 in v6). In v6, a field gets a score once, in the finding or in one intermediate finding.";
    DATA_SOURCE = "DF125", "there is no such data source",
        "`data_source` names objects of the folder `data_sources`, alone or joined by `AND`. Reports and coverage are built from them. Only checked when the whole repository is loaded.";
    STORY = "DF126", "there is no such analytic story",
        "`analytic_story` names objects of the folder `stories`; contentctl refuses a name that leads nowhere. Only checked when the whole repository is loaded.";
    NO_TESTS = "DF127", "a production detection has no tests",
        "contentctl demands a test of every production detection, apart from correlations and those with `manual_test`. A detection that nobody has seen firing may be blind.\n\nAdd `tests` with attack data, or say under `manual_test` why that can't be done.";
    TEST_DATA = "DF128", "attack data lacks its source or sourcetype",
        "Which fields events have depends on their source and sourcetype, so a test must say what the data is; contentctl demands both.";
    LOOKUP_COLUMN = "DF129", "the lookup has no such column",
        "Splunk refuses a search that names a column its lookup does not have. The columns are those of the CSV header or of `fields_list`.";
    DEAD_FIELD = "DF130", "the search asks for a field that can't be there",
        "An earlier command has dropped the field, so the condition never holds, or all rows are dropped for lack of a group: nothing is found.\n\nExample: `| stats count by user | search dest=a*`.";
    OUTPUT_FIELD = "DF131", "the search does not give a field that its data source promises",
        "A data source may list `output_fields`, which production detections on it should give (not Hunting or Correlation); contentctl refuses a search whose text does not hold their names.";
    DEPLOYMENT = "DF132", "there is no deployment for the detection's type",
        "Schedule and alert actions come from the deployment of the type; contentctl needs exactly one for each. Only checked when the whole repository is loaded.";
}
