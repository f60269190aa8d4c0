//! `sparkline`: counts over time as Splunk's dashboards read them, a mark and then one number for each span.

use std::any::Any;

use super::simple::Simple;
use super::{Accumulator, Input, same, slot};
use crate::env::Cx;
use crate::functions::spec;
use crate::time::SECOND;
use crate::value::Value;

pub(super) static SPARKLINE: Simple = Simple {
    spec: spec!(
        "Multivalue",
        "sparkline",
        0..=2,
        "sparkline(<field>)",
        "How many rows, or values of a field, there are in each span of time.",
        "the number of spans is not documented, and only counts are drawn",
        ["sparkline(count)" => "##__SPARKLINE__##\n1\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n1\n0\n0\n0\n0\n0\n0\n0\n0\n0\n1\n0\n0\n0\n0\n0\n0\n0\n0\n0\n1"]
    ),
    aliases: &[],
    needs_time: true,
    start: |_| {
        Box::new(Times {
            times: Vec::new(),
            extent: None,
        })
    },
};

/// Spans in seconds, of which the first is taken that needs no more than [`MOST`].
const SPANS: [i64; 11] = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 86_400, 2_592_000];
const MOST: i64 = 100;

struct Times {
    /// The times of each group.
    times: Vec<Vec<i64>>,
    /// The first and the last time of all groups: they share one axis.
    extent: Option<(i64, i64)>,
}

impl Times {
    fn widen(&mut self, first: i64, last: i64) {
        self.extent = Some(self.extent.map_or((first, last), |extent| {
            (extent.0.min(first), extent.1.max(last))
        }));
    }
}

impl Accumulator for Times {
    fn push(&mut self, input: &Input<'_>, pairs: &[(u32, u32)], _: usize, cx: &Cx<'_>) {
        for (row, group) in pairs {
            let row = *row as usize;
            let Some(micros) = input.micros(row) else {
                continue;
            };
            let count = input
                .values
                .map_or(1, |values| values.get(row).each().len());
            if count > 0 {
                self.widen(micros, micros);
            }
            slot(&mut self.times, *group).extend(std::iter::repeat_n(micros, count));
        }
        let held = self.times.iter().map(Vec::len).sum::<usize>();
        if let Err(stop) = cx.charge(held, held * size_of::<i64>()) {
            cx.fail(stop);
        }
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, map: &[u32], _: usize) {
        let Some(other) = same::<Self>(other) else {
            return;
        };
        if let Some((first, last)) = other.extent {
            self.widen(first, last);
        }
        for (times, group) in other.times.into_iter().zip(map) {
            slot(&mut self.times, *group).extend(times);
        }
    }

    fn finish(&mut self, group: usize, cx: &Cx<'_>) -> Value {
        let Some((first, last)) = self.extent else {
            return Value::Null;
        };
        cx.uncertain("how many spans of time sparkline() draws is not documented");
        let span = SPANS
            .into_iter()
            .find(|span| (last - first) / (span * SECOND) < MOST)
            .unwrap_or(SPANS[10])
            * SECOND;
        let spans = usize::try_from((last - first) / span + 1).unwrap_or(1);
        let mut counts = vec![0_u32; spans];
        for micros in self.times.get(group).into_iter().flatten() {
            let place = usize::try_from((micros - first) / span).unwrap_or(0);
            counts[place] += 1;
        }
        let numbers = counts.into_iter().map(|count| Value::Number(count.into()));
        Value::multi(
            [Value::from("##__SPARKLINE__##")]
                .into_iter()
                .chain(numbers),
        )
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
