//! Statistics functions that need no more than a description, names and a way to start.

use super::{Accumulator, Aggregate};
use crate::env::Limits;
use crate::functions::Spec;

/// A statistics function.
pub(super) struct Simple {
    pub(super) spec: &'static Spec,
    /// Other names.
    pub(super) aliases: &'static [&'static str],
    pub(super) needs_time: bool,
    pub(super) start: fn(&Limits) -> Box<dyn Accumulator>,
}

impl Aggregate for Simple {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn answers_to(&self, name: &str) -> bool {
        self.spec.name == name || self.aliases.contains(&name)
    }

    fn start(&self, _: &str, limits: &Limits) -> Box<dyn Accumulator> {
        (self.start)(limits)
    }

    fn needs_time(&self) -> bool {
        self.needs_time
    }
}
