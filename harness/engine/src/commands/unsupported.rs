//! Why a command of Splunk's has no implementation here, where there is more to say than that.

/// Commands and the reason.
const REASONS: &[(&[&str], &str)] = &[
    (
        &["sistats", "sichart", "sitimechart", "sitop", "sirare"],
        "it writes intermediate results of Splunk's own form into a summary index",
    ),
    (&["rest"], "it reads the REST interface of a running Splunk"),
    (
        &["sendemail", "sendalert"],
        "it acts outside of the search; at its end it can be left out",
    ),
    (
        &["script", "run", "cyberchef", "dnstwist"],
        "it runs a program outside of Splunk",
    ),
    (
        &["fit", "summary", "score", "sample"],
        "of the Machine Learning Toolkit only `apply` with linear regressions is run",
    ),
    (
        &[
            "abstract",
            "analyzefields",
            "anomalies",
            "anomalousvalue",
            "arules",
            "associate",
            "cluster",
            "correlate",
            "findtypes",
            "geostats",
            "kmeans",
            "predict",
            "relevancy",
            "reltime",
            "typeahead",
            "x11",
        ],
        "Splunk's manual does not say exactly what it computes",
    ),
    (
        &["kvform", "searchtxn"],
        "it needs forms or transaction types of Splunk's configuration",
    ),
    (
        &[
            "loadjob",
            "inputcsv",
            "history",
            "audit",
            "dbinspect",
            "walklex",
            "localize",
        ],
        "it reads what only a running Splunk has",
    ),
    (
        &[
            "dbxquery",
            "dbxlookup",
            "dbxoutput",
            "inputintelligence",
            "pivot",
            "datamodelsimple",
        ],
        "it belongs to an app or interface that is not here",
    ),
];

/// The reason.
pub(crate) fn reason(command: &str) -> Option<&'static str> {
    let (_, reason) = REASONS.iter().find(|(names, _)| names.contains(&command))?;
    Some(reason)
}

#[cfg(test)]
mod tests {
    #[test]
    fn reasons_are_given_for_commands_that_are_known_and_not_run() {
        for name in super::REASONS.iter().flat_map(|(names, _)| *names) {
            assert!(dryfire_spl::find(name).is_some(), "{name}");
            assert!(super::super::find(name).is_none(), "{name}");
        }
    }
}
