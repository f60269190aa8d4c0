//! Expressions over columns: once per dictionary entry, per pair of entries, or per row, whichever is least work.

use hashbrown::HashMap;

use super::Compiled;
use crate::bits::Bits;
use crate::column::{Column, value_bytes};
use crate::env::Cx;
use crate::stop::Stop;
use crate::value::Value;

/// How many rows are computed between two looks at the budget.
const STRIDE: usize = 4096;
/// How many bytes are made between two looks at the budget.
const LOOK: usize = 1 << 20;

/// The value of the expression in each of `len` rows. `columns` stand for the slots.
pub fn values(
    compiled: &Compiled,
    columns: &[Column],
    len: usize,
    cx: &Cx<'_>,
) -> Result<Column, Stop> {
    let compute = |slots: &[&Value]| {
        match compiled.code.run(slots, cx) {
            // A condition can't be stored: Splunk refuses to assign it, and shows nothing.
            Value::Bool(_) => Value::Null,
            value => value,
        }
    };
    let made = over(columns, len, cx, compute, value_bytes)?;
    Ok(match made {
        Made::Same(value) => Column::Const(value, len),
        Made::PerEntry(codes, values) if values.first().is_none_or(Value::is_null) => {
            Column::Dict(codes.into(), values.into())
        }
        Made::PerEntry(codes, values) => codes
            .iter()
            .map(|code| values[*code as usize].clone())
            .collect(),
        Made::PerRow(values) => values.into_iter().collect(),
    })
}

/// The truth of the expression in each of `len` rows.
pub fn truths(
    compiled: &Compiled,
    columns: &[Column],
    len: usize,
    cx: &Cx<'_>,
) -> Result<Bits, Stop> {
    let made = over(
        columns,
        len,
        cx,
        |slots| compiled.code.holds(slots, cx),
        |_| 1,
    )?;
    Ok(match made {
        Made::Same(truth) => Bits::all(len, truth),
        Made::PerEntry(codes, truths) => Bits::from_fn(len, |row| truths[codes[row] as usize]),
        Made::PerRow(truths) => Bits::from_fn(len, |row| truths[row]),
    })
}

/// What was computed; a result for rows that do not occur is the default, which nothing reads.
enum Made<T> {
    Same(T),
    PerEntry(Vec<u16>, Vec<T>),
    PerRow(Vec<T>),
}

fn over<T: Clone + Default>(
    columns: &[Column],
    len: usize,
    cx: &Cx<'_>,
    run: impl Fn(&[&Value]) -> T,
    size: impl Fn(&T) -> usize,
) -> Result<Made<T>, Stop> {
    let mut slots: Vec<&Value> = columns.iter().map(|_| &Value::Null).collect();
    let mut open = Vec::new();
    for (slot, column) in columns.iter().enumerate() {
        match column {
            Column::Const(value, _) => slots[slot] = value,
            _ => open.push(slot),
        }
    }
    let coded: Option<Vec<(&[u16], &[Value])>> = open
        .iter()
        .map(|slot| match &columns[*slot] {
            Column::Dict(codes, dict) => Some((&**codes, &**dict)),
            _ => None,
        })
        .collect();
    match (&open[..], coded.as_deref()) {
        ([], _) => {
            let same = run(&slots);
            cx.check()?;
            Ok(Made::Same(same))
        }
        (_, Some(coded)) if coded.len() <= 4 => {
            per_combination(&open, coded, slots, len, cx, run, size)
        }
        _ => {
            let mut results = Vec::with_capacity(len);
            let mut meter = Meter::default();
            for row in 0..len {
                if row % STRIDE == 0 {
                    cx.check()?;
                }
                for slot in &open {
                    slots[*slot] = columns[*slot].get(row);
                }
                let result = run(&slots);
                meter.add(size(&result), cx)?;
                results.push(result);
            }
            cx.check()?;
            Ok(Made::PerRow(results))
        }
    }
}

/// How much an expression has made, so that a few rows with huge values don't fill the memory between two looks.
#[derive(Default)]
struct Meter {
    bytes: usize,
    seen: usize,
}

impl Meter {
    fn add(&mut self, bytes: usize, cx: &Cx<'_>) -> Result<(), Stop> {
        self.bytes += bytes;
        if self.bytes - self.seen > LOOK {
            self.seen = self.bytes;
            return cx.charge(0, self.bytes);
        }
        Ok(())
    }
}

/// Computes each combination of dictionary entries that occurs once. Code 0 is kept for "all inputs null".
fn per_combination<'v, T: Clone + Default>(
    open: &[usize],
    coded: &[(&[u16], &'v [Value])],
    mut slots: Vec<&'v Value>,
    len: usize,
    cx: &Cx<'_>,
    run: impl Fn(&[&Value]) -> T,
    size: impl Fn(&T) -> usize,
) -> Result<Made<T>, Stop> {
    let mut meter = Meter::default();
    let compute = |packed: u64, slots: &mut Vec<&'v Value>| {
        for (place, (slot, (_, dict))) in open.iter().zip(coded).enumerate() {
            slots[*slot] = &dict[(packed >> (16 * place) & 0xffff) as usize];
        }
        run(slots)
    };
    // The place of "all inputs null" is kept whether a row has that or not; the expression sees only what rows have.
    let mut results = vec![T::default()];
    let mut codes = Vec::with_capacity(len);
    let mut known: HashMap<u64, u16> = HashMap::new();
    for row in 0..len {
        if row % STRIDE == 0 {
            cx.check()?;
        }
        let packed = coded
            .iter()
            .enumerate()
            .fold(0, |packed, (place, (codes, _))| {
                packed | u64::from(codes[row]) << (16 * place)
            });
        let code = match known.get(&packed) {
            Some(code) => *code,
            None if packed == 0 => {
                results[0] = compute(0, &mut slots);
                known.insert(0, 0);
                0
            }
            None => {
                let Ok(code) = u16::try_from(results.len()) else {
                    return Err(Stop::Defect(
                        "a chunk with more than 65,535 rows".to_owned(),
                    ));
                };
                let result = compute(packed, &mut slots);
                meter.add(size(&result), cx)?;
                results.push(result);
                known.insert(packed, code);
                code
            }
        };
        codes.push(code);
    }
    cx.check()?;
    Ok(Made::PerEntry(codes, results))
}
