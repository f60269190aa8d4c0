//! `DF4xx`: datasets, and the knowledge objects of apps.

super::codes! {
    DATASET_MISSING = "DF401", "the dataset is not there",
        "The path does not exist, or the address can't be reached.";
    DATASET_EMPTY = "DF402", "the dataset has no events",
        "A test on no data proves nothing, so an empty dataset is an error and never a pass.";
    DATASET_TRUNCATED = "DF403", "the dataset ends within an event",
        "The last event is not complete, as after a download that broke off.";
    LFS_POINTER = "DF404", "the file is a Git LFS pointer",
        "The repository holds a pointer instead of the data. Run `git lfs pull` for that path.";
    DATASET_REMOTE = "DF405", "the dataset is remote and not in the cache",
        "The data lies behind an address that this run does not fetch. `--fetch` fetches it once, into a cache; `--offline` uses what the cache holds.";
    EVENT_COUNT = "DF406", "the server made another number of events of the data",
        "What was sent as so many events is there as more or fewer: a line breaking rule or a filter of the server's add-ons differs from the ones used here. A test on other events than those that are meant proves nothing, so it is *undetermined*.";
    SERVER_MESSAGE = "DF407", "the server says something about a search",
        "A message of the Splunk that ran the search: a limit that took effect, a lookup that is not there, or why it could not run.";
    OTHER_INDEX = "DF408", "results stem from another index",
        "The account may not make users, so the search saw other indexes than the test's own. What it found there is no result of the test's data.";
    NOT_SEARCHED = "DF409", "the search looked at no event of the test",
        "It found nothing, and by the server's own word it looked at nothing: its index, an event type of the server or the account's default indexes lead elsewhere than to the test's events. Such silence proves nothing, so it is *undetermined*. So is the silence of an index of Enterprise Security of which the account sees no event at all.";
    CONF_LINE = "DF410", "a line of a configuration file can't be used",
        "Splunk would ignore the line, too. It is shown because it is usually a slip.";
    APP_UNREADABLE = "DF411", "an app can't be loaded",
        "The folder or archive given with --app is not an app, or it can't be read.";
    CONF_VALUE = "DF412", "a setting has a value that can't be used",
        "The setting is known, but its value is not valid; the setting is ignored and the fields that hang on it are absent.";
    CONF_REFERENCE = "DF413", "a setting names something that is not there",
        "A list of transforms names one that no app defines. Splunk skips it, and the fields it should give are absent.";
    CONF_SKIPPED = "DF414", "a stanza or an app does not take part",
        "Something in an app has no effect here: a stanza that only helps Splunk to guess sourcetypes, or an app that is switched off.";
    APP_PRIVATE = "DF415", "an app keeps its knowledge to itself",
        "The app's metadata do not say `export = system` for some of its fields, event types, tags or macros. On a Splunk they are seen only within that app; searches run outside of it here, so they are left out. An app without metadata shares everything here.";
    LOOKUP_ROWS = "DF416", "rows of a lookup do not fit its header",
        "Missing cells are taken as empty and surplus ones are dropped.";
    MODEL = "DF417", "a data model or a part of it can't be used",
        "The JSON is not valid, or it holds a dataset or calculation that does not fit the rest.";
    WRITES = "DF418", "the search writes on the server",
        "A command of it changes lookups, indexes or files there, sends something, or runs a program. What it changes could not be undone, so a test does not run it on a target: the verdict is *undetermined*.";
    OLD_EVENTS = "DF419", "events are older than the server keeps or times them",
        "The index drops events that are older than its retention, and a server that times raw text itself gives those beyond MAX_DAYS_AGO another time. What a search over such events finds, or does not, may be due to that.";
    EVENT_CUT = "DF425", "an event is longer than TRUNCATE and was cut",
        "Fields that stand beyond the cut are absent, here as in production.";
    APP_NOT_GIVEN = "DF426", "an app that the content asks for was not given",
        "contentctl.yml lists the app under `apps`, so detections may count on its fields; without it, only the built-in pack gives them.";
    DATASET_FETCH = "DF430", "the dataset can't be fetched",
        "The server refused, did not answer, or broke off again and again; or the answer is larger than allowed. What had come is kept, and the next run goes on from there.";
    DATASET_CHECKSUM = "DF431", "the fetched data is not what was meant",
        "The SHA-256 of what came differs from the one that is written down for it. Nothing of it is kept: a test on other data than the one that is meant proves nothing.";
}
