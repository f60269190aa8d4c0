//! Which fields a search can give, command by command from the start: the way forward, as `flow` is the way back.
//!
//! The sets are too large where something can't be told and never too small, so that "no row can have this field" is
//! certain whenever it is said.

use dryfire_diagnostic::{Span, nearest};
use dryfire_spl::ast::Pipeline;

use crate::fieldset::{FieldSet, capture};
use crate::library::Library;

mod command;
mod names;
mod template;

pub use names::columns;

/// What a search can give, with the way there.
#[derive(Debug, Clone)]
pub struct Produced {
    /// What there was before the first command.
    start: FieldSet,
    steps: Vec<Step>,
}

/// A command and what rows can have after it.
#[derive(Debug, Clone)]
pub struct Step {
    /// The command's name.
    pub command: String,
    /// Its place.
    pub at: Span,
    /// The fields that rows can have after it.
    pub after: FieldSet,
    /// Fields that go on under another name: old and new.
    pub renamed: Vec<(String, String)>,
}

/// Where a field got lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The command after which no row can have it.
    pub command: String,
    /// Its place.
    pub at: Span,
    /// Whether rows could have it before that command.
    pub was_there: bool,
    /// The name under which its values go on, if they do and can still be had at the end.
    pub renamed: Option<String>,
}

impl Produced {
    /// What the search can give.
    pub fn fields(&self) -> &FieldSet {
        self.steps.last().map_or(&self.start, |step| &step.after)
    }

    /// The commands with what can be there after each.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What rows can have before the command at that place in the list.
    pub fn before(&self, index: usize) -> &FieldSet {
        index
            .checked_sub(1)
            .and_then(|before| self.steps.get(before))
            .map_or(&self.start, |step| &step.after)
    }

    /// Whether a result can have the field. Field names are case-sensitive.
    pub fn contains(&self, field: &str) -> bool {
        self.fields().contains(field)
    }

    /// Where a field got lost that no result can have; nothing when a result can have it.
    pub fn lost(&self, field: &str) -> Option<Loss> {
        if self.contains(field) {
            return None;
        }
        let last = (0..self.steps.len())
            .rev()
            .find(|index| self.before(*index).contains(field));
        let step = self.steps.get(last.unwrap_or(0))?;
        let renamed = step.renamed.iter().find_map(|(old, new)| {
            let new = match old.contains('*') {
                true => names::fill(new, &capture(old, field)?),
                false => (old == field).then(|| new.clone())?,
            };
            self.contains(&new).then_some(new)
        });
        Some(Loss {
            command: step.command.clone(),
            at: step.at,
            was_there: last.is_some_and(|index| index > 0),
            renamed,
        })
    }

    /// The field of the results that is most likely meant: the same name under a prefix or without its own, else a similar one.
    pub fn nearest(&self, field: &str) -> Option<String> {
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
        let names: Vec<&str> = self
            .fields()
            .names()
            .filter(|name| !name.starts_with('_'))
            .collect();
        let same = names.iter().find(|name| last(name) == last(field)).copied();
        same.or_else(|| nearest(field, names.iter().copied()))
            .map(str::to_owned)
    }
}

/// The fields that a search over events can give.
pub fn produces(pipeline: &Pipeline, library: &Library) -> Produced {
    produces_from(pipeline, FieldSet::all(), library)
}

/// The fields that commands can give to rows that can have those of `start`.
pub fn produces_from(pipeline: &Pipeline, start: FieldSet, library: &Library) -> Produced {
    let mut produced = Produced {
        start: start.clone(),
        steps: Vec::with_capacity(pipeline.commands.len()),
    };
    let mut fields = start;
    for (index, command) in pipeline.commands.iter().enumerate() {
        let mut renamed = Vec::new();
        fields = command::after(command, fields, index == 0, library, &mut renamed);
        produced.steps.push(Step {
            command: command.name.clone(),
            at: command.at.0,
            after: fields.clone(),
            renamed,
        });
    }
    produced
}

#[cfg(test)]
mod tests;
