//! One case in full, as text: the reason, expected against actual, the trace of the search, the rows, the settings.
//!
//! The terminal shows it for each case that needs attention; JUnit carries it as the text of the failure.

mod rows;
mod trace;

use dryfire_event::{AppUsed, CaseFinished, Mismatch, NearestRow};

use crate::style::{Paint, Role};
use crate::text::{bytes, count, cut, lines, number, one_line, padding, width};

/// Fields of the nearest row shown besides those that differ.
const NEAREST_FIELDS: usize = 8;

/// Renders one case after another with the same settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Detail {
    /// The columns to keep within where text can be cut.
    pub(crate) width: usize,
    /// The colours.
    pub(crate) paint: Paint,
}

impl Detail {
    /// Everything but the heading, each line indented by two columns.
    pub(crate) fn render(self, finished: &CaseFinished) -> String {
        let mut out = String::new();
        self.reason(&mut out, finished);
        for mismatch in &finished.mismatches {
            self.mismatch(&mut out, mismatch);
        }
        for finding in &finished.findings {
            out.push('\n');
            for line in lines(finding.rendered.trim_end()).lines() {
                push_line(&mut out, 2, line);
            }
        }
        self.steps(&mut out, &finished.trace);
        self.conditions(&mut out, finished);
        self.rows(&mut out, finished);
        self.settings(&mut out, finished);
        out
    }

    fn reason(self, out: &mut String, finished: &CaseFinished) {
        if let Some(reason) = finished.verdict.reason() {
            push_line(
                out,
                2,
                &self
                    .paint
                    .paint(Role::of(&finished.verdict), one_line(&reason.text)),
            );
        }
        if let Some(place) = &finished.case.place {
            push_line(
                out,
                2,
                &self
                    .paint
                    .paint(Role::Aside, format!("at {}", one_line(&place.to_string()))),
            );
        }
        for why in &finished.selected {
            let line = format!("selected: {}", one_line(why));
            push_line(out, 2, &self.paint.paint(Role::Aside, line));
        }
    }

    fn mismatch(self, out: &mut String, mismatch: &Mismatch) {
        out.push('\n');
        let place = mismatch
            .place
            .as_ref()
            .map(|place| one_line(&place.to_string()).into_owned());
        let place = place.map_or_else(String::new, |place| {
            format!("  {}", self.paint.paint(Role::Aside, place))
        });
        push_line(
            out,
            2,
            &format!(
                "expected  {}{place}",
                self.paint.paint(Role::Good, one_line(&mismatch.expected))
            ),
        );
        push_line(
            out,
            2,
            &format!(
                "actual    {}",
                self.paint.paint(Role::Bad, one_line(&mismatch.actual))
            ),
        );
        if let Some(nearest) = &mismatch.nearest {
            self.nearest_row(out, nearest);
        }
    }

    /// The fields that differ in full, since the difference may stand at the end of a long value; the others cut.
    fn nearest_row(self, out: &mut String, nearest: &NearestRow) {
        push_line(out, 2, &format!("nearest   row {}", number(nearest.number)));
        let differs = |name: &str| {
            nearest
                .differences
                .iter()
                .any(|difference| difference.field == name)
        };
        let others: Vec<_> = nearest
            .row
            .fields
            .iter()
            .filter(|field| !differs(&field.name))
            .collect();
        let shown = &others[..others.len().min(NEAREST_FIELDS)];
        let names = nearest
            .differences
            .iter()
            .map(|difference| &difference.field);
        let name_width = names
            .chain(shown.iter().map(|field| &field.name))
            .map(|name| width(&one_line(name)))
            .max()
            .unwrap_or(0);
        for difference in &nearest.differences {
            let name = one_line(&difference.field);
            let pad = padding(&name, name_width);
            let actual = self.paint.paint(Role::Bad, joined(&difference.actual));
            let expected = self.paint.paint(Role::Good, one_line(&difference.expected));
            push_line(
                out,
                12,
                &format!(
                    "{}{pad}  is        {actual}",
                    self.paint.bold(Role::Heading, &name)
                ),
            );
            push_line(
                out,
                12,
                &format!("{}  expected  {expected}", " ".repeat(name_width)),
            );
        }
        for field in shown {
            let name = one_line(&field.name);
            let line = format!(
                "{name}{}  {}",
                padding(&name, name_width),
                joined(&field.values)
            );
            push_line(
                out,
                12,
                &self
                    .paint
                    .paint(Role::Aside, cut(&line, self.width.saturating_sub(12))),
            );
        }
        if others.len() > shown.len() {
            let rest = count((others.len() - shown.len()) as u64, "more field");
            push_line(
                out,
                12,
                &self.paint.paint(Role::Aside, format!("and {rest}")),
            );
        }
    }

