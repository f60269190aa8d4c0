//! Rules for events that are lines of text.

use super::Rule;

/// The beginning of a text and its first line.
pub(super) struct Look<'a> {
    start: &'a str,
    /// The first line.
    pub(super) line: &'a str,
    next: &'a str,
}

impl<'a> Look<'a> {
    /// Looks at a text without space before it.
    pub(super) fn of(start: &'a str) -> Self {
        let mut lines = start.lines();
        Self {
            start,
            line: lines.next().unwrap_or_default(),
            next: lines.next().unwrap_or_default(),
        }
    }

    /// The nth word of the first line.
    fn word(&self, n: usize) -> &'a str {
        self.line
            .split_ascii_whitespace()
            .nth(n)
            .unwrap_or_default()
    }

    fn has(&self, words: &[&str]) -> bool {
        words.iter().all(|word| self.line.contains(word))
    }
}

type Test = fn(&Look<'_>) -> bool;

/// In order of trial: what has a mark of its own comes before what is only a form.
pub(super) const RULES: &[Rule<Test>] = &[
    Rule::new(
        "linux:audit",
        "/var/log/audit/audit.log",
        "`type=` and `msg=audit(` are auditd's",
        |look| look.has(&["type=", "msg=audit("]),
    ),
    Rule::new(
        "ActiveDirectory",
        "ActiveDirectory",
        "`admonEventType` is Splunk's monitor of Active Directory",
        |look| look.start.contains("\nadmonEventType="),
    ),
    Rule::new(
        "stash",
        "",
        "`search_name` is a summary index's or a risk event's",
        |look| look.has(&["search_name="]) && look.has(&[", "]),
    ),
    Rule::new(
        "nginx:plus:kv",
        "/var/log/nginx/access.log",
        "`time_local` is nginx's",
        |look| look.has(&["time_local=\""]),
    ),
    Rule::new(
        "zscalernss-web",
        "zscaler",
        "`urlcategory` between tabs is Zscaler's",
        |look| look.has(&["\t", "action=", "urlcategory="]),
    ),
    Rule::new(
        "pan:threat",
        "pan:threat",
        "the fourth column is Palo Alto's THREAT",
        |look| column(look.line, 3) == "THREAT",
    ),
    Rule::new(
        "pan:traffic",
        "pan:traffic",
        "the fourth column is Palo Alto's TRAFFIC",
        |look| column(look.line, 3) == "TRAFFIC",
    ),
    Rule::new(
        "kube:container:falco",
        "kubernetes",
        "`evt_type` behind a priority is Falco's",
        |look| look.has(&[": ", "(evt_type="]) && time(look.word(0)),
    ),
    Rule::new(
        "ivanti_vtm_audit",
        "ivanti_vtm",
        "`OPERATION` and `MODUSER` are Ivanti VTM's",
        |look| look.has(&["OPERATION=", "MODUSER="]),
    ),
    Rule::new(
        "splunkd_ui_access",
        "splunkd_ui_access.log",
        "`Audit:[` is Splunk's",
        |look| look.line.starts_with("Audit:[timestamp="),
    ),
    Rule::new(
        "aws:cloudwatchlogs:vpcflow",
        "aws:cloudwatchlogs:vpcflow",
        "the columns are those of a VPC flow log",
        |look| {
            matches!(look.word(12), "ACCEPT" | "REJECT" | "-")
                && matches!(look.word(13), "OK" | "NODATA" | "SKIPDATA")
        },
    ),
    Rule::new("iis", "", "the header is IIS's", |look| {
        look.line
            .starts_with("#Software: Microsoft Internet Information Services")
    }),
    Rule::new(
        "access_combined",
        "",
        "the lines are a web server's",
        |look| access(look.line),
    ),
    Rule::new(
        "linux_secure",
        "/var/log/secure",
        "the lines are syslog of logins",
        |look| syslog(look.line).is_some_and(|process| SECURE.contains(&process)),
    ),
    Rule::new("syslog", "", "the lines are syslog", |look| {
        syslog(look.line).is_some()
    }),
    Rule::new(
        "WinEventLog",
        "",
        "the first line is the date line of classic Windows text",
        |look| {
            let date: Vec<_> = look.word(0).split('/').map(str::len).collect();
            date == [2, 2, 4]
                && time(look.word(1))
                && matches!(look.word(2), "AM" | "PM")
                && look.word(3).is_empty()
        },
    ),
    Rule::new("csv", "", "the first line is a header of columns", |look| {
        table(look.line, look.next)
    }),
];

/// Processes that write to `/var/log/secure`.
const SECURE: [&str; 12] = [
    "sshd",
    "sshd-session",
    "sudo",
    "su",
    "login",
    "passwd",
    "useradd",
    "userdel",
    "usermod",
    "groupadd",
    "systemd-logind",
    "polkitd",
];

fn column(line: &str, n: usize) -> &str {
    line.split(',').nth(n).unwrap_or_default()
}

/// `hh:mm:ss`, with or without a fraction.
fn time(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 8
        && bytes[..8].iter().enumerate().all(|(at, byte)| {
            if at % 3 == 2 {
                *byte == b':'
            } else {
                byte.is_ascii_digit()
            }
        })
}

/// `host - user [day/month/year:time zone] "request" status bytes "referer" "agent"`
fn access(line: &str) -> bool {
    let Some((_, rest)) = line.split_once(" [") else {
        return false;
    };
    let Some((when, rest)) = rest.split_once("] \"") else {
        return false;
    };
    let Some((_, rest)) = rest.split_once("\" ") else {
        return false;
    };
    let status = rest.split(' ').next().unwrap_or_default();
    when.matches('/').count() == 2
        && status.len() == 3
        && status.bytes().all(|byte| byte.is_ascii_digit())
}

/// The process of a syslog line: `Mon day hh:mm:ss host process[pid]: text`, or with an ISO time.
fn syslog(line: &str) -> Option<&str> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let line = match line.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((priority, rest)) if priority.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => line,
    };
    let mut words = line.split_ascii_whitespace();
    let first = words.next()?;
    let timed = if MONTHS.contains(&first) {
        words.next()?.parse::<u8>().is_ok() && time(words.next()?)
    } else {
        first.split_once('T').is_some_and(|(day, rest)| {
            day.len() == 10 && day.matches('-').count() == 2 && time(rest)
        })
    };
    let (_host, process) = (words.next()?, words.next()?);
    let name = process
        .strip_suffix(':')
        .or_else(|| process.contains("]:").then_some(process))?;
    timed.then(|| name.split('[').next().unwrap_or_default())
}

