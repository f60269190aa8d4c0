//! Source and sourcetype from the looks of a text, when the caller does not say.
//!
//! Rules are tried in order, the first that holds decides. Sources are those that attack_data gives such events: add-ons
//! and macros ask for them.

mod json;
mod products;
mod text;

/// A guessed source and sourcetype.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The source, where the events tell.
    pub source: Option<String>,
    /// The sourcetype.
    pub sourcetype: String,
    /// Why.
    pub because: &'static str,
}

/// Guesses from the first kilobytes of a text.
pub fn guess(head: &str) -> Guess {
    Guess::of(head, "")
}

impl Guess {
    /// Guesses from the first kilobytes of a file and, where these don't tell, from its name.
    pub fn of(head: &str, name: &str) -> Self {
        let start = head.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        if let Some(found) = windows_xml(start).or_else(|| windows_text(start)) {
            return found;
        }
        if start.starts_with(['{', '[']) {
            let keys = json::Keys::of(start);
            let rule = products::RULES.iter().find(|rule| (rule.holds)(&keys));
            if let Some(rule) = rule {
                return Self::new(rule.source, rule.sourcetype, rule.because);
            }
            if !keys.is_empty() {
                return Self::new(
                    "",
                    "_json",
                    "the events are JSON objects of no known product",
                );
            }
        }
        let look = text::Look::of(start);
        if let Some(rule) = text::RULES.iter().find(|rule| (rule.holds)(&look)) {
            return Self::new(rule.source, rule.sourcetype, rule.because);
        }
        if name.to_ascii_lowercase().ends_with(".csv") && look.line.contains(',') {
            return Self::new("", "csv", "the file's name ends with .csv");
        }
        Self::new("", "unknown", "the form of the events is not known")
    }

    fn new(source: &str, sourcetype: &str, because: &'static str) -> Self {
        let source = (!source.is_empty()).then(|| source.to_owned());
        Self {
            source,
            sourcetype: sourcetype.to_owned(),
            because,
        }
    }
}

/// A rule: what a look at the text must show, and what that means.
struct Rule<F> {
    sourcetype: &'static str,
    /// Empty where the events don't tell.
    source: &'static str,
    because: &'static str,
    holds: F,
}

impl<F> Rule<F> {
    const fn new(
        sourcetype: &'static str,
        source: &'static str,
        because: &'static str,
        holds: F,
    ) -> Self {
        Self {
            sourcetype,
            source,
            because,
            holds,
        }
    }
}

/// Events that Windows, or Sysmon on Linux, wrote as XML.
fn windows_xml(start: &str) -> Option<Guess> {
    // A list (`<Events>`), a declaration or a syslog head may stand before the first event.
    let headed = start.starts_with("<Event") || start.starts_with("<?xml") || {
        let line = start.lines().next().unwrap_or_default();
        line.split_once("<Event>")
            .is_some_and(|(head, _)| head.ends_with("sysmon: ") || head.ends_with("]: "))
    };
    let (first, _) = start
        .match_indices("<Event")
        .find(|(at, _)| start[at + 6..].starts_with([' ', '>']))?;
    if !headed {
        return None;
    }
    let events = &start[first..];
    let channel = between(events, "<Channel>", "<");
    if channel.is_some_and(|channel| channel.starts_with("Linux-Sysmon"))
        || events.contains("Name=\"Linux-Sysmon\"")
    {
        return Some(Guess::new(
            "Syslog:Linux-Sysmon/Operational",
            "sysmon:linux",
            "the events are XML of Sysmon for Linux",
        ));
    }
    let several = channel.is_some_and(|first| {
        events
            .split("<Channel>")
            .skip(2)
            .filter_map(|rest| rest.split_once('<'))
            .any(|(other, _)| other != first)
    });
    let because = if several {
        "the events are Windows event XML of several channels, of which the first names the source"
    } else if events.contains("<Provider Name=\"") {
        "the events are Windows event XML (in double quotes: add-ons look for single ones)"
    } else {
        "the events are Windows event XML"
    };
    let source = channel
        .map(|channel| format!("XmlWinEventLog:{channel}"))
        .unwrap_or_default();
    Some(Guess::new(&source, "XmlWinEventLog", because))
}

