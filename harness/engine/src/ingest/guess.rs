//! Source and sourcetype from the looks of a text, when the caller does not say.

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
    let start = head.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if start.starts_with("<Event ") || start.starts_with("<Event>") {
        let source = between(start, "<Channel>", "<").map(|channel| format!("XmlWinEventLog:{channel}"));
        return Guess { source, sourcetype: "XmlWinEventLog".to_owned(), because: "the events are Windows event XML" };
    }
    if start.starts_with('{') {
        let sourcetype = if start.contains("\"event_simpleName\"") { "crowdstrike:events:sensor" } else { "_json" };
        return Guess { source: None, sourcetype: sourcetype.to_owned(), because: "the events are JSON objects" };
    }
    if start.contains("\nLogName=") {
        let source = between(start, "LogName=", "\n").map(|log| format!("WinEventLog:{}", log.trim_end()));
        return Guess { source, sourcetype: "WinEventLog".to_owned(), because: "the events are classic Windows text" };
    }
    Guess { source: None, sourcetype: "unknown".to_owned(), because: "the form of the events is not known" }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_tell_what_they_are() {
        let xml = guess("<Event xmlns='x'><System><Channel>Security</Channel></System></Event>");
        assert_eq!((xml.source.as_deref(), xml.sourcetype.as_str()), (Some("XmlWinEventLog:Security"), "XmlWinEventLog"));
        assert_eq!(guess("{\"a\":1}").sourcetype, "_json");
        assert_eq!(guess("a b c").sourcetype, "unknown");
    }
}
