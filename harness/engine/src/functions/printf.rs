//! The formats of `printf`, as in C.
//!
//! Splunk, Search Reference, "Conversion functions", `printf`: flags `'`, `-`, `+`, blank, `#`, `0`; `*` takes a width
//! or precision from the arguments; `%p` and `%z` are Splunk's own readings (hexadecimal, text).

use super::conversion::grouped;
use super::mathematical::rounded_text;
use super::plain::integer;
use crate::value::Value;

/// A compiled format.
pub(super) struct Template(Vec<Part>);

enum Part {
    Literal(String),
    Conversion(Conversion),
}

#[derive(Debug, Clone, Copy, Default)]
struct Conversion {
    left: bool,
    plus: bool,
    blank: bool,
    alternate: bool,
    zero: bool,
    grouped: bool,
    width: Count,
    precision: Option<Count>,
    kind: char,
}

/// A width or a precision.
#[derive(Debug, Clone, Copy)]
enum Count {
    Fixed(usize),
    Argument,
}

impl Default for Count {
    fn default() -> Self {
        Count::Fixed(0)
    }
}

/// Wider fields than that are a mistake, and would cost memory.
const WIDEST: usize = 1000;

impl Template {
    /// Compiles a format. What is no conversion stands for itself.
    pub(super) fn new(format: &str) -> Self {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            literal.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                literal.push('%');
                rest = after;
            } else if let Some((conversion, after)) = conversion(rest) {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
                parts.push(Part::Conversion(conversion));
                rest = after;
            } else {
                literal.push('%');
            }
        }
        literal.push_str(rest);
        parts.push(Part::Literal(literal));
        Self(parts)
    }

    /// Writes the arguments.
    pub(super) fn write(&self, arguments: &[Value]) -> String {
        let mut arguments = arguments.iter();
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Conversion(conversion) => conversion.write(&mut arguments, &mut out),
            }
        }
        out
    }
}

/// The conversion after a `%`.
fn conversion(text: &str) -> Option<(Conversion, &str)> {
    let mut made = Conversion::default();
    let mut rest = text;
    loop {
        let flag = match rest.as_bytes().first()? {
            b'-' => &mut made.left,
            b'+' => &mut made.plus,
            b' ' => &mut made.blank,
            b'#' => &mut made.alternate,
            b'0' => &mut made.zero,
            b'\'' => &mut made.grouped,
            _ => break,
        };
        *flag = true;
        rest = &rest[1..];
    }
    (made.width, rest) = count(rest);
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = count(after);
        (made.precision, rest) = (Some(precision), after);
    }
    made.kind = rest
        .chars()
        .next()
        .filter(|kind| "aAcCdieEfFgGosuxXpz".contains(*kind))?;
    Some((made, &rest[made.kind.len_utf8()..]))
}

fn count(text: &str) -> (Count, &str) {
    if let Some(rest) = text.strip_prefix('*') {
        return (Count::Argument, rest);
    }
    let (digits, rest) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    (Count::Fixed(digits.parse().unwrap_or(0)), rest)
}

impl Conversion {
    fn write<'v>(&self, arguments: &mut impl Iterator<Item = &'v Value>, out: &mut String) {
        let mut taken = |count: Count| match count {
            Count::Fixed(count) => i64::try_from(count).unwrap_or(0),
            Count::Argument => integer(arguments.next()).unwrap_or(0),
        };
        let width = taken(self.width);
        let precision = self
            .precision
            .map(&mut taken)
            .and_then(|count| usize::try_from(count).ok());
        let precision = precision.map(|count| count.min(WIDEST));
        // A negative width from an argument means left.
        let left = self.left || width < 0;
        let width = usize::try_from(width.unsigned_abs())
            .unwrap_or(WIDEST)
            .min(WIDEST);
        let null = Value::Null;
        let value = arguments.next().unwrap_or(&null);
        let (sign, body) = self.text(value, precision);
        let fill = width.saturating_sub(sign.chars().count() + body.chars().count());
        let zero = self.zero && !left && !matches!(self.kind, 's' | 'z' | 'c' | 'C');
        if !left && !zero {
            out.extend(std::iter::repeat_n(' ', fill));
        }
        out.push_str(&sign);
        if zero {
            out.extend(std::iter::repeat_n('0', fill));
        }
        out.push_str(&body);
        if left {
            out.extend(std::iter::repeat_n(' ', fill));
        }
    }

    /// The sign or prefix, and what follows it.
    fn text(&self, value: &Value, precision: Option<usize>) -> (String, String) {
        let number = value.as_number().unwrap_or(0.0);
        let whole = integer(Some(value)).unwrap_or(0);
        let digits = |text: String| format!("{text:0>width$}", width = precision.unwrap_or(0));
        match self.kind {
            's' | 'z' => (
                String::new(),
                value
                    .with_text(|text| text.chars().take(precision.unwrap_or(usize::MAX)).collect()),
            ),
            'c' | 'C' => (
                String::new(),
                value.with_text(|text| text.chars().take(1).collect()),
            ),
            'd' | 'i' | 'u' => {
                let text = digits(whole.unsigned_abs().to_string());
                (
                    self.sign(whole < 0),
                    if self.grouped { grouped(&text) } else { text },
                )
            }
            'x' => (
                self.prefix("0x", whole),
                digits(format!("{:x}", whole.unsigned_abs())),
            ),
            'X' | 'p' => (
                self.prefix("0X", whole),
                digits(format!("{:X}", whole.unsigned_abs())),
            ),
            'o' => (
                self.prefix("0", whole),
                digits(format!("{:o}", whole.unsigned_abs())),
            ),
            'f' | 'F' => {
                let text = rounded_text(number.abs(), precision.unwrap_or(6));
                (
                    self.sign(number < 0.0),
                    if self.grouped { grouped(&text) } else { text },
                )
            }
            'g' | 'G' => (
                self.sign(number < 0.0),
                self.cased(shortest(
                    number.abs(),
                    precision.unwrap_or(6).max(1),
                    self.alternate,
                )),
            ),
            'a' | 'A' => (
                self.sign(number < 0.0),
                self.cased(hexadecimal(number.abs(), precision)),
            ),
            _ => (
                self.sign(number < 0.0),
                self.cased(exponential(number.abs(), precision.unwrap_or(6))),
            ),
        }
    }

    fn sign(&self, negative: bool) -> String {
        match (negative, self.plus, self.blank) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (.., true) => " ",
            _ => "",
        }
        .to_owned()
    }

    fn prefix(&self, prefix: &str, whole: i64) -> String {
        let prefix = if self.alternate && whole != 0 {
            prefix
        } else {
            ""
        };
        format!("{}{prefix}", if whole < 0 { "-" } else { "" })
    }

    fn cased(&self, text: String) -> String {
        if self.kind.is_ascii_uppercase() {
            text.to_ascii_uppercase()
        } else {
            text
        }
    }
}

