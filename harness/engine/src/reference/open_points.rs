//! All rules that are not certain: those of the registries, and those of the executable specifications.

use super::{Kind, entries, general};

/// The specifications: names of files, and texts.
const SPECS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/specs.rs"));

/// A rule that Splunk's manual leaves open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenPoint {
    /// Where it is written down: a command, a function, or a specification.
    pub place: String,
    /// The rule.
    pub rule: String,
    /// Why it is open, where that is not part of the rule.
    pub reason: Option<String>,
}

/// Every open point: of commands, functions, statistics, expressions; then the scenarios marked `uncertain:`.
pub fn open_points() -> (Vec<OpenPoint>, Vec<OpenPoint>) {
    let mut rules = Vec::new();
    for entry in entries() {
        let place = match entry.kind {
            Kind::Command => entry.name.to_owned(),
            Kind::Function | Kind::Statistic => format!("{}()", entry.name),
        };
        rules.extend(entry.uncertain.iter().map(|rule| OpenPoint {
            place: place.clone(),
            rule: (*rule).to_owned(),
            reason: None,
        }));
    }
    rules.extend(general().map(|(place, rule)| OpenPoint {
        place: place.to_owned(),
        rule: rule.to_owned(),
        reason: None,
    }));
    let scenarios = SPECS
        .iter()
        .flat_map(|(file, text)| scenarios(file, text))
        .collect();
    (rules, scenarios)
}

/// The scenarios of a specification that are marked `uncertain:`.
fn scenarios(file: &str, text: &str) -> Vec<OpenPoint> {
    let mut found = Vec::new();
    let mut heading = "";
    let mut lines = text.lines().peekable();
    let mut fence: Option<&str> = None;
    while let Some(line) = lines.next() {
        let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
        if let Some(open) = fence {
            if line.trim_end() == open {
                fence = None;
            }
            continue;
        }
        if ticks >= 3 {
            fence = Some(&line[..ticks]);
        } else if let Some(name) = line.strip_prefix("## ") {
            heading = name.trim();
        } else if let Some(reason) = line.strip_prefix("uncertain:") {
            let mut reason = reason.trim().to_owned();
            while let Some(next) = lines.next_if(|next| !next.is_empty() && !next.starts_with('`'))
            {
                let why = next.strip_prefix("unassumed:");
                reason.push_str(if why.is_some() {
                    "; no assumption: "
                } else {
                    " "
                });
                reason.push_str(why.unwrap_or(next).trim());
            }
            found.push(OpenPoint {
                place: file.to_owned(),
                rule: heading.to_owned(),
                reason: Some(reason),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_that_are_marked_uncertain_are_found_with_their_reason() {
        let text = "# a\n\n## one\nconfirmed: page\n```spl\nuncertain: no\n```\n## two\nuncertain: because\nof this\nunassumed: it only\nshows\n\nprose\n";
        assert_eq!(
            scenarios("x.md", text),
            [OpenPoint {
                place: "x.md".to_owned(),
                rule: "two".to_owned(),
                reason: Some("because of this; no assumption: it only shows".to_owned()),
            }]
        );
    }
}
