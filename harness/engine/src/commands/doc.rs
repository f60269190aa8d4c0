//! What the reference says of a command beyond its signature: examples that run as tests, open points, differences.

/// Documentation of a command. It stands beside the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doc {
    /// Searches with their results.
    pub examples: &'static [Example],
    /// Rules that Splunk's manual leaves open: the words of the assumptions that a search carries where one decides.
    pub uncertain: &'static [&'static str],
    /// Where the engine is known not to do what Splunk does.
    pub differences: &'static [&'static str],
}

impl Doc {
    /// Not written yet.
    pub const NONE: Doc = Doc::new(&[]);

    /// Examples alone.
    pub const fn new(examples: &'static [Example]) -> Self {
        Self {
            examples,
            uncertain: &[],
            differences: &[],
        }
    }

    /// With open points.
    #[must_use]
    pub const fn uncertain(mut self, uncertain: &'static [&'static str]) -> Self {
        self.uncertain = uncertain;
        self
    }

    /// With known differences.
    #[must_use]
    pub const fn differences(mut self, differences: &'static [&'static str]) -> Self {
        self.differences = differences;
        self
    }
}

/// A search and its rows, both of which a test holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// What the search works on.
    pub given: Given,
    /// The search; over rows, the commands after them.
    pub spl: &'static str,
    /// The rows that come out: a JSON array of objects. Values count as text, an absent field is left out.
    pub result: &'static str,
}

/// What an example works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// Nothing: the search makes its own rows.
    Nothing,
    /// A JSON array of rows.
    Rows(&'static str),
    /// Rows, and a lookup: its name and CSV text.
    Lookup(&'static str, &'static str, &'static str),
    /// Rows, and a `tags.conf`.
    Tags(&'static str, &'static str),
    /// Nothing but a saved search: its name and text.
    Saved(&'static str, &'static str),
    /// Events: their sourcetype, source and raw text.
    Events(&'static str, &'static str, &'static str),
}

impl Example {
    /// A search that makes its own rows.
    pub const fn alone(spl: &'static str, result: &'static str) -> Self {
        Self::given(Given::Nothing, spl, result)
    }

    /// Commands over rows.
    pub const fn over(rows: &'static str, spl: &'static str, result: &'static str) -> Self {
        Self::given(Given::Rows(rows), spl, result)
    }

    /// Over anything.
    pub const fn given(given: Given, spl: &'static str, result: &'static str) -> Self {
        Self { given, spl, result }
    }
}

/// An event that a data model has, for examples.
pub(crate) const SYSMON: Given = Given::Events(
    "XmlWinEventLog",
    "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>1</EventID><TimeCreated SystemTime='2023-11-14T10:00:01.0000000Z'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws1</Computer></System><EventData><Data Name='Image'>C:\\Windows\\System32\\whoami.exe</Data><Data Name='User'>CORP\\bob</Data></EventData></Event>",
);

#[cfg(test)]
mod tests {
    use super::super::testing::open_points;

    #[test]
    fn an_open_point_is_told_where_it_decides_only() {
        const N: &str = r#"[{"n":"1"},{"n":"2"},{"n":"3"},{"n":"90"}]"#;
        for (input, spl, subsearches, decides) in [
            (r#"[{"a":"1"}]"#, "appendcols [search x]", &[N][..], true),
            (N, "appendcols [search x]", &[r#"[{"a":"1"}]"#], false),
            (r#"[{"n":"x"}]"#, "convert rmunit(n)", &[], true),
            (r#"[{"n":"5 s"}]"#, "convert rmunit(n)", &[], false),
            (r#"[{"j":"{\"a\":[1]}"}]"#, "fromjson j", &[], true),
            (r#"[{"j":"{\"a\":\"null\"}"}]"#, "fromjson j", &[], false),
            (N, "outlier n", &[], true),
            (r#"[{"n":"1"},{"n":"1"}]"#, "outlier n", &[], false),
            (r#"[{"n":"x"}]"#, "rangemap field=n low=0-10", &[], true),
            (N, "rangemap field=n low=0-10", &[], false),
            (
                r#"[{"n":"1","i":"a"},{"n":"1","i":"b"}]"#,
                "sort 1 n",
                &[],
                true,
            ),
            (N, "sort 1 n", &[], false),
            (r#"[{"n":"1"},{"n":"1"}]"#, "sort n", &[], false),
            (
                r#"[{"f":"x","d":"y"}]"#,
                r#"rex field=f "(?<d>\d)""#,
                &[],
                true,
            ),
            (
                r#"[{"f":"1","d":"y"}]"#,
                r#"rex field=f "(?<d>\d)""#,
                &[],
                false,
            ),
            (r#"[{"f":"a1"}]"#, r#"rex field=f "(?<f>\d)""#, &[], true),
            (r#"[{"f":"1"}]"#, r#"rex field=f "(?<f>\d)""#, &[], false),
            (r#"[{"j":"{\"a\":null}"}]"#, "spath input=j", &[], true),
            (r#"[{"j":"{\"a\":\"null\"}"}]"#, "spath input=j", &[], false),
            (
                r#"[{"_time":1,"u":"a"},{"_time":0,"u":"a"}]"#,
                "transaction u",
                &[],
                true,
            ),
            (
                r#"[{"_time":1,"u":"a"},{"_time":0,"u":"a"}]"#,
                "transaction u maxspan=5s",
                &[],
                false,
            ),
            (r#"[{"m":"<a><b>1</b><b>2</b></a>"}]"#, "xmlkv m", &[], true),
            (r#"[{"m":"<a><b>1&amp;2</b></a>"}]"#, "xmlkv m", &[], true),
            (
                r#"[{"m":"<a><b>1</b><c>2</c></a>"}]"#,
                "xmlkv m",
                &[],
                false,
            ),
            (
                r#"[{"x":"1","s":"a","n":"1"},{"x":"1","s":"a","n":"2"}]"#,
                "xyseries x s n",
                &[],
                true,
            ),
            (
                r#"[{"x":"1","s":"a","n":"1"},{"x":"2","s":"a","n":"2"}]"#,
                "xyseries x s n",
                &[],
                false,
            ),
            (r#"[{"r":["1","2"]}]"#, "search r=1", &[], true),
            (r#"[{"r":["1","2"]}]"#, "search r=*", &[], false),
            (r#"[{"r":["1","2"]}]"#, "stats count(r)", &[], true),
            (r#"[{"r":"1.0"}]"#, "where r=1", &[], true),
            (r#"[{"r":"1"}]"#, "where r=1", &[], false),
            (r#"[{"r":"1"}]"#, "eval x=if(r=2, r, null)", &[], true),
            (r#"[{"r":"1"}]"#, "eval x=if(r=2, r, null())", &[], false),
            (r#"[{"r":"1"}]"#, r#"where NOT match(f, "a")"#, &[], true),
            (r#"[{"r":"1"}]"#, r#"where NOT match(r, "a")"#, &[], false),
        ] {
            assert_eq!(
                open_points(input, spl, subsearches),
                usize::from(decides),
                "{spl} of {input}"
            );
        }
    }
}