/// Events that a forwarder wrote in the classic form.
fn windows_text(start: &str) -> Option<Guess> {
    let names = |text: &str| text.contains("\nEventCode=") || text.contains("\nSourceName=");
    let log = match start.strip_prefix("LogName=") {
        Some(rest) if names(start) => rest.lines().next()?,
        Some(_) => return None,
        None => between(start, "\nLogName=", "\n")?,
    };
    let source = format!("WinEventLog:{}", log.trim_end());
    Some(Guess::new(
        &source,
        "WinEventLog",
        "the events are classic Windows text",
    ))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, source: &str, sourcetype: &str) {
        let found = guess(text);
        assert_eq!(
            (
                found.source.as_deref().unwrap_or(""),
                found.sourcetype.as_str()
            ),
            (source, sourcetype),
            "{text}"
        );
    }

    #[test]
    fn windows_events() {
        let sysmon = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational";
        let event = "<Event xmlns='x'><System><Channel>Microsoft-Windows-Sysmon/Operational</Channel></System></Event>";
        check(event, sysmon, "XmlWinEventLog");
        check(&format!("\u{feff}\r\n{event}"), sysmon, "XmlWinEventLog");
        check(
            &format!("<?xml version=\"1.0\"?>\n<Events>{event}"),
            sysmon,
            "XmlWinEventLog",
        );
        check("<Event xmlns='x'><System>", "", "XmlWinEventLog");
        check("<Events><Eventful/></Events>", "", "unknown");
        let double =
            "<Event><System><Provider Name=\"A\"/><Channel>Security</Channel></System></Event>";
        check(double, "XmlWinEventLog:Security", "XmlWinEventLog");
        assert!(guess(double).because.contains("double quotes"));
        assert!(
            guess(&format!("{event}\n{double}"))
                .because
                .contains("several channels")
        );
        let linux =
            "<Event><System><Provider Name=\"Linux-Sysmon\" Guid=\"{1}\"/><EventID>1</EventID>";
        check(linux, "Syslog:Linux-Sysmon/Operational", "sysmon:linux");
        check(
            &format!("Aug  9 10:42:47 box sysmon: {linux}"),
            "Syslog:Linux-Sysmon/Operational",
            "sysmon:linux",
        );
        check(r#"{"a":"<Event> of another kind"}"#, "", "_json");
        let classic = "LogName=Security\r\nSourceName=Microsoft Windows security auditing.\r\nEventCode=4720\r\n";
        check(classic, "WinEventLog:Security", "WinEventLog");
        check(
            &format!("10/09/2020 10:41:26 AM\r\n{classic}"),
            "WinEventLog:Security",
            "WinEventLog",
        );
    }

    #[test]
    fn a_name_breaks_ties_only() {
        assert_eq!(Guess::of("1;2,3", "a.CSV").sourcetype, "csv");
        assert_eq!(Guess::of("{\"a\":1}", "a.csv").sourcetype, "_json");
        assert_eq!(Guess::of("a b c", "a.log").sourcetype, "unknown");
    }

    #[test]
    fn odd_heads_are_no_panic() {
        for text in [
            "",
            "<",
            "<Event",
            "{",
            "[",
            "{\"",
            "{\"a\\",
            "{\"é\":",
            "<Event>é",
            "\nLogName=",
            "LogName=",
            ",",
            "\t=",
            "[",
        ] {
            guess(text);
        }
    }

    /// A file of the corpus; nothing, and a message, where it is absent.
    fn corpus(file: &str) -> Option<(std::path::PathBuf, Vec<serde_json::Value>)> {
        let folder = std::env::var_os("DRYFIRE_CORPUS").map_or_else(
            || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
            std::path::PathBuf::from,
        );
        let Ok(lines) = std::fs::read_to_string(folder.join(file)) else {
            println!("skipped: no corpus at {}", folder.display());
            return None;
        };
        let rows = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        Some((folder, rows.collect()))
    }

    #[test]
    fn examples_of_the_corpus() {
        // Labels that the event can't tell: the example is another source's, or only its first line.
        const OTHER: [&str; 9] = [
            "Google Workspace login_success",
            "PingID",
            "Powershell Installed IIS Modules",
            "Splunk Stream IP",
            "Windows Event Log Security 4698",
            "Windows Event Log Security 4699",
            "Windows Event Log Security 4720",
            "Windows Event Log System 4726",
            "Windows Event Log TaskScheduler 200",
        ];
        let Some((_, rows)) = corpus("expectations/data_sources.jsonl") else {
            return;
        };
        let mut missed = Vec::new();
        for row in rows {
            let text = |key: &str| row[key].as_str().unwrap_or_default();
            let found = guess(text("example_log"));
            if !text("example_log").is_empty()
                && !found.sourcetype.eq_ignore_ascii_case(text("sourcetype"))
                && !OTHER.contains(&text("name"))
            {
                missed.push(format!("{}: {}", text("name"), found.sourcetype));
            }
        }
        assert!(missed.is_empty(), "{missed:#?}");
    }

    #[test]
    fn logs_of_the_corpus() {
        let Some((folder, rows)) = corpus("logs/index.jsonl") else {
            return;
        };
        // One log has events without a channel.
        for row in rows.iter().filter(|row| row["channel"] != "") {
            let text = |key: &str| row[key].as_str().unwrap();
            let log = std::fs::read(folder.join("logs").join(text("path"))).unwrap();
            let head = &log[..log.len().min(16 << 10)];
            check(
                &String::from_utf8_lossy(head),
                text("source"),
                text("sourcetype"),
            );
        }
    }
}
