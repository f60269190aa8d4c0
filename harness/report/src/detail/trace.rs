//! How the search came to its rows: what each pipe left, and the conditions nothing satisfied.

use dryfire_event::{CaseFinished, Condition, Step, Trace};

use super::{Detail, push_line};
use crate::style::Role;
use crate::text::{count, cut, number, one_line, padding, width};

/// Values shown that are near to what a condition asks for.
const NEAREST_VALUES: usize = 3;

impl Detail {
    pub(super) fn steps(self, out: &mut String, trace: &Trace) {
        if trace.steps.is_empty() {
            return;
        }
        self.heading(out, "rows after each pipe");
        let counts: Vec<_> = trace.steps.iter().map(|step| number(step.rows)).collect();
        let count_width = counts.iter().map(String::len).max().unwrap_or(0);
        let empty = trace.steps.iter().position(|step| step.rows == 0);
        for (at, (Step { command, place, .. }, rows)) in trace.steps.iter().zip(&counts).enumerate()
        {
            let here = empty == Some(at);
            let what = if at == 0 {
                "no event matches"
            } else {
                "nothing is left"
            };
            let note = match place {
                Some(place) if here => format!("  <- {what} at {}", one_line(&place.to_string())),
                None if here => format!("  <- {what}"),
                _ => String::new(),
            };
            let pipe = if at == 0 { "  " } else { "| " };
            let command = one_line(command);
            let room = self.width.saturating_sub(4 + count_width + 2 + width(pipe));
            // A note that leaves no room for the command goes on a line of its own.
            let apart = here && width(&command) + width(&note) > room;
            let command = cut(&command, room);
            let rows = format!("{}{rows}", padding(rows, count_width));
            let rows = if here {
                self.paint.bold(Role::Bad, rows)
            } else {
                rows
            };
            let inline_note = if apart { "" } else { note.as_str() };
            push_line(
                out,
                4,
                &format!(
                    "{rows}  {pipe}{command}{}",
                    self.paint.paint_if(Role::Bad, inline_note)
                ),
            );
            if apart {
                push_line(
                    out,
                    4 + count_width + 2,
                    &self.paint.paint(Role::Bad, note.trim_start()),
                );
            }
        }
    }

    /// The conditions no event satisfies; where each is satisfied by some event and still nothing came, all with their counts.
    pub(super) fn conditions(self, out: &mut String, finished: &CaseFinished) {
        let conditions = &finished.trace.conditions;
        let unmet: Vec<_> = conditions
            .iter()
            .filter(|condition| condition.events == 0)
            .collect();
        if !unmet.is_empty() {
            self.heading(
                out,
                if unmet.len() == 1 {
                    "a condition that no event satisfies"
                } else {
                    "conditions that no event satisfies"
                },
            );
            unmet
                .iter()
                .for_each(|condition| self.unmet(out, condition));
        } else if finished.rows.total == 0 && conditions.len() > 1 {
            self.heading(out, "events that satisfy each condition alone");
            let counts: Vec<_> = conditions
                .iter()
                .map(|condition| number(condition.events))
                .collect();
            let count_width = counts.iter().map(String::len).max().unwrap_or(0);
            for (condition, events) in conditions.iter().zip(&counts) {
                let line = format!(
                    "{}{events}  {}",
                    padding(events, count_width),
                    one_line(&condition.text)
                );
                push_line(out, 4, &cut(&line, self.width.saturating_sub(4)));
            }
        }
    }

    fn unmet(self, out: &mut String, condition: &Condition) {
        let place = condition
            .place
            .as_ref()
            .map(|place| one_line(&place.to_string()).into_owned());
        let text = one_line(&condition.text);
        let place = place.map_or_else(String::new, |place| {
            format!("  {}", self.paint.paint(Role::Aside, place))
        });
        push_line(
            out,
            4,
            &format!("{}{place}", self.paint.paint(Role::Bad, text)),
        );
        for (at, near) in condition.nearest.iter().take(NEAREST_VALUES).enumerate() {
            let lead = if at == 0 {
                "the data has"
            } else {
                "            "
            };
            let events = format!("  in {}", count(near.events, "event"));
            let value = one_line(&near.value);
            let value = if condition.text.contains(&near.field) {
                value
            } else {
                format!("{}={value}", one_line(&near.field)).into()
            };
            let room = self
                .width
                .saturating_sub(6 + width(lead) + 2 + width(&events))
                .max(16);
            push_line(
                out,
                6,
                &format!(
                    "{lead}  {}{}",
                    cut(&value, room),
                    self.paint.paint(Role::Aside, events)
                ),
            );
        }
        if condition.nearest.len() > NEAREST_VALUES {
            let rest = count(
                (condition.nearest.len() - NEAREST_VALUES) as u64,
                "more value",
            );
            push_line(
                out,
                20,
                &self.paint.paint(Role::Aside, format!("and {rest}")),
            );
        }
    }
}
