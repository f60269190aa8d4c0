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
    FORMAT = "DF133", "the profile's contentctl does not read this format",
        "contentctl 4 reads detections with `tags.confidence` and `tags.observable` (v4), contentctl 5 those with an `rba` block (v5), contentctl-ng those with the tags at the top level (v6). Each refuses the files of the others. Dryfire reads all three, mixed as they are: the finding comes only with a profile of contentctl.\n\nExample: `rba:` in a file under the profile `contentctl-4.4`.\n\nRewrite the file, or choose the profile of its format for its folder.";
    METADATA = "DF134", "a fact that people need is missing",
        "Author, date, version, description, how to implement, known false positives, asset type, security domain, product and story are what a user reads before switching a detection on. contentctl refuses a file without them, with a description of more than 10,000 characters, or with a text of fewer than 4.\n\nExample: a detection without `known_false_positives`.\n\nAdd the key.";
    REFERENCE = "DF135", "a reference is no web address",
        "References are shown as links. contentctl takes addresses with `http://` or `https://` only.\n\nExample: `- see the wiki`.\n\nWrite the address, or put the words into the description.";
    STATUS = "DF136", "the object can't have this status",
        "A detection is `production`, `experimental` or `deprecated` (in v4 also `validation`), a story or baseline `production` or `deprecated`, all else `production`; what is removed lies in the folder `removed`. Splunk's app is built by it, and only `production` is tested.\n\nExample: `status: Production`. The words are written in lower case.";
    STANZA_LENGTH = "DF137", "the name of the saved search is too long",
        "The saved search is named `LABEL - NAME - Rule`, of which Splunk takes 81 characters; a clone in Enterprise Security gets the security domain before it and may have 99.\n\nExample: the label `ESCU` leaves 67 characters, a longer label fewer.\n\nShorten the detection's name.";
    REPEATED = "DF138", "a list names a thing twice",
        "The second entry says nothing, and contentctl refuses it. Often another name was meant.\n\nExample: `mitre_attack_id: [T1059, T1059]`.\n\nRemove one of the two: `--fix` does.";
    TEMPLATE_MARK = "DF139", "a mark of a template is left",
        "`contentctl new` writes `__UPDATE__` wherever somebody must fill something in, and refuses the file as long as one is left, comments included.\n\nExample: `how_to_implement: __UPDATE__ …`.\n\nWrite what belongs there.";
    ENABLED_BY_DEFAULT = "DF140", "the search must not be enabled by default",
        "A search that runs at every customer by itself has to be in production and has to tell somebody: hunting searches don't.\n\nExample: `enabled_by_default: true` beside `status: experimental`.\n\nRemove the key, or change the status.";
    NAMED_IN_SEARCH = "DF141", "contentctl does not find the field in the text of the search",
        "For each field of risk, message and throttling contentctl looks whether its name stands anywhere in the text of the search, in any letter case, macros not expanded, and refuses a production detection otherwise. A field that a macro or the event itself gives is refused, too, though the search may be right. What no result can have is told by DF117, DF118 and DF119.\n\nExample: `$user$` in the message of `index=a | stats count by dest`.\n\nName the field in the search: `by dest user`, `| table …`.";
    PRODUCT = "DF142", "there is no such product",
        "Stories, detections and baselines name the products they are for; contentctl knows five: Splunk Enterprise, Splunk Enterprise Security, Splunk Cloud, Splunk Security Analytics for AWS, Splunk Behavioral Analytics.\n\nExample: `Splunk Enterprise security`.\n\nWrite the name as it is listed here.";
    SECURITY_DOMAIN = "DF143", "there is no such security domain",
        "Enterprise Security knows the domains endpoint, network, threat, identity, access and audit; findings are sorted by them.\n\nExample: `security_domain: endpoints`.\n\nWrite one of the six.";
    CVE = "DF144", "the CVE number is not valid",
        "CVE numbers are written `CVE-2024-12345`: the year, and a number.\n\nExample: `cve-2024-12345`.\n\nWrite it in capitals: `--fix` does.";
    ATOMIC_GUID = "DF145", "the id of an Atomic test is not a UUID",
        "`atomic_guid` names tests of Atomic Red Team by their UUIDs, so that a lab can run them.\n\nExample: `atomic_guid: [T1059]`.\n\nCopy the `auto_generated_guid` of the test.";
    OBSERVABLE = "DF146", "an observable or score of v4 is not valid",
        "In v4 the risk events are made of the tags: `confidence` and `impact` (0 to 100) give the score, `message` the text, each `observable` with the role Victim a risk object and with the role Attacker a threat object. contentctl 4 takes 22 types and exactly one role, and demands `required_fields`.\n\nExample: `type: Host Name`, which must be `Hostname`.\n\nWrite one of the types.";
    TEST_FILE = "DF147", "the attack data is not there",
        "The test names a file that does not exist, so it can't be run. Paths go from the detection's file or from the root of the repository.\n\nExample: `data: datasets/T1059.log`.\n\nMend the path, or add the file.";
    TEST_SOURCE = "DF148", "the test's data is of none of the detection's data sources",
        "A data source says which source and sourcetype it writes. If no data of a test has either, the test shows nothing about the source that the detection claims to work on, and coverage counts a source that nobody tested.\n\nExample: `data_source: [Sysmon EventID 1]` and a test with `source: aws_cloudtrail`, `sourcetype: aws:cloudtrail`.\n\nName the data source of the data, or take data of the source that is named.";
    BACKTICKS = "DF149", "four backticks in a row",
        "Three backticks begin or end a comment, one begins a macro. Four leave open which comes first; Splunk and contentctl need not read them alike, and contentctl refuses the search.\n\nExample: ` ```comment````filter` `.\n\nPut a blank between them.";
    CATEGORY = "DF150", "the category does not fit the folder",
        "In v6 a detection lies in the folder of its `category`: application, cloud, endpoint, network, web or deprecated.\n\nExample: `category: cloud` in `detections/endpoint/`.\n\nMove the file, or change the category.";
    SCHEDULE_CHOICE = "DF151", "the schedule is not clear",
        "In v6 a detection takes a `schedule` by name from the folder `schedules`, or writes a `custom_schedule`, and not both.\n\nExample: `schedule: hourly` beside `custom_schedule:`.\n\nKeep one; name a schedule that exists.";
    TEST_FORM = "DF152", "a test can't be run as it is written",
        "In v6 `tests` may be left out but not be empty, a unit test has `attack_data`, and an experimental test says in its `description` why it can't run.\n\nExample: `tests: []`.\n\nAdd what is missing, or leave the key out.";
    STORY_FORM = "DF153", "the story lacks a key",
        "Stories are shown with narrative, category, product and use case, and contentctl refuses one that lacks them.\n\nExample: a story without `tags.usecase`.\n\nAdd the key.";
    DATA_SOURCE_FORM = "DF154", "the data source lacks its source or sourcetype",
        "What a data source writes is known by source and sourcetype; without them no test can be held against it.\n\nExample: a data source without `sourcetype`.\n\nAdd the key.";
    MACRO_ARGUMENT = "DF155", "the macro's arguments are not those of its definition",
        "Splunk puts each argument in the place of `$argument$`. A `$name$` that is no argument stays as it is, and a call with an argument that nothing uses does nothing with it.\n\nExample: `definition: index=$idx$` with `arguments: [index]`.\n\nUse one name in both places.";
    LOOKUP_FORM = "DF156", "a setting of the lookup is not valid",
        "Match types are written `WILDCARD(field)` or `CIDR(field)`; `max_matches` is 1 to 1000 and at least `min_matches`.\n\nExample: `match_type: [wildcard domain]`.\n\nWrite `WILDCARD(domain)`.";
    LOOKUP_TABLE = "DF157", "the lookup's table is not well-formed",
        "A CSV lies beside the lookup's YAML, and each of its rows has as many columns as the header: Splunk reads a longer row wrongly and without a word. The first field of a KV store collection is `_key`; the file of a model is named `__mlspl_…`.\n\nExample: a comma inside a cell without quotes.\n\nQuote the cell.";
    LOOKUP_STRAY = "DF158", "a file in `lookups` belongs to no lookup",
        "A table without a lookup is not part of the app that is built, so a search that names it fails at the customer. contentctl refuses other kinds of files there, too.\n\nExample: `lookups/hosts.csv` without `lookups/hosts.yml`.\n\nWrite the lookup, or take the file away.";
    DEPLOYMENT_FORM = "DF159", "the deployment is not complete",
        "A deployment says when the searches of a type run: cron expression, begin and end of the range, window; for TTP, Anomaly, Hunting, Correlation, Baseline or Embedded.\n\nExample: a `scheduling` without `schedule_window`.\n\nAdd the key; `auto` lets Splunk choose the window.";
    BASELINE_FORM = "DF160", "a baseline belongs to something that is not there",
        "Baselines name their stories and the detections that need them, detections of v6 their baselines. A name that leads nowhere leaves the detection without what the baseline would have filled.\n\nExample: `detections: [Renamed Detection]`.\n\nWrite the name as it is now.";
    MISSING_FOLDER = "DF161", "a folder that contentctl reads is not there",
        "contentctl 5 ends with an error where one of its folders does not exist. Only told with its profile.\n\nExample: a repository without `playbooks/`.\n\nMake the folder; it may hold nothing but `.gitkeep`.";
    DASHBOARD = "DF162", "the dashboard is not well-formed",
        "A dashboard is a JSON file beside its YAML, named alike; its `title` is the object's name.\n\nExample: `dashboards/a.yml` without `dashboards/a.json`.\n\nAdd the file, or make the two names one.";
    DUPLICATE_SEARCH = "DF163", "two detections run the same search",
        "But for blanks and the filter macro, the searches are one text: all that one finds the other finds, too, analysts see it twice and risk is counted twice.\n\nExample: a detection copied to begin another.\n\nMerge them, or make the searches differ.";
    DRILLDOWN_TIME = "DF164", "the drilldown's time is not valid",
        "`earliest_offset` and `latest_offset` are tokens (`$info_min_time$`), seconds, or times as `7d` and `-24h`. With anything else the drilldown shows an error to the analyst.\n\nExample: `earliest_offset: one day`.\n\nWrite `1d`.";
    DEPRECATION = "DF165", "the deprecation is not complete",
        "Users want to know why a detection goes, when, and what takes its place: `deprecation_info` has `reason`, `removed_in_version` and `replacement_content`, which names detections or stories; the status is `deprecated`.\n\nExample: `status: deprecated` without `deprecation_info`.\n\nAdd it.";
}
