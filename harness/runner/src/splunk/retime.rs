//! Moves the time that an event's text tells, keeping how it is written.
//!
//! The event's time is known; where its text writes that very second, in one of the usual forms and in whatever zone, the new
//! second is written instead. Fractions stay, since times are moved by whole seconds. Other times in the text stay, too.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};

/// How events write a second.
const FORMS: [&str; 9] = [
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M:%S",
    "%d/%b/%Y:%H:%M:%S",
    "%b %d %H:%M:%S",
    "%b %e %H:%M:%S",
    "%Y%m%d%H%M%S",
];
/// Half hours of a day to either side: the zones there are.
const HALF_HOURS: i32 = 28;
const SECOND: i64 = 1_000_000;

/// The text with its time moved by so many microseconds, which are whole seconds; none where it does not tell its time.
pub(super) fn moved(raw: &str, time: i64, shift: i64) -> Option<String> {
    let (old, new) = (time.div_euclid(SECOND), (time + shift).div_euclid(SECOND));
    let mut text = epoch(raw, old, new);
    // UTC first, then away from it: a text seldom tells another second that is also a zone away.
    let zones = (0..=HALF_HOURS).flat_map(|half| [half, -half]);
    for half in zones {
        let current = text.as_deref().unwrap_or(raw);
        if let Some(found) = in_zone(current, old, new, half * 30 * 60) {
            text = Some(found);
            break;
        }
    }
    text
}

fn in_zone(raw: &str, old: i64, new: i64, offset: i32) -> Option<String> {
    let zone = TimeZone::fixed(Offset::from_seconds(offset).ok()?);
    let at = |second: i64| {
        Some(
            Timestamp::from_second(second)
                .ok()?
                .to_zoned_datetime(zone.clone()),
        )
    };
    let (old, new) = (at(old)?, at(new)?);
    let mut text: Option<String> = None;
    for form in FORMS {
        let current = text.as_deref().unwrap_or(raw);
        let written = strtime::format(form, &old).ok()?;
        if current.contains(&written) {
            text = Some(current.replace(&written, &strtime::format(form, &new).ok()?));
        }
    }
    text
}

/// Seconds or milliseconds since 1970, not as a part of a longer number.
fn epoch(raw: &str, old: i64, new: i64) -> Option<String> {
    let written = old.to_string();
    if written.len() < 9 {
        return None;
    }
    let mut text = String::with_capacity(raw.len());
    let (mut from, mut found) = (0, false);
    for (at, _) in raw.match_indices(&written) {
        let after = &raw[at + written.len()..];
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let is_inner = raw[..at].ends_with(|c: char| c.is_ascii_digit());
        // Alone, or followed by the digits of milli- or microseconds.
        if is_inner || !matches!(digits, 0 | 3 | 6) {
            continue;
        }
        text.push_str(&raw[from..at]);
        text.push_str(&new.to_string());
        from = at + written.len();
        found = true;
    }
    text.push_str(&raw[from..]);
    found.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2022-01-11T13:50:21Z
    const TIME: i64 = 1_641_909_021_000_000;
    const DAY: i64 = 86_400_000_000;

    #[test]
    fn a_time_is_moved_as_it_is_written() {
        for (raw, wanted) in [
            (
                "SystemTime='2022-01-11T13:50:21.5Z'",
                "SystemTime='2022-01-12T13:50:21.5Z'",
            ),
            (
                "UtcTime 2022-01-11 13:50:21.123",
                "UtcTime 2022-01-12 13:50:21.123",
            ),
            ("01/11/2022 08:50:21 AM", "01/12/2022 08:50:21 AM"),
            (
                "[11/Jan/2022:14:50:21 +0100]",
                "[12/Jan/2022:14:50:21 +0100]",
            ),
            ("<13>Jan 11 13:50:21 host", "<13>Jan 12 13:50:21 host"),
            ("{\"ts\":1641909021123}", "{\"ts\":1641995421123}"),
            ("1641909021.5 id=16419090210", "1641995421.5 id=16419090210"),
        ] {
            assert_eq!(moved(raw, TIME, DAY).as_deref(), Some(wanted));
        }
        assert_eq!(moved("no time here 2021-01-01", TIME, DAY), None);
    }
}
