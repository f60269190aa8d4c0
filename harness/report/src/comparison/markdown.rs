//! A comparison in GitHub's Markdown: a table of what needs a reviewer, the rest folded.

use std::fmt::Write as _;

use super::text::detail;
use super::{Change, Comparison, What};
use crate::markdown::{fenced, text};

/// Changes of one kind that are shown: GitHub takes a comment of 65,536 characters.
const SHOWN: usize = 25;
/// Changes of one kind that are told in full.
const IN_FULL: usize = 5;

/// The whole comparison.
pub(super) fn render(comparison: &Comparison) -> String {
    let sign = if comparison.is_worse() { "❌" } else { "✅" };
    let mut out = format!(
        "## Dryfire: {} → {}\n\n{sign} {}\n\n",
        text(&comparison.before),
        text(&comparison.after),
        comparison.counts().join(" · ")
    );
    for caution in &comparison.cautions {
        let _ = writeln!(out, "> ⚠️ {}\n", text(caution));
    }
    for what in What::ALL {
        let changes: Vec<&Change> = comparison.of_kind(what).collect();
        if changes.is_empty() {
            continue;
        }
        let folded = !matches!(
            what,
            What::NewlyFailing | What::NoLongerTested | What::OtherReason
        );
        let title = format!("{} ({})", what.label(), changes.len());
        if folded {
            let _ = writeln!(out, "<details><summary>{title}</summary>\n");
        } else {
            let _ = writeln!(out, "### {title}\n");
        }
        section(&mut out, &changes);
        if folded {
            out.push_str("</details>\n\n");
        }
    }
    out
}

fn section(out: &mut String, changes: &[&Change]) {
    out.push_str("| detection | test | before | after | place |\n|---|---|---|---|---|\n");
    for change in changes.iter().take(SHOWN) {
        let case = &change.case;
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            text(&case.detection),
            text(&case.test),
            text(&Change::told(change.before.as_ref())),
            text(&Change::told(change.after.as_ref())),
            case.place
                .as_ref()
                .map_or_else(String::new, |place| text(&place.to_string())),
        );
    }
    out.push('\n');
    if changes.len() > SHOWN {
        let _ = writeln!(out, "and {} more\n", changes.len() - SHOWN);
    }
    for change in changes.iter().take(IN_FULL) {
        let lines = detail(change);
        if lines.len() > 1 {
            let title = format!("{} · {}", change.case.detection, change.case.test);
            let _ = writeln!(
                out,
                "<details><summary>{}</summary>\n\n{}\n</details>\n",
                text(&title),
                fenced(&lines.join("\n"))
            );
        }
    }
}
