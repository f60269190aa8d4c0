//! Names of time zones as they stand in events: abbreviations, and names of the zone database.

use jiff::tz::{Offset, TimeZone};

/// Abbreviations and their minutes east of Greenwich. Of those with several meanings, BST is the British, CST the
/// American and IST the Indian one.
const ABBREVIATIONS: &[(&str, i32)] = &[
    ("ACDT", 630),
    ("ACST", 570),
    ("ADT", -180),
    ("AEDT", 660),
    ("AEST", 600),
    ("AKDT", -480),
    ("AKST", -540),
    ("AST", -240),
    ("AWST", 480),
    ("BST", 60),
    ("CDT", -300),
    ("CEST", 120),
    ("CET", 60),
    ("CST", -360),
    ("EDT", -240),
    ("EEST", 180),
    ("EET", 120),
    ("EST", -300),
    ("GMT", 0),
    ("HST", -600),
    ("IST", 330),
    ("JST", 540),
    ("KST", 540),
    ("MDT", -360),
    ("MSK", 180),
    ("MST", -420),
    ("NZDT", 780),
    ("NZST", 720),
    ("PDT", -420),
    ("PST", -480),
    ("SGT", 480),
    ("UTC", 0),
    ("WEST", 60),
    ("WET", 0),
    ("Z", 0),
];

/// The zone of that name.
pub(super) fn named(name: &str) -> Option<TimeZone> {
    let known = ABBREVIATIONS
        .iter()
        .find(|(abbreviation, _)| abbreviation.eq_ignore_ascii_case(name));
    match known {
        Some((_, minutes)) => offset(minutes * 60),
        None => TimeZone::get(name).ok(),
    }
}

/// The zone that is always so many seconds east of Greenwich.
pub(super) fn offset(seconds: i32) -> Option<TimeZone> {
    Some(TimeZone::fixed(Offset::from_seconds(seconds).ok()?))
}