/// `5.14e+03`
fn exponential(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent
        .strip_prefix('-')
        .map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{mantissa}e{sign}{exponent:0>2}")
}

/// `%g`: so many significant digits, with an exponent only where it is needed; no zeros at the end.
fn shortest(number: f64, precision: usize, keep_zeros: bool) -> String {
    let text = exponential(number, precision - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let bare = |text: &str| {
        let trimmed = if text.contains('.') && !keep_zeros {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            text
        };
        trimmed.to_owned()
    };
    let precision = i64::try_from(precision).unwrap_or(i64::MAX);
    if exponent < -4 || exponent >= precision {
        return format!("{}{}", bare(mantissa), &text[mantissa.len()..]);
    }
    let decimals = usize::try_from(precision - 1 - exponent).unwrap_or(0);
    bare(&format!("{number:.decimals$}"))
}

/// `%a`: `0x1.8p+1`
fn hexadecimal(number: f64, precision: Option<usize>) -> String {
    if number == 0.0 {
        return "0x0p+0".to_owned();
    }
    let bits = number.to_bits();
    let mut exponent = i64::try_from(bits >> 52 & 0x7ff).unwrap_or(0) - 1023;
    let mut mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    if exponent == -1023 {
        // A number too small for the usual form.
        mantissa &= (1 << 52) - 1;
        exponent = -1022;
    }
    if let Some(digits) = precision.filter(|digits| *digits < 13) {
        let unit = 1_u64 << (52 - 4 * digits);
        let rest = mantissa % unit;
        mantissa -= rest;
        if rest * 2 > unit || (rest * 2 == unit && mantissa / unit % 2 == 1) {
            mantissa += unit;
        }
    }
    let fraction = format!("{:013x}", mantissa & ((1 << 52) - 1));
    let fraction = match precision {
        Some(digits) => format!("{fraction:0<digits$}")[..digits].to_owned(),
        None => fraction.trim_end_matches('0').to_owned(),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("0x{:x}{point}{fraction}p{exponent:+}", mantissa >> 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_follow_c() {
        let n = Value::Number;
        for (format, arguments, text) in [
            (
                "%.2f|%.2e|%g|%g|%G",
                vec![n(3.1449), n(5139.0), n(0.0001), n(1e20), n(1e-9)],
                "3.14|5.14e+03|0.0001|1e+20|1E-09",
            ),
            (
                "%x,%X,%p %#x",
                vec![n(10.0), n(10.0), n(10.0), n(255.0)],
                "a,A,A 0xff",
            ),
            ("%s%z", vec!["foo".into(), "bar".into()], "foobar"),
            (
                "%d,%i,%+d,% d",
                vec![n(-2.0), n(4.0), n(4.9), n(3.0)],
                "-2,4,+4, 3",
            ),
            (
                "%'d %'.2f",
                vec![n(12345.0), n(1234567.891)],
                "12,345 1,234,567.89",
            ),
            (
                "%5s|%-5s|%.2s|%c",
                vec!["ab".into(), "ab".into(), "abc".into(), "xyz".into()],
                "   ab|ab   |ab|x",
            ),
            (
                "%05d|%05.1f|%-05d|",
                vec![n(-42.0), n(2.25), n(7.0)],
                "-0042|002.3|7    |",
            ),
            (
                "%*d|%.*f",
                vec![n(4.0), n(7.0), n(1.0), n(2.55)],
                "   7|2.6",
            ),
            ("%a|%.1a", vec![n(3.0), n(1.96875)], "0x1.8p+1|0x2.0p+0"),
            ("100%% %d %q %", vec![], "100% 0 %q %"),
        ] {
            assert_eq!(Template::new(format).write(&arguments), text, "{format}");
        }
    }
}
