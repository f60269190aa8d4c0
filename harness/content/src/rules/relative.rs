//! Splunk's time modifiers (`-70m@m`), as far as validation needs them: their form, and how far back they reach.

/// A moment relative to the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Seconds to the run, and by how many seconds more it may be rounded down.
    Relative(i64, i64),
    /// Something else that Splunk takes: all time, real time, a date.
    Other,
}

/// Reads a modifier; nothing when Splunk would refuse it.
pub(super) fn read(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.is_empty() || text.starts_with("rt") || text.parse::<f64>().is_ok() {
        return Some(Moment::Other);
    }
    if text.contains('/')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'/' | b':'))
    {
        return Some(Moment::Other);
    }
    let mut rest = text
        .strip_prefix("now")
        .map_or(text, |rest| rest.strip_prefix("()").unwrap_or(rest));
    let (mut seconds, mut rounding) = (0_i64, 0_i64);
    while let Some(sign) = rest.chars().next() {
        rest = rest.get(sign.len_utf8()..)?;
        match sign {
            '+' | '-' => {
                let digits = rest
                    .find(|letter: char| !letter.is_ascii_digit())
                    .unwrap_or(rest.len());
                let count: i64 = match rest.get(..digits)? {
                    "" => 1,
                    number => number.parse().ok()?,
                };
                let (length, after) = unit(rest.get(digits..)?)?;
                let offset = length.checked_mul(count)?;
                seconds = seconds.checked_add(if sign == '-' { -offset } else { offset })?;
                rest = after;
            }
            '@' => {
                let (length, after) = unit(rest)?;
                rounding = rounding.max(length);
                rest = after
                    .strip_prefix(|letter: char| letter.is_ascii_digit())
                    .unwrap_or(after);
            }
            _ => return None,
        }
    }
    Some(Moment::Relative(seconds, rounding))
}

/// The seconds of the unit that the text starts with, and what follows.
fn unit(text: &str) -> Option<(i64, &str)> {
    const DAY: i64 = 86_400;
    let length = text
        .find(|letter: char| !letter.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    let seconds = match name {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        "mon" | "month" | "months" => 30 * DAY,
        "q" | "qtr" | "qtrs" | "quarter" | "quarters" => 91 * DAY,
        "y" | "yr" | "yrs" | "year" | "years" => 365 * DAY,
        _ => return None,
    };
    Some((seconds, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_of_the_manual() {
        for (text, expected) in [
            ("-70m@m", Some(Moment::Relative(-4_200, 60))),
            ("now", Some(Moment::Relative(0, 0))),
            ("-1d@d+2h", Some(Moment::Relative(-79_200, 86_400))),
            ("-h", Some(Moment::Relative(-3_600, 0))),
            ("@w0", Some(Moment::Relative(0, 604_800))),
            ("0", Some(Moment::Other)),
            ("rt-5m", Some(Moment::Other)),
            ("01/31/2024:10:00:00", Some(Moment::Other)),
            ("-70x", None),
            ("70m ago", None),
            ("yesterday", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
