//! What the functions of numbers share: they leave out what is no number, and give null where there was none.

use std::any::Any;

use super::cached::Cached;
use super::{Accumulator, Input, same, slot};
use crate::env::Cx;
use crate::value::Value;

/// The state of one group.
pub(super) trait State: Default + Send + 'static {
    /// Adds a number.
    fn add(&mut self, number: f64);

    /// Adds all that another state has seen.
    fn merge(&mut self, other: Self);

    /// Values held, for the budget.
    fn held(&self) -> usize {
        1
    }
}

/// Reads the result; the state may be rearranged for that.
pub(super) type Read<S> = Box<dyn Fn(&mut S, &Cx<'_>) -> Value + Send>;

/// The states of all groups.
pub(super) struct Numeric<S> {
    states: Vec<S>,
    read: Read<S>,
}

impl<S: State> Numeric<S> {
    pub(super) fn boxed(read: impl Fn(&mut S) -> Value + Send + 'static) -> Box<dyn Accumulator> {
        Self::noting(move |state, _| read(state))
    }

    /// Like [`Numeric::boxed`] for results that can depend on an open point.
    pub(super) fn noting(
        read: impl Fn(&mut S, &Cx<'_>) -> Value + Send + 'static,
    ) -> Box<dyn Accumulator> {
        Box::new(Self {
            states: Vec::new(),
            read: Box::new(read),
        })
    }
}

impl<S: State> Accumulator for Numeric<S> {
    fn push(&mut self, input: &Input<'_>, pairs: &[(u32, u32)], _: usize, cx: &Cx<'_>) {
        let Some(values) = input.values else { return };
        let mut numbers = Cached::new(values, numbers_of);
        for (row, group) in pairs {
            match numbers.get(*row) {
                Numbers::One(number) => slot(&mut self.states, *group).add(*number),
                Numbers::All(all) => all
                    .iter()
                    .for_each(|number| slot(&mut self.states, *group).add(*number)),
            }
        }
        let held = self.states.iter().map(State::held).sum::<usize>();
        if let Err(stop) = cx.charge(held, held * size_of::<f64>()) {
            cx.fail(stop);
        }
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, map: &[u32], _: usize) {
        let other = same::<Self>(other).map_or_else(Vec::new, |other| other.states);
        for (state, group) in other.into_iter().zip(map) {
            slot(&mut self.states, *group).merge(state);
        }
    }

    fn finish(&mut self, group: usize, cx: &Cx<'_>) -> Value {
        self.states
            .get_mut(group)
            .map_or(Value::Null, |state| (self.read)(state, cx))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// The numbers of one row.
enum Numbers {
    One(f64),
    All(Box<[f64]>),
}

fn numbers_of(value: &Value) -> Numbers {
    match value.as_number() {
        Some(number) => Numbers::One(number),
        None => Numbers::All(value.each().iter().filter_map(Value::as_number).collect()),
    }
}
