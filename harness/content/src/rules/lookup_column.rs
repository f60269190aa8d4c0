//! Columns that the search names are in their lookup.

use dryfire_diagnostic::{Severity, codes::content, nearest};
use dryfire_plan::produces::columns;
use dryfire_spl::ast::Body;

use super::{Context, Findings, Rule, commands, field};

pub(super) const RULE: Rule =
    Rule::new(&content::LOOKUP_COLUMN, "lookup-column", Severity::Error).detections(check);

fn check(context: &Context<'_>, out: &mut Findings<'_>) {
    let Some(search) = context.search else { return };
    let mut found = Vec::new();
    commands::each(search.pipeline, &mut |command| {
        let Body::Lookup(lookup) = &command.body else {
            return;
        };
        let Some(columns) = columns(&lookup.table.text, context.library) else {
            return;
        };
        let outputs = lookup.output.iter().flat_map(|output| &output.fields);
        for named in lookup.inputs.iter().chain(outputs) {
            let name = named.field.text.as_str();
            if !columns.iter().any(|column| column == name) && !name.contains('*') {
                let names: Vec<&str> = columns.iter().map(String::as_str).collect();
                let near = nearest(name, names.iter().copied());
                found.push(
                    RULE.finding(format!(
                        "the lookup `{}` has no column `{name}`",
                        lookup.table.text
                    ))
                    .at(named.field.at.0, "not a column")
                    .because(format!("its columns are {}", field::list(&names)))
                    .opt_help(near.map(|near| format!("did you mean `{near}`?"))),
                );
            }
        }
    });
    found.into_iter().for_each(|finding| out.push(finding));
}
