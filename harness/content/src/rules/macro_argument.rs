//! The arguments of a macro are those that its definition uses.

use dryfire_diagnostic::{Severity, Span, codes::content, nearest};

use super::token::tokens;
use super::{Findings, Rule, Whole};

pub(super) const RULE: Rule = Rule::new(
    &content::MACRO_ARGUMENT,
    "macro-argument",
    Severity::Warning,
)
.whole(check);

fn check(whole: &Whole<'_>, out: &mut Findings<'_>) {
    for one in &whole.repository.macros {
        let Some(at) = one.span else { continue };
        let text = out.sources.get(one.definition).text.clone();
        for argument in &one.arguments {
            if !text.contains(&format!("${argument}$")) {
                out.push(
                    RULE.finding(format!("the macro does not use its argument `{argument}`"))
                        .at(at, "this macro")
                        .help(format!(
                            "write `${argument}$` where it belongs, or take it out of `arguments`"
                        )),
                );
            }
        }
        for token in tokens(&text) {
            if !one.arguments.contains(&token.field) {
                let near = nearest(&token.field, one.arguments.iter().map(String::as_str));
                out.push(
                    RULE.finding(format!("the macro has no argument `{}`", token.field))
                        .at(
                            Span::new(one.definition, token.start, token.end),
                            "stays as it is",
                        )
                        .opt_help(near.map(|near| format!("did you mean `{near}`?"))),
                );
            }
        }
    }
}