/// Whether a line names columns, and the next one has as many.
fn table(line: &str, next: &str) -> bool {
    let names: Vec<_> = line
        .split(',')
        .map(|name| name.trim().trim_matches('"'))
        .collect();
    let named = |name: &&str| {
        name.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && name
                .chars()
                .all(|other| other.is_alphanumeric() || "_-.:{} ".contains(other))
    };
    // Quoted values may hold commas, and break the line: more on the next one are as good, fewer are not.
    names.len() > 1
        && names.iter().all(named)
        && (next.matches(',').count() + 1 >= names.len() || next.contains('"'))
}

#[cfg(test)]
mod tests {
    use super::super::guess;

    #[test]
    fn lines_are_told_by_their_form() {
        let flow = "2 123456789012 eni-1 192.0.2.1 192.0.2.2 443 5000 6 10 840 1600000000 1600000060 REJECT OK";
        for (text, source, sourcetype) in [
            (
                "type=SYSCALL msg=audit(1700000000.123:42): arch=c000003e",
                "/var/log/audit/audit.log",
                "linux:audit",
            ),
            (
                "node=box type=CWD msg=audit(1700000000.123:42): cwd=\"/\"",
                "/var/log/audit/audit.log",
                "linux:audit",
            ),
            (
                "01/02/2024 10:00:00.123\ndcName=dc\nadmonEventType=Update\n",
                "ActiveDirectory",
                "ActiveDirectory",
            ),
            (
                "01/02/2024 10:00:00 +0000, search_name=\"A rule\", risk_score=\"10\"",
                "",
                "stash",
            ),
            (
                "site=\"a\" time_local=\"22/Feb/2024:13:00:00 -0500\" request=\"GET / HTTP/1.1\"",
                "/var/log/nginx/access.log",
                "nginx:plus:kv",
            ),
            (
                "2024-01-02 10:00:00\treason=Allowed\taction=Allowed\turlcategory=News",
                "zscaler",
                "zscalernss-web",
            ),
            (
                "Jan  2 10:00:00 fw 1,2024/01/02 10:00:00,0123,THREAT,url,2305",
                "pan:threat",
                "pan:threat",
            ),
            (
                "1,2024/01/02 10:00:00,0123,TRAFFIC,end,2305",
                "pan:traffic",
                "pan:traffic",
            ),
            (
                "10:00:00.123456789: Notice A shell (evt_type=execve user=root)",
                "kubernetes",
                "kube:container:falco",
            ),
            (
                "[19/Aug/2024:19:41:22 +0000]\tUSER=a\tOPERATION=adduser\tMODUSER=b",
                "ivanti_vtm",
                "ivanti_vtm_audit",
            ),
            (
                "Audit:[timestamp=01-02-2024 10:00:00.000, user=admin]",
                "splunkd_ui_access.log",
                "splunkd_ui_access",
            ),
            (
                flow,
                "aws:cloudwatchlogs:vpcflow",
                "aws:cloudwatchlogs:vpcflow",
            ),
            (
                "#Software: Microsoft Internet Information Services 10.0",
                "",
                "iis",
            ),
            (
                "192.0.2.1 - - [02/Jan/2024:10:00:00 +0000] \"GET /a HTTP/1.1\" 200 12 \"-\" \"curl\"",
                "",
                "access_combined",
            ),
            (
                "Jan  2 10:00:00 box sshd[12]: Accepted password for a",
                "/var/log/secure",
                "linux_secure",
            ),
            (
                "<86>Jan 12 10:00:00 box sudo: a : COMMAND=/bin/sh",
                "/var/log/secure",
                "linux_secure",
            ),
            ("Jan  2 10:00:00 box cron[12]: (root) CMD (x)", "", "syslog"),
            (
                "2024-01-02T10:00:00.1+00:00 box kernel: eth0 up",
                "",
                "syslog",
            ),
            (
                "2024-01-02T10:00:00.1+00:00 box kernel eth0 up",
                "",
                "unknown",
            ),
            ("user,\"src ip\",count\na,192.0.2.1,3", "", "csv"),
            ("01/02/2024 10:00:00 AM\nsomething", "", "WinEventLog"),
            ("Hello, world\nand no more", "", "unknown"),
            ("1,2,3\n4,5,6", "", "unknown"),
            ("[1,2] is no object", "", "unknown"),
        ] {
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
    }
}
