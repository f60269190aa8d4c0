//! `DF5xx`: `dryfire.toml`.

super::codes! {
    TOML = "DF501", "dryfire.toml is not valid TOML",
        "The parser could not read the file. Texts stand in double quotes, paths too; names with dots or blanks are quoted.\n\nExample: `\"subsearch.maxout\" = 50000` under `[limits]`.";
    LIMIT_NAME = "DF502", "there is no such limit",
        "`[limits]` names settings of Splunk's limits.conf as `\"stanza.setting\" = number`. Only those that change what a search gives are known; the README lists them.";
    DATABASE = "DF503", "the database of places can't be used",
        "`iplocation` reads a city database of MaxMind's format (.mmdb), named under `[iplocation]` in dryfire.toml. It must be readable; GeoLite2-City and DB-IP City Lite are such files, to be fetched under their own licences.";
    EXPECTED_FAILURE = "DF504", "an expected failure is not as it should be",
        "`[[expected_failure]]` in dryfire.toml names a `detection` (by name or id, with a `test` or without) or a `case` by its id, and says who answers for it (`owner`), why (`reason`) and up to which day (`expires`). Until then the case is skipped when it fails, and fails when it passes. After that day it fails again.\n\nExample: `expires = 2026-03-31`.";
    LOCK = "DF510", "dryfire.lock can't be used",
        "Each line of the file holds the SHA-256, the size and the address of a dataset. Without the file nothing would tell other data from the one that is meant.";
}
