//! Cron expressions: five fields, when they fire, and how long the pauses are.

/// A cron expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    /// Days of the week, Sunday is 0; none where the day of the month or the month are restricted.
    week_days: Option<Vec<u32>>,
}

/// A field: its name, its least and greatest value, words for values.
struct Field(&'static str, u32, u32, &'static [&'static str]);

const FIELDS: [Field; 5] = [
    Field("minute", 0, 59, &[]),
    Field("hour", 0, 23, &[]),
    Field("day of the month", 1, 31, &[]),
    Field(
        "month",
        1,
        12,
        &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    ),
    Field(
        "day of the week",
        0,
        7,
        &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    ),
];

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.len() != FIELDS.len() {
            return Err(format!(
                "a cron expression has 5 fields, this has {}",
                words.len()
            ));
        }
        let mut fields = Vec::with_capacity(FIELDS.len());
        for (field, word) in FIELDS.iter().zip(&words) {
            fields.push(field.parse(word)?);
        }
        let every_date = words
            .get(2..4)
            .is_some_and(|words| words.iter().all(|word| *word == "*"));
        let mut fields = fields.into_iter();
        let (minutes, hours) = (
            fields.next().unwrap_or_default(),
            fields.next().unwrap_or_default(),
        );
        let week_days = fields.next_back().map(|mut days| {
            days.iter_mut().for_each(|day| *day %= 7);
            days.sort_unstable();
            days.dedup();
            days
        });
        Ok(Self {
            minutes,
            hours,
            week_days: week_days.filter(|_| every_date),
        })
    }

    /// The longest time between two runs, in minutes; none where months are of different length.
    pub fn longest_pause(&self) -> Option<u32> {
        const WEEK: u32 = 7 * 24 * 60;
        let days = self.week_days.as_ref()?;
        let times = days
            .iter()
            .flat_map(|day| self.hours.iter().map(move |hour| day * 24 + hour));
        let times: Vec<u32> = times
            .flat_map(|hour| self.minutes.iter().map(move |minute| hour * 60 + minute))
            .collect();
        let (first, last) = (times.first()?, times.last()?);
        let around = first + WEEK - last;
        times
            .windows(2)
            .filter_map(|pair| Some(pair.get(1)? - pair.first()?))
            .chain([around])
            .max()
    }
}

impl Field {
    fn parse(&self, text: &str) -> Result<Vec<u32>, String> {
        let Field(name, least, greatest, _) = self;
        let mut values = Vec::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => {
                    let step = step.parse().ok().filter(|step| *step > 0);
                    (
                        range,
                        step.ok_or_else(|| format!("`{part}` is no step of the {name}"))?,
                    )
                }
                None => (part, 1),
            };
            let value = |word: &str| {
                self.value(word).ok_or_else(|| {
                    format!("the {name} can't be `{word}`, only {least} to {greatest}")
                })
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (*least, *greatest),
                Some((from, to)) => (value(from)?, value(to)?),
                // `5/10` starts at 5 and goes on to the end.
                None if part.contains('/') => (value(range)?, *greatest),
                None => (value(range)?, value(range)?),
            };
            if from > to {
                return Err(format!("`{range}` of the {name} runs backwards"));
            }
            values.extend((from..=to).step_by(step));
        }
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    fn value(&self, word: &str) -> Option<u32> {
        let Field(_, least, greatest, words) = self;
        let named = words
            .iter()
            .position(|known| known.eq_ignore_ascii_case(word));
        let number = named
            .and_then(|place| Some(u32::try_from(place).ok()? + least))
            .or_else(|| word.parse().ok())?;
        (*least..=*greatest).contains(&number).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::Cron;

    #[test]
    fn pauses_and_mistakes() {
        for (text, pause) in [
            ("0 * * * *", Some(60)),
            ("*/5 * * * *", Some(5)),
            ("10 0 * * *", Some(24 * 60)),
            ("0 */5 * * *", Some(5 * 60)),
            ("0 8-18 * * mon-fri", Some((24 * 2 + 14) * 60)),
            ("0 0 * * 0", Some(7 * 24 * 60)),
            ("0 0 * * 7", Some(7 * 24 * 60)),
            ("0 0 1 * *", None),
            ("5/20 * * * *", Some(20)),
        ] {
            assert_eq!(
                Cron::parse(text).map(|cron| cron.longest_pause()),
                Ok(pause),
                "{text}"
            );
        }
        for (text, wrong) in [
            ("0 * * *", "a cron expression has 5 fields, this has 4"),
            ("60 * * * *", "the minute can't be `60`, only 0 to 59"),
            ("* 24 * * *", "the hour can't be `24`, only 0 to 23"),
            ("*/0 * * * *", "`*/0` is no step of the minute"),
            ("0 9-5 * * *", "`9-5` of the hour runs backwards"),
            (
                "0 0 * * someday",
                "the day of the week can't be `someday`, only 0 to 7",
            ),
        ] {
            assert_eq!(Cron::parse(text), Err(wrong.to_owned()), "{text}");
        }
    }
}
