//! A test has data that a data source of the detection could have written.

use dryfire_diagnostic::{Severity, codes::content};

use super::{Context, Findings, Rule, data_source};

pub(super) const RULE: Rule =
    Rule::new(&content::TEST_SOURCE, "test-source", Severity::Warning).detections(check);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let detection = context.detection;
    let known = &context.repository.data_sources;
    let mut named = Vec::new();
    for name in detection
        .data_sources
        .iter()
        .flat_map(|entry| data_source::names(entry))
    {
        let Some(source) = known.iter().find(|one| one.name.value == name) else {
            // What is not there has been said; it may be the one that wrote the data.
            return;
        };
        named.push(source);
    }
    if named.is_empty() {
        return;
    }
    for test in &detection.tests {
        let fits = test.attack_data.iter().any(|data| {
            let same = |own: &Option<String>, given: &Option<String>| match (own, given) {
                (Some(own), Some(given)) => alike(own, given),
                _ => true,
            };
            named.iter().any(|one| {
                // An add-on may rename the sourcetype as data comes in: then the source tells.
                same(&one.sourcetype, &data.sourcetype) || same(&one.source, &data.source)
            })
        });
        let Some(first) = test.attack_data.first().filter(|_| !fits) else {
            continue;
        };
        let mut finding = RULE
            .finding(format!(
                "no data of the test `{}` is of a data source of the detection",
                test.name.value
            ))
            .at(
                first.span,
                format!(
                    "source `{}`, sourcetype `{}`",
                    first.source.as_deref().unwrap_or_default(),
                    first.sourcetype.as_deref().unwrap_or_default()
                ),
            );
        for one in named.iter().take(3) {
            finding = finding.because(format!(
                "`{}` writes source `{}`, sourcetype `{}`",
                one.name.value,
                one.source.as_deref().unwrap_or_default(),
                one.sourcetype.as_deref().unwrap_or_default()
            ));
        }
        out.push(
            finding.help("name the data source of the data, or take data of the one that is named"),
        );
    }
}

/// Windows event logs go by two names, with and without `Xml`; a `*` stands for anything.
fn alike(own: &str, given: &str) -> bool {
    let plain = |text: &str| {
        let text = text.to_lowercase();
        text.strip_prefix("xml").map(str::to_owned).unwrap_or(text)
    };
    let (own, given) = (plain(own), plain(given));
    own == given
        || own
            .split_once('*')
            .is_some_and(|(start, _)| given.starts_with(start))
}