    fn settings(self, out: &mut String, finished: &CaseFinished) {
        let mut settings: Vec<(&str, String)> = Vec::new();
        for data in &finished.datasets {
            let synthetic = if data.synthetic { ", synthetic" } else { "" };
            let path = one_line(&data.path);
            let sourcetype = one_line(&data.sourcetype);
            let size = bytes(data.bytes);
            settings.push((
                "data",
                format!(
                    "{path}  {}, {size}, {sourcetype}{synthetic}",
                    count(data.events, "event")
                ),
            ));
        }
        if !finished.fields_from.is_empty() {
            let apps: Vec<_> = finished.fields_from.iter().map(app).collect();
            settings.push(("fields from", apps.join(", ")));
        }
        if let Some(env) = &finished.env {
            let window = match (&env.earliest, &env.latest) {
                (None, None) => "all time".to_owned(),
                (earliest, latest) => {
                    let end = |time: &Option<String>| {
                        time.as_deref()
                            .map_or_else(|| "…".to_owned(), |time| one_line(time).into_owned())
                    };
                    format!("{} to {}", end(earliest), end(latest))
                }
            };
            settings.push((
                "time",
                format!(
                    "{window}, now {}, {}",
                    one_line(&env.now),
                    one_line(&env.time_zone)
                ),
            ));
        }
        for assumption in &finished.assumptions {
            let place = assumption.place.as_ref().map_or_else(String::new, |place| {
                format!("  {}", one_line(&place.to_string()))
            });
            settings.push(("assumes", format!("{}{place}", one_line(&assumption.text))));
        }
        for part in &finished.simulated {
            settings.push(("simulated", one_line(part).into_owned()));
        }
        if settings.is_empty() {
            return;
        }
        out.push('\n');
        let name_width = settings
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or(0);
        let mut last = "";
        for (name, value) in settings {
            let shown = if name == last { "" } else { name };
            push_line(
                out,
                2,
                &self
                    .paint
                    .paint(Role::Aside, format!("{shown:<name_width$}  {value}")),
            );
            last = name;
        }
    }

    fn heading(self, out: &mut String, text: &str) {
        out.push('\n');
        push_line(out, 2, &self.paint.paint(Role::Heading, text));
    }
}

/// An app as reports name it.
pub(crate) fn app(app: &AppUsed) -> String {
    let version = app
        .version
        .as_deref()
        .map_or_else(String::new, |version| format!(" {}", one_line(version)));
    format!(
        "{}{version} ({})",
        one_line(&app.name),
        one_line(&app.origin)
    )
}

/// The values of a field on one line.
fn joined(values: &[String]) -> String {
    if values.is_empty() {
        return "(null)".to_owned();
    }
    let values: Vec<_> = values.iter().map(|value| one_line(value)).collect();
    values.join("; ")
}

fn push_line(out: &mut String, indent: usize, text: &str) {
    if !text.is_empty() {
        out.extend(std::iter::repeat_n(' ', indent));
    }
    out.push_str(text);
    out.push('\n');
}
