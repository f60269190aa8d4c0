//! Lookups that the search names exist.

use dryfire_diagnostic::{Severity, codes::meaning, nearest};
use dryfire_spl::ast::{Body, Word};

use super::policy::is_among;
use super::profile::ALL_VERSIONS;
use super::{Context, Findings, Rule, commands};

pub(super) const RULE: Rule = Rule::new(&meaning::UNKNOWN_LOOKUP, "lookup", Severity::Error)
    .detections(check)
    .refused_by(ALL_VERSIONS);

/// Lookups of apps that content may count on: Enterprise Security, the CIM, URL Toolbox.
const ELSEWHERE: &[&str] = &[
    "ut_",
    "asset_lookup",
    "identity_lookup",
    "cim_",
    "security_domain_lookup",
    "urgency_lookup",
    "simple_asset_lookup",
    "interesting_ports_lookup",
    "alexa_lookup",
    "admon_groups_def",
];

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let Some(search) = context.search else { return };
    let mut named: Vec<&Word> = Vec::new();
    let mut written: Vec<&str> = Vec::new();
    commands::each(
        search.pipeline,
        &mut |command| match (&command.body, command.name.as_str()) {
            (Body::Lookup(lookup), _) => named.push(&lookup.table),
            (Body::Table(table), "inputlookup") => named.push(&table.table),
            (Body::Table(table), "outputlookup") => written.push(&table.table.text),
            _ => {}
        },
    );
    let knowledge = &context.library.knowledge;
    let models = context
        .repository
        .lookups_of(context.detection.root)
        .map(|one| one.name.value.as_str());
    let models: Vec<&str> = models.collect();
    for word in named {
        let name = word.text.as_str();
        let known =
            context.library.lookup(name).is_some() || models.contains(&name) || name.contains('$');
        if known
            || is_among(&context.external.lookups, name)
            || written.contains(&name)
            || is_written_by_baseline(name, context, out)
        {
            continue;
        }
        let near = nearest(
            name,
            knowledge
                .lookups()
                .map(|lookup| lookup.definition.name.as_str()),
        );
        let mut finding = RULE
            .finding(format!("there is no lookup `{name}`"))
            .at(word.at.0, "not defined")
            .opt_help(near.map(|near| format!("did you mean `{near}`?")));
        let root = context.repository.roots.get(context.detection.root);
        if ELSEWHERE.iter().any(|start| name.starts_with(start)) {
            finding.severity = Severity::Warning;
            finding = finding.because("it comes with another app, which can be given with `--app`");
            out.beyond(finding);
            continue;
        } else if !root.is_some_and(|root| root.repository) {
            finding.severity = Severity::Warning;
            finding = finding.because("the detection lies outside of a content repository, so the lookup may exist elsewhere");
        }
        out.push(finding);
    }
}

/// Whether a baseline makes the table.
fn is_written_by_baseline(name: &str, context: &Context<'_>, out: &Findings<'_>) -> bool {
    context.repository.baselines.iter().any(|baseline| {
        let text = &out.sources.get(baseline.search.value).text;
        let writes = |(at, _): (usize, &str)| {
            text.get(at..).is_some_and(|rest| {
                rest.split('|')
                    .next()
                    .is_some_and(|command| command.contains(name))
            })
        };
        text.match_indices("outputlookup").any(writes)
    })
}
